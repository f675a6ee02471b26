// @ts-check
/**
 * Owns the session: one model, one input, one job at a time. Messages go in and come out; nothing else happens here.
 *
 * { id, op, … } is answered by { id, value } | { id, error } | { id, trap }; a job also sends { id, progress, partial }.
 */
import init, { Opening, Upload } from "../pkg/rnnscope.js";
import { gone, upload } from "./upload.js";

/** @type {any} */
const scope = self;
const REPORT_MS = 100;
/** Of work, before waiting messages have their turn. */
const SLICE_MS = 16;
/** A first answer does not wait as long as the later ones. */
const FIRST_MS = 40;
/** What the page may ask of a session. */
const QUERIES = new Set(["controls", "prediction", "predictions_strip", "text_view", "lines_view", "heatmap_view", "attribution", "baseline_view", "value", "span_score", "ledger_view", "gates_view", "inside", "word_units", "reasons"]);
/** What can be worked out beside the answer: begun by `start_…`, read by its name. */
const STUDIES = new Set(["inside", "cohort", "alternatives", "turn"]);

/** @type {any} */
let session = null;
/** The last step of the input. */
let last = 0;
/** @typedef {{ id: number, start: number, found: () => any }} Job */
/** @type {Job | null} */
let job = null;
/** A question that waits for the running job. @type {{ id: number, begin: () => void } | null} */
let next = null;
/** The menus that were given last, numbered: no two workers begin at the same moment. @type {any} */
let offered = null;
let serial = performance.timeOrigin;
/** The question that is asked where none was chosen, once the input has been traced. @type {any} */
let first = null;
/** A model that is being opened, and what ends that. @typedef {{ id: number, end: () => void }} Opened */
/** @type {Opened | null} */
let opening = null;
/** The file's own examples, which are run again while nothing else is to be done. @type {{ id: number } | null} */
let proof = null;
const IDLE_MS = 50;
/** They answer for themselves. */
const JOBS = new Set(["trace", "explain", "measure", "race", "parity", "study"]);
/** What the first half of the module can do, once each: open the first model, read a sample, answer the first question. */
const early = new Set(["open", "input", "trace", "explain"]);
/** What it exports. @type {any} */
let wasm = null;
/** Called when the other half is there; until then all other messages wait. */
let complete = () => {};
const whole = new Promise((resolve) => (complete = () => resolve(undefined)));

