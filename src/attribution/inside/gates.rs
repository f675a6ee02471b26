//! What each gate and each unit of the memory did for a score at each step, by the cell's products.

use super::unrolled::{Unrolled, gru, lstm};
use crate::cell::Scalar;
use crate::network::{Backward, Forward, Readout, Share, Target, Trace};
use crate::{Error, Result};
use ndarray::{Array2, Axis};
use std::rc::Rc;

/// How y = a ⊙ b is shared between its factors; a′ and b′ are what they are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductRule {
    /// (a − a′) (b + b′)/2 and (b − b′) (a + a′)/2: the Shapley value of two players, which adds up to y − y′.
    Half,
    /// (a − a′) b and (b − b′) a: gradient × difference of each factor; both get the whole of what they do together.
    Gradient,
}

/// One factor of a product of the cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// Id of the quantity; `…_before` is that of the step before.
    pub id: &'static str,
    /// The product that it is a factor of, in the symbols of the paper.
    pub product: &'static str,
    /// What the product goes into: `cell_state`, `hidden_state`, `candidate`.
    pub into: &'static str,
    /// [T, H].
    pub scores: Array2<f64>,
}

/// The answer for one layer and direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Gates {
    /// Factor by factor.
    pub factors: Vec<Factor>,
    /// For each state, ∂F/∂s_t ⊙ (s_t − s′_t): (id, [T, H]).
    pub states: Vec<(&'static str, Array2<f64>)>,
    /// The largest |state − Σ factors that go into it| of any unit and step: rounding under [`ProductRule::Half`], the
    /// products of two differences under [`ProductRule::Gradient`].
    pub gap: f64,
}

impl Gates {
    /// Σ over the units of each factor, [T, Q].
    pub fn totals(&self) -> Array2<f64> {
        let columns: Vec<_> = self.factors.iter().map(|factor| factor.scores.sum_axis(Axis(1))).collect();
        let steps = columns.first().map_or(0, ndarray::Array1::len);
        Array2::from_shape_fn((steps, columns.len()), |(t, q)| columns[q][t])
    }
}

/// Each factor's share of ∂F/∂s ⊙ (s − s′), s the state that its product goes into; F is any target of the trace.
///
/// LSTM: c = f ⊙ c_before + i ⊙ g and h = o ⊙ tanh c; GRU: h = (1 − z) ⊙ n + z ⊙ h_before, and inside n the reset r ⊙ (U h +
/// b) or r ⊙ h_before. ∂F/∂c_t counts the way through h_t; the inside of n is first order (its tanh by its slope). With no
/// baseline all differences are to 0. The shares of one step stand for the same score as those of another: they are not to
/// be added over steps. One backward pass.
pub struct GatesJob<R: 'static> {
    trace: Rc<Trace<R>>,
    baseline: Option<Rc<Trace<R>>>,
    d: usize,
    rule: ProductRule,
    backward: Option<Backward<R>>,
    answer: Option<Gates>,
    done: usize,
    total: usize,
}

impl<R: Scalar> GatesJob<R> {
    /// Of layer × direction `d`.
    ///
    /// Fails for a cell without gates, a `d` that there is not, and a baseline of other length.
    pub fn new(
        trace: Rc<Trace<R>>,
        baseline: Option<Rc<Trace<R>>>,
        target: &Target,
        d: usize,
        rule: ProductRule,
    ) -> Result<GatesJob<R>> {
        trace.score(target)?;
        let network = &trace.network;
        if d >= network.depth() {
            return Err(Error::request(
                "layer",
                format!("one of the {} layers and directions", network.depth()),
                d + 1,
            ));
        }
        if let Some(other) = baseline.as_ref().filter(|other| other.steps() != trace.steps()) {
            return Err(Error::request("baseline", format!("of {} steps, as the input", trace.steps()), other.steps()));
        }
        let layer = network.place(d).0;
        if !gated(network.layers[layer].cell.id()) {
            return Err(Error::request("gates", "of an LSTM or a GRU", "of a vanilla cell, which has none"));
        }
        if target.readout == Readout::Hidden && network.place(target.d).0 < layer {
            let rule = "that of the hidden unit or one below it: a layer above does nothing for it";
            return Err(Error::request("layer", rule, layer + 1));
        }
        let all = vec![Share { group: 0, weight: 1.0 }];
        let backward = Backward::new(Rc::new(Forward::of(&trace)), target, all, 1).keeping(layer);
        let total = backward.total() + 1;
        Ok(GatesJob { trace, baseline, d, rule, backward: Some(backward), answer: None, done: 0, total })
    }

    /// Units done and in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// Does one unit, a step of the backward pass or the products of all steps; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        let Some(mut backward) = self.backward.take() else { return false };
        self.done += 1;
        if backward.advance() {
            self.backward = Some(backward);
            return true;
        }
        let (layer, direction) = self.trace.network.place(self.d);
        let layer = &self.trace.network.layers[layer];
        let (trace, baseline) = (&*self.trace, self.baseline.as_deref());
        self.answer =
            Some(shared(&Unrolled { trace, baseline, layer, direction, d: self.d, backward, rule: self.rule }));
        false
    }

    /// The answer, once nothing is left.
    pub fn answer(self) -> Option<Gates> {
        self.answer
    }
}

/// The answer of [`GatesJob`] in one go.
pub fn gates<R: Scalar>(
    trace: &Rc<Trace<R>>,
    baseline: Option<&Rc<Trace<R>>>,
    target: &Target,
    d: usize,
    rule: ProductRule,
) -> Result<Gates> {
    let mut job = GatesJob::new(trace.clone(), baseline.cloned(), target, d, rule)?;
    while job.advance() {}
    job.answer().ok_or(Error::Bug { place: "gates", problem: "no answer".into() })
}

fn gated(cell: &str) -> bool {
    ["lstm", "gru", "gru_reset_before"].contains(&cell)
}

fn shared<R: Scalar>(cell: &Unrolled<'_, R>) -> Gates {
    let (factors, states) = match cell.layer.cell.id() {
        "lstm" => lstm(cell),
        "gru_reset_before" => {
            gru(cell, ("r ⊙ h_before", "hidden_state_before"), cell.before("hidden_state"), cell.by_reset_state())
        }
        _ => {
            gru(cell, ("r ⊙ (U h_before + b)", "recurrent_candidate"), cell.now("recurrent_candidate"), cell.by_gate(2))
        }
    };
    let rest = |id: &str, state: &Array2<f64>| {
        let sum = factors
            .iter()
            .filter(|factor: &&Factor| factor.into == id)
            .fold(state.clone(), |rest, factor| rest - &factor.scores);
        sum.iter().fold(0.0, |most: f64, rest| most.max(rest.abs()))
    };
    let gap = states.iter().map(|(id, state)| rest(id, state)).fold(0.0, f64::max);
    Gates { factors, states, gap }
}
