// @ts-check
/** The wiring: engine, store, panels, address. The only file that knows the ids of elements. */
import { PKG, begun, link, load, module, rehearsed, rest, shipped, spawn } from "./early.js"; // before all others: it begins what takes longest
import { createActions } from "./actions.js";
import { h, say, shown } from "./dom.js";
import { createEngine } from "./engine.js";
import { FONT, pixelRatio, settled } from "./figure.js";
import { PANELS } from "./panels/index.js";
import { createShortcuts } from "./shortcuts.js";
import { createStore, empty, when } from "./store.js";
import * as trial from "./trial.js";
import * as url from "./url.js";

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const columns = { what: element("what"), why: element("why"), sure: element("sure") };

// Engine --------------------------------------------------------------------------------------------------------------

/** Of a frame of 16 ms, what drawing may take before the rest waits for the next one. */
const FRAME_MS = 10;
/** Pictures are drawn once a frame: what the engine says next is not kept waiting by what it said before. */
const nextFrame = (/** @type {() => void} */ run) => {
  const timer = setTimeout(once, 100); // a page in the background has no frames
  const frame = requestAnimationFrame(once);
  function once() {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    run();
  }
};
const store = createStore({ ...empty(), theme: link.theme ?? "auto", hide: link.hide, open: link.open, judge: { metric: link.metric ?? "", params: {}, follows: link.follow !== "off" }, color: link.color ?? "answer", picture: link.picture ?? "" }, nextFrame);
const engine = createEngine({ spawn, module, rest, early: rehearsed, begun, onRestart: (event) => (event.afresh ? void actions.follow(link) : actions.restarted(event)) });

const actions = createActions({ store, engine, load });

// Drawing -------------------------------------------------------------------------------------------------------------

/** @type {any} */
let pkg = null;
let copies = 0;
/** Can it draw everything, or only the first picture? */
let whole = false;
/** Brings what it needs for everything. */
let complete = async () => {};
/** An instance of the module for this thread; a new one where the former one trapped. */
async function startDrawing() {
  const fresh = await import(copies === 0 ? PKG : `${PKG}?${copies}`);
  const wasm = await fresh.default({ module_or_path: await module });
  complete = async () => {
    await WebAssembly.instantiate(await rest(), { first: wasm });
    whole = true;
  };
  if (copies > 0 || !rehearsed) await complete();
  pkg = fresh;
  copies += 1;
}
/** @param {string} name */
const guarded = (name) => (/** @type {any[]} */ ...args) => {
  try {
    return pkg[name](...args);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError && copies < 4) {
      console[whole ? "error" : "info"](`drawing stopped in ${name} and starts anew:`, error);
      startDrawing().then(render, fail);
    }
    throw error;
  }
};
const drawing = /** @type {any} */ (Object.fromEntries(["draw", "svg", "table", "summary", "color", "text_color", "legend"].map((name) => [name, guarded(name)])));

// Panels --------------------------------------------------------------------------------------------------------------

const hover = createHover();
function createHover() {
  let step = -1;
  /** @type {Set<(step: number) => void>} */
  const listeners = new Set();
  return {
    get: () => step,
    /** @param {number} next */
    set(next) {
      if (next === step) return;
      step = next;
      for (const listener of listeners) listener(step);
    },
    /** @param {(step: number) => void} listener */
    subscribe: (listener) => (listeners.add(listener), () => void listeners.delete(listener)),
  };
}

/** @type {import("./types").Context} */
const context = { drawing, actions, hover, store, share: copyLink };
/** @typedef {{ panel: import("./types").Panel | import("./types").ClosedPanel, section: HTMLElement, body: HTMLElement, switch: HTMLElement | null, create: import("./types").Panel["create"] | null, made: ReturnType<import("./types").Panel["create"]> | null, fetched: boolean }} Place */
/** @type {Place[]} */
const places = PANELS.map((panel) => {
  const body = h("div", { class: "body" });
  const closed = "load" in panel;
  body.id = closed ? `body-${panel.id}` : "";
  const button = closed ? h("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": body.id, on: { click: () => actions.unfold(panel.id, !store.get().open.includes(panel.id)) } }, h("span", {}, panel.title), h("span", { class: "note" }, panel.about)) : null;
  const section = h("section", { class: `panel ${panel.id}${closed ? " folding" : ""}`, hidden: true, "data-part": panel.id, "aria-label": panel.title }, h("h2", {}, button ?? panel.title), body);
  columns[panel.column].append(section);
  return { panel, section, body, switch: button, create: closed ? null : panel.create, made: null, fetched: false };
});

