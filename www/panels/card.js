// @ts-check
/** What the file says of itself, and what was counted. What proves it, and the gates' weights, are fetched when they are looked at. */
import { h, say, shown } from "../dom.js";
import { when } from "../store.js";
import { count, number, size } from "../words.js";

/** @type {import("../types").Panel} */
export const card = {
  id: "card",
  title: "Model card",
  column: "what",
  wants: (state) => state.card !== null,
  create(host, context) {
    const name = h("b", {});
    const badge = h("button", { type: "button", class: "badge", hidden: true, on: { click() {
      details.open = true;
      details.scrollIntoView?.({ block: "nearest" });
    } } });
    const brief = h("span", {});
    const place = h("p", { class: "note", role: "status" });
    const proof = h("section", { class: "proof" });
    const body = h("div", { class: "card" });
    const details = h("details", { on: { toggle: () => details.open && look() } }, h("summary", {}, "Proof, layers, training, file"), proof, body);
    host.append(h("p", {}, name, " ", badge, " ", brief), place, details);

    /** What cannot be asked of such a network, and why. */
    const refusals = h("section", { hidden: true });
    /** @type {{ update(state: import("../types").State): void } | null} */
    let proven = null;
    let fetched = false;
    async function look() {
      context.actions.identify();
      if (fetched) return;
      fetched = true;
      try {
        proven = (await import("./proof.js")).create(proof, context);
        proven.update(context.store.get());
      } catch {
        fetched = false; // tried again when it is opened again
      }
    }

    const update = when((state) => [state.card, state.model], (card, model) => {
      if (!card || !model) return;
      const shape = card.layers.map(({ cell, hidden, directions }) => `${directions > 1 ? "bidirectional " : ""}${cell} of ${hidden}`);
      say(name, card.title);
      say(brief, `${shape.join(", then ")}; ${count(card.parameters)} parameters.`);
      /** @param {[string, string][]} rows */
      const list = (rows) => h("dl", {}, rows.flatMap(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]));
      body.replaceChildren(
        ...(card.notes.length ? [h("section", {}, h("h4", {}, "What the reader noted"), h("ul", { class: "notes" }, card.notes.map((note) => h("li", {}, note))))] : []),
        ...card.layers.map((layer) => h("section", {},
          h("h4", {}, `${layer.name} · ${layer.cell}`),
          layer.equations ? h("p", { class: "note" }, layer.equations) : "",
          list([["inputs", String(layer.input)], ["units", `${layer.hidden}${layer.directions > 1 ? " each way" : ""}`], ["parameters", count(layer.parameters)], ...shapes(layer.tensors)]))),
        ...card.parts.map((part) => h("section", {}, h("h4", {}, part.name), h("p", { class: "note" }, part.about), list([["parameters", count(part.parameters)], ...shapes(part.tensors)]))),
        ...(card.unread.length ? [h("section", {}, h("h4", {}, "In the file, but read by nothing"), list(shapes(card.unread)))] : []),
        refusals,
        h("section", {}, h("h4", {}, "Training and file"), list([
          ...card.rows,
          .../** @type {[string, string][]} */ (card.vocab_size ? [["vocabulary", `${count(card.vocab_size)} ${card.step_name}s`]] : []),
          .../** @type {[string, string][]} */ (card.classes.length && card.classes.length <= 12 ? [["outputs", card.classes.join(", ")]] : []),
          .../** @type {[string, string][]} */ (card.features.length ? [["features", String(card.features.length)]] : []),
          ["memory", `${size(card.bytes_per_step)} for each ${card.step_name} that is read`],
          ["file", `${model.name}, ${size(model.bytes)}`],
          ["SHA-256", model.hash ?? "…"],
          .../** @type {[string, string][]} */ (card.weights_hash && model.weights ? [["weights", model.weights === card.weights_hash ? "as they were written: their SHA-256 is the one that the file names" : `changed since they were written: their SHA-256 is ${model.weights}, the file names ${card.weights_hash}`]] : []),
        ])));
    });
    const judged = when((state) => [state.card, state.model, state.parity], (card, model, parity) => {
      const { level, text, note } = badgeOf(card, model, parity);
      shown(badge, text !== "");
      say(badge, text);
      badge.dataset.level = level;
      say(place, note);
      shown(place, note !== "");
    });
    const limits = when((state) => [state.controls], (controls) => {
      const out = (controls ? [...controls.methods, ...controls.metrics] : []).filter(({ available, reason }) => available === false && reason);
      shown(refusals, out.length > 0);
      refusals.replaceChildren(h("h4", {}, "What cannot be asked of it"), h("dl", { class: "reasons" }, out.flatMap(({ label, reason }) => [h("dt", {}, label), h("dd", {}, reason ?? "")])));
    });
    return { update: (state) => (update(state), judged(state), limits(state), proven?.update(state)), destroy: () => host.replaceChildren() };
  },
};

/** @param {[string, number[]][]} tensors */
const shapes = (tensors) => tensors.map(([name, shape]) => /** @type {[string, string]} */ ([name, shape.join(" × ") || "one number"]));

/**
 * What stands beside the title: whether the file runs as it was trained, and where it departs if it does not.
 * @param {import("../types").State["card"]} card @param {import("../types").State["model"]} model @param {import("../types").State["parity"]} parity
 * @returns {{ level: "good" | "fair" | "poor" | "none", text: string, note: string }}
 */
export function badgeOf(card, model, parity) {
  const silent = /** @type {const} */ ({ level: "none", text: "", note: "" });
  if (!card || !model) return silent;
  // Of ours the project's tests say it; a stranger's file has to say it itself.
  if (!card.examples) return model.id === null ? { level: "none", text: "not proven to run as trained", note: "" } : silent;
  if (parity?.problem) return { level: "fair", text: "examples unreadable", note: `${parity.problem.message}${parity.problem.message.endsWith(".") ? "" : "."} ${parity.problem.remedy}` };
  if (!parity?.found) return silent;
  const { passes, rows, place } = parity.found;
  if (passes) return { level: "good", text: `runs as trained: ${number(Math.max(0, ...rows.map(({ f32 }) => f32 ?? 0)), 1)}`, note: "" };
  return { level: "poor", text: "does not run as trained", note: place ? `${place.sentence[0].toUpperCase()}${place.sentence.slice(1)}` : "" };
}
