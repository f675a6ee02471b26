import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../../www/panels/read.js";
import { createStore, empty } from "../../www/store.js";
import { host } from "./fake_dom.mjs";

globalThis.addEventListener ??= () => {};
const N = 9000;
const tokens = Array.from({ length: N }, (_, t) => ({ label: String.fromCharCode(97 + (t % 26)), before: "", unknown: false }));
const view = (signed) => ({ kind: "text", title: "A method · logit", x_label: "character", tokens, unit: "logits", signed, limit: 1, values: Float32Array.from(tokens, (_, t) => (t % 7) / 7) });

/** The panel over a text of 9000 characters; `show` changes the state. */
function panel(signed = true) {
  const element = host();
  const input = { kind: "characters", n_steps: N, tokens, n_unknown: 0, labels: tokens.map(({ label }) => label), trace_bytes: 1, series: null, warnings: [] };
  const answer = { unit: "logits", text: view(signed) };
  const store = createStore({ ...empty(), text: "…", input, answer, traced: true }, (run) => run());
  const drawing = { color: (value) => `ink ${value}`, text_color: () => "paper", summary: ({ title }) => title, legend: () => [] };
  const actions = { selectStep: (step) => show({ step }) };
  const made = read.create(element, { store, actions, drawing, hover: { set() {}, subscribe: () => () => {} } });
  const show = (patch) => (store.set(patch), made.update(store.get()));
  show({});
  return { element, show, tokens: () => element.querySelectorAll(".token"), press: (label) => element.all(({ tagName, textContent }) => tagName === "BUTTON" && textContent === label)[0].click() };
}

test("every page of a long text is painted", () => {
  const { tokens, press } = panel();
  const first = () => [tokens().length, tokens()[0].id.split("-").at(-1)];
  const bare = () => tokens().filter(({ style }) => !style.backgroundColor?.startsWith("ink")).length;
  assert.deepEqual([first(), bare()], [[4000, "0"], 0]);
  press("later …");
  assert.deepEqual([first(), bare()], [[4000, "4000"], 0]);
  press("later …");
  assert.deepEqual([first(), bare()], [[1000, "8000"], 0]);
  press("… earlier");
  assert.deepEqual([first(), bare()], [[4000, "4000"], 0]);
});

test("a phrase stays marked when its page is left and entered again", () => {
  const { element, show } = panel();
  show({ step: 4000, span: { from: 4001, to: 4004, found: null, problem: "" } });
  assert.equal(element.querySelectorAll(".spanned").length, 3);
  show({ step: 0 });
  assert.equal(element.querySelectorAll(".spanned").length, 0);
  show({ step: 4000 });
  assert.equal(element.querySelectorAll(".spanned").length, 3);
});

test("what colours mean depends on whether they have a sign", () => {
  assert.match(panel(true).element.textContent, /Orange raises the score, blue lowers it/);
  const unsigned = panel(false).element.textContent;
  assert.match(unsigned, /more influence, in either direction/);
  assert.doesNotMatch(unsigned, /raises|lowers/);
});
