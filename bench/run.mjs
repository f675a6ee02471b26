// Measures rnnscope beside its rivals and writes bench/RESULTS.md and bench/results.json. `make bench` prepares and runs it.
//
// On every network PyTorch and the page take turns of a second or two, and within a turn the works take turns, so that
// drift of the machine hits all of them; a number is the median over all turns. Before times are believed, the answers
// of all contestants are compared with PyTorch and Captum in float64.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { median, open, withBrowser } from "./browser.mjs";
import { drag } from "./drag.mjs";
import { equalError } from "./equal_error.mjs";
import { firstPicture } from "./first_picture.mjs";
import { memory } from "./memory.mjs";
import { flops } from "./work.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const DATA = join(HERE, "data");
const PYTHON = process.env.RNNSCOPE_PYTHON;
const TURNS = 5;
const SECONDS = 0.15; // for each work of each network in each turn
const LEAST = 2; // samples of each work in each turn
const TOLERANCE = 5e-4; // of the largest number of an answer, against float64
const LOGIT_TOLERANCE = 1e-4;
const MB = 2 ** 20;
const BUSY = 1; // load before the start

// What is compared with whom, and the goal for the ratio ours / theirs by network (design).
const TRACE = "forward, every state and gate recorded";
const COMPARISONS = [
  { label: TRACE, ours: "forward", rival: "onnxruntime", work: "forward", goal: { icu: 1, sentiment: 1, charlm: 1 } },
  { label: TRACE, ours: "forward", rival: "tensorflow", work: "forward", goal: { icu: 0.05, sentiment: 0.05, charlm: 0.05 } },
  { label: TRACE, ours: "forward", rival: "native", work: "forward", goal: {} },
  { label: "gradient by the input", ours: "gradient", rival: "tensorflow", work: "gradient", goal: { icu: 0.05, sentiment: 0.05, charlm: 0.05 } },
  { label: "gradient by the input", ours: "gradient", rival: "native", work: "gradient", goal: {} },
  { label: "integrated gradients, 50 steps", ours: "integrated", rival: "native", work: "integrated", goal: { icu: 1, sentiment: 1, charlm: 1.5 } },
  { label: "occlusion of every step", ours: "occlusion", rival: "native", work: "occlusion", goal: { icu: 0.5, sentiment: 0.5, charlm: 0.5 } },
  { label: "KernelSHAP over steps, 1000 coalitions", ours: "kernelshap", rival: "native", work: "kernelshap", goal: { icu: 0.25, sentiment: 0.25, charlm: 1.5 } },
  { label: "KernelSHAP over steps, 1000 coalitions", ours: "kernelshap", rival: "native", work: "timeshap", name: "TimeSHAP, native", goal: { icu: 0.25, sentiment: 0.25, charlm: 1.5 } },
];
const NAMES = { onnxruntime: "onnxruntime-web", tensorflow: "TensorFlow.js wasm", native: "PyTorch + Captum, native" };
const PEAK_GOAL = 0.6;
const EXACT_GOAL = 300; // ms
const PASSES_GOAL = 3;
const EQUAL_GOAL = { shapley: 0.1, integrated: 0.25 };
const PICTURE_GOAL = 300;
const WASM_GOAL = 200; // KB
const MEMORY_GOAL = 400; // MB
const FRAMES_GOAL = 60; // a second, with pictures drawn and composed by the processor

const say = (text) => process.stderr.write(`bench: ${text}\n`);

/** native.py as a partner who answers one line of JSON with another. */
async function native() {
  const child = spawn(PYTHON, [join(HERE, "native.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = new Promise((_, reject) => child.on("exit", (code) => reject(new Error(`native.py ended with ${code}`))));
  gone.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await Promise.race([lines.next(), gone])).value);
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return line();
  };
  return { versions: await line(), ask, end: () => child.kill() };
}

