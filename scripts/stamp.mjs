// What was pkg built from? A hash of the sources, because clones and copies do not keep times of modification.
//
//   node scripts/stamp.mjs            prints the stamp of the sources
//   node scripts/stamp.mjs --check    succeeds when pkg/STAMP holds it
//
// tests/it/stamp.rs computes the same: sha256 of the lines "sha256(content)  path\n", paths in byte order.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SINGLE = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"];

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Every file under `dir`, with forward slashes; an editor's hidden files are no sources. */
function walk(dir) {
  return readdirSync(join(ROOT, dir), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) => (entry.isDirectory() ? walk(`${dir}/${entry.name}`) : [`${dir}/${entry.name}`]));
}

/** The stamp of the sources as they are now. */
export function stamp() {
  const paths = [...walk("src"), ...SINGLE].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sha256(paths.map((path) => `${sha256(readFileSync(join(ROOT, path)))}  ${path}\n`).join(""));
}

/** The stamp that the last build left, or nothing. */
export function recorded() {
  try {
    return readFileSync(join(ROOT, "pkg/STAMP"), "utf8").trim();
  } catch {
    return "";
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--check")) process.exit(stamp() === recorded() ? 0 : 1);
  console.log(stamp());
}
