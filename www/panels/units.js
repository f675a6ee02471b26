// @ts-check
/** All units of a layer at every step. */
import { h, say } from "../dom.js";
import { createFigure } from "../figure.js";
import { when } from "../store.js";
import { near, stretchControl, unitControls } from "./unit.js";

/** @type {import("../types").Panel} */
export const units = {
  id: "units",
  title: "Units × time",
  column: "why",
  draws: true,
  wants: (state) => state.views.heatmap !== null,
  create(host, context) {
    const { actions } = context;
    const unit = unitControls(context, { order: true });
    const title = h("p", { class: "subtitle" });
    const stretch = stretchControl(context);
    host.append(h("div", { class: "row between" }, title, stretch.element), unit.element);
    const figure = createFigure(host, context, {
      steps: true,
      height: (view, width) => Math.min(width < 500 ? 300 : 380, Math.max(160, 2.5 * (view.kind === "heatmap" ? view.row_labels.length : 64) + 50)),
      caption: "A row is a unit, a column a step. Click to follow a unit and a step in every picture; sort to see units that work together.",
      pick({ column, row }, view) {
        actions.selectStep(column);
        if (view.kind === "heatmap") actions.select({ unit: Number(view.row_labels[row]) });
      },
    });
    const draw = when((state) => [state.views.heatmap, state.step, state.selection, near(state), state.dark], (heatmap, step, selection, close) => {
      say(title, heatmap?.title ?? "");
      const total = context.store.get().input?.n_steps ?? 1;
      const columns = heatmap?.col_labels.length ?? total;
      figure.update(heatmap, { column: columns < total ? Math.floor((step * columns) / total) : step, row: heatmap?.row_labels.indexOf(String(selection.unit)) ?? -1 }, close);
    });
    const menu = when((state) => [state.controls, state.selection], () => unit.update(context.store.get()));
    const toggle = when((state) => [state.input, state.whole], () => stretch.update(context.store.get()));
    return { update: (state) => (draw(state), menu(state), toggle(state)), destroy: () => (figure.destroy(), host.replaceChildren()) };
  },
};