/** Shows what is open, and fetches it the first time. @param {Place} place @param {import("./types").State} state */
function unfolded(place, state) {
  const { panel } = place;
  if (!("load" in panel)) return true;
  const open = state.open.includes(panel.id);
  place.switch?.setAttribute("aria-expanded", String(open));
  place.section.classList.toggle("open", open);
  shown(place.body, open);
  if (open && !place.fetched) {
    place.fetched = true;
    panel.load().then((create) => {
      place.create = create;
      render();
    }, () => {
      place.fetched = false;
      actions.unfold(panel.id, false);
      store.set({ problem: { code: "bad-file", message: "it could not be fetched", place: panel.title, remedy: "Open it again when the page's server can be reached." } });
    });
  }
  return open;
}

/** @param {Place} place @param {import("./types").State} state */
function draw(place, state) {
  const wanted = place.panel.wants(state) && !state.hide.includes(place.panel.id);
  shown(place.section, wanted);
  if (!wanted || !unfolded(place, state) || !place.create) return;
  try {
    place.made ??= place.create(place.body, context);
    place.made.update(state);
  } catch (error) {
    console.error(error);
    const message = error instanceof Error ? error.message : String(error);
    store.set({ problem: { code: "bug", message, place: place.panel.title, remedy: "The other panels still work; please report this." } });
  }
}

/** What the person came for is drawn first: the pictures, then the menus around them. */
const order = [...places].sort((a, b) => Number(b.panel.column === "why") - Number(a.panel.column === "why"));
/** The text and its bars. @param {Place} place */
const isFirst = ({ panel }) => panel.id === "read" || panel.id === "attribution";
/** The first picture comes alone; others need the rest of the module. @param {Place} place */
const ready = (place) => isFirst(place) || ("load" in place.panel || place.panel.draws ? whole : !alone || answered.size === 2);
/** Panels that have not heard of the present state, longest waiting first behind the first two. @type {Place[]} */
let unheard = [];
let awaited = false;
/** For so long nothing is drawn beside the first picture; then it may come when it comes. */
const ALONE_MS = 1000;
let alone = true;
/** The state that the panels were told of last, and the one that every panel shows. @type {import("./types").State | null} */
let heard = null;
/** @type {import("./types").State | null} */
let drawn = null;
function render() {
  heard = store.get();
  unheard = [...new Set([...order.filter(isFirst), ...unheard, ...order])];
  if (!awaited) drawSome();
}
/** As many panels as fit into a frame; a tap or a key is not kept waiting by the others. */
function drawSome() {
  awaited = false;
  if (store.get().traced && pkg === null) return; // pictures have to wait for their pencil
  const start = performance.now();
  const state = store.get();
  for (let k; performance.now() - start < FRAME_MS && (k = unheard.findIndex(ready)) >= 0; ) {
    const [place] = unheard.splice(k, 1);
    draw(place, state);
    if (state.answer !== null && isFirst(place)) explained(place);
  }
  if (unheard.length === 0) return void (drawn = heard); // not a newer one: the panels before this frame have not seen it
  if (!unheard.some(ready)) return; // the next answer, the rest of the module or the end of its time brings the next turn
  awaited = true;
  nextFrame(drawSome);
}
store.subscribe(render);
setTimeout(() => {
  alone = false;
  everything();
}, ALONE_MS);

/** Those of the first two that have shown an answer. @type {Set<Place>} */
const answered = new Set();
/** When the first picture stood, for whoever measures. @param {Place} place */
function explained(place) {
  if (answered.size === 2 || answered.add(place).size < 2) return;
  performance.mark("rnnscope-explained");
  everything();
}

/** Fetches what the first picture did not need, and shows the rest of the page. */
function everything() {
  Promise.all([complete(), engine.complete()]).catch(fail).then(render);
}

// Around the panels ---------------------------------------------------------------------------------------------------

const problem = element("problem");
const frame = when((state) => [state.problem, state.status], (now, status) => {
  say(element("status"), status);
  if (!now) return problem.replaceChildren();
  problem.replaceChildren(h("p", {}, now.place && !now.message.startsWith(now.place) ? h("b", {}, `${now.place}: `) : null, now.message, now.message.endsWith(".") ? " " : ". ", now.remedy),
    h("button", { type: "button", on: { click: () => actions.dismiss() } }, "Dismiss"));
});
store.subscribe(frame);

