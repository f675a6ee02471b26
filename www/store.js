// @ts-check
/** One immutable state; whoever subscribes hears of every change, once per turn of the event loop. */

/** @typedef {import("./types").State} State */

/** What belongs to the open model, before it has read anything: forgotten when another one is opened. */
export const ofModel = () => ({
  parity: null,
  controls: null,
  input: null,
  traced: false,
  predictions: null,
  strip: null,
  request: null,
  answer: null,
  old: false,
  partial: false,
  background: null,
  race: null,
  judged: null,
  span: null,
  ledger: null,
  gates: null,
  studies: {},
  wordUnits: null,
  reasons: null,
  picture: "",
  views: { text: null, lines: null, heatmap: null, baseline: null },
  problem: null,
});

/** The state before anything is loaded. @returns {State} */
export function empty() {
  return {
    ...ofModel(),
    shipped: [],
    model: null,
    opening: null,
    card: null,
    samples: [],
    sampleId: null,
    text: "",
    edited: false,
    asking: null,
    progress: null,
    judge: { metric: "", params: {}, follows: true },
    open: [],
    selection: { layer: 0, direction: 0, quantity: "", unit: 0, order: "index" },
    step: 0,
    color: "answer",
    whole: false,
    theme: "auto",
    dark: false,
    hide: [],
    status: "",
  };
}

/** May something be asked about the shown answer? Not before it is whole, nor while another one is on its way. @param {State} state */
export const isSettled = ({ answer, old, partial, progress }) => answer !== null && !old && !partial && progress?.kind !== "answer";
/** May it be asked now, with nothing at work that would end for it? A test that follows edits gives way. @param {State} state */
export const isFree = (state) => isSettled(state) && (state.progress === null || state.progress.kind === "following");

/**
 * @param {State} initial
 * @param {(run: () => void) => void} later when listeners are told; a test may hand in `(run) => run()`
 * @returns {import("./types").Store}
 */
export function createStore(initial, later = queueMicrotask) {
  let state = Object.freeze({ ...initial });
  let waiting = false;
  /** @type {Set<(state: State) => void>} */
  const listeners = new Set();

  function tell() {
    waiting = false;
    const now = state;
    for (const listener of [...listeners]) listener(now);
  }

  return {
    get: () => state,
    set(patch) {
      const entries = /** @type {[keyof State, unknown][]} */ (Object.entries(patch));
      if (entries.every(([key, value]) => Object.is(state[key], value))) return;
      state = Object.freeze({ ...state, ...patch });
      if (waiting) return;
      waiting = true;
      later(tell);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * Runs `apply` when one of the picked values is another one than before. Panels use it to leave alone what has not changed.
 * @template {(state: State) => [] | unknown[]} F
 * @param {F} pick
 * @param {(...values: ReturnType<F>) => void} apply
 */
export function when(pick, apply) {
  /** @type {readonly unknown[] | null} */
  let before = null;
  return (/** @type {State} */ state) => {
    const now = /** @type {ReturnType<F>} */ (pick(state));
    if (before?.every((value, k) => Object.is(value, now[k]))) return;
    before = now;
    apply(...now);
  };
}
