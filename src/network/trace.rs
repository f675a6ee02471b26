//! One input, run and recorded: the pass that pictures are made of and that variants share.

use super::{Attention, Forward, Inputs, Network, Records, Target};
use crate::Result;
use crate::cell::Scalar;
use crate::import::ReadFrom;
use ndarray::Array2;
use std::rc::Rc;

/// Steps of an every-step head that are done in one unit of work.
const HEAD_STEPS: usize = 8;

/// A finished forward pass of one input.
pub struct Trace<R: 'static> {
    /// What ran.
    pub network: Rc<Network<R>>,
    /// [T, I].
    pub x: Array2<R>,
    /// α [T, I] of the attention block, if there is one.
    pub attention: Option<Array2<R>>,
    /// [T, C] of an every-step head, else [1, C].
    pub logits: Array2<R>,
    records: Rc<Records<R>>,
    projections: Vec<Vec<R>>,
}

impl<R: Scalar> Trace<R> {
    /// T.
    pub fn steps(&self) -> usize {
        self.x.nrows()
    }

    /// Every quantity of every cell.
    pub fn records(&self) -> Rc<Records<R>> {
        self.records.clone()
    }

    /// Every quantity of one d at one step, [R·H].
    pub(super) fn record(&self, d: usize, t: usize) -> &[R] {
        self.records.row(d, t, 0)
    }

    /// x_t, [I].
    pub fn input_at(&self, t: usize) -> &[R] {
        let features = self.x.ncols();
        &self.x.as_slice().unwrap_or_default()[t * features..(t + 1) * features]
    }

    /// W_x x_t + b_x of the first layer, [G·H].
    pub fn projection_at(&self, direction: usize, t: usize) -> &[R] {
        let gates = self.network.layers[0].gates();
        &self.projections[direction][t * gates..(t + 1) * gates]
    }

    /// The logits that count at a step: those of the step, or the only ones.
    pub fn logits_at(&self, step: usize) -> &[R] {
        let classes = self.logits.ncols();
        let row = step.min(self.logits.nrows() - 1);
        &self.logits.as_slice().unwrap_or_default()[row * classes..(row + 1) * classes]
    }

    /// The score of a target.
    pub fn score(&self, target: &Target) -> Result<f64> {
        let hidden: Vec<usize> =
            self.network.layers.iter().flat_map(|layer| vec![layer.hidden; layer.directions.len()]).collect();
        target.check(self.network.classes(), self.steps(), &hidden)?;
        Ok(score_row(&self.network, &self.records, target, 0).0)
    }

    /// Values of one recorded quantity of one d, [T, H].
    pub fn quantity(&self, d: usize, quantity: usize) -> Array2<f32> {
        let hidden = self.records.hidden[d];
        Array2::from_shape_fn((self.steps(), hidden), |(t, k)| {
            self.records.row(d, t, 0)[quantity * hidden + k].to_f64() as f32
        })
    }
}

/// Score and gradient by the logits of one row; a hidden unit has no logits.
pub(super) fn score_row<R: Scalar>(
    network: &Network<R>,
    records: &Records<R>,
    target: &Target,
    b: usize,
) -> (f64, Vec<R>) {
    if target.readout == super::Readout::Hidden {
        return (records.hidden_state(target.d, target.step, b)[target.unit].to_f64(), Vec::new());
    }
    let top = network.index(network.layers.len() - 1, 0);
    target.score(&network.head.logits(records, top, target.step, b))
}

/// A trace in the making.
pub struct TraceJob<R: 'static> {
    forward: Forward<R>,
    logits: Vec<R>,
    head_steps: usize,
}

impl<R: Scalar> TraceJob<R> {
    /// Of the input x [T, I], T ≥ 1.
    pub fn new(network: Rc<Network<R>>, x: Array2<R>) -> TraceJob<R> {
        let steps = x.nrows();
        let head_steps = if network.head.on() == ReadFrom::EveryStep { steps } else { 1 };
        TraceJob { forward: Forward::new(network, Inputs::Plain(x), steps), logits: Vec::new(), head_steps }
    }

    /// Units of work in all.
    pub fn total(&self) -> usize {
        self.forward.total() + self.head_steps.div_ceil(HEAD_STEPS)
    }

    /// Does one unit; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        if self.forward.advance() {
            return true;
        }
        let network = &self.forward.network;
        let done = self.logits.len() / network.classes();
        let top = network.index(network.layers.len() - 1, 0);
        for step in done..(done + HEAD_STEPS).min(self.head_steps) {
            self.logits.extend(network.head.logits(&self.forward.records, top, step, 0));
        }
        done < self.head_steps
    }

    /// The trace; the work must be done.
    pub fn finish(mut self) -> Trace<R> {
        while self.advance() {}
        let Forward { network, inputs, records, projections, .. } = self.forward;
        let x = match inputs {
            Inputs::Plain(x) => x,
            Inputs::Variants(pair, _) => pair.input.x.clone(),
            Inputs::Many(trace, ..) => trace.x.clone(),
        };
        let weights = |attention: &Attention<R>| {
            let mut alpha = Array2::from_elem(x.dim(), R::ZERO);
            if let (Some(x), Some(alpha)) = (x.as_slice(), alpha.as_slice_mut()) {
                attention.weights(x, alpha);
            }
            alpha
        };
        let attention = network.attention.as_ref().map(weights);
        let classes = network.classes();
        let logits = Array2::from_shape_fn((self.head_steps, classes), |(t, c)| self.logits[t * classes + c]);
        Trace { network, x, attention, logits, records, projections }
    }
}
