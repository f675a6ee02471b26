// The contestants that run in a browser, side by side in one page on one thread. bench/run.mjs calls `benchmark`.
import { peak } from "./peak.js";

const CONTESTANTS = {
  rnnscope: () => import("./rnnscope.js"),
  onnxruntime: () => import("./onnxruntime.js"),
  tensorflow: () => import("./tensorflow.js"),
};
const CLOCK = 0.1; // ms: what the clock of a page ticks in
const SHORTEST_SAMPLE = 4; // ms
const SLOW = 1000; // ms
const [MOST, FEWEST, FEWEST_IF_SLOW] = [60, 9, 3]; // samples

const now = () => performance.now();

/** One sample in ms: the mean of `repeats` runs. */
async function sample(work, repeats) {
  const start = now();
  for (let k = 0; k < repeats; k++) await work();
  return (now() - start) / repeats;
}

/** Decides, while warming up, how often one sample repeats the work and how many samples fit into `seconds`. */
async function plan(work, seconds) {
  let once = await sample(work, 1);
  if (once < SLOW) once = Math.min(once, await sample(work, 1), await sample(work, 1));
  if (once > SLOW) return { repeats: 1, count: FEWEST_IF_SLOW, samples: [] };
  const repeats = Math.max(1, Math.ceil(SHORTEST_SAMPLE / Math.max(once, CLOCK)));
  const count = Math.floor((seconds * 1e3) / (once * repeats));
  return { repeats, count: Math.min(MOST, Math.max(FEWEST, count)), samples: [] };
}

/** {work: samples in ms}; works take turns, so that drift of the machine hits all of them. */
async function measure(works, seconds) {
  const plans = {};
  for (const [name, work] of Object.entries(works)) plans[name] = await plan(work, seconds);
  const rounds = Math.max(...Object.values(plans).map((each) => each.count));
  for (let r = 0; r < rounds; r++) {
    for (const [name, { repeats, count, samples }] of Object.entries(plans)) {
      const due = Math.floor(((r + 1) * count) / rounds) > Math.floor((r * count) / rounds);
      if (due) samples.push(await sample(works[name], repeats));
    }
  }
  return Object.fromEntries(Object.entries(plans).map(([name, { samples }]) => [name, samples]));
}

const get = async (path) => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
};

/** Answers and samples of every contestant on every network, and the peak of this engine in GFLOP/s. */
export async function benchmark({ seconds, networks = null, only = null }) {
  const index = await (await get("data/networks.json")).json();
  const out = { samples: {}, answers: {}, peak: [], versions: {}, about: {} };
  const gflops = await peak();
  const contestants = [];
  for (const [id, load] of Object.entries(CONTESTANTS).filter(([id]) => !only || only.includes(id))) {
    const { start, open } = await load();
    out.versions[id] = await start();
    contestants.push([id, open]);
  }
  for (const [name, shape] of Object.entries(index).filter(([name]) => !networks || networks.includes(name))) {
    const bytes = async (kind) => new Uint8Array(await (await get(`data/${name}.${kind}`)).arrayBuffer());
    const works = { peak: async () => out.peak.push(gflops()) };
    out.answers[name] = {};
    for (const [id, open] of contestants) {
      const contestant = await open(name, shape, bytes);
      out.answers[name][id] = {};
      for (const [work, run] of Object.entries(contestant.works)) {
        works[`${id} ${work}`] = run;
        out.answers[name][id][work] = await contestant.answer(work);
      }
      if (contestant.about) out.about[name] = contestant.about;
    }
    out.samples[name] = await measure(works, seconds);
  }
  return out;
}

globalThis.benchmark = benchmark;
