// @ts-check
/** How much of the score the bars explain, what they cost, and how the work goes on. */
import { fade, h, pairs, say, shown } from "../dom.js";
import { when } from "../store.js";
import { count, fine, number, seconds } from "../words.js";

/** Sums in single precision come no closer than this share of the scores. */
const SINGLE = 2e-6;

/** @type {import("../types").Panel} */
export const verdict = {
  id: "verdict",
  title: "How sure",
  column: "sure",
  wants: () => true,
  create(host, { actions }) {
    const bar = h("progress", { max: 1 });
    const doing = h("span", { class: "note", role: "status" });
    const running = h("div", { class: "running" }, h("div", { class: "row between" }, doing, h("button", { type: "button", title: "Esc", on: { click: () => actions.cancel() } }, "Cancel")), bar);
    const gap = h("p", { class: "gap" });
    const sentence = h("p", {});
    const facts = h("dl", {});
    const settings = h("dl", {});
    const note = h("p", { class: "note" });
    const body = h("div", { class: "answer" }, gap, sentence, facts, note, h("details", {}, h("summary", {}, "Settings of this answer"), settings));
    host.append(running, body);

    let told = 0;
    const progress = when((state) => [state.progress], (now) => {
      const late = now && performance.now() - now.since > 150; // short work does not flicker
      running.classList.toggle("idle", !late);
      if (!now || !late) return void (now ?? (say(doing, ""), (bar.value = 0)));
      bar.value = now.fraction;
      if (performance.now() - told < 900) return;
      told = performance.now();
      const left = now.fraction > 0.002 && told - now.since > 1500 ? `, at most about ${seconds(((told - now.since) / 1000) * (1 / now.fraction - 1))} left` : "";
      say(doing, `${now.what} … ${Math.round(100 * now.fraction)} %${left}`);
    });

    const answered = when((state) => [state.answer, state.old, state.partial, state.progress?.kind === "answer", state.controls], (answer, old, partial, explaining, controls) => {
      shown(body, answer !== null);
      fade(body, old);
      if (!answer) return;
      const promised = answer.gap !== null;
      // A sum is promised, but only a first guess is seen.
      const early = !promised && partial && answer.completes;
      const [going, stopped] = [partial && explaining, partial && !explaining];
      const off = promised && answer.gap_percent !== null ? Math.abs(answer.gap_percent) / 100 : NaN;
      gap.replaceChildren(...(promised
        ? [h("strong", { class: "figure-number" }, Number.isFinite(off) ? fine(off) : number(/** @type {number} */ (answer.gap))), going ? " unexplained so far" : stopped ? " unexplained when stopped" : " unexplained"]
        : [h("strong", {}, early ? (going ? "Not known yet" : "Not known") : "No sum promised")]));
      // What is still under way, or never promised to add up, is no alarm.
      gap.dataset.level = !promised || going ? "none" : off <= 0.01 ? "good" : off <= 0.1 || Number.isNaN(off) || !answer.completes ? "fair" : "poor";
      const { remainder } = answer;
      const method = controls?.methods.find(({ label }) => label === answer.method);
      /** What the score is compared with: a baseline, other samples, nothing. @type {[string, string][]} */
      const against = method?.uses_background ? [["over other samples", `${number(answer.baseline_score)} ${answer.score_unit}`]] : method?.uses_baseline === false ? [] : [["at the baseline", `${number(answer.baseline_score)} ${answer.score_unit}`]];
      const steers = toleranceOf(method, answer);
      say(sentence, promised
        ? `The parts${remainder.length ? ` and what belongs to no ${answer.bars?.x_label ?? "input"}` : ""} add up to ${number(answer.score - answer.baseline_score - /** @type {number} */ (answer.gap))} of ${number(answer.score - answer.baseline_score)} ${answer.score_unit}; ${number(/** @type {number} */ (answer.gap), 2)} is left over.${!answer.completes ? " This method does not promise a sum." : ""}${isRounding(answer, steers?.value ?? 0) ? " That is the rounding of single precision: “double (exact gap)” under “Formula, cost, caveats” leaves less." : ""}`
        : early ? (going ? "A first guess: whether it adds up is told once the method has begun." : "It was stopped at a first guess: whether that adds up is not known.") : "This method ranks the parts; they are not shares of the score, so nothing can be left over.");
      pairs(facts, [
        ["score", `${number(answer.score)} ${answer.score_unit}`],
        ...against,
        ...remainder.map(([label, value]) => /** @type {[string, string]} */ ([`of ${label}`, `${number(value)} ${answer.score_unit}`])),
        ["state", going ? "partial" : stopped ? "stopped" : answer.converged ? "finished" : "stopped before its tolerance"],
        .../** @type {[string, string][]} */ (steers ? [[steers.label.toLowerCase(), number(steers.value)]] : []),
        ["passes", `${count(answer.forward_passes)} forward, ${count(answer.backward_passes)} back`],
        ["took", seconds(answer.seconds)],
      ]);
      say(note, answer.note && `${answer.note[0].toUpperCase()}${answer.note.slice(1)}${answer.note.endsWith(".") ? "" : "."}`);
      pairs(settings, [["method", answer.method], ["target", answer.target], .../** @type {[string, string][]} */ (method?.uses_baseline === false ? [] : [["baseline", answer.baseline]]), ...answer.settings]);
    });
    return { update: (state) => (progress(state), answered(state)), destroy: () => host.replaceChildren() };
  },
};

/**
 * How close the answer was asked to come, where its method goes on until it is as close.
 * @param {import("../types").Method | undefined} method @param {import("../types").Answer} answer
 */
function toleranceOf(method, answer) {
  const label = method?.params.find(({ id }) => id === "tolerance")?.label;
  const value = Number(answer.settings.find(([name]) => name === label)?.[1]);
  return label && value > 0 ? { label, value } : null;
}

/** Was more asked for than single precision can tell? @param {import("../types").Answer} answer @param {number} tolerance */
function isRounding({ score, baseline_score, gap, converged, settings }, tolerance) {
  const off = Math.abs(gap ?? 0);
  const single = settings.some(([name, value]) => name === "precision" && value === "f32");
  return single && converged && tolerance > 0 && off > tolerance * Math.abs(score - baseline_score) && off <= SINGLE * Math.max(1, Math.abs(score) + Math.abs(baseline_score));
}
