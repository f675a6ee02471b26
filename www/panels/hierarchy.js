// @ts-check
/** The score of every phrase: a tree over the steps. */
import { fade, h, say } from "../dom.js";
import { createFigure } from "../figure.js";
import { when } from "../store.js";
import { near, stretchControl } from "./unit.js";

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const title = h("p", { class: "subtitle" });
  const stretch = stretchControl(context);
  host.append(h("div", { class: "row between" }, title, stretch.element));
  const figure = createFigure(host, context, {
    steps: true,
    height: (view) => Math.min(520, (view.kind === "hierarchy" ? 30 * view.level.reduce((most, level) => Math.max(most, level + 1), 1) : 120) + 110),
    caption: "On top the whole, beneath it the phrases that it is made of, each with the score of all its steps together. Orange, edged above, raises the score; blue, edged beneath, lowers it. How steps are joined is chosen with the method.",
    pick: ({ column }) => context.actions.selectStep(column),
  });
  const draw = when((state) => [state.answer, state.step, state.old, state.dark, near(state)], (answer, step, old, _dark, close) => {
    fade(host, old);
    say(title, answer?.hierarchy?.title ?? "");
    figure.update(answer?.hierarchy ?? null, { column: step }, close);
  });
  const toggle = when((state) => [state.input, state.whole], () => stretch.update(context.store.get()));
  return { update: (state) => (draw(state), toggle(state)), destroy: () => (figure.destroy(), host.replaceChildren()) };
}
