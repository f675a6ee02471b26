// @ts-check
/** The gates and states of one unit while it reads. */
import { h, say } from "../dom.js";
import { createFigure } from "../figure.js";
import { when } from "../store.js";
import { near, stretchControl, unitControls } from "./unit.js";

/** @type {import("../types").Panel} */
export const traces = {
  id: "traces",
  title: "Traces of a unit",
  column: "why",
  draws: true,
  wants: (state) => state.views.lines !== null,
  create(host, context) {
    const unit = unitControls(context, { quantity: false });
    const title = h("p", { class: "subtitle" });
    const stretch = stretchControl(context);
    host.append(h("div", { class: "row between" }, title, h("div", { class: "row" }, stretch.element, unit.element)));
    const figure = createFigure(host, context, {
      steps: true,
      height: (_, width) => (width < 500 ? 220 : 250),
      caption: "Gates run from 0 (shut) to 1 (open), states from −1 to 1 or beyond. A gate that jumps where the meaning turns is worth a closer look.",
      pick: ({ column }) => context.actions.selectStep(column),
    });
    const draw = when((state) => [state.views.lines, state.step, near(state), state.dark], (lines, step, close) => {
      say(title, lines?.title ?? "");
      figure.update(lines, { column: step }, close);
    });
    const menu = when((state) => [state.controls, state.selection], () => unit.update(context.store.get()));
    const toggle = when((state) => [state.input, state.whole], () => stretch.update(context.store.get()));
    return { update: (state) => (draw(state), menu(state), toggle(state)), destroy: () => (figure.destroy(), host.replaceChildren()) };
  },
};
