// What the page does with whatever an engine says: with the fake one, so that jobs are slow and traps happen when asked.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { serveFake } from "../www/fake_server.mjs";
import { CHROME, drawn, explained, launch, numbers, state, visit } from "./browser.mjs";

describe("the page with a fake engine", { skip: !CHROME && "no Chromium" }, () => {
  let browser, server, base;
  before(async () => {
    [browser, server] = await Promise.all([launch(), serveFake()]);
    base = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  const open = (options) => visit(browser, base, options);

  test("opens on an explained network, quietly", async () => {
    const { page, noted, close } = await open();
    assert.ok((await page.locator(".text .token").count()) > 3);
    assert.ok(await page.locator(".text .token").first().evaluate((token) => token.style.backgroundColor !== ""));
    const before = noted.requests.length;
    await page.locator(".panel.units summary").click();
    await page.selectOption('[aria-label="sample"]', { index: 2 });
    await explained(page);
    assert.equal(noted.requests.length, before, "nothing is fetched after load");
    assert.ok(noted.requests.every((address) => address.startsWith(base) || address.startsWith("blob:")), noted.requests.join("\n"));
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("where the first network cannot be fetched, another one can be chosen", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/sentiment_lstm.safetensors", (route) => route.fulfill({ status: 404, body: "" }));
    await page.goto(`${base}/www/`);
    await page.locator("#problem", { hasText: "sentiment_lstm.safetensors" }).waitFor();
    // No answer comes that the other panels could wait for.
    await page.getByLabel("trained network").waitFor({ timeout: 5000 });
    await page.getByLabel("trained network").selectOption({ index: 1 });
    await explained(page);
    await context.close();
  });

  test("bars follow an edited word", async () => {
    const { page, noted, close } = await open();
    const earlier = await numbers(page, "attribution");
    await page.fill("textarea", "the fight scenes are good");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().input.n_steps === 5);
    await explained(page);
    const later = await numbers(page, "attribution");
    assert.notDeepEqual(earlier, later);
    assert.equal(later[4][1], "good");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a long job shows progress and partial results, and Esc ends it", async () => {
    const { page, close } = await open();
    await page.selectOption('[aria-label="method"]', "slow");
    await page.locator(".panel.verdict progress").waitFor();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().partial);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().progress === null);
    assert.match(await page.locator("#status").textContent(), /Cancelled/);
    assert.ok(await state(page, "partial"));
    await drawn(page);
    assert.match(await page.locator(".panel.verdict .answer").textContent(), /unexplained when stopped.*state ?stopped/);
    await page.selectOption('[aria-label="method"]', { index: 0 });
    await explained(page);
    await close();
  });

  test("a sample that is chosen while the cursor stands in the text is shown there", async () => {
    const { page, close } = await open();
    const text = page.locator("textarea[aria-label='text that is read']");
    await text.fill("one two three");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().input.n_steps === 3);
    await page.evaluate(() => globalThis.rnnscope.actions.pickSample(globalThis.rnnscope.store.get().samples[1].id));
    await page.waitForFunction(() => globalThis.rnnscope.store.get().sampleId !== null);
    assert.equal(await text.inputValue(), await state(page, "text"));
    await text.pressSequentially(" more", { delay: 30 });
    await page.waitForFunction(() => globalThis.rnnscope.store.get().text.endsWith(" more"));
    assert.equal(await text.inputValue(), await state(page, "text"));
    await close();
  });

  test("typing while a job runs ends it and explains the new text", async () => {
    const { page, close } = await open();
    await page.selectOption('[aria-label="method"]', "slow");
    await page.locator(".panel.verdict progress").waitFor();
    await page.evaluate(() => {
      globalThis.rnnscope.actions.setRequest({ method: globalThis.rnnscope.store.get().controls.methods[0].id });
    });
    await page.fill("textarea", "good good bad");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().answer?.bars.labels.length === 3);
    await explained(page);
    await close();
  });

  test("after a trap the engine is back, and the page says so", async () => {
    const { page, close } = await open();
    await page.evaluate(() => globalThis.rnnscope.actions.trap());
    await page.waitForFunction(() => /started again/.test(globalThis.rnnscope.store.get().status));
    assert.match(await page.locator("#problem").textContent(), /stopped under this request/);
    await page.selectOption('[aria-label="sample"]', { index: 1 });
    await explained(page);
    assert.equal(await page.locator("#problem").textContent(), "");
    await close();
  });

  test("an input that traps leaves the former one", async () => {
    const { page, close } = await open();
    await page.fill("textarea", "a trap! here");
    await page.waitForFunction(() => /started again/.test(globalThis.rnnscope.store.get().status));
    assert.match((await state(page, "input")).tokens.map(({ label }) => label).join(" "), /fight scenes/);
    await close();
  });

  test("a wrong file is refused by name, and the former model stays", async () => {
    const { page, noted, close } = await open();
    await page.setInputFiles("#own-file", { name: "notes.pt", mimeType: "application/octet-stream", buffer: Buffer.from("no model at all") });
    await page.waitForFunction(() => globalThis.rnnscope.store.get().problem);
    assert.match(await page.locator("[role=alert]").textContent(), /notes\.pt.*header.*The former model stays open/);
    assert.equal((await state(page, "model")).id, "sentiment_lstm");
    assert.equal(await page.locator(".text .token").count(), 9);
    await page.locator("[role=alert] button").click();
    await drawn(page);
    assert.equal(await page.locator("[role=alert]").textContent(), "");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("the address restores the view", async () => {
    const first = await open();
    await first.page.locator(".text .token").nth(3).click();
    await first.page.selectOption('[aria-label="method"]', "gradient");
    await explained(first.page);
    await first.page.locator(".panel.traces [aria-label=unit]").fill("17");
    await first.page.locator(".panel.traces [aria-label=unit]").press("Enter");
    await first.page.waitForFunction(() => /unit=17/.test(location.hash) && /method=gradient/.test(location.hash));
    const hash = new URL(first.page.url()).hash;
    await first.close();
    const second = await open({ hash });
    assert.equal(await state(second.page, "step"), 3);
    assert.equal((await state(second.page, "selection")).unit, 17);
    assert.equal((await state(second.page, "request")).method, "gradient");
    await second.close();
  });

  test("a teacher hides what distracts", async () => {
    const { page, close } = await open({ hash: "#v=1&hide=method,upload,units,what" });
    for (const part of ["method", "units", "what"]) assert.ok(await page.locator(`[data-part="${part}"]`).first().isHidden(), part);
    assert.ok(await page.locator(".panel.attribution").isVisible());
    await close();
  });

  test("strange addresses open the page all the same", async () => {
    for (const hash of ["#v=1&model=nonsense", "#%E0%A4%A", "#v=1&step=999999&unit=99999&layer=77&t.class=5000&method=x&p.steps=-3&baseline=sample"]) {
      const { page, noted, close } = await open({ hash });
      assert.deepEqual(noted.errors, [], hash);
      assert.ok((await page.locator(".text .token").count()) > 3, hash);
      await close();
    }
  });

  test("320 pixels need no sideways scrolling, in either palette", async () => {
    for (const [hash, colorScheme] of [["", "light"], ["#v=1&model=icu_gru_1x64", "dark"], ["#v=1&model=prose_gru_1x128", "light"]]) {
      const { page, close } = await open({ hash, colorScheme, width: 320, height: 640 });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, hash);
      await close();
    }
  });

  test("the keyboard reaches everything that the mouse does", async () => {
    const { page, close } = await open();
    await page.keyboard.press("Tab");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Skip/);
    await page.locator(".text").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    assert.equal(await state(page, "step"), 1);
    await page.locator(".panel.attribution .stage:visible").focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await state(page, "step"), 2);
    assert.ok(await page.locator(".panel.attribution .figure:visible .tip").isVisible());
    assert.match(await page.locator(".panel.attribution .figure:visible [role=status]").textContent(), /scenes.*logits/);
    await page.keyboard.press("Escape");
    assert.ok(await page.locator(".panel.attribution .figure:visible .tip").isHidden());
    const { unit } = await state(page, "selection");
    await page.locator(".panel.units .stage").focus();
    await page.keyboard.press(unit > 0 ? "ArrowUp" : "ArrowDown");
    await page.waitForFunction((unit) => globalThis.rnnscope.store.get().selection.unit !== unit, unit);
    await page.keyboard.press("?");
    assert.ok(await page.locator("dialog.keys").isVisible());
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("dialog.keys").isHidden());
    await close();
  });

  test("every control has a name and every target is at least 24 pixels", async () => {
    for (const hash of ["", "#v=1&model=icu_gru_1x64", "#v=1&model=prose_gru_1x128"]) {
      const { page, close } = await open({ hash });
      const bad = await page.evaluate(() => [...document.querySelectorAll("button, select, input, textarea, summary, [tabindex='0']")].filter((element) => element.checkVisibility()).flatMap((element) => {
        const box = (element.closest("label") ?? element).getBoundingClientRect();
        const named = element.getAttribute("aria-label") || element.textContent?.trim() || /** @type {any} */ (element).labels?.length;
        const small = !element.matches(".quiet, input[type=radio], input[type=checkbox]") && (box.height < 24 || box.width < 24);
        return [named ? "" : "no name", small ? `${box.width} × ${box.height}` : ""].filter(Boolean).map((why) => `${element.outerHTML.slice(0, 120)}: ${why}`);
      }));
      assert.deepEqual(bad, [], hash);
      await close();
    }
  });

  test("an edited value of a series moves the answer, and can be taken away", async () => {
    const { page, noted, close } = await open({ hash: "#v=1&model=icu_gru_1x64" });
    const field = page.locator(".values input").nth(3);
    await field.fill("123");
    await field.press("Enter");
    await explained(page);
    assert.ok(await state(page, "edited"));
    await field.fill("");
    await field.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".values tbody tr")[3].cells[2].textContent === "○");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("dark and light", async () => {
    const { page, close } = await open({ colorScheme: "dark" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".panel")).backgroundColor), "rgb(34, 34, 34)");
    await page.getByRole("button", { name: "Colours: auto" }).click();
    await drawn(page);
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".panel")).backgroundColor), "rgb(250, 250, 250)");
    await close();
  });

  test("a long text is asked about first", async () => {
    const { page, close } = await open({ hash: "#v=1&model=prose_gru_1x128" });
    const long = "to be or not to be ".repeat(10_000);
    await page.evaluate((text) => globalThis.rnnscope.actions.setText(text), long);
    await page.locator(".ask").waitFor();
    assert.match(await page.locator(".ask").textContent(), /190.000 characters.*MB/);
    await page.getByRole("button", { name: "Leave it" }).click();
    await drawn(page);
    assert.ok((await state(page, "input")).n_steps < 1000);
    await close();
  });

  /** Opens a folded panel and waits until it is there. */
  const unfold = async (page, panel) => {
    await page.locator(`.panel.${panel} .fold`).click();
    await page.locator(`.panel.${panel} .body > *`).first().waitFor();
  };

  test("panels that are closed are fetched when they are opened, and stand in the address", async () => {
    const { page, noted, close } = await open();
    assert.ok(!noted.requests.some((address) => /compare\.js|ledger\.js|truth\.js|gates\.js|proof\.js/.test(address)));
    for (const panel of ["compare", "ledger", "truth"]) {
      assert.equal(await page.locator(`.panel.${panel} .fold`).getAttribute("aria-expanded"), "false");
      await unfold(page, panel);
      assert.equal(await page.locator(`.panel.${panel} .fold`).getAttribute("aria-expanded"), "true");
    }
    await page.waitForFunction(() => /open=compare%2Cledger%2Ctruth/.test(location.hash));
    const hash = new URL(page.url()).hash;
    assert.deepEqual(noted.errors, []);
    await close();
    const again = await open({ hash });
    await again.page.locator(".panel.ledger .figure:visible").waitFor();
    assert.ok(await again.page.locator(".panel.compare .choices").isVisible());
    await again.close();
  });

  test("methods are compared on demand, and the shown answer stays", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "compare");
    const method = (await state(page, "answer")).method;
    await page.locator(".panel.compare").getByRole("button", { name: "none" }).click();
    await drawn(page);
    assert.ok(await page.locator(".panel.compare .main").isDisabled());
    for (const name of ["Gradient", "Integrated gradients", "Additive (fake)"]) await page.locator(".panel.compare").getByLabel(name, { exact: true }).check();
    await drawn(page);
    assert.ok(await page.locator(".panel.compare").getByLabel("Elsewhere (fake)").isDisabled());
    await page.getByRole("button", { name: "Compare 3 methods" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().race && !globalThis.rnnscope.store.get().race.running);
    assert.deepEqual(await page.locator(".multiple h4").allTextContents(), ["Integrated gradients", "Gradient", "Additive (fake)"]);
    assert.match(await page.locator(".multiple .note").first().textContent(), /(ms|s) · .*unexplained.*passes/);
    assert.equal(await page.locator(".agreement tbody td").count(), 9);
    assert.match(await page.locator(".panel.compare .judgement").textContent(), /agree.*outlined/);
    assert.equal((await state(page, "answer")).method, method);
    assert.equal(await state(page, "old"), false);
    await page.locator(".panel.compare .answer > .below summary").click();
    await page.locator(".panel.compare .answer > .below thead th").first().waitFor(); // the browser tells of what was opened when it has time
    assert.equal(await page.locator(".panel.compare .answer > .below thead th").count(), 5);
    await page.selectOption('[aria-label="method"]', "gradient");
    await explained(page);
    assert.equal((await state(page, "race")).old, false, "another method leaves the comparison as it is");
    await page.selectOption('[aria-label="sample"]', { index: 2 });
    await explained(page);
    assert.equal((await state(page, "race")).old, true);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("few reasons hold a share of the answer, and what a person expects is counted apart", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "reasons");
    const panel = page.locator(".panel.reasons");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().reasons?.found);
    const found = async () => (await state(page, "reasons")).found;
    const { parts, chosen } = await found();
    assert.equal(await panel.locator("ol.few li").count(), chosen.length);
    await panel.getByLabel("share", { exact: true }).fill("1");
    await page.waitForFunction((n) => globalThis.rnnscope.store.get().reasons.found.chosen.length > n, chosen.length);
    await panel.getByLabel("share of what").selectOption("negative");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().reasons.found.chosen.every((k) => globalThis.rnnscope.store.get().reasons.found.parts[k].value < 0));
    await panel.locator("summary").click();
    const boxes = panel.getByRole("group", { name: "expected evidence" }).getByRole("checkbox");
    assert.equal(await boxes.count(), parts.length);
    await boxes.nth(1).focus();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().reasons.found.plausibility);
    assert.match(await panel.textContent(), /50 % are in both.*0\.75/);
    assert.ok(await boxes.nth(1).evaluate((box) => box === document.activeElement), "the keyboard stays where it was");
    await page.evaluate(() => globalThis.rnnscope.actions.setText("another text of other words"));
    await page.waitForFunction(() => globalThis.rnnscope.store.get().reasons?.found?.parts.length === 5 && !globalThis.rnnscope.store.get().reasons.found.plausibility);
    assert.equal(await panel.locator("input:checked").count(), 0, "marks of another text are forgotten");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("exact values over groups are the referee of the methods, where they are wished for", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "compare");
    const panel = page.locator(".panel.compare");
    await panel.locator(".main").click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().race?.running === false);
    assert.equal(await panel.getByRole("heading", { name: "Beside the referee" }).isVisible(), false);
    const rows = (await state(page, "race")).found.rows.length;
    await panel.getByLabel(/as referee/).check();
    await panel.locator(".main").click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().race?.found?.referee && !globalThis.rnnscope.store.get().race.running);
    assert.equal((await state(page, "race")).found.rows.length, rows, "the referee is no party");
    const table = panel.getByRole("region", { name: "methods beside the referee" });
    assert.equal(await table.locator("tbody tr").count(), rows);
    assert.deepEqual(await table.locator("tbody tr").first().locator("td").allTextContents(), ["–", "0.75", "1.00", "0.00"]);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a comparison can be cancelled, and keeps what it had", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "compare");
    for (const name of ["Gradient", "Slow method (fake)"]) await page.locator(".panel.compare").getByLabel(name, { exact: true }).check();
    await page.locator(".panel.compare .main").click();
    await page.waitForFunction(() => /Slow/.test(globalThis.rnnscope.store.get().progress?.what ?? ""));
    await page.locator(".panel.compare").getByRole("button", { name: "Cancel" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().race.running === false);
    assert.ok((await page.locator(".multiple h4").count()) >= 2);
    // Spans and tests are about the shown answer again.
    await page.waitForFunction(() => globalThis.rnnscope.store.get().progress === null);
    await page.locator(".text").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowRight");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().span?.found);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("baselines are compared as a ribbon", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "compare");
    await page.locator(".panel.compare").getByText("Baselines", { exact: true }).click();
    const [, another] = (await state(page, "samples")).map(({ title }) => title);
    assert.ok(await page.locator(".panel.compare").getByLabel(another, { exact: true }).isChecked(), "another sample is a baseline of its own");
    await page.locator(".panel.compare .main").click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().race?.running === false);
    assert.equal((await state(page, "race")).found.rows.length, 5);
    const ribbon = page.locator(".panel.compare .figure:not(.small):visible canvas.picture");
    assert.match(await ribbon.getAttribute("aria-label"), /baselines.*ribbon/);
    assert.match(await page.locator(".panel.compare .judgement").textContent(), /sign/);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("an answer is tested, and every answer after it unless that is not wanted", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "truth");
    await page.getByRole("button", { name: "Test it" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().judged);
    assert.match(await page.locator(".panel.truth .judgement").textContent(), /falls faster/);
    assert.equal(await page.locator(".panel.truth dt").count(), 3);
    assert.match(await page.locator(".panel.truth dl").textContent(), /1\.02 ± 0\.11/);
    await page.locator(".panel.truth .stage").focus();
    await page.keyboard.press("ArrowRight");
    await drawn(page);
    assert.match(await page.locator(".panel.truth .figure [role=status]").textContent(), /taken away.*largest first.*at random/);
    assert.ok(await page.locator(".panel.truth").getByLabel("after every answer").isChecked());
    await page.selectOption('[aria-label="sample"]', { index: 2 });
    await explained(page);
    await page.waitForFunction(() => globalThis.rnnscope.store.get().judged.old === false);
    await page.locator(".panel.truth").getByLabel("after every answer").uncheck();
    await page.waitForFunction(() => /follow=off/.test(location.hash));
    await page.selectOption('[aria-label="metric"]', "slow-metric");
    await page.getByRole("button", { name: "Test it" }).click();
    await page.locator(".panel.truth").getByRole("button", { name: "Cancel" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().progress === null);
    assert.match(await page.locator("#status").textContent(), /Cancelled/);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("words are taken together with the mouse and the keyboard", async () => {
    const { page, noted, close } = await open();
    const tokens = page.locator(".text .token");
    const [from, to] = [await tokens.nth(1).boundingBox(), await tokens.nth(3).boundingBox()];
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 });
    await page.mouse.up();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().span?.found);
    assert.deepEqual(await page.locator(".token.spanned").allTextContents(), (await tokens.allTextContents()).slice(1, 4));
    assert.match(await page.locator(".together").textContent(), /words 2 to 4: .*logits.*sum of its steps/);
    await page.locator(".text").focus();
    await page.keyboard.press("Escape");
    await page.locator(".together").waitFor({ state: "hidden" });
    await page.keyboard.press("Home");
    for (let k = 0; k < 3; k += 1) await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().span?.to === 3);
    await page.selectOption('[aria-label="method"]', "gradient");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().span?.problem);
    assert.match(await page.locator(".together").textContent(), /can be added/);
    assert.equal(await page.locator("#problem").textContent(), "");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("phrases, directions, and what belongs to no word", async () => {
    const { page, noted, close } = await open();
    await page.selectOption('[aria-label="method"]', "additive");
    await explained(page);
    assert.match(await page.locator(".panel.verdict dl").first().textContent(), /of bias.*of initial state/);
    await unfold(page, "hierarchy");
    await page.locator(".panel.hierarchy .stage").focus();
    await page.keyboard.press("Home");
    await drawn(page);
    assert.match(await page.locator(".panel.hierarchy .figure [role=status]").textContent(), /words 1 to 9/);
    await page.locator(".panel.attribution").getByText("By direction").click();
    await drawn(page);
    assert.deepEqual(await page.locator(".parts h3").allTextContents(), ["forward", "backward"]);
    await page.getByLabel("Brackets", { exact: true }).fill("((the fight) (scenes are fun))");
    await page.getByLabel("Brackets", { exact: true }).press("Enter");
    await explained(page);
    assert.equal((await state(page, "request")).params.parse, "((the fight) (scenes are fun))");
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("a method that compares with other samples gets some, and they can be chosen", async () => {
    const { page, noted, close } = await open();
    await page.selectOption('[aria-label="method"]', "sampled");
    await explained(page);
    assert.equal((await state(page, "answer")).background, Math.min(8, (await state(page, "samples")).length - 1));
    await page.locator(".panel.method .background summary").click();
    await page.locator(".panel.method .background input").first().uncheck();
    await explained(page);
    assert.equal((await state(page, "answer")).background, Math.min(8, (await state(page, "samples")).length - 1) - 1);
    assert.deepEqual(noted.errors, []);
    await close();
  });

  /** A file of one's own, as far as the fake engine reads it. */
  const ownFile = (about) => {
    const header = Buffer.from(JSON.stringify({ __metadata__: { rnnscope: JSON.stringify({ name: "mine", title: "Mine", input: { kind: "words" }, ...about }) } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return { name: "mine.safetensors", mimeType: "application/octet-stream", buffer: Buffer.concat([length, header]) };
  };

  test("a file says beside its title whether it runs as trained, by mouse and by keyboard, on a phone and at night", async () => {
    for (const [about, level, text] of [[{ examples: [{ steps: 3 }, { steps: 4 }] }, "good", /runs as trained: 3e−8/], [{ title: "swapped", examples: [{ steps: 3 }] }, "poor", /does not run as trained/], [{}, "none", /not proven/]]) {
      const { page, noted, close } = await open({ width: 320, height: 640, colorScheme: level === "poor" ? "dark" : "light" });
      await page.setInputFiles("#own-file", ownFile(about));
      const badge = page.locator(".panel.card .badge", { hasText: text }); // it appears before its examples have been run
      await badge.waitFor();
      assert.equal(await badge.getAttribute("data-level"), level);
      await badge.focus();
      await page.keyboard.press("Enter");
      await page.locator(".panel.card .proof h4").waitFor();
      assert.equal(await page.locator(".panel.card .proof tbody tr").count(), about.examples ? 3 : 0);
      assert.equal(await page.locator(".make-examples").isVisible(), level !== "good");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
      assert.deepEqual(noted.errors, []);
      await close();
    }
  });

  test("the weights of each gate are drawn when they are opened", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "gates");
    await page.waitForFunction(() => globalThis.rnnscope.store.get().gates?.view);
    assert.equal(await page.locator(".panel.gates .multiple:visible").count(), 4);
    await page.locator(".panel.gates .tabs input").nth(1).check({ force: true });
    await page.waitForFunction(() => globalThis.rnnscope.store.get().gates?.view?.title.startsWith("recurrent"));
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("what went on inside is looked at on demand, factor by factor, and the units behind a step follow it", async () => {
    const { page, noted, close } = await open();
    await unfold(page, "inside");
    const panel = page.locator(".panel.inside");
    const inside = async () => (await state(page, "studies")).inside;
    await page.waitForFunction(() => globalThis.rnnscope.store.get().wordUnits?.view);
    assert.equal(await inside(), undefined, "nothing is looked at before it is asked for");
    await panel.getByRole("button", { name: "Look inside" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.inside?.running === false);
    assert.equal((await inside()).found.heatmap.y_label, "factor");
    await panel.getByLabel("factor", { exact: true }).selectOption({ index: 2 });
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.inside.found.heatmap.y_label === "unit");
    await panel.getByLabel("what to look at").selectOption({ index: 1 });
    await panel.getByRole("button", { name: "Look inside" }).click();
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.inside.found.total !== null);
    assert.match(await panel.locator(".judgement").textContent(), /All together: \+1\.5/);
    const step = (await state(page, "wordUnits")).step;
    await page.evaluate(() => globalThis.rnnscope.actions.selectStep(1));
    await page.waitForFunction(() => globalThis.rnnscope.store.get().wordUnits.step === 1);
    assert.notEqual(step, 1);
    await page.evaluate(() => globalThis.rnnscope.actions.setText("another text"));
    await page.waitForFunction(() => globalThis.rnnscope.store.get().studies.inside.old);
    await panel.locator(".answer.old").waitFor();
    assert.deepEqual(noted.errors, []);
    await close();
  });

  test("open panels fit a phone, and every control of theirs has a name and a size", async () => {
    for (const [model, colorScheme] of [["sentiment_lstm", "light"], ["icu_gru_1x64", "dark"]]) {
      const { page, noted, close } = await open({ hash: `#v=1&model=${model}&method=additive&open=compare,ledger,truth,hierarchy,inside,gates`, colorScheme, width: 320, height: 640 });
      await page.locator(".panel.compare .main").click();
      await page.waitForFunction(() => globalThis.rnnscope.store.get().race?.running === false);
      await page.getByRole("button", { name: "Test it" }).click();
      await page.waitForFunction(() => globalThis.rnnscope.store.get().judged);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, model);
      const bad = await page.evaluate(() => [...document.querySelectorAll("button, select, input, textarea, summary, [tabindex='0']")].filter((element) => element.checkVisibility()).flatMap((element) => {
        const box = (element.closest("label") ?? element).getBoundingClientRect();
        const named = element.getAttribute("aria-label") || element.textContent?.trim() || /** @type {any} */ (element).labels?.length;
        const small = !element.matches(".quiet, input[type=radio], input[type=checkbox]") && (box.height < 24 || box.width < 24);
        return [named ? "" : "no name", small ? `${box.width} × ${box.height}` : ""].filter(Boolean).map((why) => `${element.outerHTML.slice(0, 120)}: ${why}`);
      }));
      assert.deepEqual(bad, [], model);
      assert.deepEqual(noted.errors, []);
      await close();
    }
  });
});
