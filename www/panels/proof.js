// @ts-check
/** Does the file run as it was trained? The differences, state by state; or how to make a file that can be asked. */
import { h, say, shown } from "../dom.js";
import { when } from "../store.js";
import { count, number } from "../words.js";

/** @param {HTMLElement} host @param {import("../types").Context} context */
export function create(host, { store }) {
  const verdict = h("p", {});
  const place = h("p", { class: "note" });
  const rows = h("tbody", {});
  const table = h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "differences, state by state" }, h("table", {},
    h("caption", { class: "quiet" }, "Largest difference from the framework, as a share of the largest value"),
    h("thead", {}, h("tr", {}, ["state", "f32", "f64"].map((label) => h("th", { scope: "col" }, label)))), rows));
  const how = h("p", { class: "note" });
  const code = h("pre", { class: "formula", tabIndex: 0 });
  const copied = h("span", { class: "note", role: "status" });
  const copy = h("button", { type: "button", on: { async click() {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      say(copied, "Copied.");
    } catch {
      const selection = getSelection();
      selection?.selectAllChildren(code);
      say(copied, "The clipboard is closed here; the lines are selected.");
    }
  } } }, "Copy these lines");
  const lines = h("div", { class: "make-examples" }, how, code, h("div", { class: "row" }, copy, copied));
  host.replaceChildren(h("h4", {}, "Does it run as trained?"), verdict, place, table, lines);

  const update = when((state) => [state.card, state.parity, state.model], (card, parity, model) => {
    if (!card) return;
    const found = parity?.found ?? null;
    say(verdict, verdictOf(card, parity));
    say(place, found?.place ? `In ${found.place.example || "an example"}: ${found.place.sentence}` : "");
    shown(place, Boolean(found?.place));
    shown(table, found !== null);
    rows.replaceChildren(...(found?.rows ?? []).map((row) => h("tr", { class: row.passes ? "" : "departs" },
      h("th", { scope: "row" }, row.label),
      ...[row.f32, row.f64].map((value) => h("td", {}, value === null ? "–" : number(value, 2))))));
    const own = !card.examples && model?.id === null;
    shown(lines, own || Boolean(found && !found.passes) || Boolean(parity?.problem));
    say(how, own ? "Exported with these lines, the file brings a few inputs with the framework's own states and outputs, and this page runs them again:" : "Exported anew with these lines, the file would hold what the framework says today:");
    say(code, pythonLines(card));
    say(copied, "");
  });
  update(store.get());
  return { update };
}

/** @param {import("../types").Card} card @param {import("../types").State["parity"]} parity */
export function verdictOf(card, parity) {
  if (!card.examples) return "The file holds no inputs with known answers, so nothing can be compared.";
  if (parity?.problem) return `Its examples cannot be read: ${parity.problem.message}`;
  if (!parity?.found) return `${examples(card.examples)} of the file will be run again as soon as nothing else is to be done.`;
  const { passes, exact, steps, examples: n, rows } = parity.found;
  const worst = (/** @type {"f32" | "f64"} */ key) => rows.map((row) => row[key]).filter((value) => value !== null);
  const most = (/** @type {number[]} */ values) => number(Math.max(...values), 2);
  const wide = worst("f64");
  const run = `${examples(n)}, ${count(steps)} steps, run again here and compared with what the framework computed in ${exact ? "float64" : "float32"}:`;
  return `${run} the largest difference is ${most(worst("f32"))} of the largest value in f32${wide.length ? ` and ${most(wide)} in f64` : ""}. ${passes ? "It runs as trained." : "It does not run as trained."}`;
}

/** @param {number} n */
const examples = (n) => `${n} example${n === 1 ? "" : "s"}`;

/** How to export such a model, in Python. Names are quoted as JSON, which Python reads the same way. @param {import("../types").Card} card */
export function pythonLines(card) {
  const names = (/** @type {string[]} */ list) => (list.length <= 6 ? JSON.stringify(list) : "…");
  const given = card.input_kind === "series" ? [`features=${names(card.features.map(({ name }) => name))}`] : ["vocabulary=vocabulary"];
  if (card.task !== "language-model") given.push(`classes=${names(card.classes)}`);
  const file = card.name.replace(/[^\w.-]+/g, "_") || "model";
  return ["import rnnscope  # pip install the folder python/ of rnnscope", `about = rnnscope.export(model, ${JSON.stringify(`${file}.safetensors`)}, ${given.join(", ")})`, 'print(about["notes"])'].join("\n");
}
