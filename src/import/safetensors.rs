//! `.safetensors`: eight bytes of header length, JSON, data.
//!
//! The crate proves that offsets are contiguous, do not overlap and cover the file; here are tighter limits for a
//! page (header, rank, names) and the metadata, a JSON string under the key `rnnscope`. A file without them is taken
//! by the names and shapes of its tensors.

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::metadata;
use crate::{Error, Result};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

const LARGEST_HEADER: u64 = 8 << 20;
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
    let mut tensors = BTreeMap::new();
    for (name, info) in fields.tensors() {
        if name.len() > LONGEST_NAME {
            return Err(Error::file("header", format!("a tensor name has {} bytes", name.len()), EXPORT));
        }
        let storage = match info.dtype {
            Dtype::F64 => Storage::F64,
            Dtype::F32 => Storage::F32,
            Dtype::F16 => Storage::F16,
            Dtype::BF16 => Storage::Bf16,
            Dtype::I8 => Storage::I8,
            Dtype::I32 => Storage::I32,
            Dtype::I64 => Storage::I64,
            // Masks and the like; whoever needs such a tensor as weights is told that it is missing.
            _ => continue,
        };
        let (low, high) = info.data_offsets;
        let range = start.checked_add(low).zip(start.checked_add(high)).map(|(low, high)| low..high);
        let range = range
            .filter(|range| range.end <= bytes.len())
            .ok_or_else(|| Error::file(&name, "its bytes lie outside the file", EXPORT))?;
        let tensor = Tensor::new(&name, storage, info.shape.clone(), None, false, range)?;
        tensors.insert(name, tensor);
    }
    let map = fields.metadata().as_ref();
    if let Some(text) = map.and_then(|map| map.get(metadata::KEY)) {
        let metadata = metadata::parse(text)?;
        return Ok(Checkpoint { bytes, tensors, metadata });
    }
    let pytorch = map.and_then(|map| map.get("format")).is_some_and(|format| format == "pt");
    bare(bytes, tensors, if pytorch { "PyTorch" } else { "" })
}

#[cfg(feature = "formats")]
use super::architecture::checkpoint as bare;

/// The page's own module only reads files that describe themselves; others have been converted.
#[cfg(not(feature = "formats"))]
fn bare(_: Vec<u8>, _: BTreeMap<String, Tensor>, _: &str) -> Result<Checkpoint> {
    Err(Error::file("header", "the file does not describe itself", EXPORT))
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
        assert_eq!(read(bytes.clone()).unwrap_err().place(), "layers");
        bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read(bytes).unwrap_err().place(), "byte 0");
    }
}
