//! What a gated cell keeps from step to step, and which gate says how much of it.

use crate::cell::Scalar;
use crate::network::Layer;

/// h_t = o_t ⊙ q_t, and α_t ⊙ q_{t−1} is what is kept; quantities by their place in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// q: what is carried.
    pub(super) carried: usize,
    /// α: the gate that keeps; none keeps all.
    pub(super) keep: Option<usize>,
    /// o: the gate through which it is read; none reads all.
    pub(super) output: Option<usize>,
}

/// Does the cell have a gate that keeps?
pub(super) fn gated(cell: &str) -> bool {
    names(cell).is_some()
}

/// The ids of q, α and o.
fn names(cell: &str) -> Option<(&'static str, &'static str, Option<&'static str>)> {
    match cell {
        "lstm" => Some(("cell_tanh", "forget_gate", Some("output_gate"))),
        // At import every update gate is turned into one that keeps.
        "gru" | "gru_reset_before" => Some(("hidden_state", "update_gate", None)),
        _ => None,
    }
}

impl Memory {
    /// Of a gated cell; none if the cell has no gate that keeps.
    pub(super) fn of<R: Scalar>(layer: &Layer<R>) -> Option<Memory> {
        let (carried, keep, output) = names(layer.cell.id())?;
        let place = |id: &str| quantity(layer, id);
        Some(Memory { carried: place(carried)?, keep: Some(place(keep)?), output: output.and_then(place) })
    }

    /// The hidden state itself, as if all of it were kept.
    pub(super) fn whole_state<R: Scalar>(layer: &Layer<R>) -> Memory {
        Memory { carried: layer.cell.quantities().len() - 1, keep: None, output: None }
    }
}

/// The place of a quantity in the records of a layer.
pub(super) fn quantity<R: Scalar>(layer: &Layer<R>, id: &str) -> Option<usize> {
    layer.cell.quantities().iter().position(|quantity| quantity.id == id)
}
