// @ts-check
/** What is read, as text that could be typed. */

/** @typedef {import("./types").State} State */

/** What is read, as it would be typed: a series with the values that were changed. @param {State} state */
export const asTyped = ({ edited, input, text }) => (edited && input?.series ? tableOf(input.series) : text);

/** Words as the engine cuts them. */
const WORD = /[a-z0-9]+(?:'[a-z]+)?|[^\sa-z0-9]/gi;
/** About how many steps a network reads in it: characters, words, or lines of a table. @param {string} text @param {import("./types").Card["input_kind"]} kind */
export function stepsIn(text, kind) {
  if (kind === "characters") return text.length;
  if (kind === "words") return text.match(WORD)?.length ?? 0;
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#")).length;
}

/** The series as comma-separated values, as it stands now. @param {import("./types").Series} series */
function tableOf({ variables, hours, values, fixed }) {
  const count = hours.length;
  const cell = (/** @type {number} */ value) => (Number.isNaN(value) ? "" : String(Number(value.toPrecision(7))));
  const head = fixed.map(([name, value]) => `# ${name}=${value}`);
  const rows = hours.map((hour, t) => [hour, ...variables.map((_, v) => cell(values[v * count + t]))].join(","));
  return [...head, `hour,${variables.join(",")}`, ...rows, ""].join("\n");
}
