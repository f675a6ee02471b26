import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, create, unheld } from "../../www/panels/compare.js";
import { baselinesOf } from "../../www/request.js";
import { host } from "./fake_dom.mjs";
import { file, page, settle } from "./fake_page.mjs";

globalThis.ResizeObserver = class { observe() {} disconnect() {} };
globalThis.IntersectionObserver = globalThis.ResizeObserver;
Object.assign(globalThis, { devicePixelRatio: 1, matchMedia: () => ({ matches: false }) });

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

const REGISTRY = [{ id: "zeros", label: "zeros", available: true }, { id: "carry-forward", label: "carried forward", available: false }, { id: "mean", label: "mean", available: true }, { id: "sample", label: "another sample", available: true }];
const samples = (n) => Array.from({ length: n }, (_, k) => ({ id: `s${k}`, title: k === 3 ? "Title 2" : `Title ${k}`, kind: "text", text: `text ${k}` }));

test("every other sample is a baseline of its own, and at least five are chosen at first", () => {
  const offered = baselinesOf(REGISTRY, samples(30), "s1");
  assert.equal(offered.length, 20);
  assert.deepEqual(offered.slice(0, 6).map(({ label }) => label), ["zeros", "carried forward", "mean", "Title 0", "Title 2", "Title 2 (2)"], "answers are told apart by their labels");
  assert.equal(new Set(offered.map(({ label }) => label)).size, 20);
  assert.deepEqual(offered[4].baseline, { id: "sample", sample: "text 2" });
  assert.ok(!offered.some(({ baseline }) => baseline.sample === "text 1"), "what is read is no baseline of itself");
  assert.deepEqual(offered.filter(({ first }) => first).map(({ label }) => label), ["zeros", "mean", "Title 0", "Title 2", "Title 2 (2)"]);
  assert.equal(baselinesOf(REGISTRY, samples(1), "s0").length, 3, "there is no other sample");
  assert.equal(baselinesOf(REGISTRY.slice(0, 3), samples(9), null).length, 3, "where no sample can be one");
});

test("the race over baselines asks once a sample, with its text", async () => {
  const { store, actions, engine, of, context, session } = page({ answers: { race: () => ({ found: null, took: {} }) } });
  await actions.openFile(file);
  await settle();
  session.start_attribution(store.get().request);
  session.job = null;
  store.set({ samples: samples(6), sampleId: null, answer: session.attribution(), old: false });
  const element = host();
  const panel = create(element, context);
  panel.update(store.get());
  element.all(({ type, attributes, value }) => type === "radio" && value === "baselines")[0].change("baselines");
  assert.match(element.textContent, /Other samples, cut or padded to this length.*Title 0.*Title 5/);
  const run = element.find(".main");
  assert.equal(run.textContent, "Compare 5 baselines");
  const box = element.all(({ tagName, textContent }) => tagName === "LABEL" && textContent === "Title 5")[0].children[0];
  box.checked = true;
  box.change("on");
  assert.equal(run.textContent, "Compare 6 baselines");
  run.click();
  await settle();
  const [{ entries, shown }] = of("race");
  assert.deepEqual(entries.map(({ label, request }) => [label, request.baseline]), [["zeros", { id: "zeros" }], ["mean", { id: "mean" }], ["Title 0", { id: "sample", sample: "text 0" }], ["Title 1", { id: "sample", sample: "text 1" }], ["Title 2", { id: "sample", sample: "text 2" }], ["Title 5", { id: "sample", sample: "text 5" }]]);
  assert.ok(entries.every(({ request }) => request.method === shown.method && request.target === shown.target));
  engine.stop();
});
