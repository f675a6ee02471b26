// @ts-check
/** How it is explained: the menu, the sliders and the help of a method are what the method says of itself. */
import { field, fill, h, say, shown } from "../dom.js";
import { when } from "../store.js";
import { number } from "../words.js";

/** @type {import("../types").Panel} */
export const method = {
  id: "method",
  title: "Method",
  column: "sure",
  wants: (state) => state.controls !== null,
  create(host, { actions, store }) {
    const menu = h("select", { "aria-label": "method", on: { change: () => actions.setRequest({ method: menu.value, params: {} }) } });
    const question = h("p", { class: "question" });
    const reason = h("p", { class: "note" });
    const params = h("div", { class: "params" });
    const precision = h("select", { on: { change: () => actions.setRequest({ precision: precision.value }) } });
    fill(precision, [{ value: "f32", label: "single (fast)" }, { value: "f64", label: "double (exact gap)" }], "f32");
    const formula = h("p", { class: "formula" });
    const caveat = h("p", {});
    const cost = h("p", {});
    const promise = h("p", {});
    host.append(menu, question, params,
      h("details", {}, h("summary", {}, "Formula, cost, caveats"), formula, promise, caveat, cost, reason, field("Arithmetic", precision)));

    /** @type {((values: Record<string, number | string>) => void)[]} */
    let sliders = [];
    const build = when((state) => [state.controls, state.request?.method], (controls, id) => {
      if (!controls) return;
      fill(menu, controls.methods.map(({ id, label, available, reason }) => ({ value: id, label, disabled: !available, title: reason })), id ?? "");
      const now = controls.methods.find((one) => one.id === id);
      if (!now) return;
      say(question, now.question);
      const missing = controls.methods.filter(({ available, reason }) => !available && reason);
      say(reason, `Not here: ${missing.map(({ label, reason }) => `${label} (${reason.replace(/\.$/, "")})`).join("; ")}.`);
      shown(reason, missing.length > 0);
      say(formula, now.formula);
      say(caveat, now.caveat);
      say(cost, `Cost: ${now.cost}.`);
      say(promise, now.completes ? "It promises that the parts add up to the score minus the baseline's score; the gap says how well they do." : "It does not promise that the parts add up.");
      sliders = [];
      params.replaceChildren(...now.params.map((param) => control(param)));
    });

    /** @param {import("../types").Param} param */
    function control(param) {
      const send = (/** @type {number | string} */ value) => actions.setRequest({ params: { ...store.get().request?.params, [param.id]: value } });
      if (param.kind === "choice") {
        const select = h("select", { on: { change: () => send(select.value) } });
        fill(select, param.choices.map(({ id, label }) => ({ value: id, label })), String(param.default));
        sliders.push((values) => (select.value = String(values[param.id] ?? param.default)));
        return field(param.label, select, h("p", { class: "note" }, param.help));
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
        change: () => send(toValue(Number(slider.value))),
      } });
      const show = (/** @type {number} */ value) => {
        say(output, number(value));
        slider.setAttribute("aria-valuetext", number(value));
      };
      sliders.push((values) => {
        const value = Number(values[param.id] ?? param.default);
        if (document.activeElement !== slider || slider.value === "") slider.value = String(toPlace(value));
        show(value);
      });
      const made = field(param.label, slider, h("p", { class: "note" }, param.help));
      made.firstElementChild?.append(" ", output);
      return made;
    }

    const follow = when((state) => [state.request, state.controls], (request) => {
      if (!request) return;
      for (const slider of sliders) slider(request.params);
      if (precision.value !== request.precision) precision.value = request.precision;
    });
    return { update: (state) => (build(state), follow(state)), destroy: () => host.replaceChildren() };
  },
};

/** Two digits, or a whole number of steps. @param {number} value @param {import("../types").Param} param */
function rounded(value, { low, high, step }) {
  const near = step >= 1 ? Math.round(value / step) * step : Number(value.toPrecision(2));
  return Math.max(low, Math.min(high, near));
}
