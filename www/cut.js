// @ts-check
/** A stretch of a picture's steps: the same view with fewer columns. */

/** @typedef {import("./types").Picture} Picture */

/** Steps that a picture shows from left to right; 0 if its columns are no steps. @param {Picture} view */
export function stepsOf(view) {
  if (view.kind === "lines") return view.x_labels.length;
  if (view.kind === "heatmap") return view.col_labels.length;
  return view.kind === "bars" ? view.labels.length : 0;
}

/** @template {Picture} V @param {V} view @param {number} from @param {number} count @returns {V} */
export function cut(view, from, count) {
  const to = from + count;
  const rows = (/** @type {Float32Array} */ values) => {
    const wide = stepsOf(view);
    const kept = new Float32Array((values.length / wide) * count);
    for (let r = 0; r * wide < values.length; r += 1) kept.set(values.subarray(r * wide + from, r * wide + to), r * count);
    return kept;
  };
  if (view.kind === "lines") return { ...view, x_labels: view.x_labels.slice(from, to), values: rows(view.values) };
  if (view.kind === "heatmap") return { ...view, col_labels: view.col_labels.slice(from, to), values: rows(view.values), filled: rows(view.filled) };
  if (view.kind === "bars") return { ...view, labels: view.labels.slice(from, to), values: view.values.slice(from, to) };
  return view;
}
