// Memory of WebAssembly after a trace of 1,000, 3,000 and 10,000 characters through `charlm`, each in a new page.
//
//   node bench/memory.mjs
import { fileURLToPath } from "node:url";
import { open, withBrowser } from "./browser.mjs";

const LENGTHS = [1_000, 3_000, 10_000];

/** [{ characters, before, after, said, ms }] in bytes; memory of WebAssembly never shrinks, so that after = peak. */
export const memory = () =>
  withBrowser(async ({ browser, url }) => {
    const rows = [];
    for (const characters of LENGTHS) {
      const page = await open(browser, `${url}/bench/page.html`);
      rows.push(await page.evaluate(trace, characters));
      await page.close();
    }
    return rows;
  });

/** In the page. */
async function trace(characters) {
  const base = new URL(".", location.href);
  const { start, bytesInUse, finish } = await import(new URL("rnnscope.js", base));
  await start();
  const { Session } = await import(new URL("../pkg/rnnscope.js", base));
  const get = async (name) => fetch(new URL(`data/${name}`, base));
  const { charlm } = await (await get("networks.json")).json();
  const session = Session.open(new Uint8Array(await (await get("charlm.safetensors")).arrayBuffer()), "charlm.safetensors");
  const before = bytesInUse();
  session.read_text(charlm.text.repeat(Math.ceil(characters / charlm.steps)).slice(0, characters));
  const begin = performance.now();
  session.start_trace();
  finish(session);
  const ms = performance.now() - begin;
  return { characters, before, after: bytesInUse(), said: session.card().bytes_per_step * characters, ms };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await memory());
