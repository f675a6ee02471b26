// One Chromium with a fresh profile, and this tree behind a local server.
import { chromium } from "playwright-core";
import { serve } from "../scripts/serve.mjs";

/** Runs `work({ browser, url, server })`, then closes everything. */
export async function withBrowser(work, { args = [] } = {}) {
  const server = await serve(0);
  const browser = await chromium.launch({
    executablePath: process.env.CHROME || process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", ...args],
  });
  try {
    return await work({ browser, server, url: `http://127.0.0.1:${server.address().port}` });
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

/** A page in which an error is an error. */
export async function open(browser, url) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => process.stderr.write(`page: ${error.stack ?? error}\n`));
  page.on("console", (message) => message.type() === "error" && process.stderr.write(`page: ${message.text()}\n`));
  await page.goto(url);
  return page;
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
