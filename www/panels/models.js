// @ts-check
/** Which network, reading which sample; or your own file. */
import { fill, field, h, say, shown } from "../dom.js";
import { when } from "../store.js";
import { size } from "../words.js";

/** @type {import("../types").Panel} */
export const models = {
  id: "models",
  title: "Network",
  column: "what",
  wants: () => true,
  create(host, { actions, store }) {
    const model = h("select", { "aria-label": "trained network", on: { change: () => actions.openShipped(model.value) } });
    const epoch = h("select", { on: { change: () => actions.openShipped(model.value, epoch.value === "" ? null : Number(epoch.value)) } });
    const about = h("p", { class: "note" });
    const doing = h("span", { class: "note", role: "status" });
    const bar = h("progress", { max: 1, "aria-label": "progress of opening the model" });
    const stop = h("button", { type: "button", on: { click: () => actions.stopOpening() } }, "Cancel");
    const opening = h("div", { class: "running" }, h("div", { class: "row between" }, doing, stop), bar);
    const file = h("input", { type: "file", class: "quiet", accept: ".safetensors,.pt,.pth,.bin,.ckpt,.npz,.onnx,.keras,.h5,.hdf5,.csv,.txt", on: { change: () => {
      const [chosen] = file.files ?? [];
      file.value = "";
      if (chosen) actions.openFile(chosen);
    } } });
    file.id = "own-file";
    const drop = h("label", { class: "drop", for: file.id, "data-part": "upload" },
      h("b", {}, "Open your own"), h("span", {}, "A model (.safetensors, PyTorch .pt, ONNX, Keras, .npz), or a .csv or .txt to read. Drop, choose or paste it; it never leaves this page."));
    const epochField = field("Checkpoint", epoch);
    host.append(model, epochField, about, opening, h("div", { class: "upload", "data-part": "upload" }, file, drop));

    const menu = when((state) => [state.shipped, state.model], (shipped, current) => {
      const options = shipped.map(({ id, title, group }) => ({ value: id, label: title, group }));
      if (current && current.id === null) options.unshift({ value: "", label: current.title || current.name, group: "Your own" });
      fill(model, options, current?.id ?? "");
      const entry = shipped.find(({ id }) => id === current?.id);
      shown(epochField, Boolean(entry?.checkpoints));
      if (entry?.checkpoints) fill(epoch, [{ value: "", label: "fully trained" }, ...entry.checkpoints.map(({ epoch }) => ({ value: String(epoch), label: epoch === 0 ? "before training" : `after epoch ${epoch}` }))], current?.epoch === null ? "" : String(current?.epoch));
      say(about, current ? `${current.about} ${size(current.bytes)}.` : "");
    });
    /** Short work does not flicker. */
    const LATE_MS = 150;
    /** @param {import("../types").State["opening"]} now */
    function tell(now) {
      // At the page's beginning there is nothing to go back to.
      const late = now !== null && store.get().model !== null && performance.now() - now.since > LATE_MS;
      shown(stop, late);
      shown(bar, late);
      say(doing, now ? `Opening ${now.what}${now.note ? `: ${now.note}` : ""} …` : "");
      bar.value = now?.fraction ?? 0;
      if (now && !late && store.get().model) setTimeout(() => tell(store.get().opening), LATE_MS);
    }
    const news = when((state) => [state.opening], (now) => tell(now));
    return { update: (state) => (menu(state), news(state)), destroy: () => host.replaceChildren() };
  },
};
