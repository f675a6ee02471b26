// @ts-check
/** What begins work and ends it: a button, Cancel while it goes on, and how far it is. */
import { h, shown } from "../dom.js";
import { isFree } from "../store.js";

/**
 * @param {import("../types").Context} context
 * @param {object} options
 * @param {string} options.of which work, for screen readers: "progress of …"
 * @param {() => void} options.begin
 * @param {string} [options.label] of the button, unless it is told by `say`
 * @param {...Node} beside what stands beside the buttons
 */
export function createRun({ actions }, { of, begin, label = "" }, ...beside) {
  const button = h("button", { type: "button", class: "main", on: { click: begin } }, label);
  const stop = h("button", { type: "button", title: "Esc", on: { click: () => actions.cancel() } }, "Cancel");
  const bar = h("progress", { max: 1, "aria-label": `progress of ${of}` });
  return {
    button,
    /** In this order below each other. @type {[HTMLElement, HTMLElement]} */
    elements: [h("div", { class: "row" }, button, stop, ...beside), bar],
    /** @param {import("../types").State} state @param {boolean} running is it this work that goes on? @param {boolean} [able] is there anything to begin? */
    update(state, running, able = true) {
      shown(bar, running);
      shown(stop, running);
      bar.value = running && state.progress ? state.progress.fraction : 0;
      button.disabled = !able || !isFree(state);
    },
  };
}
