// @ts-check
/** Exact values at a place of a picture, as words. */
import { number, signed } from "./words.js";

/** @typedef {import("./types").Picture} Picture */
/** @typedef {{ column: number, row: number }} Place */

/** Streams of a river that a tooltip names. */
const MOST_LINES = 8;

/** @param {Picture} view @param {Place} place @param {{ horizontal: boolean, steps: boolean }} how @returns {{ head: string, lines: string[] }} */
export function readAt(view, place, { horizontal, steps }) {
  // Bars that lie are counted from the top.
  const k = horizontal ? place.row : place.column;
  switch (view.kind) {
    case "lines": {
      const count = view.x_labels.length;
      return { head: `${view.x_label} ${k + 1} · ${view.x_labels[k] ?? ""}`, lines: view.series.map((name, s) => `${name}  ${number(view.values[s * count + k])}`) };
    }
    case "heatmap": {
      const at = place.row * view.col_labels.length + place.column;
      const filled = view.filled.length && view.filled[at] ? ["filled in, not measured"] : [];
      return { head: `${view.y_label} ${view.row_labels[place.row] ?? ""} · ${view.x_label} ${view.col_labels[place.column] ?? ""}`, lines: [`${number(view.values[at])} ${view.unit}`, ...filled] };
    }
    case "bars": {
      const apart = extrasOf(view)[k - view.values.length];
      if (apart) return { head: apart.label, lines: [`${number(apart.value)} ${view.unit}`, apart.gap ? "what nothing explains" : `belongs to no ${view.x_label}`] };
      const error = view.errors[k];
      const sure = Number.isFinite(error) ? ` ± ${number(error)}` : "";
      return { head: `${view.labels[k] ?? ""}${steps ? ` · ${view.x_label} ${k + 1}` : ""}`, lines: [`${number(view.values[k])}${sure} ${view.unit}`, ...(view.disputed[k] ? ["methods dispute it"] : [])] };
    }
    case "waterfall": {
      const extras = extrasOf(view);
      const values = [...view.values, ...extras.map(({ value }) => value)];
      const level = values.slice(0, k + 1).reduce((sum, value) => sum + value, view.start);
      const head = view.labels[k] ?? extras[k - view.labels.length]?.label ?? view.target;
      return { head, lines: k < values.length ? [`${number(values[k])} ${view.unit}`, `score so far ${number(level)}`] : [`${number(view.end)} ${view.unit}`] };
    }
    case "curves": {
      const points = pointsOf(view);
      const x = points[k]?.x;
      if (x === undefined) return { head: "", lines: [] };
      let start = 0;
      const lines = view.series.map((name, s) => {
        const from = start;
        start += view.counts[s];
        const at = view.x.subarray(from, start).indexOf(x);
        if (at < 0) return `${name}  –`;
        const [low, high] = [view.low[from + at] ?? NaN, view.high[from + at] ?? NaN];
        return `${name}  ${number(view.y[from + at])}${Number.isFinite(low) ? `  (${number(low)} to ${number(high)})` : ""}`;
      });
      return { head: `${view.x_label} ${number(x)}`, lines };
    }
    case "hierarchy": {
      const node = nodeAt(view, place);
      if (node < 0) return { head: `${view.x_label} ${k + 1} · ${view.labels[k] ?? ""}`, lines: ["part of the phrase above"] };
      const [from, to] = [view.from[node], view.to[node]];
      const words = view.labels.slice(from, to);
      const between = words.every((word) => [...word].length === 1) ? "" : " ";
      const reads = words.length > 12 ? `${words.slice(0, 6).join(between)} … ${words.slice(-6).join(between)}` : words.join(between);
      const error = view.errors.length ? ` ± ${number(view.errors[node])}` : "";
      return { head: reads, lines: [`${number(view.scores[node])}${error} ${view.unit}`, to - from > 1 ? `${view.x_label}s ${from + 1} to ${to}` : `${view.x_label} ${from + 1}`] };
    }
    case "river": {
      const count = view.x_labels.length;
      const shares = view.series.map((name, s) => ({ name, value: view.values[s * count + k] })).filter(({ value }) => value !== 0).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
      return { head: `${view.x_label} ${k + 1} · ${view.x_labels[k] ?? ""}`, lines: [`${view.y_label}  ${number(view.total[k])}`, ...shares.slice(0, MOST_LINES).map(({ name, value }) => `${signed(value)}  ${name}`), ...(shares.length > MOST_LINES ? [`and ${shares.length - MOST_LINES} smaller`] : [])] };
    }
    case "ribbon":
      return { head: `${view.labels[k] ?? ""} · ${view.x_label} ${k + 1}`, lines: [`from ${number(view.low[k])} to ${number(view.high[k])} ${view.unit}`, `mean ${number(view.mean[k])}`, ...(view.flips[k] ? ["the sign depends on the baseline"] : [])] };
  }
}

/** The bars that belong to no input, the gap last. @param {import("./types").Bars | import("./types").Waterfall} view */
export function extrasOf({ remainder, gap }) {
  return [...remainder.map(([label, value]) => ({ label, value, gap: false })), ...(gap === null ? [] : [{ label: "unexplained", value: gap, gap: true }])];
}

/** The span that is drawn at a place; −1 = none. @param {import("./types").Hierarchy} view @param {Place} place */
export function nodeAt({ from, to, level }, { column, row }) {
  for (let k = 0; k < level.length; k += 1) if (level[k] === row && from[k] <= column && column < to[k]) return k;
  return -1;
}

/** @type {WeakMap<import("./types").Curves, { x: number, share: number }[]>} */
const known = new WeakMap();
/** Every x that a curve has a point at, and how far to the right it lies. @param {import("./types").Curves} view */
export function pointsOf(view) {
  let points = known.get(view);
  if (!points) {
    const xs = [...new Set(view.x)].filter(Number.isFinite).sort((a, b) => a - b);
    const [low, high] = [xs[0] ?? 0, xs.at(-1) ?? 1];
    points = xs.map((x) => ({ x, share: high > low ? (x - low) / (high - low) : 0.5 }));
    known.set(view, points);
  }
  return points;
}
