import assert from "node:assert/strict";
import { test } from "node:test";
import { empty } from "../../www/store.js";
import { read, write } from "../../www/url.js";

const controls = {
  readouts: [{ id: "logit", needs: ["class"] }, { id: "difference", needs: ["class", "versus"] }, { id: "hidden", needs: ["unit"] }],
  methods: [{ id: "m-1", params: [{ id: "steps", default: 20 }, { id: "rule", default: "gauss" }] }],
};
const state = (changes = {}) => ({
  ...empty(),
  model: { id: "sentiment_lstm", epoch: null },
  sampleId: "s1",
  text: "a & b = c#d\n100 %",
  input: { kind: "words", n_steps: 9 },
  controls,
  traced: true,
  step: 4,
  selection: { layer: 1, direction: 1, quantity: "cell_state", unit: 17, order: "peak" },
  request: { method: "m-1", params: { steps: 50, rule: "midpoint" }, target: { readout: "difference", class: 1, versus: 0, step: 3, layer: 0, direction: 0, unit: 0 }, baseline: { id: "zeros" }, precision: "f64" },
  color: "unit",
  picture: "waterfall",
  theme: "dark",
  hide: ["method", "upload"],
  open: ["compare", "truth"],
  judge: { metric: "m-2", params: {}, follows: true },
  ...changes,
});

test("what is written is read again", () => {
  assert.deepEqual(read(write(state())), {
    model: "sentiment_lstm", sample: "s1", method: "m-1", baseline: "zeros", precision: "f64", step: 4, color: "unit", picture: "waterfall", theme: "dark",
    params: { steps: 50, rule: "midpoint" },
    target: { readout: "difference", class: 1, versus: 0, step: 3 },
    selection: { layer: 1, direction: 1, unit: 17, quantity: "cell_state", order: "peak" },
    hide: ["method", "upload"],
    open: ["compare", "truth"], metric: "m-2",
  });
});

test("whether a test follows edits stands in the address where it does not", () => {
  assert.ok(!write(state()).includes("follow"));
  assert.equal(read(write(state({ judge: { metric: "m-2", params: {}, follows: false } }))).follow, "off");
  assert.equal(read("#v=1&follow=maybe").follow, undefined);
});

test("a parameter may be a text", () => {
  const parse = "((the fight) (scenes are)) & 100 %";
  const request = { ...state().request, params: { steps: 20, rule: parse } };
  assert.equal(read(write(state({ request }))).params.rule, parse);
  assert.ok(!("rule" in read(`#v=1&p.rule=${"x".repeat(5000)}`).params));
});

test("the text goes along only when asked", () => {
  const text = "a & b = c#d\n100 %";
  assert.ok(!("text" in read(write(state({ edited: true })))));
  assert.equal(read(write(state({ edited: true }), true)).text, text);
  assert.ok(!("text" in read(write(state({ input: { kind: "series", n_steps: 48 } }), true))), "a patient's values never");
});

test("defaults are left out", () => {
  const link = write(state({ request: { ...state().request, params: { steps: 20 }, precision: "f32" }, theme: "auto", hide: [], color: "answer", picture: "" }));
  for (const name of ["p.steps", "precision", "theme", "hide", "picture"]) assert.ok(!link.includes(name), `${name} in ${link}`);
});

test("another version is not guessed at", () => {
  assert.deepEqual(read("#v=2&model=x"), { params: {}, target: {}, selection: {}, hide: [], open: [] });
});

test("any hash can be read, and gives only checked values", () => {
  let seed = 2026;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const keys = ["v", "model", "epoch", "sample", "text", "method", "baseline", "precision", "step", "layer", "direction", "unit", "quantity", "order", "color", "picture", "theme", "hide", "open", "t.class", "t.step", "readout", "p.steps", "p.__proto__", "p.constructor", "__proto__", "p."];
  const values = ["1", "-1", "1e99", "NaN", "", "%", "%zz", "%E0%A4%A", "<script>", "a,b,,__proto__", "\ud800", "9".repeat(400), "x".repeat(10_000), "null", "dark", "f64", "../..", "💥", "0x10", " 7 "];
  for (let k = 0; k < 10_000; k += 1) {
    let hash = random(2) ? "#" : "";
    for (let n = random(8); n > 0; n -= 1) hash += `${keys[random(keys.length)]}${random(9) ? "=" : ""}${values[random(values.length)]}${random(9) ? "&" : ""}`;
    for (let n = random(6); n > 0; n -= 1) hash += String.fromCharCode(random(65536));
    const link = read(hash);
    for (const number of [link.epoch, link.step, ...Object.values(link.selection).filter((v) => typeof v === "number"), link.target.class]) assert.ok(number === undefined || (Number.isInteger(number) && number >= -1 && number < 1e9), hash);
    for (const name of [link.model, link.sample, link.method, link.metric, link.baseline, link.picture, ...link.hide, ...link.open]) assert.ok(name === undefined || /^[\w.:-]{1,64}$/.test(name), hash);
    for (const value of Object.values(link.params)) assert.ok(typeof value === "string" || Number.isFinite(value), hash);
    assert.equal(Object.getPrototypeOf(link.params), Object.prototype);
    assert.ok((link.text ?? "").length <= 4000);
  }
  assert.equal({}.polluted, undefined);
});
