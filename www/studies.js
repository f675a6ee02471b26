// @ts-check
/** Studies: work about the question of the shown answer, one job at a time, whose finding stays until it is asked anew. */
import { Stale } from "./engine.js";
import { isSettled } from "./store.js";

/** @typedef {import("./types").State} State */

/**
 * @param {object} world
 * @param {import("./types").Store} world.store
 * @param {import("./engine.js").Engine} world.engine
 * @param {(method: string, args: any[], lane?: string) => Promise<any>} world.ask
 * @param {(action: () => Promise<void>) => Promise<void>} world.attempt
 */
export function createStudies({ store, engine, ask, attempt }) {
  const { get, set } = store;
  /** @param {string} kind @param {Partial<import("./types").Study>} patch */
  const put = (kind, patch) => {
    const former = get().studies[kind] ?? { request: null, found: null, old: false, running: false, seconds: 0 };
    set({ studies: { ...get().studies, [kind]: { ...former, ...patch } } });
  };

  /** Begins a study, and shows what comes. @param {string} kind @param {string} what it does, for the line of progress @param {any} request */
  const study = (kind, what, request) =>
    attempt(async () => {
      if (!isSettled(get())) return;
      const since = performance.now();
      put(kind, { running: true });
      set({ status: "" });
      try {
        const result = await engine.ask("study", { op: "study", kind, request }, {
          onProgress({ progress, partial, seconds }) {
            if (partial) put(kind, { request, found: partial, old: false, seconds });
            set({ progress: { kind: "study", what, fraction: progress.fraction, note: progress.note, since } });
          },
        });
        const found = result.found ?? result.answer;
        put(kind, found ? { request, found, old: false, running: false, seconds: result.seconds } : { found: null, running: false });
        set({ progress: null, problem: null, status: result.cancelled ? "Cancelled." : "" });
      } catch (error) {
        put(kind, { running: false });
        throw error;
      }
    });

  /** Another picture of what was found inside. @param {string} factor */
  const insideOf = (factor) =>
    attempt(async () => {
      if (get().studies.inside?.found) put("inside", { found: await ask("inside", [factor], "inside") });
    });

  /** The units behind the score of a step. @param {number} step */
  async function unitsOf(step) {
    try {
      set({ wordUnits: { step, view: await ask("word_units", [step], "units"), problem: "" } });
    } catch (error) {
      if (!(error instanceof Stale)) set({ wordUnits: { step, view: null, problem: /** @type {Error} */ (error).message } });
    }
  }

  /** The few parts that hold a share of the answer. @param {import("./types").ReasonsRequest} request */
  async function reasonsOf(request) {
    try {
      set({ reasons: { found: await ask("reasons", [request], "reasons"), problem: "" } });
    } catch (error) {
      if (!(error instanceof Stale)) set({ reasons: { found: null, problem: /** @type {Error} */ (error).message } });
    }
  }

  /** What was found of an older answer stays, and is marked as such. @param {boolean} [all] the input is another one */
  function age(all = false) {
    set({ studies: Object.fromEntries(Object.entries(get().studies).map(([kind, one]) => [kind, { ...one, old: true, running: false }])), wordUnits: all ? null : get().wordUnits, reasons: all ? null : get().reasons });
  }

  return { study, insideOf, unitsOf, reasonsOf, age };
}
