//! MXNet Gluon: PyTorch's layout, gates and two biases, under `…l0_i2h_weight`, or `…r0_…` of the backward direction.
//!
//! Source: python/mxnet/gluon/rnn/rnn_layer.py and rnn_cell.py, 1.9.

use super::{Foreign, Joined, Part, Tensors, outside};
use crate::Result;
use crate::import::metadata::LayerSpec;

pub(super) const MXNET: Foreign = Foreign {
    name: "MXNet",
    note: "The file does not say how its weights are wired: names and shapes were read as MXNet gives them, gate order and reset gate included.",
    convention: |_| LayerSpec::default(),
    translate,
};

/// Their ends of names, and ours.
const KINDS: &[(&str, &str)] = &[
    ("i2h_weight", "weight_ih"),
    ("h2h_weight", "weight_hh"),
    ("i2h_bias", "bias_ih"),
    ("h2h_bias", "bias_hh"),
    ("h2r_weight", "weight_hr"),
];

/// PyTorch's name of a recurrent tensor of theirs.
fn recurrent(name: &str) -> Option<String> {
    let (theirs, what) = KINDS.iter().find(|(theirs, _)| name.ends_with(theirs))?;
    let before = name[..name.len() - theirs.len()].trim_end_matches(['_', '.']);
    // `l0`, `r0`, or a single cell, which has neither.
    let number = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let place = before[number.len()..].parse::<usize>().ok().and_then(|layer| {
        let prefix =
            number.strip_suffix(['l', 'r']).filter(|prefix| prefix.is_empty() || prefix.ends_with(['_', '.']))?;
        Some((prefix.trim_end_matches(['_', '.']), layer, number.ends_with('r')))
    });
    let (prefix, layer, reverse) = place.unwrap_or((before, 0, false));
    let dot = if prefix.is_empty() { "" } else { "." };
    Some(format!("{prefix}{dot}{what}_l{layer}{}", if reverse { "_reverse" } else { "" }))
}

fn translate(tensors: &Tensors) -> Result<Option<Vec<Joined>>> {
    let plain = |name: &str| name.strip_prefix("arg:").unwrap_or(name).to_string();
    if !tensors.keys().any(|name| recurrent(&plain(name)).is_some()) {
        return Ok(None);
    }
    let joined = tensors.iter().map(|(name, tensor)| match recurrent(&plain(name)) {
        Some(name) => Joined { name, parts: vec![Part::View(tensor.clone())] },
        None => outside(&plain(name), tensor, false),
    });
    Ok(Some(joined.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        for (theirs, ours) in [
            ("lstm0_l0_i2h_weight", "lstm0.weight_ih_l0"),
            ("lstm0_r12_h2h_bias", "lstm0.bias_hh_l12_reverse"),
            ("0.l1_h2h_weight", "0.weight_hh_l1"),
            ("l0_i2h_bias", "bias_ih_l0"),
            ("grucell0_i2h_weight", "grucell0.weight_ih_l0"),
            ("cell_i2h_weight", "cell.weight_ih_l0"),
        ] {
            assert_eq!(recurrent(theirs).as_deref(), Some(ours));
        }
        assert_eq!(recurrent("dense0_weight"), None);
    }
}
