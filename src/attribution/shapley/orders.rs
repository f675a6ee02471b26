//! Shapley values over sampled orders: players come in one by one, and each is paid what the score changes by.
//!
//! Orders are drawn in pairs, one the reverse of the other (antithetic), which cancels much of the noise; means and
//! standard errors are over pairs. The shares of one order add up to F(x) − F(x') exactly, and so do their means.

use super::Game;
use crate::attribution::{Attribution, Job, Span};
use crate::cell::Scalar;
use crate::math::{Moments, Random};

/// Pairs of orders whose coalitions are asked for together.
const PAIRS_AT_ONCE: usize = 2;
/// Fewer pairs than this say nothing about an error.
const FEWEST_PAIRS: usize = 4;

/// Sampling under way; with blocks, orders keep the players of a block together (Owen values).
pub(super) struct OrdersJob<R: 'static> {
    pub(super) game: Game<R>,
    /// Groups of players that come together; empty = everyone for himself.
    pub(super) blocks: Vec<Vec<usize>>,
    /// Scores of whole blocks, to be told beside their members': (from, to) of each block.
    pub(super) spans: Vec<(usize, usize)>,
    random: Random,
    seed: u64,
    tolerance: f64,
    budget: usize,
    /// Orders whose coalitions are being evaluated.
    under_way: Vec<Vec<usize>>,
    shares: Moments,
    block_shares: Moments,
    finished: bool,
}

impl<R: Scalar> OrdersJob<R> {
    /// `tolerance` is the largest standard error that is good enough, as a share of the score difference; 0 = none is.
    pub(super) fn new(game: Game<R>, blocks: Vec<Vec<usize>>, spans: Vec<(usize, usize)>, seed: u64, tolerance: f64, budget: usize) -> OrdersJob<R> {
        let (count, groups) = (game.players.count(), blocks.len());
        OrdersJob { game, blocks, spans, random: Random::new(seed), seed, tolerance, budget, under_way: Vec::new(), shares: Moments::new(count), block_shares: Moments::new(groups), finished: count == 0 }
    }

    fn order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.game.players.count()).collect();
        if self.blocks.is_empty() {
            self.random.shuffle(&mut order);
            return order;
        }
        let mut blocks = self.blocks.clone();
        self.random.shuffle(&mut blocks);
        blocks.iter_mut().for_each(|block| self.random.shuffle(block));
        blocks.concat()
    }

    /// Asks for the coalitions of the next orders.
    fn begin(&mut self) {
        for _ in 0..PAIRS_AT_ONCE {
            let order = self.order();
            let reverse = order.iter().rev().copied().collect();
            self.under_way.extend([order, reverse]);
        }
        let mut present = vec![false; self.game.players.count()];
        for order in &self.under_way {
            present.fill(false);
            for player in order {
                present[*player] = true;
                self.game.want(&present);
            }
        }
    }

    /// What each player adds in this order, [M].
    fn paid(&self, order: &[usize]) -> Vec<f64> {
        let mut shares = vec![0.0; order.len()];
        let mut present = vec![false; order.len()];
        let mut before = self.game.baseline_score;
        for player in order {
            present[*player] = true;
            let after = self.game.value(&present).unwrap_or(before);
            shares[*player] = after - before;
            before = after;
        }
        shares
    }

    fn collect(&mut self) {
        for pair in std::mem::take(&mut self.under_way).chunks(2) {
            let paid: Vec<Vec<f64>> = pair.iter().map(|order| self.paid(order)).collect();
            let mean: Vec<f64> = (0..self.game.players.count()).map(|k| paid.iter().map(|shares| shares[k]).sum::<f64>() / paid.len() as f64).collect();
            self.block_shares.add(self.blocks.iter().map(|block| block.iter().map(|k| mean[*k]).sum()));
            self.shares.add(mean);
        }
    }

    fn largest_error(&self) -> f64 {
        self.shares.means().map(|(_, error)| error).fold(0.0, f64::max)
    }

    fn good_enough(&self) -> bool {
        let largest = self.shares.means().map(|(mean, _)| mean.abs()).fold(0.0, f64::max);
        let scale = (self.game.score - self.game.baseline_score).abs().max(largest);
        self.shares.samples() >= FEWEST_PAIRS && self.largest_error() <= self.tolerance * scale
    }
}

impl<R: Scalar> Job for OrdersJob<R> {
    fn total(&self) -> usize {
        self.budget * 100
    }

    fn done(&self) -> usize {
        (self.shares.samples() * 200 * self.game.players.count().max(1)).min(self.total())
    }

    fn advance(&mut self) -> bool {
        if self.finished {
            return false;
        }
        if !self.under_way.is_empty() {
            if self.game.pending() > 0 && self.game.advance() {
                return true;
            }
            self.collect();
        }
        // Coalitions that were met before cost nothing but count: where few players have few, sampling still ends.
        let spent = self.shares.samples() * 2 * self.game.players.count();
        self.finished = self.good_enough() || spent >= self.budget;
        if !self.finished {
            self.begin();
        }
        !self.finished
    }

    fn answer(&self) -> Attribution {
        let game = &self.game;
        let (values, errors): (Vec<f64>, Vec<f64>) = self.shares.means().map(|(mean, error)| (mean, if error.is_finite() { error } else { 0.0 })).unzip();
        let known = self.shares.samples() >= 2;
        let mut answer = game.players.answer(&values, known.then_some(errors.as_slice()), game.score, game.baseline_score, game.evaluated);
        let block = |((from, to), (score, error)): (&(usize, usize), (f64, f64))| Span { from: *from, to: *to, score, error: if error.is_finite() { error } else { 0.0 }, level: 0 };
        answer.spans.extend(self.spans.iter().zip(self.block_shares.means()).map(block));
        answer.converged = game.players.count() == 0 || self.good_enough() || (self.finished && self.tolerance == 0.0);
        answer.note = format!("{} orders in antithetic pairs, seed {}; the largest standard error is {:.2e}", 2 * self.shares.samples(), self.seed, self.largest_error());
        answer
    }
}
