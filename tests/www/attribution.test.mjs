import assert from "node:assert/strict";
import { test } from "node:test";
import { attribution } from "../../www/panels/attribution.js";
import { host } from "./fake_dom.mjs";
import { file, page, settle } from "./fake_page.mjs";

globalThis.ResizeObserver = class { observe() {} disconnect() {} };
globalThis.IntersectionObserver = globalThis.ResizeObserver;
Object.assign(globalThis, { devicePixelRatio: 1, matchMedia: () => ({ matches: false }) });

test("up and down are spoken of only where bars have a sign", async () => {
  const { store, actions, session, engine, context } = page();
  await actions.openFile(file);
  await settle();
  for (const [method, said, unsaid] of [["additive", /up raises the score, down lowers it/, /either direction/], ["gradient", /the longer, the more influence, in either direction/, /raises|lowers/]]) {
    session.start_attribution({ ...store.get().request, method });
    session.job = null;
    store.set({ answer: session.attribution(), old: false });
    const element = host();
    const panel = attribution.create(element, context);
    panel.update(store.get());
    assert.match(element.textContent, said, method);
    assert.doesNotMatch(element.textContent, unsaid, method);
    panel.destroy();
  }
  engine.stop();
});
