//! What a model file holds: named tensors and what it says of itself.

use super::Metadata;
use crate::{Error, Result};
use half::{bf16, f16};
use std::collections::BTreeMap;
use std::ops::Range;

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// 64-bit.
    F64,
    /// 32-bit.
    F32,
    /// IEEE half.
    F16,
    /// bfloat16.
    Bf16,
    /// 8-bit integers with a scale per row in `<name>.scale`.
    I8,
}

impl Storage {
    /// Bytes per number.
    pub fn width(self) -> usize {
        match self {
            Storage::F64 => 8,
            Storage::F32 => 4,
            Storage::F16 | Storage::Bf16 => 2,
            Storage::I8 => 1,
        }
    }
}

/// Where a tensor lies in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// As stored.
    pub storage: Storage,
    /// Dimensions, row-major.
    pub shape: Vec<usize>,
    /// Bytes in the file; proven to fit shape and storage.
    pub bytes: Range<usize>,
}

/// A read file: bytes, tensors by name, metadata.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    pub(super) bytes: Vec<u8>,
    pub(super) tensors: BTreeMap<String, Tensor>,
    /// What the file says of itself.
    pub metadata: Metadata,
}

impl Checkpoint {
    /// All tensors in the order of their names.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Size of the file, bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The shape of a tensor, if the file has it.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The numbers of a tensor that must exist with this shape and be finite, row-major.
    pub fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let tensor = self.tensors.get(name).ok_or_else(|| {
            let near: Vec<&str> = self.tensors.keys().take(8).map(String::as_str).collect();
            Error::file(
                name,
                format!("the file has no such tensor; it has {}", near.join(", ")),
                "Check the layer names in the metadata, or export the model again.",
            )
        })?;
        if tensor.shape != shape {
            return Err(Error::file(
                name,
                format!("expected shape {shape:?}, found {:?}", tensor.shape),
                "Check layer sizes and the cell kind in the metadata.",
            ));
        }
        let mut numbers = self.decode(tensor);
        if tensor.storage == Storage::I8 {
            self.scale_rows(name, shape, &mut numbers)?;
        }
        if let Some(k) = numbers.iter().position(|x| !x.is_finite()) {
            return Err(Error::file(
                name,
                format!("element {k} is {}", numbers[k]),
                "The weights are damaged or training diverged; export an earlier checkpoint.",
            ));
        }
        Ok(numbers)
    }

    /// weight[r, …] = integer[r, …] · scale[r]
    fn scale_rows(&self, name: &str, shape: &[usize], numbers: &mut [f64]) -> Result<()> {
        let rows = shape.first().copied().unwrap_or(1);
        let scale_name = format!("{name}.scale");
        let scale =
            self.tensors.get(&scale_name).filter(|tensor| tensor.storage != Storage::I8 && tensor.shape == [rows]);
        let scale = scale.ok_or_else(|| {
            Error::file(
                scale_name,
                format!("an 8-bit tensor needs its scales, shape [{rows}]"),
                "Export the model again.",
            )
        })?;
        let scale = self.decode(scale);
        for (row, scale) in numbers.chunks_mut((shape.iter().product::<usize>() / rows.max(1)).max(1)).zip(scale) {
            row.iter_mut().for_each(|x| *x *= scale);
        }
        Ok(())
    }

    fn decode(&self, tensor: &Tensor) -> Vec<f64> {
        let bytes = self.bytes.get(tensor.bytes.clone()).unwrap_or_default();
        match tensor.storage {
            Storage::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            Storage::F32 => bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
            Storage::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f64()).collect(),
            Storage::Bf16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f64()).collect(),
            Storage::I8 => bytes.iter().map(|b| f64::from(*b as i8)).collect(),
        }
    }
}