/** Everything that is measured by turns: versions, answers, samples. */
const compete = (networks) =>
  withBrowser(async ({ browser, url }) => {
    const there = await native();
    try {
      const page = await open(browser, `${url}/bench/page.html`);
      await page.waitForFunction(() => globalThis.bench);
      const versions = { ...(await page.evaluate(() => globalThis.bench.start())), ...there.versions, chromium: browser.version() };
      const found = { versions, answers: {}, exact: {}, samples: {}, equal: {}, peak: [], theirPeak: [] };
      for (const name of networks) {
        say(name);
        const { single, exact } = await there.ask({ network: name, answers: true });
        found.exact[name] = exact;
        found.answers[name] = { ...(await page.evaluate((name) => globalThis.bench.open(name), name)), native: single };
        const all = (found.samples[name] = {});
        const put = (key, samples) => (all[key] ??= []).push(...samples);
        for (let k = 0; k < TURNS; k++) {
          for (const [work, samples] of Object.entries(await there.ask({ network: name, seconds: SECONDS, least: LEAST }))) put(`native ${work}`, samples);
          const here = await page.evaluate(([name, seconds, least]) => globalThis.bench.turn(name, seconds, least), [name, SECONDS, LEAST]);
          for (const [key, samples] of Object.entries(here.samples)) put(key, samples);
          found.peak.push(...here.peak);
          found.theirPeak.push(await there.ask({ network: name, peak: true }));
        }
        say(`${name}: to equal error`);
        found.equal[name] = await equalError(name, there.ask, (method, params) => page.evaluate(([name, method, params]) => globalThis.bench.explain(name, method, params), [name, method, params]));
      }
      return found;
    } finally {
      there.end();
    }
  });

/** [{ network, contestant, work, error, allowed }]: the largest difference from float64. */
function compare(found) {
  const rows = [];
  for (const [network, exact] of Object.entries(found.exact)) {
    for (const [contestant, answers] of Object.entries(found.answers[network])) {
      for (const [work, answer] of Object.entries(answers).filter(([work]) => work in exact)) {
        const logits = work === "forward";
        // rnnscope answers with [class, logit] pairs, the likeliest first.
        const pairs = Array.isArray(answer[0]) ? answer : answer.map((value, k) => [k, value]);
        const complete = logits || pairs.length === exact[work].length;
        const error = complete ? Math.max(...pairs.map(([k, value]) => Math.abs(value - exact[work][k]))) : NaN;
        const largest = Math.max(...exact[work].map(Math.abs));
        rows.push({ network, contestant, work, error: logits ? error : error / largest, allowed: logits ? LOGIT_TOLERANCE : TOLERANCE });
      }
    }
  }
  return rows.map((row) => ({ ...row, ok: row.error <= row.allowed }));
}

function table(header, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, k) => (k === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

const digits = (x) => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x >= 1 ? x.toFixed(2) : x.toFixed(3));
const verdict = (ok) => (ok ? "✓" : "✗");
const most = (value, goal, unit) => (value === undefined ? "" : `≤ ${goal} ${unit} ${verdict(value <= goal)}`);

