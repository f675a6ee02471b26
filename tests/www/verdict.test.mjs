import assert from "node:assert/strict";
import { test } from "node:test";
import { verdict } from "../../www/panels/verdict.js";
import { createStore, empty } from "../../www/store.js";
import { host } from "./fake_dom.mjs";

const method = { id: "m", label: "M", uses_baseline: true, uses_background: false, params: [{ id: "tolerance", label: "Tolerance" }] };
const answer = { method: "M", target: "logit", baseline: "zeros", unit: "logits per unit of input", score_unit: "logits", score: 3, baseline_score: 1, gap: 0.5, gap_percent: 25, completes: true, signed: true, forward_passes: 1, backward_passes: 1, converged: true, note: "", seconds: 0.1, settings: [["Tolerance", "0.01"], ["precision", "f32"]], remainder: [], bars: null };

/** What the panel says of a state. */
function said(state, changes = {}) {
  const element = host();
  const store = createStore({ ...empty(), controls: { methods: [method] }, answer: { ...answer, ...changes }, ...state }, (run) => run());
  verdict.create(element, { actions: {}, store }).update(store.get());
  const facts = Object.fromEntries(element.all(({ tagName }) => tagName === "DL")[0].children.reduce((rows, { textContent }, k) => (k % 2 ? rows.at(-1).push(textContent) : rows.push([textContent]), rows), []));
  return { text: element.textContent, level: element.find(".gap").dataset.level, state: facts.state, tolerance: facts.tolerance };
}

test("what goes on is told from what was stopped", () => {
  const going = said({ partial: true, progress: { kind: "answer", what: "Explaining", fraction: 0.5, note: "", since: 0 } });
  assert.match(going.text, /unexplained so far/);
  assert.deepEqual([going.state, going.level], ["partial", "none"]);
  const stopped = said({ partial: true });
  assert.match(stopped.text, /25\.0 % unexplained when stopped/);
  assert.doesNotMatch(stopped.text, /so far|partial/);
  assert.deepEqual([stopped.state, stopped.level], ["stopped", "poor"]);
  assert.equal(said({}).state, "finished");
  assert.doesNotMatch(said({}).text, /per unit/, "scores are in their own unit, whatever that of the bars");
  const guess = { gap: null, gap_percent: null };
  assert.match(said({ partial: true }, guess).text, /^.*Not known.*stopped at a first guess/s);
  assert.doesNotMatch(said({ partial: true }, guess).text, /yet/);
});

test("a gap is told however small it is, with the tolerance that was asked for", () => {
  const exact = said({}, { gap: 4.2e-9, gap_percent: 2.1e-7, settings: [["Tolerance", "1e-6"], ["precision", "f64"]] });
  assert.match(exact.text, /2\.1e−7 % unexplained/);
  assert.equal(exact.tolerance, "1.00e−6");
  assert.equal(said({}, { settings: [["Tolerance", "0"], ["precision", "f32"]] }).tolerance, undefined, "nothing steered");
});

test("where single precision is the limit, double precision is offered", () => {
  const small = { gap: 6e-6, gap_percent: 3e-4 };
  const offers = (changes) => /double \(exact gap\)/.test(said({}, changes).text);
  assert.ok(offers({ ...small, settings: [["Tolerance", "1e-6"], ["precision", "f32"]] }));
  assert.ok(!offers({ ...small, settings: [["Tolerance", "1e-6"], ["precision", "f64"]] }));
  assert.ok(!offers({ ...small, settings: [["Tolerance", "0.01"], ["precision", "f32"]] }), "as close as was asked");
  assert.ok(!offers({ settings: [["Tolerance", "1e-6"], ["precision", "f32"]] }), "too much for rounding");
});
