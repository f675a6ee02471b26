//! Shapley values (Shapley 1953; Strumbelj & Kononenko 2014; Lundberg & Lee 2017): what each player adds, averaged over
//! all orders in which the players could have come.
//!
//! φ_i = Σ_{S ⊆ N∖i} |S|! (M − |S| − 1)! / M! · (v(S ∪ i) − v(S)), where v(S) is the score of the input with every
//! player outside of S replaced by the baseline. Players are steps, windows of steps, features or cells; those that
//! equal the baseline add nothing and do not play.

mod blocks;
mod exact;
mod game;
mod guided;
mod kernel;
mod orders;
mod owen;
mod permutation;
mod players;
mod pruning;
mod subsets;
mod timeshap;
mod windows;

pub use exact::EXACT;
pub(super) use game::Game;
pub use guided::GUIDED;
pub use kernel::KERNEL;
pub(super) use kernel::MOST;
pub use owen::OWEN;
pub use permutation::PERMUTATION;
pub(super) use players::{FEW_PLAYERS, Most, PLAYERS, Players};
pub use pruning::Pruning;
pub use timeshap::{CELLS, EVENTS, FEATURES};

use super::{Param, ParamKind};

pub(super) const SEED: Param = Param {
    id: "seed",
    label: "Seed",
    help: "Of the random numbers: the same seed gives the same bars.",
    kind: ParamKind::Number { low: 0.0, high: 1e9, step: 1.0, log: false, default: 1.0 },
};