function report({ ms, least, equal, shapes, peak, theirPeak, picture, dragged, lengths, wasm, checks, machine }) {
  const out = ["# Benchmark", "", `${machine.processor}, ${machine.cores} cores, load ${machine.load.toFixed(1)} before the start; ${machine.versions}. rnnscope ${machine.commit}, ${machine.day}. One thread each.`, ""];
  if (machine.load > BUSY) out.push("The machine was busy with other work: times are too long, ratios rough, shares of the peak too low (the peak is measured in moments too short to be interrupted).", "");
  const networks = Object.keys(shapes);
  const rows = COMPARISONS.flatMap(({ label, ours, rival, work, goal, name }) =>
    networks.map((network) => {
      const [a, b] = [ms[network][`rnnscope ${ours}`], ms[network][`${rival} ${work}`]];
      const ratio = a / b;
      const best = least[network][`rnnscope ${ours}`] / least[network][`${rival} ${work}`];
      // What the ratio would be if the products that we need ran at the largest rate of the engine, and nothing else took time.
      const atBest = flops(shapes[network])[ours] / (peak * 1e6) / b;
      return [label, network, name ?? NAMES[rival], digits(a), digits(b), ratio.toFixed(2), best.toFixed(2), goal[network] && atBest ? atBest.toFixed(2) : "", goal[network] ? `≤ ${goal[network]} ${verdict(ratio <= goal[network])}` : ""];
    }),
  );
  out.push(table(["work", "network", "rival", "rnnscope, ms", "rival, ms", "ratio", "of the best", "at our peak", "goal"], rows), "");
  out.push("Medians; *of the best* is the ratio of the fastest samples, which other work on the machine disturbs least; *at our peak* what the ratio would be if our products ran at the largest rate that this engine has (below) and nothing else took time: where it is above the goal, the goal is out of reach for this arithmetic on this machine. Our times of explanations hold the trace that they start from, and the making of the answer's pictures as plain data; what the input is compared with does not change and was traced for the answer before, as on the page.", "");

  out.push("## To equal error", "", "Shapley values of steps: the rival's error is that of Captum's KernelSHAP with 1000 coalitions (root mean square over steps and four seeds, against sampled orders whose largest standard error is given); ours is KernelSHAP guided by integrated gradients (a control variate: what the coalitions tell is added to them) with the fewest coalitions, doubled from 4, whose error is no larger. Integrated gradients: until 1 % of the score difference is missing; Captum's steps are doubled from 8, and its time is that of all its tries.", "");
  const equals = Object.entries(equal).flatMap(([network, { shapley, integrated }]) => {
    const row = (work, ours, theirs, goal, about, atBest = "") => [work, network, digits(ours.ms), digits(theirs.ms), (ours.ms / theirs.ms).toFixed(2), atBest, `≤ ${goal} ${verdict(ours.ms / theirs.ms <= goal)}`, about];
    const { captum, ours, reference } = shapley;
    const reached = ours.error <= captum.error ? "" : "NOT REACHED: ";
    return [
      row("Shapley values of steps", ours, captum, EQUAL_GOAL.shapley, `${reached}error ${ours.error.toExponential(1)} with ${ours.coalitions} coalitions; theirs ${captum.error.toExponential(1)} with 1000; reference ± ${reference.toExponential(1)}`),
      row(
        "integrated gradients",
        integrated.ours,
        integrated.captum,
        EQUAL_GOAL.integrated,
        `${integrated.ours.evaluations} evaluations, ${(100 * integrated.ours.share).toFixed(2)} % missing; theirs ${integrated.captum.steps} steps at last`,
        (flops(shapes[network], integrated.ours.evaluations).integrated / (peak * 1e6) / integrated.captum.ms).toFixed(2),
      ),
    ];
  });
  out.push(table(["work", "network", "rnnscope, ms", "Captum, ms", "ratio", "at our peak", "goal", ""], equals), "");

  out.push("## Alone", "", "Times hold the trace that an answer starts from; passes are of the forward pass above, every state recorded.", "");
  const alone = networks.flatMap((network) => {
    const of = (work) => ms[network][`rnnscope ${work}`];
    const passes = (label, work) => [label, network, digits(of(work)), (of(work) / of("forward")).toFixed(1), `≤ ${PASSES_GOAL} passes ${verdict(of(work) / of("forward") <= PASSES_GOAL)}`];
    const exact = of("exact") === undefined ? [] : [["exact Shapley values, 12 windows of 4 hours", network, digits(of("exact")), (of("exact") / of("forward")).toFixed(0), most(of("exact"), EXACT_GOAL, "ms")]];
    return [...exact, passes("REAT", "reat"), passes("LRP", "lrp"), passes("DeepLIFT", "deeplift"), passes("contextual decomposition of one phrase", "phrase")];
  });
  out.push(table(["work", "network", "ms", "forward passes", "goal"], alone), "");

  out.push("## Arithmetic", "", `Largest f32 rate of this engine on one thread (128-bit vectors, no fused multiply-add, registers only): ${peak.toFixed(1)} GFLOP/s (median, under the same load). PyTorch multiplies matrices of 1024 × 1024 at ${theirPeak.toFixed(1)} GFLOP/s on one thread.`, "");
  const rates = ["forward", "integrated", "occlusion"].flatMap((work) =>
    networks.map((network) => {
      const needed = flops(shapes[network])[work];
      const rate = needed / (ms[network][`rnnscope ${work}`] * 1e6);
      const share = rate / peak;
      return [work, network, digits(needed / 1e6), digits(rate), `${(100 * share).toFixed(0)} %`, work === "forward" ? "" : `≥ ${100 * PEAK_GOAL} % ${verdict(share >= PEAK_GOAL)}`];
    }),
  );
  out.push(table(["work", "network", "MFLOP needed", "GFLOP/s", "of the peak", "goal"], rates), "");
  out.push("Needed: matrix products only, with what the variants share counted once (work.mjs); gates, copies and pictures are in the time and not in the count.", "");

  out.push("## Page", "");
  const page = [
    ["brotli size of the wasm that the first picture needs", `${(wasm.first / 1000).toFixed(0)} KB`, most(wasm.first / 1000, WASM_GOAL, "KB")],
    ["brotli size of the rest, which follows it", `${(wasm.rest / 1000).toFixed(0)} KB`, ""],
  ];
  if (picture.missing) page.push(["first picture", "not measured", picture.missing]);
  else {
    page.push(["first picture after navigation, cold, median of " + picture.samples.length, `${picture.ms.toFixed(0)} ms`, most(picture.ms, PICTURE_GOAL, "ms")]);
    page.push(["until then", `${picture.requests} requests, ${(picture.bytes / 1000).toFixed(0)} KB`, ""]);
  }
  const { alone: browser, ...methods } = dragged;
  page.push([`the browser alone: a slider moves, pictures in sight are filled ${browser.answers.toFixed(0)} times a second`, `${browser.frames.toFixed(0)} frames/s`, ""]);
  for (const [method, { frames, answers }] of Object.entries(methods)) page.push([`dragging a value of a stay, ${method}`, `${frames.toFixed(0)} frames/s, ${answers.toFixed(0)} answers/s`, `≥ ${FRAMES_GOAL} frames/s ${verdict(frames >= FRAMES_GOAL - 1)}`]);
  for (const { characters, before, after, said, ms } of lengths) {
    const used = `${(after / MB).toFixed(0)} MB (${(before / MB).toFixed(0)} before; ${(said / MB).toFixed(0)} announced), ${digits(ms)} ms`;
    page.push([`memory of a trace of ${characters.toLocaleString("en")} characters, charlm`, used, characters === 10_000 ? most(after / MB, MEMORY_GOAL, "MB") : ""]);
  }
  const growth = lengths.slice(1).map((row, k) => (row.after - lengths[k].after) / (row.characters - lengths[k].characters));
  page.push(["growth per character", growth.map((bytes) => `${(bytes / 1000).toFixed(1)} KB`).join(", "), ""]);
  out.push(table(["what", "found", "goal"], page), "");

  out.push("## Same answers", "", `Largest difference from PyTorch and Captum in float64: logits absolute (allowed ${LOGIT_TOLERANCE}), explanations as a share of the largest bar (allowed ${TOLERANCE}).`, "");
  const works = ["forward", "gradient", "integrated", "occlusion"];
  const answers = networks.flatMap((network) =>
    [...new Set(checks.map(({ contestant }) => contestant))].map((contestant) => {
      const cell = (work) => checks.find((row) => row.network === network && row.contestant === contestant && row.work === work);
      return [network, NAMES[contestant] ?? contestant, ...works.map((work) => (cell(work) ? `${cell(work).error.toExponential(0)} ${verdict(cell(work).ok)}` : ""))];
    }),
  );
  out.push(table(["network", "who", ...works], answers), "");
  return out.join("\n");
}

