// @ts-check
/** What a person can do: each action asks the engine and puts the answers into the store. Knows no element. */
import { Stale, Trapped } from "./engine.js";
import { createJudging } from "./judging.js";
import { createStudies } from "./studies.js";
import { alike, backgroundOf, fittingTo } from "./request.js";
import { isEmpty, size } from "./words.js";

/** @typedef {import("./types").State} State */
/** @typedef {import("./types").Selection} Selection */
/** @typedef {import("./types").Target} Target */
/** Bytes of a model, now and again. @typedef {() => Promise<ArrayBuffer | Blob>} Source */

/** A value that is being dragged waits so long for its answer before the next one is taken. */
const LIVE_MS = 100;
const LARGEST_FILE = 512e6;
/** Up to so many bytes are hashed without being asked for. */
const HASHED_AT_ONCE = 16e6;
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
  /** Counts models that were asked for. */
  let openings = 0;
  /** Computes the hashes of the open file, once. */
  let identify = () => {};
  /** Of the address, until it has been used. @type {import("./url.js").Link | null} */
  let wish = null;

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

  // Models ------------------------------------------------------------------------------------------------------------

  /** @param {string} id @param {number | null} [epoch] */
  const openShipped = (id, epoch = null) =>
    attempt(async () => {
      const entry = get().shipped.find((shipped) => shipped.id === id);
      if (!entry) return;
      const file = entry.checkpoints?.find((checkpoint) => checkpoint.epoch === epoch);
      const path = `models/${file?.file ?? entry.file}`;
      const mine = ++openings;
      const going = started(`${entry.title} · ${size(file?.bytes ?? entry.bytes)}`);
      engine.forget("model");
      const samples = samplesOf(entry.samples).then((list) => list.samples);
      // The text can be read before any network is there.
      samples.then((list) => {
        const sample = list.find((one) => one.id === wish?.sample) ?? list[0];
        if (!get().card && !get().text && sample?.kind === "text") set({ text: wish?.text ?? sample.text });
      }, () => {});
      const source = async () => (await load(path)).slice(0);
      const card = await engine.open(entry.id, source, going);
      const model = { id, epoch: file ? epoch : null, name: path.replace("models/", ""), title: entry.title, about: entry.about, bytes: file?.bytes ?? entry.bytes, hash: null };
      const list = await samples;
      if (mine === openings) await begin(card, model, list, source);
    });

  /** Tells that a model is being opened; gives what tells how far it is. @param {string} what */
  function started(what) {
    const since = performance.now();
    set({ opening: { what, fraction: 0, note: "", since }, problem: null });
    return (/** @type {number} */ fraction, /** @type {string} */ note) => get().opening?.since === since && set({ opening: { what, fraction, note, since } });
  }

  /** The former model stays. */
  const stopOpening = () => {
    if (!get().opening) return;
    openings += 1;
    engine.forget("model");
    engine.cancel().catch(() => {});
    set({ opening: null, progress: null, status: "Cancelled: the former model stays open." });
    if (get().old && get().traced) explain();
  };

  /** @param {File} file */
  const openFile = (file) =>
    attempt(async () => {
      if (file.size > LARGEST_FILE) throw asked(file.name, `${size(file.size)} are more than a page can read`, `Choose a file below ${size(LARGEST_FILE)}.`, "too-large");
      if (/\.(csv|txt|psv)$/i.test(file.name)) return void (await readText(await file.text()));
      const going = started(`${file.name} · ${size(file.size)}`);
      openings += 1;
      /** @type {Source} */
      const source = async () => file;
      const card = await engine.open(file.name, source, going).catch((error) => {
        if (error instanceof Stale || error instanceof Trapped) throw error;
        const { code = "bad-file", message, place = "", remedy = "" } = error;
        throw asked(`${file.name} (${size(file.size)})`, message.startsWith(place) ? message : `${place}: ${message}`, `${remedy}${get().model ? " The former model stays open." : ""}`.trim(), code);
      });
      const model = { id: null, epoch: null, name: file.name, title: card.title, about: "Your own file. It was read in this page and is sent nowhere.", bytes: file.size, hash: null };
      const same = sameInputs(get().card, card) ? get().samples : [];
      await begin(card, model, same, source);
    });

  /** A model has been opened: show its card, then read something with it. @param {any} card @param {NonNullable<State["model"]>} model @param {State["samples"]} samples @param {Source} source */
  async function begin(card, model, samples, source) {
    const former = get();
    const asked = wish;
    wish = null;
    // A file of one's own brings something to begin with; what was typed goes on all the same.
    const brings = model.id === null && Boolean(card.beginning);
    const again = sameInputs(former.card, card) && former.text !== "" && (former.edited || (!brings && (model.id === former.model?.id || samples === former.samples)));
    const sample = brings ? undefined : samples.find(({ id }) => id === (asked?.sample ?? (again ? undefined : former.sampleId))) ?? samples[0];
    const given = card.input_kind === "series" ? undefined : asked?.text;
    const text = given ?? (again && !asked ? asTyped(former) : sample?.text) ?? blank(card);
    // What was changed cell by cell goes on to the next model.
    const own = given !== undefined || (again && !asked && former.edited);
    if (!asked) chosen = false;
    // Of characters one unit says more at first sight than what made one guess.
    if (asked ? !asked.color : card.task !== former.card?.task) set({ color: card.task === "language-model" ? "unit" : "answer" });
    const request = asked || sameMenus(former.card, card) ? former.request : null;
    const selection = { layer: 0, direction: 0, quantity: "", unit: -1, order: former.selection.order, ...(asked?.selection ?? {}) };
    set({ card, parity: null, model, samples, sampleId: own ? null : again && !asked ? former.sampleId : (sample?.id ?? null), edited: own, opening: null, request, controls: null, selection, strip: null, answer: null, old: false, traced: false, race: null, judged: null, span: null, ledger: null, gates: null, studies: {}, wordUnits: null, background: null, views: { text: null, lines: null, heatmap: null }, predictions: null, picture: asked?.picture ?? "", step: -1, input: null, problem: null });
    try {
      await readText(text, own, asked);
    } finally {
      // Not before the first picture: neither is needed for it.
      identify = () => {
        identify = () => {};
        digest(source).then((found) => get().model === model && set({ model: { ...model, ...found } }), () => {});
      };
      // Of a large file that takes as much memory again: not before somebody looks.
      if (model.bytes <= HASHED_AT_ONCE) identify();
      prove();
    }
  }

  /** Has the file's own examples run again. It is asked last, and the engine does everything else before it. */
  async function prove() {
    const { card } = get();
    if (!card?.examples) return;
    const put = (/** @type {State["parity"]} */ parity) => get().card === card && set({ parity });
    put({ found: null, problem: null });
    try {
      const found = await engine.ask("parity", { op: "parity" });
      if (found) put({ found, problem: null });
    } catch (error) {
      if (!(error instanceof Stale)) put({ found: null, problem: problemOf(error) });
    }
  }

  /** Goes where an address points. @param {import("./url.js").Link} next */
  async function follow(next) {
    wish = next;
    chosen = Object.keys(next.target).length > 0;
    const { shipped } = get();
    const known = shipped.some(({ id }) => id === next.model);
    const id = known ? next.model : shipped[0]?.id;
    if (id) await openShipped(id, next.epoch ?? null);
    if (next.model && !known) set({ problem: problemOf(asked("model", `the address asks for “${next.model}”, which is not among the shipped models`, "Choose a model from the list.")) });
  }

  // Input -------------------------------------------------------------------------------------------------------------

  /** @param {string} text @param {boolean} [edited] @param {import("./url.js").Link | null} [asked] @param {boolean} [sure] */
  async function readText(text, edited = true, asked = null, sure = false) {
    const { card } = get();
    if (!card) return;
    const kind = card.input_kind === "series" ? "series" : "text";
    const bytes = kind === "text" ? text.length * card.bytes_per_step : 0;
    set({ text, edited, ...(edited ? { sampleId: null } : {}) });
    if (bytes > ASK_ABOVE && !sure) return set({ asking: { length: text.length, bytes, text, kind } });
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
    const tracing = engine.ask("trace", { op: "trace", step: wished, strip: former.card?.task === "language-model" }, {
      onProgress: ({ progress }) => set({ progress: { what: "Reading", fraction: progress.fraction, note: progress.note, since } }),
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
    const { cancelled, controls, predictions, strip } = await tracing;
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
    const put = (/** @type {any} */ answer, /** @type {number} */ seconds, /** @type {boolean} */ partial) => answer && set({ answer: { ...answer, seconds }, old: false, partial });
    const result = await engine.ask("answer", { op: "explain", request }, {
      onProgress({ progress, partial, seconds }) {
        put(partial, seconds, true);
        set({ progress: { what: "Explaining", fraction: progress.fraction, note: progress.note, since } });
      },
    });
    if (!get().traced) return; // ended together with the trace, which says so
    put(result.answer, result.seconds, Boolean(result.cancelled));
    set({ progress: null, problem: null, status: result.cancelled ? "Cancelled: what was found so far is shown." : "" });
    if (!result.cancelled) judging.follow();
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
    if (opened && id === "ledger") recall();
    if (opened && id === "gates") weigh();
  }

  return {
    asTyped: () => asTyped(get()), follow, openShipped, openFile, stopOpening, setText, readLong, leaveLong, pickSample, setCell, select, selectStep, setRequest, setTarget, explain, cancel,
    setBackground, unfold, weigh, measure: judging.measure, setJudge: judging.setJudge, race: judging.race, selectSpan: judging.selectSpan,
    study: studies.study, insideOf: studies.insideOf, unitsOf: studies.unitsOf, reasonsOf: studies.reasonsOf,
    /** @param {Partial<State>} patch of what only the page knows: colours, pictures */
    show: (patch) => set(patch),
    identify: () => identify(),
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
      if (restored && parity && !parity.found && !parity.problem) prove();
    },
    /** Ends an engine on purpose, for the test of what happens then. */
    trap: () => attempt(() => engine.ask("answer", { op: "trap" })),
    samplesOf: (/** @type {string} */ path) => samplesOf(path),
  };

  /** @param {string} path @returns {Promise<{ samples: State["samples"] }>} */
  async function samplesOf(path) {
    return JSON.parse(new TextDecoder().decode(await load(`models/${path}`)));
  }
}

