//! A file on its way into the module's memory, piece by piece.

use crate::{Error, Result, import};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// A file that is not whole yet: what has been taken over can be let go on the other side.
#[wasm_bindgen]
pub struct Upload {
    bytes: Vec<u8>,
}

#[wasm_bindgen]
impl Upload {
    /// Room for a file of `size` bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(size: f64) -> std::result::Result<Upload, JsValue> {
        Ok(Upload { bytes: room(size)? })
    }

    /// The next piece.
    pub fn push(&mut self, piece: &Uint8Array) {
        let (start, length) = (self.bytes.len(), piece.length() as usize);
        self.bytes.resize(start + length, 0);
        piece.copy_to(&mut self.bytes[start..]);
    }
}

impl Upload {
    /// The whole.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

fn room(size: f64) -> Result<Vec<u8>> {
    let too_large = || Error::Memory {
        what: "the model file".into(),
        needed_mb: (size / f64::from(1 << 20)) as usize,
        limit_mb: import::LARGEST_FILE >> 20,
    };
    let mut bytes = Vec::new();
    if !(0.0..=import::LARGEST_FILE as f64).contains(&size) || bytes.try_reserve_exact(size as usize).is_err() {
        return Err(too_large());
    }
    Ok(bytes)
}
