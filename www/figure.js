// @ts-check
/**
 * A picture with everything that belongs to it: a canvas drawn by Plotters, a second canvas for what the mouse is on,
 * exact values in a tooltip and for screen readers, arrow keys, the table behind it, and copies to keep.
 */
import { cut, stepsOf } from "./cut.js";
import { fresh, h, say, shown } from "./dom.js";
import { csv, download, fileName } from "./save.js";
import { nodeAt, pointsOf, readAt as read } from "./readout.js";

/** @typedef {import("./types").Picture} Picture */
/** @typedef {import("./types").Frame} Frame */

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
/** Device pixels a CSS pixel, within what a canvas bears. */
export const pixelRatio = () => Math.min(4, Math.max(1, devicePixelRatio || 1));
const MOST_ROWS = 500;
const MOST_COLUMNS = 60;
/** A close look gives every step so much room, CSS pixels, beside axes and names. */
const STEP_WIDTH = 9;
const SIDES = 180;

/** Figures out of sight are drawn once nothing has changed for so long. */
const REST_MS = 200;
/** @type {Set<() => void>} */
const waiting = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let rest;
/** @param {() => void} show */
function postpone(show) {
  waiting.add(show);
  clearTimeout(rest);
  rest = setTimeout(showAll, REST_MS);
}
/** One that cannot be drawn keeps no other from it. */
function showAll() {
  for (const show of waiting) queueMicrotask(show);
}
/** Does every figure show what it was given? */
export const settled = () => waiting.size === 0;
globalThis.addEventListener?.("beforeprint", showAll);

/** Where a picture is read: step and row, from 0; −1 = none. @typedef {{ column: number, row: number }} Place */

/**
 * @param {HTMLElement} host
 * @param {import("./types").Context} context
 * @param {object} options
 * @param {(view: Picture, width: number) => number} options.height CSS pixels
 * @param {string | ((view: Picture) => string)} options.caption how to read it
 * @param {(place: Place, view: Picture) => void} [options.pick] a click or a key chose a place
 * @param {boolean} [options.steps] columns are time steps: they share the page's hover and selection
 * @param {boolean} [options.small] without table and copies
 */
