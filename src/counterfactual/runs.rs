//! What the network says of many edited inputs: in batches that share the steps before the first edit.

use super::{Edit, Space};
use crate::math::descending;
use crate::network::{Forward, Inputs, Trace};
use ndarray::s;
use std::rc::Rc;

/// Inputs of one batch, and what their records may take.
const MOST_ROWS: usize = 64;
const MOST_BYTES: usize = 32 << 20;

/// Runs under way.
pub struct Runs {
    trace: Rc<Trace<f32>>,
    space: Rc<dyn Space>,
    variants: Vec<Vec<Edit>>,
    /// Steps that are read, and the step whose output counts.
    reach: usize,
    step: usize,
    /// The order in which the variants are run: alike prefixes together.
    order: Vec<usize>,
    /// How many of them are done, and the logits of those.
    done: usize,
    running: Option<(Forward<f32>, usize)>,
    logits: Vec<Option<Vec<f32>>>,
}

impl Runs {
    /// One run for each set of edits of the traced input, over its first `reach` steps.
    pub fn new(
        trace: Rc<Trace<f32>>,
        space: Rc<dyn Space>,
        variants: Vec<Vec<Edit>>,
        reach: usize,
        step: usize,
    ) -> Runs {
        let first = |edits: &Vec<Edit>| edits.iter().map(Edit::step).min().unwrap_or(0);
        let order = descending(&variants.iter().map(|edits| first(edits) as f64).collect::<Vec<f64>>());
        let logits = vec![None; variants.len()];
        Runs { trace, space, variants, reach, step, order, done: 0, running: None, logits }
    }

    /// Runs done and in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.variants.len())
    }

    /// Does one step of a layer for a batch; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        if let Some((forward, rows)) = &mut self.running {
            if forward.advance() {
                return true;
            }
            let network = &self.trace.network;
            let top = network.index(network.layers.len() - 1, 0);
            for row in 0..*rows {
                let logits = network.head.logits(&forward.records, top, self.step, row);
                self.logits[self.order[self.done + row]] = Some(logits);
            }
            self.done += *rows;
            self.running = None;
        }
        let Some(waiting) = self.order.get(self.done..).filter(|waiting| !waiting.is_empty()) else { return false };
        let from = |k: usize| self.variants[k].iter().map(Edit::step).min().unwrap_or(0).min(self.reach - 1);
        let room = |k: usize| {
            let step = self.trace.network.numbers_per_step() * size_of::<f32>();
            let bytes = (self.reach - from(k)).saturating_mul(step);
            (MOST_BYTES / bytes.max(1)).clamp(1, MOST_ROWS)
        };
        let mut rows = 1;
        while rows < waiting.len() && rows < room(waiting[rows]) {
            rows += 1;
        }
        let batch = &waiting[..rows];
        let start = batch.iter().map(|k| from(*k)).min().unwrap_or(0);
        let input = |k: &usize| self.space.edited(&self.variants[*k]).slice(s![start..self.reach, ..]).to_owned();
        let inputs = Inputs::Many(self.trace.clone(), start, batch.iter().map(input).collect());
        self.running = Some((Forward::new(self.trace.network.clone(), inputs, self.reach), rows));
        true
    }

    /// What is known so far, in the order of the variants: logits [C] each.
    pub fn logits(&self) -> &[Option<Vec<f32>>] {
        &self.logits
    }

    /// The sets of edits.
    pub fn variants(&self) -> &[Vec<Edit>] {
        &self.variants
    }
}
