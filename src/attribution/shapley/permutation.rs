//! Shapley values estimated over sampled orders (Castro et al. 2009), in antithetic pairs.

use super::blocks::Blocks;
use super::orders::{BUDGET, Effort, OrdersJob, TOLERANCE};
use super::{Game, Most, PLAYERS, Players, SEED};
use crate::Result;
use crate::attribution::subject::nowhere;
use crate::attribution::{Against, Job, Kind, Method, Problem, Settings};
use crate::cell::Scalar;

/// The method.
pub const PERMUTATION: Method = Method {
    id: "shapley-permutation",
    label: "Shapley values, sampled orders",
    family: "Shapley values",
    question: "What does each part add to the score, averaged over many orders in which the parts could be put in?",
    formula: "φ_i = mean over orders of v(before i ∪ i) − v(before i), each order with its reverse; Σ φ = F(x) − F(x′) in every order (Castro et al. 2009; Mitchell et al. 2022)",
    caveat: "An estimate: the whiskers are one standard error. Parts taken out become the baseline's, and such mixtures may look like nothing the network was trained on. A window's value is shared equally by its steps.",
    cost: "one forward pass a coalition, until the tolerance or the budget is reached",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &[PLAYERS[0], PLAYERS[1], PLAYERS[2], TOLERANCE, BUDGET, SEED],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings, &Most(usize::MAX, ""))?;
    let blocks = Blocks::alone(players.count());
    Ok(Box::new(OrdersJob::new(Game::new(problem, players)?, blocks, Vec::new(), Effort::new(settings))))
}