/** @type {Record<string, (message: any) => any>} */
const operations = {
  async init({ module, rest }) {
    wasm = await init({ module_or_path: module });
    if (rest) await operations.rest({ rest });
  },

  /** The other half of the module fills what the first one left open. */
  async rest({ rest }) {
    await WebAssembly.instantiate(rest, { first: wasm });
    complete();
  },

  async open({ id, source }) {
    opening?.end();
    const mine = (opening = { id, end: () => {} });
    const next = await read(source, mine).catch((error) => {
      if (opening === mine) opening = null;
      throw error;
    });
    if (opening !== mine) {
      next.free();
      throw superseded();
    }
    opening = null;
    const card = next.card(); // a model that cannot be described does not replace the former one
    stop();
    leave();
    session?.free();
    session = next;
    return card;
  },

  input({ kind, text, variable, hour, value }) {
    stop();
    const input = kind === "cell" ? need().set_value(variable, hour, value) : kind === "series" ? need().read_series(text) : need().read_text(text);
    last = input.n_steps - 1;
    return input;
  },

  ask({ method, args }) {
    if (!QUERIES.has(method)) throw new Error(`no such question: ${method}`);
    return need()[method](...args);
  },

  /** Answered with what the page asks next: the menus, what the network says at the step, and along the text. */
  trace({ id, step, strip, known }) {
    stop();
    need().start_trace();
    return work(id, () => null, () => ({ controls: menus(known), predictions: session.prediction(step < 0 ? last : Math.min(step, last)), strip: strip ? session.predictions_strip() : null }));
  },

  /** Without a request: the first one, as soon as the trace that was asked for before stands. */
  explain({ id, request }) {
    const begin = (/** @type {any} */ wanted) => {
      need().start_attribution(wanted);
      return work(id, () => session.attribution(), () => ({ answer: session.attribution() }));
    };
    if (!request && job) return void (next = { id, begin: () => begin(first) });
    stop();
    begin(request ?? first);
  },

  /** What the shown answer is worth. */
  measure({ id, request }) {
    stop();
    need().start_measurement(request);
    return work(id, () => session.measurement(), () => ({ found: session.measurement() }));
  },

  /** Work about the question of the shown answer. */
  study({ id, kind, request }) {
    if (!STUDIES.has(kind)) throw new Error(`no such study: ${kind}`);
    stop();
    need()[`start_${kind}`](request);
    return work(id, () => session[kind](""), () => ({ found: session[kind]("") }));
  },

  /** One request after the other, each put aside; `shown` comes last, so that the answer of the page stays the session's. */
  race({ id, entries, shown, referee }) {
    stop();
    need().drop_answers();
    const mine = (job = { id, start: performance.now(), found: () => session.compare() });
    compete(mine, entries, shown, referee).catch((error) => {
      if (job === mine) job = null;
      refuse(id, error);
    });
  },

  /** Runs the examples of the file again, between other work and never instead of it. */
  async parity({ id }) {
    need();
    leave();
    const mine = (proof = { id });
    try {
      await prove(mine);
    } finally {
      if (proof === mine) proof = null;
    }
  },

  cancel() {
    opening?.end();
    opening = null;
    stop();
    session?.cancel();
  },

  trap: () => need().panic_now(),
};

/** Other frameworks' files are read by a worker that is started for each, and ended. @param {ArrayBuffer | Blob} source @param {Opened} mine @param {(fraction: number) => void} report @returns {Promise<Upload>} */
const converted = (source, mine, report) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("convert.js", import.meta.url), { type: "module" });
    /** @type {Upload | null} */
    let ours = null;
    let [taken, whole] = [0, 0];
    const end = () => {
      worker.terminate();
      worker.onmessage = worker.onerror = null; // what it said before may still be on its way
      mine.end = () => {};
    };
    mine.end = () => (end(), ours?.free(), reject(superseded()));
    worker.onmessage = ({ data }) => {
      if (data.read) return report(data.read / 2);
      if ("size" in data) {
        ours = new Upload((whole = data.size));
        const room = new ArrayBuffer(PIECE);
        return worker.postMessage({ room }, [room]);
      }
      if (data.piece?.length && ours) {
        ours.push(data.piece);
        report((1 + (taken += data.piece.length) / whole) / 2);
        return worker.postMessage({ room: data.piece.buffer }, [data.piece.buffer]);
      }
      end();
      if (data.piece && ours) return resolve(ours);
      ours?.free();
      reject(data.error ? Object.assign(new Error(data.error.message), data.error) : unread(`what reads such files stopped: ${data.trap}`, "The file is damaged in a way that we did not expect; please report it."));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end();
      reject(unread("what reads files of other frameworks could not be fetched", "Drop the file again when the page's server can be reached."));
    };
    worker.postMessage({ source });
  });

/** @param {string} message @param {string} remedy */
const unread = (message, remedy) => Object.assign(new Error(message), { code: "bad-file", place: "pkg/formats", remedy });
const superseded = () => Object.assign(new Error("another model was asked for"), { code: "bad-request", place: "model", remedy: "" });

/** Bytes that come at a time from the worker that converts. */
const PIECE = 1 << 20;
/** In so many bytes a file says whether it describes itself. */
const HEAD = 1 << 16;
/** Where on the way to a session a file of ours is when it has been read, one of others when it has been converted. */
const READ = 0.2;
const CONVERTED = 0.5;

