// @ts-check
/** What would it say otherwise? Other words or values at the selected step, and the smallest change that flips it. */
import { fade, field, fill, h, say, shown } from "../dom.js";
import { isFree, when } from "../store.js";
import { number, percent, quoted, seconds } from "../words.js";
import { createRun } from "./run.js";

/** More outcomes than this are no menu. */
const MOST_OUTCOMES = 60;
const ORDERS = [{ value: "near", label: "nearest first" }, { value: "far", label: "largest change first" }];

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const { actions, store } = context;
  /** What was read before something was put in. @type {{ text: string, sampleId: string | null } | null} */
  let former = null;
  /** Once asked, other steps are tried as they are selected. */
  let follows = false;
  let asked = "";
  /** Of the model's input. */
  let kind = "";

  const variable = h("select", { "aria-label": "variable to change", on: { change: () => follows && attempt() } });
  const variableField = field("Variable", variable);
  const order = h("select", { "aria-label": "order", on: { change: () => list(store.get()) } });
  fill(order, ORDERS, "near");
  const attemptButton = h("button", { type: "button", class: "main", on: { click() {
    follows = true;
    attempt();
  } } });
  const here = h("p", { role: "status" });
  const rows = h("tbody", {});
  const head = h("th", { scope: "col" });
  const chance = h("th", { scope: "col" });
  const table = h("div", { class: "scroll alternatives", tabIndex: 0, role: "region", "aria-label": "what may stand there instead" }, h("table", {}, h("thead", {}, h("tr", {}, head, chance, h("th", { scope: "col" }, "it says"), h("th", { scope: "col", "aria-label": "put it in" }))), rows));
  const instead = h("div", { class: "answer" }, h("div", { class: "row between" }, here, order), table);

  const wish = h("select", { "aria-label": "what it should say instead" });
  const wishField = field("Should say", wish);
  const places = h("input", { type: "number", min: 1, max: 12, step: 1, value: 6 });
  const find = createRun(context, { of: "the search", label: "Find the smallest change", begin: () => actions.study("turn", "Looking for a flip", { into: wish.value === "" ? null : Number(wish.value), edits: Math.min(12, Math.max(1, Number(places.value) || 6)) }) });
  const verdict = h("p", { class: "judgement", role: "status" });
  const changes = h("ol", { class: "few" });
  const put = h("button", { type: "button", on: { click: () => use(store.get().studies.turn?.found?.text) } }, "Put it in");
  const note = h("p", { class: "note" });
  const flip = h("div", { class: "answer" }, verdict, changes, h("div", { class: "row" }, put), note);
  const back = h("button", { type: "button", on: { click: takeBack } }, "Take it back");
  const aged = h("p", { class: "note" }, "Of what was read before: try anew.");
  host.append(h("h3", {}, "Something else here"), variableField, h("div", { class: "row" }, attemptButton, back), instead,
    h("h3", {}, "The smallest change that flips it"), h("div", { class: "pair" }, wishField, field("Places at most", places)), ...find.elements, flip, aged);

  function attempt() {
    const { step, studies } = store.get();
    if (!isFree(store.get()) || studies.turn?.running) return;
    asked = key(store.get());
    actions.study("alternatives", "Trying", { step, variable: Number(variable.value) || 0 });
  }
  /** @param {import("../types").State} state */
  const key = ({ step, text, input }) => JSON.stringify([step, variable.value, input?.series ? input.n_steps : text]);

  /** @param {string | undefined} text */
  function use(text) {
    if (text === undefined) return;
    former ??= { text: actions.asTyped(), sampleId: store.get().sampleId };
    actions.setText(text);
  }
  function takeBack() {
    if (!former) return;
    const { text, sampleId } = former;
    former = null;
    if (sampleId !== null) actions.pickSample(sampleId);
    else actions.setText(text);
  }

  /** @param {import("../types").State} state */
  function list({ studies, card }) {
    /** @type {import("../types").Alternatives | null} */
    const found = studies.alternatives?.found ?? null;
    shown(instead, found !== null);
    if (!found) return;
    const unit = card?.step_name ?? "step";
    say(here, `${unit} ${found.step + 1}: ${quoted(found.now)}, ${found.outcome.label} ${percent(found.outcome.probability)}; ${found.rows.filter(({ flips }) => flips).length} of ${found.rows.length} tried flip it.`);
    say(head, "instead");
    say(chance, found.outcome.label);
    const shownRows = [...found.rows];
    if (order.value === "far") shownRows.sort((a, b) => a.probability - b.probability);
    rows.replaceChildren(...shownRows.map((row) => h("tr", { class: row.flips ? "flips" : "" },
      h("th", { scope: "row", title: `distance ${number(row.distance, 3)}` }, row.label),
      h("td", {}, percent(row.probability)),
      h("td", {}, row.flips ? h("strong", {}, `→ ${row.outcome.label} ${percent(row.outcome.probability)}`) : "same"),
      h("td", {}, h("button", { type: "button", class: "plain", "aria-label": `put in ${row.label}`, on: { click: () => use(row.text) } }, "put in")))));
  }

  const menus = when((state) => [state.controls, state.input?.series ?? null, state.step, state.card], (controls, series, step, card) => {
    shown(variableField, series !== null);
    shown(order, series === null); // values stand in their own order
    if (card && card.input_kind !== kind) {
      kind = card.input_kind;
      places.value = kind === "series" ? "12" : "6"; // of many values one alone does little
    }
    if (series) fill(variable, series.variables.map((name, v) => ({ value: String(v), label: name })), variable.value || "0");
    const unit = card?.step_name ?? "step";
    say(attemptButton, series ? `Try other values at ${unit} ${step + 1}` : `Try other ${unit}s at ${unit} ${step + 1}`);
    const classes = controls?.classes ?? [];
    shown(wishField, classes.length > 2 && classes.length <= MOST_OUTCOMES);
    fill(wish, [{ value: "", label: "anything else" }, ...(classes.length > 2 && classes.length <= MOST_OUTCOMES ? classes.map((label, c) => ({ value: String(c), label })) : [])], wish.value);
  });
  const going = when((state) => [state.progress, state.studies.turn?.running ?? false, isFree(state)], (_now, running, free) => {
    find.update(store.get(), running);
    attemptButton.disabled = !free;
  });
  const moved = when((state) => [state.step, state.answer, isFree(state)], (_step, _answer, free) => {
    if (free && follows && asked !== key(store.get())) attempt();
  });
  const found = when((state) => [state.studies.turn, state.studies.alternatives, state.card], (turned, tried, card) => {
    /** @type {import("../types").Turn | null} */
    const turn = turned?.found ?? null;
    shown(flip, turn !== null);
    shown(aged, Boolean((turn && turned?.old) || (tried?.found && tried.old)));
    fade(flip, Boolean(turned?.old));
    fade(instead, Boolean(tried?.old));
    shown(back, former !== null);
    list(store.get());
    if (!turn || !turned) return;
    const unit = card?.step_name ?? "step";
    const from = `${turn.before.label} ${percent(turn.before.probability)}`;
    const to = `${turn.after.label} ${percent(turn.after.probability)}`;
    say(verdict, turn.flips ? `${from} becomes ${to} with ${turn.changes.length === 1 ? "one change" : `${turn.changes.length} changes, none of which is idle`}.`
      : turned.running ? `Nearest so far: ${from} becomes ${to}.`
      : turn.changes.length > 0 ? `Nothing that was tried flips it. Nearest: ${from} becomes ${to}. Allow more places.` : `Nothing that was tried brings ${from} any nearer to something else.`);
    changes.replaceChildren(...turn.changes.map(({ step, name, from, to }) => h("li", {}, `${name ? `${name}, ` : ""}${unit} ${step + 1}: `, h("del", {}, from), " → ", h("ins", {}, to))));
    shown(put, turn.changes.length > 0 && !turned.running);
    say(note, `${turn.runs} inputs were run in ${seconds(turned.seconds)}. ${turn.flips ? (turn.proven ? "The changed input was read and run anew, and says the same. " : "Typed anew it is read otherwise, so it may not flip. ") : ""}Slopes propose and runs decide: another change of the same size may exist, and a smaller one is not ruled out.${kind === "series" ? " Values lie within two standard deviations of their mean in training; whether they are possible, the network does not know." : ""}`);
  });
  const undone = when((state) => [state.model], () => {
    former = null;
    follows = false;
  });
  const update = (/** @type {import("../types").State} */ state) => (undone(state), menus(state), going(state), moved(state), found(state));
  return { update, destroy: () => host.replaceChildren() };
}
