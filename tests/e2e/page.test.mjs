// The page as a person meets it: real networks, real numbers, compared with PyTorch's.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { CHROME, distance, explained, golden, launch, numbers, perStep, state, visit } from "./browser.mjs";

const missing = !CHROME ? "no Chromium" : !existsSync(new URL("../../pkg/rnnscope_bg.wasm", import.meta.url)) && "no pkg: make build";
const link = (fields) => `#${new URLSearchParams({ v: "1", ...fields })}`;
const norm = (row) => Math.hypot(...row);

describe("the page", { skip: missing }, () => {
  let browser, server, base;
  before(async () => {
    [browser, server] = await Promise.all([launch(), serve(0)]);
    base = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  const open = (options) => visit(browser, base, options);

  test("opens on an explained network, asks nobody else, and is quiet", async () => {
    const { page, noted, close } = await open();
    const took = await page.evaluate(() => performance.getEntriesByName("rnnscope-explained")[0].startTime);
    assert.ok(took < 5000, `${took} ms`);
    assert.ok((await page.locator(".text .token").count()) > 3);
    assert.ok(await page.locator(".text .token").evaluateAll((tokens) => tokens.some((token) => token.style.backgroundColor)));
    for (const panel of ["attribution", "traces", "units"]) {
      const canvas = page.locator(`.panel.${panel} .figure:visible canvas.picture`).first();
      assert.ok(await canvas.evaluate((canvas) => new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size > 8), `${panel} is empty`);
      assert.ok((await canvas.getAttribute("aria-label")).length > 20);
    }
    const loaded = noted.requests.length;
    for (const method of (await state(page, "controls")).methods.filter(({ available }) => available)) {
      await page.selectOption('[aria-label="method"]', method.id);
      await explained(page);
      assert.equal(await state(page, "problem"), null, method.id);
    }
    await page.selectOption('[aria-label="sample"]', { index: 3 });
    await explained(page);
    assert.equal(noted.requests.length, loaded, "fetched after load");
    assert.ok(noted.requests.every((address) => address.startsWith(base) || address.startsWith("blob:")));
    assert.deepEqual(noted.errors, []);
    await close();
  });

  /** The score that the goldens explain, in f64. */
  const question = (target, more) => link({ readout: "logit", "t.class": target, baseline: "zeros", precision: "f64", picture: "bars", ...more });

  for (const model of ["sentiment_lstm", "sentiment_bigru", "prose_gru_1x128", "prose_rnn_1x128"]) {
    test(`${model} shows PyTorch's numbers`, async () => {
      const wanted = golden(model);
      for (const [method, params, values] of [
        ["integrated-gradients", { "p.rule": "midpoint", "p.steps": "64", "p.tolerance": "0" }, perStep(wanted["0_ig"])],
        ["gradient", {}, perStep(wanted["0_grad"], norm)],
        ["occlusion-step", {}, perStep(wanted["0_occlusion"])],
      ]) {
        const { page, noted, close } = await open({ hash: question(wanted["0_target"].values[0], { model, text: wanted.about.text_0, method, ...params }) });
        const shown = (await numbers(page, "attribution")).filter(([step]) => step !== "").map((row) => Number(row.at(-1)));
        assert.equal(shown.length, values.length, method);
        assert.ok(distance(shown, values) < 1e-3, `${method}: ${shown} instead of ${values}`);
        const answer = await state(page, "answer");
        // A method that compares with nothing has no score to compare with.
        const { uses_baseline: compares } = (await state(page, "controls")).methods.find(({ id }) => id === method);
        assert.ok(distance([answer.score, ...(compares ? [answer.baseline_score] : [])], wanted["0_score"].values.slice(0, compares ? 2 : 1)) < 1e-6, `${answer.score}, ${answer.baseline_score}`);
        assert.deepEqual(noted.errors, []);
        await close();
      }
    });
  }

  test("a series shows PyTorch's numbers, by feature and by hour", async () => {
    const wanted = golden("icu_gru_1x64");
    const hash = question(0, { model: "icu_gru_1x64", method: "integrated-gradients", "p.rule": "midpoint", "p.steps": "64", "p.tolerance": "0" });
    const { page, noted, close } = await open({ hash });
    await page.evaluate((csv) => globalThis.rnnscope.actions.setText(csv), wanted.about.csv_1);
    await page.waitForFunction(() => globalThis.rnnscope.store.get().edited);
    await explained(page);
    const shown = (await numbers(page, "attribution")).filter(([step]) => step !== "").map((row) => Number(row.at(-1)));
    assert.ok(distance(shown, perStep(wanted["1_ig"])) < 1e-3);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a word, the method and the target move the bars", async () => {
    const { page, noted, close } = await open();
    const seen = [JSON.stringify(await numbers(page, "attribution"))];
    const differs = async (what) => {
      await explained(page);
      const now = JSON.stringify(await numbers(page, "attribution"));
      assert.ok(!seen.includes(now), `${what} changed nothing`);
      seen.push(now);
    };
    await page.fill("textarea", "the fight scenes are fun and it grows exciting");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().input.labels.at(-1) === "exciting");
    await differs("a word");
    const others = (await state(page, "controls")).methods.filter(({ available }) => available);
    await page.selectOption('[aria-label="method"]', others.at(1).id);
    await differs("the method");
    await page.selectOption('[aria-label="what is explained"]', "probability");
    await differs("the target");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a long job can be cancelled, and keeps what it had", async () => {
    const { page, noted, close } = await open({ hash: link({ model: "prose_lstm_2x256", method: "gradient", "p.steps": "1" }) });
    await page.evaluate(() => globalThis.rnnscope.actions.setText("To be, or not to be, that is the question.\n".repeat(40)));
    await page.waitForFunction(() => globalThis.rnnscope.store.get().input.n_steps > 1500);
    await explained(page, 60_000);
    await page.evaluate(() => globalThis.rnnscope.actions.setRequest({ method: "integrated-gradients", params: { rule: "midpoint", steps: 1000, tolerance: 0 }, precision: "f64" }));
    await page.locator(".panel.verdict progress").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().progress === null, null, { timeout: 5000 });
    assert.match(await state(page, "status"), /Cancelled/);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("an empty text is said to be empty, and the former pictures stay", async () => {
    const { page, noted, close } = await open();
    await page.fill("textarea", "");
    await page.getByText("The text is empty: type at least one word.").waitFor({ timeout: 5000 });
    assert.ok((await page.evaluate(() => globalThis.rnnscope.store.get().answer.bars.values.length)) > 0);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("files that are no models are refused, and the former one stays", async () => {
    const { page, noted, close } = await open();
    const broken = [["empty.safetensors", Buffer.alloc(0)], ["notes.pt", Buffer.from("PK\u0003\u0004 not a model")], ["huge.safetensors", Buffer.from("ffffffffffffff7f7b7d", "hex")], ["none.safetensors", Buffer.concat([Buffer.from("0200000000000000", "hex"), Buffer.from("{}")])]];
    for (const [name, buffer] of broken) {
      await page.setInputFiles("#own-file", { name, mimeType: "application/octet-stream", buffer });
      await page.waitForFunction((name) => globalThis.rnnscope.store.get().problem?.place.startsWith(name), name);
      assert.equal((await state(page, "model")).id, "sentiment_lstm");
    }
    assert.ok((await page.locator(".text .token").count()) > 3);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("files of other frameworks are read, and say what they leave open", async () => {
    const { page, noted, close } = await open();
    for (const [file, title] of [["torch/lstm_2_both.zip.pt", "LSTM 2×5, both directions"], ["torch/compressed.npz", "LSTM 1×5"], ["onnx/random/gru_both_every.onnx", "GRU 1×4, both directions"], ["keras/attention.keras", "LSTM 1×4"]]) {
      await page.setInputFiles("input[type=file]", `tests/golden/formats/${file}`);
      await page.waitForFunction((name) => globalThis.rnnscope.store.get().model?.name === name, file.split("/").at(-1));
      await explained(page);
      const card = await state(page, "card");
      assert.equal(card.title, title, file);
      assert.ok(card.notes.length > 0, file);
      assert.equal(await state(page, "problem"), null, file);
      assert.ok((await state(page, "answer")).bars.values.some((value) => value !== 0), file);
    }
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a large file tells how far it is, and can be given up", async () => {
    const { page, noted, close } = await open();
    // A GRU of 1200 units without a description: 35 MB.
    const [I, H, C] = [8, 1200, 2];
    const shapes = { "rnn.weight_ih_l0": [3 * H, I], "rnn.weight_hh_l0": [3 * H, H], "rnn.bias_ih_l0": [3 * H], "rnn.bias_hh_l0": [3 * H], "fc.weight": [C, H], "fc.bias": [C] };
    let at = 0;
    const header = Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { dtype: "F32", shape, data_offsets: [at, (at += 4 * shape.reduce((a, b) => a * b))] }]))));
    const weights = Float32Array.from({ length: at / 4 }, (_, k) => 0.02 * Math.sin(k));
    const folder = mkdtempSync(join(tmpdir(), "rnnscope-"));
    const large = join(folder, "large.safetensors");
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(large, Buffer.concat([length, header, Buffer.from(weights.buffer)]));
    await page.evaluate(() => globalThis.rnnscope.store.subscribe(({ opening, model }) => (globalThis.told ??= []).push([opening?.fraction ?? -1, model.id])));
    await page.setInputFiles("#own-file", large);
    await page.waitForFunction(() => globalThis.rnnscope.store.get().model.name === "large.safetensors");
    const told = (await page.evaluate(() => globalThis.told)).filter(([fraction]) => fraction >= 0);
    assert.ok(told.some(([fraction]) => fraction > 0 && fraction < 1), `${told}`);
    assert.ok(told.every(([fraction], k) => fraction <= 1 && (k === 0 || fraction >= told[k - 1][0])), `${told}`);
    assert.ok(told.every(([, id]) => id === "sentiment_lstm"), "the former model stays until the new one stands");
    await page.evaluate(() => globalThis.rnnscope.actions.openShipped("sentiment_lstm"));
    await explained(page);
    await page.evaluate(() => {
      const { store, actions } = globalThis.rnnscope;
      const end = store.subscribe(({ opening }) => opening?.fraction > 0 && (end(), actions.stopOpening()));
    });
    await page.setInputFiles("#own-file", large);
    await page.waitForFunction(() => /former model stays/.test(globalThis.rnnscope.store.get().status));
    await page.waitForTimeout(1500);
    await explained(page);
    assert.equal((await state(page, "model")).id, "sentiment_lstm");
    await page.selectOption('[aria-label="sample"]', { index: 1 });
    await explained(page);
    assert.deepEqual(noted.errors, []);
    rmSync(folder, { recursive: true });
    await close();
  });

  test("a shipped file opens as one's own", async () => {
    const { page, noted, close } = await open();
    await page.setInputFiles("#own-file", new URL("../../www/models/prose_rnn_1x128.safetensors", import.meta.url).pathname);
    await page.waitForFunction(() => globalThis.rnnscope.store.get().model.name === "prose_rnn_1x128.safetensors");
    await explained(page);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("after a trap the engine is back with model and input", async () => {
    const { page, close } = await open();
    await page.evaluate(() => globalThis.rnnscope.actions.trap());
    await page.waitForFunction(() => /started again/.test(globalThis.rnnscope.store.get().status));
    await page.selectOption('[aria-label="sample"]', { index: 2 });
    await explained(page);
    await close();
  });

  test("the first half of the module makes the first picture, on every screen, and the rest brings the page", async () => {
    for (const [width, height, density, colorScheme] of [[320, 640, 3, "dark"], [412, 900, 2.625, "light"], [768, 1024, 2, "dark"], [1280, 900, 1, "light"], [1920, 1080, 1.25, "dark"]]) {
      let bring = () => {};
      const withheld = new Promise((resolve) => (bring = resolve));
      const before = (page) => page.route("**/rest.wasm", async (route) => (await withheld, route.continue()));
      const { page, noted, close } = await open({ width, height, density, colorScheme, ready: false, before });
      const screen = `${width} × ${height}, ${density}, ${colorScheme}`;
      while (!(await page.evaluate(() => performance.getEntriesByName("rnnscope-explained").length))) await page.waitForTimeout(20);
      await page.waitForTimeout(100);
      const stopped = noted.all.filter((text) => text.includes("starts anew"));
      assert.deepEqual(stopped, [], screen);
      assert.equal(await page.locator(".panel.traces canvas").count(), 0, "nothing held the rest back, so this test says nothing");
      bring();
      await explained(page);
      await page.locator(".panel.traces canvas.picture").first().waitFor();
      assert.deepEqual(noted.errors, [], screen);
      await close();
    }
  });

  test("what the first half cannot do is asked of the whole, without a word", async () => {
    // A half that traps at once, as one would that was rehearsed badly.
    const { default: binaryen } = await import("binaryen");
    const half = binaryen.readBinary(readFileSync(new URL("../../pkg/split/first.wasm", import.meta.url)));
    const named = (name) => binaryen.getExportInfo(half.getExport(name)).value;
    const opening = half.getFunction(named("opening_begin"));
    const { body } = binaryen.getFunctionInfo(opening);
    const tooEarly = half.if(half.i32.eqz(half.global.get(named("there"), binaryen.i32)), half.unreachable());
    binaryen.Function.setBody(opening, half.block(null, [tooEarly, body], binaryen.getExpressionType(body)));
    const before = (page) => page.route("**/first.wasm", (route) => route.fulfill({ contentType: "application/wasm", body: Buffer.from(half.emitBinary()) }));
    const { page, noted, close } = await open({ before });
    assert.equal(await state(page, "problem"), null);
    assert.equal(await state(page, "status"), "");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("nothing in the page shuts out people with other eyes and hands, as far as rules can tell", async () => {
    const rules = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
    const panels = "whatif,compare,truth,inside,ledger,gates,reasons";
    for (const [model, options] of [["sentiment_lstm", {}], ["icu_gru_1x64", { colorScheme: "dark" }], ["c_lstm_2x256", { width: 360, height: 800 }]]) {
      const { page, close } = await open({ hash: link({ model, open: panels }), ...options });
      await page.evaluate(rules);
      const broken = await page.evaluate(async () => (await globalThis.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`));
      assert.deepEqual(broken, [], model);
      await close();
    }
  });

  test("every shipped model opens with its first sample, and fits a phone", async () => {
    const { page, noted, close } = await open({ width: 320, height: 640, colorScheme: "dark" });
    for (const { id } of await state(page, "shipped")) {
      await page.evaluate((id) => globalThis.rnnscope.actions.openShipped(id), id);
      // Where the work is long, what was found so far is enough here.
      await page.waitForFunction((id) => {
        const { model, answer, old, opening } = globalThis.rnnscope.store.get();
        return model.id === id && answer && !old && !opening;
      }, id);
      assert.equal(await state(page, "problem"), null, id);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, id);
    }
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("other words are tried, a flip is found, put in and taken back", async () => {
    const { page, noted, close } = await open({ hash: link({ open: "whatif" }) });
    const panel = page.locator(".panel.whatif");
    await panel.getByRole("button", { name: "Try other words" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.alternatives?.running === false);
    const rows = await panel.locator(".alternatives tbody tr").count();
    assert.equal(rows, 40);
    // Another step is tried as it is selected.
    await page.evaluate(() => globalThis.rnnscope.actions.selectStep(4));
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.alternatives?.found?.step === 4 && !globalThis.rnnscope.store.get().studies.alternatives.running);
    const before = await state(page, "text");
    await panel.getByRole("button", { name: "Find the smallest change" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.turn?.running === false);
    const turn = (await state(page, "studies")).turn.found;
    assert.ok(turn.flips && turn.proven, JSON.stringify(turn));
    await panel.getByRole("button", { name: "Put it in" }).click();
    await page.waitForFunction((text) => globalThis.rnnscope.store.get().text === text, turn.text);
    await explained(page);
    assert.equal((await state(page, "predictions")).classes[0].label, turn.after.label);
    await panel.getByRole("button", { name: "Take it back" }).click();
    await page.waitForFunction((text) => globalThis.rnnscope.store.get().text === text, before);
    await explained(page);
    assert.equal((await state(page, "predictions")).classes[0].label, turn.before.label);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("what a method refuses once it looks at the input is said, and the former answer stays", async () => {
    const { page, noted, close } = await open({ hash: link({ model: "prose_gru_1x128" }) });
    const score = await page.evaluate(() => globalThis.rnnscope.store.get().answer.score);
    await page.evaluate(() => globalThis.rnnscope.actions.setRequest({ method: "shapley-exact", params: { players: "steps" } }));
    await page.locator("#problem", { hasText: "at most 14" }).waitFor({ timeout: 10_000 });
    assert.match(await page.locator("#problem").innerText(), /choose windows/);
    assert.equal(await page.evaluate(() => globalThis.rnnscope.store.get().answer.score), score);
    await page.evaluate(() => globalThis.rnnscope.actions.setRequest({ params: { players: "windows", length: 60 } }));
    await explained(page);
    assert.equal(await state(page, "problem"), null);
    // Nobody who asks for nothing of the kind is refused: then windows play, and it is said.
    await page.evaluate(() => globalThis.rnnscope.actions.setRequest({ params: {} }));
    await page.locator(".panel.verdict .note", { hasText: /windows of \d+ steps/ }).waitFor({ timeout: 10_000 });
    assert.equal(await state(page, "problem"), null);
    await page.evaluate(() => globalThis.rnnscope.actions.cancel());
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a value is explained while it is dragged, not only where it is let go", async () => {
    const { page, noted, close } = await open({ hash: link({ model: "icu_gru_1x64" }) });
    await page.locator(".panel.editor .measured").first().waitFor();
    const shown = await page.evaluate(async () => {
      document.querySelector(".panel.editor .measured").closest("tr").querySelector("input").focus();
      const slider = document.querySelector(".panel.editor input[type=range]");
      const scores = new Set();
      for (let k = 0; k < 120; k++) {
        slider.value = String(Number(slider.min) + (k / 120) * (slider.max - slider.min));
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise(requestAnimationFrame);
        scores.add(globalThis.rnnscope.store.get().answer.score);
      }
      return scores.size;
    });
    assert.ok(shown >= 5, `${shown} answers on the way`);
    await explained(page);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("what was changed by hand is there again when a flip is taken back", async () => {
    const { page, noted, close } = await open({ hash: link({ model: "icu_gru_1x64", open: "whatif" }) });
    const panel = page.locator(".panel.whatif");
    const [variable, hour, value] = [10, 30, 77.5];
    const read = ([variable, hour]) => {
      const { n_steps, series } = globalThis.rnnscope.store.get().input;
      return series.values[variable * n_steps + hour];
    };
    await page.evaluate((cell) => globalThis.rnnscope.actions.setCell(...cell), [variable, hour, value]);
    await page.waitForFunction(([variable, hour, value]) => globalThis.rnnscope.store.get().input.series.values[variable * globalThis.rnnscope.store.get().input.n_steps + hour] === value, [variable, hour, value]);
    await explained(page);
    await panel.getByRole("button", { name: "Find the smallest change" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.turn?.running === false);
    const { text } = (await state(page, "studies")).turn.found;
    await panel.getByRole("button", { name: "Put it in" }).click();
    await page.waitForFunction((text) => globalThis.rnnscope.store.get().text === text, text);
    await explained(page);
    await panel.getByRole("button", { name: "Take it back" }).click();
    await page.waitForFunction((text) => globalThis.rnnscope.store.get().text !== text, text);
    await explained(page);
    assert.equal(await page.evaluate(read, [variable, hour]), value);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("all samples are read, and a mistake opens its sample", async () => {
    const { page, noted, close } = await open({ hash: link({ open: "cohort", method: "reat" }) });
    const panel = page.locator(".panel.cohort");
    await panel.getByRole("textbox", { name: "More texts" }).fill("positive\tnot bad at all");
    await panel.getByRole("button", { name: /^Read all/ }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.cohort?.running === false, null, { timeout: 60_000 });
    const { found } = (await state(page, "studies")).cohort;
    assert.equal(found.read, (await state(page, "samples")).length + 1);
    assert.equal(found.right + found.mistakes.length, found.labelled);
    assert.ok(found.mistakes.length > 0);
    assert.ok((await panel.locator("canvas.picture:visible").count()) >= 1);
    const [first] = found.mistakes;
    await panel.locator(".mistakes li button").first().click();
    await page.waitForFunction((title) => globalThis.rnnscope.store.get().samples.find(({ id }) => id === globalThis.rnnscope.store.get().sampleId)?.title === title, first.title);
    await explained(page);
    assert.equal((await state(page, "predictions")).classes[0].label, first.said);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("figures are saved with the same words", async () => {
    const { page, close } = await open();
    const [saved] = await Promise.all([page.waitForEvent("download"), page.locator(".panel.attribution").getByRole("button", { name: "SVG" }).first().click()]);
    assert.match(saved.suggestedFilename(), /^rnnscope-.*\.svg$/);
    const chunks = [];
    for await (const chunk of await saved.createReadStream()) chunks.push(chunk);
    const svg = Buffer.concat(chunks).toString();
    assert.match(svg, /^<svg/);
    assert.ok(svg.includes("tedious"), "the words stand in the picture");
    await close();
  });

  test("every method is compared with every other, and each sum is what it promises", async () => {
    const { page, noted, close } = await open({ hash: link({ open: "compare" }) });
    await page.locator(".panel.compare").getByRole("button", { name: "all" }).click();
    await page.locator(".panel.compare .main").click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().race?.running === false, null, { timeout: 120_000 });
    const seen = await page.evaluate(() => {
      const { race, controls, answer, old } = globalThis.rnnscope.store.get();
      const sum = (values) => [...values].reduce((a, b) => a + b, 0);
      const rows = race.found.rows.map(({ label, score, baseline_score, gap, bars }) => ({ label, off: gap === null ? 0 : score - baseline_score - gap - sum(bars.values) - sum((bars.remainder ?? []).map(([, value]) => value)), limit: bars.limit }));
      return { rows, problems: Object.values(race.took).filter(({ problem }) => problem), wanted: controls.methods.filter(({ available }) => available).length, square: race.found.agreement.spearman.length, n: race.found.agreement.labels.length, method: controls.methods.find(({ id }) => id === globalThis.rnnscope.store.get().request.method).label === answer.method, old };
    });
    assert.deepEqual(seen.problems, []);
    assert.equal(seen.rows.length, seen.wanted);
    for (const { label, off, limit } of seen.rows) {
      assert.ok(Math.abs(off) < 1e-3, `${label}: ${off} is lost between bars, remainder and gap`);
      assert.equal(limit, seen.rows[0].limit, "one scale");
    }
    assert.equal(seen.square, seen.n ** 2);
    assert.equal(seen.old, false);
    assert.ok(seen.method, "the shown answer stays");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("what a unit remembers adds up at every step", async () => {
    for (const model of ["sentiment_lstm", "prose_gru_1x128"]) {
      const { page, noted, close } = await open({ hash: link({ model, open: "ledger" }) });
      await page.waitForFunction(() => globalThis.rnnscope.store.get().ledger?.view);
      const off = await page.evaluate(() => {
        const { values, total, series } = globalThis.rnnscope.store.get().ledger.view;
        return Math.max(...[...total].map((wanted, t) => Math.abs(wanted - series.reduce((sum, _, s) => sum + values[s * total.length + t], 0))));
      });
      assert.ok(off < 1e-4, `${model}: ${off}`);
      assert.ok(await page.locator(".panel.ledger canvas.picture").evaluate((canvas) => new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size > 8));
      assert.deepEqual(noted.errors, []);
      await close();
    }
  });

  test("phrases score what their words score, in the tree and in the text", async () => {
    const { page, noted, close } = await open({ hash: link({ open: "hierarchy" }) });
    let trees = 0;
    for (const method of (await state(page, "controls")).methods.filter(({ available, completes }) => available && completes)) {
      await page.selectOption('[aria-label="method"]', method.id);
      await explained(page, 60_000);
      await page.evaluate(() => globalThis.rnnscope.actions.selectSpan({ from: 1, to: 4 }));
      await page.waitForFunction(() => globalThis.rnnscope.store.get().span?.found);
      const { tree, span, words } = await page.evaluate(() => {
        const { answer, span } = globalThis.rnnscope.store.get();
        const sum = (values) => [...values].reduce((a, b) => a + b, 0);
        const view = answer.hierarchy;
        return { words: [sum(answer.bars.values.slice(1, 4)), sum(answer.bars.values)], span: span.found.score, tree: view && sum([...view.to].map((to, k) => (view.level[k] === 0 ? to - view.from[k] : 0))) === view.labels.length ? sum([...view.scores].filter((_, k) => view.level[k] === 0)) : null };
      });
      assert.ok(Math.abs(span - words[0]) < 1e-3, `${method.id}: ${span}, ${words[0]}`);
      // Some score only a few blocks of steps.
      if (tree !== null) assert.ok(Math.abs(tree - words[1]) < 1e-3, `${method.id}: ${tree}, ${words[1]}`);
      trees += tree === null ? 0 : 1;
    }
    assert.ok(trees > 0, "some methods score phrases");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("every metric judges, and says so", async () => {
    const { page, noted, close } = await open({ hash: link({ open: "truth" }) });
    await page.locator(".panel.truth .main").waitFor();
    for (const metric of (await state(page, "controls")).metrics.filter(({ available }) => available !== false)) {
      await page.selectOption('[aria-label="metric"]', metric.id);
      await page.getByRole("button", { name: "Test it" }).click();
      await page.waitForFunction((id) => globalThis.rnnscope.store.get().judged?.metric === id && globalThis.rnnscope.store.get().progress === null, metric.id, { timeout: 60_000 });
      assert.ok((await page.locator(".panel.truth .judgement").textContent()).length > 20, metric.id);
      assert.equal(await state(page, "problem"), null, metric.id);
    }
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("what belongs to no word can be pointed at, by mouse and by keys", async () => {
    const { page, noted, close } = await open({ hash: link({ picture: "bars", baseline: "zeros" }) });
    const method = (await state(page, "controls")).methods.find(({ available, family, uses_baseline }) => available && family === "Decomposition" && !uses_baseline);
    await page.selectOption('[aria-label="method"]', method.id);
    await explained(page);
    const names = await page.evaluate(() => globalThis.rnnscope.store.get().answer.remainder.map(([label]) => label));
    assert.ok(names.length > 0, method.id);
    const figure = page.locator(".panel.attribution .figure:visible").first();
    await figure.locator(".stage").focus();
    await page.keyboard.press("End");
    assert.match(await figure.locator(".tip").textContent(), /unexplained/);
    await page.keyboard.press("ArrowLeft");
    assert.ok((await figure.locator(".tip").textContent()).startsWith(names.at(-1)));
    const box = await figure.locator(".stage").boundingBox();
    await page.mouse.move(box.x + box.width - 30, box.y + box.height / 2);
    assert.match(await figure.locator(".tip").textContent(), /unexplained/);
    assert.deepEqual(noted.errors, []);
    await close();
  });
});
