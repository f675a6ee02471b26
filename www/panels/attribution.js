// @ts-check
/** What made the score: bars, heat map, waterfall. */
import { fade, fresh, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { extrasOf } from "../readout.js";
import { when } from "../store.js";
import { near, stretchControl } from "./unit.js";

/** @type {import("../types").Panel} */
export const attribution = {
  id: "attribution",
  title: "What made the score",
  column: "why",
  wants: (state) => state.answer !== null,
  create(host, context) {
    const { actions } = context;
    const title = h("p", { class: "subtitle" });
    const name = fresh("picture");
    const menu = h("div", { class: "tabs", role: "radiogroup", "aria-label": "picture" });
    /** Every picture: what it is called, and where in the answer it stands. @type {{ id: string, label: string, keys: ("bars" | "heatmap" | "features" | "waterfall" | "parts")[] }[]} */
    const PICTURES = [
      { id: "map", label: "Features × time", keys: ["heatmap"] },
      { id: "features", label: "Features", keys: ["features"] },
      { id: "bars", label: "Bars", keys: ["bars"] },
      { id: "waterfall", label: "Waterfall", keys: ["waterfall"] },
      { id: "parts", label: "By direction", keys: ["parts"] },
    ];
    const choices = PICTURES.map(({ id, label }) => {
      const input = h("input", { type: "radio", name, value: id, on: { change: () => actions.show({ picture: id }) } });
      const element = h("label", { class: "choice" }, input, label);
      menu.append(element);
      return { id, input, element };
    });
    const stretch = stretchControl(context);
    host.append(h("div", { class: "row between" }, title, h("div", { class: "row" }, stretch.element, menu)));
    const figures = {
      heatmap: createFigure(host, context, {
        steps: true,
        height: (view) => Math.min(620, 15 * (view.kind === "heatmap" ? view.row_labels.length : 8) + 60),
        caption: (view) => `A row is a feature, a column an hour; ${isSigned(view) ? "orange raises the score, blue lowers it" : "the stronger the colour, the more influence, in either direction"}. Hatched: filled in, not measured. Strongest features on top.`,
        pick: ({ column }) => actions.selectStep(column),
      }),
      features: createFigure(host, context, {
        height: (view) => 24 * (view.kind === "bars" ? view.labels.length + extrasOf(view).length : 8) + 60,
        caption: (view) => ["Everything that a feature contributed, added up over time.", isSigned(view) ? "" : "The longer, the more influence, in either direction.", ...aside(view)].filter(Boolean).join(" "),
      }),
      bars: createFigure(host, context, {
        steps: true,
        height: (view, width) => (width < 500 ? 190 + (extrasOf(/** @type {any} */ (view)).length > 1 ? 50 : 0) : 220),
        caption: (view) => [`One bar for each piece that was read: ${isSigned(view) ? "up raises the score, down lowers it" : "the longer, the more influence, in either direction"}. Click one to look at that step everywhere.`, ...aside(view)].join(" "),
        pick: ({ column }) => actions.selectStep(column),
      }),
      waterfall: createFigure(host, context, {
        height: (view) => 26 * (view.kind === "waterfall" ? view.labels.length + 1 + extrasOf(view).length : 8) + 60,
        caption: "From the score of the baseline to the score of the input, largest part first. Hatched: what belongs to no piece, and last what the method leaves unexplained.",
      }),
    };

    /** One picture a part of the network, made when there is one. @type {{ name: HTMLElement, figure: ReturnType<typeof createFigure> }[]} */
    const parts = [];
    const partsHost = h("div", { class: "parts" });
    host.append(partsHost);
    /** @param {{ label: string, bars: import("../types").Bars }[]} list @param {number} step @param {boolean} close */
    function showParts(list, step, close) {
      list.forEach(({ label, bars }, k) => {
        if (!parts[k]) {
          const name = h("h3", {});
          partsHost.append(name);
          parts[k] = { name, figure: createFigure(partsHost, context, { steps: true, height: (_, width) => (width < 500 ? 170 : 190), caption: "What came in while this part of the network read; the parts add up to the bars.", pick: ({ column }) => actions.selectStep(column) }) };
        }
        say(parts[k].name, label);
        parts[k].figure.update(bars, { column: step }, close);
      });
      parts.slice(list.length).forEach(({ figure }) => figure.update(null));
      parts.forEach(({ name }, k) => shown(name, k < list.length));
    }

    const update = when((state) => [state.answer, state.picture, state.step, state.dark, state.old, state.input, near(state)], (answer, picture, step, _dark, old, input, close) => {
      if (!answer) return;
      fade(host, old);
      say(title, `${answer.method}: ${answer.target}, in ${answer.unit}`);
      const there = PICTURES.filter(({ keys }) => keys.some((key) => (key === "parts" ? answer.parts.length > 1 : answer[key])));
      const chosen = there.find(({ id }) => id === picture) ?? there[0];
      for (const { id, input, element } of choices) {
        shown(element, there.some((one) => one.id === id));
        input.checked = id === chosen?.id;
      }
      shown(menu, there.length > 1);
      for (const key of /** @type {const} */ (["heatmap", "features", "bars", "waterfall"])) {
        const view = chosen?.keys.includes(key) ? answer[key] : null;
        const fits = input !== null && step < input.n_steps;
        figures[key].update(view, key === "heatmap" || key === "bars" ? { column: fits ? step : -1 } : {}, close);
      }
      const apart = chosen?.id === "parts" ? answer.parts : [];
      shown(partsHost, apart.length > 0);
      showParts(apart, step, close);
    });
    const toggle = when((state) => [state.input, state.whole], () => stretch.update(context.store.get()));
    return {
      update: (state) => (update(state), toggle(state)),
      destroy() {
        for (const figure of [...Object.values(figures), ...parts.map(({ figure }) => figure)]) figure.destroy();
        host.replaceChildren();
      },
    };
  },
};

/** Does its sign tell what raises the score from what lowers it? @param {import("../types").Picture} view */
const isSigned = (view) => !("signed" in view) || view.signed;

/** What else is drawn, if it is. @param {import("../types").Picture} view */
function aside(view) {
  if (view.kind !== "bars") return [];
  return [view.errors.some((error) => error > 0) ? "Whiskers are one standard error." : "", view.remainder.length ? "Hatched bars in colour belong to none of them." : ""].filter(Boolean);
}
