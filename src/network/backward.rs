//! The backward pass, to the inputs only: weight gradients are never formed.
//!
//! The gradients of many variants are averaged where they are smallest to keep: at the first layer's projections,
//! before the single product with W_xᵀ.

use super::forward::initial;
use super::kept::Kept;
use super::trace::score_row;
use super::{Forward, Inputs, Network, Readout, Records, Target};
use crate::cell::Scalar;
use crate::math::{Matrix, add_scaled, dot, drop_negligible, some};
use ndarray::Array2;
use std::ops::Range;
use std::rc::Rc;

/// Rows that are brought from projections to what is below in one product.
const BLOCK_ROWS: usize = 16;

/// Which sum the gradient of a row joins, and with what weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Which of the sums.
    pub group: usize,
    /// Its factor there.
    pub weight: f64,
}

impl Share {
    /// Each of B rows in a sum of its own.
    pub fn apart(rows: usize) -> Vec<Share> {
        (0..rows).map(|group| Share { group, weight: 1.0 }).collect()
    }
}

/// A pass under way over the records of a finished forward pass.
pub struct Backward<R: 'static> {
    pub(super) network: Rc<Network<R>>,
    pub(super) forward: Rc<Forward<R>>,
    shares: Vec<Share>,
    /// Steps that the first layer computed in any direction: elsewhere the gradient is not asked for.
    span: Range<usize>,
    /// Scores of the rows.
    pub scores: Vec<f64>,
    /// ⟨∇F, x − x'⟩ of the rows: the slope of the score along the way from baseline to input.
    pub slopes: Vec<f64>,
    /// ∂F/∂h from above, for each d: [computed steps, B, H].
    pub(super) d_hidden: Vec<Vec<R>>,
    /// What is kept of the way, if it was asked for.
    pub(super) kept: Option<Kept<R>>,
    /// ∂F/∂(h, c), [B, 2·H].
    d_state: Vec<R>,
    /// ∂F/∂projection of a block of steps, [block, B, G·H].
    d_projection: Vec<R>,
    scratch: Vec<R>,
    /// With attention: ∂F/∂(α ⊙ x), [span, B, I].
    d_attended: Vec<R>,
    /// For each group and direction: Σ weight ∂F/∂projection, [span, G·H].
    sums: Vec<Vec<Vec<R>>>,
    /// For each group: Σ weight ∂F/∂x, [T, I].
    gradients: Vec<Array2<R>>,
    /// Layer (from the top), direction, steps done.
    at: (usize, usize, usize),
    finished: usize,
}

