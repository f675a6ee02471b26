//! A checkpoint as one safetensors file with our metadata, whatever it was read from.

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::metadata;
use crate::{Error, Result};
use safetensors::Dtype;
use serde_json::{Map, Value, json};

/// The crate's own alignment of what follows the header.
const ALIGNMENT: usize = 8;

/// A file that is about to be written: its beginning, and the tensors that follow.
pub struct Writing<'a> {
    checkpoint: &'a Checkpoint,
    /// Length and header.
    head: Vec<u8>,
    tensors: Vec<&'a Tensor>,
    size: usize,
}

impl Checkpoint {
    /// Begins the file that reads back as this checkpoint: the same numbers and names, the same metadata.
    pub fn write(&self) -> Result<Writing<'_>> {
        let mut tensors: Vec<(&String, &Tensor)> = self.tensors.iter().collect();
        // Wide numbers first, so that each lies at a multiple of its width.
        tensors.sort_by_key(|(_, tensor)| std::cmp::Reverse(tensor.storage.width()));
        let bug = |error: serde_json::Error| Error::Bug { place: "import/write", problem: error.to_string() };
        let about = serde_json::to_string(&self.metadata).map_err(bug)?;
        let mut fields = Map::new();
        let mut at = 0;
        for (name, tensor) in &tensors {
            let dtype = match tensor.storage {
                Storage::F64 => Dtype::F64,
                Storage::F32 => Dtype::F32,
                Storage::F16 => Dtype::F16,
                Storage::Bf16 => Dtype::BF16,
                Storage::I8 => Dtype::I8,
                Storage::I32 => Dtype::I32,
                Storage::I64 => Dtype::I64,
            };
            let end = at + tensor.shape.iter().product::<usize>() * tensor.storage.width();
            let field = json!({ "dtype": dtype, "shape": tensor.shape, "data_offsets": [at, end] });
            fields.insert(name.to_string(), field);
            at = end;
        }
        fields.insert("__metadata__".into(), json!({ metadata::KEY: about }));
        let mut header = serde_json::to_vec(&Value::Object(fields)).map_err(bug)?;
        header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
        let mut head = (header.len() as u64).to_le_bytes().to_vec();
        head.append(&mut header);
        let size = head.len() + at;
        Ok(Writing { checkpoint: self, head, tensors: tensors.into_iter().map(|(_, tensor)| tensor).collect(), size })
    }

    /// The whole file.
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let writing = self.write()?;
        let mut file = Vec::with_capacity(writing.size());
        writing.each(|piece| file.extend_from_slice(piece));
        Ok(file)
    }
}

impl Writing<'_> {
    /// Bytes in all.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The file's pieces in their order: a large model need not stand in memory twice.
    pub fn each(&self, mut piece: impl FnMut(&[u8])) {
        piece(&self.head);
        for tensor in &self.tensors {
            piece(&self.checkpoint.ordered(tensor));
        }
    }
}
