// Serves this folder to this machine: `make serve`. Any static server does as well (python3 -m http.server); this one
// is here because it needs nothing but Node, finds a free port and opens nothing to the network.
import { createReadStream, realpathSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = await realpath(fileURLToPath(new URL("..", import.meta.url)));

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/plain; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The file behind a URL's path, or a status: 400 unreadable, 404 not there, hidden or outside of `root`. */
async function find(root, pathname) {
  let name;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return 400;
  }
  if (name.includes("\0") || name.split(/[\\/]/).some((part) => part.startsWith("."))) return 404;
  try {
    const path = await realpath(join(root, name)); // a link must not lead outside either
    if (path !== root && !path.startsWith(root + sep)) return 404;
    const file = await stat(path);
    return { path, size: file.size, isDirectory: file.isDirectory() };
  } catch {
    return 404;
  }
}

async function answer(root, request, response) {
  const finish = (status, headers = {}) => response.writeHead(status, headers).end(`${status}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return finish(405, { Allow: "GET, HEAD" });
  const [pathname, query] = request.url.split(/\?(.*)/s);
  if (pathname === "/") return finish(302, { Location: "/www/" });

  let file = await find(root, pathname);
  if (file.isDirectory) {
    // One slash in front: "//host/" would send the browser to another machine.
    if (!pathname.endsWith("/")) return finish(302, { Location: `/${pathname.replace(/^\/+/, "")}/${query ? `?${query}` : ""}` });
    file = await find(root, `${pathname}index.html`);
  }
  if (typeof file === "number") return finish(file);
  if (file.isDirectory) return finish(404);
  response.writeHead(200, {
    "Content-Type": TYPES[extname(file.path)] ?? "application/octet-stream",
    "Content-Length": file.size,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(file.path).on("error", () => response.destroy()).pipe(response);
}

/** Starts on `port`, or on the next free one; 0 asks for any. Resolves to the server. */
export function serve(port = 8000, root = ROOT) {
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (error.code === "EADDRINUSE" && port < 65535) resolve(serve(port + 1, root));
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const server = await serve(Number(process.env.PORT ?? 8000));
  console.log(`http://127.0.0.1:${server.address().port}/www/   (Ctrl-C stops it)`);
}
