//! Other frameworks' files as ours.

use super::upload::Upload;
use crate::import::{self, Checkpoint, Writing};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// A model file of any format, on its way to safetensors with our metadata.
#[wasm_bindgen]
pub struct Converter {
    checkpoint: Checkpoint,
    writing: Writing,
    room: Vec<u8>,
}

#[wasm_bindgen]
impl Converter {
    /// Reads and proves it.
    pub fn read(file: Upload) -> Result<Converter, JsValue> {
        let checkpoint = import::read(file.finish())?;
        let writing = checkpoint.write()?;
        Ok(Converter { checkpoint, writing, room: Vec::new() })
    }

    /// Bytes of the whole file.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> f64 {
        self.writing.size() as f64
    }

    /// The next bytes of the file, as many as `piece` takes; how many they are.
    pub fn fill(&mut self, piece: &Uint8Array) -> usize {
        self.room.resize(piece.length() as usize, 0);
        let count = self.writing.fill(&self.checkpoint, &mut self.room);
        piece.subarray(0, count as u32).copy_from(&self.room[..count]);
        count
    }
}
