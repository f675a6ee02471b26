//! The gate ledger: a memory as an exact sum over the writes of the past.

use super::super::memory::quantity;
use crate::cell::Scalar;
use crate::network::Trace;
use crate::{Error, Result};
use ndarray::Array2;

/// Most steps of a ledger: T² shares must be kept.
const MOST_STEPS: usize = 4096;

/// The memory of one unit over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// What is remembered: the id of the recorded quantity.
    pub quantity: &'static str,
    /// Its equation, in the symbols of the paper.
    pub formula: &'static str,
    /// Its recorded values, [T].
    pub values: Vec<f64>,
    /// What each step wrote, [T].
    pub written: Vec<f64>,
    /// What was kept at each step of what was there, [T]: the forget gate, the update gate.
    pub kept: Vec<f64>,
    /// At (t, s): what is left at step t of what step s wrote; 0 where s has not been read yet at t. [T, T].
    pub shares: Array2<f64>,
    /// The largest |value − Σ_s share| of any step: nothing but rounding.
    pub gap: f64,
}

/// c_t = Σ_{s≤t} ∏_{s<r≤t} f_r · i_s g_s of unit `unit` of layer × direction `d` of an LSTM; h_t = Σ_{s≤t} ∏_{s<r≤t} z_r ·
/// (1 − z_s) n_s of a GRU. A direction that reads backwards sums over s ≥ t. Memories start empty. O(T²).
///
/// Fails for a cell without a gate that keeps, a `d` or `unit` that there is not, and more than 4096 steps.
pub fn ledger<R: Scalar>(trace: &Trace<R>, d: usize, unit: usize) -> Result<Ledger> {
    let network = &trace.network;
    if d >= network.depth() {
        return Err(Error::request("layer", format!("one of the {} layers and directions", network.depth()), d + 1));
    }
    let (l, direction) = network.place(d);
    let (layer, steps) = (&network.layers[l], trace.steps());
    if unit >= layer.hidden {
        return Err(Error::request("unit", format!("below {} in this layer", layer.hidden), unit));
    }
    if steps > MOST_STEPS {
        let megabytes = |steps: usize| (steps * steps * size_of::<f64>()) >> 20;
        return Err(Error::Memory {
            what: format!("a ledger of {steps} steps"),
            needed_mb: megabytes(steps),
            limit_mb: megabytes(MOST_STEPS),
        });
    }
    let records = trace.records();
    let value = |t: usize, quantity: usize| records.row(d, t, 0)[quantity * layer.hidden + unit].to_f64();
    let place = |id: &str| quantity(layer, id);
    let lstm = [place("input_gate"), place("cell_candidate"), place("forget_gate"), place("cell_state")];
    let gru = [place("update_gate"), place("candidate"), place("update_gate"), place("hidden_state")];
    let (remembered, formula, [write, candidate, keep, state]) = match (lstm, gru) {
        ([Some(i), Some(g), Some(f), Some(c)], _) => {
            ("cell_state", "c_t = Σ_{s≤t} ∏_{s<r≤t} f_r · i_s g_s", [i, g, f, c])
        }
        (_, [Some(z), Some(n), Some(keep), Some(h)]) => {
            ("hidden_state", "h_t = Σ_{s≤t} ∏_{s<r≤t} z_r · (1 − z_s) n_s", [z, n, keep, h])
        }
        _ => {
            return Err(Error::request(
                "ledger",
                "of an LSTM or a GRU",
                "of a vanilla cell, which has no gate that keeps: each step writes its whole state anew",
            ));
        }
    };
    let gru = write == keep;
    let written: Vec<f64> =
        (0..steps).map(|t| if gru { 1.0 - value(t, write) } else { value(t, write) } * value(t, candidate)).collect();
    let kept: Vec<f64> = (0..steps).map(|t| value(t, keep)).collect();
    let values: Vec<f64> = (0..steps).map(|t| value(t, state)).collect();
    let mut shares = Array2::zeros((steps, steps));
    let mut gap: f64 = 0.0;
    for n in 0..steps {
        let at = |n: usize| if direction == 0 { n } else { steps - 1 - n };
        for s in (0..n).map(at) {
            shares[(at(n), s)] = shares[(at(n - 1), s)] * kept[at(n)];
        }
        shares[(at(n), at(n))] = written[at(n)];
        gap = gap.max((values[at(n)] - shares.row(at(n)).sum()).abs());
    }
    Ok(Ledger { quantity: remembered, formula, values, written, kept, shares, gap })
}
