// Time to equal error: what an answer costs that is as good as the rival's, rather than one of as many evaluations.
//
// Shapley values of steps: the rival's error is that of Captum's KernelSHAP with 1000 coalitions, the root mean square
// over steps and seeds of its distance from values by very many sampled orders. Ours, the same regression guided by
// gradients, is doubled until its error, over as many seeds, is no larger. Integrated gradients: both go on until what
// does not add up is 1 % of the score difference, Captum by doubling its steps from eight, ours as it always does.

import { median } from "./browser.mjs";

const SEEDS = 4;
const RUNS = 9;
const AT_ONCE = 3; // of each in a turn: the first finds the other's work in the caches
const SHARE = 0.01;
const FIRST = 4; // coalitions, then twice as many
const MOST = 1 << 14;
const REFERENCE = { icu: 200_000, sentiment: 60_000, charlm: 200 }; // coalitions of sampled orders

const seeds = Array.from({ length: SEEDS }, (_, k) => k + 1);
const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
/** Over steps and runs. */
const error = (runs, exact) => Math.sqrt(mean(runs.map((run) => mean(run.map((x, t) => (x - exact[t]) ** 2)))));

/**
 * { shapley: { reference, captum: { ms, error }, ours: { coalitions, ms, error } }, integrated: { captum: { ms, steps }, ours: { ms, evaluations } } }
 * @param {(request: object) => Promise<any>} native asks native.py
 * @param {(method: string, params: object) => Promise<{ values: number[], ms: number, evaluations: number, gap: number, whisker: number }>} explain asks the page
 */
export async function equalError(network, native, explain) {
  const exact = await explain("shapley-permutation", { tolerance: 0, budget: REFERENCE[network], seed: 99 });
  const theirs = [];
  for (const seed of seeds) theirs.push(await native({ network, kernelshap: seed }));
  const captum = { ms: mean(theirs.map(({ ms }) => ms)), error: error(theirs.map(({ values }) => values), exact.values) };
  let ours;
  for (let coalitions = FIRST; coalitions <= MOST; coalitions *= 2) {
    const runs = [];
    for (const seed of seeds) runs.push(await explain("guided-shap", { samples: coalitions, seed }));
    ours = { coalitions, ms: mean(runs.map(({ ms }) => ms)), error: error(runs.map(({ values }) => values), exact.values) };
    if (ours.error <= captum.error) break;
  }
  // Milliseconds: one run says little, and the two take turns.
  const runs = { captum: [], ours: [] };
  for (let k = 0; k < RUNS; k++) {
    for (let j = 0; j < AT_ONCE; j++) runs.captum.push(await native({ network, gap: SHARE }));
    for (let j = 0; j < AT_ONCE; j++) runs.ours.push(await explain("integrated-gradients", { tolerance: SHARE }));
  }
  const typical = (list) => ({ ...list[0], ms: median(list.map(({ ms }) => ms)) });
  return { shapley: { reference: exact.whisker, captum, ours }, integrated: { captum: typical(runs.captum), ours: typical(runs.ours) } };
}
