// @ts-check
/** The text, to be changed: everything follows while you type. */
import { h, say } from "../dom.js";
import { when } from "../store.js";
import { isEmpty, count, size } from "../words.js";
import { createAsk } from "./ask.js";

const PAUSE_MS = 120;

/** @type {import("../types").Panel} */
export const editor = {
  id: "editor",
  title: "Text",
  column: "what",
  wants: (state) => state.card !== null && state.card.input_kind !== "series",
  create(host, context) {
    const { actions, share } = context;
    /** While the person types. @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const text = h("textarea", { rows: 4, "aria-label": "text that is read", spellcheck: false, autocapitalize: "off", on: { input() {
      clearTimeout(timer);
      timer = setTimeout(() => {
        timer = undefined;
        actions.setText(text.value);
      }, PAUSE_MS);
    } } });
    const facts = h("p", { class: "note", role: "status" });
    const warnings = h("ul", { class: "warnings" });
    const ask = createAsk(context);
    host.append(text, facts, ask.element, warnings, h("div", { class: "tools" }, h("button", { type: "button", class: "plain", title: "The text stands in the link", on: { click: () => share(true) } }, "Copy link with this text")));

    // What is being typed is the person's until the pause after it.
    const follow = when((state) => [state.text], (now) => {
      if (timer === undefined && text.value !== now) text.value = now;
    });
    const tell = when((state) => [state.input, state.card, state.text], (input, card, now) => {
      if (!input || !card) return;
      if (isEmpty(now, card.input_kind)) {
        say(facts, `The text is empty: type at least one ${card.step_name}. Until then the pictures, dimmed, show the former text.`);
        return warnings.replaceChildren();
      }
      say(facts, `${count(input.n_steps)} ${card.step_name}${input.n_steps === 1 ? "" : "s"}; every state and gate of them takes ${size(input.trace_bytes)}.`);
      warnings.replaceChildren(...input.warnings.map((warning) => h("li", {}, warning)));
    });
    return { update: (state) => (follow(state), tell(state), ask.update(state)), destroy: () => (clearTimeout(timer), host.replaceChildren()) };
  },
};
