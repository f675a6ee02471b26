// From navigation to the page's first picture (text and bars), cold: a new profile each time, a local server. The page
// says when with a performance mark. Requests and bytes are counted by the server.
//
//   node bench/first_picture.mjs
import { fileURLToPath } from "node:url";
import { median, withBrowser } from "./browser.mjs";

const MARK = "rnnscope-explained"; // set in www/main.js once text and bars stand
const RUNS = 7;
const PATIENCE = 15_000;
/** A person's browser has been running for a while; only the page is cold. */
const SETTLED_MS = 1000;
/** Asking costs the page 40 ms the first time: it is asked when the picture should be long there. */
const ASKED_EVERY_MS = 3000;

/** { ms (median), samples, requests, bytes, stages } or { missing: why }. */
export async function firstPicture() {
  const runs = [];
  for (let k = 0; k < RUNS; k++) {
    const run = await once();
    if (run.missing) return run;
    runs.push(run);
  }
  const samples = runs.map(({ ms }) => ms);
  const { requests, bytes, files } = runs.at(-1);
  return { ms: median(samples), samples, requests, bytes, files, marks: runs.at(-1).marks };
}

const once = () =>
  withBrowser(async ({ browser, url, server }) => {
    const files = [];
    let running = true;
    const counted = new WeakMap(); // bytes of a connection that belong to earlier answers
    server.on("request", ({ url, socket }, response) => {
      response.on("finish", () => {
        if (running) files.push([url, socket.bytesWritten - (counted.get(socket) ?? 0)]);
        counted.set(socket, socket.bytesWritten);
      });
    });
    const page = await browser.newPage();
    await page.waitForTimeout(SETTLED_MS);
    const answer = await page.goto(`${url}/www/`, { waitUntil: "commit" });
    if (!answer.ok()) return { missing: `www/: ${answer.status()}` };
    let waited = 0;
    do {
      if (waited >= PATIENCE) return { missing: `the page set no performance.mark("${MARK}") within ${PATIENCE / 1000} s` };
      await page.waitForTimeout(ASKED_EVERY_MS);
      waited += ASKED_EVERY_MS;
    } while (!(await page.evaluate((mark) => performance.getEntriesByName(mark).length > 0, MARK)));
    running = false;
    const marks = await page.evaluate(() => Object.fromEntries(performance.getEntriesByType("mark").map((mark) => [mark.name, mark.startTime])));
    return { ms: marks[MARK], marks, requests: files.length, bytes: files.reduce((sum, [, size]) => sum + size, 0), files };
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await firstPicture());
