//! The forward pass over B variants at once, one step a call, recording every state and gate.
//!
//! An input that does not change, as most baselines, brings a network to rest: from the step on at which input and
//! states repeat those of the step before bit for bit, the record is copied instead of computed.

use super::{Inputs, Network, Records};
use crate::cell::Scalar;
use crate::math::Real;
use std::ops::Range;
use std::rc::Rc;

/// Rows of an input projection that are computed in one product.
const BLOCK_ROWS: usize = 16;

/// A pass under way; when [`Forward::advance`] says so, `records` is complete.
pub struct Forward<R: 'static> {
    /// What runs.
    pub network: Rc<Network<R>>,
    /// What it reads.
    pub inputs: Inputs<R>,
    /// What it recorded.
    pub records: Rc<Records<R>>,
    /// Layer, direction and how many of its steps are done.
    at: (usize, usize, usize),
    /// Projections [block, B, G·H] of the steps `block_steps`.
    block: Vec<R>,
    block_steps: Range<usize>,
    scratch: Vec<R>,
    /// For a plain input: the projections of the first layer, [direction][T, G·H], to be shared with its variants.
    pub(super) projections: Vec<Vec<R>>,
}

impl<R: Scalar> Forward<R> {
    /// A pass over the first `steps` steps of the inputs.
    ///
    /// Variants of a traced input start at the first step at which any of them differs (shared prefix): forward
    /// layers after it, and the backward direction of a single bidirectional layer before the last such step.
    pub fn new(network: Rc<Network<R>>, inputs: Inputs<R>, steps: usize) -> Forward<R> {
        let rows = inputs.rows();
        let span = inputs.span(steps);
        let stacked = network.layers.len() > 1;
        let computed = network
            .layers
            .iter()
            .flat_map(|layer| (0..layer.directions.len()).map(|direction| (layer.directions.len(), direction)));
        let whole = matches!(inputs, Inputs::Plain(_)) || (network.bidirectional() && stacked);
        let computed: Vec<Range<usize>> = computed
            .map(|(_, direction)| match (whole, direction) {
                (true, _) => 0..steps,
                (false, 0) => span.start.min(steps)..steps,
                (false, _) => 0..span.end.min(steps),
            })
            .collect();
        let base = match &inputs {
            Inputs::Plain(_) => None,
            Inputs::Variants(pair, _) => Some(pair.input.records()),
            Inputs::Many(trace, ..) => Some(trace.records()),
        };
        let records = Records::new(&network.layers, rows, steps, computed, base);
        let plain = matches!(inputs, Inputs::Plain(_));
        let first = &network.layers[0];
        let projections =
            if plain { vec![vec![R::ZERO; steps * first.gates()]; first.directions.len()] } else { Vec::new() };
        Forward {
            network,
            inputs,
            records: Rc::new(records),
            at: (0, 0, 0),
            block: Vec::new(),
            block_steps: 0..0,
            scratch: Vec::new(),
            projections,
        }
    }

    /// Steps of all layers and directions.
    pub fn total(&self) -> usize {
        self.records.computed.iter().map(Range::len).sum()
    }

