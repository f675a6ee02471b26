// @ts-check
/**
 * The address's hash holds the view, never the data, unless the person copies a link with the text.
 *
 *   #v=1&model=…&sample=…&method=…&p.steps=50&hide=method,upload
 *
 * Reading is total: any string gives a partial, checked description.
 */

/** @typedef {import("./types").State} State */
/**
 * @typedef {object} Link
 * @property {string} [model]
 * @property {number} [epoch]
 * @property {string} [sample]
 * @property {string} [text]
 * @property {string} [method]
 * @property {Record<string, string | number>} params
 * @property {Partial<import("./types").Target>} target
 * @property {string} [metric]
 * @property {"on" | "off"} [follow] is it run again after edits?
 * @property {string} [baseline]
 * @property {string} [precision]
 * @property {number} [step]
 * @property {Partial<import("./types").Selection>} selection
 * @property {"answer" | "unit"} [color]
 * @property {string} [picture]
 * @property {"auto" | "light" | "dark"} [theme]
 * @property {string[]} hide
 * @property {string[]} open panels
 */

const VERSION = "1";
const NAME = /^[\w.:-]{1,64}$/;
const LONGEST_TEXT = 4000;
/** A parse written with brackets is longer than a name. */
const LONGEST_PARAM = 1000;
const NUMBERS = { target: ["class", "versus", "step", "layer", "direction", "unit"], selection: ["layer", "direction", "unit"] };

/** @param {string} hash @returns {Link} */
export function read(hash) {
  /** @type {Link} */
  const link = { params: {}, target: {}, selection: {}, hide: [], open: [] };
  let fields;
  try {
    fields = new URLSearchParams(String(hash).replace(/^#/, ""));
  } catch {
    return link;
  }
  if ((fields.get("v") ?? VERSION) !== VERSION) return link;
  const name = (/** @type {string} */ key) => {
    const value = fields.get(key);
    return value !== null && NAME.test(value) ? value : undefined;
  };
  const whole = (/** @type {string} */ key, low = 0) => {
    const value = fields.get(key);
    const number = value !== null && /^-?\d{1,9}$/.test(value) ? Number(value) : NaN;
    return number >= low ? number : undefined;
  };
  const oneOf = (/** @type {string} */ key, /** @type {string[]} */ ...allowed) => {
    const value = fields.get(key);
    return value !== null && allowed.includes(value) ? /** @type {any} */ (value) : undefined;
  };
  Object.assign(link, defined({
    model: name("model"),
    epoch: whole("epoch"),
    sample: name("sample"),
    text: fields.get("text")?.slice(0, LONGEST_TEXT),
    method: name("method"),
    metric: name("metric"),
    follow: oneOf("follow", "on", "off"),
    baseline: name("baseline"),
    precision: oneOf("precision", "f32", "f64"),
    step: whole("step"),
    color: oneOf("color", "answer", "unit"),
    picture: name("picture"),
    theme: oneOf("theme", "auto", "light", "dark"),
  }));
  for (const [key, value] of fields) {
    const id = key.startsWith("p.") ? key.slice(2) : "";
    // Names that every object has would not be controls.
    if (!NAME.test(id) || id in {}) continue;
    const number = Number(value);
    if (value.trim() !== "" && Number.isFinite(number)) link.params[id] = number;
    else if (value !== "" && value.length <= LONGEST_PARAM) link.params[id] = value;
  }
  link.target = defined({
    readout: name("readout"),
    ...Object.fromEntries(NUMBERS.target.map((key) => [key, whole(`t.${key}`, key === "step" ? -1 : 0)])),
  });
  link.selection = defined({
    quantity: name("quantity"),
    order: oneOf("order", "index", "peak", "similar"),
    ...Object.fromEntries(NUMBERS.selection.map((key) => [key, whole(key)])),
  });
  const names = (/** @type {string} */ key) => (fields.get(key) ?? "").split(",").filter((part) => NAME.test(part)).slice(0, 32);
  [link.hide, link.open] = [names("hide"), names("open")];
  return link;
}

/**
 * @param {State} state
 * @param {boolean} withText the input itself goes into the link: only on request
 */
export function write(state, withText = false) {
  const fields = new URLSearchParams({ v: VERSION });
  const put = (/** @type {string} */ key, /** @type {unknown} */ value) => {
    if (value !== undefined && value !== null && value !== "") fields.set(key, String(value));
  };
  put("model", state.model?.id);
  put("epoch", state.model?.epoch);
  if (!state.edited) put("sample", state.sampleId);
  if (withText && state.input?.kind !== "series") put("text", state.text.slice(0, LONGEST_TEXT));
  const { request, controls } = state;
  if (request) {
    put("method", request.method);
    const params = controls?.methods.find((method) => method.id === request.method)?.params ?? [];
    for (const param of params) {
      const value = request.params[param.id];
      if (value !== undefined && value !== param.default) put(`p.${param.id}`, value);
    }
    put("readout", request.target.readout);
    const needs = controls?.readouts.find((readout) => readout.id === request.target.readout)?.needs ?? [];
    if (needs.includes("class")) put("t.class", request.target.class);
    if (needs.includes("versus")) put("t.versus", request.target.versus);
    if (needs.includes("unit")) for (const key of /** @type {const} */ (["layer", "direction", "unit"])) put(`t.${key}`, request.target[key]);
    if (request.target.step >= 0) put("t.step", request.target.step);
    put("baseline", request.baseline.id);
    if (request.precision !== "f32") put("precision", request.precision);
  }
  put("step", state.input && state.step);
  if (state.traced) for (const key of /** @type {const} */ (["layer", "direction", "unit", "quantity"])) put(key, state.selection[key]);
  if (state.selection.order !== "index") put("order", state.selection.order);
  put("color", state.color);
  put("picture", state.picture);
  if (state.theme !== "auto") put("theme", state.theme);
  put("hide", state.hide.join(","));
  put("open", state.open.join(","));
  if (state.open.includes("truth")) put("metric", state.judge.metric);
  if (!state.judge.follows) put("follow", "off");
  return `#${fields}`;
}

/** Sandboxed documents may not touch the address. @param {string} hash */
export function show(hash) {
  try {
    if (location.hash !== hash) history.replaceState(null, "", hash);
  } catch {
    // The view is still there; only the address does not follow.
  }
}

/** @template {object} T @param {T} fields @returns {any} */
function defined(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
