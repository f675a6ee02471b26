import assert from "node:assert/strict";
import { test } from "node:test";
import { file, page, settle } from "./fake_page.mjs";

/** Longer than edits have to be still. */
const STILL = 700;
const found = { label: "Deletion", verdict: "It holds.", note: "", numbers: [], curves: null };
const measured = () => ({ found, seconds: 0 });

/** A page whose answer has been tested once. @param {Record<string, any>} [answers] */
async function tested(answers = {}) {
  const made = page({ state: { open: ["truth"], judge: { metric: "deletion", params: {}, follows: true } }, answers: { measure: measured, study: () => ({ found: {}, seconds: 0 }), ...answers } });
  const { actions, store, of } = made;
  await actions.openFile(file);
  await settle(STILL);
  assert.equal(of("measure").length, 0, "nothing is tested before a person asks for it");
  await actions.measure();
  await settle();
  assert.equal(store.get().judged.old, false);
  return { ...made, tests: () => of("measure").length };
}

test("the test that was run last follows edits, once they have been still", async () => {
  const { actions, store, tests, engine } = await tested();
  await actions.setText("one edit");
  await settle(300);
  assert.deepEqual([tests(), store.get().judged.old], [1, true]);
  await actions.setText("another edit");
  await settle(400);
  assert.equal(tests(), 1, "it waits for the last of them");
  await settle(STILL - 400);
  assert.deepEqual([tests(), store.get().judged.old], [2, false]);
  await settle(STILL);
  assert.equal(tests(), 2, "once is enough");
  engine.stop();
});

test("it does not where it was switched off, or is not seen", async () => {
  const { actions, store, tests, engine } = await tested();
  actions.setJudge({ follows: false });
  await actions.setText("one edit");
  await settle(STILL);
  assert.deepEqual([tests(), store.get().judged.old], [1, true]);
  actions.unfold("truth", false);
  actions.setJudge({ follows: true });
  await settle(STILL);
  assert.equal(tests(), 1);
  actions.unfold("truth", true);
  await settle(STILL);
  assert.deepEqual([tests(), store.get().judged.old], [2, false]);
  engine.stop();
});

test("an edit does not wait for a test, and what the test says after it counts no more", async () => {
  let slow = false;
  const { actions, store, of, tests, answer, engine } = await tested({ measure: () => (slow ? undefined : measured()) });
  slow = true;
  await actions.setText("one edit");
  await settle(STILL);
  assert.equal(tests(), 2);
  await actions.setText("an edit of five words");
  await settle();
  assert.equal(store.get().answer.bars.labels.length, 5, "the answer is there");
  assert.equal(store.get().old, false);
  answer(of("measure")[1].id, { cancelled: true, answer: found, seconds: 9 });
  await settle();
  assert.equal(store.get().judged.old, true);
  slow = false;
  await settle(STILL);
  assert.deepEqual([tests(), store.get().judged.old], [3, false]);
  engine.stop();
});

test("a test that follows gives way to a study, and comes after it", async () => {
  let slow = false;
  const { actions, store, of, tests, answer, engine } = await tested({ measure: () => (slow ? undefined : measured()), study: () => undefined });
  slow = true;
  await actions.setText("one edit");
  await settle(STILL);
  actions.study("inside", "Looking inside", { look: "gates", layer: 0, direction: 0 });
  await settle();
  answer(of("measure")[1].id, { cancelled: true, answer: found, seconds: 1 }); // the worker ends what runs
  slow = false;
  await settle(STILL);
  assert.equal(tests(), 2, "not while the study runs");
  assert.equal(store.get().status, "", "nobody cancelled anything");
  answer(of("study")[0].id, { found: {}, seconds: 1 });
  await settle(2 * STILL);
  assert.deepEqual([tests(), store.get().judged.old, store.get().judged.partial], [3, false, false]);
  engine.stop();
});

test("controls that are moved bring a new test, of what they say then", async () => {
  const { actions, store, of, tests, engine } = await tested();
  actions.setJudge({ params: { draws: 3 } });
  assert.equal(store.get().judged.old, true);
  await settle(STILL);
  assert.equal(tests(), 2);
  assert.deepEqual([of("measure")[1].request.params, store.get().judged.old], [{ draws: 3 }, false]);
  engine.stop();
});

test("a comparison ends it, and it comes after the comparison", async () => {
  let slow = false;
  const { actions, store, of, tests, answer, engine } = await tested({ measure: () => (slow ? undefined : measured()), race: () => undefined });
  slow = true;
  await actions.setText("one edit");
  await settle(STILL);
  actions.race("baselines", ["zeros", "mean"]);
  await settle();
  answer(of("measure")[1].id, { cancelled: true, answer: found, seconds: 1 });
  slow = false;
  await settle(STILL);
  assert.equal(tests(), 2, "not while it compares");
  answer(of("race")[0].id, { found: null, took: {}, answer: null });
  await settle(2 * STILL);
  assert.deepEqual([tests(), store.get().judged.old], [3, false]);
  engine.stop();
});
