//! Weights under other frameworks' names: known by them, and put together under PyTorch's names, in PyTorch's layout.

mod flax;
mod mxnet;
mod tensorflow;

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::metadata::{LayerSpec, Metadata};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::Range;

const REMEDY: &str = "Save all of the layer's arrays under the framework's own names.";

type Tensors = BTreeMap<String, Tensor>;

/// A framework whose names tell what its arrays are.
pub(super) struct Foreign {
    /// Name for people.
    pub(super) name: &'static str,
    /// What is assumed of its cells, one sentence.
    pub(super) note: &'static str,
    /// Order and meaning of the gates, by kind of cell.
    convention: fn(kind: &str) -> LayerSpec,
    /// The tensors under PyTorch's names; none where no name is this framework's.
    translate: fn(&Tensors) -> Result<Option<Vec<Joined>>>,
}

/// The registry: another framework is one file and one line here.
const FOREIGN: &[Foreign] = &[flax::FLAX, mxnet::MXNET, tensorflow::TENSORFLOW_1];

/// A tensor of ours: parts on top of each other.
struct Joined {
    name: String,
    parts: Vec<Part>,
}

/// A part of a tensor of ours.
enum Part {
    /// Of theirs, or a view of it.
    View(Tensor),
    /// So many zeros: a bias that the framework does not have.
    Zeros(usize),
}

/// The same network under our names, if the names are one of these frameworks'.
pub(super) fn ours(bytes: Vec<u8>, tensors: Tensors) -> Result<(Vec<u8>, Tensors, Option<&'static Foreign>)> {
    for foreign in FOREIGN {
        if let Some(wanted) = (foreign.translate)(&tensors)? {
            drop(tensors);
            let (bytes, tensors) = join(bytes, wanted)?;
            return Ok((bytes, tensors, Some(foreign)));
        }
    }
    Ok((bytes, tensors, None))
}

impl Foreign {
    /// Gives every layer the framework's convention.
    pub(super) fn mean(&self, metadata: &mut Metadata) {
        metadata.framework = self.name.into();
        for layer in &mut metadata.layers {
            let meant = (self.convention)(&layer.kind);
            (layer.gate_order, layer.update_gate) = (meant.gate_order, meant.update_gate);
            (layer.linear_before_reset, layer.forget_bias) = (meant.linear_before_reset, meant.forget_bias);
        }
    }
}

/// The parts one after the other, as a file of their own.
fn join(bytes: Vec<u8>, wanted: Vec<Joined>) -> Result<(Vec<u8>, Tensors)> {
    let from = Checkpoint { bytes, tensors: Tensors::new(), metadata: Metadata::default() };
    let (mut bytes, mut tensors) = (Vec::new(), Tensors::new());
    let rows = |part: &Part| match part {
        Part::View(tensor) => tensor.shape.first().copied().unwrap_or(1),
        Part::Zeros(rows) => *rows,
    };
    for Joined { name, parts } in wanted {
        let views = || parts.iter().filter_map(|part| if let Part::View(tensor) = part { Some(tensor) } else { None });
        let storage = views().next().map_or(Storage::F32, |tensor| tensor.storage);
        let mut shape = views().next().map_or_else(|| vec![0], |tensor| tensor.shape.clone());
        if let Some(other) = views().find(|view| view.storage != storage || view.shape.get(1..) != shape.get(1..)) {
            let problem = format!("parts of shape {:?} and {shape:?}, of one type or two, make no tensor", other.shape);
            return Err(Error::file(name, problem, REMEDY));
        }
        if let Some(first) = shape.first_mut() {
            let sum = parts.iter().try_fold(0usize, |sum, part| sum.checked_add(rows(part)));
            *first = sum.ok_or_else(|| Error::file(&name, "more rows than there can be", REMEDY))?;
        }
        let start = bytes.len();
        for part in &parts {
            match part {
                Part::View(tensor) => bytes.extend_from_slice(&from.ordered(tensor)),
                Part::Zeros(count) => bytes.resize(bytes.len() + count * storage.width(), 0),
            }
        }
        let tensor = Tensor::new(&name, storage, shape, None, false, start..bytes.len())?;
        if tensors.insert(name.clone(), tensor).is_some() {
            return Err(Error::file(name, "two arrays of the file are this one", REMEDY));
        }
    }
    Ok((bytes, tensors))
}

/// A cell of theirs as the four tensors of one direction of ours.
#[derive(Default)]
struct Cell {
    /// Module that PyTorch would name it by.
    prefix: String,
    layer: usize,
    reverse: bool,
    /// [G·H, I].
    from_input: Vec<Part>,
    /// [G·H, H].
    from_state: Vec<Part>,
    /// [G·H] each, or none at all.
    biases: Option<[Vec<Part>; 2]>,
}

