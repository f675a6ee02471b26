// @ts-check
/** The series, to be changed: one variable over all hours, or all variables at the selected hour. */
import { field, fill, fresh, h, mark, say, shown } from "../dom.js";
import { when } from "../store.js";
import { number } from "../words.js";
import { createAsk } from "./ask.js";

/** @type {import("../types").Panel} */
export const grid = {
  id: "editor",
  title: "Values",
  column: "what",
  wants: (state) => state.card?.input_kind === "series",
  create(host, context) {
    const { actions, store } = context;
    const ask = createAsk(context);
    const by = h("select", { on: { change: () => draw() } });
    by.append(h("option", { value: "variable" }, "one variable, every hour"), h("option", { value: "hour" }, "every variable, selected hour"));
    const variable = h("select", { on: { change: () => draw() } });
    const variableField = field("Variable", variable);
    const facts = h("p", { class: "note" });
    const slider = h("input", { type: "range", on: { input: () => change(Number(slider.value)) } });
    const sliderField = field("Drag the value", slider);
    const rows = h("tbody");
    const head = h("th", { scope: "col" });
    const fixed = h("p", { class: "note" });
    const warnings = h("ul", { class: "warnings" });
    const name = fresh("values");
    host.append(ask.element, field("Show", by), variableField, fixed, facts, sliderField,
      h("div", { class: "scroll values" }, h("table", { "aria-describedby": name }, h("thead", {}, h("tr", {}, head, h("th", { scope: "col" }, "value"), h("th", { scope: "col" }, h("span", { class: "quiet" }, "measured?")))), rows)),
      h("p", { class: "note", id: name }, "● measured, ○ not measured: the network sees what its training put there. Clear a field to take a measurement away."), warnings);

    /** The cell that was touched last. @type {{ v: number, t: number, input: HTMLInputElement } | null} */
    let touched = null;

    /** @param {number} value */
    function change(value) {
      if (!touched) return;
      touched.input.value = String(value);
      actions.setCell(touched.v, touched.t, value);
    }

    function draw() {
      const { input, step } = store.get();
      const series = input?.series;
      if (!input || !series) return;
      const count = input.n_steps;
      const across = by.value === "hour";
      shown(variableField, !across);
      const chosen = Number(variable.value) || 0;
      say(head, across ? "variable" : "hour");
      const cells = across ? series.variables.map((_, v) => ({ v, t: step })) : Array.from({ length: count }, (_, t) => ({ v: chosen, t }));
      const had = [...rows.children];
      cells.forEach(({ v, t }, k) => {
        const at = v * count + t;
        const measured = series.measured[at] === 1;
        const label = across ? `${series.variables[v]}` : (series.hours[t] ?? String(t));
        const unit = series.units[v] ?? "";
        let row = /** @type {HTMLTableRowElement | undefined} */ (had[k]);
        if (!row) {
          const field = h("input", { type: "number", step: "any" });
          row = h("tr", {}, h("th", { scope: "row" }), h("td", {}, field, h("span", { class: "unit" })), h("td"));
          rows.append(row);
        }
        const [title, cell, dot] = /** @type {HTMLElement[]} */ ([...row.children]);
        const field = /** @type {HTMLInputElement} */ (cell.firstChild);
        say(title, label);
        say(/** @type {HTMLElement} */ (cell.lastChild), unit);
        mark(field, "aria-label", `${series.variables[v]} at hour ${series.hours[t] ?? t}${unit ? `, ${unit}` : ""}`);
        const text = measured ? short(series.values[at]) : "";
        if (document.activeElement !== field || touched?.v !== v || touched?.t !== t) if (field.value !== text) field.value = text;
        field.onchange = () => actions.setCell(v, t, field.value.trim() === "" ? NaN : Number(field.value));
        field.onfocus = () => touch(v, t, field);
        say(dot, measured ? "●" : "○");
        mark(dot, "class", measured ? "measured" : "filled");
        mark(dot, "aria-label", measured ? "measured" : "not measured");
        row.classList.toggle("selected", t === step && !across);
      });
      had.slice(cells.length).forEach((row) => row.remove());
      const seen = across ? cells.filter(({ v, t }) => series.measured[v * count + t] === 1).length : series.measured.subarray(chosen * count, (chosen + 1) * count).reduce((sum, m) => sum + m, 0);
      say(facts, across ? `Hour ${series.hours[step] ?? step}: ${seen} of ${cells.length} variables charted.` : `Charted at ${seen} of ${count} hours${series.units[chosen] ? `, in ${series.units[chosen]}` : ""}.`);
    }

    /** @param {number} v @param {number} t @param {HTMLInputElement} input */
    function touch(v, t, input) {
      const { input: now } = store.get();
      const series = now?.series;
      if (!now || !series) return;
      touched = { v, t, input };
      const row = [...series.values.subarray(v * now.n_steps, (v + 1) * now.n_steps)].filter(Number.isFinite);
      const [low, high] = row.length ? [Math.min(...row), Math.max(...row)] : [0, 1];
      const room = (high - low || Math.abs(high) || 1) / 2;
      const start = low >= 0 ? Math.max(0, low - room) : low - room;
      slider.min = short(start);
      slider.max = short(high + room);
      slider.step = String(10 ** Math.floor(Math.log10((high + room - start) / 100 || 1)));
      slider.value = input.value || short((low + high) / 2);
      shown(sliderField, true);
      say(/** @type {HTMLElement} */ (sliderField.firstChild), `Drag ${series.variables[v]} at hour ${series.hours[t] ?? t}`);
      if (t !== store.get().step) actions.selectStep(t);
    }
    shown(sliderField, false);

    const menu = when((state) => [state.input], (input) => {
      const series = input?.series;
      if (!series) return;
      fill(variable, series.variables.map((name, v) => ({ value: String(v), label: series.units[v] ? `${name} (${series.units[v]})` : name })), variable.value || String(first(series.variables, series.measured, input.n_steps)));
      say(fixed, series.fixed.map(([name, value]) => `${name} ${number(value)}`).join(" · "));
      warnings.replaceChildren(...input.warnings.map((warning) => h("li", {}, warning)));
    });
    const table = when((state) => [state.input, state.step], () => draw());
    return { update: (state) => (ask.update(state), menu(state), table(state)), destroy: () => host.replaceChildren() };
  },
};

/** As a person would have charted it. @param {number} value */
const short = (value) => String(Number(value.toPrecision(6)));

/** The variable that was charted most often. @param {string[]} variables @param {Float32Array} measured @param {number} count */
function first(variables, measured, count) {
  const often = variables.map((_, v) => measured.subarray(v * count, (v + 1) * count).reduce((sum, m) => sum + m, 0));
  return often.indexOf(Math.max(...often));
}
