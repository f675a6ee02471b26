//! REAT with a matrix for a keep gate: what a step keeps of the state before is taken from its own derivative.
//!
//! Our extension, for cells without a gate that keeps.

use super::additive::Additive;
use super::hierarchy;
use super::reat::not_linear;
use super::{Against, Attribution, Cost, Job, Kind, Method, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Backward, Forward, Share};
use std::rc::Rc;

/// The method.
pub const LINEARISED: Method = Method {
    id: "reat-linearised",
    label: "REAT, linearised (our extension)",
    family: "Decomposition",
    question: "How much of what this step added to the state is still there when the score is read, if each step keeps what its derivative says?",
    formula: "S_t = W_c ∏_{k>t} J_k (s_t − J_t s_{t−1}), Σ S = logit − bias; s = h, or (h, c); J_t = ∂s_t/∂s_{t−1}, for a vanilla cell diag(1 − h_t²) W_h (after Du et al. 2019, whose keep factor is a gate)",
    caveat: "An extension of ours, not of the paper. A derivative is local: where a state saturates it says that nothing is kept. It explains the time steps of the layer that is read.",
    cost: "one backward pass",
    signed: true,
    completes: true,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: hierarchy::PARAMS,
    refuses: not_linear,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let additive = Additive::new(problem, settings)?;
    let Problem { pair, target, .. } = &additive.problem;
    let network = &pair.input.network;
    // From the top down to the layer that is read; what lies below is not needed.
    let directions: usize = network.layers.iter().skip(additive.layer()).map(|layer| layer.directions.len()).sum();
    let units = directions * pair.input.steps();
    let backward = Backward::new(Rc::new(Forward::of(&pair.input)), target, vec![Share { group: 0, weight: 1.0 }], 1)
        .keeping(additive.layer());
    Ok(Box::new(LinearisedJob { additive, backward, units, done: 0 }))
}

struct LinearisedJob<R: 'static> {
    additive: Additive<R>,
    backward: Backward<R>,
    units: usize,
    done: usize,
}

impl<R: Scalar> LinearisedJob<R> {
    /// S_t = ⟨g_t, s_t⟩ − ⟨J_tᵀ g_t, s_{t−1}⟩, where g_t = ∂F/∂s_t.
    fn collect(&mut self) {
        let Additive { problem, readings, scores, .. } = &mut self.additive;
        let trace = &problem.pair.input;
        let records = trace.records();
        for (reading, scores) in readings.iter().zip(scores) {
            let (layer, direction) = trace.network.place(reading.d);
            let layer = &trace.network.layers[layer];
            let hidden = layer.hidden;
            let cell = super::memory::quantity(layer, "cell_state");
            let (by_state, by_output) = (self.backward.by_state(direction), self.backward.by_output(reading.d));
            // Σ over the units of gradient × state; what is read at t itself was not kept for later.
            let product = |t: usize, later: bool| -> f64 {
                let (row, g) = (records.row(reading.d, t, 0), &by_state[t * 2 * hidden..][..2 * hidden]);
                let read = |k: usize| if later { by_output[t * hidden + k].to_f64() } else { 0.0 };
                let h: f64 =
                    (0..hidden).map(|k| (g[k].to_f64() - read(k)) * row[row.len() - hidden + k].to_f64()).sum();
                let c: f64 = cell.map_or(0.0, |cell| {
                    (0..hidden).map(|k| g[hidden + k].to_f64() * row[cell * hidden + k].to_f64()).sum()
                });
                h + c
            };
            for (t, score) in scores.iter_mut().enumerate() {
                *score =
                    product(t, false) - reading.before(t, trace.steps()).map_or(0.0, |before| product(before, true));
            }
        }
    }
}

impl<R: Scalar> Job for LinearisedJob<R> {
    fn total(&self) -> usize {
        self.units
    }

    fn done(&self) -> usize {
        self.done
    }

    fn advance(&mut self) -> bool {
        if self.done < self.units {
            self.backward.advance();
            self.done += 1;
            if self.done == self.units {
                self.collect();
            }
        }
        self.done < self.units
    }

    fn answer(&self) -> Attribution {
        self.additive.answer(Cost { forward: 1, backward: 1 }, self.done == self.units)
    }
}