    /// Does one step of one direction of one layer for all rows; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        let (layer, direction, done) = self.at;
        let Some(spec) = self.network.layers.get(layer) else { return false };
        let d = self.network.index(layer, direction);
        let range = self.records.computed[d].clone();
        if done == range.len() {
            self.at = if direction + 1 < spec.directions.len() { (layer, direction + 1, 0) } else { (layer + 1, 0, 0) };
            self.block_steps = 0..0;
            return self.advance();
        }
        let t = if direction == 0 { range.start + done } else { range.end - 1 - done };
        if done < 2 || !self.rests(layer, direction, d, t) {
            self.project(layer, direction, t, &range);
            self.step(layer, direction, d, t);
        }
        self.at.2 += 1;
        true
    }

    /// Copies the record of the step before if t reads the same as that one did, from the same state.
    fn rests(&mut self, layer: usize, direction: usize, d: usize, t: usize) -> bool {
        let Inputs::Plain(x) = &self.inputs else { return false };
        let (before, earlier) = if direction == 0 { (t - 1, t - 2) } else { (t + 1, t + 2) };
        let reads = |t: usize, below: usize| match layer {
            0 => x.row(t).to_slice().unwrap_or_default(),
            _ => self.records.hidden_state(below, t, 0),
        };
        let below = match layer.checked_sub(1) {
            Some(below) => self.network.index(below, 0)..self.network.index(layer, 0),
            None => 0..1,
        };
        let record = |t: usize| self.records.row(d, t, 0);
        if !same(record(before), record(earlier))
            || !below.into_iter().all(|below| same(reads(t, below), reads(before, below)))
        {
            return false;
        }
        if let Some(shared) = self.projections.get_mut(direction).filter(|_| layer == 0) {
            let gates = self.network.layers[0].gates();
            shared.copy_within(before * gates..(before + 1) * gates, t * gates);
        }
        let Some(records) = Rc::get_mut(&mut self.records) else { return false };
        let (width, first) = (records.width[d], records.computed[d].start);
        records.data[d].copy_within((before - first) * width..(before + 1 - first) * width, (t - first) * width);
        true
    }

    /// Fills `block` with W_x x + b_x for the step t and for its neighbours.
    fn project(&mut self, layer: usize, direction: usize, t: usize, range: &Range<usize>) {
        if self.block_steps.contains(&t) {
            return;
        }
        let network = &self.network;
        let spec = &network.layers[layer];
        let (rows, gates) = (self.records.rows, spec.gates());
        let length = (BLOCK_ROWS / rows).max(1);
        self.block_steps = if direction == 0 {
            t..(t + length).min(range.end)
        } else {
            (t + 1).saturating_sub(length).max(range.start)..t + 1
        };
        let steps = self.block_steps.clone();
        if layer == 0 {
            self.block.resize(steps.len() * rows * gates, R::ZERO);
            self.inputs.write_projections(network, direction, steps.clone(), &mut self.scratch, &mut self.block);
            if let Some(shared) = self.projections.get_mut(direction) {
                shared[steps.start * gates..steps.end * gates].copy_from_slice(&self.block);
            }
            return;
        }
        let weights = &spec.directions[direction];
        self.block.clear();
        for _ in 0..steps.len() * rows {
            self.block.extend_from_slice(&weights.bias);
        }
        for (part, matrix) in weights.input.iter().enumerate() {
            let below = network.index(layer - 1, part);
            let (width, state) = (self.records.width[below], self.records.width[below] - self.records.hidden[below]);
            let first = self.records.computed[below].start;
            let states = &self.records.data[below][(steps.start - first) * rows * width + state..];
            matrix.add_product(states, width, &mut self.block, gates, steps.len() * rows);
        }
    }

    /// One step of the cell.
    fn step(&mut self, layer: usize, direction: usize, d: usize, t: usize) {
        let spec = &self.network.layers[layer];
        let rows = self.records.rows;
        let (size, gates) = (rows * spec.width(), rows * spec.gates());
        let projection = &self.block[(t - self.block_steps.start) * gates..][..gates];
        let weights = &spec.directions[direction].recurrent;
        // The pass owns its records until it is finished.
        let Some(records) = Rc::get_mut(&mut self.records) else { return };
        let range = &records.computed[d];
        let index = t - range.start;
        let data = &mut records.data[d];
        let inside = if direction == 0 { index > 0 } else { t + 1 < range.end };
        if inside && direction == 0 {
            let (before, after) = data.split_at_mut(index * size);
            spec.step.step(weights, projection, &before[(index - 1) * size..], &mut after[..size], &mut self.scratch);
        } else if inside {
            let (after, before) = data.split_at_mut((index + 1) * size);
            spec.step.step(weights, projection, &before[..size], &mut after[index * size..], &mut self.scratch);
        } else {
            // What is cut off after the last step is not read backwards.
            let before_at = if direction == 0 { t.checked_sub(1) } else { Some(t + 1).filter(|t| *t < records.steps) };
            let before = initial(records.base.as_deref(), d, before_at, rows, spec.width());
            spec.step.step(weights, projection, &before, &mut data[index * size..][..size], &mut self.scratch);
        }
    }
}

/// The same bits.
fn same<R: Real>(a: &[R], b: &[R]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_f64().to_bits() == b.to_f64().to_bits())
}

/// The record before the first computed step, [B, R·H]: of the shared prefix, or zeros.
pub(super) fn initial<R: Scalar>(
    base: Option<&Records<R>>,
    d: usize,
    t: Option<usize>,
    rows: usize,
    width: usize,
) -> Vec<R> {
    let row = t.zip(base).filter(|(t, base)| *t < base.steps).and_then(|(t, base)| base.step(d, t));
    match row {
        Some(row) => row.repeat(rows),
        None => vec![R::ZERO; rows * width],
    }
}
