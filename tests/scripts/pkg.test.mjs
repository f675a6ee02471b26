// What is committed under pkg is what wasm-pack makes for the web, and small enough to wait for.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

test("pkg stays within its budget", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/size.mjs"], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});

test("pkg can be committed and loaded from anywhere", () => {
  assert.ok(!existsSync("pkg/.gitignore"), "wasm-pack wrote pkg/.gitignore, which keeps pkg out of git: run `make pkg`");
  const glue = readFileSync("pkg/rnnscope.js", "utf8");
  assert.ok(!glue.includes("eval("), "the page's security policy forbids eval");
});
