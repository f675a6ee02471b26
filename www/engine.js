// @ts-check
/**
 * Owns the worker. Questions go in, promises come out.
 *
 * - Every question stands in a lane. A newer question in the same lane, or in a lane that it depends on, makes an older
 *   one stale: its promise rejects with `Stale`, whatever the worker still sends.
 * - After a trap, or when nothing was heard for `patience` ms, the worker is replaced; model and input are given to the
 *   new one, the question that ended it is not repeated, and `onRestart` tells the page.
 */

/** A newer question made this one pointless. Not an error to show. */
export class Stale extends Error {}

/** The instance ended under this question. */
export class Trapped extends Error {}

/** Parents of a lane; every other lane is a view of the trace. @type {Record<string, string[]>} */
const PARENTS = { model: [], parity: ["model"], weights: ["model"], input: ["model"], trace: ["model", "input"], answer: ["model", "input", "trace"], race: ["model", "input", "trace", "answer"], measurement: ["model", "input", "trace", "answer", "race"], span: ["model", "input", "trace", "answer"], units: ["model", "input", "trace", "answer"], reasons: ["model", "input", "trace", "answer"], study: ["model", "input", "trace", "answer", "race", "measurement"], inside: ["model", "input", "trace", "answer", "study"] };
const VIEW = ["model", "input", "trace"];

/**
 * @typedef {{ lane: string, serial: number, message: any, resolve: (value: any) => void, reject: (error: any) => void, onProgress?: (report: any) => void }} Question
 */

/**
 * @param {object} world
 * @param {(failures: number) => Worker} world.spawn is told how often it failed
 * @param {Promise<WebAssembly.Module>} world.module compiled once, given to every worker: what the first picture needs
 * @param {() => Promise<WebAssembly.Module>} world.rest everything else
 * @param {boolean} [world.early] may the first worker begin without the rest? Then `complete` brings it
 * @param {import("./types").Begun | null} [world.begun] what was asked of the first worker before
 * @param {(event: { reason: string, restored: boolean, afresh: boolean }) => void} [world.onRestart] `afresh`: before the rest was there; what was asked until then has to be asked again
 * @param {number} [world.patience] milliseconds of silence after which a question is given up
 */
