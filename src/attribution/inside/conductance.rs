//! Conductance (Dhamdhere, Sundararajan & Yan 2018): how much of F(x) − F(x′) goes through each unit of a layer.

use super::super::Problem;
use super::super::memory::quantity;
use crate::cell::Scalar;
use crate::network::{Backward, Change, Forward, Inputs, Readout, Share};
use crate::{Error, Result};
use ndarray::{Array2, Axis};
use std::rc::Rc;

/// What of a layer the score goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// h_t as the layer above or the head reads it: ∂F/∂h_t holds the layer's other outputs fixed, its own later steps
    /// included. All that F knows of x goes through these outputs once, so the sum over all steps and units is
    /// F(x) − F(x′).
    Output,
    /// (h_t, c_t) with every way on from there, the layer's own later steps included: what is in the memory at each
    /// step. The same evidence is met again at every step that carries it: add units, not steps. In a network of one
    /// layer that is read at its end, the sum over the units at step t is what integrated gradients give to the steps
    /// read up to t.
    Memory,
}

/// The finished answer for one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Conductance {
    /// Of every unit at every step, forward units first, [T, D·H].
    pub scores: Array2<f64>,
    /// F(x).
    pub score: f64,
    /// F(x′).
    pub baseline_score: f64,
    /// F(x) − F(x′) − Σ scores, what the pieces of the way missed; none where a sum over steps has no meaning.
    pub gap: Option<f64>,
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
/// Cond(t, k) = ∫₀¹ ∂F/∂h_t^k · dh_t^k/dα dα on the straight way x(α) = x′ + α (x − x′); [`Through`] says which ∂F/∂h.
///
/// The way is cut into n equal pieces: Σ ½ (g_j + g_{j+1}) (h_{j+1} − h_j) with n and with n/2 pieces gives, by
/// Richardson's step (4 S_n − S_{n/2}) / 3, an error that falls with n⁴.
pub struct ConductanceJob<R: 'static> {
    problem: Problem<R>,
    layer: usize,
    through: Through,
    pieces: usize,
    score: f64,
    baseline_score: f64,
    stage: Stage<R>,
    /// Places done.
    next: usize,
    /// States and gradients, [T, D·S] each (S = H, or 2·H of a memory with h and c), at the last place and at the last even one.
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
    /// Of what goes `through` a layer, with n `pieces` (an even number from 2) of the way; the target is any score read above the layer.
    pub fn new(problem: Problem<R>, layer: usize, through: Through, pieces: usize) -> Result<ConductanceJob<R>> {
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
        let states = if through == Through::Memory { 2 } else { 1 };
        let shape = (problem.pair.input.steps(), spec.directions.len() * states * spec.hidden);
        let (fine, coarse) = (Array2::zeros(shape), Array2::zeros(shape));
        Ok(ConductanceJob { problem, layer, through, pieces, score, baseline_score, stage: Stage::Between, next: 0, last: None, last_even: None, fine, coarse })
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
                    let (backward, lowest) = match self.through {
                        Through::Output => (backward, self.layer + 1),
                        Through::Memory => (backward.keeping(self.layer), self.layer),
                    };
                    // What lies below is not differentiated.
                    let directions: usize = forward.network.layers.iter().skip(lowest).map(|layer| layer.directions.len()).sum();
                    Stage::Backward(forward, backward, directions * self.problem.steps())
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
        for b in 0..forward.records.rows {
            let place = Rc::new(self.place(forward, backward, b));
            if let Some(last) = &self.last {
                trapezium(&mut self.fine, last, &place);
            }
            if self.next.is_multiple_of(2) {
                if let Some(last) = &self.last_even {
                    trapezium(&mut self.coarse, last, &place);
                }
                self.last_even = Some(place.clone());
            }
            self.last = Some(place);
            self.next += 1;
        }
    }

    /// States and gradients of one row.
    fn place(&self, forward: &Forward<R>, backward: &Backward<R>, b: usize) -> (Array2<f64>, Array2<f64>) {
        let (records, rows) = (&forward.records, forward.records.rows);
        let spec = &forward.network.layers[self.layer];
        let (hidden, first) = (spec.hidden, forward.network.index(self.layer, 0));
        let cell = quantity(spec, "cell_state").map(|cell| cell * hidden);
        let size = self.fine.ncols() / spec.directions.len();
        // Steps after the target's have neither been run nor a gradient.
        let of = |value: &dyn Fn(usize, usize, usize) -> R| {
            Array2::from_shape_fn(self.fine.dim(), |(t, n)| if t < records.steps { value(n / size, t, n % size).to_f64() } else { 0.0 })
        };
        let state = |direction: usize, t: usize, k: usize| match (k.checked_sub(hidden), cell) {
            (None, _) => records.hidden_state(first + direction, t, b)[k],
            (Some(k), Some(cell)) => records.row(first + direction, t, b)[cell + k],
            (Some(_), None) => R::ZERO,
        };
        let gradient = |direction: usize, t: usize, k: usize| match self.through {
            Through::Output => backward.by_output(first + direction)[(t * rows + b) * hidden + k],
            Through::Memory => backward.by_state(direction)[(t * rows + b) * 2 * hidden + k],
        };
        (of(&state), of(&gradient))
    }

    /// The answer; the work must be done.
    pub fn finish(mut self) -> Conductance {
        while self.advance() {}
        let both = (&self.fine * 4.0 - &self.coarse) / 3.0;
        // h and c of a unit are one memory.
        let hidden = self.problem.pair.input.network.layers[self.layer].hidden;
        let states = if self.through == Through::Memory { 2 } else { 1 };
        let of = |(t, n): (usize, usize)| (0..states).map(|part| both[(t, (n / hidden * states + part) * hidden + n % hidden)]).sum();
        let scores: Array2<f64> = Array2::from_shape_fn((both.nrows(), both.ncols() / states), of);
        let gap = (self.through == Through::Output).then(|| self.score - self.baseline_score - scores.sum());
        Conductance { gap, scores, score: self.score, baseline_score: self.baseline_score, evaluations: self.next }
    }
}

/// sum += ½ (g + g′) ⊙ (h′ − h).
fn trapezium(sum: &mut Array2<f64>, from: &Place, to: &Place) {
    let ((h, g), (h_to, g_to)) = (from.as_ref(), to.as_ref());
    *sum += &((g + g_to) * 0.5 * (h_to - h));
}
