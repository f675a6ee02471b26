//! A checkpoint as one safetensors file with our metadata, whatever it was read from.

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::metadata;
use crate::{Error, Result};
use safetensors::Dtype;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The crate's own alignment of what follows the header.
const ALIGNMENT: usize = 8;

/// A file that is being written: its beginning, then the tensors.
pub struct Writing {
    /// Length and header.
    head: Vec<u8>,
    /// Names of the tensors that follow.
    names: Vec<String>,
    size: usize,
    /// 0 is the beginning, k the k-th tensor…
    part: usize,
    /// … and so many of its bytes are written.
    written: usize,
    /// Of a tensor that lies in another order in the file that was read: its bytes in ours.
    ordered: Option<Vec<u8>>,
}

impl Checkpoint {
    /// Begins the file that reads back as this checkpoint: the same numbers and names, the same metadata.
    pub fn write(&self) -> Result<Writing> {
        let mut tensors: Vec<(&String, &Tensor)> = self.tensors.iter().collect();
        // Wide numbers first, so that each lies at a multiple of its width.
        tensors.sort_by_key(|(_, tensor)| std::cmp::Reverse(tensor.storage.width()));
        let bug = |error: serde_json::Error| Error::Bug { place: "import/write", problem: error.to_string() };
        let about = serde_json::to_string(&self.metadata).map_err(bug)?;
        let mut fields = Map::new();
        let mut at = 0;
        for (name, tensor) in &tensors {
            let dtype = match tensor.storage {
                Storage::F64 => Dtype::F64,
                Storage::F32 => Dtype::F32,
                Storage::F16 => Dtype::F16,
                Storage::Bf16 => Dtype::BF16,
                Storage::I8 => Dtype::I8,
                Storage::I32 => Dtype::I32,
                Storage::I64 => Dtype::I64,
            };
            let end = at + tensor.shape.iter().product::<usize>() * tensor.storage.width();
            let field = json!({ "dtype": dtype, "shape": tensor.shape, "data_offsets": [at, end] });
            fields.insert(name.to_string(), field);
            at = end;
        }
        fields.insert("__metadata__".into(), json!({ metadata::KEY: about }));
        let mut header = serde_json::to_vec(&Value::Object(fields)).map_err(bug)?;
        header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
        let mut head = (header.len() as u64).to_le_bytes().to_vec();
        head.append(&mut header);
        let size = head.len() + at;
        let names = tensors.into_iter().map(|(name, _)| name.clone()).collect();
        Ok(Writing { head, names, size, part: 0, written: 0, ordered: None })
    }

    /// The whole file.
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let mut writing = self.write()?;
        let mut file = vec![0; writing.size()];
        writing.fill(self, &mut file);
        Ok(file)
    }
}

impl Writing {
    /// Bytes in all.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The next bytes of the file, as many as there is room for; how many they are. A large model need not stand in
    /// memory twice.
    pub fn fill(&mut self, checkpoint: &Checkpoint, room: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < room.len() && self.part <= self.names.len() {
            let bytes = match (self.part.checked_sub(1).map(|k| &self.names[k]), &self.ordered) {
                (None, _) => &self.head,
                (Some(_), Some(ordered)) => ordered,
                (Some(name), None) => match checkpoint.tensors.get(name).map(|tensor| checkpoint.ordered(tensor)) {
                    Some(Cow::Borrowed(bytes)) => bytes,
                    Some(Cow::Owned(bytes)) => self.ordered.insert(bytes),
                    None => &[][..],
                },
            };
            let left = &bytes[self.written..];
            let count = left.len().min(room.len() - filled);
            room[filled..filled + count].copy_from_slice(&left[..count]);
            filled += count;
            if count == left.len() {
                (self.part, self.written, self.ordered) = (self.part + 1, 0, None);
            } else {
                self.written += count;
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Metadata;
    use std::collections::BTreeMap;

    #[test]
    fn pieces_of_any_size_are_the_file() {
        let bytes: Vec<u8> = (0..12).flat_map(|x| (x as f32).to_le_bytes()).collect();
        let tensor =
            |strides: Vec<usize>| Tensor::new("w", Storage::F32, vec![2, 3], Some(strides), false, 0..48).unwrap();
        let tensors =
            BTreeMap::from([("turned".to_string(), tensor(vec![1, 2])), ("plain".to_string(), tensor(vec![3, 1]))]);
        let checkpoint = Checkpoint { bytes, tensors, metadata: Metadata::default() };
        let whole = checkpoint.to_safetensors().unwrap();
        for room in [1, 7, 8, 23, whole.len() - 1, whole.len(), whole.len() + 5] {
            let (mut writing, mut file, mut piece) = (checkpoint.write().unwrap(), Vec::new(), vec![0; room]);
            loop {
                let count = writing.fill(&checkpoint, &mut piece);
                file.extend_from_slice(&piece[..count]);
                if count == 0 {
                    break;
                }
                assert!(count == room || file.len() == whole.len());
            }
            assert_eq!(file, whole, "{room}");
        }
    }
}
