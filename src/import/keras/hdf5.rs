//! The HDF5 half of a Keras file: datasets and text attributes by path, with limits for a page.

use crate::import::checkpoint::Storage;
use crate::{Error, Result};
use hdf5_pure::{AttrValue, DType, Dataset, File, Group};

const LARGEST_RANK: usize = 2;
/// Compressed datasets may grow to this many times the file, or to this many numbers.
const LARGEST_GROWTH: u64 = 20;
const SMALL: u64 = 1 << 21;
const REMEDY: &str = "The file is damaged or incomplete; download it or save the model again.";

/// One array: shape, numbers (row-major) and how they were stored.
#[derive(Debug, Clone)]
pub struct Array {
    /// Where it stood, for messages.
    pub place: String,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Row-major.
    pub numbers: Vec<f64>,
    /// As stored.
    pub storage: Storage,
}

/// A file of arrays.
pub struct Weights {
    file: File,
    most: u64,
}

impl Weights {
    /// Reads the container.
    pub fn open(bytes: Vec<u8>) -> Result<Weights> {
        let most = (bytes.len() as u64).saturating_mul(LARGEST_GROWTH).max(SMALL);
        Ok(Weights { file: File::from_bytes(bytes).map_err(|error| damaged("HDF5", error))?, most })
    }

    /// A text attribute of a group; the root's path is "".
    pub fn text(&self, group: &str, name: &str) -> Option<String> {
        self.attribute(group, name)?.as_str().map(str::to_string)
    }

    /// An attribute that lists texts.
    pub fn texts(&self, group: &str, name: &str) -> Option<Vec<String>> {
        self.attribute(group, name)?.as_strings().map(<[String]>::to_vec)
    }

    /// Names of the groups in a group.
    pub fn groups(&self, group: &str) -> Vec<String> {
        self.group(group).and_then(|group| group.groups().ok()).unwrap_or_default()
    }

    /// Number of arrays in a group.
    pub fn count(&self, group: &str) -> usize {
        self.group(group).and_then(|group| group.datasets().ok()).map_or(0, |names| names.len())
    }

    /// An array of at most two dimensions.
    pub fn array(&self, path: &str) -> Result<Array> {
        let dataset = self.file.dataset(path).map_err(|error| damaged(path, error))?;
        let storage = storage(path, &dataset)?;
        let shape = dataset.shape().map_err(|error| damaged(path, error))?;
        let count = shape.iter().try_fold(1u64, |product, n| product.checked_mul(*n));
        let small = count.is_some_and(|count| count <= self.most / storage.width() as u64);
        if !small || shape.len() > LARGEST_RANK {
            return Err(Error::file(path, format!("an array of shape {shape:?} in a file of this size"), REMEDY));
        }
        let numbers = dataset.read_f64().map_err(|error| damaged(path, error))?;
        if Some(numbers.len() as u64) != count {
            return Err(Error::file(path, format!("{} numbers in shape {shape:?}", numbers.len()), REMEDY));
        }
        Ok(Array { place: path.into(), shape: shape.into_iter().map(|n| n as usize).collect(), numbers, storage })
    }

    fn group(&self, path: &str) -> Option<Group> {
        if path.is_empty() { Some(self.file.root()) } else { self.file.group(path).ok() }
    }

    fn attribute(&self, group: &str, name: &str) -> Option<AttrValue> {
        self.group(group)?.attrs().ok()?.remove(name)
    }
}

/// Only floating-point weights are read.
fn storage(path: &str, dataset: &Dataset) -> Result<Storage> {
    match dataset.dtype().map_err(|error| damaged(path, error))? {
        DType::F64 => Ok(Storage::F64),
        DType::F32 => Ok(Storage::F32),
        other => Err(Error::unsupported(
            path,
            format!("weights stored as {other}"),
            "float32 and float64: save the model without quantisation",
        )),
    }
}

fn damaged(place: &str, error: hdf5_pure::Error) -> Error {
    Error::file(place, error.to_string(), REMEDY)
}
