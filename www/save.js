// @ts-check
/** What leaves the page, on request only, as files that the browser saves. */
import { h } from "./dom.js";

/** @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/** A name for a file, from a title. @param {string} title @param {string} ending */
export const fileName = (title, ending) => `rnnscope-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "figure"}.${ending}`;

/** Comma-separated values; a cell that a spreadsheet would run as a formula is made text. @param {string[][]} rows */
export function csv(rows) {
  const plain = /^[+-]?(\d|\.\d|Infinity|NaN)[\d.e+-]*$/i;
  const cell = (/** @type {string} */ text) => {
    const safe = /^[=+\-@\t\r]/.test(text) && !plain.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}
