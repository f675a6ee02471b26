// The server of `make serve` shows this folder and nothing else.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";

let folder, server;

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "serve-")));
  const root = join(folder, "root");
  mkdirSync(join(root, "www/panels"), { recursive: true });
  mkdirSync(join(root, ".git"));
  writeFileSync(join(root, "www/index.html"), "<p>page");
  writeFileSync(join(root, "www/a b.wasm"), "wasm");
  writeFileSync(join(root, ".git/config"), "hidden");
  writeFileSync(join(folder, "secret"), "secret");
  symlinkSync(join(folder, "secret"), join(root, "www/link"));
  server = await serve(0, root);
});

after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

// fetch() would tidy the path before it is sent.
const get = (path, method = "GET") =>
  new Promise((resolve, reject) => {
    request({ port: server.address().port, host: "127.0.0.1", path, method, agent: false }, async (response) => {
      let body = "";
      for await (const piece of response) body += piece;
      resolve({ status: response.statusCode, headers: response.headers, body });
    }).on("error", reject).end();
  });

test("the root leads to the page", async () => {
  const { status, headers } = await get("/");
  assert.equal(status, 302);
  assert.equal(headers.location, "/www/");
  assert.equal((await get("/www/")).body, "<p>page");
  assert.equal((await get("/www?x=1")).headers.location, "/www/?x=1");
  assert.equal((await get("/www/panels/")).status, 404);
});

test("wasm has the type that streaming compilation asks for", async () => {
  const { status, headers, body } = await get("/www/a%20b.wasm?v=2");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/wasm");
  assert.equal(body, "wasm");
  assert.equal((await get("/www/a%20b.wasm", "HEAD")).body, "");
});

test("nothing outside of the folder, and nothing hidden, is shown", async () => {
  const paths = ["/../secret", "/www/../../secret", "/..%2fsecret", "/%2e%2e/secret", "/..%5csecret", "/.git/config", "/www/link", "/www/%00", "/nothing"];
  for (const path of paths) assert.equal((await get(path)).status, 404, path);
  assert.equal((await get("/%")).status, 400);
  assert.equal((await get("//www")).headers.location, "/www/");
  assert.equal((await get("/www/", "POST")).status, 405);
});

test("a port that is taken is passed over", async () => {
  const { port } = server.address();
  const second = await serve(port, folder);
  assert.ok(second.address().port > port);
  second.close();
});
