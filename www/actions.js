// @ts-check
/** What a person can do: each action asks the engine and puts the answers into the store. Knows no element. */
import { Stale } from "./engine.js";
import { createJudging } from "./judging.js";
import { createOpening } from "./opening.js";
import { problemOf } from "./problem.js";
import { createStudies } from "./studies.js";
import { alike, backgroundOf, fittingTo } from "./request.js";
import { asTyped, stepsIn } from "./typed.js";
import { isEmpty } from "./words.js";

/** @typedef {import("./types").State} State */
/** @typedef {import("./types").Selection} Selection */
/** @typedef {import("./types").Target} Target */

/** A value that is being dragged waits so long for its answer before the next one is taken. */
const LIVE_MS = 100;
/** What an answer compares with is fetched at most so often. */
const BASELINE_MS = 250;
/** More than this is asked for before it is taken. */
const ASK_ABOVE = 256e6;

/**
 * @param {object} world
 * @param {import("./types").Store} world.store
 * @param {import("./engine.js").Engine} world.engine
 * @param {(path: string) => Promise<ArrayBuffer>} world.load of a shipped file
 *  */
export function createActions({ store, engine, load }) {
  const get = store.get;
  const set = store.set;
  /** The person chose a target; until then it follows the prediction. */
  let chosen = false;
  /** Until the baseline is fetched. */
  let looking = 0;

  /** Runs an action to its end; what goes wrong becomes the one visible message. @param {() => Promise<void>} action */
  async function attempt(action) {
    try {
      await action();
    } catch (error) {
      if (error instanceof Stale) return;
      set({ progress: null, opening: null, problem: problemOf(error) });
    }
  }

  /** @param {string} method @param {any[]} args @param {string} [lane] */
  const ask = (method, args = [], lane = `view/${method}`) => engine.ask(lane, { op: "ask", method, args });

  const judging = createJudging({ store, engine, ask, attempt, withBackground });
  const studies = createStudies({ store, engine, ask, attempt });
  const opening = createOpening({ store, engine, load, attempt, readText, explain: () => explain(), choose: (own) => (chosen = own) });

  // Input -------------------------------------------------------------------------------------------------------------

  /** @param {string} text @param {boolean} [edited] @param {import("./url.js").Link | null} [asked] @param {boolean} [sure] */
  async function readText(text, edited = true, asked = null, sure = false) {
    const { card } = get();
    if (!card) return;
    const kind = card.input_kind === "series" ? "series" : "text";
    // No step is shorter than a character: what is short is not counted.
    const steps = text.length * card.bytes_per_step > ASK_ABOVE && !sure ? stepsIn(text, card.input_kind) : 0;
    const bytes = steps * card.bytes_per_step;
    set({ text, edited, ...(edited ? { sampleId: null } : {}) });
    if (bytes > ASK_ABOVE) return set({ asking: { steps, bytes, text } });
    set({ asking: null });
    await read(engine.input({ kind, text }), asked);
  }

  /** @param {string} text */
  const setText = (text) => attempt(async () => (isEmpty(text, get().card?.input_kind) ? set({ text, edited: true, sampleId: null, old: true }) : readText(text)));
  /** The long text that was asked about. */
  const readLong = () => attempt(async () => void (get().asking && (await readText(get().asking?.text ?? "", true, null, true))));
  const leaveLong = () => set({ asking: null });

  /** @param {string} id */
  const pickSample = (id) =>
    attempt(async () => {
      const sample = get().samples.find((sample) => sample.id === id);
      if (!sample) return;
      set({ sampleId: id, step: -1 });
      await readText(sample.text, false);
    });

  /** @type {{ variable: number, hour: number, value: number } | null} */
  let cell = null;
  let busy = false;
  /** Of several values that come while one is being read, the last one counts. @param {number} variable @param {number} hour @param {number} value */
  const setCell = (variable, hour, value) =>
    attempt(async () => {
      cell = { variable, hour, value };
      if (busy) return;
      busy = true;
      try {
        while (cell) {
          const next = { kind: "cell", ...cell };
          cell = null;
          const input = engine.input(next);
          input.then(() => set({ edited: true, sampleId: null }), () => {});
          // What is being dragged is explained on the way, not only where it ends.
          const { answered } = await read(input);
          await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, LIVE_MS))]);
        }
      } finally {
        busy = false;
        cell = null;
      }
    });

  /** An input is being read: trace it, show it, explain it. @param {Promise<import("./types").Input>} reading @param {import("./url.js").Link | null} [asked] */
  async function read(reading, asked = null) {
    const former = get();
    // A step that was the last one stays the last one.
    const wished = asked?.step ?? (former.step === (former.input?.n_steps ?? 0) - 1 ? -1 : former.step);
    const since = performance.now();
    // Asked together: the worker does one after the other without waiting for this thread.
    const tracing = engine.ask("trace", { op: "trace", step: wished, strip: former.card?.task === "language-model", known: former.controls?.serial }, {
      onProgress: ({ progress }) => set({ progress: { kind: "trace", what: "Reading", fraction: progress.fraction, note: progress.note, since } }),
    });
    tracing.catch(() => {}); // an input that cannot be read is told first
    // Where nothing was chosen, the question can be put before the menus are there.
    const early = former.request || chosen || asksSomething(asked) ? null : answer(null);
    early?.catch(() => {});
    const input = await reading;
    const end = input.n_steps - 1;
    judging.age(true);
    studies.age(true);
    set({ input, step: wished < 0 ? end : Math.min(wished, end), old: true, problem: null, partial: false });
    const { cancelled, controls = former.controls, predictions, strip } = await tracing;
    if (cancelled) {
      set({ progress: null, traced: false, status: "Cancelled: the input was not read to its end; the pictures show the former one." });
      throw new Stale();
    }
    set({ traced: true, progress: null, controls, predictions, strip });
    const request = requestFor(controls, asked, former.controls);
    set({ request });
    const seen = look(true);
    const answered = early && alike(request, controls.default) ? attempt(async () => void (await early)) : explain();
    await seen;
    return { answered };
  }

  /** The request of before as far as it fits the menus; the default otherwise. @param {import("./types").Controls} controls @param {import("./url.js").Link | null} asked @param {import("./types").Controls | null} before the menus of before */
  function requestFor(controls, asked, before) {
    const former = get().request;
    const { default: start } = controls;
    const wished = asked?.method ?? former?.method;
    const method = controls.methods.find(({ id, available }) => id === wished && available)?.id ?? start.method;
    // What was never touched goes with the input: a long text has another budget.
    const touched = !asked && former?.method === method && !alike(former.params, before?.default.params);
    const params = touched ? former.params : { ...(method === start.method ? start.params : {}), ...asked?.params };
    let target = chosen && former ? { ...former.target } : { ...start.target, ...(former && !asked ? { step: former.target.step } : {}) };
    if (asked) target = { ...start.target, ...asked.target };
    if (!controls.readouts.some(({ id }) => id === target.readout)) target = { ...start.target };
    if (target.class >= controls.classes.length || target.versus >= controls.classes.length) ({ class: target.class, versus: target.versus } = start.target);
    if (target.step >= (get().input?.n_steps ?? 0)) target.step = -1;
    const wishedBaseline = asked?.baseline ?? former?.baseline.id;
    const baseline = controls.baselines.some(({ id, available }) => id === wishedBaseline && available) && (wishedBaseline !== "sample" || former?.baseline.sample) ? { ...former?.baseline, id: String(wishedBaseline) } : start.baseline;
    return withBackground({ method, params: fitting(controls, method, params), target, baseline, precision: asked?.precision ?? former?.precision ?? start.precision });
  }

  /** What the input is compared with, where the method compares with several samples. @param {import("./types").Request} request @returns {import("./types").Request} */
  function withBackground(request) {
    const { controls, samples, sampleId, background } = get();
    const { background: _, ...rest } = request;
    if (!controls?.methods.find(({ id }) => id === request.method)?.uses_background) return rest;
    return { ...rest, background: backgroundOf(samples, sampleId, background).map(({ text }) => text) };
  }

  // Looking -----------------------------------------------------------------------------------------------------------

  /** Fetches the views of the selected unit. @param {boolean} [all] the heat map too, and the unit if none is chosen */
  async function look(all = false) {
    const { controls, traced } = get();
    if (!controls || !traced) return;
    let selection = fitted(controls, get().selection);
    if (all || !get().views.heatmap) {
      const heatmap = await ask("heatmap_view", [{ ...selection, unit: Math.max(0, selection.unit) }]);
      selection = fitted(controls, { ...get().selection });
      if (selection.unit < 0) selection = { ...selection, unit: strongest(heatmap) };
      set({ selection, views: { ...get().views, heatmap } });
    }
    if (get().open.includes("ledger")) recall();
    if (get().open.includes("gates")) weigh();
    const [text, lines] = await Promise.all([get().input?.kind === "series" ? null : ask("text_view", [selection]), ask("lines_view", [selection])]);
    set({ views: { ...get().views, text, lines } });
  }

  /** @param {Partial<Selection>} patch */
  const select = (patch) =>
    attempt(async () => {
      const { controls } = get();
      const before = get().selection;
      let selection = { ...before, ...patch };
      if (controls) selection = fitted(controls, selection);
      const moved = selection.layer !== before.layer || selection.direction !== before.direction || selection.quantity !== before.quantity || selection.order !== before.order;
      set({ selection });
      await look(moved);
    });

  /** @param {number} step */
  const selectStep = (step) =>
    attempt(async () => {
      const { input, request, traced } = get();
      if (!input) return;
      const next = Math.max(0, Math.min(input.n_steps - 1, Math.round(step)));
      if (next === get().step) return;
      set({ step: next });
      if (!traced) return;
      const follow = request !== null && request.target.step >= 0;
      set({ predictions: await ask("prediction", [next]) });
      if (follow) setTarget({ step: next });
    });

  // Explaining --------------------------------------------------------------------------------------------------------

  const explain = () =>
    attempt(async () => {
      const { request, input } = get();
      if (request && input) await answer(request);
    });

  /** Asks, and shows what comes. @param {import("./types").Request | null} request null: the first question, once the trace that was asked for before stands */
  async function answer(request) {
    const since = performance.now();
    set({ old: true });
    judging.age();
    studies.age();
    let compared = false;
    const put = (/** @type {any} */ answer, /** @type {number} */ seconds, /** @type {boolean} */ partial) => {
      if (!answer) return;
      set({ answer: { ...answer, seconds }, old: false, partial });
      if (!compared) lookAtBaseline();
      compared = true;
    };
    const result = await engine.ask("answer", { op: "explain", request }, {
      onProgress({ progress, partial, seconds }) {
        put(partial, seconds, true);
        set({ progress: { kind: "answer", what: "Explaining", fraction: progress.fraction, note: progress.note, since } });
      },
    });
    if (!get().traced) return; // ended together with the trace, which says so
    put(result.answer, result.seconds, Boolean(result.cancelled));
    set({ progress: null, problem: null, status: result.cancelled ? "Cancelled: what was found so far is shown." : "" });
    if (!result.cancelled) judging.follow();
  }

  /** Fetches what the answer compares with: not at once, since dragging a value brings many answers and hardly another baseline. */
  function lookAtBaseline() {
    looking ||= setTimeout(() => {
      looking = 0;
      // An input that was changed meanwhile has none yet: its own answer will ask again.
      ask("baseline_view").then((baseline) => set({ views: { ...get().views, baseline } }), () => {});
    }, BASELINE_MS);
  }

  /** @param {Partial<import("./types").Request>} patch */
  function setRequest(patch) {
    const { request, controls } = get();
    if (!request || !controls) return;
    const next = { ...request, ...patch };
    set({ request: withBackground({ ...next, params: fitting(controls, next.method, next.params) }) });
    if (next.baseline.id === "sample" && !next.baseline.sample) return; // first another sample has to be chosen
    explain();
  }

  /** @param {Partial<Target>} patch */
  function setTarget(patch) {
    const { request } = get();
    if (!request) return;
    if (Object.keys(patch).some((key) => key !== "step")) chosen = true;
    // Until the person chooses another, the likeliest output of the step is explained.
    const { controls, predictions } = get();
    const likeliest = patch.step === undefined || chosen || !controls ? undefined : patch.step < 0 ? controls.default.target.class : predictions?.classes[0]?.class;
    setRequest({ target: { ...request.target, ...(likeliest === undefined ? {} : { class: likeliest }), ...patch } });
  }

  const cancel = () => {
    if (get().progress) engine.cancel().catch(() => {});
  };

  // Opened panels -----------------------------------------------------------------------------------------------------

  /** @param {readonly string[] | null} ids of samples to compare with */
  function setBackground(ids) {
    set({ background: ids });
    setRequest({});
  }

  /** What the selected unit remembers. */
  async function recall() {
    try {
      const { selection, traced } = get();
      if (!traced) return;
      set({ ledger: { view: await ask("ledger_view", [{ ...selection, unit: Math.max(0, selection.unit) }]), problem: "" } });
    } catch (error) {
      if (error instanceof Stale) return;
      set({ ledger: { view: null, problem: problemOf(error).message } });
    }
  }

  /** The weights of the selected layer and direction, gate by gate; they do not depend on the input. @param {"input" | "recurrent"} [wanted] */
  async function weigh(wanted) {
    const { card, gates, selection: { layer, direction } } = get();
    const which = wanted ?? gates?.which ?? "input";
    const key = `${layer}/${direction}/${which}`;
    if (!card || gates?.key === key) return;
    const put = (/** @type {Partial<NonNullable<State["gates"]>>} */ patch) => get().card === card && set({ gates: { view: get().gates?.view ?? null, problem: "", which, key, ...patch } });
    put({});
    try {
      put({ view: await ask("gates_view", [{ layer, direction, which }], "weights") });
    } catch (error) {
      if (!(error instanceof Stale)) put({ view: null, problem: problemOf(error).message });
    }
  }

  /** @param {string} id of a panel @param {boolean} opened */
  function unfold(id, opened) {
    const open = get().open.filter((other) => other !== id);
    set({ open: opened ? [...open, id] : open });
    if (opened && id === "truth" && get().judged?.old) judging.later();
    if (opened && id === "ledger") recall();
    if (opened && id === "gates") weigh();
  }

  return {
    asTyped: () => asTyped(get()), follow: opening.follow, openShipped: opening.openShipped, openFile: opening.openFile, stopOpening: opening.stopOpening, setText, readLong, leaveLong, pickSample, setCell, select, selectStep, setRequest, setTarget, explain, cancel,
    setBackground, unfold, weigh, measure: judging.measure, setJudge: judging.setJudge, race: judging.race, selectSpan: judging.selectSpan,
    study: studies.study, insideOf: studies.insideOf, unitsOf: studies.unitsOf, reasonsOf: studies.reasonsOf,
    /** @param {Partial<State>} patch of what only the page knows: colours, pictures */
    show: (patch) => set(patch),
    identify: () => opening.identify(),
    dismiss: () => set({ problem: null }),
    /** The worker was replaced. @param {{ reason: string, restored: boolean }} event */
    restarted({ reason, restored }) {
      set({ progress: null, status: restored ? `The engine stopped (${reason}) and was started again; model and input are back. The last request was not repeated.` : `The engine stopped (${reason}).` });
      const { input } = get();
      if (restored && input) attempt(async () => {
        const kept = get();
        await engine.ask("trace", { op: "trace", step: kept.step, strip: false });
        set({ old: kept.old && kept.answer !== null, traced: true });
      });
      const { parity } = get();
      if (restored && parity && !parity.found && !parity.problem) opening.prove();
    },
    /** Ends an engine on purpose, for the test of what happens then. */
    trap: () => attempt(() => engine.ask("answer", { op: "trap" })),
    samplesOf: opening.samplesOf,
  };

}

