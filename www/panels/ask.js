// @ts-check
/** What would take much memory is asked about before it is read. */
import { h, say, shown } from "../dom.js";
import { when } from "../store.js";
import { count, size } from "../words.js";

/** @param {import("../types").Context} context */
export function createAsk({ actions }) {
  const question = h("p", {});
  const element = h("div", { class: "ask", role: "group", hidden: true }, question, h("div", { class: "row" },
    h("button", { type: "button", class: "main", on: { click: () => actions.readLong() } }, "Run it"),
    h("button", { type: "button", on: { click: () => actions.leaveLong() } }, "Leave it")));
  return {
    element,
    update: when((state) => [state.asking, state.card], (asking, card) => {
      shown(element, asking !== null);
      if (asking && card) say(question, `About ${count(asking.steps)} ${card.step_name}s: recording them takes about ${size(asking.bytes)} of memory, explaining them more. The former input stays until then.`);
    }),
  };
}
