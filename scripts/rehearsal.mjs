// The page's beginning without a page: the first model is opened, its samples are read, traced and explained, and the
// text and its bars are drawn on a canvas that is none. It finds out what the first picture runs.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as trial from "../www/trial.js";

const ROOT = new URL("..", import.meta.url);
const file = (/** @type {string} */ path) => readFileSync(fileURLToPath(new URL(path, ROOT)));

/** Widths and device pixel ratios of a phone, a column, and a wide window. */
const WIDTHS = [130, 180, 230, 262, 290, 330, 400, 480, 560, 640, 760, 900, 1000, 1300, 2000];
const RATIOS = [1, 1.5, 2, 3];
const FONT = "system-ui, sans-serif";

/** Of a font of 100, the width of a character: narrow, usual and wide. */
const ADVANCES = [40, 52, 70];
let advance = 0;

/** Every text is as wide as it is long. */
class CanvasRenderingContext2D {
  measureText(/** @type {string} */ text) {
    return { width: ADVANCES[advance] * text.length };
  }
}
for (const name of ["beginPath", "closePath", "moveTo", "lineTo", "stroke", "fill", "clearRect", "fillRect", "strokeRect", "fillText", "save", "restore", "translate", "rotate", "scale", "setTransform", "setLineDash", "arc", "rect", "clip"]) Object.assign(CanvasRenderingContext2D.prototype, { [name]() {} });

class HTMLCanvasElement {
  width = 1;
  height = 1;
  context = new CanvasRenderingContext2D();
  getContext() {
    return this.context;
  }
}

/** @param {WebAssembly.Module} module @param {WebAssembly.Imports} more what it imports beside the glue @param {number} which */
async function instance(module, more, which) {
  const glue = await import(new URL(`pkg/rnnscope.js?rehearsal-${which}`, ROOT).href);
  const { instantiate } = WebAssembly;
  // The glue takes a module and gives it its own imports.
  WebAssembly.instantiate = /** @type {any} */ ((/** @type {WebAssembly.Module} */ given, /** @type {WebAssembly.Imports} */ imports) => instantiate(given, { ...imports, ...more }));
  try {
    await glue.default({ module_or_path: module });
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return glue;
}

/** What was used is never freed, which would run what the first picture does not. @type {any[]} */
const kept = [];

/** As in the page, one instance answers and another one draws. @param {WebAssembly.Module} module @param {WebAssembly.Imports} more what it imports beside the glue */
export async function rehearse(module, more) {
  Object.assign(globalThis, { CanvasRenderingContext2D, HTMLCanvasElement });
  const [engine, pencil] = [await instance(module, more, 0), await instance(module, more, 1)];
  for (const glue of [engine, pencil]) allocate(glue);
  pencil.summary(trial.view);
  for (const ratio of RATIOS) for (const dark of [false, true]) pencil.draw(trial.view, new HTMLCanvasElement(), trial.style(ratio, dark, FONT));

  const [model] = JSON.parse(file("www/models/index.json").toString()).models;
  const bytes = new Uint8Array(file(`www/models/${model.file}`));
  const { samples } = JSON.parse(file(`www/models/${model.samples}`).toString());
  engine.Opening.reads(bytes.slice(0, 1 << 16));
  const upload = new engine.Upload(bytes.length);
  upload.push(bytes);
  const opening = engine.Opening.begin(upload);
  while (!opening.advance().done);
  const session = opening.finish();
  kept.push(session);
  session.card();
  // How much is done at a time depends on the machine.
  for (const slice of [0, 1, 16]) for (const { text } of samples) {
    session.read_text(text);
    session.start_trace();
    while (!session.advance_for(slice).done);
    const { default: request } = session.controls();
    session.prediction(0);
    session.start_attribution(request);
    // A slow machine shows answers on the way: the first is the one in which nothing is known yet.
    let early = null;
    while (!session.advance_for(slice).done) early ??= partial(session);
    const answer = session.attribution();
    if (slice !== 0) continue;
    if (early) draw(pencil, early);
    draw(pencil, answer);
  }
  session.cancel();
}

/** Where memory is found depends on what was there before: the allocator shows all that it can do. @param {any} glue */
function allocate(glue) {
  /** @type {any[]} */
  const held = [];
  let state = 1;
  const random = (/** @type {number} */ below) => (state = (state * 48271) % 2147483647) % below;
  for (let k = 0; k < 3000; k++) {
    const size = random(k % 50 === 0 ? 1 << 20 : 1 << (2 + random(12)));
    const upload = new glue.Upload(size);
    upload.push(new Uint8Array(random(size + 1)));
    if (k % 3 === 0) upload.push(new Uint8Array(random(2 * size + 2))); // more than was said: it moves
    held.push(upload);
    if (held.length > 60) held.splice(random(held.length), 1)[0].free();
  }
  for (const upload of held) upload.free();
}

/** There may be none yet. @param {any} session */
function partial(session) {
  try {
    return session.attribution();
  } catch {
    return null;
  }
}

/** @param {any} glue @param {any} answer */
function draw(glue, { bars, text }) {
  for (const view of [bars, text]) glue.summary(view);
  for (const dark of [false, true]) {
    glue.legend(true, dark);
    for (const value of text.values) {
      glue.color(value, text.limit, true, dark);
      glue.text_color(value, text.limit, true, dark);
    }
    for (const [k] of ADVANCES.entries()) for (const width of WIDTHS) for (const pixel_ratio of RATIOS) {
      advance = k;
      const canvas = new HTMLCanvasElement(); // drawn on again, it has its size already
      // The page begins at the last step.
      const last = bars.values.length - 1;
      for (const selected_step of [Math.min(last, (width % 9) - 1), last]) {
        // Widths that are measured are kept by font.
        const style = { width, height: width < 500 ? 190 : 220, pixel_ratio, dark, font: `${FONT} ${k}`, selected_step, selected_row: -1, foreground: "#1b1b1b", background: "#ffffff", reduced: false, title: false };
        glue.draw(bars, canvas, style);
      }
    }
  }
}
