//! A recurrent layer in one or two directions.

use crate::cell::{CELLS, Cell, Recurrent, Scalar, Step};
use crate::import::{Checkpoint, LayerSpec};
use crate::math::Matrix;
use crate::{Error, Result};

/// One layer.
pub struct Layer<R: 'static> {
    /// What it is made of.
    pub cell: &'static dyn Cell,
    /// The cell in this precision.
    pub(super) step: &'static dyn Step<R>,
    /// H.
    pub hidden: usize,
    /// Forward, and backward if the layer is bidirectional.
    pub directions: Vec<Direction<R>>,
}

/// The weights of one direction; W_x is split by the direction of the layer below that it reads.
pub struct Direction<R> {
    /// W_x [G·H, I] by part.
    pub input: Vec<Matrix<R>>,
    /// b_x [G·H].
    pub bias: Vec<R>,
    /// W_h and b_h.
    pub recurrent: Recurrent<R>,
}

impl<R: Scalar> Layer<R> {
    /// Reads and proves the tensors of a layer whose input comes in `parts`.
    pub fn new(checkpoint: &Checkpoint, spec: &LayerSpec, parts: &[usize]) -> Result<Layer<R>> {
        let cell = find(spec)?;
        let rows = gate_rows(cell, spec)?;
        let directions = if spec.bidirectional { vec!["", "_reverse"] } else { vec![""] };
        let directions = directions
            .into_iter()
            .map(|suffix| Direction::new(checkpoint, cell, spec, suffix, parts, &rows))
            .collect::<Result<_>>()?;
        Ok(Layer { cell, step: R::of(cell), hidden: spec.hidden, directions })
    }

    /// R·H: numbers of a record.
    pub fn width(&self) -> usize {
        self.cell.quantities().len() * self.hidden
    }

    /// G·H: numbers of a projection.
    pub fn gates(&self) -> usize {
        self.cell.gates().len() * self.hidden
    }

    /// Offset of the hidden state in a record.
    pub fn state(&self) -> usize {
        self.width() - self.hidden
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        let direction = |d: &Direction<R>| d.input.iter().map(|part| part.inputs()).sum::<usize>() + self.hidden + 2;
        self.directions.iter().map(|d| direction(d) * self.gates()).sum()
    }
}

impl<R: Scalar> Direction<R> {
    /// W_h and b_h.
    pub fn recurrent(&self) -> &Recurrent<R> {
        &self.recurrent
    }

    fn new(
        checkpoint: &Checkpoint,
        cell: &'static dyn Cell,
        spec: &LayerSpec,
        suffix: &str,
        parts: &[usize],
        rows: &[(usize, f64)],
    ) -> Result<Direction<R>> {
        let (width, hidden, gates) = (parts.iter().sum::<usize>(), spec.hidden, rows.len());
        let tensor = |what: &str, shape: &[usize]| -> Result<Vec<R>> {
            let name = format!("{}.{what}_l{}{suffix}", spec.name, spec.index);
            let numbers = checkpoint.read(&name, shape, R::from_f64)?;
            if rows.iter().enumerate().all(|(n, row)| *row == (n, 1.0)) {
                return Ok(numbers);
            }
            let columns = shape.get(1).copied().unwrap_or(1);
            // Block and sign of every row in our order.
            let row = |(from, sign): &(usize, f64)| {
                numbers[from * columns..(from + 1) * columns]
                    .iter()
                    .map(|x| *x * R::from_f64(*sign))
                    .collect::<Vec<R>>()
            };
            Ok(rows.iter().flat_map(row).collect())
        };
        // One large tensor after the other: each is let go as soon as it is packed.
        let (mut input, mut first) = (Vec::new(), 0);
        let weight = tensor("weight_ih", &[gates, width])?;
        for part in parts {
            input.push(Matrix::new(gates, *part, |n, k| weight[n * width + first + k]));
            first += part;
        }
        drop(weight);
        let recurrent = tensor("weight_hh", &[gates, hidden])?;
        // One bias without the other is a damaged file, which the missing one's name says.
        let stored = |what: &str| checkpoint.shape(&format!("{}.{what}_l{}{suffix}", spec.name, spec.index)).is_some();
        let (mut bias, recurrent_bias) = if stored("bias_ih") || stored("bias_hh") {
            (tensor("bias_ih", &[gates])?, tensor("bias_hh", &[gates])?)
        } else {
            (vec![R::ZERO; gates], vec![R::ZERO; gates])
        };
        if spec.forget_bias != 0.0
            && let Some(forget) = cell.gates().iter().position(|gate| **gate == *"forget")
        {
            bias[forget * hidden..(forget + 1) * hidden].iter_mut().for_each(|b| *b += R::from_f64(spec.forget_bias));
        }
        Ok(Direction { input, bias, recurrent: Recurrent::new(hidden, cell.products(), &recurrent, recurrent_bias) })
    }
}

/// The cell that a layer's description names.
fn find(spec: &LayerSpec) -> Result<&'static dyn Cell> {
    let id = match (spec.kind.as_str(), spec.activation.as_str(), spec.linear_before_reset) {
        ("rnn", "relu", _) => "rnn_relu",
        ("rnn", "tanh", _) => "rnn",
        ("rnn", other, _) => return Err(Error::unsupported("layers.activation", other, "tanh, relu")),
        ("gru", _, false) => "gru_reset_before",
        (kind, _, _) => kind,
    };
    CELLS.iter().copied().find(|cell| cell.id() == id).ok_or_else(|| {
        let known: Vec<&str> = CELLS.iter().map(|cell| cell.id()).collect();
        Error::unsupported("layers.kind", id, known.join(", "))
    })
}

/// For each of our G·H rows: the row of the file and the sign that it takes.
///
/// The file's gate order is given by letters. An update gate that overwrites is turned into one that keeps by
/// negating its rows, since 1 − σ(a) = σ(−a).
fn gate_rows(cell: &'static dyn Cell, spec: &LayerSpec) -> Result<Vec<(usize, f64)>> {
    let ours = match cell.gates().len() {
        4 => "ifgo",
        3 => "rzn",
        _ => "h",
    };
    let theirs =
        if spec.gate_order.is_empty() { ours.to_string() } else { spec.gate_order.replace('c', "g").replace('u', "z") };
    if theirs.len() != ours.len() || !ours.chars().all(|letter| theirs.contains(letter)) {
        return Err(Error::unsupported("layers.gate_order", spec.gate_order.clone(), format!("any order of {ours}")));
    }
    let overwrite = match spec.update_gate.as_str() {
        "overwrite" => true,
        "keep" => false,
        other => return Err(Error::unsupported("layers.update_gate", other, "keep, overwrite")),
    };
    let block = |letter: char| {
        let from = theirs.find(letter).unwrap_or(0);
        let sign = if overwrite && letter == 'z' { -1.0 } else { 1.0 };
        (0..spec.hidden).map(move |k| (from * spec.hidden + k, sign))
    };
    Ok(ours.chars().flat_map(block).collect())
}
