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

/** A baseline is another sample: the one id that the page has to know, since its text comes from here. */
const SAMPLE = "sample";
/** More baselines than this are not offered at once. */
const MOST_BASELINES = 20;
/** So many are compared unless others are chosen: a range over fewer says little. */
const SOME_BASELINES = 5;

/**
 * All that an input can be compared with: the baselines of the registry, and each other sample as one of its own.
 * `first`: worth beginning with. Labels differ from each other, since answers are told apart by them.
 * @param {import("./types").Controls["baselines"]} registry @param {import("./types").Sample[]} samples @param {string | null} current
 * @returns {{ id: string, label: string, available: boolean, first: boolean, baseline: import("./types").Request["baseline"] }[]}
 */
export function baselinesOf(registry, samples, current) {
  const fixed = registry.filter(({ id }) => id !== SAMPLE).map(({ id, label, available }) => ({ id, label, available, first: available, baseline: { id } }));
  if (!registry.some(({ id, available }) => id === SAMPLE && available)) return fixed;
  const others = samples.filter(({ id }) => id !== current).slice(0, MOST_BASELINES - fixed.length);
  const missing = Math.max(1, SOME_BASELINES - fixed.filter(({ available }) => available).length);
  const taken = new Set(fixed.map(({ label }) => label));
  const own = (/** @type {string} */ title, n = 1) => {
    const label = n === 1 ? title : `${title} (${n})`;
    if (taken.has(label)) return own(title, n + 1);
    taken.add(label);
    return label;
  };
  return [...fixed, ...others.map(({ id, title, text }, k) => ({ id: `${SAMPLE}:${id}`, label: own(title), available: true, first: k < missing, baseline: { id: SAMPLE, sample: text } }))];
}

/** Do two requests ask for the same? What is absent, null or an empty list is alike. @param {any} a @param {any} b @returns {boolean} */
export function alike(a, b) {
  const plain = (/** @type {any} */ value) => value !== null && typeof value === "object";
  const some = (/** @type {any} */ value) => (Array.isArray(value) && value.length === 0 ? null : (value ?? null));
  if (!plain(some(a)) || !plain(some(b))) return some(a) === some(b);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => alike(a[key], b[key]));
}
