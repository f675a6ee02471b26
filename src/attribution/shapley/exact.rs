//! Exact Shapley values: all 2^M coalitions.

use super::{Game, PLAYERS, Players};
use crate::attribution::subject::nowhere;
use crate::attribution::{Against, Attribution, Job, Method, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;

/// More players than this take too long to enumerate.
const MOST_PLAYERS: usize = 14;

/// The method.
pub const EXACT: Method = Method {
    id: "shapley-exact",
    label: "Shapley values, exact",
    family: "Shapley values",
    question: "What does each part add to the score, averaged over all orders in which the parts could be put in?",
    formula: "φ_i = Σ_{S ⊆ N∖i} |S|! (M − |S| − 1)! / M! · (v(S ∪ i) − v(S)); Σ φ = F(x) − F(x′) (Shapley 1953)",
    caveat: "Exact for the game that is played: parts taken out become the baseline's, and such mixtures may look like nothing the network was trained on.",
    cost: "2^M forward passes for M players, at most 14 players",
    signed: true,
    completes: true,
    against: Against::Baseline,
    params: &PLAYERS,
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings)?;
    players.at_most(MOST_PLAYERS, "choose windows, or fewer and longer ones, or estimate by permutations")?;
    let mut game = Game::new(problem, players)?;
    let coalitions = 1usize << game.players.count();
    (0..coalitions).for_each(|bits| game.want(&members(bits, game.players.count())));
    let waiting = game.pending();
    Ok(Box::new(ExactJob { game, waiting }))
}

/// The coalition whose members are the set bits.
pub(super) fn members(bits: usize, count: usize) -> Vec<bool> {
    (0..count).map(|player| bits >> player & 1 == 1).collect()
}

struct ExactJob<R: 'static> {
    game: Game<R>,
    /// Coalitions to evaluate in all.
    waiting: usize,
}

/// φ [M] from v of all coalitions, [2^M] by their bits.
pub(super) fn shapley(count: usize, value: &[f64]) -> Vec<f64> {
    // |S|! (M − |S| − 1)! / M! = 1 / (M · C(M − 1, |S|))
    let mut binomial = 1.0;
    let weights: Vec<f64> = (0..count)
        .map(|size| {
            let weight = 1.0 / (count as f64 * binomial);
            binomial = binomial * (count - 1 - size) as f64 / (size + 1) as f64;
            weight
        })
        .collect();
    let share = |player: usize| {
        let without = (0..value.len()).filter(|bits| bits >> player & 1 == 0);
        without.map(|bits| weights[bits.count_ones() as usize] * (value[bits | 1 << player] - value[bits])).sum()
    };
    (0..count).map(share).collect()
}

impl<R: Scalar> Job for ExactJob<R> {
    fn total(&self) -> usize {
        self.waiting * 100
    }

    fn done(&self) -> usize {
        self.game.evaluated * 100 + (self.game.running() * 100.0) as usize
    }

    fn advance(&mut self) -> bool {
        self.game.advance()
    }

    fn answer(&self) -> Attribution {
        let (game, count) = (&self.game, self.game.players.count());
        let finished = game.pending() == 0;
        // Before all coalitions are known nothing is.
        let values = if finished { shapley(count, &(0..1usize << count).map(|bits| game.value(&members(bits, count)).unwrap_or(0.0)).collect::<Vec<f64>>()) } else { vec![0.0; count] };
        let mut answer = game.players.answer(&values, None, game.score, game.baseline_score, game.evaluated);
        answer.converged = finished;
        answer.note = if finished { format!("all {} coalitions of {count} players", 1u64 << count) } else { format!("{} of {} coalitions", game.evaluated, self.waiting) };
        answer
    }
}
