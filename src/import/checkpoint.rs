//! What a model file holds: named tensors and what it says of itself.

use super::Metadata;
use crate::{Error, Result};
use half::{bf16, f16};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

const LARGEST_RANK: usize = 8;

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
    /// 32-bit integers.
    I32,
    /// 64-bit integers.
    I64,
}

impl Storage {
    /// Bytes per number.
    pub fn width(self) -> usize {
        match self {
            Storage::F64 | Storage::I64 => 8,
            Storage::F32 | Storage::I32 => 4,
            Storage::F16 | Storage::Bf16 => 2,
            Storage::I8 => 1,
        }
    }

    /// Counters, masks and token numbers rather than weights?
    pub fn counts(self) -> bool {
        matches!(self, Storage::I32 | Storage::I64)
    }
}

/// Where a tensor lies in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// As stored.
    pub storage: Storage,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Numbers between neighbours along each dimension.
    pub strides: Vec<usize>,
    /// Most significant byte first?
    pub big_endian: bool,
    /// Bytes in the file that the numbers lie in; proven to fit.
    pub bytes: Range<usize>,
}

/// Strides of a tensor whose last (`row_major`) or first index runs fastest; none where the count overflows.
pub(super) fn dense(shape: &[usize], row_major: bool) -> Option<Vec<usize>> {
    let mut strides = vec![0; shape.len()];
    let mut step = 1usize;
    for k in 0..shape.len() {
        let k = if row_major { shape.len() - 1 - k } else { k };
        strides[k] = step;
        step = step.checked_mul(shape[k])?;
    }
    Some(strides)
}

impl Tensor {
    /// Proves that `bytes` hold every number, and at least as many numbers as are read.
    pub(super) fn new(
        place: &str,
        storage: Storage,
        shape: Vec<usize>,
        strides: Option<Vec<usize>>,
        big_endian: bool,
        bytes: Range<usize>,
    ) -> Result<Tensor> {
        let wrong = |problem: String| {
            Error::file(place, problem, "The file is damaged or was made by hand; save the model again.")
        };
        if shape.len() > LARGEST_RANK {
            return Err(wrong(format!("rank {}; at most {LARGEST_RANK} is read", shape.len())));
        }
        let strides = strides.or_else(|| dense(&shape, true)).filter(|strides| strides.len() == shape.len());
        let held = bytes.len() / storage.width();
        let count = shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
        let last = |strides: &[usize]| {
            shape
                .iter()
                .zip(strides)
                .try_fold(0usize, |sum, (n, step)| sum.checked_add(n.checked_sub(1)?.checked_mul(*step)?))
        };
        let fits = |strides: &[usize]| count == Some(0) || last(strides).is_some_and(|last| last < held);
        match (count, strides) {
            (Some(count), Some(strides)) if count <= held && fits(&strides) => {
                Ok(Tensor { storage, shape, strides, big_endian, bytes })
            }
            _ => Err(wrong(format!("shape {shape:?} and its {} bytes do not agree", bytes.len()))),
        }
    }

    /// Does the file hold the numbers in the order that we read them in?
    fn plain(&self) -> bool {
        !self.big_endian && dense(&self.shape, true).as_deref() == Some(&self.strides)
    }
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
        self.read(name, shape, |x| x)
    }

    /// The same, each number converted as it is read: no second copy of a large tensor stands beside the first.
    pub fn read<T>(&self, name: &str, shape: &[usize], convert: impl Fn(f64) -> T) -> Result<Vec<T>> {
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
        let bytes = self.ordered(tensor);
        let mut numbers = Vec::with_capacity(shape.iter().product());
        let mut wrong = None;
        let mut take = |x: f64| {
            if !x.is_finite() {
                wrong.get_or_insert((numbers.len(), x));
            }
            numbers.push(convert(x));
        };
        if tensor.storage == Storage::I8 {
            // weight[r, …] = integer[r, …] · scale[r]
            let scale = self.scale(name, shape)?;
            let row = (shape.iter().product::<usize>() / scale.len().max(1)).max(1);
            for (integers, scale) in bytes.chunks(row).zip(scale) {
                integers.iter().for_each(|b| take(f64::from(*b as i8) * scale));
            }
        } else {
            decode(tensor.storage, &bytes, take);
        }
        match wrong {
            Some((k, x)) => Err(Error::file(
                name,
                format!("element {k} is {x}"),
                "The weights are damaged or training diverged; export an earlier checkpoint.",
            )),
            None => Ok(numbers),
        }
    }

    /// What each row of an 8-bit tensor is multiplied by.
    fn scale(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
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
        let mut numbers = Vec::with_capacity(rows);
        decode(scale.storage, &self.ordered(scale), |x| numbers.push(x));
        Ok(numbers)
    }

    /// The bytes of a tensor's numbers, row-major, least significant byte first.
    pub(super) fn ordered(&self, tensor: &Tensor) -> Cow<'_, [u8]> {
        let bytes = self.bytes.get(tensor.bytes.clone()).unwrap_or_default();
        let width = tensor.storage.width();
        let length = tensor.shape.iter().product::<usize>() * width;
        if tensor.plain() {
            return Cow::Borrowed(bytes.get(..length).unwrap_or_default());
        }
        let mut ordered = Vec::with_capacity(length);
        each(&tensor.shape, &tensor.strides, |at| {
            let number = bytes.get(at * width..(at + 1) * width).unwrap_or_default();
            if tensor.big_endian { ordered.extend(number.iter().rev()) } else { ordered.extend(number) }
        });
        Cow::Owned(ordered)
    }
}

