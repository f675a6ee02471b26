//! A stranger's bytes become named tensors, or a named refusal. Parse, prove, then trust.

#[cfg(feature = "formats")]
mod architecture;
#[cfg(feature = "formats")]
mod assembled;
mod checkpoint;
#[cfg(feature = "formats")]
mod foreign;
#[cfg(feature = "formats")]
mod keras;
mod metadata;
#[cfg(feature = "formats")]
mod names;
#[cfg(feature = "formats")]
mod npz;
#[cfg(feature = "formats")]
mod onnx;
#[cfg(feature = "formats")]
mod pickle;
#[cfg(feature = "formats")]
mod pytorch;
mod safetensors;
mod write;
#[cfg(feature = "formats")]
mod zip;

pub use checkpoint::{Checkpoint, Storage, Tensor};
pub use metadata::{Example, Feature, Head, InputKind, InputSpec, LayerSpec, Metadata, Normalisation, ReadFrom};
pub use write::Writing;

use crate::{Error, Result};

/// A file format: recognised by its content, never by its name.
pub struct Format {
    /// Name for people.
    pub name: &'static str,
    /// Does the content look like it?
    pub sniff: fn(&[u8]) -> bool,
    /// Reads it.
    pub read: fn(Vec<u8>) -> Result<Checkpoint>,
}

/// The registry: a new format is one file and one line here.
pub const FORMATS: &[Format] = &[
    Format { name: "safetensors", sniff: safetensors::sniff, read: safetensors::read },
    #[cfg(feature = "formats")]
    Format { name: "PyTorch state dictionary", sniff: pytorch::sniff, read: pytorch::read },
    #[cfg(feature = "formats")]
    Format { name: "PyTorch state dictionary before 1.6", sniff: pytorch::sniff_legacy, read: pytorch::read_legacy },
    #[cfg(feature = "formats")]
    Format { name: "NumPy npz", sniff: npz::sniff, read: npz::read },
    #[cfg(feature = "formats")]
    Format { name: "Keras", sniff: keras::sniff, read: keras::read },
    #[cfg(feature = "formats")]
    Format { name: "Keras HDF5", sniff: keras::sniff_hdf5, read: keras::read_hdf5 },
    #[cfg(feature = "formats")]
    Format { name: "ONNX", sniff: onnx::sniff, read: onnx::read },
];

/// Containers that people drop and that we name instead of calling them broken: first bytes, name.
const KNOWN_OTHERS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive that holds no PyTorch state dictionary, no NumPy arrays and no Keras model"),
    (b"\x89HDF\r\n", "an HDF5 file (Keras .h5)"),
    (b"\x80", "a Python pickle that torch.save did not write"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89PNG", "a PNG picture"),
    (b"\x08", "perhaps an ONNX model"),
];

/// Largest file that is looked at, bytes.
pub const LARGEST_FILE: usize = 512 << 20;

/// Does a file that begins like this describe itself, as ours do? The page has every other file converted first.
pub fn describes_itself(head: &[u8]) -> bool {
    safetensors::sniff(head) && head.windows(metadata::KEY_IN_HEADER.len()).any(|part| part == metadata::KEY_IN_HEADER)
}

/// Reads a model file.
pub fn read(bytes: Vec<u8>) -> Result<Checkpoint> {
    if bytes.len() > LARGEST_FILE {
        return Err(Error::Memory {
            what: "the model file".into(),
            needed_mb: bytes.len() >> 20,
            limit_mb: LARGEST_FILE >> 20,
        });
    }
    if let Some(format) = FORMATS.iter().find(|format| (format.sniff)(&bytes)) {
        return (format.read)(bytes);
    }
    let found =
        KNOWN_OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)).map_or("this kind of file", |(_, name)| name);
    let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    Err(Error::unsupported("byte 0", found, known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ours_say_so_at_their_beginning() {
        let read = |path: &str| std::fs::read(path).unwrap();
        let ours = read("www/models/sentiment_lstm.safetensors");
        assert!(describes_itself(&ours[..1 << 16]) && describes_itself(&ours[..64]) && !describes_itself(&ours[..16]));
        assert!(!describes_itself(&read("tests/golden/formats/torch/lstm.safetensors")));
        assert!(!describes_itself(&read("tests/golden/formats/torch/lstm.zip.pt")) && !describes_itself(b""));
        // What others were converted into.
        let converted = super::read(read("tests/golden/formats/torch/lstm.zip.pt")).unwrap().to_safetensors().unwrap();
        assert!(describes_itself(&converted));
    }
}
