// @ts-check
/** What gates and units did for the score at each step, what went through a layer, and the units behind one step's score. */
import { fade, field, fill, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { isFree, isSettled, when } from "../store.js";
import { fine, number, seconds, signed } from "../words.js";
import { createRun } from "./run.js";
import { near, stretchControl } from "./unit.js";

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const { actions, store } = context;
  const look = h("select", { "aria-label": "what to look at", on: { change: () => offer(store.get()) } });
  const about = h("p", { class: "question" });
  const layer = h("select", { "aria-label": "layer to look into" });
  const run = createRun(context, { of: "the look inside", label: "Look inside", begin() {
    const [l, direction] = layer.value.split("/").map(Number);
    actions.study("inside", "Looking inside", { look: look.value, layer: l, direction });
  } });
  const stretch = stretchControl(context);
  const aged = h("p", { class: "note" });
  const title = h("p", { class: "subtitle" });
  const factor = h("select", { "aria-label": "factor", on: { change: () => actions.insideOf(factor.value) } });
  const product = h("p", { class: "formula" });
  const facts = h("p", { class: "judgement", role: "status" });
  const note = h("p", { class: "note" });
  const drawing = h("div", {});
  const result = h("div", { class: "answer" }, aged, h("div", { class: "row between" }, title, h("div", { class: "row unit-controls" }, stretch.element, factor)), product, drawing, facts, note);
  const unitsTitle = h("p", { class: "subtitle" });
  const unitsProblem = h("p", { class: "note" });
  const unitsHost = h("div", {});
  host.append(h("div", { class: "pair" }, field("Look at", look), field("Of", layer)), about, ...run.elements, result,
    h("h3", {}, "Units behind one score"), unitsTitle, unitsProblem, unitsHost);

  const figure = createFigure(drawing, context, {
    steps: true,
    height: (view, width) => Math.min(width < 500 ? 320 : 420, Math.max(150, (view.kind === "heatmap" && view.row_labels.length <= 8 ? 26 : 5) * (view.kind === "heatmap" ? view.row_labels.length : 10) + 70)),
    caption: (view) => (view.kind === "heatmap" && view.y_label === "factor" ? "A row is a factor, summed over its units; the menu above opens the units of one." : "A row is a unit. A click selects step and unit."),
    pick({ column, row }, view) {
      if (view.kind !== "heatmap") return;
      actions.selectStep(column);
      const found = store.get().studies.inside?.found;
      if (view.y_label === "factor") return;
      const unit = Number.parseInt(view.row_labels[row], 10);
      if (found && Number.isInteger(unit)) actions.select({ layer: found.layer, direction: view.row_labels[row].includes("backward") ? 1 : found.direction, unit });
    },
  });
  const bars = createFigure(unitsHost, context, { height: (view) => (view.kind === "bars" ? 18 * view.labels.length + 50 : 200), caption: "The score of the selected step, apart by the units of the layer that is read: they add up to it." });

  /** @param {import("../types").State} state */
  function offer({ controls, selection }) {
    if (!controls) return;
    fill(look, controls.looks.map(({ id, label }) => ({ value: id, label })), look.value || controls.looks[0].id);
    const now = controls.looks.find(({ id }) => id === look.value);
    if (!now) return;
    say(about, now.question);
    const both = (/** @type {number} */ directions) => now.apart && directions > 1;
    const list = controls.layers.flatMap(({ label, directions }, l) => Array.from({ length: both(directions) ? 2 : 1 }, (_, d) => ({ value: `${l}/${d}`, label: both(directions) ? `${label} ${d ? "backward" : "forward"}` : label })));
    const wished = list.some(({ value }) => value === layer.value) ? layer.value : `${selection.layer}/${now.apart ? selection.direction : 0}`;
    fill(layer, list, list.some(({ value }) => value === wished) ? wished : list[0].value);
  }

  const menus = when((state) => [state.controls], () => offer(store.get()));
  const going = when((state) => [state.progress, state.studies.inside?.running ?? false, state.old, isFree(state)], (_now, running, old) => {
    factor.disabled = running || old;
    run.update(store.get(), running);
  });
  const draw = when((state) => [state.studies.inside, state.step, state.selection, near(state), state.dark], (study, step, selection, close) => {
    /** @type {import("../types").Inside | null} */
    const found = study?.found ?? null;
    shown(result, found !== null);
    if (!found || !study) return figure.update(null);
    fade(result, study.old);
    say(aged, "Of a former answer: look anew.");
    shown(aged, study.old && !study.running);
    say(title, found.heatmap.title);
    shown(factor, found.factors.length > 0);
    fill(factor, [{ value: "", label: "all factors" }, ...found.factors.map(({ id, label }) => ({ value: id, label: `units of ${label}` }))], found.factor);
    const one = found.factors.find(({ id }) => id === found.factor);
    say(product, one ? `${one.product} → ${one.into}; ${found.look.formula}` : found.look.formula);
    const difference = found.score - found.baseline_score;
    const share = Math.abs(difference) > 0 ? ` (${fine(Math.abs(found.gap / difference))})` : "";
    say(facts, found.total === null ? `Unexplained: ${number(found.gap)} ${found.unit}${found.look.apart ? " at most, of any unit at any step" : share}. Computed in ${seconds(study.seconds)}.`
      : `All together: ${signed(found.total)} of ${signed(difference)} ${found.unit}; unexplained: ${number(found.gap)}${share}${found.converged ? "" : ", stopped before its tolerance"}. Computed in ${seconds(study.seconds)}.`);
    say(note, found.note);
    const mine = found.layer === selection.layer && found.heatmap.y_label === "unit";
    figure.update(found.heatmap, { column: step, row: mine ? found.heatmap.row_labels.indexOf(String(selection.unit)) : -1 }, close);
  });
  const ask = when((state) => [state.answer, isSettled(state), state.step], (_answer, settled, step) => {
    if (settled && step >= 0) actions.unitsOf(step);
  });
  const units = when((state) => [state.wordUnits, state.dark], (found) => {
    say(unitsTitle, found?.view?.title ?? "");
    say(unitsProblem, found?.problem ?? "");
    shown(unitsProblem, Boolean(found?.problem));
    bars.update(found?.view ?? null);
  });
  const toggle = when((state) => [state.input, state.whole], () => stretch.update(store.get()));
  const update = (/** @type {import("../types").State} */ state) => (menus(state), going(state), draw(state), ask(state), units(state), toggle(state));
  return { update, destroy: () => (figure.destroy(), bars.destroy(), host.replaceChildren()) };
}
