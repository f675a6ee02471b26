import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, stepsOf } from "../../www/cut.js";

test("a stretch of steps holds the same numbers", () => {
  const lines = { kind: "lines", x_labels: [..."abcde"], series: ["g", "h"], values: Float32Array.from({ length: 10 }, (_, k) => k) };
  assert.deepEqual([...cut(lines, 1, 3).values], [1, 2, 3, 6, 7, 8]);
  assert.deepEqual(cut(lines, 1, 3).x_labels, ["b", "c", "d"]);
  const map = { kind: "heatmap", col_labels: [..."abcde"], row_labels: ["0", "1"], values: lines.values, filled: new Float32Array() };
  assert.deepEqual([...cut(map, 3, 2).values], [3, 4, 8, 9]);
  assert.equal(cut(map, 3, 2).filled.length, 0);
  const bars = { kind: "bars", labels: [..."abcde"], values: Float32Array.of(1, 2, 3, 4, 5), errors: Float32Array.of(5, 4, 3, 2, 1), disputed: new Float32Array(), gap: 0.5 };
  assert.deepEqual([[...cut(bars, 2, 2).values], [...cut(bars, 2, 2).errors], cut(bars, 2, 2).disputed.length, cut(bars, 2, 2).labels, cut(bars, 2, 2).gap], [[3, 4], [3, 2], 0, ["c", "d"], 0.5]);
  assert.deepEqual([lines, map, bars, { kind: "waterfall" }].map(stepsOf), [5, 5, 5, 0]);
});
