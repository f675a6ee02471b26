//! Methods that carry the score back, or a phrase forward, operation by operation: a rule for every operation of
//! `cell::Graph` is a method for every cell.
//!
//! Shared here: the values of all operations, recorded or computed anew a few steps at a time, and what the states get
//! from the read-out. `walk` goes back over steps, directions and layers; `phrases` goes forward.

mod agglomerative;
mod contextual_decomposition;
mod deeplift;
mod lrp;
mod phrases;
mod walk;

pub use agglomerative::AGGLOMERATIVE;
pub use contextual_decomposition::CONTEXTUAL_DECOMPOSITION;
pub use deeplift::DEEPLIFT;
pub use lrp::LRP;

use super::Subject;
use crate::cell::{Recorded, Scalar};
use crate::network::{Network, Pair, Readout, Target, Trace};
use std::ops::Range;

/// Steps whose values are computed together: one unit of work.
const BLOCK: usize = 8;

/// Refuses attention; and what is not linear in the outputs, if the method needs that.
fn refuses(subject: &Subject, linear: bool) -> Option<String> {
    if subject.attention {
        return Some("The attention block multiplies inputs by weights that depend on them, for which the method has no rule: choose integrated gradients.".into());
    }
    (linear && !subject.linear()).then(|| {
        "The method takes apart a sum, and a probability is none: explain the logit or a difference of two logits."
            .into()
    })
}

/// Values of a few steps of one direction of one layer.
#[derive(Default)]
struct Values<R> {
    /// W_x x + b_x, [B, G·H].
    projections: Vec<R>,
    /// Of all operations, [B, N·H].
    nodes: Vec<R>,
    scratch: Vec<R>,
    /// h of the layer below, [B, H].
    below: Vec<R>,
}

impl<R: Scalar> Values<R> {
    /// Those of `steps`: what a trace recorded, and what it left out; sums of the gates asked for.
    fn compute(
        &mut self,
        trace: &Trace<R>,
        (layer, direction): (usize, usize),
        steps: Range<usize>,
        asked: &Range<usize>,
    ) {
        let (network, records) = (&trace.network, trace.records());
        let (spec, d) = (&network.layers[layer], network.index(layer, direction));
        let weights = &spec.directions[direction];
        self.projections.clear();
        // What is recorded needs no sums.
        if !asked.is_empty() {
            self.project(trace, (layer, direction), steps.clone(), asked);
        }
        let known: Vec<Recorded<R>> = (steps.clone())
            .map(|t| Recorded {
                before: before(direction, t, records.steps).map_or(&[], |t| records.row(d, t, 0)),
                now: records.row(d, t, 0),
            })
            .collect();
        let graph = spec.cell.graph();
        self.nodes.resize(steps.len() * graph.nodes.len() * spec.hidden, R::ZERO);
        graph.evaluate(&weights.recurrent, &self.projections, &known, asked, &mut self.nodes, &mut self.scratch);
    }

    /// W_x x + b_x of the gates asked for.
    fn project(
        &mut self,
        trace: &Trace<R>,
        (layer, direction): (usize, usize),
        steps: Range<usize>,
        asked: &Range<usize>,
    ) {
        if layer == 0 {
            return steps.for_each(|t| self.projections.extend_from_slice(trace.projection_at(direction, t)));
        }
        let (network, records) = (&trace.network, trace.records());
        let spec = &network.layers[layer];
        let weights = &spec.directions[direction];
        steps.clone().for_each(|_| self.projections.extend_from_slice(&weights.bias));
        let outputs = asked.start * spec.hidden..asked.end * spec.hidden;
        for (part, matrix) in weights.input.iter().enumerate() {
            let below = network.index(layer - 1, part);
            self.below.clear();
            steps.clone().for_each(|t| self.below.extend_from_slice(records.hidden_state(below, t, 0)));
            let (size, gates) = (matrix.inputs(), spec.gates());
            matrix.add_product_to(outputs.clone(), &self.below, size, &mut self.projections, gates, steps.len());
        }
    }
}

