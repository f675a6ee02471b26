// @ts-check
/** The weights of a layer, each block under its gate's name. */
import { fill, fresh, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { when } from "../store.js";
import { number } from "../words.js";

const CHOICES = /** @type {const} */ ([["input", "from the input"], ["recurrent", "from the state before"]]);
const NORMS = ["gate", "shape", "‖·‖ Frobenius", "largest |w|", "‖·‖ spectral", "mean bias"];

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const { actions, store } = context;
  const layer = h("select", { "aria-label": "layer and direction of the weights", on: { change() {
    const [l, direction] = layer.value.split("/").map(Number);
    actions.select({ layer: l, direction });
  } } });
  const name = fresh("weights");
  const radios = CHOICES.map(([which, label]) => {
    const input = h("input", { type: "radio", name, value: which, on: { change: () => actions.weigh(which) } });
    return { which, input, element: h("label", { class: "choice" }, input, label) };
  });
  const title = h("p", { class: "subtitle" });
  const equations = h("p", { class: "formula" });
  const problem = h("p", { class: "note", role: "status" });
  const pictures = h("div", { class: "multiples" });
  const rows = h("tbody", {});
  const norms = h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "norms of the gates' weights" }, h("table", {},
    h("thead", {}, h("tr", {}, NORMS.map((label) => h("th", { scope: "col" }, label)))), rows));
  host.append(h("div", { class: "row between" }, title, h("div", { class: "row unit-controls" }, layer, h("div", { class: "tabs", role: "radiogroup", "aria-label": "which weights" }, radios.map(({ element }) => element)))), equations, problem, pictures, norms);

  /** Made when they are first needed. @type {{ head: HTMLElement, element: HTMLElement, figure: ReturnType<typeof createFigure> }[]} */
  const blocks = [];
  /** @param {number} k */
  function block(k) {
    if (blocks[k]) return blocks[k];
    const head = h("h3", {});
    const element = h("div", { class: "multiple" }, head);
    pictures.append(element);
    const figure = createFigure(element, context, {
      height: (view, width) => Math.min(width < 500 ? 260 : 320, Math.max(120, 3 * (view.kind === "heatmap" ? view.row_labels.length : 64) + 60)),
      caption: "A row is a unit of this layer, a column what it reads; all gates share one scale of colours.",
      pick({ row }, view) {
        const unit = view.kind === "heatmap" ? Number(view.row_labels[row]) : NaN;
        if (Number.isInteger(unit)) actions.select({ unit });
      },
    });
    return (blocks[k] = { head, element, figure });
  }

  const draw = when((state) => [state.gates, state.selection.unit, state.dark], (gates, unit) => {
    const view = gates?.view ?? null;
    say(title, view?.title ?? "");
    say(equations, view?.equations ?? "");
    shown(equations, Boolean(view?.equations));
    say(problem, gates?.problem ?? "");
    shown(problem, Boolean(gates?.problem));
    shown(norms, view !== null);
    const list = view?.blocks ?? [];
    list.forEach(({ gate, heatmap }, k) => {
      const { head, figure, element } = block(k);
      shown(element, true);
      say(head, gate);
      figure.update(heatmap, { row: heatmap.row_labels.indexOf(String(unit)) });
    });
    blocks.slice(list.length).forEach(({ element, figure }) => (shown(element, false), figure.update(null)));
    rows.replaceChildren(...list.map(({ gate, rows, columns, frobenius, largest, spectral, bias }) => h("tr", {}, h("th", { scope: "row" }, gate),
      ...[`${rows} × ${columns}`, number(frobenius), number(largest), spectral === null ? "–" : number(spectral, 3), number(bias)].map((text) => h("td", {}, text)))));
    for (const { which, input } of radios) input.checked = which === (gates?.which ?? "input");
  });
  const menu = when((state) => [state.controls, state.selection], (controls, selection) => {
    if (!controls) return;
    fill(layer, controls.layers.flatMap(({ label, directions }, l) => Array.from({ length: directions }, (_, d) => ({ value: `${l}/${d}`, label: directions > 1 ? `${label} ${d ? "backward" : "forward"}` : label }))), `${selection.layer}/${selection.direction}`);
  });
  draw(store.get());
  menu(store.get());
  return {
    update: (state) => (draw(state), menu(state)),
    destroy() {
      for (const { figure } of blocks) figure.destroy();
      host.replaceChildren();
    },
  };
}
