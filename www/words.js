// @ts-check
/** Numbers and characters as people read them. */

/** Four significant digits at most. @param {number} value */
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const exact = size < 1e-4 || size >= 1e6 ? value.toExponential(Math.min(2, digits - 1)) : size >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits);
  const text = exact.includes(".") && !exact.includes("e") ? exact.replace(/\.?0+$/, "") : exact;
  return text.replace(/^-/, "−").replace(/e-/, "e−").replace("e+", "e");
}

/** With its sign always. @param {number} value */
export const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));

/** @param {number} share */
export function percent(share) {
  const value = 100 * share;
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size > 0 && size < 0.01) return "< 0.01 %";
  const digits = size >= 99.95 && size < 100 ? 2 : size >= 10 ? 1 : size >= 1 ? 1 : 2;
  return `${value.toFixed(digits).replace(/^-/, "−")} %`;
}

/** A share whose size matters however small it is: what is left of something. @param {number} share */
export const fine = (share) => (Math.abs(share) < 1e-4 ? `${number(100 * share, 2)} %` : percent(share));

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {number} value */
export function seconds(value) {
  return value < 0.01 ? `${(value * 1000).toFixed(1)} ms` : value < 1 ? `${(value * 1000).toFixed(0)} ms` : value < 120 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(0)} min`;
}

/** A count with thin spaces. @param {number} value */
export const count = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f"); // the first toLocaleString of a page takes 50 ms

/** A character that can be seen. @param {string} text */
export const visible = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "␍");

/** What was read, in quotation marks: its writing direction does not turn the sentence around it. @param {string} text */
export const quoted = (text) => `“\u2068${text}\u2069”`;

/** Nothing that a model could read; spaces are something to one that reads characters. @param {string} text @param {string} [kind] of the model's input */
export const isEmpty = (text, kind) => (kind === "characters" ? text === "" : text.trim() === "");
