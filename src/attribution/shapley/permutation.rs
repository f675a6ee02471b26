//! Shapley values estimated over sampled orders (Castro et al. 2009), in antithetic pairs.

use super::orders::OrdersJob;
use super::{Game, PLAYERS, Players, SEED};
use crate::attribution::subject::nowhere;
use crate::attribution::{Against, Job, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;

pub(super) const TOLERANCE: Param = Param {
    id: "tolerance",
    label: "Tolerance",
    help: "Orders are added until the largest standard error of a bar is below this share of the score difference; 0 spends the whole budget.",
    kind: ParamKind::Number { low: 0.0, high: 0.5, step: 0.0, log: true, default: 0.02 },
};
pub(super) const BUDGET: Param = Param {
    id: "budget",
    label: "At most",
    help: "Coalitions after which it stops even if the tolerance was not reached.",
    kind: ParamKind::Number { low: 1.0, high: 1_000_000.0, step: 1.0, log: true, default: 4000.0 },
};

/// The method.
pub const PERMUTATION: Method = Method {
    id: "shapley-permutation",
    label: "Shapley values, sampled orders",
    family: "Shapley values",
    question: "What does each part add to the score, averaged over many orders in which the parts could be put in?",
    formula: "φ_i = mean over orders of v(before i ∪ i) − v(before i), each order with its reverse; Σ φ = F(x) − F(x′) in every order (Castro et al. 2009; Mitchell et al. 2022)",
    caveat: "An estimate: the whiskers are one standard error. Parts taken out become the baseline's, and such mixtures may look like nothing the network was trained on.",
    cost: "one forward pass a coalition, until the tolerance or the budget is reached",
    signed: true,
    completes: true,
    against: Against::Baseline,
    params: &[PLAYERS[0], PLAYERS[1], TOLERANCE, BUDGET, SEED],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings)?;
    let game = Game::new(problem, players)?;
    Ok(Box::new(OrdersJob::new(game, Vec::new(), Vec::new(), settings.number("seed") as u64, settings.number("tolerance"), settings.number("budget") as usize)))
}
