// @ts-check
/** Is the answer any good? The menu, the sliders and the verdict of a metric are what the metric says of itself. */
import { fade, fill, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { isFree, when } from "../store.js";
import { number, seconds } from "../words.js";
import { createParams } from "./params.js";
import { createRun } from "./run.js";

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const { actions, store } = context;
  const menu = h("select", { "aria-label": "metric", on: { change: () => actions.setJudge({ metric: menu.value, params: {} }) } });
  const question = h("p", { class: "question" });
  const params = createParams((id, value) => actions.setJudge({ params: { ...store.get().judge.params, [id]: value } }));
  const again = h("input", { type: "checkbox", on: { change: () => actions.setJudge({ follows: again.checked }) } });
  const run = createRun(context, { of: "the test", begin: () => actions.measure(), label: "Test it" }, h("label", { class: "choice", title: "once edits have been still for a moment" }, again, "after every answer"));
  const verdict = h("p", { class: "judgement", role: "status" });
  const about = h("p", { class: "note" });
  const numbers = h("dl", { class: "measured-numbers" });
  const note = h("p", { class: "note" });
  const formula = h("p", { class: "formula" });
  const caveat = h("p", {});
  const cost = h("p", {});
  const reason = h("p", { class: "note" });
  const drawing = h("div", {});
  const result = h("div", { class: "answer" }, verdict, about, numbers, drawing, note);
  const settings = h("details", {}, h("summary", {}, "How it is measured"), params.element, formula, caveat, cost, reason);
  host.append(menu, question, ...run.elements, result, settings);
  const figure = createFigure(drawing, context, {
    height: (view, width) => (width < 500 ? 190 + 18 * (view.kind === "curves" ? view.series.length : 3) : 260),
    caption: (view) => (view.kind === "curves" && view.low.some(Number.isFinite) ? "Bands: plus and minus one standard deviation." : ""),
  });

  const build = when((state) => [state.controls, state.judge.metric], (controls, id) => {
    const metrics = controls?.metrics ?? [];
    const first = metrics.find(({ available }) => available !== false);
    const now = metrics.find((one) => one.id === id) ?? first;
    if (!now) return;
    if (now.id !== id) actions.setJudge({ metric: now.id, params: {} });
    fill(menu, metrics.map(({ id, label, available, reason }) => ({ value: id, label, disabled: available === false, title: reason })), now.id);
    say(question, now.question);
    say(formula, now.formula);
    say(caveat, now.caveat);
    say(cost, `Cost: ${now.cost}.`);
    const missing = metrics.filter(({ available, reason }) => available === false && reason);
    say(reason, `Not here: ${missing.map(({ label, reason }) => `${label} (${reason?.replace(/\.$/, "")})`).join("; ")}.`);
    shown(reason, missing.length > 0);
    params.build(now.params);
  });
  const follow = when((state) => [state.judge, state.controls], (judge) => {
    params.follow(judge.params);
    again.checked = judge.follows;
  });
  const progress = when((state) => [state.progress, isFree(state)], () => run.update(store.get(), isMeasuring(store.get())));
  const judged = when((state) => [state.judged, state.judge, isMeasuring(state), state.dark], (now, { metric, follows }, measuring) => {
    const mine = now !== null && now.metric === metric;
    shown(result, mine);
    if (!mine) return;
    const { found } = now;
    fade(result, now.old);
    // What is not yet final is not read out.
    if (!now.partial || !measuring) say(verdict, found.verdict);
    say(about, now.old ? (follows ? "Of the former answer or setting: it is tested again as soon as nothing changes." : "Of the former answer or setting: test it anew.") : now.partial ? (measuring ? "so far" : "when stopped") : `${found.label}, in ${seconds(now.seconds)}`);
    numbers.replaceChildren(...found.numbers.flatMap(({ label, value, spread, note }) => [
      h("dt", {}, label),
      h("dd", {}, `${number(value)}${spread === null ? "" : ` ± ${number(spread, 2)}`}`),
      ...(note ? [h("dd", { class: "note" }, note)] : [])]));
    figure.update(found.curves);
    say(note, found.note);
  });
  return { update: (state) => (build(state), follow(state), progress(state), judged(state)), destroy: () => (figure.destroy(), host.replaceChildren()) };
}

/** @param {import("../types").State} state */
const isMeasuring = ({ progress }) => progress?.kind === "measurement" || progress?.kind === "following";
