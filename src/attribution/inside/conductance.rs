//! Conductance (Dhamdhere, Sundararajan & Yan 2018): how much of F(x) − F(x′) goes through each unit of a layer.

use super::super::Problem;
use crate::cell::Scalar;
use crate::network::{Backward, Change, Forward, Inputs, Readout, Share};
use crate::{Error, Result};
use ndarray::{Array2, Axis};
use std::rc::Rc;

/// The finished answer for one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Conductance {
    /// Of every unit at every step, forward units first, [T, D·H].
    pub scores: Array2<f64>,
    /// F(x).
    pub score: f64,
    /// F(x′).
    pub baseline_score: f64,
    /// F(x) − F(x′) − Σ scores: what the integral's nodes missed.
    pub gap: f64,
    /// Forward and backward evaluations.
    pub evaluations: usize,
}

impl Conductance {
    /// Of every unit over all steps, [D·H].
    pub fn units(&self) -> Vec<f64> {
        self.scores.sum_axis(Axis(0)).to_vec()
    }

    /// Of all units at every step, [T].
    pub fn steps(&self) -> Vec<f64> {
        self.scores.sum_axis(Axis(1)).to_vec()
    }
}

/// Work under way.
///
/// Cond(t, k) = ∫₀¹ ∂F/∂h_t^k · dh_t^k/dα dα on the straight way x(α) = x′ + α (x − x′), where h is the layer's *output*
/// as the layer above or the head reads it: ∂F/∂h_t holds the layer's other outputs fixed, its own later steps included.
/// All that F knows of x goes through these outputs, so the sum over all steps and units is F(x) − F(x′). A layer's
/// recurrent way, which would count the same evidence again at each step that it is carried through, is inside h.
///
/// The way is cut at n + 1 equal places: Σ ½ (g_j + g_{j+1}) (h_{j+1} − h_j) with n and with n/2 pieces gives, by
/// Richardson's step (4 S_n − S_{n/2}) / 3, an error that falls with n⁴. `gap` measures it.
pub struct ConductanceJob<R: 'static> {
    problem: Problem<R>,
    layer: usize,
    pieces: usize,
    score: f64,
    baseline_score: f64,
    stage: Stage<R>,
    /// Places done.
    next: usize,
    /// Outputs and gradients, [T, D·H] each, at the last place and at the last even one.
    last: Option<Place>,
    last_even: Option<Place>,
    fine: Array2<f64>,
    coarse: Array2<f64>,
}

type Place = Rc<(Array2<f64>, Array2<f64>)>;

enum Stage<R: 'static> {
    Between,
    Forward(Forward<R>),
    Backward(Rc<Forward<R>>, Backward<R>, usize),
}

impl<R: Scalar> ConductanceJob<R> {
    /// Of a layer, with n `pieces` (an even number from 2) of the way; the target is any score read above the layer.
    pub fn new(problem: Problem<R>, layer: usize, pieces: usize) -> Result<ConductanceJob<R>> {
        let (score, baseline_score) = problem.scores()?;
        let network = &problem.pair.input.network;
        let Some(spec) = network.layers.get(layer) else {
            return Err(Error::request("layer", format!("between 1 and {}", network.layers.len()), layer + 1));
        };
        if problem.target.readout == Readout::Hidden && network.place(problem.target.d).0 < layer {
            return Err(Error::request("layer", "that of the hidden unit or one below it: nothing of it goes through a layer above", layer + 1));
        }
        if pieces < 2 || pieces % 2 == 1 {
            return Err(Error::request("pieces", "an even number from 2", pieces));
        }
        let shape = (problem.pair.input.steps(), spec.directions.len() * spec.hidden);
        let (fine, coarse) = (Array2::zeros(shape), Array2::zeros(shape));
        Ok(ConductanceJob { problem, layer, pieces, score, baseline_score, stage: Stage::Between, next: 0, last: None, last_even: None, fine, coarse })
    }

    /// Places in all.
    pub fn total(&self) -> usize {
        self.pieces + 1
    }

    /// Places done.
    pub fn done(&self) -> usize {
        self.next
    }

    /// Does one step of a layer for a batch of places; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::Between => {
                let rows = self.problem.next_rows(self.pieces + 1 - self.next);
                if rows == 0 {
                    return false;
                }
                let changes = (self.next..self.next + rows).map(|j| Change::Blend(j as f64 / self.pieces as f64)).collect();
                let pair = self.problem.pair.clone();
                Stage::Forward(Forward::new(pair.input.network.clone(), Inputs::Variants(pair, changes), self.problem.steps()))
            }
            Stage::Forward(mut forward) => {
                if forward.advance() {
                    Stage::Forward(forward)
                } else {
                    let forward = Rc::new(forward);
                    let rows = forward.records.rows;
                    let backward = Backward::new(forward.clone(), &self.problem.target, vec![Share { group: 0, weight: 0.0 }; rows], 1);
                    // Only what stands above the layer's outputs is differentiated.
                    let above: usize = forward.network.layers.iter().skip(self.layer + 1).map(|layer| layer.directions.len()).sum();
                    Stage::Backward(forward, backward, above * self.problem.steps())
                }
            }
            Stage::Backward(forward, backward, 0) => {
                self.collect(&forward, &backward);
                Stage::Between
            }
            Stage::Backward(forward, mut backward, left) => {
                backward.advance();
                Stage::Backward(forward, backward, left - 1)
            }
        };
        true
    }

    fn collect(&mut self, forward: &Forward<R>, backward: &Backward<R>) {
        let (records, rows) = (&forward.records, forward.records.rows);
        let hidden = forward.network.layers[self.layer].hidden;
        let first = forward.network.index(self.layer, 0);
        for b in 0..rows {
            // Steps after the target's have neither been run nor a gradient.
            let of = |value: &dyn Fn(usize, usize, usize) -> R| {
                Array2::from_shape_fn(self.fine.dim(), |(t, n)| if t < records.steps { value(first + n / hidden, t, n % hidden).to_f64() } else { 0.0 })
            };
            let h = of(&|d, t, k| records.hidden_state(d, t, b)[k]);
            let g = of(&|d, t, k| backward.by_output(d)[(t * rows + b) * hidden + k]);
            let place = Rc::new((h, g));
            if let Some(last) = &self.last {
                trapezium(&mut self.fine, last, &place);
            }
            if self.next % 2 == 0 {
                if let Some(last) = &self.last_even {
                    trapezium(&mut self.coarse, last, &place);
                }
                self.last_even = Some(place.clone());
            }
            self.last = Some(place);
            self.next += 1;
        }
    }

    /// The answer; the work must be done.
    pub fn finish(mut self) -> Conductance {
        while self.advance() {}
        let scores = (&self.fine * 4.0 - &self.coarse) / 3.0;
        let gap = self.score - self.baseline_score - scores.sum();
        Conductance { gap, scores, score: self.score, baseline_score: self.baseline_score, evaluations: self.next }
    }
}

/// sum += ½ (g + g′) ⊙ (h′ − h).
fn trapezium(sum: &mut Array2<f64>, from: &Place, to: &Place) {
    let ((h, g), (h_to, g_to)) = (from.as_ref(), to.as_ref());
    *sum += &((g + g_to) * 0.5 * (h_to - h));
}
