// @ts-check
/**
 * What takes longest, begun first: the module is compiled, a worker started, the first model fetched while the rest of
 * the page is still on its way. A classic script once it is bundled; `main.js` takes it from here.
 */
import index from "./models/index.json" with { type: "json" };
import { read } from "./url.js";
import code from "./worker.js?text";

/** @param {string} path of a file beside the page; this script may come out of a bundle that lies elsewhere */
const beside = (path) => new URL(path, document.baseURI).href;

/** Where the glue of the wasm module lies. */
export const PKG = beside("../pkg/rnnscope.js");
const WORKER = beside("../pkg/page/worker.js");

/** What the first picture needs, compiled once: the worker and the drawing each make an instance of it. */
export const module = compile("first.wasm");
module.catch(() => {});

/** @type {Promise<WebAssembly.Module> | undefined} */
let later;
/** Everything else, fetched when it is first asked for. */
export function rest() {
  if (!later) {
    later = compile("rest.wasm");
    later.catch(() => (later = undefined)); // the server may be back when it is asked for again
  }
  return later;
}

/** @param {string} name of a half of the module */
async function compile(name) {
  const failed = () => Object.assign(new Error("the engine could not be read"), { code: "bad-file", place: `pkg/split/${name}`, remedy: "Run `make build`, then reload the page." });
  const response = await fetch(beside(`../pkg/split/${name}`)).catch(() => Promise.reject(failed()));
  if (!response.ok) throw failed();
  // A server that does not know the type of wasm is no reason to fail.
  return response.headers.get("Content-Type") === "application/wasm" ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** @type {Map<string, Promise<ArrayBuffer>>} */
const loaded = new Map();
/** A shipped file, fetched once. @param {string} path */
export function load(path) {
  let bytes = loaded.get(path);
  if (!bytes) {
    bytes = fetch(beside(path)).then((response) => {
      if (!response.ok) throw Object.assign(new Error(`it could not be read: ${response.status}`), { code: "bad-file", place: path, remedy: "Reload the page, or choose another model." });
      return response.arrayBuffer();
    });
    bytes.catch(() => loaded.delete(path));
    loaded.set(path, bytes);
  }
  return bytes;
}

/** The list of shipped models: bundled, so that the first of them is asked for at once. */
export const shipped = /** @type {import("./types").Shipped[]} */ (index.models);

/** Blobs may not run here. */
let refused = false;
/** @type {Worker | null} */
let warm = startWorker();

/** A worker from a blob takes over this page's policy: it cannot reach any other host either. It waits for no file. */
function startWorker() {
  const address = URL.createObjectURL(new Blob([`const home = ${JSON.stringify(WORKER)};\n`, code], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
  worker.addEventListener("error", () => (refused = true), { once: true });
  return worker;
}

/** @param {number} failures how often a worker did not start: then without a blob, where blobs may not run */
export function spawn(failures) {
  if (failures > 0 || refused) return new Worker(WORKER, { type: "module" });
  const worker = warm ?? startWorker();
  warm = null;
  return worker;
}

/** What the address asks for. */
export const link = read(location.hash);
/** The page begins as it was rehearsed: with the first model, reading one of its samples. */
export const rehearsed = (link.model ?? shipped[0].id) === shipped[0].id && link.epoch === undefined && link.text === undefined;
if (!rehearsed) rest().catch(() => {});

/** The files that the address asks for. */
function fetchFirst() {
  const model = shipped.find(({ id }) => id === link.model) ?? shipped[0];
  const file = model.checkpoints?.find(({ epoch }) => epoch === link.epoch) ?? model;
  // Whoever needs them says what went wrong.
  for (const path of [file.file, model.samples]) load(`models/${path}`).catch(() => {});
}
fetchFirst();

/** The first model, opened before the scripts that ask for it are there. @type {import("./types").Begun | null} */
export const begun = rehearsed && warm ? begin(warm, shipped[0]) : null;

/** @param {Worker} worker @param {import("./types").Shipped} model */
function begin(worker, model) {
  /** The answer to a question, which is put once it is there. @param {string} id @param {Promise<[any, Transferable[]]>} question */
  const ask = (id, question) =>
    new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => {
        if (data.id !== id || "progress" in data) return;
        if ("value" in data) resolve(data.value);
        else reject(new Error(data.trap ?? data.error.message));
      });
      worker.addEventListener("error", reject, { once: true });
      question.then(([message, transfer]) => worker.postMessage({ id, ...message }, transfer)).catch(reject);
    });
  const ready = ask("init", module.then((first) => [{ op: "init", module: first, rest: null }, []]));
  const bytes = Promise.all([load(`models/${model.file}`), ready]).then(([file]) => file.slice(0));
  const card = ask("open", bytes.then((copy) => [{ op: "open", source: copy, name: model.id }, [copy]]));
  for (const promise of [ready, card]) promise.catch(() => {}); // whoever needs it asks again
  return { worker, name: model.id, ready, card };
}