/** @typedef {ReturnType<typeof createActions>} Actions */

/** Of a method's controls. @param {import("./types").Controls} controls @param {string} id @param {Record<string, number | string>} params */
const fitting = (controls, id, params) => fittingTo(controls.methods.find((method) => method.id === id)?.params ?? [], params);

/** Within the layers that there are. @param {import("./types").Controls} controls @param {Selection} selection @returns {Selection} */
function fitted(controls, selection) {
  const layer = Math.min(selection.layer, controls.layers.length - 1);
  const { hidden, directions } = controls.layers[layer];
  const quantities = controls.quantities[layer];
  const quantity = quantities.some(({ id }) => id === selection.quantity) ? selection.quantity : (quantities.at(-1)?.id ?? "");
  return { ...selection, layer, quantity, direction: Math.min(selection.direction, directions - 1), unit: Math.min(selection.unit, hidden - 1) };
}

/** The unit with the largest value. @param {import("./types").Heatmap} heatmap */
function strongest({ values, col_labels, row_labels }) {
  let best = 0;
  for (let k = 1; k < values.length; k += 1) if (Math.abs(values[k]) > Math.abs(values[best])) best = k;
  return Number(row_labels[Math.floor(best / Math.max(1, col_labels.length))] ?? 0) || 0;
}

/** Does an address name any part of a request? @param {import("./url.js").Link | null} link */
const asksSomething = (link) => link !== null && Boolean(link.method || link.baseline || link.precision || Object.keys(link.params).length || Object.keys(link.target).length);
