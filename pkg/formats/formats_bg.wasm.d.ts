/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_converter_free: (a: number, b: number) => void;
export const __wbg_upload_free: (a: number, b: number) => void;
export const converter_fill: (a: number, b: any) => number;
export const converter_read: (a: number) => [number, number, number];
export const converter_size: (a: number) => number;
export const upload_new: (a: number) => [number, number, number];
export const upload_push: (a: number, b: any) => void;
export const __wbindgen_exn_store: (a: number) => void;
export const __externref_table_alloc: () => number;
export const __wbindgen_externrefs: WebAssembly.Table;
export const __externref_table_dealloc: (a: number) => void;
export const __wbindgen_start: () => void;
