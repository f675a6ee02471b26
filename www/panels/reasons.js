// @ts-check
/** Few reasons instead of many; and, apart from it, how far they are those that a person expects. */
import { fade, fill, h, say, shown } from "../dom.js";
import { isSettled, when } from "../store.js";
import { signed } from "../words.js";

const MASSES = [["absolute", "of all bars, whatever their sign"], ["positive", "of what raises the score"], ["negative", "of what lowers it"]];
/** Parts that are listed; the rest is said to be there. */
const LISTED = 60;

/** @type {import("../types").Panel["create"]} */
export function create(host, { actions, store }) {
  /** Marked parts, of the input that is read now. @type {Set<number>} */
  const marked = new Set();
  const share = h("input", { type: "range", min: 0.05, max: 1, step: 0.05, value: 0.8, "aria-label": "share", on: { input: () => ask() } });
  const percent = h("output", {});
  const mass = h("select", { "aria-label": "share of what", on: { change: () => ask() } });
  fill(mass, MASSES.map(([value, label]) => ({ value, label })), MASSES[0][0]);
  const sentence = h("p", { role: "status" });
  const problem = h("p", { class: "note" });
  const list = h("ol", { class: "few" });
  const rest = h("p", { class: "note" });
  const marks = h("div", { class: "choices", role: "group", "aria-label": "expected evidence" });
  const cut = h("p", { class: "note" });
  const agreement = h("p", {});
  const about = h("p", { class: "note" }, "How plausible an explanation is to you does not say whether it is true of the network; the tests of “Is it true?” do.");
  const expected = h("details", {}, h("summary", {}, "What would you expect?"), h("p", { class: "note" }, "Mark what a person would take as evidence for this answer, before you look at the bars."), marks, cut, agreement, about);
  const clear = h("button", { type: "button", class: "plain", on: { click() {
    marked.clear();
    ask();
  } } }, "forget the marks");
  expected.append(clear);
  const result = h("div", { class: "answer" }, sentence, list, rest, expected);
  host.append(h("label", { class: "row" }, "Parts that hold", share, percent), mass, problem, result);

  let offered = "";

  function ask() {
    say(percent, `${Math.round(100 * Number(share.value))} %`);
    if (isSettled(store.get())) actions.reasonsOf({ share: Number(share.value), mass: mass.value, marked: [...marked].sort((a, b) => a - b) });
  }

  /** @param {import("../types").Reasons} found */
  function offer({ parts }) {
    const names = JSON.stringify(parts.map(({ label }) => label));
    // The boxes stay while they are being used: one that is made anew would lose the keyboard.
    if (names === offered) return marks.querySelectorAll("input").forEach((box, k) => (box.checked = marked.has(k)));
    offered = names;
    marks.replaceChildren(...parts.slice(0, LISTED).map(({ label }, k) => {
      const box = h("input", { type: "checkbox", checked: marked.has(k), on: { change() {
        if (box.checked) marked.add(k);
        else marked.delete(k);
        ask();
      } } });
      return h("label", { class: "choice" }, box, label);
    }));
    say(cut, parts.length > LISTED ? `The first ${LISTED} of ${parts.length} can be marked.` : "");
    shown(cut, parts.length > LISTED);
  }

  const forget = when((state) => [state.input], () => marked.clear());
  const again = when((state) => [state.answer, isSettled(state)], () => ask());
  const draw = when((state) => [state.reasons, state.old], (now, old) => {
    const found = now?.found ?? null;
    shown(result, found !== null);
    say(problem, now?.problem ?? "");
    shown(problem, Boolean(now?.problem));
    fade(result, old);
    if (!found) return;
    const { parts, chosen, reached, unit, kind, plausibility } = found;
    const held = `${Math.round(100 * reached)} %`;
    say(sentence, chosen.length ? `${chosen.length} of ${parts.length} ${kind}s hold ${held} ${MASSES.find(([id]) => id === mass.value)?.[1]}.` : "No bar has that sign.");
    list.replaceChildren(...chosen.slice(0, LISTED).map((k) => h("li", {}, h("b", {}, parts[k].label), ` (${k + 1}) `, `${signed(parts[k].value)} ${unit}`)));
    const left = parts.length - chosen.length;
    say(rest, chosen.length > LISTED ? `The ${LISTED} largest are listed.` : left > 0 ? `The other ${left} ${left === 1 ? kind : `${kind}s`} hold the rest; raise the share to see more.` : "");
    offer(found);
    say(agreement, plausibility
      ? `Of your marks and as many largest bars, taken together, ${Math.round(100 * plausibility.iou)} % are in both. As a ranking the bars find your marks with an average precision of ${plausibility.auprc.toFixed(2)} (by chance about ${plausibility.chance.toFixed(2)}).`
      : "Some marks, not all, make the comparison.");
  });
  return { update: (state) => (forget(state), again(state), draw(state)), destroy: () => host.replaceChildren() };
}
