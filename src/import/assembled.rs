//! A checkpoint from numbers that a reader has put together itself, rather than from places in a file.

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::metadata::{Metadata, check};
use crate::{Error, Result};
use std::collections::BTreeMap;

/// Name, shape and numbers of each tensor (row-major), stored as [`Storage::F32`] or [`Storage::F64`].
pub(super) fn assembled(
    tensors: Vec<(String, Vec<usize>, Vec<f64>, Storage)>,
    metadata: Metadata,
) -> Result<Checkpoint> {
    check(&metadata)?;
    let mut bytes = Vec::with_capacity(tensors.iter().map(|(_, _, numbers, s)| numbers.len() * s.width()).sum());
    let mut named = BTreeMap::new();
    for (name, shape, numbers, storage) in tensors {
        let from = bytes.len();
        match storage {
            Storage::F32 => bytes.extend(numbers.iter().flat_map(|x| (*x as f32).to_le_bytes())),
            Storage::F64 => bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes())),
            other => return Err(Error::Bug { place: "assembled", problem: format!("{name} as {other:?}") }),
        }
        if shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n)) != Some(numbers.len()) {
            let problem = format!("{} numbers do not fill shape {shape:?}", numbers.len());
            return Err(Error::file(name, problem, "The file is damaged; save the model again."));
        }
        let tensor = Tensor::new(&name, storage, shape, None, false, from..bytes.len())?;
        if named.contains_key(&name) {
            return Err(Error::file(name, "two tensors have this name", "Give each layer a name of its own."));
        }
        named.insert(name, tensor);
    }
    Ok(Checkpoint { bytes, tensors: named, metadata })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::LayerSpec;

    fn of(tensors: Vec<(String, Vec<usize>, Vec<f64>, Storage)>) -> Result<Checkpoint> {
        let layer = LayerSpec { kind: "rnn".into(), input: 1, hidden: 1, ..LayerSpec::default() };
        assembled(tensors, Metadata { layers: vec![layer], ..Metadata::default() })
    }

    #[test]
    fn numbers_come_back_as_they_were_stored() {
        let (third, row) = (1.0 / 3.0, vec![1.0 / 3.0, -2.0]);
        let file = of(vec![
            ("single".into(), vec![1, 2], row.clone(), Storage::F32),
            ("double".into(), vec![2], row, Storage::F64),
        ])
        .unwrap();
        assert_eq!(file.numbers("single", &[1, 2]).unwrap(), [f64::from(third as f32), -2.0]);
        assert_eq!(file.numbers("double", &[2]).unwrap(), [third, -2.0]);
    }

    #[test]
    fn what_does_not_agree_is_refused() {
        let one = |shape: Vec<usize>| ("w".to_string(), shape, vec![1.0], Storage::F32);
        assert_eq!(of(vec![one(vec![2])]).unwrap_err().place(), "w");
        assert_eq!(of(vec![one(vec![usize::MAX, 2])]).unwrap_err().code(), "bad-file");
        assert_eq!(of(vec![one(vec![1]), one(vec![1])]).unwrap_err().place(), "w");
        assert_eq!(of(vec![("w".into(), vec![1], vec![1.0], Storage::I8)]).unwrap_err().code(), "bug");
    }
}
