// How much does a visitor download? Fails above the budget, so that a heavy dependency is noticed when it comes in.
//
//   node scripts/size.mjs [DIR...]
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const GOAL = 200 * 1024; // bytes of wasm after brotli that we want to reach
const BUDGET = 540 * 1024; // what it may not exceed until then: lower it with every cut

const dirs = process.argv.length > 2 ? process.argv.slice(2) : ["pkg", "pkg/formats", "pkg/page"];
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const files = dirs.flatMap((dir) => readdirSync(dir).filter((name) => /\.(wasm|js)$/.test(name)).map((name) => [dir, name]));
for (const [dir, name] of files) {
  const raw = readFileSync(join(dir, name));
  const small = brotliCompressSync(raw).length;
  console.log(`${name}: ${kilobytes(raw.length)}, ${kilobytes(small)} as brotli`);
  if (name.endsWith(".wasm") && small > GOAL) console.log(`${name} is above the goal of ${kilobytes(GOAL)}`);
  if (name.endsWith(".wasm") && small > BUDGET) {
    console.error(`${name} is over its budget of ${kilobytes(BUDGET)} as brotli`);
    process.exitCode = 1;
  }
}
