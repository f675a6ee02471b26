//! NumPy archives, `numpy.savez(path, **{name: array})`: a zip of `.npy` members under PyTorch's names.
//!
//! Source: numpy/lib/format.py, versions 1 to 3.

use super::checkpoint::{Checkpoint, Storage, Tensor, dense};
use super::{architecture, zip};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::Range;

const REMEDY: &str = "Save plain arrays of numbers: numpy.savez(path, **{name: tensor.numpy() for name, tensor in model.state_dict().items()}).";
const LARGEST_HEADER: usize = 64 << 10;

/// An archive with a `.npy` member.
pub fn sniff(bytes: &[u8]) -> bool {
    zip::holds(bytes, |name| name.ends_with(".npy"))
}

/// Reads the archive.
pub fn read(bytes: Vec<u8>) -> Result<Checkpoint> {
    let archive = zip::open(bytes)?;
    let mut tensors = BTreeMap::new();
    for (member, range) in &archive.members {
        let name = member.strip_suffix(".npy").ok_or_else(|| Error::file(member, "not a .npy member", REMEDY))?;
        if let Some(tensor) = array(name, &archive.bytes, range.clone())? {
            tensors.insert(name.to_string(), tensor);
        }
    }
    architecture::checkpoint(archive.bytes, tensors, "")
}

/// An array by its header; none for masks.
fn array(name: &str, bytes: &[u8], range: Range<usize>) -> Result<Option<Tensor>> {
    let wrong = |problem: &str| Error::file(name, problem, REMEDY);
    let member = &bytes[range.clone()];
    let lengths = || {
        let (magic, rest) = member.split_at_checked(8)?;
        let width = match magic {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, 0] => 2,
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, 0] => 4,
            _ => return None,
        };
        let length = rest.get(..width)?.iter().rev().fold(0usize, |value, byte| value << 8 | usize::from(*byte));
        Some((8 + width, length))
    };
    let (start, length) = lengths().ok_or_else(|| wrong("not a .npy array of version 1, 2 or 3"))?;
    if length > LARGEST_HEADER {
        return Err(wrong(&format!("its header claims {length} bytes; at most {LARGEST_HEADER} are read")));
    }
    let header = member.get(start..start + length).and_then(|header| std::str::from_utf8(header).ok());
    let header = header.ok_or_else(|| wrong("its header is cut off or no text"))?;
    let header = Header::read(header)
        .ok_or_else(|| wrong("its header is not the dictionary that NumPy writes: descr, fortran_order, shape"))?;
    let (order, kind) = header.descr.split_at_checked(1).unwrap_or_default();
    let storage = match kind {
        "f8" => Storage::F64,
        "f4" => Storage::F32,
        "f2" => Storage::F16,
        "i8" => Storage::I64,
        "i4" => Storage::I32,
        "i1" => Storage::I8,
        "b1" | "u1" | "u2" | "u4" | "u8" | "i2" => return Ok(None),
        "O" => return Err(wrong("Python objects, which would have to be unpickled")),
        other => {
            return Err(Error::unsupported(
                name,
                format!("numbers of type {}", other.chars().take(40).collect::<String>()),
                "f2, f4, f8, i4, i8",
            ));
        }
    };
    if !matches!(order, "<" | ">" | "|" | "=") {
        return Err(wrong(&format!("byte order {order}")));
    }
    let strides = dense(&header.shape, !header.fortran);
    Tensor::new(name, storage, header.shape, strides, order == ">", range.start + start + length..range.end).map(Some)
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`
struct Header<'a> {
    descr: &'a str,
    fortran: bool,
    shape: Vec<usize>,
}

impl<'a> Header<'a> {
    fn read(text: &'a str) -> Option<Header<'a>> {
        let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let (mut rest, mut header) = (inside.trim(), Header { descr: "", fortran: false, shape: Vec::new() });
        let mut seen = Vec::new();
        while !rest.is_empty() {
            let (key, after) = quoted(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            let after = match key {
                "descr" => {
                    let (descr, after) = quoted(value)?;
                    header.descr = descr;
                    after
                }
                "fortran_order" => {
                    let word = value.split(|c: char| !c.is_alphabetic()).next()?;
                    header.fortran = match word {
                        "True" => true,
                        "False" => false,
                        _ => return None,
                    };
                    &value[word.len()..]
                }
                "shape" => {
                    let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                    let sizes =
                        inside.split(',').map(|size| size.trim().trim_end_matches('L')).filter(|size| !size.is_empty());
                    header.shape = sizes.map(|size| size.parse().ok()).collect::<Option<_>>()?;
                    after
                }
                _ => return None,
            };
            seen.push(key);
            rest = after.trim_start().strip_prefix(',').unwrap_or(after).trim_start();
        }
        seen.sort_unstable();
        (seen == ["descr", "fortran_order", "shape"]).then_some(header)
    }
}

/// The text between the quotation marks that it begins with, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
    text[1..].split_once(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_numpy_writes_them() {
        let header = Header::read("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }      \n").unwrap();
        assert_eq!((header.descr, header.fortran, header.shape), ("<f4", false, vec![3, 4]));
        let header = Header::read("{\"shape\": (7,), 'fortran_order': True, 'descr': '>f8'}").unwrap();
        assert_eq!((header.descr, header.fortran, header.shape), (">f8", true, vec![7]));
        assert_eq!(Header::read("{'descr': '|b1', 'fortran_order': False, 'shape': ()}").unwrap().shape, [0usize; 0]);
        for wrong in [
            "",
            "{}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
            "{'descr': '<f4",
        ] {
            assert!(Header::read(wrong).is_none(), "{wrong}");
        }
    }
}
