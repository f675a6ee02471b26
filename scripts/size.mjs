// How much does a visitor download? Fails above the budgets, so that a heavy dependency is noticed when it comes in.
//
//   node scripts/size.mjs
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

/** Bytes after brotli. The first picture needs the first half only; what follows it may be larger: lower it with every cut. */
const BUDGETS = { "first.wasm": 200 * 1024, "rest.wasm": 540 * 1024, "rnnscope_bg.wasm": 600 * 1024, "formats_bg.wasm": 540 * 1024 };

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const dirs = ["pkg", "pkg/split", "pkg/formats", "pkg/page"];
const files = dirs.flatMap((dir) => readdirSync(dir).filter((name) => /\.(wasm|js)$/.test(name)).map((name) => [dir, name]));
for (const [dir, name] of files) {
  const raw = readFileSync(join(dir, name));
  const small = brotliCompressSync(raw).length;
  console.log(`${name}: ${kilobytes(raw.length)}, ${kilobytes(small)} as brotli`);
  if (small > (BUDGETS[name] ?? Infinity)) {
    console.error(`${name} is over its budget of ${kilobytes(BUDGETS[name])} as brotli`);
    process.exitCode = 1;
  }
}
for (const name of Object.keys(BUDGETS)) if (!files.some(([, found]) => found === name)) throw new Error(`${name} is missing`);