impl<R: Scalar> Backward<R> {
    /// The score of `target` for every row; `shares` says where each row's gradient goes, in `groups` sums.
    pub fn new(forward: Rc<Forward<R>>, target: &Target, shares: Vec<Share>, groups: usize) -> Backward<R> {
        let network = forward.network.clone();
        let records = &forward.records;
        let (rows, steps) = (records.rows, records.steps);
        let mut d_hidden: Vec<Vec<R>> = records
            .hidden
            .iter()
            .zip(&records.computed)
            .map(|(hidden, range)| vec![R::ZERO; range.len() * rows * hidden])
            .collect();
        // Where nothing was computed, the state does not depend on what is asked about.
        let mut add = |d: usize, t: usize, b: usize, k: usize, gradient: R| {
            if records.computed[d].contains(&t) {
                d_hidden[d][((t - records.computed[d].start) * rows + b) * records.hidden[d] + k] += gradient;
            }
        };
        let top = network.index(network.layers.len() - 1, 0);
        let mut scores = Vec::with_capacity(rows);
        for b in 0..rows {
            let (score, d_logits) = score_row(&network, records, target, b);
            scores.push(score);
            if target.readout == Readout::Hidden {
                add(target.d, target.step, b, target.unit, R::ONE);
            } else {
                network.head.vjp(records, top, target.step, b, &d_logits, |direction, t, k, d| {
                    add(top + direction, t, b, k, d)
                });
            }
        }
        let first = &network.layers[0];
        let attended = network.attention.is_some();
        let computed = records.computed[..first.directions.len()].iter().cloned();
        let span = computed.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..steps);
        let sums = if attended {
            Vec::new()
        } else {
            vec![vec![vec![R::ZERO; span.len() * first.gates()]; first.directions.len()]; groups]
        };
        let gradients = vec![Array2::from_elem((steps, network.features()), R::ZERO); groups];
        let d_attended = if attended { vec![R::ZERO; span.len() * rows * network.features()] } else { Vec::new() };
        let at = (network.layers.len(), 0, 0);
        Backward {
            network,
            shares,
            finished: span.start,
            span,
            scores,
            slopes: vec![0.0; rows],
            d_hidden,
            kept: None,
            d_state: Vec::new(),
            d_projection: Vec::new(),
            scratch: Vec::new(),
            d_attended,
            sums,
            gradients,
            at,
            forward,
        }
    }

    /// Units of work in all.
    pub fn total(&self) -> usize {
        self.forward.total() + self.span.len().div_ceil(self.finish_steps())
    }

    /// Steps that are brought from the groups' sums to the inputs in one unit of work.
    fn finish_steps(&self) -> usize {
        (BLOCK_ROWS / self.gradients.len().max(1)).max(1)
    }

    /// Does one unit; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        let (above, direction, done) = self.at;
        let Some(layer) = above.checked_sub(1) else { return self.finish_some() };
        let spec = &self.network.layers[layer];
        let (rows, range) =
            (self.forward.records.rows, &self.forward.records.computed[self.network.index(layer, direction)]);
        if done == range.len() {
            self.at = if direction + 1 < spec.directions.len() { (above, direction + 1, 0) } else { (layer, 0, 0) };
            return self.advance();
        }
        // Several steps of few rows meet W_xᵀ together.
        let length = (BLOCK_ROWS / rows).max(1);
        if done == 0 {
            self.d_state = vec![R::ZERO; rows * 2 * spec.hidden];
            self.d_projection = vec![R::ZERO; length * rows * spec.gates()];
        }
        // Backwards in the order in which the direction was run; t counts from the first computed step.
        let t = if direction == 0 { range.len() - 1 - done } else { done };
        let block = t - t % length..(t - t % length + length).min(range.len());
        let (t, start, last) =
            (t + range.start, range.start, if direction == 0 { t == block.start } else { t + 1 == block.end });
        let block = block.start + start..block.end + start;
        self.step(layer, direction, t, block.start);
        if last {
            self.project(layer, direction, block);
        }
        self.at.2 += 1;
        true
    }

    /// One step of the cell; its ∂F/∂projection goes to its place in the block that begins at `first`.
    fn step(&mut self, layer: usize, direction: usize, t: usize, first: usize) {
        let network = self.network.clone();
        let spec = &network.layers[layer];
        let records: &Records<R> = &self.forward.records;
        let (rows, hidden, gates, d) = (records.rows, spec.hidden, spec.gates(), network.index(layer, direction));
        let above = &self.d_hidden[d][(t - records.computed[d].start) * rows * hidden..][..rows * hidden];
        for (d_state, above) in self.d_state.chunks_exact_mut(2 * hidden).zip(above.chunks_exact(hidden)) {
            add_scaled(&mut d_state[..hidden], R::ONE, above);
        }
        let d_projection = &mut self.d_projection[(t - first) * rows * gates..][..rows * gates];
        // Of nothing comes nothing: what is remembered no longer costs no more.
        if !drop_negligible(&mut self.d_state) {
            d_projection.fill(R::ZERO);
            return;
        }
        let before_at = if direction == 0 { t.checked_sub(1) } else { Some(t + 1).filter(|t| *t < records.steps) };
        let start;
        let before = match before_at.and_then(|t| records.step(d, t)) {
            Some(before) => before,
            None => {
                start =
                    initial(records.base.as_deref().filter(|_| before_at.is_some()), d, before_at, rows, spec.width());
                &start
            }
        };
        let Some(after) = records.step(d, t) else { return };
        let weights = &spec.directions[direction];
        let mut kept = self.kept.as_mut().filter(|kept| kept.layer == layer);
        if let Some(kept) = &mut kept {
            kept.state[direction][t * rows * 2 * hidden..][..rows * 2 * hidden].copy_from_slice(&self.d_state);
        }
        spec.step.step_vjp(&weights.recurrent, before, after, &mut self.d_state, d_projection, &mut self.scratch);
        if let Some(kept) = &mut kept {
            kept.gates[direction][t * rows * gates..][..rows * gates].copy_from_slice(d_projection);
        }
    }

    /// From the projections of a block of steps to the layer below, the attended inputs or the groups' sums.
    fn project(&mut self, layer: usize, direction: usize, block: Range<usize>) {
        let network = self.network.clone();
        let (records, weights, gates) =
            (&self.forward.records, &network.layers[layer].directions[direction], network.layers[layer].gates());
        let rows = block.len() * records.rows;
        if !some(&self.d_projection[..rows * gates]) {
            return;
        }
        if layer > 0 {
            for (part, matrix) in weights.input.iter().map(Matrix::transposed).enumerate() {
                let below = network.index(layer - 1, part);
                let size = records.hidden[below];
                // A layer below computed whatever this one did.
                let d_below =
                    &mut self.d_hidden[below][(block.start - records.computed[below].start) * records.rows * size..];
                matrix.add_product(&self.d_projection, gates, d_below, size, rows);
            }
        } else if network.attention.is_some() {
            let features = network.features();
            let d_attended = &mut self.d_attended[(block.start - self.span.start) * records.rows * features..];
            weights.input[0].transposed().add_product(&self.d_projection, gates, d_attended, features, rows);
        } else {
            let first = block.start;
            block.for_each(|t| self.collect(direction, t, first));
        }
    }

    /// Adds the rows' ∂F/∂projection to their sums and to their slopes.
    fn collect(&mut self, direction: usize, t: usize, first: usize) {
        let (gates, rows, at) = (self.network.layers[0].gates(), self.forward.records.rows, t - self.span.start);
        let difference: Option<Vec<R>> = match &self.forward.inputs {
            Inputs::Plain(_) | Inputs::Many(..) => None,
            Inputs::Variants(pair, _) => {
                let (p, q) = (pair.input.projection_at(direction, t), pair.baseline.projection_at(direction, t));
                Some(p.iter().zip(q).map(|(p, q)| *p - *q).collect())
            }
        };
        let d_projection = &self.d_projection[(t - first) * rows * gates..][..rows * gates];
        for (b, (d, share)) in d_projection.chunks_exact(gates).zip(&self.shares).enumerate() {
            if let Some(difference) = &difference {
                self.slopes[b] += dot(d, difference).to_f64();
            }
            if share.weight != 0.0 {
                add_scaled(
                    &mut self.sums[share.group][direction][at * gates..(at + 1) * gates],
                    R::from_f64(share.weight),
                    d,
                );
            }
        }
    }

    /// From projections (or attended inputs) to inputs, a few steps at a time.
    fn finish_some(&mut self) -> bool {
        let steps = self.finished..(self.finished + self.finish_steps()).min(self.span.end);
        if steps.is_empty() {
            return false;
        }
        self.finished = steps.end;
        let network = self.network.clone();
        let features = network.features();
        if let Some(attention) = &network.attention {
            let rows = self.forward.records.rows;
            let mut x = vec![R::ZERO; rows * features];
            for t in steps {
                self.forward.inputs.write(t, &mut x);
                let d = &mut self.d_attended[(t - self.span.start) * rows * features..][..rows * features];
                attention.vjp(&x, d);
                for (b, (d, share)) in d.chunks_exact(features).zip(&self.shares).enumerate() {
                    if let Inputs::Variants(pair, _) = &self.forward.inputs {
                        let (x, y) = (pair.input.input_at(t), pair.baseline.input_at(t));
                        self.slopes[b] +=
                            d.iter().zip(x).zip(y).map(|((d, x), y)| (*d * (*x - *y)).to_f64()).sum::<f64>();
                    }
                    let mut row = self.gradients[share.group].row_mut(t);
                    row.iter_mut().zip(d).for_each(|(sum, d)| *sum += R::from_f64(share.weight) * *d);
                }
            }
            return true;
        }
        let gates = network.layers[0].gates();
        for (sums, gradient) in self.sums.iter().zip(&mut self.gradients) {
            let Some(gradient) = gradient.as_slice_mut() else { continue };
            for (direction, sum) in sums.iter().enumerate() {
                let from = (steps.start - self.span.start) * gates;
                if !some(&sum[from..from + steps.len() * gates]) {
                    continue;
                }
                let matrix = network.layers[0].directions[direction].input[0].transposed();
                matrix.add_product(&sum[from..], gates, &mut gradient[steps.start * features..], features, steps.len());
            }
        }
        true
    }

    /// The sums of gradients by the inputs, [T, I] a group; the work must be done.
    pub fn finish(mut self) -> (Vec<Array2<R>>, Vec<f64>, Vec<f64>) {
        while self.advance() {}
        (self.gradients, self.scores, self.slopes)
    }
}

impl<R: Scalar> Forward<R> {
    /// The score of a target for every row of a finished pass.
    pub fn scores(&self, target: &Target) -> Vec<f64> {
        (0..self.records.rows).map(|b| score_row(&self.network, &self.records, target, b).0).collect()
    }

    /// The finished pass of a trace, ready for a backward pass without running again.
    pub fn of(trace: &super::Trace<R>) -> Forward<R> {
        let mut forward = Forward::new(trace.network.clone(), Inputs::Plain(trace.x.clone()), 0);
        forward.records = trace.records();
        forward
    }
}
