//! Tensors of an ONNX file as numbers.

use super::array::Array;
use super::model::TensorProto;
use super::protobuf::REMEDY;
use crate::{Error, Result};
use half::{bf16, f16};

/// TensorProto.DataType.
pub const DOUBLE: i64 = 11;
const INTEGERS: &[i64] = &[2, 3, 4, 5, 6, 7, 9, 12, 13];

/// Whole numbers or truth values?
pub fn counts(kind: i64) -> bool {
    INTEGERS.contains(&kind)
}

/// The numbers, proven to fill the shape.
pub fn decode(tensor: &TensorProto) -> Result<Array<f64>> {
    let wrong = |problem: String| Error::file(tensor.name, problem, REMEDY);
    if tensor.external {
        return Err(Error::unsupported(
            tensor.name,
            "weights in a file of their own (external data)",
            "one file: onnx.save(onnx.load(path), path, save_as_external_data=False)",
        ));
    }
    let shape = tensor
        .dims
        .iter()
        .map(|n| usize::try_from(*n).map_err(|_| wrong(format!("a dimension of {n}"))))
        .collect::<Result<Vec<usize>>>()?;
    let numbers = match (tensor.raw, tensor.kind) {
        (Some(raw), kind) => from_raw(raw, kind),
        (None, 1) => Some(tensor.floats.iter().map(|x| f64::from(*x)).collect()),
        (None, DOUBLE) => Some(tensor.doubles.clone()),
        (None, 10) => Some(tensor.ints.iter().map(|bits| f16::from_bits(*bits as u16).to_f64()).collect()),
        (None, 16) => Some(tensor.ints.iter().map(|bits| bf16::from_bits(*bits as u16).to_f64()).collect()),
        (None, kind) if counts(kind) => Some(tensor.ints.iter().map(|x| *x as f64).collect()),
        _ => None,
    };
    let numbers: Vec<f64> = numbers.ok_or_else(|| {
        Error::unsupported(
            tensor.name,
            format!("numbers of type {} (TensorProto.DataType)", tensor.kind),
            "float, double, float16, bfloat16, integers, bool",
        )
    })?;
    let count = numbers.len();
    Array::new(shape, numbers).ok_or_else(|| wrong(format!("{count} numbers do not fill the shape {:?}", tensor.dims)))
}

/// Numbers that lie side by side, least significant byte first; what is left over does not fill the shape.
fn from_raw(raw: &[u8], kind: i64) -> Option<Vec<f64>> {
    let width = match kind {
        DOUBLE | 7 | 13 => 8,
        1 | 6 | 12 => 4,
        4 | 5 | 10 | 16 => 2,
        2 | 3 | 9 => 1,
        _ => return None,
    };
    if !raw.len().is_multiple_of(width) {
        return Some(Vec::new());
    }
    Some(match kind {
        1 => raw.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
        DOUBLE => raw.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        10 => raw.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f64()).collect(),
        16 => raw.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f64()).collect(),
        7 => raw.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect(),
        13 => raw.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b) as f64).collect(),
        6 => raw.as_chunks().0.iter().map(|b| f64::from(i32::from_le_bytes(*b))).collect(),
        12 => raw.as_chunks().0.iter().map(|b| f64::from(u32::from_le_bytes(*b))).collect(),
        5 => raw.as_chunks().0.iter().map(|b| f64::from(i16::from_le_bytes(*b))).collect(),
        4 => raw.as_chunks().0.iter().map(|b| f64::from(u16::from_le_bytes(*b))).collect(),
        3 => raw.iter().map(|b| f64::from(*b as i8)).collect(),
        _ => raw.iter().map(|b| f64::from(*b)).collect(),
    })
}
