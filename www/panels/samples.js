// @ts-check
/** Ready-made inputs. */
import { fill, h, say } from "../dom.js";
import { when } from "../store.js";

/** @type {import("../types").Panel} */
export const samples = {
  id: "samples",
  title: "Sample",
  column: "what",
  wants: (state) => state.samples.length > 0,
  create(host, { actions }) {
    const sample = h("select", { "aria-label": "sample", on: { change: () => sample.value && actions.pickSample(sample.value) } });
    const note = h("p", { class: "note" });
    host.append(sample, note);
    const update = when((state) => [state.samples, state.sampleId], (list, id) => {
      const options = list.map(({ id, title }) => ({ value: id, label: title }));
      if (id === null) options.unshift({ value: "", label: "your own input" });
      fill(sample, options, id ?? "");
      const chosen = list.find((entry) => entry.id === id);
      say(note, chosen ? [chosen.label && `Known label: ${chosen.label}`, chosen.note].filter(Boolean).join(". ") : "");
    });
    return { update, destroy: () => host.replaceChildren() };
  },
};
