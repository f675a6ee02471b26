// @ts-check
/**
 * Turns another framework's file into ours, in a worker of its own: its memory goes when it goes.
 *
 * { source } is answered by { read }, how much of it has been read, by { size, piece } for every piece of the file, then
 * { done }; or by { error } | { trap }.
 */
import init, { Converter, Upload } from "../pkg/formats/formats.js";
import { upload } from "./upload.js";

/** @type {any} */
const scope = self;

scope.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  try {
    await init();
    const converter = Converter.read(await upload(Upload, data.source, (read) => scope.postMessage({ read })));
    converter.write((/** @type {Uint8Array<ArrayBuffer>} */ piece, /** @type {number} */ size) => scope.postMessage({ size, piece }, [piece.buffer]));
    scope.postMessage({ done: true });
  } catch (/** @type {any} */ error) {
    const { code, message, place = "", remedy = "" } = error ?? {};
    scope.postMessage(typeof code === "string" ? { error: { code, message, place, remedy } } : { trap: String(message ?? error) });
  }
};
