//! Keras' recurrent layers. Kernels are [I, G·H]; gates i, f, c, o of an LSTM and z, r, h of a GRU.

use super::config::Item;
use super::hdf5::Array;
use super::stored::{Part, Stored};
use super::walk::{Named, transposed};
use crate::import::metadata::LayerSpec;
use crate::{Error, Result};

/// Adds a layer of one or two directions; true if it gives its states at every step.
pub fn read(
    item: &Item,
    stored: &Stored,
    layers: &mut Vec<LayerSpec>,
    tensors: &mut Vec<Named>,
    notes: &mut Vec<String>,
) -> Result<bool> {
    let both = item.class == "Bidirectional";
    let cell = if both { item.inner("layer") } else { Some(item.clone()) };
    let cell = cell.ok_or_else(|| item.refuse("a wrapper without a layer", "Bidirectional(LSTM, GRU or SimpleRNN)"))?;
    if both {
        check_pair(item, &cell)?;
    }
    if cell.flag("go_backwards", false) {
        return Err(item.refuse(
            "go_backwards, which gives its states from the last step to the first",
            "Bidirectional, or go_backwards=False on a reversed input",
        ));
    }
    let mut spec = spec(item, &cell)?;
    if cell.flag("stateful", false) {
        notes.push(format!("{}: stateful in Keras; here every input starts from zero states.", item.name));
    }
    let parts: &[(Part, &str)] =
        if both { &[(Part::Forward, ""), (Part::Backward, "_reverse")] } else { &[(Part::Cell, "")] };
    for (part, suffix) in parts {
        let biased = cell.flag("use_bias", true);
        let mut arrays = stored.arrays(item, *part, if biased { 3 } else { 2 })?.into_iter();
        let (Some(kernel), Some(recurrent)) = (arrays.next(), arrays.next()) else {
            return Err(item.refuse("no kernels", "LSTM, GRU and SimpleRNN"));
        };
        spec.input = kernel.shape.first().copied().unwrap_or(0);
        let rows = kernel.shape.get(1).copied().unwrap_or(0);
        let mut push = |what: &str, array: Array| {
            tensors.push((format!("{}.{what}_l0{suffix}", item.name), array.shape, array.numbers, array.storage));
        };
        push("weight_ih", transposed(kernel)?);
        push("weight_hh", transposed(recurrent)?);
        if let Some(bias) = arrays.next() {
            let (input, recurrent) = biases(item, bias, rows, spec.kind == "gru" && spec.linear_before_reset)?;
            push("bias_ih", input);
            push("bias_hh", recurrent);
        }
    }
    spec.bidirectional = both;
    layers.push(spec);
    Ok(cell.flag("return_sequences", false))
}

/// The description of one cell.
fn spec(item: &Item, cell: &Item) -> Result<LayerSpec> {
    let kind = match cell.class.as_str() {
        "LSTM" => "lstm",
        "GRU" => "gru",
        "SimpleRNN" => "rnn",
        other => return Err(item.refuse(format!("{} of {other}", item.class), "LSTM, GRU, SimpleRNN")),
    };
    let activation = cell.activation("activation", "tanh");
    if activation != "tanh" && !(kind == "rnn" && activation == "relu") {
        let known = if kind == "rnn" { "tanh, relu" } else { "tanh" };
        return Err(item.refuse(format!("activation {activation}"), known));
    }
    // Keras 2 took hard_sigmoid before, and by another line than Keras 3; neither has a place here.
    let gates = cell.activation("recurrent_activation", "sigmoid");
    if kind != "rnn" && gates != "sigmoid" {
        let known = "recurrent_activation=\"sigmoid\" (hard_sigmoid is 0.2x + 0.5 in Keras 1 and 2, x/6 + 0.5 in Keras 3: train again with sigmoid)";
        return Err(item.refuse(format!("recurrent_activation {gates}"), known));
    }
    if cell.flag("time_major", false) {
        return Err(item.refuse("time_major", "time_major=False"));
    }
    let hidden = cell.size("units").ok_or_else(|| item.refuse("no number of units", "units"))?;
    Ok(LayerSpec {
        kind: kind.into(),
        name: item.name.clone(),
        hidden,
        activation,
        // Keras 1 and 2.0 to 2.1 had no such setting and reset before the product.
        linear_before_reset: kind != "gru" || cell.flag("reset_after", false),
        gate_order: if kind == "gru" { "zrn".into() } else { String::new() },
        ..LayerSpec::default()
    })
}

/// The two layers of a Bidirectional are alike, but for the direction.
fn check_pair(item: &Item, forward: &Item) -> Result<()> {
    const SAME: &str = "two layers that differ in direction only";
    let merge = item.activation("merge_mode", "concat");
    if merge != "concat" {
        return Err(item.refuse(format!("merge_mode {merge}"), "merge_mode=\"concat\""));
    }
    let Some(backward) = item.inner("backward_layer") else { return Ok(()) };
    if backward.class != forward.class || !backward.flag("go_backwards", false) {
        return Err(item.refuse(format!("{} beside {}", forward.class, backward.class), SAME));
    }
    for setting in ["units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences"] {
        if backward.config.get(setting) != forward.config.get(setting) {
            return Err(item.refuse(format!("directions that differ in {setting}"), SAME));
        }
    }
    Ok(())
}

/// b_x and b_h [G·H]: Keras adds one bias, except a GRU that resets after the product, which has a row of each.
fn biases(item: &Item, bias: Array, rows: usize, two: bool) -> Result<(Array, Array)> {
    let expected = if two { vec![2, rows] } else { vec![rows] };
    if bias.shape != expected {
        return Err(Error::file(
            format!("layer {}", item.name),
            format!("a bias of shape {:?} instead of {expected:?}", bias.shape),
            "The settings and the weights do not belong together; save the whole model again.",
        ));
    }
    let half = |numbers: Vec<f64>| Array { shape: vec![rows], numbers, ..bias.clone() };
    let (input, recurrent) = if two { bias.numbers.split_at(rows) } else { (bias.numbers.as_slice(), [].as_slice()) };
    let recurrent = if two { recurrent.to_vec() } else { vec![0.0; rows] };
    Ok((half(input.to_vec()), half(recurrent)))
}
