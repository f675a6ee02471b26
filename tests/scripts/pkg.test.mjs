// What is committed under pkg is what wasm-pack makes for the web, and small enough to wait for.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { bundled, recorded, stamp } from "../../scripts/bundle.mjs";

test("pkg stays within its budget", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/size.mjs"], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});

test("pkg can be committed and loaded from anywhere", () => {
  assert.ok(!existsSync("pkg/.gitignore"), "wasm-pack wrote pkg/.gitignore, which keeps pkg out of git: run `make pkg`");
  const glue = readFileSync("pkg/rnnscope.js", "utf8");
  assert.ok(!glue.includes("eval("), "the page's security policy forbids eval");
});

test("nothing lies in the lowest kilobyte, as wasm-opt is told", async () => {
  const { default: binaryen } = await import("binaryen");
  for (const path of ["pkg/rnnscope_bg.wasm", "pkg/formats/formats_bg.wasm"]) {
    const module = binaryen.readBinary(readFileSync(path));
    const offsets = Array.from({ length: module.getNumDataSegments() }, (_, k) => module.getDataSegmentInfo(module.getDataSegmentByIndex(k)).offset);
    // The stack ends there: it grows downwards from where the data begin.
    assert.ok(offsets.length > 0 && Math.min(...offsets) >= 1 << 20, `${path}: ${offsets}`);
  }
});

test("pkg/page is what www says", async (t) => {
  assert.equal(recorded(), stamp(), "the page's scripts changed: run `make build`");
  const files = await bundled().catch((error) => error);
  if (files instanceof Error) return t.skip(`no bundler here: ${files.message}`);
  assert.deepEqual(files.map(({ name }) => name).sort(), ["convert.js", "early.js", "main.js", "worker.js"]);
  for (const { name, text } of files) assert.ok(readFileSync(`pkg/page/${name}`, "utf8") === text, `${name} is not what the scripts say: run \`make build\``);
});
