// @ts-check
/** The controls of the selected unit, which several panels show: layer, direction, quantity, number. */
import { fill, h, shown } from "../dom.js";

/**
 * @param {import("../types").Context} context
 * @param {{ order?: boolean, quantity?: boolean }} [parts]
 */
export function unitControls({ actions, store }, { order = false, quantity = true } = {}) {
  const layer = h("select", { "aria-label": "layer and direction", on: { change() {
    const [l, direction] = layer.value.split("/").map(Number);
    actions.select({ layer: l, direction });
  } } });
  const which = h("select", { "aria-label": "quantity", on: { change: () => actions.select({ quantity: which.value }) } });
  const sort = h("select", { "aria-label": "order of the units", on: { change: () => actions.select({ order: sort.value }) } });
  sort.append(h("option", { value: "index" }, "in order"), h("option", { value: "peak" }, "by when they peak"), h("option", { value: "similar" }, "similar ones together"));
  const unit = h("input", { type: "number", min: "0", "aria-label": "unit", on: { change: () => actions.select({ unit: Math.max(0, Math.round(Number(unit.value) || 0)) }) } });
  const hidden = () => {
    const { controls, selection } = store.get();
    return controls?.layers[selection.layer]?.hidden ?? 1;
  };
  const go = (/** @type {number} */ by) => actions.select({ unit: (store.get().selection.unit + by + hidden()) % hidden() });
  const button = (/** @type {string} */ label, /** @type {string} */ name, /** @type {() => void} */ click) => h("button", { type: "button", "aria-label": name, title: name, on: { click } }, label);
  const element = h("div", { class: "row unit-controls" }, layer, quantity && which,
    h("span", { class: "joined" }, button("‹", "previous unit", () => go(-1)), unit, button("›", "next unit", () => go(1))),
    button("random", "a random unit", () => actions.select({ unit: Math.floor(Math.random() * hidden()) })), order && sort);

  return {
    element,
    /** @param {import("../types").State} state */
    update({ controls, selection }) {
      if (!controls) return;
      const layers = controls.layers.flatMap(({ label, directions }, l) => Array.from({ length: directions }, (_, d) => ({ value: `${l}/${d}`, label: directions > 1 ? `${label} ${d ? "backward" : "forward"}` : label })));
      fill(layer, layers, `${selection.layer}/${selection.direction}`);
      fill(which, (controls.quantities[selection.layer] ?? []).map(({ id, label }) => ({ value: id, label })), selection.quantity);
      unit.max = String(hidden() - 1);
      if (document.activeElement !== unit) unit.value = String(Math.max(0, selection.unit));
      if (sort.value !== selection.order) sort.value = selection.order;
    },
  };
}

/** A long text is looked at closely around the selected step, or as a whole: in all pictures alike. @param {import("../types").Context} context */
export function stretchControl({ actions }) {
  const whole = h("input", { type: "checkbox", on: { change: () => actions.show({ whole: whole.checked }) } });
  const element = h("label", { class: "choice note" }, whole, "whole text");
  return {
    element,
    /** @param {import("../types").State} state */
    update(state) {
      shown(element, isLong(state));
      whole.checked = state.whole;
    },
  };
}

/** @param {import("../types").State} state */
const isLong = ({ input }) => input?.kind === "characters" && input.n_steps > 60;
/** Do the pictures show only what is around the selected step? @param {import("../types").State} state */
export const near = (state) => isLong(state) && !state.whole;
