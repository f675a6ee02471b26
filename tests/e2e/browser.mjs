// What the tests of the page share: a browser, a page that is watched, golden tensors.
import { existsSync, readFileSync } from "node:fs";

export const CHROME = [process.env.CHROME, process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));

/** A headless browser; the caller closes it. */
export async function launch() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: CHROME, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/**
 * Opens the page and notes everything that should not happen: errors, refused requests, requests to elsewhere. `before`
 * is given the page while it is empty.
 * @param {import("playwright-core").Browser} browser
 */
export async function visit(browser, base, { hash = "", width = 1280, height = 900, colorScheme = "light", density = 1, ready = true, before = async () => {} } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce", deviceScaleFactor: density });
  const page = await context.newPage();
  await before(page);
  const noted = { errors: [], requests: [], all: [] };
  page.on("console", (message) => noted.all.push(message.text()));
  page.on("console", (message) => message.type() === "error" && noted.errors.push(message.text()));
  page.on("pageerror", (error) => noted.errors.push(error.message));
  page.on("request", (request) => noted.requests.push(request.url()));
  await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) => console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`)));
  await page.goto(`${base}/www/${hash}`);
  if (ready) await explained(page);
  // What the state says is drawn within the next frames; what a test looks at is the drawing.
  const wait = page.waitForFunction.bind(page);
  page.waitForFunction = async (...args) => {
    await wait(...args);
    await drawn(page);
  };
  return { page, noted, close: () => context.close() };
}

/** Waits until every panel shows the present state. */
export async function drawn(page) {
  while (!(await page.evaluate(() => globalThis.rnnscope.drawn()))) await page.waitForTimeout(10);
}

/** Waits until the answer that was asked for last is there, and drawn. */
export async function explained(page, timeout = 30_000) {
  await page.waitForFunction(() => {
    const { store, drawn } = globalThis.rnnscope ?? {};
    const { answer, old, partial, progress, opening } = store?.get() ?? {};
    return answer && !old && !partial && !progress && !opening && drawn();
  }, null, { timeout });
}

/** A part of the page's state. @param {string} key */
export const state = (page, key) => page.evaluate((key) => globalThis.rnnscope.store.get()[key], key);

/** Numbers of the table behind a picture: [label, value]. */
export async function numbers(page, panel) {
  const figure = page.locator(`.panel.${panel} .figure:visible`).first();
  const details = figure.locator("details.numbers");
  if (!(await details.evaluate((element) => element.open))) await details.locator("summary").click();
  await figure.locator("tbody tr").first().waitFor();
  return figure.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

/** The F64 and I64 tensors of a safetensors file, and its metadata. */
export function golden(name) {
  const bytes = readFileSync(new URL(`../golden/${name}.safetensors`, import.meta.url));
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const tensor = ([key, { dtype, shape, data_offsets: [from, to] }]) => {
    const data = bytes.buffer.slice(bytes.byteOffset + 8 + length + from, bytes.byteOffset + 8 + length + to);
    const values = dtype === "F64" ? [...new Float64Array(data)] : [...new BigInt64Array(data)].map(Number);
    return [key, { shape, values }];
  };
  return { ...Object.fromEntries(Object.entries(entries).map(tensor)), about: JSON.parse(metadata.golden) };
}

/** Sums over the last axis: one number a step. */
export function perStep({ shape, values }, reduce = (row) => row.reduce((sum, v) => sum + v, 0)) {
  const [steps, width = 1] = shape;
  return Array.from({ length: steps }, (_, t) => reduce(values.slice(t * width, (t + 1) * width)));
}

/** The difference of two lists as a share of the largest golden value. */
export function distance(found, wanted) {
  const scale = Math.max(1e-9, ...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, k) => Math.abs(value - found[k]) / scale));
}
