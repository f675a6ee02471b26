import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsIn } from "../../www/typed.js";
import { file, page, settle } from "./fake_page.mjs";

test("steps are counted as the model reads them", () => {
  assert.equal(stepsIn("Don't stop, it's fun!", "characters"), 21);
  assert.equal(stepsIn("Don't stop, it's fun!", "words"), 6);
  assert.equal(stepsIn(" \n", "words"), 0);
  assert.equal(stepsIn("# Age=70\nhour,HR\n0,80\n1,\n\n", "series"), 3);
});

test("what would take much memory is asked about, by what is really read", async () => {
  const { store, actions, engine, of } = page();
  await actions.openFile(file);
  await settle();
  const reads = () => of("input").length;
  const before = reads();
  // 2688 bytes a word: the words take 81 MB, though their characters would take 390.
  await actions.setText("wonder ".repeat(30_000).slice(0, 145_000));
  assert.equal(store.get().asking, null);
  assert.equal(reads(), before + 1);
  await actions.setText("a b ".repeat(60_000));
  assert.deepEqual([store.get().asking.steps, store.get().asking.bytes], [120_000, 120_000 * 2688]);
  assert.equal(reads(), before + 1, "it is not read before it is allowed");
  await actions.readLong();
  assert.equal(store.get().asking, null);
  assert.equal(reads(), before + 2);
  const { card } = store.get();
  store.set({ card: { ...card, input_kind: "series" } });
  await actions.setText(`hour,HR\n${"0,80\n".repeat(100_000)}`);
  assert.equal(store.get().asking?.steps, 100_001, "a series is asked about too");
  engine.stop();
});
