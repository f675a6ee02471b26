// @ts-check
/** What is asked about an answer: what it is worth, how others see it, what several steps score together. */
import { Stale } from "./engine.js";
import { baselinesOf, fittingTo } from "./request.js";
import { isSettled } from "./store.js";

/** @typedef {import("./types").State} State */

/** A test follows the answer once nothing has changed for so long: whoever still types or drags is not kept waiting by it. */
const STILL_MS = 600;

/**
 * @param {object} world
 * @param {import("./types").Store} world.store
 * @param {import("./engine.js").Engine} world.engine
 * @param {(method: string, args: any[], lane?: string) => Promise<any>} world.ask
 * @param {(action: () => Promise<void>) => Promise<void>} world.attempt
 * @param {(request: import("./types").Request) => import("./types").Request} world.withBackground
 */
export function createJudging({ store, engine, ask, attempt, withBackground }) {
  const { get, set } = store;
  /** Until the test that was run last is run again. @type {ReturnType<typeof setTimeout> | undefined} */
  let still;
  /** Other work about the answer goes on. */
  const isBusy = () => get().race?.running || Object.values(get().studies).some(({ running }) => running);

  /** The test that was run last is run again where it is seen and out of date: once nothing has changed for a while, and nothing else is at work. */
  function later() {
    clearTimeout(still);
    still = setTimeout(() => {
      const { judge, judged, open, progress } = get();
      if (!judge.follows || judged?.metric !== judge.metric || !(judged.old || judged.partial) || !open.includes("truth") || !isSettled(get())) return;
      if (progress !== null || isBusy()) later();
      else measure("following");
    }, STILL_MS);
  }

  /** Judges the shown answer by the chosen metric. @param {"measurement" | "following"} [kind] did a person ask for it, or is an edit followed? That gives way to whatever is asked */
  const measure = (kind = "measurement") =>
    attempt(async () => {
      const { controls, judge } = get();
      const metric = controls?.metrics.find(({ id }) => id === judge.metric);
      if (!metric || !isSettled(get())) return;
      clearTimeout(still);
      const since = performance.now();
      if (kind === "measurement") set({ status: "" });
      // Controls that were moved meanwhile make it one of former settings.
      const put = (/** @type {any} */ found, /** @type {number} */ seconds, /** @type {boolean} */ partial) => found && set({ judged: { metric: metric.id, found, old: get().judge.params !== judge.params, partial, seconds } });
      try {
        const result = await engine.ask("measurement", { op: "measure", request: { metric: metric.id, params: fittingTo(metric.params, judge.params) } }, {
          onProgress({ progress, partial, seconds }) {
            put(partial, seconds, true);
            set({ progress: { kind, what: "Judging", fraction: progress.fraction, note: progress.note, since } });
          },
        });
        put(result.found ?? result.answer, result.seconds, Boolean(result.cancelled));
        // What was begun meanwhile ended it, and goes on: the test comes after it.
        if (result.cancelled && isBusy()) return later();
        set({ progress: null, problem: null, ...(result.cancelled ? { status: "Cancelled: the judgement so far is shown." } : {}) });
      } catch (error) {
        if (error instanceof Stale) later();
        throw error;
      }
    });

  /** @param {Partial<State["judge"]>} patch */
  function setJudge(patch) {
    const { judge, judged } = get();
    set({ judge: { ...judge, ...patch }, judged: judged && { ...judged, old: judged.old || patch.params !== undefined } });
    later();
  }

  /** Explains in several ways, one after the other. @param {"methods" | "baselines"} over @param {readonly string[]} ids of methods, or of `baselinesOf` @param {boolean} [referee] decides between methods */
  const race = (over, ids, referee = false) =>
    attempt(async () => {
      const { controls, request, samples, sampleId, race: former } = get();
      if (!controls || !request || !isSettled(get())) return;
      const since = performance.now();
      const entries = over === "methods"
        ? controls.methods.filter(({ id }) => ids.includes(id)).map(({ id, label }) => ({ label, request: withBackground({ ...request, method: id, params: id === request.method ? request.params : {} }) }))
        : baselinesOf(controls.baselines, samples, sampleId).filter(({ id }) => ids.includes(id)).map(({ label, baseline }) => ({ label, request: { ...request, baseline } }));
      const key = keyOf(over, request);
      const put = (/** @type {Partial<NonNullable<State["race"]>>} */ patch) => set({ race: { over, key, found: null, took: {}, old: false, running: true, ...patch } });
      put(former?.over === over ? { found: former.found, took: former.took, old: true } : {});
      set({ status: "" });
      try {
        const result = await engine.ask("race", { op: "race", entries, shown: request, referee: referee && over === "methods" }, {
          onProgress({ progress, partial }) {
            if (partial) put(partial);
            set({ progress: { kind: "race", what: progress.note ? `Comparing: ${progress.note}` : "Comparing", fraction: progress.fraction, note: progress.note, since } });
          },
        });
        put({ found: result.found ?? result.answer ?? get().race?.found ?? null, took: result.took ?? get().race?.took ?? {}, running: false });
        set({ progress: null, problem: null, status: result.cancelled ? "Cancelled: what was compared so far is shown." : "" });
        // The session stopped at another answer than the shown one.
        if (result.cancelled) {
          set({ progress: { kind: "answer", what: "Explaining", fraction: 0, note: "", since: performance.now() } });
          await engine.ask("answer", { op: "explain", request });
          set({ progress: null });
        }
      } catch (error) {
        const now = get().race;
        if (now?.running) set({ race: { ...now, running: false } });
        throw error;
      }
    });

  /** The score of neighbouring steps together. @param {{ from: number, to: number } | null} span from..to */
  async function selectSpan(span) {
    if (span === null) {
      engine.forget("span");
      return set({ span: null });
    }
    const { span: former, answer, old } = get();
    if (former?.from === span.from && former.to === span.to && (former.found || former.problem)) return;
    set({ span: { ...span, found: null, problem: "" } });
    if (!answer || old) return;
    try {
      set({ span: { ...span, found: await ask("span_score", [span.from, span.to], "span"), problem: "" } });
    } catch (error) {
      if (!(error instanceof Stale)) set({ span: { ...span, found: null, problem: /** @type {Error} */ (error).message } });
    }
  }

  /** What was said of an older answer stays, and is marked as such. @param {boolean} [all] the input is another one */
  function age(all = false) {
    clearTimeout(still);
    const { race, judged, request, span } = get();
    set({ span: span && !all ? { ...span, found: null, problem: "" } : null, judged: judged && { ...judged, old: true } });
    if (race) set({ race: { ...race, running: false, old: all || race.old || !request || race.key !== keyOf(race.over, request) } });
  }

  /** A new answer stands: what was asked about the former one is asked again. */
  function follow() {
    const { span } = get();
    if (span) selectSpan({ from: span.from, to: span.to });
    later();
  }

  return { measure: () => measure(), later, setJudge, race, selectSpan, age, follow };
}

/** What a comparison depends on, beside the input. @param {"methods" | "baselines"} over @param {import("./types").Request} request */
function keyOf(over, { method, params, target, baseline, precision }) {
  return JSON.stringify([target, precision, over === "methods" ? baseline : [method, params]]);
}