impl Cell {
    fn tensors(self) -> impl Iterator<Item = Joined> {
        let Cell { prefix, layer, reverse, from_input, from_state, biases } = self;
        let name = move |what: &str| format!("{prefix}.{what}_l{layer}{}", if reverse { "_reverse" } else { "" });
        let biases = biases.map(|[input, state]| [("bias_ih", input), ("bias_hh", state)]);
        [("weight_ih", from_input), ("weight_hh", from_state)]
            .into_iter()
            .chain(biases.into_iter().flatten())
            .map(move |(what, parts)| Joined { name: name(what), parts })
    }
}

impl Tensor {
    /// A matrix turned round, in the same place.
    fn transposed(&self) -> Tensor {
        let (mut shape, mut strides) = (self.shape.clone(), self.strides.clone());
        shape.reverse();
        strides.reverse();
        Tensor { shape, strides, ..self.clone() }
    }

    /// Some of its rows, in the same place; they have to be there.
    fn rows(&self, rows: Range<usize>) -> Tensor {
        let start = self.bytes.start + rows.start * self.strides[0] * self.storage.width();
        let mut shape = self.shape.clone();
        shape[0] = rows.len();
        Tensor { shape, strides: self.strides.clone(), bytes: start..self.bytes.end, ..self.clone() }
    }
}

/// The same tensors under plainer names, which must stay apart.
fn renamed(tensors: &Tensors, plain: impl Fn(&str) -> String) -> Result<Tensors> {
    let mut renamed = Tensors::new();
    for (name, tensor) in tensors {
        if renamed.insert(plain(name), tensor.clone()).is_some() {
            return Err(Error::file(
                name,
                format!("it and another array of the file are both `{}`", plain(name)),
                REMEDY,
            ));
        }
    }
    Ok(renamed)
}

/// The bias of this name, if there is one, or its zeros: as many numbers as there are rows.
fn bias(tensors: &Tensors, name: &str, rows: usize) -> Result<Part> {
    match tensors.get(name) {
        Some(tensor) if tensor.shape != [rows] => {
            Err(Error::file(name, format!("expected shape [{rows}], found {:?}", tensor.shape), REMEDY))
        }
        Some(tensor) => Ok(Part::View(tensor.clone())),
        None => Ok(Part::Zeros(rows)),
    }
}

/// Biases that are all made up are none.
fn some(biases: [Vec<Part>; 2]) -> Option<[Vec<Part>; 2]> {
    biases.iter().flatten().any(|part| matches!(part, Part::View(_))).then_some(biases)
}

/// The tensor of this name, which has to be a matrix.
fn matrix<'a>(tensors: &'a Tensors, name: &str) -> Result<&'a Tensor> {
    let tensor = tensors.get(name).ok_or_else(|| Error::file(name, "this array of the layer is missing", REMEDY))?;
    match tensor.shape.as_slice() {
        [_, _] => Ok(tensor),
        shape => Err(Error::file(name, format!("expected a matrix, found shape {shape:?}"), REMEDY)),
    }
}

/// What is left of a name that ends in one of these words, after `.`, `_` or nothing.
fn without<'a>(name: &'a str, ends: &[&str]) -> Option<&'a str> {
    let (before, last) = name.rsplit_once(['.', '_']).unwrap_or(("", name));
    ends.contains(&last).then_some(before)
}

/// A tensor outside the cells: matrices that are multiplied from the right are turned round.
fn outside(name: &str, tensor: &Tensor, turned: bool) -> Joined {
    let named = |prefix: &str, what: &str| match prefix {
        "" => format!("head.{what}"),
        prefix => format!("{prefix}.{what}"),
    };
    let is_matrix = tensor.shape.len() == 2;
    let (name, view) =
        if let (Some(prefix), true) = (without(name, &["kernel", "weights", "weight", "w", "W"]), is_matrix) {
            let table = prefix.to_lowercase().contains("emb");
            (named(prefix, "weight"), if turned && !table { tensor.transposed() } else { tensor.clone() })
        } else if let Some(prefix) = without(name, &["bias", "biases", "b"]) {
            (named(prefix, "bias"), tensor.clone())
        } else if name.to_lowercase().contains("emb") && is_matrix {
            (format!("{}.weight", name.to_lowercase()), tensor.clone())
        } else {
            (name.to_string(), tensor.clone())
        };
    Joined { name, parts: vec![Part::View(view)] }
}
