// The contestants that run in a browser, side by side in one page on one thread. bench/run.mjs drives it through
// `globalThis.bench`.
import { peak } from "./peak.js";

const CONTESTANTS = {
  rnnscope: () => import("./rnnscope.js"),
  onnxruntime: () => import("./onnxruntime.js"),
  tensorflow: () => import("./tensorflow.js"),
};
const CLOCK = 0.1; // ms: what the clock of a page ticks in
const SHORTEST_SAMPLE = 4; // ms
const SLOW = 300; // ms: such work is not run again to warm up
const SLOWER = 1500; // ms: such work is measured once a turn
const MOST = 20; // samples a turn

/** One sample in ms: the mean of `repeats` runs. */
async function sample(work, repeats) {
  const start = performance.now();
  for (let k = 0; k < repeats; k++) await work();
  return (performance.now() - start) / repeats;
}

const get = async (path) => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
};

const contestants = [];
const networks = {}; // by name: { works, once, explain }
let index, gflops;

/** Loads everybody; their versions. */
async function start(only = Object.keys(CONTESTANTS)) {
  index = await (await get("data/networks.json")).json();
  gflops = await peak();
  const versions = {};
  for (const id of only) {
    const { start, open } = await CONTESTANTS[id]();
    versions[id] = await start();
    contestants.push([id, open]);
  }
  return versions;
}

/** Everybody opens a network: their answers, which is also the first warm-up. */
async function open(name) {
  const bytes = async (kind) => new Uint8Array(await (await get(`data/${name}.${kind}`)).arrayBuffer());
  const works = {};
  const answers = {};
  let explain;
  for (const [id, open] of contestants) {
    const contestant = await open(name, index[name], bytes);
    explain ??= contestant.explain;
    answers[id] = {};
    for (const [work, run] of Object.entries(contestant.works)) {
      works[`${id} ${work}`] = run;
      answers[id][work] = await contestant.answer(work);
    }
  }
  networks[name] = { works, once: {}, explain };
  return answers;
}

/** rnnscope's answer, and what it cost. */
const explain = (name, method, params) => networks[name].explain(method, params);

/** { samples: {work: [ms]}, peak: [GFLOP/s] }: every work for about `seconds`, at least `least` times; they take turns. */
async function turn(name, seconds, least) {
  const { works, once } = networks[name];
  const plans = [];
  for (const [key, work] of Object.entries(works)) {
    if (!(once[key] > SLOW)) once[key] = Math.min(await sample(work, 1), await sample(work, 1));
    const repeats = Math.max(1, Math.ceil(SHORTEST_SAMPLE / Math.max(once[key], CLOCK)));
    const count = Math.floor((seconds * 1e3) / (once[key] * repeats));
    plans.push({ key, work, repeats, count: once[key] > SLOWER ? 1 : Math.min(MOST, Math.max(least, count)), samples: [] });
  }
  const rounds = Math.max(...plans.map(({ count }) => count));
  const peak = [];
  for (let r = 0; r < rounds; r++) {
    peak.push(gflops());
    for (const { work, repeats, count, samples } of plans) {
      const due = Math.floor(((r + 1) * count) / rounds) > Math.floor((r * count) / rounds);
      if (due) samples.push(await sample(work, repeats));
    }
  }
  return { samples: Object.fromEntries(plans.map(({ key, samples }) => [key, samples])), peak };
}

globalThis.bench = { start, open, turn, explain };