/// Numbers that lie side by side, least significant byte first.
fn decode(storage: Storage, bytes: &[u8], take: impl FnMut(f64)) {
    match storage {
        Storage::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).for_each(take),
        Storage::F32 => bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).for_each(take),
        Storage::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f64()).for_each(take),
        Storage::Bf16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f64()).for_each(take),
        Storage::I8 => bytes.iter().map(|b| f64::from(*b as i8)).for_each(take),
        Storage::I32 => bytes.as_chunks().0.iter().map(|b| f64::from(i32::from_le_bytes(*b))).for_each(take),
        Storage::I64 => bytes.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).for_each(take),
    }
}

/// The places of all numbers, last index fastest.
pub(super) fn each(shape: &[usize], strides: &[usize], mut place: impl FnMut(usize)) {
    let mut index = vec![0; shape.len()];
    for _ in 0..shape.iter().product() {
        place(index.iter().zip(strides).map(|(k, step)| k * step).sum());
        for (k, n) in index.iter_mut().zip(shape).rev() {
            *k += 1;
            if *k < *n {
                break;
            }
            *k = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkpoint of one tensor.
    fn read(tensor: Tensor, bytes: Vec<u8>) -> Vec<f64> {
        let shape = tensor.shape.clone();
        let tensors = BTreeMap::from([("w".to_string(), tensor)]);
        Checkpoint { bytes, tensors, metadata: Metadata::default() }.numbers("w", &shape).unwrap()
    }

    #[test]
    fn views_are_read_in_their_order() {
        let little: Vec<u8> = (0..6i32).flat_map(|x| (x as f32).to_le_bytes()).collect();
        let tensor = |strides: Option<Vec<usize>>, from: usize| {
            Tensor::new("w", Storage::F32, vec![2, 3], strides, false, from..24)
        };
        assert_eq!(read(tensor(None, 0).unwrap(), little.clone()), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(read(tensor(Some(vec![1, 2]), 0).unwrap(), little.clone()), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        assert!(tensor(None, 4).is_err() && tensor(Some(vec![1, 3]), 0).is_err() && tensor(Some(vec![1]), 0).is_err());
        let big: Vec<u8> = (0..6i16).flat_map(|x| f64::from(x).to_be_bytes()).collect();
        let tensor = Tensor::new("w", Storage::F64, vec![3, 2], dense(&[3, 2], false), true, 0..48).unwrap();
        assert_eq!(read(tensor, big), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    }

    #[test]
    fn a_view_that_repeats_or_overflows_is_refused() {
        for (shape, strides) in [
            (vec![1 << 20, 1 << 20], vec![0, 0]),
            (vec![usize::MAX, 2], vec![0, 1]),
            (vec![2, 2], vec![usize::MAX, 1]),
            (vec![1; 9], vec![1; 9]),
        ] {
            assert_eq!(
                Tensor::new("w", Storage::F32, shape.clone(), Some(strides), false, 0..64).unwrap_err().place(),
                "w",
                "{shape:?}"
            );
        }
    }
}