export function createEngine({ spawn, module, rest, early = false, begun = null, onRestart = () => {}, patience = 5000 }) {
  let serial = 0;
  /** @type {Map<string, number>} */
  const newest = new Map();
  /** @type {Map<number, Question>} */
  const open = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let alarm;
  let heard = 0;
  let generation = 0;
  /** The first worker has only the first half of the module. */
  let half = early;
  /** How often, one after the other, a worker could not be made ready. */
  let failures = 0;
  /** What a new worker is given: bytes are read again where that is possible. @type {{ source: () => Promise<ArrayBuffer | Blob>, name: string } | null} */
  let model = null;
  /** @type {{ kind: string, text?: string, variable?: number, hour?: number, value?: number }[]} */
  let inputs = [];
  /** @type {Worker} */
  let worker;
  /** Resolves when the worker can be asked. @type {Promise<void>} */
  let ready;

  start(false);

  /** @param {boolean} again */
  function start(again) {
    const mine = ++generation;
    worker = spawn(failures);
    worker.onmessage = ({ data }) => mine === generation && hear(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (mine === generation) fail(event.message || "the worker could not be started");
    };
    // Questions wait until a new worker knows what the old one knew.
    const halves = Promise.all([module, half ? null : rest()]);
    const asked = begun?.worker === worker ? begun.ready.catch((error) => {
      if (mine === generation) fail(String(error.message ?? error));
      throw error;
    }) : halves.then(([first, second]) => send("init", { op: "init", module: first, rest: second }));
    const restored = asked.then(() => (again ? restore() : false));
    ready = restored.then(() => {});
    // Whoever asks hears of it.
    for (const promise of [restored, ready]) promise.catch(noop);
    return restored;
  }

  /**
   * Hands a question to the worker, whether or not it is ready.
   * @param {string} lane @param {any} message @param {{ transfer?: Transferable[], onProgress?: (report: any) => void }} [options] @param {number} [asked] its number in the lane
   * @returns {Promise<any>}
   */
  function send(lane, message, { transfer = [], onProgress } = {}, asked = serial) {
    return new Promise((resolve, reject) => {
      const id = ++serial;
      open.set(id, { lane, serial: asked, message, resolve, reject, onProgress });
      worker.postMessage({ id, ...message }, transfer);
      if (open.size === 1) heard = Date.now();
      watch();
    });
  }

  function watch() {
    if (alarm !== undefined || open.size === 0) return;
    alarm = setTimeout(() => {
      alarm = undefined;
      if (open.size === 0) return;
      // Large files take long to read, once.
      const slow = [...open.values()].some(({ message }) => message.op === "open" || message.op === "init");
      if (Date.now() - heard >= (slow ? 12 * patience : patience)) fail("no answer for too long");
      else watch();
    }, patience / 5);
  }

  /** @param {any} data */
  function hear(data) {
    heard = Date.now();
    const question = open.get(data.id);
    if (!question) return;
    const stale = isStale(question);
    if ("progress" in data) {
      if (!stale) question.onProgress?.(data);
      return;
    }
    if ("trap" in data) return fail(data.trap, data.id);
    open.delete(data.id);
    if (stale) question.reject(new Stale());
    else if ("error" in data) question.reject(Object.assign(new Error(data.error.message), data.error));
    else question.resolve(data.value);
  }

  /** @param {Pick<Question, "lane" | "serial">} question */
  function isStale({ lane, serial }) {
    if (lane === "init") return false;
    return (newest.get(lane) ?? 0) > serial || (PARENTS[lane] ?? VIEW).some((parent) => (newest.get(parent) ?? 0) > serial);
  }

  /** The instance is gone. @param {string} reason @param {number} [culprit] */
  function fail(reason, culprit) {
    const lost = [...open.entries()];
    open.clear();
    clearTimeout(alarm);
    alarm = undefined;
    worker.terminate();
    // Only the question that ended the instance is told so; the others are pointless now.
    for (const [id, question] of lost) question.reject(!half && (id === culprit || culprit === undefined) ? new Trapped(reason) : new Stale());
    failures = lost.some(([, { lane }]) => lane === "init") ? failures + 1 : 0;
    if (failures > 2) {
      ready = Promise.reject(new Trapped(reason));
      ready.catch(noop);
      onRestart({ reason, restored: false, afresh: false });
      return;
    }
    // What half a module could not do is nobody's fault: the page begins again with the whole.
    const afresh = half;
    half = false;
    start(true).then(
      (restored) => onRestart({ reason, restored, afresh }),
      () => {}, // failed again, and was told again
    );
  }

  /** Waits for the worker; where it is replaced meanwhile, for the next one. */
  async function started() {
    for (;;) {
      const awaited = ready;
      try {
        return await awaited;
      } catch (error) {
        if (awaited === ready) throw error;
      }
    }
  }

  /** The card of a model that was opened before anybody asked; null if there is none. @param {string} name */
  async function beforehand(name) {
    if (!begun || begun.worker !== worker || begun.name !== name) return null;
    const { card } = begun;
    begun = null; // once: another model may have been opened since
    const late = new Promise((resolve) => setTimeout(resolve, 4 * patience, null));
    return Promise.race([card, late]).catch(() => null);
  }

  /** Gives model and input to a new worker. */
  async function restore() {
    if (!model) return false;
    const bytes = await model.source();
    await send("init", { op: "open", source: bytes, name: model.name }, { transfer: handed(bytes) });
    for (const input of inputs) await send("init", { op: "input", ...input });
    return true;
  }

  /** Hands a question over once the worker is ready, unless a newer one has come by then. @param {string} lane @param {any} message @param {{ transfer?: Transferable[], onProgress?: (report: any) => void }} [options] */
  async function ask(lane, message, options = {}) {
    const mine = ++serial;
    newest.set(lane, mine);
    await started();
    if (isStale({ lane, serial: mine })) throw new Stale();
    return send(lane, message, options, mine);
  }

  return {
    /** Asks; see the lanes above. */
    ask,

    /** Opens a model; `source` gives its bytes, now and after a restart. @param {string} name @param {() => Promise<ArrayBuffer | Blob>} source @param {(fraction: number, note: string) => void} [onProgress] */
    async open(name, source, onProgress) {
      // The latest wish counts, not the latest arrival.
      const mine = ++serial;
      newest.set("model", mine);
      const opened = await beforehand(name);
      if (newest.get("model") !== mine) throw new Stale();
      if (opened) {
        [model, inputs] = [{ source, name }, []];
        return opened;
      }
      const bytes = await source();
      if (newest.get("model") !== mine) throw new Stale();
      const card = await ask("model", { op: "open", source: bytes, name }, { transfer: handed(bytes), onProgress: ({ progress }) => onProgress?.(progress.fraction, progress.note) });
      model = { source, name };
      inputs = [];
      return card;
    },

    /** Makes something the input. @param {{ kind: string, text?: string, variable?: number, hour?: number, value?: number }} input */
    async input(input) {
      if (input.kind !== "cell") {
        const value = await ask("input", { op: "input", ...input });
        inputs = [input];
        return value;
      }
      // Replayed on top of the series; of the same cell only the last value counts.
      const former = inputs;
      inputs = [...inputs.filter((old) => old.kind !== "cell" || old.variable !== input.variable || old.hour !== input.hour), input];
      try {
        return await ask("input", { op: "input", ...input });
      } catch (error) {
        if (!(error instanceof Stale)) inputs = former;
        throw error;
      }
    },

    /** Brings the rest of the module to a worker that began without it. */
    async complete() {
      const [second] = await Promise.all([rest(), started()]);
      if (!half) return;
      await send("init", { op: "rest", rest: second });
      half = false;
    },

    /** The running job ends where it is; its promise resolves with `cancelled` and what it had found. */
    cancel: () => send("init", { op: "cancel" }),

    /** Nothing that was asked before will be answered. @param {string} lane */
    forget: (lane) => void newest.set(lane, ++serial),

    /** Ends the worker for good. */
    stop() {
      generation += 1;
      clearTimeout(alarm);
      worker.terminate();
    },
  };
}

/** @typedef {ReturnType<typeof createEngine>} Engine */

const noop = () => {};
/** Bytes go over to the worker; a file is read there. @param {ArrayBuffer | Blob} bytes */
const handed = (bytes) => (bytes instanceof ArrayBuffer ? [bytes] : []);
