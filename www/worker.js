// @ts-check
/**
 * Owns the session: one model, one input, one job at a time. Messages go in and come out; nothing else happens here.
 *
 * { id, op, … } is answered by { id, value } | { id, error } | { id, trap }; a job also sends { id, progress, partial }.
 */
import init, { Session } from "../pkg/rnnscope.js";
import { adapt } from "./slices.js";

/** @type {any} */
const scope = self;
const REPORT_MS = 100;
/** What the page may ask of a session. */
const QUERIES = new Set(["controls", "prediction", "predictions_strip", "text_view", "lines_view", "heatmap_view", "attribution", "value"]);

/** @type {any} */
let session = null;
/** @type {{ id: number, start: number } | null} */
let job = null;

/** @type {Record<string, (message: any) => any>} */
const operations = {
  init: async ({ module }) => void (await init({ module_or_path: module })),

  open({ bytes, name }) {
    const next = /** @type {any} */ (Session).open(new Uint8Array(bytes), name);
    const card = next.card(); // a model that cannot be described does not replace the former one
    stop();
    session?.free();
    session = next;
    return card;
  },

  input({ kind, text, variable, hour, value }) {
    stop();
    if (kind === "cell") return need().set_value(variable, hour, value);
    return kind === "series" ? need().read_series(text) : need().read_text(text);
  },

  ask({ method, args }) {
    if (!QUERIES.has(method)) throw new Error(`no such question: ${method}`);
    return need()[method](...args);
  },

  trace: ({ id }) => (stop(), need().start_trace(), work(id, false)),
  explain: ({ id, request }) => (stop(), need().start_attribution(request), work(id, true)),

  cancel() {
    stop();
    session?.cancel();
  },

  trap: () => need().panic_now(),
};

function need() {
  if (!session) throw Object.assign(new Error("no model is open"), { code: "bad-request", place: "model", remedy: "Open a model first." });
  return session;
}

/** The running job ends where it is; its question is answered with what it had found. */
function stop() {
  if (!job) return;
  const { id, start } = job;
  job = null;
  answer(id, { cancelled: true, answer: found(), seconds: (performance.now() - start) / 1000 });
}

/** Starts a job; it answers for itself. @param {number} id @param {boolean} attribution @returns {undefined} */
function work(id, attribution) {
  const mine = { id, start: performance.now() };
  job = mine;
  run(mine, attribution).catch((error) => {
    if (job === mine) job = null;
    refuse(id, error);
  });
}

/** @param {{ id: number, start: number }} mine @param {boolean} attribution */
async function run(mine, attribution) {
  let units = 1;
  let reported = mine.start;
  while (job === mine) {
    const before = performance.now();
    const progress = session.advance(units);
    const now = performance.now();
    units = adapt(units, now - before);
    if (progress.done) {
      job = null;
      answer(mine.id, { answer: attribution ? session.attribution() : null, seconds: (now - mine.start) / 1000 });
    } else if (now - reported >= REPORT_MS) {
      reported = now;
      post({ id: mine.id, progress, partial: attribution ? found() : null, seconds: (now - mine.start) / 1000 });
    }
    await tick();
  }
}

/** The answer so far, if there is one. */
function found() {
  try {
    return session.attribution();
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

scope.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  try {
    const value = await operations[data.op](data);
    if (data.op !== "trace" && data.op !== "explain") answer(data.id, value ?? null);
  } catch (error) {
    refuse(data.id, error);
  }
};
post({ ready: true });
