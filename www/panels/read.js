// @ts-check
/** The prediction, and the text itself: coloured by what each piece contributed, or by what one unit does. */
import { fade, fresh, h, say, shown } from "../dom.js";
import { when } from "../store.js";
import { number, percent, quoted, signed, visible } from "../words.js";
import { unitControls } from "./unit.js";

/** A longer text is shown piece by piece around the selected step. */
const MOST_TOKENS = 4000;
/** The piece that holds the selected step. @param {import("../types").State} state */
const pageOf = ({ input, step }) => (input && input.n_steps > MOST_TOKENS ? Math.floor(Math.max(0, step) / MOST_TOKENS) : 0);
/** Steps of the strip on either side of the selected one. */
const AROUND = 9;

/** @type {import("../types").Panel} */
export const read = {
  id: "read",
  title: "What it says",
  column: "why",
  wants: (state) => state.input !== null || state.text !== "",
  create(host, context) {
    const { actions, drawing, hover, store } = context;
    const verdict = h("div", { class: "verdict" });
    const name = fresh("colour");
    const radio = (/** @type {"answer" | "unit"} */ value, /** @type {string} */ label) => {
      const input = h("input", { type: "radio", name, value, on: { change: () => actions.show({ color: value }) } });
      return { input, label: h("label", { class: "choice" }, input, label) };
    };
    const byAnswer = radio("answer", "contribution");
    const byUnit = radio("unit", "a unit");
    const unit = unitControls(context);
    const coloured = h("div", { class: "row coloured", role: "radiogroup", "aria-label": "colour the text by" }, h("span", { class: "note" }, "Colour by"), byAnswer.label, byUnit.label, unit.element);
    const prefix = fresh("token");
    const text = h("div", { class: "text", tabIndex: 0, role: "listbox", "aria-orientation": "horizontal" });
    const earlier = h("button", { type: "button", on: { click: () => actions.selectStep(start - 1) } }, "… earlier");
    const later = h("button", { type: "button", on: { click: () => actions.selectStep(start + MOST_TOKENS) } }, "later …");
    const exact = h("p", { class: "exact", role: "status" });
    const together = h("p", { class: "exact together", role: "status", hidden: true });
    const legend = h("div", { class: "legend", "aria-hidden": "true" });
    const strip = h("div", { class: "strip" });
    const stripCaption = h("p", { class: "caption" }, "Rows: the five characters that the network expects most after each one; the stronger the colour, the more probable; the ringed one really follows. Press a guess to ask why.");
    const caption = h("p", { class: "caption" });
    host.append(verdict, coloured, earlier, text, later, h("div", { class: "row between" }, exact, legend), together, caption, strip, stripCaption);

    const gone = new AbortController();
    let start = 0;
    /** @type {HTMLElement[]} */
    let spans = [];
    /** @type {import("../types").TextView | null} */
    let view = null;

    /** @param {number} step */
    function describe(step) {
      const token = store.get().input?.tokens[step];
      if (!token) return "";
      const value = view && step < view.values.length ? `  ${number(view.values[step])} ${view.unit}` : "";
      return `${store.get().card?.step_name ?? "step"} ${step + 1}  ${quoted(visible(token.label))}${value}${token.unknown ? "  unknown to the model" : ""}`;
    }

    const predicted = when((state) => [state.predictions, state.card, state.input], (prediction, card, input) => {
      shown(verdict, prediction !== null);
      if (!prediction || !card || !input) return;
      const [best] = prediction.classes;
      if (!best) return;
      if (card.task === "language-model") {
        const truth = prediction.target_probability;
        verdict.replaceChildren(h("p", {}, `After ${card.step_name} ${prediction.step + 1}, ${quoted(prediction.label)}, it expects `, h("strong", {}, quoted(best.label)), h("span", { class: "probability" }, percent(best.probability)),
          h("span", { class: "note" }, truth === null ? "Nothing follows." : `What follows got ${percent(truth)}: a surprise of ${number((prediction.loss_nats ?? 0) / Math.LN2, 3)} bits.`)));
      } else {
        const single = prediction.classes.length === 1;
        const bar = h("div", { class: "share", role: "img", "aria-label": prediction.classes.map(({ label, probability }) => `${label} ${percent(probability)}`).join(", ") });
        for (const { label, probability } of prediction.classes.slice(0, 4)) {
          const part = h("span", { title: `${label} ${percent(probability)}` });
          part.style.flexGrow = String(probability);
          bar.append(part);
        }
        if (single) {
          const rest = h("span", { class: "rest" });
          rest.style.flexGrow = String(1 - best.probability);
          bar.append(rest);
        }
        verdict.replaceChildren(h("p", {}, h("strong", {}, best.label), h("span", { class: "probability" }, percent(best.probability)),
          h("span", { class: "note" }, single ? `predicted after ${input.n_steps} ${card.step_name}s` : prediction.classes.slice(1, 4).map(({ label, probability }) => `${label} ${percent(probability)}`).join(", "))), bar);
      }
    });

    /** The spans, before any network has run. */
    const write = when((state) => [state.input, state.text, pageOf(state), state.card?.input_kind], (input, raw, page, kind) => {
      if (kind === "series" || (input?.kind ?? kind) === "series") return text.replaceChildren();
      const characters = input ? input.kind === "characters" : false;
      text.classList.toggle("characters", characters);
      const count = input?.tokens.length ?? 0;
      text.classList.toggle("long", characters ? count > 700 : count > 45);
      text.classList.toggle("short", !characters && count > 0 && count <= 24);
      start = page * MOST_TOKENS;
      shown(earlier, start > 0);
      shown(later, start + MOST_TOKENS < count);
      if (!input) return text.replaceChildren(raw);
      const parts = document.createDocumentFragment();
      spans = input.tokens.slice(start, start + MOST_TOKENS).map((token, k) => {
        const span = h("span", { class: token.unknown ? "token unknown" : "token", id: `${prefix}-${start + k}`, role: "option", "aria-selected": "false" });
        if (characters) {
          span.textContent = token.label === "\n" ? "⏎" : token.label === " " ? "·" : token.label === "\t" ? "⇥" : token.label;
          if (token.label === " " || token.label === "\n" || token.label === "\t") span.classList.add("space");
        } else {
          breakLines(parts, token.before);
          span.textContent = token.label;
        }
        if (token.unknown) span.title = "unknown to the model";
        parts.append(span);
        if (characters && token.label === "\n") parts.append(document.createElement("br"));
        return span;
      });
      text.replaceChildren(parts);
    });

    const paint = when((state) => [state.input, state.color, state.answer?.text ?? null, state.views.text, state.dark, state.old, pageOf(state)], (input, color, answer, ofUnit, dark, old) => {
      const now = color === "unit" ? ofUnit : answer;
      view = now && input && now.values.length === input.tokens.length ? now : null;
      fade(text, color === "answer" && old);
      spans.forEach((span, k) => {
        const value = view?.values[start + k];
        if (value === undefined || !view) {
          span.style.backgroundColor = "";
          span.style.color = "";
          delete span.dataset.sign;
          return;
        }
        span.style.backgroundColor = drawing.color(value, view.limit, view.signed, dark);
        span.style.color = drawing.text_color(value, view.limit, view.signed, dark);
        span.dataset.sign = !view.signed || Math.abs(value) < 0.15 * view.limit ? "" : value > 0 ? "+" : "-";
      });
      text.setAttribute("aria-label", view ? drawing.summary(view) : "the text");
      shown(legend, view !== null);
      if (view) {
        const stops = drawing.legend(view.signed, dark);
        const ramp = h("span", { class: "ramp" });
        ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
        legend.replaceChildren(h("span", {}, view.signed ? number(-view.limit) : "0"), ramp, h("span", {}, `${view.signed ? "+" : ""}${number(view.limit)} ${view.unit}`));
        say(caption, view.signed
          ? color === "unit" ? `${view.title}: orange is positive, blue negative; paper is zero.` : `Orange raises the score, blue lowers it; paper is zero.${input?.kind === "words" ? " Strong words are underlined: solid up, dotted down." : ""}`
          : color === "unit" ? `${view.title}: the stronger the colour, the larger; paper is zero.` : "The stronger the colour, the more influence, in either direction; paper is zero.");
      }
    });

    const mark = when((state) => [state.step, state.input, state.views.text, state.answer, state.color], (step) => {
      for (const span of text.querySelectorAll('[aria-selected="true"]')) span.setAttribute("aria-selected", "false");
      const span = spans[step - start];
      span?.setAttribute("aria-selected", "true");
      if (span) text.setAttribute("aria-activedescendant", span.id);
      else text.removeAttribute("aria-activedescendant");
      say(exact, describe(step));
    });

    /** The steps that were taken together, and their score. */
    const phrase = when((state) => [state.span, state.input, state.answer, pageOf(state)], (span, input, answer) => {
      for (const token of text.querySelectorAll(".spanned")) token.classList.remove("spanned");
      shown(together, span !== null);
      if (!span || !input) return void say(together, "");
      for (let t = span.from; t < span.to; t += 1) spans[t - start]?.classList.add("spanned");
      const words = input.tokens.slice(span.from, span.to);
      const reads = words.map(({ label, before }, k) => `${k > 0 && before ? " " : ""}${visible(label)}`).join("");
      const name = store.get().card?.step_name ?? "step";
      const where = `${quoted(reads.length > 60 ? `${reads.slice(0, 28)} … ${reads.slice(-28)}` : reads)}, ${name}s ${span.from + 1} to ${span.to}`;
      const { found, problem } = span;
      say(together, found ? `${where}: ${signed(found.score)} ${answer?.score_unit ?? ""}. ${found.note[0]?.toUpperCase() ?? ""}${found.note.slice(1)}.` : problem ? `${where}: ${problem}` : where);
    });

    const guesses = when((state) => [state.strip, state.step, state.input, state.dark], (now, step, input, dark) => {
      shown(strip, now !== null);
      shown(stripCaption, now !== null);
      if (!now || !input || now.n !== input.n_steps) return;
      const from = Math.max(0, Math.min(step - AROUND, now.n - 2 * AROUND - 1));
      const columns = Array.from({ length: Math.min(now.n, 2 * AROUND + 1) }, (_, k) => from + k);
      strip.replaceChildren(...columns.map((t) => {
        const next = input.labels[t + 1];
        const column = h("div", { class: t === step ? "guesses selected" : "guesses" }, h("button", { type: "button", class: "read", "aria-label": `character ${t + 1}, ${input.labels[t]}`, "aria-pressed": String(t === step), on: { click: () => actions.selectStep(t) } }, input.labels[t]));
        for (let k = 0; k < now.top; k += 1) {
          const [label, probability] = [now.labels[t * now.top + k], now.probability[t * now.top + k]];
          const guess = h("button", { type: "button", class: label === next ? "guess right" : "guess", title: `${quoted(label)} ${percent(probability)} after ${quoted(input.labels[t])}: why?`, on: { click() {
            const wanted = store.get().controls?.classes.indexOf(label) ?? -1;
            if (wanted >= 0) (actions.selectStep(t), actions.setTarget({ class: wanted, step: store.get().controls?.steps === "any" ? t : -1 }));
          } } }, label);
          guess.style.backgroundColor = drawing.color(probability, 1, false, dark);
          guess.style.color = drawing.text_color(probability, 1, false, dark);
          column.append(guess);
        }
        return column;
      }));
    });

    const choices = when((state) => [state.color, state.input?.kind, state.controls, state.selection], (color, kind) => {
      const series = kind === "series";
      for (const element of [coloured, text, caption, exact, legend]) shown(element, !series);
      if (series) shown(together, false);
      if (series) for (const element of [earlier, later]) shown(element, false);
      byAnswer.input.checked = color === "answer";
      byUnit.input.checked = color === "unit";
      shown(unit.element, color === "unit");
      unit.update(store.get());
    });

    const at = (/** @type {Event} */ event) => {
      const span = event.target instanceof Element ? event.target.closest(".token") : null;
      return span ? start + spans.indexOf(/** @type {HTMLElement} */ (span)) : -1;
    };
    text.addEventListener("pointerover", (event) => {
      const step = at(event);
      if (step >= 0) hover.set(step);
    });
    text.addEventListener("pointerleave", () => hover.set(-1));
    /** Where a phrase begins. */
    let anchor = -1;
    let dragged = false;
    const reach = (/** @type {number} */ from, /** @type {number} */ to) => actions.selectSpan({ from: Math.min(from, to), to: Math.max(from, to) + 1 });
    text.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      anchor = at(event);
      dragged = false;
    });
    text.addEventListener("pointermove", (event) => {
      if (anchor < 0 || !(event.buttons & 1)) return;
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".token");
      const step = under && text.contains(under) ? start + spans.indexOf(/** @type {HTMLElement} */ (under)) : -1;
      if (step < 0 || (step === anchor && !dragged)) return;
      dragged = true;
      reach(anchor, step);
    });
    addEventListener("pointerup", () => (anchor = -1), { signal: gone.signal });
    text.addEventListener("click", (event) => {
      const step = at(event);
      if (dragged) return void (dragged = false);
      actions.selectSpan(null);
      if (step >= 0) actions.selectStep(step);
    });
    text.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { step, input, span } = store.get();
      if (event.key === "Escape" && span) {
        actions.selectSpan(null);
        event.stopPropagation();
        return;
      }
      if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        event.preventDefault();
        // The selected step is where the phrase begins; its other end moves.
        const end = span ? (span.to - 1 > step ? span.to - 1 : span.from) : step;
        const next = Math.max(0, Math.min((input?.n_steps ?? 1) - 1, end + (event.key === "ArrowLeft" ? -1 : 1)));
        reach(step, next);
        return;
      }
      /** @type {Record<string, number>} */
      const to = { ArrowLeft: step - 1, ArrowRight: step + 1, ArrowUp: line(step, -1), ArrowDown: line(step, 1), Home: 0, End: (input?.n_steps ?? 1) - 1 };
      if (!(event.key in to)) return;
      event.preventDefault();
      actions.selectSpan(null);
      actions.selectStep(to[event.key]);
    });
    /** The token above or below. @param {number} step @param {-1 | 1} direction */
    function line(step, direction) {
      const here = spans[step - start]?.getBoundingClientRect();
      if (!here) return step;
      let best = step;
      let distance = Infinity;
      for (let k = step - start + direction; k >= 0 && k < spans.length; k += direction) {
        const box = spans[k].getBoundingClientRect();
        const rows = ((box.top - here.top) * direction) / here.height;
        if (rows < 0.5) continue;
        if (rows > 2.5) break;
        const away = Math.abs(box.left - here.left);
        if (away < distance) [best, distance] = [start + k, away];
      }
      return best;
    }

    let pointed = -1;
    const unhover = hover.subscribe((step) => {
      spans[pointed - start]?.classList.remove("pointed");
      pointed = step;
      spans[pointed - start]?.classList.add("pointed");
      say(exact, describe(step >= 0 ? step : store.get().step));
    });

    return {
      update(state) {
        for (const part of [predicted, write, paint, mark, phrase, guesses, choices]) part(state);
      },
      destroy: () => (unhover(), gone.abort(), host.replaceChildren()),
    };
  },
};

/** White space as it was typed: a new line breaks the line. @param {DocumentFragment} parts @param {string} before */
function breakLines(parts, before) {
  before.split("\n").forEach((piece, k) => {
    if (k > 0) parts.append(document.createElement("br"));
    if (piece) parts.append(piece);
  });
}
