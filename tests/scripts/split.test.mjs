// pkg/split is the module of pkg in two halves: the first is enough for the first picture, both are the whole.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { current } from "../../scripts/halves.mjs";
import { rehearse } from "../../scripts/rehearsal.mjs";

const compiled = (path) => WebAssembly.compile(readFileSync(path));
const ROOT = new URL("../..", import.meta.url);
let copies = 0;
/** What an instance without its rest holds is never freed: that would be too early a call as well. */
const kept = [];

/** A fresh instance of the glue on that module. */
async function instance(module) {
  const glue = await import(new URL(`pkg/rnnscope.js?${++copies}`, ROOT).href);
  const wasm = await glue.default({ module_or_path: module });
  return { glue, wasm };
}

function opened(glue, file) {
  const bytes = new Uint8Array(readFileSync(`www/models/${file}`));
  const upload = new glue.Upload(bytes.length);
  upload.push(bytes);
  const opening = glue.Opening.begin(upload);
  while (!opening.advance().done);
  const session = opening.finish();
  kept.push(session);
  return session;
}

/** Every method, with its own defaults, of a short text; refusals are answers too. */
function everything(glue) {
  const session = opened(glue, "sentiment_lstm.safetensors");
  session.read_text("not a single moment of it is dull");
  session.start_trace();
  while (!session.advance(50).done);
  const { default: request, methods } = session.controls();
  return methods.map(({ id }) => {
    try {
      session.start_attribution({ ...request, method: id, params: {} });
      while (!session.advance(500).done);
      const { bars, cost, gap } = session.attribution();
      return { id, values: [...(bars?.values ?? [])], gap, cost };
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      return { id, refused: String(error.message) };
    }
  });
}

test("pkg/split is made of pkg", () => assert.ok(current(), "the module or its splitter changed: run `make pkg`"));

test("the first half makes the first picture", async () => {
  await rehearse(await compiled("pkg/split/first.wasm"), {});
});

test("too early a call traps, and both halves answer as the whole does", async () => {
  const whole = await instance(await compiled("pkg/rnnscope_bg.wasm"));
  const halves = await instance(await compiled("pkg/split/first.wasm"));
  assert.throws(() => everything(halves.glue), WebAssembly.RuntimeError);
  const again = await instance(await compiled("pkg/split/first.wasm"));
  await WebAssembly.instantiate(await compiled("pkg/split/rest.wasm"), { first: again.wasm });
  const [expected, found] = [everything(whole.glue), everything(again.glue)];
  assert.ok(expected.filter(({ values }) => values?.length).length > 20, "too few methods answered for this to say anything");
  assert.deepEqual(found, expected);
});

test("a slice does one unit at least, ends with its time, and ends the work where there is enough", async () => {
  const { glue } = await instance(await compiled("pkg/rnnscope_bg.wasm"));
  const session = opened(glue, "sentiment_lstm.safetensors");
  session.read_text("not a single moment of it is dull");
  const clock = performance.now;
  try {
    // A clock of which every look takes a millisecond: the slice begins, then each unit is followed by one look.
    let time = 0;
    performance.now = () => time++;
    session.start_trace();
    const left = [0, 0, 3].map((milliseconds) => session.advance_for(milliseconds).units_left);
    assert.deepEqual(left.map((units) => left[0] - units), [0, 1, 4]);
    time = 0;
    const { done } = session.advance_for(1e9);
    assert.ok(done && time > left[2] / 2, `${time} looks at the clock`);
  } finally {
    performance.now = clock;
  }
});