/** @typedef {ReturnType<typeof createActions>} Actions */

/** @param {string} place @param {string} message @param {string} remedy */
function asked(place, message, remedy, code = "bad-request") {
  return Object.assign(new Error(message), { code, place, remedy });
}

/** @param {any} error @returns {import("./types").Problem} */
function problemOf(error) {
  if (error instanceof Trapped) return { code: "bug", message: `The engine stopped under this request: ${error.message}.`, place: "engine", remedy: "It was started again. Change the request, or reload the page; please report this." };
  return { code: error.code ?? "bug", message: error.message ?? String(error), place: error.place ?? "", remedy: error.remedy ?? "Reload the page; the settings are in the address." };
}

/** Where both models have the same outputs a request for one fits the other. @param {State["card"]} a @param {State["card"]} b */
function sameMenus(a, b) {
  return Boolean(a && b && a.task === b.task && a.classes.join("\n") === b.classes.join("\n"));
}

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

/** Something to begin with where no sample fits. @param {import("./types").Card} card */
function blank(card) {
  if (card.beginning) return card.beginning;
  if (card.input_kind === "characters") return card.vocab.filter((entry) => /^[a-z]$/i.test(entry)).slice(0, 12).join("") || card.vocab.slice(0, 12).join("");
  if (card.input_kind === "words") return "Type a sentence here.";
  const variables = [...new Set(card.features.filter(({ role }) => role !== "static").map(({ variable, name }) => variable || name))];
  return [`hour,${variables.join(",")}`, ...Array.from({ length: 24 }, (_, hour) => `${hour}${",".repeat(variables.length)}`)].join("\n");
}

