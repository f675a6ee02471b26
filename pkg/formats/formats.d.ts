/* tslint:disable */
/* eslint-disable */

/**
 * A model file of any format, on its way to safetensors with our metadata.
 */
export class Converter {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The next bytes of the file, as many as `piece` takes; how many they are.
     */
    fill(piece: Uint8Array): number;
    /**
     * Reads and proves it.
     */
    static read(file: Upload): Converter;
    /**
     * Bytes of the whole file.
     */
    readonly size: number;
}

/**
 * A file that is not whole yet: what has been taken over can be let go on the other side.
 */
export class Upload {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Room for a file of `size` bytes.
     */
    constructor(size: number);
    /**
     * The next piece.
     */
    push(piece: Uint8Array): void;
}

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_converter_free: (a: number, b: number) => void;
    readonly __wbg_upload_free: (a: number, b: number) => void;
    readonly converter_fill: (a: number, b: any) => number;
    readonly converter_read: (a: number) => [number, number, number];
    readonly converter_size: (a: number) => number;
    readonly upload_new: (a: number) => [number, number, number];
    readonly upload_push: (a: number, b: any) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
