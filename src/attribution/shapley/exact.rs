//! Exact Shapley values: all 2^M coalitions.

use super::blocks::Blocks;
use super::orders::{Effort, OrdersJob};
use super::{FEW_PLAYERS, Game, Most, Players};
use crate::Result;
use crate::attribution::subject::nowhere;
use crate::attribution::{Against, Job, Kind, Method, Problem, Settings};
use crate::cell::Scalar;

/// More players than this take too long to enumerate.
const MOST: Most = Most(14, "choose windows, or fewer and longer ones, or estimate by sampled orders");

/// The method.
pub const EXACT: Method = Method {
    id: "shapley-exact",
    label: "Shapley values, exact",
    family: "Shapley values",
    question: "What does each part add to the score, averaged over all orders in which the parts could be put in?",
    formula: "φ_i = Σ_{S ⊆ N∖i} |S|! (M − |S| − 1)! / M! · (v(S ∪ i) − v(S)); Σ φ = F(x) − F(x′) (Shapley 1953)",
    caveat: "Exact for the game that is played: parts taken out become the baseline's, and such mixtures may look like nothing the network was trained on. A window's value is shared equally by its steps.",
    cost: "2^M forward passes for M players, at most 14 players",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &FEW_PLAYERS,
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings, &MOST)?;
    let blocks = Blocks::alone(players.count());
    // A few orders first: they need no coalition that is not needed anyway.
    Ok(Box::new(OrdersJob::new(
        Game::new(problem, players)?,
        blocks,
        Vec::new(),
        Effort { seed: 1, tolerance: 0.0, budget: usize::MAX },
    )))
}
