// @ts-check
/** What the input is compared with: chosen by name, and drawn. */
import { field, fill, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { when } from "../store.js";

/** @type {import("../types").Panel} */
export const baseline = {
  id: "baseline",
  title: "Baseline",
  column: "sure",
  draws: true,
  wants: (state) => state.controls !== null,
  create(host, context) {
    const { actions, store } = context;
    const menu = h("select", { "aria-label": "baseline", on: { change: () => choose() } });
    const sample = h("select", { on: { change: () => choose() } });
    const sampleField = field("Which sample", sample);
    const about = h("p", { class: "note" });
    const unused = h("p", { class: "note" }, "The chosen method does not use it: only the score of the baseline depends on it.");
    const drawing = h("div", {});
    host.append(menu, sampleField, about, unused, drawing);
    const figure = createFigure(drawing, context, { small: true, height: () => 130, caption: "The baseline as the network gets it: inputs × time." });

    function choose() {
      const other = store.get().samples.find(({ id }) => id === sample.value);
      actions.setRequest({ baseline: menu.value === "sample" ? { id: "sample", sample: other?.text ?? null } : { id: menu.value } });
    }

    const menus = when((state) => [state.controls, state.request, state.samples, state.sampleId], (controls, request, samples, current) => {
      if (!controls || !request) return;
      fill(menu, controls.baselines.map(({ id, label, available }) => ({ value: id, label, disabled: !available || (id === "sample" && samples.length < 2) })), request.baseline.id);
      const others = samples.filter(({ id }) => id !== current);
      const chosen = others.find(({ text }) => text === request.baseline.sample) ?? others[0];
      fill(sample, others.map(({ id, title }) => ({ value: id, label: title })), chosen?.id ?? "");
      shown(sampleField, request.baseline.id === "sample");
      const info = controls.baselines.find(({ id }) => id === request.baseline.id);
      say(about, info?.about ? `${info.about}.` : "");
      const method = controls.methods.find(({ id }) => id === request.method);
      shown(unused, method?.uses_baseline === false);
    });
    const picture = when((state) => [state.views.baseline, state.dark], (view) => figure.update(view));
    return { update: (state) => (menus(state), picture(state)), destroy: () => (figure.destroy(), host.replaceChildren()) };
  },
};
