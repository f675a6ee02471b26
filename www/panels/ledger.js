// @ts-check
/** What a unit remembers, by the steps that wrote it. */
import { h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { when } from "../store.js";
import { near, stretchControl, unitControls } from "./unit.js";

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const unit = unitControls(context, { quantity: false });
  const title = h("p", { class: "subtitle" });
  const problem = h("p", { class: "note", role: "status" });
  const stretch = stretchControl(context);
  host.append(h("div", { class: "row between" }, title, h("div", { class: "row" }, stretch.element, unit.element)), problem);
  const figure = createFigure(host, context, {
    steps: true,
    height: (_, width) => (width < 500 ? 320 : 360),
    caption: "Each colour is what one step wrote and what is still left of it: above zero it pushes the memory up, below zero down. Together they are the memory itself, the dark line. A colour that ends was forgotten.",
    pick: ({ column }) => context.actions.selectStep(column),
  });
  const draw = when((state) => [state.ledger, state.step, near(state), state.dark], (ledger, step, close) => {
    say(title, ledger?.view?.title ?? "");
    say(problem, ledger?.problem ?? "");
    shown(problem, Boolean(ledger?.problem));
    figure.update(ledger?.view ?? null, { column: step }, close);
  });
  const menu = when((state) => [state.controls, state.selection], () => unit.update(context.store.get()));
  const toggle = when((state) => [state.input, state.whole], () => stretch.update(context.store.get()));
  return { update: (state) => (draw(state), menu(state), toggle(state)), destroy: () => (figure.destroy(), host.replaceChildren()) };
}
