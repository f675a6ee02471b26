// As much of a document as a panel needs to be built and read in Node: elements, text, attributes, listeners.

class Text {
  constructor(text) {
    this.textContent = String(text);
  }
}

class Element {
  constructor(tag) {
    Object.assign(this, { tagName: tag.toUpperCase(), children: [], attributes: {}, dataset: {}, style: {}, listeners: {}, hidden: false, className: "", value: "", clientWidth: 0 });
    const keep = (name, on) => this.classList.toggle(name, on);
    this.classList = { add: (name) => keep(name, true), remove: (name) => keep(name, false), toggle: (name, on = !this.classes().includes(name)) => (this.className = [...this.classes().filter((other) => other !== name), ...(on ? [name] : [])].join(" ")), contains: (name) => this.classes().includes(name) };
  }
  classes() {
    return this.className.split(" ").filter(Boolean);
  }
  append(...parts) {
    this.children.push(...parts.flatMap((part) => (part instanceof Element && part.tagName === "FRAGMENT" ? part.children : [part])).map((part) => (part instanceof Element || part instanceof Text ? part : new Text(part))));
  }
  replaceChildren(...parts) {
    this.children = [];
    this.append(...parts);
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  getAttribute(name) {
    return this.attributes[name] ?? null;
  }
  removeAttribute(name) {
    delete this.attributes[name];
  }
  /** By .class or [attribute="value"]. */
  querySelectorAll(what) {
    const [, name, value] = /^\[([\w-]+)="(.*)"\]$/.exec(what) ?? [];
    return this.all((element) => element !== this && (name ? element.attributes[name] === value : element.classes().includes(what.slice(1))));
  }
  /** Nothing can be drawn here. */
  getContext() {
    return null;
  }
  remove() {
    this.hidden = true;
  }
  addEventListener(event, listener) {
    (this.listeners[event] ??= []).push(listener);
  }
  click() {
    for (const listener of this.listeners.click ?? []) listener({ target: this });
  }
  change(value) {
    this.value = value;
    for (const listener of this.listeners.change ?? []) listener({ target: this });
  }
  get textContent() {
    return this.children.map((child) => (child.hidden ? "" : child.textContent)).join("");
  }
  set textContent(text) {
    this.children = text === "" ? [] : [new Text(text)];
  }
  /** Elements below this one, itself included, that fit. @param {(element: Element) => boolean} fits */
  all(fits) {
    return [...(fits(this) ? [this] : []), ...this.children.flatMap((child) => (child instanceof Element ? child.all(fits) : []))];
  }
  /** By tag or .class. @param {string} what */
  find(what) {
    return this.all((element) => (what.startsWith(".") ? element.classes().includes(what.slice(1)) : element.tagName === what.toUpperCase()))[0];
  }
}

/** Puts the document in place; gives an empty host. */
export function host() {
  globalThis.document = { createElement: (tag) => new Element(tag), createDocumentFragment: () => new Element("fragment"), activeElement: null };
  return new Element("div");
}
