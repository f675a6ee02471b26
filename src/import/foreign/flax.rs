//! Flax, linen and nnx: a kernel [I, H] a gate, or one [I, G·H] for all of them; the bias stands on one side.
//!
//! Source: flax/linen/recurrent.py and flax/nnx/nn/recurrent.py, 0.12. Keys are paths, joined by `/` or `.`.

use super::{Cell, Foreign, Joined, Part, Tensors, bias, matrix, outside, renamed, some};
use crate::import::checkpoint::Tensor;
use crate::import::metadata::LayerSpec;
use crate::import::names::natural;
use crate::{Error, Result};
use std::collections::BTreeSet;

pub(super) const FLAX: Foreign = Foreign {
    name: "Flax",
    note: "The file does not say how its weights are wired: names and shapes were read as Flax gives them, each gate by its name.",
    convention: |_| LayerSpec::default(),
    translate,
};

/// The gates of an LSTM and of a GRU by the last letters of their names, in PyTorch's order; nnx writes `if_`.
const GATES: &[&[&str]] = &[&["i", "f", "g", "o"], &["r", "z", "n"]];

/// One side of a cell: its kernels and biases, a gate each or all in one.
fn side(tensors: &Tensors, cell: &str, side: &str) -> Option<Vec<String>> {
    let has = |name: &str| tensors.contains_key(&format!("{cell}{name}.kernel"));
    let name = |gate: &str| [format!("{side}{gate}"), format!("{side}{gate}_")].into_iter().find(|name| has(name));
    let gates = GATES.iter().find_map(|gates| gates.iter().map(|gate| name(gate)).collect::<Option<Vec<_>>>());
    gates
        .or_else(|| [format!("dense_{side}"), side.to_string()].into_iter().find(|name| has(name)).map(|one| vec![one]))
}

/// Paths with dots, without what wraps them.
fn plain(name: &str) -> String {
    let name = name.replace('/', ".");
    let name = name.strip_prefix("params.").unwrap_or(&name);
    name.strip_suffix(".value").unwrap_or(name).to_string()
}

fn shape(matrix: &Tensor) -> [usize; 2] {
    [matrix.shape[0], matrix.shape[1]]
}

fn translate(tensors: &Tensors) -> Result<Option<Vec<Joined>>> {
    if !tensors.keys().any(|name| plain(name).ends_with(".kernel")) {
        return Ok(None);
    }
    let tensors = renamed(tensors, plain)?;
    // A cell is what has kernels on both sides.
    let parents = tensors.keys().filter_map(|name| name.strip_suffix(".kernel")).filter_map(|name| {
        let last = name.rsplit('.').next()?;
        ["hi", "hr", "hn", "dense_h", "h"].contains(&last).then(|| name[..name.len() - last.len()].to_string())
    });
    let mut cells: Vec<String> = parents.collect();
    cells.sort_by_key(|cell| natural(cell));
    cells.dedup();
    let sides: Vec<_> = cells
        .into_iter()
        .filter_map(|cell| Some((side(&tensors, &cell, "i")?, side(&tensors, &cell, "h")?, cell)))
        .collect();
    if sides.is_empty() {
        return Ok(None);
    }
    let mut joined: Vec<Joined> = Vec::new();
    let mut before: Option<(usize, usize, String)> = None;
    let mut known = BTreeSet::new();
    for (input, state, cell) in sides {
        if input.len() != state.len() {
            let problem = "its gates are those of no LSTM, GRU or simple cell";
            return Err(Error::unsupported(
                cell.trim_end_matches('.'),
                problem,
                "LSTMCell, OptimizedLSTMCell, GRUCell, SimpleCell",
            ));
        }
        let array = |name: &String, what: &str| format!("{cell}{name}.{what}");
        let kernels = |names: &[String]| {
            let kernel = |name| Ok(Part::View(matrix(&tensors, &array(name, "kernel"))?.transposed()));
            names.iter().map(kernel).collect::<Result<Vec<Part>>>()
        };
        let [inputs, _] = shape(matrix(&tensors, &array(&input[0], "kernel"))?);
        let [hidden, rows] = shape(matrix(&tensors, &array(&state[0], "kernel"))?);
        let biases = |names: &[String]| {
            names.iter().map(|name| bias(&tensors, &array(name, "bias"), rows)).collect::<Result<Vec<Part>>>()
        };
        // Both directions say so, or the second has the shapes of the first and cannot stand on it.
        let own = cell.trim_end_matches('.').to_string();
        let pair = before
            .take()
            .filter(|first| (first.0, first.1) == (inputs, hidden) && inputs != hidden)
            .map(|first| first.2);
        let (prefix, reverse) = match (own.contains("backward_rnn"), pair) {
            (true, _) => (own.replace("backward_rnn", "rnn"), true),
            (false, Some(first)) if !own.contains("forward_rnn") => (first, true),
            _ => (own.replace("forward_rnn", "rnn"), false),
        };
        before = (!reverse && !own.contains("forward_rnn")).then(|| (inputs, hidden, prefix.clone()));
        let found = Cell {
            prefix,
            layer: 0,
            reverse,
            from_input: kernels(&input)?,
            from_state: kernels(&state)?,
            biases: some([biases(&input)?, biases(&state)?]),
        };
        known.extend(input.iter().chain(&state).flat_map(|name| [array(name, "kernel"), array(name, "bias")]));
        joined.extend(found.tensors());
    }
    joined.extend(
        tensors.iter().filter(|(name, _)| !known.contains(*name)).map(|(name, tensor)| outside(name, tensor, true)),
    );
    Ok(Some(joined))
}
