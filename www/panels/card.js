// @ts-check
/** What the file says of itself, and what was counted. */
import { h } from "../dom.js";
import { when } from "../store.js";
import { count, size } from "../words.js";

/** @type {import("../types").Panel} */
export const card = {
  id: "card",
  title: "Model card",
  column: "what",
  wants: (state) => state.card !== null,
  create(host) {
    const brief = h("p", {});
    const body = h("div", { class: "card" });
    host.append(brief, h("details", {}, h("summary", {}, "Layers, training, file"), body));
    const update = when((state) => [state.card, state.model], (card, model) => {
      if (!card || !model) return;
      const shape = card.layers.map(({ cell, hidden, directions }) => `${directions > 1 ? "bidirectional " : ""}${cell} of ${hidden}`);
      brief.replaceChildren(h("b", {}, card.title), ` ${shape.join(", then ")}; ${count(card.parameters)} parameters.`);
      /** @param {[string, string][]} rows */
      const list = (rows) => h("dl", {}, rows.flatMap(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]));
      body.replaceChildren(
        ...card.layers.map((layer) => h("section", {},
          h("h4", {}, `${layer.name} · ${layer.cell}`),
          layer.equations ? h("p", { class: "note" }, layer.equations) : "",
          list([["inputs", String(layer.input)], ["units", `${layer.hidden}${layer.directions > 1 ? " each way" : ""}`], ["parameters", count(layer.parameters)], ...layer.tensors.map(([name, shape]) => /** @type {[string, string]} */ ([name, shape.join(" × ")]))]))),
        h("section", {}, h("h4", {}, "Training and file"), list([
          ...card.rows,
          .../** @type {[string, string][]} */ (card.vocab_size ? [["vocabulary", `${count(card.vocab_size)} ${card.step_name}s`]] : []),
          .../** @type {[string, string][]} */ (card.classes.length && card.classes.length <= 12 ? [["outputs", card.classes.join(", ")]] : []),
          .../** @type {[string, string][]} */ (card.features.length ? [["features", String(card.features.length)]] : []),
          ["memory", `${size(card.bytes_per_step)} for each ${card.step_name} that is read`],
          ["file", `${model.name}, ${size(model.bytes)}`],
          ["SHA-256", model.hash ?? "…"],
        ])));
    });
    return { update, destroy: () => host.replaceChildren() };
  },
};
