//! Other frameworks' files as ours.

use super::upload::Upload;
use crate::import::{self, Checkpoint};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

/// Bytes that are handed over at a time.
const PIECE: usize = 4 << 20;

/// A model file of any format, on its way to safetensors with our metadata.
#[wasm_bindgen]
pub struct Converter {
    checkpoint: Checkpoint,
}

#[wasm_bindgen]
impl Converter {
    /// Reads and proves it.
    pub fn read(file: Upload) -> Result<Converter, JsValue> {
        Ok(Converter { checkpoint: import::read(file.finish())? })
    }

    /// Calls `take(piece, size)` with every piece of the file in its order, and the size of the whole.
    pub fn write(&self, take: &Function) -> Result<(), JsValue> {
        let writing = self.checkpoint.write()?;
        let size = JsValue::from_f64(writing.size() as f64);
        let mut outcome = Ok(());
        writing.each(|bytes| {
            for piece in bytes.chunks(PIECE) {
                if outcome.is_ok() {
                    outcome = take.call2(&JsValue::NULL, &Uint8Array::from(piece), &size).map(|_| ());
                }
            }
        });
        outcome
    }
}
