// @ts-check
/** Sliders, menus and fields for what a method or a metric lets a person choose. */
import { field, fill, h, say } from "../dom.js";
import { number } from "../words.js";

/** @typedef {import("../types").Param} Param */

/** @param {(id: string, value: number | string) => void} send a person chose another value */
export function createParams(send) {
  const element = h("div", { class: "params" });
  /** @type {((values: Record<string, number | string>) => void)[]} */
  let controls = [];

  /** @param {Param} param */
  function control(param) {
    const help = h("p", { class: "note" }, param.help);
    if (param.kind === "choice") {
      const select = h("select", { on: { change: () => send(param.id, select.value) } });
      fill(select, param.choices.map(({ id, label }) => ({ value: id, label })), String(param.default));
      controls.push((values) => (select.value = String(values[param.id] ?? param.default)));
      return field(param.label, select, help);
    }
    if (param.kind === "text") {
      const text = h("input", { type: "text", placeholder: param.placeholder, spellcheck: false, autocomplete: "off", on: { change: () => send(param.id, text.value) } });
      controls.push((values) => {
        if (document.activeElement !== text) text.value = String(values[param.id] ?? param.default ?? "");
      });
      return field(param.label, text, help);
    }
    // A logarithmic slider runs over exponents; where it may be zero, its lowest place is zero.
    const floor = param.low > 0 ? param.low : Math.max(param.step, param.high * 1e-6);
    const toValue = (/** @type {number} */ place) => {
      if (!param.log) return place;
      if (param.low <= 0 && place <= 0) return 0;
      return rounded(floor * (param.high / floor) ** place, param);
    };
    const toPlace = (/** @type {number} */ value) => (!param.log ? value : value < floor ? 0 : Math.log(value / floor) / Math.log(param.high / floor));
    const output = h("output", {});
    const slider = h("input", { type: "range", min: String(param.log ? 0 : param.low), max: String(param.log ? 1 : param.high), step: String(param.log ? 0.01 : param.step || "any"), on: {
      input: () => show(toValue(Number(slider.value))),
      change: () => send(param.id, toValue(Number(slider.value))),
    } });
    const show = (/** @type {number} */ value) => {
      say(output, number(value));
      slider.setAttribute("aria-valuetext", number(value));
    };
    controls.push((values) => {
      const value = Number(values[param.id] ?? param.default);
      if (document.activeElement !== slider || slider.value === "") slider.value = String(toPlace(value));
      show(value);
    });
    const made = field(param.label, slider, help);
    made.firstElementChild?.append(" ", output);
    return made;
  }

  return {
    element,
    /** @param {Param[]} params */
    build(params) {
      controls = [];
      element.replaceChildren(...params.map(control));
    },
    /** @param {Record<string, number | string>} values */
    follow(values) {
      for (const show of controls) show(values);
    },
  };
}

/** Two digits, or a whole number of steps. @param {number} value @param {Param} param */
function rounded(value, { low, high, step }) {
  const near = step >= 1 ? Math.round(value / step) * step : Number(value.toPrecision(2));
  return Math.max(low, Math.min(high, near));
}
