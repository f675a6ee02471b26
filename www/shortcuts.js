// @ts-check
/** The keys, in a dialog. */
import { h } from "./dom.js";

const KEYS = [
  ["?", "this list"],
  ["Esc", "cancel running work; close a tooltip or this list"],
  ["← →", "in a picture or the text: the step before, the step after; in a picture with Shift ten steps"],
  ["Shift ← →", "in the text: take in the step before or after, for the score of all of them together"],
  ["↑ ↓", "in units × time: the unit above, below; in the text: the line above, below"],
  ["Home End", "the first step, the last step"],
  ["Tab", "to the next picture or control"],
];

/** @param {HTMLElement} host */
export function createShortcuts(host) {
  const on = h("input", { type: "checkbox", checked: true });
  const dialog = h("dialog", { class: "keys", "aria-label": "Keys" },
    h("h2", {}, "Keys"),
    h("dl", {}, KEYS.flatMap(([key, what]) => [h("dt", {}, key.split(" ").map((one) => h("kbd", {}, one))), h("dd", {}, what)])),
    h("label", { class: "choice" }, on, "“?” opens this list"),
    h("form", { method: "dialog" }, h("button", { class: "main", on: { click: (/** @type {Event} */ event) => (event.preventDefault(), dialog.close()) } }, "Close")));
  host.append(dialog);
  return {
    open: () => dialog.open || dialog.showModal(),
    /** Single keys may be switched off: speech input types them by accident. */
    get enabled() {
      return on.checked;
    },
  };
}
