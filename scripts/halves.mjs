// The page's module in two halves, pkg/split/: what the first picture needs, and the rest (split.mjs says how).
//
//   node scripts/halves.mjs            splits pkg/rnnscope_bg.wasm where it changed
//   node scripts/halves.mjs --check    succeeds when pkg/split was made of it; needs no package
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "pkg/split");
const WHOLE = "pkg/rnnscope_bg.wasm";
/** They decide what comes out; the lock file names the version of the library that reads and writes modules. */
const SOURCES = [WHOLE, "scripts/split.mjs", "scripts/rehearsal.mjs", "www/trial.js", "package.json"];

function stamp() {
  const hash = createHash("sha256");
  for (const path of SOURCES) hash.update(`${path}\n`).update(readFileSync(join(ROOT, path)));
  return hash.digest("hex");
}

/** Was pkg/split made of the module that lies there? */
export function current() {
  try {
    return readFileSync(join(OUT, "STAMP"), "utf8").trim() === stamp();
  } catch {
    return false;
  }
}

async function write() {
  const { reached, split } = await import("./split.mjs");
  const bytes = new Uint8Array(readFileSync(join(ROOT, WHOLE)));
  const halves = split(bytes, await reached(bytes));
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  for (const [name, half] of Object.entries(halves)) writeFileSync(join(OUT, `${name}.wasm`), half);
  writeFileSync(join(OUT, "STAMP"), `${stamp()}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--check")) process.exit(current() ? 0 : 1);
  if (!current()) await write();
}
