//! PyTorch's names of recurrent tensors: `<prefix>.weight_ih_l<k>[_reverse]`, or `<prefix>.weight_ih` of a single cell.

use super::Tensor;
use crate::{Error, Result};
use std::collections::BTreeMap;

/// What a recurrent tensor's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrent<'a> {
    /// Module that holds it.
    pub prefix: &'a str,
    /// `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, `weight_hr`.
    pub what: &'a str,
    /// k; none for a single cell.
    pub layer: Option<usize>,
    /// Of the backward direction?
    pub reverse: bool,
}

const KINDS: &[&str] = &["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];
/// Modules that others are wrapped in; they say nothing about the network.
const WRAPPERS: &[&str] = &["module.", "_orig_mod.", "state_dict."];
/// Prefix of tensors that had none, as in the state dictionary of a bare `nn.LSTM`.
const BARE: &str = "rnn";

/// A sample input and the logits that it gives, beside the weights: what we call them.
const SAMPLE: &[(&str, &str)] = &[
    ("x", SAMPLE_INPUT),
    ("input", SAMPLE_INPUT),
    ("y", SAMPLE_LOGITS),
    ("output", SAMPLE_LOGITS),
    ("logits", SAMPLE_LOGITS),
];
/// [T, I].
pub const SAMPLE_INPUT: &str = "example.0.x";
/// [C], or [T, C] where every step has logits.
pub const SAMPLE_LOGITS: &str = "example.0.logits";

/// Reads a name; none if it is no recurrent tensor's.
pub fn recurrent(name: &str) -> Option<Recurrent<'_>> {
    let (prefix, last) = name.rsplit_once('.').unwrap_or(("", name));
    let what = KINDS.iter().copied().find(|kind| last.starts_with(kind))?;
    let rest = &last[what.len()..];
    if rest.is_empty() {
        return Some(Recurrent { prefix, what, layer: None, reverse: false });
    }
    let (number, reverse) = rest.strip_suffix("_reverse").map_or((rest, false), |number| (number, true));
    let layer = number.strip_prefix("_l")?.parse().ok()?;
    Some(Recurrent { prefix, what, layer: Some(layer), reverse })
}

/// The same tensors without wrappers, single cells as layer 0, and a prefix for those without one.
pub fn canonical(mut tensors: BTreeMap<String, Tensor>) -> Result<BTreeMap<String, Tensor>> {
    while let Some(wrapper) =
        WRAPPERS.iter().find(|wrapper| !tensors.is_empty() && tensors.keys().all(|name| name.starts_with(**wrapper)))
    {
        tensors = tensors.into_iter().map(|(name, tensor)| (name[wrapper.len()..].to_string(), tensor)).collect();
    }
    let full = |name: String| match recurrent(&name) {
        Some(found) => {
            let prefix = if found.prefix.is_empty() { BARE } else { found.prefix };
            let reverse = if found.reverse { "_reverse" } else { "" };
            format!("{prefix}.{}_l{}{reverse}", found.what, found.layer.unwrap_or(0))
        }
        // A bare nn.Linear's.
        None if name == "weight" || name == "bias" => format!("head.{name}"),
        None => SAMPLE.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, ours)| (*ours).to_string()),
    };
    let mut renamed = BTreeMap::new();
    for (name, tensor) in tensors {
        let ours = full(name.clone());
        if renamed.insert(ours.clone(), tensor).is_some() {
            let problem = format!("it and another tensor of the file are both `{ours}`");
            return Err(Error::file(name, problem, "Give every tensor a name of its own, and save again."));
        }
    }
    Ok(renamed)
}

/// `lstm2` before `lstm10`: digits are compared as numbers.
pub fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = vec![(String::new(), 0u64)];
    let mut counting = false;
    for c in name.chars() {
        let digit = c.to_digit(10).map(u64::from);
        if digit.is_none() && counting {
            parts.push((String::new(), 0));
        }
        counting = digit.is_some();
        if let Some(last) = parts.last_mut() {
            match digit {
                Some(digit) => last.1 = last.1.saturating_mul(10).saturating_add(digit),
                None => last.0.push(c),
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let found = recurrent("encoder.rnn.weight_ih_l12_reverse").unwrap();
        assert_eq!(found, Recurrent { prefix: "encoder.rnn", what: "weight_ih", layer: Some(12), reverse: true });
        assert_eq!(
            recurrent("bias_hh").unwrap(),
            Recurrent { prefix: "", what: "bias_hh", layer: None, reverse: false }
        );
        for other in
            ["fc.weight", "weight", "rnn.weight_ih_l", "rnn.weight_ih_lx", "rnn.weight_ih_l0_raw", "rnn.weight_ihs", ""]
        {
            assert_eq!(recurrent(other), None, "{other}");
        }
    }

    #[test]
    fn wrappers_go_and_cells_are_layers() {
        let tensor = || Tensor::new("w", super::super::checkpoint::Storage::F32, vec![1], None, false, 0..4).unwrap();
        let names = |given: &[&str]| {
            canonical(given.iter().map(|name| (name.to_string(), tensor())).collect())
                .unwrap()
                .into_keys()
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(&["module._orig_mod.a.weight_ih", "module._orig_mod.fc.weight"]),
            ["a.weight_ih_l0", "fc.weight"]
        );
        assert_eq!(names(&["weight_hh_l1_reverse", "weight"]), ["head.weight", "rnn.weight_hh_l1_reverse"]);
        assert_eq!(names(&["module.a.weight_hh_l0", "fc.weight"]), ["fc.weight", "module.a.weight_hh_l0"]);
    }

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["lstm10", "lstm2", "lstm", "a1b2", "a1b10"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["a1b2", "a1b10", "lstm", "lstm2", "lstm10"]);
    }
}