/// By how much two passes differ in a few steps of one direction of one layer.
#[derive(Default)]
struct Differences<R> {
    /// W_x Δx, [B, G·H].
    projections: Vec<R>,
    /// Of all operations, [B, N·H].
    nodes: Vec<R>,
    scratch: Vec<R>,
    /// Δh of the layer below, [B, H].
    below: Vec<R>,
}

impl<R: Scalar> Differences<R> {
    /// Those of `steps`, of which the values of both passes are known.
    fn compute(
        &mut self,
        pair: &Pair<R>,
        (layer, direction): (usize, usize),
        steps: Range<usize>,
        values: &[Values<R>; 2],
    ) {
        let network = &pair.input.network;
        let (spec, gates) = (&network.layers[layer], network.layers[layer].gates());
        let weights = &spec.directions[direction];
        self.projections.clear();
        if layer == 0 {
            let [of, from] = [&pair.input, &pair.baseline];
            for t in steps.clone() {
                let rows = of.projection_at(direction, t).iter().zip(from.projection_at(direction, t));
                self.projections.extend(rows.map(|(x, from)| *x - *from));
            }
        } else {
            self.projections.resize(steps.len() * gates, R::ZERO);
            let [of, from] = [pair.input.records(), pair.baseline.records()];
            for (part, matrix) in weights.input.iter().enumerate() {
                let below = network.index(layer - 1, part);
                self.below.clear();
                for t in steps.clone() {
                    let rows = of.hidden_state(below, t, 0).iter().zip(from.hidden_state(below, t, 0));
                    self.below.extend(rows.map(|(h, from)| *h - *from));
                }
                matrix.add_product(&self.below, matrix.inputs(), &mut self.projections, gates, steps.len());
            }
        }
        let [of, from] = values.each_ref().map(|values| &values.nodes[..]);
        self.nodes.resize(of.len(), R::ZERO);
        let graph = spec.cell.graph();
        graph.differences(&weights.recurrent, &self.projections, [of, from], &mut self.nodes, &mut self.scratch);
    }
}

/// The step that a direction reads before t.
fn before(direction: usize, t: usize, steps: usize) -> Option<usize> {
    if direction == 0 { t.checked_sub(1) } else { Some(t + 1).filter(|t| *t < steps) }
}

/// The layer at which a walk begins: that of a hidden unit, or the last.
fn first_layer<R: Scalar>(network: &Network<R>, target: &Target) -> usize {
    let last = network.layers.len() - 1;
    if target.readout != Readout::Hidden {
        return last;
    }
    (0..=last).rev().find(|layer| network.index(*layer, 0) <= target.d).unwrap_or(0)
}

/// What the hidden states of every d get from the read-out: [T, H].
struct Given<R> {
    multiplier: Vec<Vec<R>>,
    extra: Vec<Vec<R>>,
}

impl<R: Scalar> Given<R> {
    /// One for a hidden unit; else Wᵀ of the multipliers of the logits [C].
    fn new(trace: &Trace<R>, target: &Target, steps: usize, logits: &[R]) -> Given<R> {
        let network = &trace.network;
        let sizes = network.layers.iter().flat_map(|layer| vec![layer.hidden; layer.directions.len()]);
        let multiplier: Vec<Vec<R>> = sizes.map(|hidden| vec![R::ZERO; steps * hidden]).collect();
        let mut given = Given { extra: multiplier.clone(), multiplier };
        let hidden = network.layers[first_layer(network, target)].hidden;
        if target.readout == Readout::Hidden {
            given.multiplier[target.d][target.step * hidden + target.unit] = R::ONE;
        } else {
            let top = network.index(network.layers.len() - 1, 0);
            network.head.vjp(&trace.records(), top, target.step, 0, logits, |direction, t, k, m| {
                given.multiplier[top + direction][t * hidden + k] += m
            });
        }
        given
    }
}
