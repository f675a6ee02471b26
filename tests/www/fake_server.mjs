// Serves the page with the fake engine in pkg's place: for developing the page, and for tests of its behaviour.
//
//   node tests/www/fake_server.mjs [port]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "../../scripts/bundle.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };
const ENGINE = join(ROOT, "tests/www/fake_engine.js");
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Starts on `port`, 0 = any. Resolves to the server. */
export async function serveFake(port = 0) {
  // The first worker comes with the first script.
  const first = (await bundled(ENGINE)).find(({ name }) => name === "early.js").text;
  const server = createServer(async ({ url }, response) => {
    const path = normalize(decodeURIComponent(url.split(/[?#]/)[0]));
    try {
      let body;
      if (path.startsWith("/pkg/split/")) body = EMPTY_MODULE;
      else if (path === "/pkg/rnnscope.js") body = await readFile(ENGINE);
      else if (path === "/pkg/fake_pencil.js") body = await readFile(join(ROOT, "tests/www/fake_pencil.js"));
      else if (path === "/pkg/page/early.js") body = first;
      else if (path.startsWith("/www/") || path.startsWith("/pkg/page/")) body = await readFile(join(ROOT, path.endsWith("/") ? `${path}index.html` : path));
      else throw new Error("elsewhere");
      response.writeHead(200, { "Content-Type": TYPES[extname(path) || ".html"] ?? "application/octet-stream", "Cache-Control": "no-cache" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await serveFake(Number(process.argv[2] ?? 0));
  console.log(`http://127.0.0.1:${server.address().port}/www/`);
}
