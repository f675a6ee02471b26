// @ts-check
/** Opening a model: a shipped one, a file of one's own, what an address asks for; and the proof that it runs as trained. */
import { Stale, Trapped } from "./engine.js";
import { asked, problemOf } from "./problem.js";
import { ofModel } from "./store.js";
import { asTyped } from "./typed.js";
import { size } from "./words.js";

/** @typedef {import("./types").State} State */
/** Bytes of a model, now and again. @typedef {() => Promise<ArrayBuffer | Blob>} Source */

const LARGEST_FILE = 512e6;
/** Up to so many bytes are hashed without being asked for. */
const HASHED_AT_ONCE = 16e6;

/**
 * @param {object} world
 * @param {import("./types").Store} world.store
 * @param {import("./engine.js").Engine} world.engine
 * @param {(path: string) => Promise<ArrayBuffer>} world.load of a shipped file
 * @param {(action: () => Promise<void>) => Promise<void>} world.attempt
 * @param {(text: string, edited?: boolean, asked?: import("./url.js").Link | null) => Promise<void>} world.readText
 * @param {() => void} world.explain
 * @param {(own: boolean) => void} world.choose tells whether the target is one that a person chose
 */
export function createOpening({ store, engine, load, attempt, readText, explain, choose }) {
  const { get, set } = store;
  /** Counts models that were asked for. */
  let openings = 0;
  /** Computes the hashes of the open file, once. */
  let identify = () => {};
  /** Of the address, until it has been used. @type {import("./url.js").Link | null} */
  let wish = null;

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
    const link = wish;
    wish = null;
    // A file of one's own brings something to begin with; what was typed goes on all the same.
    const brings = model.id === null && Boolean(card.beginning);
    const again = sameInputs(former.card, card) && former.text !== "" && (former.edited || (!brings && (model.id === former.model?.id || samples === former.samples)));
    const sample = brings ? undefined : samples.find(({ id }) => id === (link?.sample ?? (again ? undefined : former.sampleId))) ?? samples[0];
    const given = card.input_kind === "series" ? undefined : link?.text;
    const text = given ?? (again && !link ? asTyped(former) : sample?.text) ?? blank(card);
    // What was changed cell by cell goes on to the next model.
    const own = given !== undefined || (again && !link && former.edited);
    if (!link) choose(false);
    // Of characters one unit says more at first sight than what made one guess.
    if (link ? !link.color : card.task !== former.card?.task) set({ color: card.task === "language-model" ? "unit" : "answer" });
    const request = link || sameMenus(former.card, card) ? former.request : null;
    const selection = { layer: 0, direction: 0, quantity: "", unit: -1, order: former.selection.order, ...(link?.selection ?? {}) };
    set({ ...ofModel(), card, model, samples, sampleId: own ? null : again && !link ? former.sampleId : (sample?.id ?? null), edited: own, opening: null, request, selection, picture: link?.picture ?? "", step: -1 });
    try {
      await readText(text, own, link);
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
    choose(Object.keys(next.target).length > 0);
    const { shipped } = get();
    const known = shipped.some(({ id }) => id === next.model);
    const id = known ? next.model : shipped[0]?.id;
    if (id) await openShipped(id, next.epoch ?? null);
    if (next.model && !known) set({ problem: problemOf(asked("model", `the address asks for “${next.model}”, which is not among the shipped models`, "Choose a model from the list.")) });
  }

  /** @param {string} path @returns {Promise<{ samples: State["samples"] }>} */
  async function samplesOf(path) {
    return JSON.parse(new TextDecoder().decode(await load(`models/${path}`)));
  }

  return { openShipped, openFile, stopOpening, follow, prove, samplesOf, identify: () => identify() };
}

/** Where both models have the same outputs a request for one fits the other. @param {State["card"]} a @param {State["card"]} b */
function sameMenus(a, b) {
  return Boolean(a && b && a.task === b.task && a.classes.join("\n") === b.classes.join("\n"));
}

/** Something to begin with where no sample fits. @param {import("./types").Card} card */
function blank(card) {
  if (card.beginning) return card.beginning;
  if (card.input_kind === "characters") return card.vocab.filter((entry) => /^[a-z]$/i.test(entry)).slice(0, 12).join("") || card.vocab.slice(0, 12).join("");
  if (card.input_kind === "words") return "Type a sentence here.";
  const variables = [...new Set(card.features.filter(({ role }) => role !== "static").map(({ variable, name }) => variable || name))];
  return [`hour,${variables.join(",")}`, ...Array.from({ length: 24 }, (_, hour) => `${hour}${",".repeat(variables.length)}`)].join("\n");
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

/** Can what one network read be given to another? @param {import("./types").Card | null} a @param {import("./types").Card} b */
function sameInputs(a, b) {
  const names = (/** @type {import("./types").Card} */ { features }) => features.map(({ name }) => name).join();
  return a !== null && a.input_kind === b.input_kind && (b.input_kind !== "series" || names(a) === names(b));
}
