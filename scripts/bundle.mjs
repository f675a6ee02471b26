// The page's scripts as few files: www/ is what people write, pkg/page/ is what a browser fetches, committed like the
// rest of pkg. Thirty requests become two, and the first picture does not wait for the slowest of them.
//
//   node scripts/bundle.mjs            bundles where the scripts changed
//   node scripts/bundle.mjs --check    succeeds when pkg/page is what www says
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "pkg/page");
/** Where the first script leaves what it exports. */
const BEGUN = "begun";
/** Only these decide what comes out; the lock file names the bundler's version. */
const sources = () => ["package.json", "www/models/index.json", "pkg/rnnscope.js", ...["www", "www/panels"].flatMap((dir) => readdirSync(join(ROOT, dir)).filter((name) => name.endsWith(".js")).map((name) => `${dir}/${name}`))].sort();

/** Hash of the sources as they are now. */
export function stamp() {
  const hash = createHash("sha256");
  for (const path of sources()) hash.update(`${path}\n`).update(readFileSync(join(ROOT, path)));
  return hash.digest("hex");
}

/** The stamp that the last bundling left, or nothing. */
export function recorded() {
  try {
    return readFileSync(join(OUT, "STAMP"), "utf8").trim();
  } catch {
    return "";
  }
}

/** What a browser fetches: name and text of each file. @param {string} [engine] what stands in for wasm-bindgen's glue in the first worker */
export async function bundled(engine = join(ROOT, "pkg/rnnscope.js")) {
  const { build } = await import("esbuild");
  // What wasm-bindgen writes stays a file of its own: two threads and the tests' engine in its place need it so.
  const apart = { name: "apart", setup: ({ onResolve }) => onResolve({ filter: /pkg\/.*\.js$/ }, ({ path }) => ({ path: path.replace(/^.*pkg\//, "../"), external: true })) };
  // The first script is a classic one, which runs as soon as it is there; the others find what it has begun.
  const begun = {
    name: "begun",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/early\.js$/ }, ({ path }) => ({ path, namespace: "begun" }));
      onLoad({ filter: /./, namespace: "begun" }, () => ({ contents: `module.exports = globalThis.${BEGUN};` }));
    },
  };
  const options = { absWorkingDir: ROOT, outdir: OUT, write: false, bundle: true, target: "es2022", minify: true };
  const paths = (...names) => names.map((name) => join(ROOT, "www", name));
  // The first worker comes with the first script, as text and whole, so that it waits for no file: where it lies it has to be told.
  const whole = {
    name: "whole",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /pkg\/rnnscope\.js$/ }, () => ({ path: engine }));
      onResolve({ filter: /^\.\/worker\.js\?text$/ }, () => ({ path: "worker", namespace: "text" }));
      onLoad({ filter: /./, namespace: "text" }, async () => {
        const { outputFiles } = await build({ ...options, entryPoints: paths("worker.js"), format: "iife", define: { "import.meta.url": "home" }, plugins: [whole] });
        return { contents: outputFiles[0].text, loader: "text" };
      });
    },
  };
  const made = await Promise.all([
    build({ ...options, entryPoints: paths("early.js"), format: "iife", globalName: BEGUN, plugins: [whole] }),
    build({ ...options, entryPoints: paths("main.js", "worker.js", "convert.js"), format: "esm", plugins: [apart, begun] }),
  ]);
  return made.flatMap(({ outputFiles }) => outputFiles.map(({ path, text }) => ({ name: path.slice(OUT.length + 1), text })));
}

async function write() {
  const files = await bundled();
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(OUT, name), text);
  writeFileSync(join(OUT, "STAMP"), `${stamp()}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const current = stamp() === recorded();
  if (process.argv.includes("--check")) process.exit(current ? 0 : 1);
  if (!current) await write();
}
