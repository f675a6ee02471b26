//! Other frameworks' files as ours.

use crate::import::{self, Checkpoint};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// A model file of any format, on its way to safetensors with our metadata.
#[wasm_bindgen]
pub struct Converter {
    checkpoint: Checkpoint,
}

#[wasm_bindgen]
impl Converter {
    /// Reads and proves it; the bytes are copied, and can be let go.
    pub fn read(bytes: &Uint8Array) -> Result<Converter, JsValue> {
        Ok(Converter { checkpoint: import::read(bytes.to_vec())? })
    }

    /// The file, written piece by piece into an array of its own.
    pub fn write(&self) -> Result<Uint8Array, JsValue> {
        let writing = self.checkpoint.write()?;
        let size = u32::try_from(writing.size())
            .map_err(|error| crate::Error::Bug { place: "wasm/convert", problem: error.to_string() })?;
        let (file, mut at) = (Uint8Array::new_with_length(size), 0);
        writing.each(|piece| {
            let end = at + piece.len() as u32;
            file.subarray(at, end).copy_from(piece);
            at = end;
        });
        Ok(file)
    }
}