/** What is read, as it would be typed: a series with the values that were changed. @param {State} state */
const asTyped = ({ edited, input, text }) => (edited && input?.series ? tableOf(input.series) : text);

/** The series as comma-separated values, as it stands now. @param {import("./types").Series} series */
function tableOf({ variables, hours, values, fixed }) {
  const count = hours.length;
  const cell = (/** @type {number} */ value) => (Number.isNaN(value) ? "" : String(Number(value.toPrecision(7))));
  const head = (fixed ?? []).map(([name, value]) => `# ${name}=${value}`);
  const rows = hours.map((hour, t) => [hour, ...variables.map((_, v) => cell(values[v * count + t]))].join(","));
  return [...head, `hour,${variables.join(",")}`, ...rows, ""].join("\n");
}

/** SHA-256 of the file, and of the bytes after a safetensors header, where the browser computes it. @param {Source} source */
async function digest(source) {
  if (!globalThis.crypto?.subtle) return { hash: "not computed: this page is not in a secure context" };
  const found = await source();
  const bytes = found instanceof Blob ? await found.arrayBuffer() : found;
  const of = async (/** @type {ArrayBuffer | Uint8Array<ArrayBuffer>} */ part) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", part))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const hash = await of(bytes);
  const header = bytes.byteLength > 8 && new Uint8Array(bytes)[8] === 0x7b ? Number(new DataView(bytes).getBigUint64(0, true)) : NaN;
  return header <= bytes.byteLength - 8 ? { hash, weights: await of(new Uint8Array(bytes, 8 + header)) } : { hash };
}

/** Does an address name any part of a request? @param {import("./url.js").Link | null} link */
const asksSomething = (link) => link !== null && Boolean(link.method || link.baseline || link.precision || Object.keys(link.params).length || Object.keys(link.target).length);

/** Can what one network read be given to another? @param {import("./types").Card | null} a @param {import("./types").Card} b */
function sameInputs(a, b) {
  const names = (/** @type {import("./types").Card} */ { features }) => features.map(({ name }) => name).join();
  return a !== null && a.input_kind === b.input_kind && (b.input_kind !== "series" || names(a) === names(b));
}
