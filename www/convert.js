// @ts-check
/**
 * Turns another framework's file into ours, in a worker of its own: its memory goes when it goes.
 *
 * { source } is answered by { read }, how much of it has been read, then { size } of the new file. { room }, a buffer, is
 * answered by { piece }: the same buffer with the next bytes, none at the end. So one buffer goes to and fro, and the file
 * does not wait in memory between two workers. Or { error } | { trap }.
 */
import init, { Converter, Upload } from "../pkg/formats/formats.js";
import { upload } from "./upload.js";

/** @type {any} */
const scope = self;

/** @type {Converter | null} */
let converter = null;

scope.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  try {
    if (data.room) {
      const room = new Uint8Array(data.room);
      const piece = room.subarray(0, converter?.fill(room) ?? 0);
      return scope.postMessage({ piece }, [piece.buffer]);
    }
    await init();
    converter = Converter.read(await upload(Upload, data.source, (read) => scope.postMessage({ read })));
    scope.postMessage({ size: converter.size });
  } catch (/** @type {any} */ error) {
    const { code, message, place = "", remedy = "" } = error ?? {};
    scope.postMessage(typeof code === "string" ? { error: { code, message, place, remedy } } : { trap: String(message ?? error) });
  }
};
