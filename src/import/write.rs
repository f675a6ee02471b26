//! A checkpoint as one safetensors file with our metadata, whatever it was read from.

use super::checkpoint::{Checkpoint, Storage};
use super::metadata;
use crate::{Error, Result};
use safetensors::{Dtype, View};
use std::borrow::Cow;
use std::collections::HashMap;

/// A tensor as it will stand in the file.
struct Written<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl View for &Written<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Checkpoint {
    /// The file that reads back as this checkpoint: the same numbers under the same names, the same metadata.
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let bug = |problem: String| Error::Bug { place: "import/write", problem };
        let written: Vec<(&str, Written)> = self
            .tensors()
            .map(|(name, tensor)| {
                let dtype = match tensor.storage {
                    Storage::F64 => Dtype::F64,
                    Storage::F32 => Dtype::F32,
                    Storage::F16 => Dtype::F16,
                    Storage::Bf16 => Dtype::BF16,
                    Storage::I8 => Dtype::I8,
                    Storage::I32 => Dtype::I32,
                    Storage::I64 => Dtype::I64,
                };
                (name, Written { dtype, shape: tensor.shape.clone(), bytes: self.ordered(tensor) })
            })
            .collect();
        let text = serde_json::to_string(&self.metadata).map_err(|error| bug(error.to_string()))?;
        let about = HashMap::from([(metadata::KEY.to_string(), text)]);
        safetensors::serialize(written.iter().map(|(name, tensor)| (*name, tensor)), Some(about))
            .map_err(|error| bug(error.to_string()))
    }
}
