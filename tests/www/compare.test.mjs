import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, unheld } from "../../www/panels/compare.js";

const bars = (values, changes = {}) => ({ kind: "bars", x_label: "hour", unit: "logits", labels: values.map(String), signed: true, limit: 1, remainder: [], gap: null, values: Float32Array.from(values), errors: new Float32Array(), disputed: new Float32Array(), ...changes });

test("bars share a scale when they are in the same unit, and have signs or have none", () => {
  const rows = [bars([1, -4]), bars([2, 3]), bars([9, 9], { signed: false }), bars([50], { unit: "probability" })].map((bars) => ({ bars }));
  assert.deepEqual(rows.map((row) => alike(row.bars, rows, null).limit), [4, 4, 9, 50]);
});

test("answers over something else than steps are named where they cannot be held against the others", () => {
  const row = (label, x_label) => ({ label, bars: bars([1, 2], { x_label }) });
  const rows = [row("A", "hour"), row("B", "feature"), row("C", "hour"), row("D", "feature")];
  assert.equal(unheld({ rows, agreement: { labels: ["A", "C"] }, referee: null }), "Not among those that are held against each other: B, D. There each bar is a feature.");
  assert.equal(unheld({ rows: [rows[0], rows[2]], agreement: { labels: ["A", "C"] }, referee: null }), "");
  assert.match(unheld({ rows: rows.slice(0, 2), agreement: null, referee: null }), /^None is held against another/);
  assert.equal(unheld({ rows: [rows[0]], agreement: null, referee: null }), "", "one alone is missing nowhere");
});
