// @ts-check
/** The registry: a new panel is one file and one line here. In each column they stand in this order. */
import { attribution } from "./attribution.js";
import { baseline } from "./baseline.js";
import { card } from "./card.js";
import { editor } from "./editor.js";
import { grid } from "./grid.js";
import { method } from "./method.js";
import { models } from "./models.js";
import { read } from "./read.js";
import { samples } from "./samples.js";
import { target } from "./target.js";
import { traces } from "./traces.js";
import { units } from "./units.js";
import { verdict } from "./verdict.js";

/** They are fetched when they are opened, so that the first picture does not wait for them. @type {Record<string, import("../types").ClosedPanel>} */
const closed = {
  hierarchy: {
    id: "hierarchy", title: "Phrases", about: "the score of every phrase, up to the whole", column: "why",
    wants: (state) => Boolean(state.answer?.hierarchy),
    load: async () => (await import("./hierarchy.js")).create,
  },
  compare: {
    id: "compare", title: "Compare", about: "other methods and baselines beside this answer", column: "why",
    wants: (state) => state.answer !== null,
    load: async () => (await import("./compare.js")).create,
  },
  reasons: {
    id: "reasons", title: "Few reasons", about: "the parts that hold most of it, and those you expect", column: "why",
    wants: (state) => state.answer !== null,
    load: async () => (await import("./reasons.js")).create,
  },
  whatif: {
    id: "whatif", title: "What if?", about: "other words or values, and the smallest change that flips it", column: "why",
    wants: (state) => state.answer !== null,
    load: async () => (await import("./whatif.js")).create,
  },
  cohort: {
    id: "cohort", title: "Across the samples", about: "words on average, mistakes and their culprits, what matters to all", column: "why",
    wants: (state) => state.answer !== null && state.samples.length > 0,
    load: async () => (await import("./cohort.js")).create,
  },
  ledger: {
    id: "ledger", title: "Memory", about: "which steps wrote what a unit remembers", column: "why",
    wants: (state) => state.views.lines !== null,
    load: async () => (await import("./ledger.js")).create,
  },
  inside: {
    id: "inside", title: "Inside the cell", about: "what gates and units did for the score", column: "why",
    wants: (state) => state.answer !== null,
    load: async () => (await import("./inside.js")).create,
  },
  gates: {
    id: "gates", title: "Weights", about: "what each gate reads, and how strongly", column: "why",
    wants: (state) => state.views.lines !== null,
    load: async () => (await import("./gates.js")).create,
  },
  truth: {
    id: "truth", title: "Is it true?", about: "put the answer to the test", column: "sure",
    wants: (state) => (state.controls?.metrics.length ?? 0) > 0,
    load: async () => (await import("./truth.js")).create,
  },
};

/** @type {readonly (import("../types").Panel | import("../types").ClosedPanel)[]} */
export const PANELS = [models, samples, editor, grid, card, read, attribution, closed.hierarchy, closed.whatif, closed.reasons, closed.compare, closed.cohort, traces, closed.ledger, closed.inside, units, closed.gates, verdict, closed.truth, target, method, baseline];
