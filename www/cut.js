// @ts-check
/** A stretch of a picture's steps: the same view with fewer columns. */

/** @typedef {import("./types").Picture} Picture */

/** Steps that a picture shows from left to right; 0 if its columns are no steps. @param {Picture} view */
export function stepsOf(view) {
  if (view.kind === "lines") return view.x_labels.length;
  if (view.kind === "heatmap") return view.col_labels.length;
  if (view.kind === "river") return view.x_labels.length;
  return view.kind === "bars" || view.kind === "hierarchy" || view.kind === "ribbon" ? view.labels.length : 0;
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
  if (view.kind === "river") return { ...view, x_labels: view.x_labels.slice(from, to), values: rows(view.values), total: view.total.slice(from, to) };
  if (view.kind === "bars") return { ...view, labels: view.labels.slice(from, to), values: view.values.slice(from, to), errors: view.errors.slice(from, to), disputed: view.disputed.slice(from, to) };
  if (view.kind === "ribbon") return { ...view, labels: view.labels.slice(from, to), low: view.low.slice(from, to), high: view.high.slice(from, to), mean: view.mean.slice(from, to), flips: view.flips.slice(from, to) };
  if (view.kind === "hierarchy") return { ...view, labels: view.labels.slice(from, to), ...crossing(view, from, to) };
  return view;
}

/** The spans that reach into a stretch, cut at its ends. @param {import("./types").Hierarchy} view @param {number} from @param {number} to */
function crossing(view, from, to) {
  const kept = [...view.scores.keys()].filter((k) => view.from[k] < to && view.to[k] > from);
  const pick = (/** @type {Float32Array} */ values, change = (/** @type {number} */ value) => value) => Float32Array.from(kept, (k) => change(values[k]));
  return {
    from: pick(view.from, (first) => Math.max(first, from) - from), to: pick(view.to, (end) => Math.min(end, to) - from),
    level: pick(view.level), scores: pick(view.scores), errors: view.errors.length ? pick(view.errors) : new Float32Array(),
  };
}
