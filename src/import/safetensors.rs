//! `.safetensors`: eight bytes of header length, JSON, data.
//!
//! The crate proves that offsets are contiguous, do not overlap and cover the file; here are tighter limits for a
//! page (header, rank, names) and the metadata, a JSON string under the key `rnnscope`.

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::metadata;
use crate::{Error, Result};
use safetensors::{Dtype, SafeTensors};

const LARGEST_HEADER: u64 = 8 << 20;
const LARGEST_RANK: usize = 8;
const LONGEST_NAME: usize = 512;
const EXPORT: &str = "Export the model again with safetensors and the rnnscope metadata (see python/README.md).";

/// A plausible header length followed by a JSON object.
pub fn sniff(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

/// Reads and proves the container; tensors are not decoded yet.
pub fn read(bytes: Vec<u8>) -> Result<Checkpoint> {
    let header = bytes.first_chunk::<8>().map_or(0, |length| u64::from_le_bytes(*length));
    if header > LARGEST_HEADER {
        return Err(Error::file(
            "byte 0",
            format!("the header claims {header} bytes; at most {LARGEST_HEADER} are read"),
            EXPORT,
        ));
    }
    let start = 8 + header as usize;
    let (_, fields) =
        SafeTensors::read_metadata(&bytes).map_err(|error| Error::file("header", error.to_string(), EXPORT))?;
    let mut tensors = std::collections::BTreeMap::new();
    for (name, info) in fields.tensors() {
        if name.len() > LONGEST_NAME {
            return Err(Error::file("header", format!("a tensor name has {} bytes", name.len()), EXPORT));
        }
        if info.shape.len() > LARGEST_RANK {
            return Err(Error::file(
                name,
                format!("rank {}; at most {LARGEST_RANK} is read", info.shape.len()),
                EXPORT,
            ));
        }
        let storage = match info.dtype {
            Dtype::F64 => Storage::F64,
            Dtype::F32 => Storage::F32,
            Dtype::F16 => Storage::F16,
            Dtype::BF16 => Storage::Bf16,
            Dtype::I8 => Storage::I8,
            // Counters and the like; whoever needs such a tensor as weights is told that it is missing.
            _ => continue,
        };
        let (low, high) = info.data_offsets;
        let range = start.checked_add(low).zip(start.checked_add(high)).map(|(low, high)| low..high);
        let length = info.shape.iter().try_fold(storage.width(), |product, n| product.checked_mul(*n));
        match (range, length) {
            (Some(range), Some(length)) if range.len() == length && range.end <= bytes.len() => {
                tensors.insert(name, Tensor { storage, shape: info.shape.clone(), bytes: range });
            }
            _ => return Err(Error::file(name, "shape, type and bytes do not agree", EXPORT)),
        }
    }
    let text = fields.metadata().as_ref().and_then(|map| map.get(metadata::KEY));
    let text = text.ok_or_else(|| {
        Error::file(
            "__metadata__",
            format!("no key `{}`: the file has weights but does not say how they are wired", metadata::KEY),
            EXPORT,
        )
    })?;
    let metadata = metadata::parse(text)?;
    Ok(Checkpoint { bytes, tensors, metadata })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_named() {
        let mut file = br#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#.to_vec();
        let mut bytes = (file.len() as u64).to_le_bytes().to_vec();
        bytes.append(&mut file);
        bytes.extend([0; 8]);
        assert!(sniff(&bytes));
        for end in 0..bytes.len() {
            let error = read(bytes[..end].to_vec()).map(|_| ()).unwrap_err();
            assert_eq!(error.code(), "bad-file", "truncated to {end}");
        }
        assert_eq!(read(bytes.clone()).unwrap_err().place(), "__metadata__");
        bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read(bytes).unwrap_err().place(), "byte 0");
    }
}
