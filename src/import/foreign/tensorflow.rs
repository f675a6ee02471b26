//! TensorFlow 1: one kernel [I + H, G·H] for input and state, gates i j f o, one bias, and 1 added to the forget gate
//! outside the file; a GRU has r and u in one kernel and the candidate in another, its reset gate before the product.
//!
//! Source: tensorflow/python/ops/rnn_cell_impl.py, 1.15. Variables as `tf.train.load_checkpoint` names them.

use super::{Cell, Foreign, Joined, Part, REMEDY, Tensors, bias, matrix, outside, renamed, some};
use crate::import::checkpoint::Tensor;
use crate::import::metadata::LayerSpec;
use crate::{Error, Result};
use std::collections::BTreeSet;

pub(super) const TENSORFLOW_1: Foreign = Foreign {
    name: "TensorFlow 1",
    note: "The file does not say how its weights are wired: names and shapes were read as TensorFlow 1 gives them; to the forget gate 1 is added, which is its default and stands in no file.",
    convention: |kind| match kind {
        "lstm" => LayerSpec { gate_order: "igfo".into(), forget_bias: 1.0, ..LayerSpec::default() },
        "gru" => LayerSpec { linear_before_reset: false, ..LayerSpec::default() },
        _ => LayerSpec::default(),
    },
    translate,
};

/// Names of cells whose kernel is one for input and state.
const CELLS: &[&str] = &["basic_lstm_cell", "lstm_cell", "basic_rnn_cell"];
/// What a checkpoint holds beside weights.
const NOT_WEIGHTS: &[&str] = &[
    "Adam",
    "Adam_1",
    "Momentum",
    "RMSProp",
    "RMSProp_1",
    "Adagrad",
    "ExponentialMovingAverage",
    "beta1_power",
    "beta2_power",
    "global_step",
];
const DIRECTIONS: &[(&str, bool)] = &[("fw", false), ("bw", true)];

/// `rnn/basic_lstm_cell/kernel:0` as `rnn.basic_lstm_cell.kernel`.
fn plain(name: &str) -> String {
    name.trim_end_matches(":0").replace('/', ".")
}

/// Module and direction of a cell.
fn place(cell: &str) -> (String, bool) {
    let reverse = cell
        .split('.')
        .find_map(|part| DIRECTIONS.iter().find(|(name, _)| *name == part))
        .is_some_and(|(_, reverse)| *reverse);
    let parts: Vec<&str> = cell.split('.').filter(|part| DIRECTIONS.iter().all(|(name, _)| name != part)).collect();
    (parts.join("."), reverse)
}

/// Input's and state's rows of a kernel, turned round. @ [I + H, G·H]
fn halves(kernel: &Tensor, hidden: usize, name: &str) -> Result<[Part; 2]> {
    let rows = kernel.shape[0];
    if hidden == 0 || rows <= hidden {
        let problem = format!("{rows} rows are too few for {hidden} units and an input");
        return Err(Error::file(name, problem, REMEDY));
    }
    Ok([0..rows - hidden, rows - hidden..rows].map(|rows| Part::View(kernel.rows(rows).transposed())))
}

/// A cell whose kernels are these modules', and whether they are called kernels or, before 1.2, weights.
fn cell(tensors: &Tensors, parts: &[String], gates: usize, [kernel, biases]: [&str; 2]) -> Result<Cell> {
    let cell = &parts[0];
    let unread = ["w_f_diag", "w_i_diag", "w_o_diag", "projection.kernel"].map(|end| format!("{cell}.{end}"));
    if let Some(name) = unread.iter().find(|name| tensors.contains_key(*name)) {
        let problem = "an LSTM with peepholes or projected states";
        return Err(Error::unsupported(name, problem, "LSTM, GRU and RNN without them"));
    }
    let kernels: Vec<(String, &Tensor)> = parts
        .iter()
        .map(|part| format!("{part}.{kernel}"))
        .map(|name| Ok((name.clone(), matrix(tensors, &name)?)))
        .collect::<Result<_>>()?;
    // The last kernel's columns: G·H.
    let hidden = kernels.last().map_or(0, |(_, kernel)| kernel.shape[1]) / gates;
    let (prefix, reverse) = place(cell.trim_end_matches(".gates"));
    let mut found = Cell { prefix, reverse, ..Cell::default() };
    for (name, kernel) in &kernels {
        let [input, state] = halves(kernel, hidden, name)?;
        found.from_input.push(input);
        found.from_state.push(state);
    }
    let rows = || kernels.iter().map(|(_, kernel)| kernel.shape[1]);
    let given = parts.iter().zip(rows()).map(|(part, rows)| bias(tensors, &format!("{part}.{biases}"), rows));
    found.biases = some([given.collect::<Result<Vec<Part>>>()?, vec![Part::Zeros(rows().sum())]]);
    Ok(found)
}

fn translate(tensors: &Tensors) -> Result<Option<Vec<Joined>>> {
    if !tensors.keys().any(|name| name.contains("_cell")) {
        return Ok(None);
    }
    let mut tensors = renamed(tensors, plain)?;
    tensors.retain(|name, _| !name.split('.').any(|part| NOT_WEIGHTS.contains(&part)));
    let (mut joined, mut known) = (Vec::new(), BTreeSet::new());
    for (name, words) in
        tensors.keys().flat_map(|name| [["kernel", "bias"], ["weights", "biases"]].map(|words| (name, words)))
    {
        let Some(module) = name.strip_suffix(words[0]).and_then(|module| module.strip_suffix('.')) else { continue };
        let last = module.rsplit('.').next().unwrap_or(module);
        let gru = module.strip_suffix(".gates").filter(|gru| gru.ends_with("gru_cell"));
        let (parts, gates) = match gru {
            Some(gru) => (vec![module.to_string(), format!("{gru}.candidate")], 1),
            None if CELLS.contains(&last) => {
                (vec![module.to_string()], if last.ends_with("lstm_cell") { 4 } else { 1 })
            }
            None => continue,
        };
        joined.extend(cell(&tensors, &parts, gates, words)?.tensors());
        known.extend(parts.iter().flat_map(|part| words.map(|word| format!("{part}.{word}"))));
    }
    if joined.is_empty() {
        return Ok(None);
    }
    let rest = tensors.iter().filter(|(name, _)| !known.contains(*name));
    joined.extend(rest.map(|(name, tensor)| outside(name, tensor, true)));
    Ok(Some(joined))
}
