// @ts-check
/** Elements without markup strings. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] `on` holds listeners, `class` and names with a dash are attributes, the rest are properties
 * @param {...(Node | string | null | undefined | false | (Node | string)[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "class") element.className = value;
    else if (name.includes("-") || name === "role" || name === "for" || name === "list") element.setAttribute(name, String(value));
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false).map((child) => /** @type {Node | string} */ (child)));
  return element;
}

let count = 0;
/** An id that nothing else has. */
export const fresh = (name = "id") => `${name}-${++count}`;

/**
 * Rebuilds the options of a menu only when they changed.
 * @param {HTMLSelectElement} select
 * @param {{ value: string, label: string, group?: string, disabled?: boolean, title?: string }[]} options
 * @param {string} value
 */
export function fill(select, options, value) {
  const key = JSON.stringify(options);
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    /** @type {Map<string, HTMLOptGroupElement>} */
    const groups = new Map();
    select.replaceChildren();
    for (const { value, label, group, disabled, title } of options) {
      const option = h("option", { value, disabled: disabled ?? false, title }, label);
      if (!group) select.append(option);
      else {
        if (!groups.has(group)) {
          const made = h("optgroup", { label: group });
          groups.set(group, made);
          select.append(made);
        }
        groups.get(group)?.append(option);
      }
    }
  }
  if (select.value !== value) select.value = value;
}

/** A labelled control. @param {string} label @param {HTMLElement} control @param {...(Node | string)} rest */
export function field(label, control, ...rest) {
  control.id ||= fresh("field");
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, ...rest);
}

/** Shows or hides. @param {HTMLElement} element @param {boolean} shown */
export function shown(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** Sets an attribute only when it differs: whatever is set makes the browser look at the page again. @param {Element} element @param {string} name @param {string} value */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Names and values as the rows of a list; what stays is left alone. @param {HTMLDListElement} list @param {[string, string][]} rows */
export function pairs(list, rows) {
  const had = /** @type {HTMLElement[]} */ ([...list.children]);
  rows.flat().forEach((text, k) => (had[k] ? say(had[k], text) : list.append(h(k % 2 ? "dd" : "dt", {}, text))));
  had.slice(2 * rows.length).forEach((element) => element.remove());
}

/** For so long what is out of date looks as it did: most answers come sooner, and nothing flickers. */
const PATIENCE_MS = 250;
/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const fading = new WeakMap();
/** Fades what is out of date, unless it is renewed soon. @param {Element} element @param {boolean} old */
export function fade(element, old) {
  if (old && fading.has(element)) return;
  clearTimeout(fading.get(element));
  fading.delete(element);
  if (old) fading.set(element, setTimeout(() => element.classList.add("old"), PATIENCE_MS));
  else element.classList.remove("old");
}

/** Sets text only when it differs, so that live regions stay silent. @param {HTMLElement} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
