// @ts-check
/** Several methods side by side on one scale, and how far they agree; or one method over several baselines. */
import { fade, fresh, h, say, shown } from "../dom.js";
import { createFigure } from "../figure.js";
import { baselinesOf } from "../request.js";
import { csv, download, fileName } from "../save.js";
import { isFree, when } from "../store.js";
import { count, fine, number, seconds, signed } from "../words.js";
import { createRun } from "./run.js";
import { near } from "./unit.js";

/** Methods that are chosen at first: the shown one, and the first of some other families. */
const AT_FIRST = 5;
const MOST_ROWS = 500;

/** What the matrix shows. @type {{ id: "spearman" | "sign" | "top", label: string, about: (k: number) => string, signed: boolean }[]} */
const MATRICES = [
  { id: "spearman", label: "rank", about: () => "Spearman's ρ of the bars: 1 = the same order, 0 = none, −1 = reversed.", signed: true },
  { id: "sign", label: "sign", about: (k) => `Among the ${k} largest bars: the share that has the same sign.`, signed: false },
  { id: "top", label: "top", about: (k) => `The share of the ${k} largest bars that both have.`, signed: false },
];

/** @type {import("../types").Panel["create"]} */
export function create(host, context) {
  const { actions, drawing, store } = context;
  /** @type {"methods" | "baselines"} */
  let over = "methods";
  /** Ids that are chosen, by mode; null until someone chooses. @type {{ methods: string[] | null, baselines: string[] | null }} */
  const chosen = { methods: null, baselines: null };
  /** @type {"spearman" | "sign" | "top"} */
  let matrix = "spearman";

  const tabs = (/** @type {string} */ label, /** @type {{ id: string, label: string }[]} */ list, /** @type {(id: any) => void} */ pick) => {
    const name = fresh("tab");
    const inputs = list.map(({ id, label }, k) => h("label", { class: "choice" }, h("input", { type: "radio", name, value: id, checked: k === 0, on: { change: () => pick(id) } }), label));
    return h("div", { class: "tabs", role: "radiogroup", "aria-label": label }, inputs);
  };
  const mode = tabs("compare", [{ id: "methods", label: "Methods" }, { id: "baselines", label: "Baselines" }], (id) => {
    over = id;
    offer(store.get());
    show(store.get());
  });
  const choices = h("div", { class: "choices" });
  const judge = h("input", { type: "checkbox" });
  const judged = h("label", { class: "choice", title: "All coalitions of a few groups of steps are tried: what they say is exact, and every method is held against it." }, judge, "with exact values over groups as referee");
  const run = createRun(context, { of: "the comparison", begin: () => actions.race(over, picked(store.get()), judge.checked) });
  const some = (/** @type {string} */ label, /** @type {(all: string[]) => string[]} */ pick) => h("button", { type: "button", class: "plain", on: { click() {
    chosen[over] = pick(available(store.get()).map(({ id }) => id));
    offer(store.get());
  } } }, label);
  const doing = h("p", { class: "note" });
  const verdict = h("p", { class: "judgement", role: "status" });
  const aged = h("p", { class: "note" });
  const meaning = h("p", { class: "note" });
  const missing = h("p", { class: "note" });
  const grid = h("div", { class: "multiples" });
  const ribbonHost = h("div", {});
  const kinds = tabs("what agrees", MATRICES, (id) => {
    matrix = id;
    show(store.get());
  });
  const about = h("p", { class: "note" });
  const table = h("div", { class: "scroll agreement", tabIndex: 0, role: "region", "aria-label": "agreement of the methods" });
  const agreement = h("div", { class: "answer" }, h("div", { class: "row between" }, h("h3", {}, "Agreement"), kinds), about, table);
  const sentence = h("p", { class: "note" });
  const distances = h("div", { class: "scroll refereed", tabIndex: 0, role: "region", "aria-label": "methods beside the referee" });
  const refereed = h("div", { class: "answer" }, h("h3", {}, "Beside the referee"), sentence, distances);
  const numbers = h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "all bars as numbers" });
  const cut = h("p", { class: "note" });
  const details = h("details", { class: "numbers" }, h("summary", {}, "Numbers"), cut, numbers);
  const below = h("div", { class: "below" }, details, h("div", { class: "tools" }, h("button", { type: "button", class: "plain", title: "Save all bars as comma-separated values", on: { click: () => save() } }, "CSV")));
  const result = h("div", { class: "answer" }, aged, verdict, meaning, missing, grid, ribbonHost, refereed, agreement, below);
  host.append(h("div", { class: "row between" }, mode, h("div", { class: "row" }, some("all", (all) => all), some("none", () => []))),
    choices, judged, ...run.elements, doing, result);
  details.addEventListener("toggle", () => list(store.get()));
  const ribbon = createFigure(ribbonHost, context, {
    steps: true,
    height: (_, width) => (width < 500 ? 200 : 230),
    caption: "From the smallest to the largest value over the baselines, the mean as a line. Hatched: the sign depends on the baseline.",
    pick: ({ column }) => actions.selectStep(column),
  });

  /** What can be compared. @param {import("../types").State} state */
  function available({ controls, samples, sampleId }) {
    if (!controls) return [];
    return (over === "methods" ? controls.methods : baselinesOf(controls.baselines, samples, sampleId)).filter((one) => one.available);
  }

  /** @param {import("../types").State} state */
  function picked(state) {
    const ids = available(state).map(({ id }) => id);
    const wished = chosen[over];
    if (wished) return ids.filter((id) => wished.includes(id));
    if (over === "baselines") return baselinesOf(state.controls?.baselines ?? [], state.samples, state.sampleId).filter(({ first }) => first).map(({ id }) => id);
    const methods = state.controls?.methods ?? [];
    const now = methods.find(({ id }) => id === state.request?.method);
    const families = new Set([now?.family]);
    const others = methods.filter(({ available, signed, family }) => available && signed && !families.has(family) && families.add(family));
    return [...(now ? [now] : []), ...others].slice(0, AT_FIRST).map(({ id }) => id);
  }

  /** The boxes to tick, under the heading of their family. @param {import("../types").State} state */
  function offer(state) {
    const { controls, request } = state;
    if (!controls || !request) return;
    const ids = picked(state);
    const box = (/** @type {{ id: string, label: string, available: boolean, reason?: string }} */ { id, label, available, reason }) => h("label", { class: available ? "choice" : "choice away-now", title: reason ?? "" },
      h("input", { type: "checkbox", checked: ids.includes(id), disabled: !available, on: { change: (/** @type {any} */ event) => {
        const now = picked(store.get());
        chosen[over] = event.target.checked ? [...now, id] : now.filter((other) => other !== id);
        tally();
      } } }), label);
    shown(judged, over === "methods");
    if (over === "methods") {
      /** @type {Map<string, import("../types").Method[]>} */
      const families = new Map();
      for (const method of controls.methods) families.set(method.family, [...(families.get(method.family) ?? []), method]);
      choices.replaceChildren(...[...families].map(([family, list]) => h("fieldset", {}, h("legend", {}, family || "Methods"), list.map(box))));
    } else {
      const method = controls.methods.find(({ id }) => id === request.method);
      const all = baselinesOf(controls.baselines, state.samples, state.sampleId);
      const apart = (/** @type {boolean} */ samples) => all.filter(({ baseline }) => "sample" in baseline === samples).map(box);
      const others = apart(true);
      if (method?.uses_baseline === false) choices.replaceChildren(h("p", { class: "note" }, `${method.label} compares with no baseline: choose another method first.`));
      else choices.replaceChildren(h("fieldset", {}, h("legend", {}, `${method?.label ?? "The method"} over`), apart(false)), ...(others.length ? [h("fieldset", {}, h("legend", {}, "Other samples, cut or padded to this length"), others)] : []));
    }
    tally();
  }

  function tally() {
    const state = store.get();
    const n = picked(state).length;
    const { controls, request, race } = state;
    const pointless = over === "baselines" && controls?.methods.find(({ id }) => id === request?.method)?.uses_baseline === false;
    run.update(state, race?.running ?? false, n > 0 && !pointless);
    say(run.button, over === "methods" ? `Compare ${n} method${n === 1 ? "" : "s"}` : `Compare ${n} baseline${n === 1 ? "" : "s"}`);
  }

  /** @type {{ figure: ReturnType<typeof createFigure>, title: HTMLElement, facts: HTMLElement, element: HTMLElement }[]} */
  const multiples = [];
  /** The place of the k-th small picture. @param {number} k */
  function multiple(k) {
    if (!multiples[k]) {
      const title = h("h4", {});
      const facts = h("p", { class: "note" });
      const head = h("div", { class: "row between" }, title);
      const element = h("div", { class: "multiple" }, head);
      multiples[k] = { title, facts, element, figure: createFigure(element, context, { small: true, steps: true, height: (view) => (view.kind === "bars" && (view.x_label === "feature" || view.x_label === "variable") ? 18 * view.labels.length + 50 : 190), caption: "", pick: ({ column }) => actions.selectStep(column) }) };
      head.append(multiples[k].figure.tools);
      element.append(facts);
    }
    grid.append(multiples[k].element);
    return multiples[k];
  }

  /** @param {import("../types").State} state */
  function show(state) {
    const { race, step } = state;
    const mine = race !== null && race.over === over;
    shown(result, mine && (race.found?.rows.length ?? 0) + Object.keys(race.took).length > 0);
    if (!mine || !race.found) return;
    const { rows, agreement: agreed, disputed, ribbon: range } = race.found;
    fade(result, race.old);
    say(aged, "Of a former input, target or baseline: compare anew.");
    shown(aged, race.old && !race.running);
    const refused = Object.entries(race.took).filter(([, { problem }]) => problem);
    const outlined = disputed?.some((one) => one > 0.5) ? " Those in dispute are outlined, or underlined where bars are narrow." : "";
    const said = over === "methods" ? agreed?.verdict : range?.verdict;
    if (!race.running) say(verdict, `${said ?? (rows.length < 2 ? "Choose at least two to compare." : "")}${over === "methods" ? outlined : ""}`);
    say(meaning, (over === "methods" && agreed?.about) || "");
    shown(meaning, over === "methods" && Boolean(agreed?.about));
    const left = over === "methods" && !race.running ? unheld(race.found) : "";
    say(missing, left);
    shown(missing, left !== "");
    rows.forEach((row, k) => {
      const { title, facts, figure } = multiple(k);
      const time = race.took[row.label]?.seconds;
      say(title, row.label);
      const apart = row.bars.remainder.filter(([, value]) => value !== 0).map(([label, value]) => `${label} ${signed(value)}`);
      const gap = row.gap === null ? "no sum promised" : `${row.gap_percent === null ? number(row.gap) : fine(Math.abs(row.gap_percent) / 100)} unexplained`;
      say(facts, [time === undefined ? "" : seconds(time), gap, ...apart, `${count(row.forward_passes)} + ${count(row.backward_passes)} passes`, row.converged ? "" : "stopped before its tolerance"].filter(Boolean).join(" · "));
      facts.title = "seconds, what the bars leave unexplained, passes forward + back";
      const along = disputed && row.bars.labels.length === disputed.length;
      const overTime = row.bars.x_label !== "feature" && row.bars.x_label !== "variable";
      figure.update(alike(row.bars, rows, along && over === "methods" ? disputed : null), overTime && step < row.bars.labels.length ? { column: step } : {}, overTime && near(state));
    });
    for (const { element } of multiples.slice(rows.length)) element.remove();
    grid.querySelectorAll(".refused").forEach((element) => element.remove());
    grid.append(...refused.map(([label, { problem }]) => h("div", { class: "multiple refused" }, h("h4", {}, label), h("p", { class: "note" }, problem ?? ""))));
    const first = rows.find(({ bars }) => bars.labels.length === range?.low.length);
    ribbon.update(over === "baselines" && range && first ? ranged(range, first.bars, rows.length) : null, { column: step }, near(state));
    const decided = over === "methods" ? (race.found.referee ?? null) : null;
    shown(refereed, decided !== null);
    if (decided) decide(decided);
    shown(agreement, agreed !== null && over === "methods");
    if (agreed && over === "methods") matrixOf(agreed, state.dark);
    list(state);
  }

  /** @param {NonNullable<import("../types").Comparison["referee"]>} found */
  function decide({ verdict, groups, k, rows }) {
    say(sentence, `${verdict} Over ${groups} groups; the bars of a group are added up before they are compared.`);
    const cell = (/** @type {number | null} */ value, digits = 2) => h("td", {}, value === null ? "–" : value.toFixed(digits).replace("-", "−"));
    const heads = [["method", ""], ["rank", "Spearman’s ρ with the referee"], ["sign", "share of the groups with the referee’s sign"], [`top ${k}`, `share of the referee’s ${k} largest groups among the method’s own`], ["distance", "length of the difference as a share of the referee’s length, after the best common factor"]];
    distances.replaceChildren(h("table", {},
      h("thead", {}, h("tr", {}, heads.map(([label, title]) => h("th", { scope: "col", title }, label)))),
      h("tbody", {}, rows.map(({ label, spearman, sign, top, scaled }) => h("tr", {}, h("th", { scope: "row" }, label), cell(spearman), cell(sign), cell(top), cell(scaled))))));
  }

  /** @param {import("../types").Agreement} agreed @param {boolean} dark */
  function matrixOf({ labels, k, ...values }, dark) {
    const now = MATRICES.find(({ id }) => id === matrix) ?? MATRICES[0];
    const n = labels.length;
    say(about, now.about(k));
    const cell = (/** @type {number} */ r, /** @type {number} */ c) => {
      const value = values[now.id][r * n + c];
      const made = h("td", { title: `${labels[r]} and ${labels[c]}: ${number(value, 3)}` }, r === c ? "·" : Number.isNaN(value) ? "–" : value.toFixed(2).replace("-", "−"));
      if (r !== c && !Number.isNaN(value)) {
        made.style.backgroundColor = drawing.color(value, 1, now.signed, dark);
        made.style.color = drawing.text_color(value, 1, now.signed, dark);
      }
      return made;
    };
    table.replaceChildren(h("table", {},
      h("thead", {}, h("tr", {}, h("td", {}), labels.map((label, c) => h("th", { scope: "col", title: label }, String(c + 1))))),
      h("tbody", {}, labels.map((label, r) => h("tr", {}, h("th", { scope: "row" }, `${r + 1} ${label}`), labels.map((_, c) => cell(r, c)))))));
  }

  /** All bars as one table: a row a step, a column a method. @param {import("../types").State} state */
  function rowsOf({ race }) {
    const rows = race?.found?.rows ?? [];
    const longest = rows.reduce((best, row) => (row.bars.labels.length > best.length ? row.bars.labels : best), /** @type {string[]} */ ([]));
    const same = rows.filter(({ bars }) => bars.labels.length === longest.length);
    const columns = ["#", same[0]?.bars.x_label ?? "", ...same.map(({ label, unit }) => `${label} (${unit})`)];
    return { columns, rows: longest.map((label, t) => [String(t + 1), label, ...same.map(({ bars }) => number(bars.values[t]))]), exact: longest.map((label, t) => [String(t + 1), label, ...same.map(({ bars }) => String(bars.values[t]))]) };
  }

  /** @param {import("../types").State} state */
  function list(state) {
    if (!details.open) return;
    const { columns, rows } = rowsOf(state);
    say(cut, rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${rows.length} rows; “CSV” saves all.` : "");
    numbers.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows.slice(0, MOST_ROWS).map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
  }

  function save() {
    const { columns, exact } = rowsOf(store.get());
    download(fileName(`comparison of ${over}`, "csv"), new Blob([csv([columns, ...exact])], { type: "text/csv" }));
  }

  const menus = when((state) => [state.controls, state.request, state.samples, state.sampleId], () => offer(store.get()));
  const going = when((state) => [state.progress, state.race?.running ?? false, isFree(state)], (now, running) => {
    shown(doing, running);
    say(doing, running && now ? `${now.what} …` : "");
    tally();
  });
  const results = when((state) => [state.race, state.step, state.dark, near(state)], () => show(store.get()));
  return {
    update: (state) => (menus(state), going(state), results(state)),
    destroy() {
      for (const { figure } of multiples) figure.destroy();
      ribbon.destroy();
      host.replaceChildren();
    },
  };
}

/** What is drawn, but cannot be held against the others: its numbers stand for something else. @param {import("../types").Comparison} found */
export function unheld({ rows, agreement, referee }) {
  const held = new Set([...(agreement?.labels ?? []), ...(referee?.rows ?? []).map(({ label }) => label)]);
  const others = rows.filter(({ label }) => !held.has(label));
  // Of fewer than two there is nothing to hold together.
  if (rows.length < 2 || others.length === 0) return "";
  if (held.size === 0) return "None is held against another: that takes two answers with one bar for each step.";
  const names = others.map(({ label }) => label);
  const kinds = [...new Set(others.map(({ bars }) => bars.x_label))].join(" or ");
  return `Not among those that are held against each other: ${names.join(", ")}. There each bar is a ${kinds}.`;
}

/** @type {WeakMap<import("../types").Bars, import("../types").Bars>} */
const views = new WeakMap();
/**
 * The bars as they stand beside others: on the scale of all in the same unit and with or without signs like it, and without what belongs to no step, so
 * that the same step stands at the same place in each. One view for the same bars, so that nothing is drawn twice.
 * @param {import("../types").Bars} bars @param {import("../types").Compared[]} rows @param {Float32Array | null} disputed
 */
export function alike(bars, rows, disputed) {
  let view = views.get(bars);
  if (!view) {
    const sizes = rows.filter((row) => row.bars.unit === bars.unit && row.bars.signed === bars.signed).flatMap((row) => [...row.bars.values].filter(Number.isFinite).map(Math.abs));
    view = { ...bars, remainder: [], gap: null, limit: sizes.reduce((most, size) => Math.max(most, size), 0) || 1, disputed: disputed ?? new Float32Array() };
    views.set(bars, view);
  }
  return view;
}

/** @type {WeakMap<object, import("../types").Ribbon>} */
const ribbons = new WeakMap();
/** @param {NonNullable<import("../types").Comparison["ribbon"]>} range @param {import("../types").Bars} bars @param {number} n */
function ranged(range, bars, n) {
  const known = ribbons.get(range);
  if (known) return known;
  const { low, high, mean, flips } = range;
  /** @type {import("../types").Ribbon} */
  const view = { kind: "ribbon", title: `${bars.title} · over ${n} baselines`, x_label: bars.x_label, unit: bars.unit, labels: bars.labels, low, high, mean, flips };
  ribbons.set(range, view);
  return view;
}
