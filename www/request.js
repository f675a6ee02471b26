// @ts-check
/** What of a request fits the menus. */

/** Only the controls that there are, within their limits. @param {import("./types").Param[]} list @param {Record<string, number | string>} params */
export function fittingTo(list, params) {
  /** @type {Record<string, number | string>} */
  const kept = {};
  for (const param of list) {
    const value = params[param.id];
    if (param.kind === "choice") {
      if (param.choices.some((choice) => choice.id === value)) kept[param.id] = value;
    } else if (param.kind === "text") {
      if (value !== undefined && String(value).trim() !== "") kept[param.id] = String(value);
    } else if (typeof value === "number") kept[param.id] = Math.max(param.low, Math.min(param.high, value));
  }
  return kept;
}

/** How many samples a method compares with unless others are chosen. */
const SOME = 8;
/** The samples that the input is compared with: the chosen ones, or the first few; never itself. @param {import("./types").Sample[]} samples @param {string | null} current @param {readonly string[] | null} chosen */
export function backgroundOf(samples, current, chosen) {
  const others = samples.filter(({ id }) => id !== current);
  return chosen ? others.filter(({ id }) => chosen.includes(id)) : others.slice(0, SOME);
}

/** Do two requests ask for the same? What is absent, null or an empty list is alike. @param {any} a @param {any} b @returns {boolean} */
export function alike(a, b) {
  const plain = (/** @type {any} */ value) => value !== null && typeof value === "object";
  const some = (/** @type {any} */ value) => (Array.isArray(value) && value.length === 0 ? null : (value ?? null));
  if (!plain(some(a)) || !plain(some(b))) return some(a) === some(b);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => alike(a[key], b[key]));
}
