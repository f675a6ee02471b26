import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { csv, fileName } from "../../www/save.js";
import { fine, isEmpty, number, percent, quoted, size } from "../../www/words.js";

const WWW = new URL("../../www/", import.meta.url);

test("an empty text is nothing; spaces are something to a model that reads characters", () => {
  for (const [text, kind, nothing] of [["", "words", true], [" \n", "words", true], ["a", "words", false], ["", "characters", true], [" ", "characters", false]]) assert.equal(isEmpty(text, kind), nothing, JSON.stringify([text, kind]));
});

test("numbers", () => {
  for (const [value, text] of [[0, "0"], [1.5, "1.5"], [-2.6, "−2.6"], [20, "20"], [1234.6, "1235"], [123456, "123456"], [1e7, "1.00e7"], [-3e-6, "−3.00e−6"], [NaN, "–"], [Infinity, "∞"]]) assert.equal(number(value), text);
  for (const [value, text] of [[0.5, "50.0 %"], [0.0041, "0.41 %"], [-0.02, "−2.0 %"], [1, "100.0 %"], [0.9999, "99.99 %"]]) assert.equal(percent(value), text);
  for (const [value, text] of [[2.1e-9, "2.1e−7 %"], [2e-6, "0.0002 %"], [5e-5, "0.005 %"], [0.0041, "0.41 %"], [0, "0 %"], [NaN, "–"]]) assert.equal(fine(value), text);
  assert.equal(size(777888), "778 kB");
});

test("a word of another writing direction leaves the sentence around it as it is", () => {
  assert.equal(`word 13 ${quoted("؟")} 0.12 logits`, "word 13 “\u2068؟\u2069” 0.12 logits");
});

test("a copied table runs no formula", () => {
  assert.equal(csv([["#", "word", "logits"], ["1", "=1+1", "-2.5"], ["2", "@x", "+1e-4"], ["3", 'a"b,c', "-x"]]), "#,word,logits\n1,'=1+1,-2.5\n2,'@x,+1e-4\n3,\"a\"\"b,c\",'-x\n");
  assert.equal(fileName("logit of “positive” · α", "svg"), "rnnscope-logit-of-positive.svg");
});

/** What the page may not do, because its promises rest on it. */
test("the sources keep the page's promises", () => {
  const files = [...readdirSync(WWW), ...readdirSync(new URL("panels/", WWW)).map((name) => `panels/${name}`)].filter((name) => /\.(js|html|css)$/.test(name));
  for (const name of files) {
    const text = readFileSync(new URL(name, WWW), "utf8");
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|localStorage|sessionStorage/, name);
    assert.doesNotMatch(text.replaceAll("http://www.w3.org/", ""), /https?:\/\//, `${name} names another host`);
    if (name.startsWith("panels/")) assert.doesNotMatch(text, /getElementById|document\.querySelector|postMessage|new Worker|fetch\(/, name);
    if (name.endsWith(".html")) assert.doesNotMatch(text, /style=|onclick=|<style|<script(?![^>]*\bsrc=)/, name);
    else if (name.endsWith(".js")) assert.match(text, /^\/\/ @ts-check\n/, name);
  }
  const [first] = JSON.parse(readFileSync(new URL("models/index.json", WWW), "utf8")).models;
  assert.ok(first.id && first.file && first.samples);
});

test("the page asks for its bundle and for nothing that is in it", () => {
  const page = readFileSync(new URL("index.html", WWW), "utf8");
  const asked = [...page.matchAll(/(?:href|src)="([^"#]+\.(?:js|wasm|json))"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(asked)].sort(), ["../pkg/page/early.js", "../pkg/page/main.js", "../pkg/rnnscope.js"]);
});

test("no method, readout or baseline is named in the page, but for the one that needs another sample", () => {
  const rust = ["attribution/mod.rs", "network/target.rs"].map((path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), "utf8")).join("");
  const named = /(integrated|occlusion|gradient|log-odds|log-probability|carry-forward|"zeros"|"padding")/i;
  assert.match(rust, named);
  for (const name of ["actions.js", "main.js", ...readdirSync(new URL("panels/", WWW)).map((name) => `panels/${name}`)]) assert.doesNotMatch(readFileSync(new URL(name, WWW), "utf8").replaceAll("linear-gradient", ""), named, name);
});