/** @param {ArrayBuffer | Blob} source of a model file @param {Opened} mine */
async function read(source, mine) {
  let told = 0;
  const report = (/** @type {number} */ fraction, /** @type {string} */ note) => {
    if (opening !== mine) throw superseded();
    if (performance.now() - told < REPORT_MS / 2) return;
    told = performance.now();
    post({ id: mine.id, progress: { done: false, fraction, note, units_left: 0 } });
  };
  const head = source.slice(0, HEAD);
  const known = Opening.reads(new Uint8Array(head instanceof Blob ? await head.arrayBuffer().catch(gone) : head));
  if (!known) report(0, "converting");
  const file = Opening.begin(known ? await upload(Upload, source, (fraction) => report(fraction * READ, "reading")) : await converted(source, mine, (fraction) => report(fraction * CONVERTED, "converting")));
  const from = known ? READ : CONVERTED;
  try {
    for (let since = performance.now(); ; ) {
      const progress = file.advance();
      if (progress.done) break;
      if (performance.now() - since < REPORT_MS / 2) continue;
      report(from + (1 - from) * progress.fraction, progress.note);
      await tick();
      since = performance.now();
    }
  } catch (error) {
    if (!broken(error)) file.free();
    throw error;
  }
  return file.finish();
}

function need() {
  if (!session) throw Object.assign(new Error("no model is open"), { code: "bad-request", place: "model", remedy: "Open a model first." });
  return session;
}

/** The menus, if they are others than those that the page knows. @param {number} [known] their number */
function menus(known) {
  if (!offered || session.controls_changed()) offered = { ...session.controls(), serial: ++serial };
  first = offered.default;
  return offered.serial === known ? undefined : offered;
}

/** The running job ends where it is; its question is answered with what it had found. */
function stop() {
  if (next) answer(next.id, { cancelled: true, answer: null, seconds: 0 });
  next = null;
  if (!job) return;
  const { id, start, found } = job;
  job = null;
  answer(id, { cancelled: true, answer: tried(found), seconds: (performance.now() - start) / 1000 });
}

/** Starts a job; it answers for itself. @param {number} id @param {() => any} found what it has so far @param {() => object} result @returns {undefined} */
function work(id, found, result) {
  const mine = { id, start: performance.now(), found };
  job = mine;
  drive(mine, (progress, seconds) => post({ id, progress, partial: tried(found), seconds })).then((seconds) => {
    if (seconds === null) return;
    job = null;
    answer(id, { ...result(), seconds });
    follow();
  }).catch((error) => {
    refuse(id, error);
    if (job !== mine || broken(error)) return;
    job = null;
    session.cancel();
    follow();
  });
}

/** Another model, or the same question again: the former one is answered with nothing. */
function leave() {
  if (proof) answer(proof.id, null);
  proof = null;
}

/** @param {{ id: number }} mine */
async function prove(mine) {
  let reported = performance.now();
  while (proof === mine) {
    if (job || next) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    else {
      const progress = session.advance_parity_for(SLICE_MS);
      if (progress.done) return answer(mine.id, session.parity());
      await tick();
    }
    if (proof === mine && performance.now() - reported >= REPORT_MS) {
      reported = performance.now();
      post({ id: mine.id, progress: { done: false, fraction: 0, note: "", units_left: 0 } });
    }
  }
}

/** What waited for the job that has ended. */
function follow() {
  const waited = next;
  next = null;
  try {
    waited?.begin();
  } catch (error) {
    refuse(/** @type {{ id: number }} */ (waited).id, error);
  }
}

/**
 * What the session has begun, in slices, to its end. Gives the seconds that it took, null if it was ended from outside.
 * @param {Job} mine @param {(progress: any, seconds: number) => void} report
 */
