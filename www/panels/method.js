// @ts-check
/** How it is explained: the menu, the sliders and the help of a method are what the method says of itself. */
import { field, fill, h, say, shown } from "../dom.js";
import { backgroundOf } from "../request.js";
import { when } from "../store.js";
import { createParams } from "./params.js";

/** @type {import("../types").Panel} */
export const method = {
  id: "method",
  title: "Method",
  column: "sure",
  wants: (state) => state.controls !== null,
  create(host, { actions, store }) {
    const menu = h("select", { "aria-label": "method", on: { change: () => actions.setRequest({ method: menu.value, params: {} }) } });
    const question = h("p", { class: "question" });
    const reason = h("p", { class: "note" });
    const params = createParams((id, value) => actions.setRequest({ params: { ...store.get().request?.params, [id]: value } }));
    const count = h("summary", {});
    const samples = h("div", { class: "checks", role: "group", "aria-label": "samples to compare with" });
    const background = h("details", { class: "background" }, count, samples);
    const precision = h("select", { on: { change: () => actions.setRequest({ precision: precision.value }) } });
    fill(precision, [{ value: "f32", label: "single (fast)" }, { value: "f64", label: "double (exact gap)" }], "f32");
    const formula = h("p", { class: "formula" });
    const kind = h("p", {});
    const caveat = h("p", {});
    const cost = h("p", {});
    const promise = h("p", {});
    host.append(menu, question, background, params.element,
      h("details", {}, h("summary", {}, "Formula, cost, caveats"), formula, kind, promise, caveat, cost, reason, field("Arithmetic", precision)));

    const build = when((state) => [state.controls, state.request?.method], (controls, id) => {
      if (!controls) return;
      fill(menu, controls.methods.map(({ id, label, family, available, reason }) => ({ value: id, label, group: family, disabled: !available, title: reason })), id ?? "");
      const now = controls.methods.find((one) => one.id === id);
      if (!now) return;
      say(question, now.question);
      const missing = controls.methods.filter(({ available, reason }) => !available && reason);
      say(reason, `Not here: ${missing.map(({ label, reason }) => `${label} (${reason.replace(/\.$/, "")})`).join("; ")}.`);
      shown(reason, missing.length > 0);
      say(formula, now.formula);
      say(kind, now.kind ? `Kind of explanation: ${now.kind}.` : "");
      shown(kind, Boolean(now.kind));
      say(caveat, now.caveat);
      say(cost, `Cost: ${now.cost}.`);
      say(promise, now.completes ? `It promises that the parts add up to the score${now.uses_baseline === false ? "" : " minus the baseline's score"}; the gap says how well they do.` : "It does not promise that the parts add up.");
      params.build(now.params);
    });

    const compared = when((state) => [state.controls, state.request?.method, state.samples, state.sampleId, state.background], (controls, id, list, current, chosen) => {
      const wanted = controls?.methods.find((one) => one.id === id)?.uses_background ?? false;
      shown(background, wanted);
      if (!wanted) return;
      const others = list.filter((sample) => sample.id !== current);
      const ids = backgroundOf(list, current, chosen).map((sample) => sample.id);
      say(count, others.length ? `Compared with ${ids.length} of ${others.length} samples` : "There are no other samples to compare with");
      samples.replaceChildren(...others.map(({ id, title }) => h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: ids.includes(id), on: { change: (/** @type {any} */ event) => actions.setBackground(event.target.checked ? [...ids, id] : ids.filter((other) => other !== id)) } }), title)));
    });

    const follow = when((state) => [state.request, state.controls], (request) => {
      if (!request) return;
      params.follow(request.params);
      if (precision.value !== request.precision) precision.value = request.precision;
    });
    return { update: (state) => (build(state), compared(state), follow(state)), destroy: () => host.replaceChildren() };
  },
};
