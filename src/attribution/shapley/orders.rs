//! Shapley values over orders: players come in one by one, and each is paid what the score changes by.
//!
//! Orders are drawn in pairs, one the reverse of the other (antithetic), which cancels much of the noise; means and
//! standard errors are over pairs. The shares of one order add up to F(x) − F(x') exactly, and so do their means. Where
//! the budget has room for every coalition that the exact values need, they are all evaluated in the end.

use super::blocks::Blocks;
use super::{Game, Param, ParamKind};
use crate::attribution::{Attribution, Job, Settings, Span};
use crate::cell::Scalar;
use crate::math::{Moments, Random};
use std::ops::Range;

pub(super) const TOLERANCE: Param = Param {
    id: "tolerance",
    label: "Tolerance",
    help: "Orders are added until the largest standard error of a bar is below this share of the score difference, or of the largest bar where that is more; 0 spends the whole budget.",
    kind: ParamKind::Number { low: 0.0, high: 0.5, step: 0.0, log: true, default: 0.02 },
};
pub(super) const BUDGET: Param = Param {
    id: "budget",
    label: "At most",
    help: "Coalitions after which it stops even if the tolerance was not reached. If all there are fit, the answer can be exact.",
    kind: ParamKind::Number { low: 1.0, high: 1_000_000.0, step: 1.0, log: true, default: 4096.0 },
};

/// Coalitions that are asked for together, after the first pair.
const AT_ONCE: usize = 64;
/// Fewer pairs than this say nothing about an error.
const FEWEST_PAIRS: usize = 4;

/// How long to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Of the random numbers.
    pub seed: u64,
    /// The largest standard error that is good enough, as a share of the score difference; 0 = none is.
    pub tolerance: f64,
    /// Coalitions.
    pub budget: usize,
}

impl Effort {
    /// By the controls above and the seed's.
    pub(super) fn new(settings: &Settings) -> Effort {
        Effort {
            seed: settings.number("seed") as u64,
            tolerance: settings.number("tolerance"),
            budget: settings.number("budget") as usize,
        }
    }
}

/// The work under way.
pub(super) struct OrdersJob<R: 'static> {
    game: Game<R>,
    blocks: Blocks,
    /// The first blocks as spans of steps, to be told beside their members.
    spans: Vec<Range<usize>>,
    effort: Effort,
    random: Random,
    /// Orders whose coalitions are being evaluated.
    under_way: Vec<Vec<usize>>,
    shares: Moments,
    block_shares: Moments,
    /// Coalitions that the exact values need, if the budget has room for them.
    all: Option<usize>,
    /// They have been asked for.
    asked: bool,
    /// φ, once it is exact.
    exact: Option<Vec<f64>>,
    finished: bool,
}

impl<R: Scalar> OrdersJob<R> {
    /// Over orders that keep `blocks` together.
    pub(super) fn new(game: Game<R>, blocks: Blocks, spans: Vec<Range<usize>>, effort: Effort) -> OrdersJob<R> {
        let (count, groups) = (game.players.count(), blocks.iter().count());
        let all = blocks.coalitions().filter(|all| *all <= effort.budget);
        let exact = (count == 0).then(Vec::new);
        OrdersJob {
            blocks,
            spans,
            effort,
            random: Random::new(effort.seed),
            under_way: Vec::new(),
            shares: Moments::new(count),
            block_shares: Moments::new(groups),
            all,
            asked: false,
            exact,
            finished: count == 0,
            game,
        }
    }

    /// Asks for the coalitions of the next orders: at first of one pair.
    fn begin(&mut self) {
        let count = self.game.players.count();
        let pairs = if self.shares.samples() == 0 { 1 } else { (AT_ONCE / (2 * count)).max(1) };
        for _ in 0..pairs {
            let order = self.blocks.order(&mut self.random);
            let reverse = order.iter().rev().copied().collect();
            self.under_way.extend([order, reverse]);
        }
        let mut present = vec![false; count];
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
            let mean: Vec<f64> = (0..self.game.players.count())
                .map(|k| paid.iter().map(|shares| shares[k]).sum::<f64>() / paid.len() as f64)
                .collect();
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
        self.effort.tolerance > 0.0
            && self.shares.samples() >= FEWEST_PAIRS
            && self.largest_error() <= self.effort.tolerance * scale
    }

