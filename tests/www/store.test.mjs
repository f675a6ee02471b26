import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore, empty, isFree, isSettled, when } from "../../www/store.js";

test("listeners hear once a turn, and see the newest state", () => {
  const waiting = [];
  const store = createStore(empty(), (run) => waiting.push(run));
  const seen = [];
  store.subscribe((state) => seen.push(state.step));
  store.set({ step: 1 });
  store.set({ step: 2 });
  assert.equal(waiting.length, 1);
  waiting[0]();
  assert.deepEqual(seen, [2]);
});

test("the state cannot be changed in place", () => {
  const store = createStore(empty());
  assert.throws(() => {
    store.get().step = 3;
  }, TypeError);
});

test("setting what is already so tells nobody", () => {
  let told = 0;
  const store = createStore(empty(), (run) => run());
  store.subscribe(() => (told += 1));
  store.set({ step: 0, text: "" });
  assert.equal(told, 0);
  store.set({ step: NaN });
  store.set({ step: NaN });
  assert.equal(told, 1);
});

test("who unsubscribes hears no more", () => {
  let told = 0;
  const store = createStore(empty(), (run) => run());
  const leave = store.subscribe(() => (told += 1));
  leave();
  store.set({ step: 1 });
  assert.equal(told, 0);
});

test("`when` runs for changes of what it picked only", () => {
  const seen = [];
  const follow = when((state) => [state.step, state.text], (step, text) => seen.push([step, text]));
  follow({ ...empty(), step: 1 });
  follow({ ...empty(), step: 1, status: "other" });
  follow({ ...empty(), step: 2 });
  assert.deepEqual(seen, [[1, ""], [2, ""]]);
});

test("an answer may be asked about once it is whole, and not while another one is on its way", () => {
  const whole = { ...empty(), answer: {} };
  for (const [patch, settled, free] of [[{ answer: null }, false, false], [{}, true, true], [{ old: true }, false, false], [{ partial: true }, false, false], [{ progress: { kind: "answer" } }, false, false], [{ progress: { kind: "study" } }, true, false], [{ progress: { kind: "following" } }, true, true]]) {
    assert.deepEqual([isSettled({ ...whole, ...patch }), isFree({ ...whole, ...patch })], [settled, free], JSON.stringify(patch));
  }
});
