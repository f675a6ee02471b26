// @ts-check
/** What went wrong, as the page tells it. */
import { Trapped } from "./engine.js";

/** @param {string} place @param {string} message @param {string} remedy */
export function asked(place, message, remedy, code = "bad-request") {
  return Object.assign(new Error(message), { code, place, remedy });
}

/** @param {any} error @returns {import("./types").Problem} */
export function problemOf(error) {
  if (error instanceof Trapped) return { code: "bug", message: `The engine stopped under this request: ${error.message}.`, place: "engine", remedy: "It was started again. Change the request, or reload the page; please report this." };
  // The engine's message on a request says what it must be: the remedy would say it again.
  const said = error.code === "bad-request" && / must be .*; it is /s.test(error.message);
  return { code: error.code ?? "bug", message: error.message ?? String(error), place: error.place ?? "", remedy: said ? "" : error.remedy ?? "Reload the page; the settings are in the address." };
}
