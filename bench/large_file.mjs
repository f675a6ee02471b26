// What opening a large model file costs: seconds until its card stands, seconds until its first answer, and the most
// memory that the page's process had beyond what it had before, as a multiple of the file.
//
//   node bench/large_file.mjs FILE...
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { median, withBrowser } from "./browser.mjs";

const RUNS = 3;
const SAMPLED_EVERY_MS = 5;

/** Resident bytes of every renderer below this process. */
function resident() {
  const children = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ")[1];
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    } catch {
      // it has ended meanwhile
    }
  }
  const below = (pid) => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  let sum = 0;
  for (const pid of below(String(process.pid))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer")) continue;
      sum += Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
    } catch {
      // it has ended meanwhile
    }
  }
  return sum;
}

/** { opened_s, explained_s, peak } of one file, in a new browser. */
const once = (path) =>
  withBrowser(async ({ browser, url }) => {
    const page = await browser.newPage();
    await page.goto(`${url}/www/`);
    await page.waitForFunction(() => globalThis.rnnscope?.store.get().answer && globalThis.rnnscope.drawn());
    await page.waitForTimeout(1500);
    await page.evaluate((name) => {
      const { store } = globalThis.rnnscope;
      const seen = (globalThis.seen = { fractions: [] });
      document.querySelector("#own-file").addEventListener("change", () => (seen.start = performance.now()), { capture: true });
      store.subscribe(({ model, answer, old, opening, progress }) => {
        if (opening) seen.fractions.push(opening.fraction);
        if (model?.name !== name) return;
        seen.opened ??= performance.now();
        if (answer && !old && !progress) seen.explained ??= performance.now();
      });
    }, basename(path));
    const before = resident();
    const samples = [];
    const timer = setInterval(() => samples.push([Date.now(), resident() - before]), SAMPLED_EVERY_MS);
    await page.setInputFiles("#own-file", path);
    for (;;) {
      await new Promise((done) => setTimeout(done, 100));
      const seen = await page.evaluate(() => globalThis.seen);
      if (!seen.explained) continue;
      clearInterval(timer);
      const origin = await page.evaluate(() => performance.timeOrigin);
      const peak = (until) => Math.max(...samples.filter(([at]) => at <= origin + until).map(([, bytes]) => bytes)) / statSync(path).size;
      if (process.env.SERIES) console.log(samples.map(([at, bytes]) => `${Math.round(at - origin - seen.start)}:${(bytes / 1e6).toFixed(0)}`).join(" "), seen.opened - seen.start);
      return { opened_s: (seen.opened - seen.start) / 1000, explained_s: (seen.explained - seen.start) / 1000, peak_opened: peak(seen.opened), peak_explained: peak(seen.explained), told: seen.fractions.length };
    }
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of process.argv.slice(2).map((path) => resolve(path))) {
    const runs = [];
    for (let k = 0; k < RUNS; k++) runs.push(await once(path));
    const of = (name) => median(runs.map((run) => run[name]));
    console.log(`${basename(path)}, ${(statSync(path).size / 1e6).toFixed(1)} MB: opened ${of("opened_s").toFixed(2)} s, explained ${of("explained_s").toFixed(2)} s, peak until opened ${of("peak_opened").toFixed(2)} × the file, until explained ${of("peak_explained").toFixed(2)} ×; ${of("told")} reports of progress`);
  }
}