async function drive(mine, report) {
  const start = performance.now();
  let reported = start + FIRST_MS - REPORT_MS;
  while (job === mine) {
    const progress = session.advance_for(SLICE_MS);
    const now = performance.now();
    if (progress.done) return (now - start) / 1000;
    if (now - reported >= REPORT_MS) {
      reported = now;
      report(progress, (now - start) / 1000);
    }
    await tick();
  }
  return null;
}

/** @param {Job} mine @param {{ label: string, request: any, decides?: boolean }[]} asked @param {any} shown @param {boolean} referee is one wished? */
async function compete(mine, asked, shown, referee) {
  /** @type {Record<string, { seconds?: number, problem?: string }>} */
  const took = {};
  const entries = [...asked];
  try {
    if (referee) entries.push({ ...session.referee_request(), decides: true });
  } catch (error) {
    if (broken(error)) throw error;
    took.referee = { problem: /** @type {Error} */ (error).message };
  }
  for (const [k, { label, request, decides }] of [...entries, { label: "", request: shown, decides: false }].entries()) {
    const share = (/** @type {number} */ fraction) => ({ done: false, fraction: (k + fraction) / (entries.length + 1), note: label, units_left: 0 });
    const last = k === entries.length;
    try {
      session.start_attribution(request);
      const seconds = await drive(mine, (progress) => post({ id: mine.id, progress: share(progress.fraction), partial: null }));
      if (seconds === null) return;
      if (last) break;
      // The referee is no party: held against itself it would always be the closest.
      if (decides) session.keep_referee(label);
      else session.keep_answer(label);
      took[label] = { seconds };
    } catch (error) {
      if (broken(error) || last) throw error;
      took[label] = { problem: /** @type {Error} */ (error).message };
    }
    post({ id: mine.id, progress: share(1), partial: { found: session.compare(), took: { ...took } } });
    await tick();
  }
  if (job !== mine) return;
  job = null;
  answer(mine.id, { found: session.compare(), took, answer: session.attribution() });
}

/** What there is so far, if there is anything. @param {() => any} found */
function tried(found) {
  try {
    return found();
  } catch (error) {
    if (broken(error)) throw error;
    return null;
  }
}

/** @type {(() => void)[]} */
const waiting = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => waiting.shift()?.();
/** Gives waiting messages their turn, without the 4 ms that a timer would take. */
const tick = () => new Promise((resolve) => (waiting.push(/** @type {() => void} */ (resolve)), channel.port2.postMessage(0)));

/** @param {number} id @param {any} value */
const answer = (id, value) => post({ id, value });

/** Typed errors are answers; anything else means that the instance cannot be trusted any more. @param {any} error */
const broken = (error) => error instanceof WebAssembly.RuntimeError || typeof error?.code !== "string";

/** @param {number} id @param {any} error */
function refuse(id, error) {
  if (broken(error)) return post({ id, trap: String(error?.message ?? error) });
  const { code, message, place = "", remedy = "" } = error;
  post({ id, error: { code, message, place, remedy } });
}

/** Numbers are handed over, not copied. @param {any} message */
function post(message) {
  /** @type {Set<ArrayBuffer>} */
  const buffers = new Set();
  (function collect(/** @type {any} */ value) {
    if (ArrayBuffer.isView(value)) buffers.add(/** @type {ArrayBuffer} */ (value.buffer));
    else if (Array.isArray(value)) value.length && typeof value[0] === "object" && value.forEach(collect);
    else if (value && typeof value === "object") Object.values(value).forEach(collect);
  })(message);
  scope.postMessage(message, [...buffers]);
}

/** Can it be done with the first half of the module? @param {any} message */
const isEarly = ({ op, request, source }) => op === "init" || op === "rest" || op === "cancel" || (!request && !(source instanceof Blob) && early.delete(op));

scope.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  try {
    if (!isEarly(data)) await whole;
    const value = await operations[data.op](data);
    if (!JOBS.has(data.op)) answer(data.id, value ?? null);
  } catch (error) {
    refuse(data.id, error);
  }
};
post({ ready: true });