    /// Coalitions of the orders so far. Those that were met before cost nothing but count: where few players have few,
    /// sampling still ends.
    fn spent(&self) -> usize {
        self.shares.samples() * 2 * self.game.players.count()
    }
}

impl<R: Scalar> Job for OrdersJob<R> {
    fn total(&self) -> usize {
        self.all.unwrap_or(self.effort.budget).saturating_mul(100)
    }

    fn done(&self) -> usize {
        let spent = if self.all.is_some() { self.game.evaluated } else { self.spent() };
        (spent * 100 + (self.game.running() * 100.0) as usize).min(self.total())
    }

    fn advance(&mut self) -> bool {
        if self.finished {
            return false;
        }
        if self.game.pending() > 0 && self.game.advance() {
            return true;
        }
        if self.asked {
            let game = &self.game;
            self.exact = Some(self.blocks.values(|coalition| game.value(coalition).unwrap_or(f64::NAN)));
            self.finished = true;
            return false;
        }
        self.collect();
        self.finished = self.good_enough();
        if let (false, Some(all)) = (self.finished, self.all) {
            // Nothing less will do, or as much would be spent on orders.
            let rest = self.effort.tolerance == 0.0 && self.shares.samples() >= FEWEST_PAIRS;
            if rest || self.spent() >= all {
                self.asked = true;
                let game = &mut self.game;
                self.blocks.visit(&mut |coalition| game.want(coalition));
                return true;
            }
        }
        self.finished |= self.spent() >= self.effort.budget;
        if !self.finished {
            self.begin();
        }
        !self.finished
    }

    fn answer(&self) -> Attribution {
        let game = &self.game;
        let known = |error: f64| if error.is_finite() { error } else { 0.0 };
        let (values, errors): (Vec<f64>, Vec<f64>) = match &self.exact {
            Some(values) => (values.clone(), vec![0.0; values.len()]),
            None => match self.under_way.first().filter(|_| self.shares.samples() == 0) {
                // Who has come in so far is paid; the gap says what is still missing.
                Some(order) => (self.paid(order), vec![0.0; order.len()]),
                None => self.shares.means().map(|(mean, error)| (mean, known(error))).unzip(),
            },
        };
        let whiskers = self.exact.is_none() && self.shares.samples() >= 2;
        let mut answer = game.players.answer(
            &values,
            whiskers.then_some(errors.as_slice()),
            game.score,
            game.baseline_score,
            game.evaluated,
        );
        for ((block, span), (_, error)) in self.blocks.iter().zip(&self.spans).zip(self.block_shares.means()) {
            let error = if self.exact.is_some() { 0.0 } else { known(error) };
            answer.spans.push(Span {
                from: span.start,
                to: span.end,
                score: block.iter().map(|k| values[*k]).sum(),
                error,
                level: 0,
            });
        }
        answer.converged =
            self.exact.is_some() || self.good_enough() || (self.finished && self.effort.tolerance == 0.0);
        let note = match (&self.exact, self.asked) {
            (Some(values), _) if values.is_empty() => "no part differs from the baseline".to_string(),
            (Some(_), _) => {
                format!("exact: all {} coalitions of {} players", self.all.unwrap_or(0), game.players.count())
            }
            (None, true) => format!(
                "{} of {} coalitions; until then estimated from {} orders",
                game.evaluated,
                self.all.unwrap_or(0),
                2 * self.shares.samples()
            ),
            (None, false) if self.shares.samples() == 0 => "the first order is under way".to_string(),
            (None, false) => format!(
                "{} orders in antithetic pairs, seed {}; the largest standard error is {:.2e}",
                2 * self.shares.samples(),
                self.effort.seed,
                self.largest_error()
            ),
        };
        answer.note = game.players.told(note);
        answer
    }
}