function describeMachine(versions) {
  const cpuinfo = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const git = (...args) => execFileSync("git", args, { cwd: HERE, encoding: "utf8" }).trim();
  let commit = "of unknown commit";
  try {
    commit = git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "../src", "../pkg") ? " with changes" : "");
  } catch {
    // no git, no commit
  }
  return {
    processor: /model name\s*:\s*(.*)/.exec(cpuinfo)?.[1] ?? "unknown processor",
    cores: availableParallelism(),
    versions: `PyTorch ${versions.torch}, Captum ${versions.captum}, TimeSHAP ${versions.timeshap}, Chromium ${versions.chromium}, onnxruntime-web ${versions.onnxruntime}, TensorFlow.js ${versions.tensorflow}`,
    commit,
    day: new Date().toISOString().slice(0, 10),
  };
}

const begin = Date.now();
const [load] = loadavg();
if (load > BUSY) say(`the machine is busy (load ${load.toFixed(1)}): times will be too long, ratios rough`);
say("networks");
execFileSync(PYTHON, [join(HERE, "make_networks.py"), DATA]);
const shapes = JSON.parse(readFileSync(join(DATA, "networks.json"), "utf8"));
for (const shape of Object.values(shapes)) delete shape.text;

const found = await compete(Object.keys(shapes));
say("memory");
const lengths = await memory();
say("first picture");
const picture = await firstPicture();
say("dragging");
const dragged = await drag();

const { samples } = found;
const reduced = (reduce) => Object.fromEntries(Object.entries(samples).map(([network, works]) => [network, Object.fromEntries(Object.entries(works).map(([work, samples]) => [work, reduce(samples)]))]));
const facts = {
  machine: { ...describeMachine(found.versions), load },
  shapes,
  ms: reduced(median),
  least: reduced((samples) => Math.min(...samples)),
  equal: found.equal,
  peak: median(found.peak),
  theirPeak: median(found.theirPeak),
  picture,
  dragged,
  lengths,
  wasm: Object.fromEntries(["first", "rest"].map((half) => [half, brotliCompressSync(readFileSync(join(HERE, `../pkg/split/${half}.wasm`))).length])),
  checks: compare(found),
};
const text = report(facts);
writeFileSync(join(HERE, "RESULTS.md"), text);
writeFileSync(join(HERE, "results.json"), `${JSON.stringify({ ...facts, samples }, (_, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value))}\n`);
console.log(text);
say(`${((Date.now() - begin) / 1000).toFixed(0)} s; written to bench/RESULTS.md and bench/results.json`);
const wrong = facts.checks.filter(({ ok }) => !ok);
if (wrong.length) {
  say(`WRONG ANSWERS: ${wrong.map(({ network, contestant, work, error }) => `${contestant} ${work} on ${network} (${error})`).join("; ")}`);
  process.exit(1);
}
