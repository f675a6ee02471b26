//! ONNX files: a graph of operations is walked from its input to its output and becomes layers and a head.
//!
//! A value of the graph is numbers, sizes, or a signal: an affine map of states with its axes named. What none of the
//! operations of `ops` makes is refused by the name of its node.

mod array;
mod call;
mod describe;
mod model;
mod ops;
mod protobuf;
mod recurrent;
mod tensor;
mod value;
mod walk;

use super::checkpoint::Checkpoint;
use crate::Result;

/// Largest version of the file format, in the first field.
const LARGEST_VERSION: u8 = 64;

/// Opens with `ir_version`, a small number.
pub fn sniff(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..LARGEST_VERSION, ..])
}

/// Reads the file.
pub fn read(bytes: Vec<u8>) -> Result<Checkpoint> {
    let model = model::model(&bytes)?;
    let (walk, signal) = walk::Walk::through(&model, bytes.len())?;
    describe::checkpoint(&model, walk, signal)
}
