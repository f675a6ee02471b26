//! Other frameworks' files as ours.

use crate::import;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// Reads a model file of any format, and gives it as safetensors with our metadata.
#[wasm_bindgen]
pub fn convert(bytes: &Uint8Array) -> Result<Uint8Array, JsValue> {
    Ok(Uint8Array::from(import::read(bytes.to_vec())?.to_safetensors()?.as_slice()))
}
