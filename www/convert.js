// @ts-check
/**
 * Turns another framework's file into ours, in a worker of its own: its memory goes when it goes.
 *
 * { bytes } is answered by { file } | { error } | { trap }.
 */
import init, { Converter } from "../pkg/formats/formats.js";

/** @type {any} */
const scope = self;

scope.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  try {
    await init();
    const converter = Converter.read(data.bytes);
    data.bytes.buffer.transfer?.(0); // wasm has its own copy
    const file = converter.write();
    scope.postMessage({ file }, [file.buffer]);
  } catch (/** @type {any} */ error) {
    const { code, message, place = "", remedy = "" } = error ?? {};
    scope.postMessage(typeof code === "string" ? { error: { code, message, place, remedy } } : { trap: String(message ?? error) });
  }
};
