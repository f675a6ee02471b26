// @ts-check
/** What is explained: which number of the outputs, of which class, at which step. */
import { field, fill, h, say, shown } from "../dom.js";
import { when } from "../store.js";

/** @type {import("../types").Panel} */
export const target = {
  id: "target",
  title: "Explain",
  column: "sure",
  wants: (state) => state.controls !== null,
  create(host, { actions, store }) {
    const readout = h("select", { "aria-label": "what is explained", on: { change: () => actions.setTarget({ readout: readout.value, ...(needs(readout.value, "unit") ? ofUnit() : {}) }) } });
    const warning = h("p", { class: "note" });
    const chosen = h("select", { on: { change: () => actions.setTarget({ class: Number(chosen.value) }) } });
    const versus = h("select", { on: { change: () => actions.setTarget({ versus: Number(versus.value) }) } });
    const step = h("select", { on: { change: () => actions.setTarget({ step: step.value === "last" ? -1 : store.get().step }) } });
    const unit = h("button", { type: "button", on: { click: () => actions.setTarget(ofUnit()) } });
    const fields = { class: field("Of", chosen), versus: field("Against", versus), step: field("At", step), unit: h("div", { class: "field" }, unit) };
    host.append(readout, warning, h("div", { class: "pair" }, fields.class, fields.versus), fields.unit, fields.step);

    const needs = (/** @type {string} */ id, /** @type {string} */ what) => store.get().controls?.readouts.find((one) => one.id === id)?.needs.includes(what) ?? false;
    const ofUnit = () => {
      const { layer, direction, unit } = store.get().selection;
      return { layer, direction, unit };
    };

    const update = when((state) => [state.controls, state.request, state.step, state.selection, state.input], (controls, request, at, selection, input) => {
      if (!controls || !request) return;
      const { target } = request;
      fill(readout, controls.readouts.map(({ id, label }) => ({ value: id, label })), target.readout);
      const info = controls.readouts.find(({ id }) => id === target.readout);
      say(warning, info?.warning ?? "");
      shown(warning, Boolean(info?.warning));
      const classes = controls.classes.map((label, c) => ({ value: String(c), label }));
      fill(chosen, classes, String(target.class));
      fill(versus, classes, String(target.versus));
      shown(fields.class, (info?.needs.includes("class") ?? false) && classes.length > 1);
      shown(fields.versus, info?.needs.includes("versus") ?? false);
      const wantsUnit = info?.needs.includes("unit") ?? false;
      shown(fields.unit, wantsUnit);
      say(unit, `Unit ${target.unit} of layer ${target.layer + 1}${target.unit === selection.unit && target.layer === selection.layer ? "" : `; take unit ${selection.unit} of layer ${selection.layer + 1}`}`);
      shown(fields.step, controls.steps === "any" || wantsUnit);
      const name = store.get().card?.step_name ?? "step";
      fill(step, [{ value: "last", label: `the last ${name}` }, { value: "selected", label: `the selected ${name}, ${Math.min(at + 1, input?.n_steps ?? at + 1)}` }], target.step < 0 ? "last" : "selected");
    });
    return { update, destroy: () => host.replaceChildren() };
  },
};