export function createFigure(host, { drawing, hover, store }, { height, caption, pick, steps = false, small = false }) {
  const canvas = h("canvas", { class: "picture", role: "img" });
  const overlay = h("canvas", { class: "overlay", "aria-hidden": "true" });
  const tip = h("div", { class: "tip", role: "tooltip", hidden: true });
  const live = h("div", { class: "quiet", role: "status" });
  const hint = fresh("hint");
  const legend = h("figcaption", { id: hint }, typeof caption === "string" ? caption : "");
  const stage = h("div", { class: "stage", tabIndex: 0, role: "group", "aria-describedby": hint }, canvas, overlay, tip);
  const table = h("div", { class: "scroll", tabIndex: 0, role: "region" });
  const note = h("p", { class: "note" });
  const details = h("details", { class: "numbers" }, h("summary", {}, "Numbers"), note, table);
  const tools = h("div", { class: "tools" },
    h("button", { type: "button", class: "plain", title: "Save this figure as SVG", on: { click: saveSvg } }, "SVG"),
    h("button", { type: "button", class: "plain", title: "Save this figure as PNG", on: { click: savePng } }, "PNG"),
    h("button", { type: "button", class: "plain", title: "Copy the numbers as comma-separated values", on: { click: copy } }, "Copy CSV"));
  const figure = h("figure", { class: small ? "figure small" : "figure" }, stage, live,
    legend, small ? null : h("div", { class: "below" }, details, tools));
  host.append(figure);

  /** @type {Picture | null} */ let view = null;
  /** @type {Frame | null} */ let frame = null;
  /** @type {Place} */ let selected = { column: -1, row: -1 };
  /** @type {Place | null} */ let pointed = null;
  /** Only the steps around the selected one. */
  let close = false;
  /** The first step that is drawn. */
  let offset = 0;
  /** What was drawn last. */
  let drawn = "";
  let tabled = /** @type {Picture | null} */ (null);
  let drawnView = /** @type {Picture | null} */ (null);

  /** As the style sheet, or a palette that is forced, made them: asked for each time, the page's styles would be computed each time. */
  let palette = { key: "", foreground: /** @type {string | undefined} */ (""), background: /** @type {string | undefined} */ ("") };
  /** @param {boolean} dark */
  function colours(dark) {
    const key = `${dark} ${matchMedia("(forced-colors: active)").matches}`;
    if (palette.key !== key) {
      const look = getComputedStyle(figure);
      palette = { key, foreground: hex(look.color), background: hex(look.backgroundColor) };
    }
    return palette;
  }
  /** Width of the stage; 0: not known. */
  let measured = 0;
  /** @param {boolean} dark */
  function style(dark, width = across(), tall = view ? height(view, width) : 0) {
    const { foreground, background } = colours(dark);
    return {
      width, height: tall, pixel_ratio: pixelRatio(), dark, font: FONT,
      selected_step: selected.column < 0 ? -1 : selected.column - offset, selected_row: selected.row,
      foreground, background,
      reduced: matchMedia("(prefers-reduced-motion: reduce)").matches,
      title: false, // it stands above, as text
    };
  }

  /** Asked for each time while other figures change the page, it would make the browser lay out the page each time. */
  const across = () => (measured ||= stage.clientWidth);

  function redraw() {
    if (!view || across() < 120) return;
    const { dark } = store.get();
    const total = stepsOf(view);
    const count = Math.max(16, Math.floor((across() - SIDES) / STEP_WIDTH));
    const some = close && steps && total > 1.25 * count;
    const at = selected.column < 0 ? total - 1 : selected.column;
    // The stretch stays where it is until the selected step would leave it.
    if (!some) offset = 0;
    else if (at < offset + 2 || at >= offset + count - 2 || offset + count > total) offset = Math.max(0, Math.min(total - count, at - Math.floor(count / 2)));
    const now = style(dark);
    const key = JSON.stringify([now, offset, some]);
    if (key === drawn && drawnView === view) return;
    drawn = key;
    drawnView = view;
    stage.style.height = `${now.height}px`;
    frame = drawing.draw(some ? cut(view, offset, count) : view, canvas, now);
    const [width, height] = [Math.round(now.width * now.pixel_ratio), Math.round(now.height * now.pixel_ratio)];
    // A size that is set anew takes a new piece of memory, whether or not it is another.
    if (overlay.width !== width || overlay.height !== height) [overlay.width, overlay.height] = [width, height];
    mark();
  }

  /** The cell under a point of the stage. @param {number} x @param {number} y @returns {Place | null} */
  function placeAt(x, y) {
    if (!frame || !view) return null;
    // Bars that stand apart are counted on behind the others.
    const along = frame.horizontal ? y : x;
    if ((frame.more ?? 0) > 0 && along >= frame.more_from && along < frame.more_to && (frame.horizontal ? x >= frame.left && x < frame.right : y >= frame.top && y < frame.bottom)) {
      const k = Math.floor(((along - frame.more_from) / (frame.more_to - frame.more_from)) * frame.more);
      return frame.horizontal ? { column: 0, row: frame.rows + k } : { column: stepsOf(view) + k, row: 0 };
    }
    if (x < frame.left || x >= frame.right || y < frame.top || y >= frame.bottom) return null;
    const across = (x - frame.left) / (frame.right - frame.left);
    const down = (y - frame.top) / (frame.bottom - frame.top);
    if (view.kind === "curves") return { column: nearest(pointsOf(view).map(({ share }) => share), across), row: 0 };
    return { column: offset + Math.min(frame.columns - 1, Math.floor(across * frame.columns)), row: Math.min(frame.rows - 1, Math.floor(down * frame.rows)) };
  }

  /** Exact values at a place. @param {Place} place @returns {{ head: string, lines: string[] }} */
  const readAt = (place) => (view ? read(view, place, { horizontal: frame?.horizontal ?? false, steps }) : { head: "", lines: [] });

  /** Draws what is pointed at, here or in another picture. */
  function mark() {
    const pen = overlay.getContext("2d");
    if (!pen || !frame) return;
    const ratio = overlay.width / Math.max(1, across());
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, overlay.width, overlay.height);
    const column = (pointed ? pointed.column : steps ? columnOf(hover.get()) : -1) - offset;
    if (!pointed && (column < 0 || column >= frame.columns)) return;
    pen.fillStyle = getComputedStyle(overlay).color;
    pen.globalAlpha = 0.16;
    const box = boxOf(frame, pointed ?? { column: column + offset, row: -1 });
    if (view?.kind === "curves") {
      pen.globalAlpha = 0.6;
      pen.fillRect(box.x, frame.top, 1, frame.bottom - frame.top);
    } else if (frame.horizontal) {
      if (pointed) pen.fillRect(frame.left, box.y, frame.right - frame.left, box.height);
    } else {
      pen.fillRect(box.x, frame.top, Math.max(1, box.width), frame.bottom - frame.top);
      if (pointed && frame.rows > 1) {
        if (view?.kind === "heatmap") pen.fillRect(frame.left, box.y, frame.right - frame.left, Math.max(1, box.height));
        pen.globalAlpha = 1;
        pen.lineWidth = 1.5;
        pen.strokeStyle = pen.fillStyle;
        pen.strokeRect(box.x, box.y, Math.max(2, box.width), Math.max(2, box.height));
      }
    }
  }

  /** Where a place lies on the stage: of a phrase all that it reads. @param {Frame} frame @param {Place} place */
  function boxOf({ left, right, top, bottom, columns, rows, horizontal, more = 0, more_from, more_to }, { column, row }) {
    const [wide, tall] = [(right - left) / Math.max(1, columns), (bottom - top) / Math.max(1, rows)];
    if (view?.kind === "curves") return { x: left + (pointsOf(view)[column]?.share ?? 0) * (right - left), y: top, width: 0, height: bottom - top };
    const apart = horizontal ? row - rows : view ? column - stepsOf(view) : -1;
    if (more > 0 && apart >= 0) {
      const [each, from] = [(more_to - more_from) / more, more_from + ((more_to - more_from) / more) * apart];
      return horizontal ? { x: left, y: from, width: right - left, height: each } : { x: from, y: top, width: each, height: bottom - top };
    }
    const node = view?.kind === "hierarchy" ? nodeAt(view, { column, row }) : -1;
    const [from, to] = node >= 0 && view?.kind === "hierarchy" ? [view.from[node], view.to[node]] : [column, column + 1];
    return { x: left + (Math.max(0, from - offset)) * wide, y: top + row * tall, width: (Math.min(columns, to - offset) - Math.max(0, from - offset)) * wide, height: tall };
  }

  /** Columns of a very long text hold several steps. @param {number} step */
  function columnOf(step) {
    const total = store.get().input?.n_steps ?? 0;
    const columns = view ? stepsOf(view) : 0;
    return step < 0 ? -1 : columns < total ? Math.floor((step * columns) / total) : step;
  }
  /** @param {number} column */
  function stepOf(column) {
    const total = store.get().input?.n_steps ?? 0;
    const columns = view ? stepsOf(view) : 0;
    return columns < total && view?.kind === "heatmap" ? Math.floor((column * total) / columns) : column;
  }

  /** What stands apart is no step. @param {Place} place */
  function picked({ column, row }) {
    if (view && (!steps || column < stepsOf(view))) pick?.({ column: stepOf(column), row }, view);
  }

  /** @param {Place} place */
  function fillTip(place) {
    const { head, lines } = readAt(place);
    tip.replaceChildren(h("b", {}, head), ...lines.map((line) => h("span", {}, line)));
  }

  /** @param {Place | null} place @param {number} x @param {number} y */
  function point(place, x = 0, y = 0) {
    if (place?.column === pointed?.column && place?.row === pointed?.row && (place === null) === (pointed === null)) {
      if (place) move(x, y);
      return;
    }
    pointed = place;
    if (place) {
      fillTip(place);
      shown(tip, true);
      move(x, y);
      if (steps && !frame?.horizontal) hover.set(view && place.column < stepsOf(view) ? stepOf(place.column) : -1);
    } else {
      shown(tip, false);
      if (steps) hover.set(-1);
    }
    mark();
  }
  /** @param {number} x @param {number} y */
  function move(x, y) {
    const flip = x > stage.clientWidth * 0.6;
    tip.style.left = flip ? "" : `${x + 14}px`;
    tip.style.right = flip ? `${stage.clientWidth - x + 14}px` : "";
    tip.style.top = `${Math.max(0, Math.min(y + 14, stage.clientHeight - tip.offsetHeight))}px`;
  }

  const listen = new AbortController();
  /** @param {string} event @param {(event: any) => void} listener */
  const on = (event, listener) => stage.addEventListener(event, listener, { signal: listen.signal });
  on("pointermove", (event) => {
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    point(placeAt(x, y), x, y);
  });
  on("pointerleave", () => point(null));
  on("click", (event) => {
    const box = stage.getBoundingClientRect();
    const place = placeAt(event.clientX - box.left, event.clientY - box.top);
    if (place) picked(place);
  });
  on("blur", () => pointed && point(null));
  on("keydown", (event) => {
    if (!frame || !view || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && pointed) {
      point(null);
      event.stopPropagation();
      return;
    }
    const here = pointed ?? { column: Math.max(0, columnOf(selected.column)), row: Math.max(0, selected.row) };
    const far = event.shiftKey ? 10 : 1;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far], Home: [-1e9, 0], End: [1e9, 0], PageUp: [0, -1e9], PageDown: [0, 1e9] };
    const by = moves[event.key];
    if (!by) return;
    event.preventDefault();
    const [across, down] = frame.horizontal ? [0, by[0] + by[1]] : by;
    const more = frame.more ?? 0;
    const across_most = view.kind === "curves" ? pointsOf(view).length : frame.horizontal ? frame.columns : Math.max(frame.columns, stepsOf(view)) + more;
    const place = { column: clamp(here.column + across, across_most), row: clamp(here.row + down, frame.rows + (frame.horizontal ? more : 0)) };
    const box = boxOf(frame, place);
    point(place, box.x + box.width / 2, box.y + box.height / 2);
    const { head, lines } = readAt(place);
    say(live, `${head}: ${lines.join(", ")}`);
    picked(place);
  });
  details.addEventListener("toggle", fillTable);
  const watch = new ResizeObserver(() => {
    measured = 0;
    requestAnimationFrame(redraw);
  });
  watch.observe(stage);
  let inSight = true;
  const sight = new IntersectionObserver((entries) => {
    inSight = entries.at(-1)?.isIntersecting ?? true;
    if (inSight && waiting.has(show)) show();
  });
  sight.observe(stage);
  const unhover = steps ? hover.subscribe(() => !pointed && mark()) : () => {};

  function fillTable() {
    if (!details.open || !view || tabled === view) return;
    tabled = view;
    const { title, columns, rows } = drawing.table(view);
    table.setAttribute("aria-label", title);
    const cut = rows.length > MOST_ROWS || columns.length > MOST_COLUMNS;
    say(note, cut ? `The first ${Math.min(rows.length, MOST_ROWS)} of ${rows.length} rows and ${Math.min(columns.length, MOST_COLUMNS)} of ${columns.length} columns; “Copy CSV” copies all.` : title);
    table.replaceChildren(h("table", {},
      h("thead", {}, h("tr", {}, columns.slice(0, MOST_COLUMNS).map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.slice(0, MOST_ROWS).map((row) => h("tr", {}, row.slice(0, MOST_COLUMNS).map((cell) => h("td", {}, cell)))))));
  }

  async function copy() {
    if (!view) return;
    const { columns, rows } = drawing.table(view);
    const text = csv([columns, ...rows]);
    try {
      await navigator.clipboard.writeText(text);
      say(live, "Copied.");
    } catch {
      download(fileName(view.title, "csv"), new Blob([text], { type: "text/csv" })); // where the clipboard is closed
    }
  }
  /** A copy that leaves the page carries its title, and no selection. */
  const alone = () => ({ ...style(store.get().dark), title: true, selected_step: -1, selected_row: -1 });
  function saveSvg() {
    if (view) download(fileName(view.title, "svg"), new Blob([drawing.svg(view, alone())], { type: "image/svg+xml" }));
  }
  function savePng() {
    if (!view) return;
    const name = fileName(view.title, "png");
    const copy = h("canvas");
    drawing.draw(view, copy, { ...alone(), pixel_ratio: Math.max(2, devicePixelRatio || 1) });
    copy.toBlob((blob) => blob && download(name, blob));
  }

  function show() {
    waiting.delete(show);
    if (!view) return;
    if (typeof caption !== "string") say(legend, caption(view));
    const summary = drawing.summary(view);
    if (canvas.getAttribute("aria-label") !== summary) {
      canvas.setAttribute("aria-label", summary);
      stage.setAttribute("aria-label", `${view.title}: arrow keys read values`);
    }
    fillTable();
    redraw();
  }

  return {
    element: figure,
    /** Copies to keep; a small figure leaves them to its host. */
    tools,
    /** @param {Picture | null} next @param {Partial<Place>} [at] what is selected @param {boolean} [near] only the steps around it */
    update(next, at = {}, near = false) {
      shown(figure, next !== null);
      close = near;
      selected = { column: at.column ?? -1, row: at.row ?? -1 };
      const other = next !== view;
      view = next;
      if (!view) return point(null);
      if (inSight) show();
      else postpone(show);
      // Numbers that change under a resting mouse are read anew.
      if (other && pointed && frame && pointed.column < Math.max(frame.columns, stepsOf(view)) + (frame.more ?? 0) && pointed.row < frame.rows + (frame.more ?? 0)) fillTip(pointed);
      else if (other) point(null);
    },
    destroy() {
      listen.abort();
      watch.disconnect();
      sight.disconnect();
      waiting.delete(show);
      unhover();
      figure.remove();
    },
  };
}

/** Index of the nearest. @param {number[]} values @param {number} wanted */
const nearest = (values, wanted) => values.reduce((best, value, k) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? k : best), 0);

/** @param {number} value @param {number} count */
const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));

/** Computed colours, whatever the style sheet or a forced palette made them, as six digits. @param {string} color */
function hex(color) {
  const channels = color.match(/[\d.]+/g)?.slice(0, 3).map(Number);
  return channels?.length === 3 ? `#${channels.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}` : undefined;
}
