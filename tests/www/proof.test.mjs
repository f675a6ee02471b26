import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createActions } from "../../www/actions.js";
import { createEngine } from "../../www/engine.js";
import { badgeOf, card as panel } from "../../www/panels/card.js";
import { create, pythonLines, verdictOf } from "../../www/panels/proof.js";
import { createStore, empty } from "../../www/store.js";
import { host } from "./fake_dom.mjs";
import { Session } from "./fake_engine.js";

const OWN = { id: null, epoch: null, name: "mine.safetensors", title: "Mine", about: "", bytes: 1000, hash: "ab" };
const SHIPPED = { ...OWN, id: "sentiment_lstm" };
/** A session of the fake engine, whose file holds so many examples. */
function session(examples, more = {}) {
  const about = JSON.stringify({ __metadata__: { rnnscope: JSON.stringify({ name: "mine", title: "Mine", input: { kind: "words" }, examples: Array(examples).fill({ steps: 3 }), ...more }) } });
  const bytes = new Uint8Array(8 + about.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(about.length), true);
  bytes.set(new TextEncoder().encode(about), 8);
  return Session.open(bytes);
}
/** What comes after all slices. */
function proven(opened) {
  while (!opened.advance_parity_for(0).done);
  return { found: opened.parity(), problem: null };
}
const context = (state) => ({ store: createStore({ ...empty(), ...state }, (run) => run()), actions: { identify() {} }, drawing: {}, hover: {} });

test("the badge says how well the file runs, or that it does not and where", () => {
  const [good, bad] = [session(3), session(3, { title: "swapped" })];
  assert.deepEqual(badgeOf(good.card(), OWN, proven(good)), { level: "good", text: "runs as trained: 3e−8", note: "" });
  const red = badgeOf(bad.card(), OWN, proven(bad));
  assert.equal(red.level, "poor");
  assert.match(red.note, /^Layer 1, cell state c departs at step 2 of 3/);
  assert.equal(badgeOf(good.card(), OWN, { found: null, problem: null }).text, "", "nothing is said before it is known");
  assert.equal(badgeOf(good.card(), OWN, { found: null, problem: { code: "bad-file", place: "example.0.x", message: "no such tensor", remedy: "Export again." } }).level, "fair");
  assert.equal(badgeOf(session(0).card(), OWN, null).text, "not proven to run as trained");
  assert.equal(badgeOf(session(0).card(), SHIPPED, null).text, "", "of ours the tests say it");
});

test("the table shows every state in both precisions, and marks what departs", () => {
  const opened = session(2, { title: "swapped" });
  const element = host();
  const { store, ...rest } = context({ card: opened.card(), model: OWN, parity: { found: null, problem: null } });
  const { update } = create(element, { store, ...rest });
  assert.match(element.textContent, /2 examples of the file will be run again/);
  store.set({ parity: proven(opened) });
  update(store.get());
  const rows = element.all(({ tagName }) => tagName === "TR").slice(1);
  assert.deepEqual(rows.map((row) => row.children.map(({ textContent }) => textContent)), [["layer 1, cell state c", "0.25", "0.25"], ["layer 1, hidden state h", "0.12", "0.12"], ["logits", "0.3", "0.3"]]);
  assert.ok(rows.every((row) => row.className === "departs"));
  assert.match(element.textContent, /It does not run as trained\.In example 1: layer 1, cell state c departs/);
});

test("a file without examples brings the lines that make them, and they can be copied", async () => {
  const element = host();
  create(element, context({ card: session(0).card(), model: OWN }));
  const lines = element.find("pre").textContent;
  assert.equal(lines.split("\n").length, 3);
  assert.match(lines, /^import rnnscope.*\nabout = rnnscope\.export\(model, "mine\.safetensors", vocabulary=vocabulary, classes=\["negative","positive"\]\)\nprint/);
  let copied = "";
  Object.defineProperty(globalThis, "navigator", { value: { clipboard: { writeText: async (text) => void (copied = text) } }, configurable: true });
  element.find("button").click();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(copied, lines);
  assert.match(element.textContent, /Copied\./);
});

test("names in the lines cannot end their quotes", () => {
  const lines = pythonLines({ ...session(0).card(), name: 'a"b/..', classes: ['x"); evil("', "\n"] });
  assert.match(lines, /"a_b_\.\.\.safetensors"/);
  assert.match(lines, /classes=\["x\\"\); evil\(\\"","\\n"\]/);
  assert.equal(lines.split("\n").length, 3);
});

test("what the file says is shown as text", () => {
  const element = host();
  const { store, ...rest } = context({ card: { ...session(1).card(), title: "<img src=x onerror=alert(1)>", notes: ["<b>read as PyTorch</b>"] }, model: OWN });
  panel.create(element, { store, ...rest }).update(store.get());
  assert.match(element.textContent, /<img src=x onerror=alert\(1\)>/);
  assert.match(element.textContent, /<b>read as PyTorch<\/b>/);
  assert.equal(element.find("img"), undefined);
});

test("one example is not several", () => {
  assert.match(verdictOf(session(1).card(), null), /^1 example of/);
});

/** The page's actions over a worker that answers at once. */
function page(opened) {
  const asked = [];
  const answers = { open: () => opened.card(), input: ({ text }) => opened.read_text(text), trace: () => ({ controls: opened.controls(), predictions: null, strip: null }), explain: () => ({ answer: null }), parity: () => proven(opened).found, ask: ({ method, args }) => opened[method](...args) };
  const spawn = () => {
    const worker = { onmessage: null, terminate() {}, postMessage({ id, op, ...message }) {
      asked.push(op);
      queueMicrotask(() => worker.onmessage({ data: { id, value: answers[op]?.(message) ?? null } }));
    } };
    return worker;
  };
  const engine = createEngine({ spawn, module: Promise.resolve({}), rest: async () => null });
  const store = createStore(empty(), (run) => run());
  return { asked, store, engine, actions: createActions({ store, engine, load: async () => new ArrayBuffer(0) }) };
}
const file = (name) => ({ name, size: 100, arrayBuffer: async () => new ArrayBuffer(100), text: async () => "" });

test("the examples are asked for after everything that the first picture needs, and only where there are some", async () => {
  const { asked, store, engine, actions } = page(session(2));
  await actions.openFile(file("mine.safetensors"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(asked.indexOf("parity") > asked.lastIndexOf("trace") && asked.indexOf("parity") > asked.indexOf("explain"), asked.join(" "));
  assert.equal(store.get().parity.found.passes, true);
  engine.stop();
  const none = page(session(0));
  await none.actions.openFile(file("mine.safetensors"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(!none.asked.includes("parity"));
  assert.equal(none.store.get().parity, null);
  none.engine.stop();
});

test("the card says whether the weights are those that were written", async () => {
  const bytes = readFileSync(new URL("../golden/exported/series_gru_1x6.safetensors", import.meta.url));
  for (const [damaged, said] of [[false, /weightsas they were written/], [true, /weightschanged since they were written/]]) {
    const copy = Uint8Array.from(bytes);
    if (damaged) copy[copy.length - 1] ^= 1;
    const opened = Session.open(copy);
    opened.read_text = (text) => opened.read_series(text);
    const { store, engine, actions } = page(opened);
    await actions.openFile(new File([copy], "mine.safetensors"));
    for (let k = 0; k < 50 && !store.get().model.weights; k += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    const element = host();
    panel.create(element, context({ card: store.get().card, model: store.get().model })).update(store.get());
    assert.match(element.textContent, said);
    engine.stop();
  }
});
