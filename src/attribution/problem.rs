//! What is asked: an input, what it is compared with, and the score to be explained.

use super::Subject;
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Change, Network, Pair, Readout, Scoring, Target};
use ndarray::Array2;
use std::rc::Rc;

/// See the module.
pub struct Problem<R: 'static> {
    /// The input and what it is compared with, traced.
    pub pair: Rc<Pair<R>>,
    /// The score.
    pub target: Target,
    /// Per input: raw units per standardised unit, [I]; empty if inputs have no units.
    pub raw_scale: Vec<f64>,
    /// Other inputs, [T, I] each, for methods that compare with several; may be empty.
    pub background: Rc<Vec<Array2<R>>>,
    /// [T] the tokens of a text; empty for a series.
    pub labels: Rc<Vec<String>>,
    /// The slope at the input has been shown already.
    pub slope_seen: bool,
}

impl<R> Clone for Problem<R> {
    fn clone(&self) -> Problem<R> {
        Problem {
            pair: self.pair.clone(),
            target: self.target,
            raw_scale: self.raw_scale.clone(),
            background: self.background.clone(),
            labels: self.labels.clone(),
            slope_seen: self.slope_seen,
        }
    }
}

impl<R: Scalar> Problem<R> {
    /// An input against one baseline; inputs without units or labels, no other inputs.
    pub fn new(pair: Rc<Pair<R>>, target: Target) -> Problem<R> {
        Problem {
            pair,
            target,
            raw_scale: Vec::new(),
            background: Rc::default(),
            labels: Rc::default(),
            slope_seen: false,
        }
    }

    /// What there is to know before any number is.
    pub fn subject(&self) -> Subject {
        Subject::new(&self.pair.input.network, self.pair.input.steps(), Some(self.target))
    }

    /// F(x) and F(x').
    pub fn scores(&self) -> Result<(f64, f64)> {
        Ok((self.pair.input.score(&self.target)?, self.pair.baseline.score(&self.target)?))
    }

    /// Steps that can matter: up to the target's, if nothing reads backwards.
    pub fn steps(&self) -> usize {
        reach(&self.pair.input.network, &self.target, self.pair.input.steps())
    }

    /// Rows of the next batch of `waiting` variants that go forward and back, where `done` have been: even batches, in
    /// fours, as the kernel takes them.
    pub fn next_rows(&self, waiting: usize, done: usize) -> usize {
        even(waiting, self.batch_rows().min(self.soon(2, done)))
    }

    /// Begins to score the next of `waiting` variants, those that the first changes ask for; none if there are none.
    pub fn score_next(&self, waiting: usize, done: usize, change: impl FnMut(usize) -> Change) -> Option<Scoring<R>> {
        let network = &self.pair.input.network;
        let most = Scoring::most_rows(network, &self.target).unwrap_or_else(|| self.batch_rows());
        let rows = even(waiting, most.min(self.soon(1, done)));
        (rows > 0).then(|| Scoring::new(self.pair.clone(), (0..rows).map(change).collect(), self.target, self.steps()))
    }

    /// Would a batch of so many rows keep a first answer waiting?
    pub fn is_long(&self, rows: usize) -> bool {
        rows > self.soon(1, 0)
    }

    /// Rows after which there is something to see, of so many passes each: the first batch takes a fraction of a second,
    /// each later one as many rows as have been before it.
    fn soon(&self, passes: usize, done: usize) -> usize {
        const FIRST_PRODUCTS: usize = 100 << 20;
        let row = self.steps().saturating_mul(passes * self.pair.input.network.products_per_step());
        (FIRST_PRODUCTS / row.max(1)).max(1).max(done)
    }

    /// Most rows of a batch: enough to fill the kernel, few enough to fit `BATCH_BYTES`.
    pub fn batch_rows(&self) -> usize {
        const BATCH_BYTES: usize = 64 << 20;
        const MOST_ROWS: usize = 32;
        let step = self.pair.input.network.numbers_per_step() * size_of::<R>();
        let row = self.pair.input.steps().saturating_mul(step);
        (BATCH_BYTES / row.max(1)).clamp(1, MOST_ROWS)
    }
}

/// Of so many steps those that can matter to a target: up to its own, if nothing reads backwards.
pub fn reach<R: Scalar>(network: &Network<R>, target: &Target, steps: usize) -> usize {
    let hidden = target.readout == Readout::Hidden;
    if !network.bidirectional() && (network.every_step() || hidden) { target.step + 1 } else { steps }
}

/// The next of `waiting` rows, at most so many at a time: even batches, in fours, as the kernel takes them.
fn even(waiting: usize, most: usize) -> usize {
    let batches = waiting.div_ceil(most).max(1);
    waiting.div_ceil(batches).next_multiple_of(4).min(waiting).min(most)
}
