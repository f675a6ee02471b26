import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "../../www/panels/gates.js";
import { host } from "./fake_dom.mjs";
import { file, page as fake, settle } from "./fake_page.mjs";

globalThis.ResizeObserver = class { observe() {} disconnect() {} };
globalThis.IntersectionObserver = globalThis.ResizeObserver;

const page = () => {
  const made = fake();
  return { ...made, gates: () => made.of("ask").filter(({ method }) => method === "gates_view").map(({ method, args }) => [method, ...args]) };
};

test("weights are asked for when the panel is open, once for what is selected", async () => {
  const { store, actions, engine, gates } = page();
  await actions.openFile(file);
  await settle();
  assert.equal(gates().length, 0, "nothing is asked while it is closed");
  actions.unfold("gates", true);
  await settle();
  assert.deepEqual(gates(), [["gates_view", { layer: 0, direction: 0, which: "input" }]]);
  await actions.select({ unit: 3 });
  await actions.setText("another text");
  await settle();
  assert.equal(gates().length, 1, "neither unit nor text changes the weights");
  await actions.weigh("recurrent");
  assert.equal(store.get().gates.which, "recurrent");
  assert.equal(store.get().gates.view.blocks[0].columns, 96);
  await actions.openFile(file);
  await settle();
  assert.equal(gates().length, 3, "another model has other weights");
  engine.stop();
});

test("what went wrong is forgotten when other weights come", async () => {
  const { store, actions, engine } = page();
  await actions.openFile(file);
  actions.unfold("gates", true);
  await settle();
  store.set({ gates: { view: null, problem: "layer must be between 1 and 1", which: "input", key: "7/0/input" } });
  await actions.weigh("input");
  assert.equal(store.get().gates.problem, "");
  engine.stop();
});

test("every gate has its name, a picture and its norms", async () => {
  const { store, actions, engine, context } = page();
  await actions.openFile(file);
  actions.unfold("gates", true);
  await settle();
  const element = host();
  Object.assign(globalThis, { devicePixelRatio: 1, matchMedia: () => ({ matches: false }) });
  const panel = create(element, context);
  panel.update(store.get());
  assert.deepEqual(element.all(({ tagName }) => tagName === "H3").map(({ textContent }) => textContent), ["input", "forget", "candidate", "output"]);
  const rows = element.all(({ tagName }) => tagName === "TR").filter((row) => row.children[0]?.attributes.scope === "row" || row.children[0]?.scope === "row");
  assert.deepEqual(rows.map((row) => row.children.map(({ textContent }) => textContent))[1], ["forget", "96 × 64", "10.5", "0.9", "3.25", "1"]);
  assert.equal(rows[3].children[4].textContent, "–", "what would take too long is left out");
  const [input, recurrent] = element.all(({ tagName, type }) => tagName === "INPUT" && type === "radio");
  assert.ok(input.checked && !recurrent.checked);
  recurrent.change("recurrent");
  await settle();
  panel.update(store.get());
  assert.ok(recurrent.checked && !input.checked);
  assert.match(element.textContent, /recurrent weights of layer 1/);
  panel.destroy();
  assert.equal(element.children.length, 0);
  engine.stop();
});