const night = matchMedia("(prefers-color-scheme: dark)");
function light() {
  const { theme } = store.get();
  const dark = theme === "dark" || (theme === "auto" && night.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  store.set({ dark });
}
night.addEventListener("change", light);
matchMedia("(forced-colors: active)").addEventListener("change", () => render());

const hidden = when((state) => [state.hide], (hide) => {
  for (const part of document.querySelectorAll("[data-part]")) part.classList.toggle("away", hide.includes(part.getAttribute("data-part") ?? ""));
});
store.subscribe(hidden);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;
store.subscribe((state) => {
  if (!state.traced) return;
  clearTimeout(later);
  later = setTimeout(() => url.show(url.write(store.get())), 250);
});
addEventListener("hashchange", () => {
  const next = url.read(location.hash);
  store.set({ theme: next.theme ?? "auto", hide: next.hide, open: next.open, judge: { ...store.get().judge, ...(next.metric ? { metric: next.metric, params: {} } : {}), follows: next.follow !== "off" }, color: next.color ?? "answer" });
  light();
  actions.follow(next);
});

const shortcuts = createShortcuts(document.body);
const theme = h("button", { type: "button", on: { click() {
  const order = /** @type {const} */ (["auto", "light", "dark"]);
  store.set({ theme: order[(order.indexOf(store.get().theme) + 1) % order.length] });
  light();
} } });
store.subscribe(when((state) => [state.theme], (now) => say(theme, `Colours: ${now}`)));
/** @param {boolean} withText */
async function copyLink(withText) {
  const address = `${location.href.replace(/#.*/s, "")}${url.write(store.get(), withText)}`;
  try {
    await navigator.clipboard.writeText(address);
    store.set({ status: withText ? "The link is copied; the text is in it." : "The link is copied. It holds the view; an input of your own is not in it." });
  } catch {
    url.show(url.write(store.get(), withText));
    store.set({ status: "The clipboard is closed here; the link stands in the address bar." });
  }
}
element("tools").append(
  h("button", { type: "button", title: "the view, not the data", on: { click: () => copyLink(false) } }, "Copy link"),
  theme,
  h("button", { type: "button", title: "Keys", "aria-label": "Keys", on: { click: () => shortcuts.open() } }, "?"));

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && store.get().progress && !event.defaultPrevented) actions.cancel();
  const typing = event.target instanceof Element && event.target.closest("input:not([type=range], [type=radio], [type=checkbox]), textarea, select");
  if (event.key === "?" && !typing && shortcuts.enabled && !event.ctrlKey && !event.metaKey) shortcuts.open();
});

const aboveAll = (/** @type {DragEvent} */ event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  document.body.classList.toggle("dropping", event.type === "dragover");
  const [file] = event.type === "drop" ? event.dataTransfer.files : [];
  if (file) actions.openFile(file);
};
for (const name of /** @type {const} */ (["dragover", "dragleave", "drop"])) addEventListener(name, aboveAll);
addEventListener("paste", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea");
  const [file] = event.clipboardData?.files ?? [];
  if (file) return void actions.openFile(file);
  const text = event.clipboardData?.getData("text/plain");
  if (!typing && text) actions.setText(text);
});

// On a phone the pictures come first; what is first to see is first to reach.
const narrow = matchMedia("(max-width: 60rem)");
const arrange = () => element("columns").prepend(...(narrow.matches ? [columns.why, columns.what] : [columns.what, columns.why]));
narrow.addEventListener("change", arrange);

// Begin ---------------------------------------------------------------------------------------------------------------

arrange();
light();
hidden(store.get());
begin().catch(fail);

/** @param {any} error what the page cannot do without */
function fail(error) {
  store.set({ problem: { code: error.code ?? "bug", message: String(error.message ?? error), place: error.place ?? "", remedy: error.remedy ?? "Reload the page." } });
}

/** By then the worker has been asked for the first network. */
const BUSY_MS = 20;
/** While the worker reads the first network, this thread has nothing to do: panels are made, and the pencil is tried on a canvas that nobody sees, since code and fonts that were never used are slow. */
function rehearse() {
  if (store.get().answer) return;
  try {
    for (const place of places.filter(isFirst)) if (place.create) place.made ??= place.create(place.body, context);
    drawing.summary(trial.view);
    drawing.draw(trial.view, h("canvas"), trial.style(pixelRatio(), store.get().dark, FONT));
  } catch {} // what fails here fails again where it is needed, and is told there
}

async function begin() {
  const pencil = startDrawing().then(() => (render(), setTimeout(rehearse, BUSY_MS)));
  store.set({ shipped });
  await Promise.all([pencil, actions.follow(link)]);
}

// For the console, and for tests of the page.
Object.assign(globalThis, { rnnscope: { store, actions, drawn: () => drawn === store.get() && settled() } });
