// @ts-check
/** Bytes on their way into a module's memory: a file is read piece by piece, so that it never stands there twice. */

const PIECE = 1 << 20;

/**
 * @template {{ push(piece: Uint8Array): void, free(): void }} U
 * @param {new (size: number) => U} Upload of the module that will read it
 * @param {ArrayBuffer | Blob} source
 * @param {(fraction: number) => void} report
 */
export async function upload(Upload, source, report) {
  if (source instanceof ArrayBuffer) {
    const whole = new Upload(source.byteLength);
    whole.push(new Uint8Array(source));
    return whole;
  }
  const whole = new Upload(source.size);
  try {
    let taken = 0;
    for await (const piece of pieces(source)) {
      whole.push(piece);
      report((taken += piece.length) / source.size);
    }
    return whole;
  } catch (error) {
    whole.free();
    throw error;
  }
}

/** The disk no longer gives it. @returns {never} */
export function gone() {
  throw Object.assign(new Error("it cannot be read any more"), { code: "bad-file", place: "the file", remedy: "It was moved, changed or deleted: choose it again." });
}

/** All through one buffer, where the browser can: others stay in memory until they are collected. @param {Blob} file */
async function* pieces(file) {
  let reader;
  try {
    reader = file.stream().getReader({ mode: "byob" });
  } catch {
    for (let from = 0; from < file.size; from += PIECE) yield new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer().catch(gone));
    return;
  }
  for (let buffer = new ArrayBuffer(PIECE); ; ) {
    const { value, done } = await reader.read(new Uint8Array(buffer)).catch(gone);
    if (done || !value) return;
    yield value;
    buffer = value.buffer;
  }
}
