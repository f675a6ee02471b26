// @ts-check
/** Many inputs at once: words and variables on average, what went wrong and by whose doing, what is lost when parts are exchanged. */
import { field, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { isFree, when } from "../store.js";
import { number, percent, quoted, seconds, signed, visible } from "../words.js";
import { createRun } from "./run.js";

/** Rows of the table of negations. */
const LISTED = 30;
/** What each picture says, in the order in which they come. */
const CAPTIONS = [
  "Mean score over all places where it stands, with its count; whiskers are one standard error. Heavy and frequent ones come first.",
  "What is lost when one variable of every input is that of another input.",
  "What is lost when one stretch of time of every input is that of another input.",
];

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const { actions, store } = context;
  const more = h("textarea", { rows: 3, spellcheck: false, placeholder: "label ⇥ text" });
  const moreField = field("More texts, one a line; a label may stand before a tab", more);
  const run = createRun(context, { of: "the reading", begin: () => actions.study("cohort", "Reading the samples", { samples: asked(), more: moreField.hidden ? "" : more.value }) });
  const facts = h("p", { class: "judgement", role: "status" });
  const leftOut = h("p", { class: "note" });
  const aged = h("p", { class: "note" }, "Of a former question: read them anew.");
  const wrong = h("h3", {}, "What it gets wrong");
  const mistakes = h("ol", { class: "few mistakes" });
  const unblamed = h("p", { class: "note" });
  const negations = h("tbody", {});
  const negated = h("details", {}, h("summary", {}, "Behind a negation"), h("p", { class: "note" }, "Mean score of words that stand at most three words behind not, no, never and the like, and elsewhere."),
    h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "words behind a negation" }, h("table", {}, h("thead", {}, h("tr", {}, ...["word", "behind a negation", "elsewhere"].map((name) => h("th", { scope: "col" }, name)))), negations)));
  const exchanged = h("p", { class: "note" });
  const drawings = CAPTIONS.map(() => h("div", {}));
  const titles = CAPTIONS.map(() => h("p", { class: "subtitle" }));
  const result = h("div", { class: "answer" }, aged, facts, leftOut, titles[0], drawings[0], negated, wrong, mistakes, unblamed, titles[1], drawings[1], titles[2], drawings[2], exchanged);
  host.append(moreField, ...run.elements, result);
  const figures = CAPTIONS.map((caption, k) => createFigure(drawings[k], context, { height: (view) => (view.kind === "bars" ? Math.max(220, 22 * view.labels.length + 60) : 220), caption }));

  const asked = () => store.get().samples.map(({ title, text, label }) => ({ title, text, label: label ?? null }));

  const offer = when((state) => [state.samples, state.card], (samples, card) => {
    shown(moreField, card?.input_kind !== "series");
    say(run.button, samples.length ? `Read all ${samples.length} samples` : "Read these texts");
  });
  const going = when((state) => [state.progress, state.studies.cohort?.running ?? false, isFree(state)], (_now, running) => run.update(store.get(), running));
  const draw = when((state) => [state.studies.cohort, state.request, state.samples, state.dark], (study, _request, samples) => {
    /** @type {import("../types").Cohort | null} */
    const found = study?.found ?? null;
    shown(result, found !== null);
    if (!found || !study) return figures.forEach((figure) => figure.update(null));
    shown(aged, study.old && !study.running);
    const share = found.labelled > 0 ? ` Of ${found.labelled} with a known label it gets ${found.right} right (${percent(found.right / found.labelled)}).` : " No right answers are known.";
    say(facts, `${found.read} of ${found.of} read: ${found.method}, ${found.target}.${share} ${seconds(study.seconds)}.`);
    say(leftOut, found.left_out.length ? `Left out: ${found.left_out.map(([title, why]) => `${title} (${why})`).join("; ")}` : "");
    shown(leftOut, found.left_out.length > 0);
    figures.forEach((figure, k) => {
      const view = found.pictures[k] ?? null;
      say(titles[k], view?.title ?? "");
      shown(titles[k], view !== null);
      figure.update(view);
    });
    const turned = found.averages.filter((row) => row.negated).slice(0, LISTED);
    shown(negated, turned.length > 0);
    negations.replaceChildren(...turned.map(({ label, negated, plain, count }) => h("tr", {}, h("th", { scope: "row" }, visible(label)), h("td", {}, `${signed(negated?.[1] ?? 0)} (×${negated?.[0] ?? 0})`), h("td", {}, (negated?.[0] ?? 0) < count ? `${signed(plain)} (×${count - (negated?.[0] ?? 0)})` : "–"))));
    shown(wrong, found.labelled > 0);
    shown(mistakes, found.mistakes.length > 0);
    mistakes.replaceChildren(...found.mistakes.map((mistake) => {
      const sample = samples[mistake.index];
      const open = sample ? h("button", { type: "button", class: "plain", "aria-label": `read ${mistake.title}`, on: { click: () => actions.pickSample(sample.id) } }, mistake.title) : h("span", {}, mistake.title);
      return h("li", {}, open, ` ${mistake.said} ${percent(mistake.probability)} instead of ${mistake.truth}${found.unblamed ? "" : `; by ${mistake.culprits.map(({ label, score }) => `${quoted(visible(label))} ${signed(score)}`).join(", ") || "no single part"} (${number(mistake.wrong)} in all)`}`);
    }));
    say(unblamed, found.unblamed);
    shown(unblamed, found.unblamed !== "" && found.mistakes.length > 0);
    say(exchanged, found.exchanged);
  });
  const update = (/** @type {import("../types").State} */ state) => (offer(state), going(state), draw(state));
  return { update, destroy: () => (figures.forEach((figure) => figure.destroy()), host.replaceChildren()) };
}
