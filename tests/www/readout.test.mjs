import assert from "node:assert/strict";
import { test } from "node:test";
import { cut } from "../../www/cut.js";
import { extrasOf, nodeAt, pointsOf, readAt } from "../../www/readout.js";
import { backgroundOf, fittingTo } from "../../www/request.js";

const upright = { horizontal: false, steps: true };
const bars = { kind: "bars", x_label: "word", unit: "logits", labels: ["a", "b"], values: Float32Array.of(1, -2), errors: Float32Array.of(0.25, NaN), disputed: Float32Array.of(0, 1), remainder: [["bias", 0.5]], gap: -0.125 };
const tree = { kind: "hierarchy", x_label: "word", unit: "logits", labels: ["the", "fight", "scenes"], from: Float32Array.of(0, 0, 1, 1, 2), to: Float32Array.of(3, 1, 3, 2, 3), level: Float32Array.of(0, 1, 1, 2, 2), scores: Float32Array.of(6, 1, 5, 2, 3), errors: new Float32Array() };

test("every bar can be read: inputs, what belongs to none, the gap", () => {
  const lines = [0, 1, 2, 3].map((column) => readAt(bars, { column, row: 0 }, upright));
  assert.deepEqual(lines.map(({ head }) => head), ["a · word 1", "b · word 2", "bias", "unexplained"]);
  assert.deepEqual(lines.map(({ lines: [first] }) => first), ["1 ± 0.25 logits", "−2 logits", "0.5 logits", "−0.125 logits"]);
  assert.equal(lines[1].lines[1], "methods dispute it");
  assert.deepEqual(extrasOf({ remainder: [], gap: null }), []);
  const fall = { ...bars, kind: "waterfall", start: 1, end: 0.375, target: "logit" };
  assert.deepEqual([0, 2, 3].map((row) => readAt(fall, { column: 0, row }, { horizontal: true, steps: false }).lines[1]), ["score so far 2", "score so far 0.5", "score so far 0.375"]);
});

test("a phrase is found where it is drawn", () => {
  assert.deepEqual([[0, 0], [2, 0], [0, 1], [2, 1], [0, 2], [2, 2]].map(([column, row]) => nodeAt(tree, { column, row })), [0, 0, 1, 2, -1, 4]);
  assert.deepEqual(readAt(tree, { column: 2, row: 1 }, upright), { head: "fight scenes", lines: ["5 logits", "words 2 to 3"] });
  const part = cut(tree, 1, 2);
  assert.deepEqual([[...part.from], [...part.to], part.labels], [[0, 0, 0, 1], [2, 2, 1, 2], ["fight", "scenes"]]);
});

test("curves are read at their own points", () => {
  const curves = { kind: "curves", x_label: "share", series: ["p", "q"], counts: [3, 2], x: Float32Array.of(0, 1, 4, 0, 4), y: Float32Array.of(5, 6, 7, 8, 9), low: Float32Array.of(NaN, NaN, NaN, 7, 8), high: Float32Array.of(NaN, NaN, NaN, 9, 10) };
  assert.deepEqual(pointsOf(curves), [{ x: 0, share: 0 }, { x: 1, share: 0.25 }, { x: 4, share: 1 }]);
  assert.deepEqual(readAt(curves, { column: 1, row: 0 }, upright), { head: "share 1", lines: ["p  6", "q  –"] });
  assert.equal(readAt(curves, { column: 2, row: 0 }, upright).lines[1], "q  9  (8 to 10)");
});

test("a river is read by what is largest in it", () => {
  const river = { kind: "river", x_label: "word", y_label: "cell state", x_labels: ["a", "b"], series: ["a (1)", "b (2)"], others: false, values: Float32Array.of(1, 0.25, 0, -0.5), total: Float32Array.of(1, -0.25) };
  assert.deepEqual(readAt(river, { column: 1, row: 0 }, upright).lines, ["cell state  −0.25", "−0.5  b (2)", "+0.25  a (1)"]);
  const part = cut(river, 1, 1);
  assert.deepEqual([[...part.values], [...part.total]], [[0.25, -0.5], [-0.25]]);
});

test("only what a method asks for is sent", () => {
  const params = [{ id: "n", kind: "number", low: 1, high: 9 }, { id: "rule", kind: "choice", choices: [{ id: "x" }] }, { id: "parse", kind: "text" }];
  assert.deepEqual(fittingTo(params, { n: 99, rule: "y", parse: "(a b)", more: 1 }), { n: 9, parse: "(a b)" });
  assert.deepEqual(fittingTo(params, { n: "2", rule: "x", parse: "  " }), { rule: "x" });
  const samples = Array.from({ length: 12 }, (_, k) => ({ id: `s${k}` }));
  assert.equal(backgroundOf(samples, "s0", null).length, 8);
  assert.deepEqual(backgroundOf(samples, "s1", ["s1", "s2"]).map(({ id }) => id), ["s2"]);
});
