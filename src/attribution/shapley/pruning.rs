//! TimeSHAP's pruning (Bento et al. 2021): how far back does what came before still matter, all of it together?

use super::{Game, Players};
use crate::Result;
use crate::attribution::Problem;
use crate::cell::Scalar;

/// Cuts whose coalitions are asked for together.
const AT_ONCE: usize = 16;

/// The search, from the latest cut backwards.
pub struct Pruning<R: 'static> {
    game: Game<R>,
    tolerance: f64,
    /// Of the steps that differ from the baseline: how many the cut in question prunes.
    cut: usize,
    /// (steps before the cut, φ_old), latest cut first.
    curve: Vec<(usize, f64)>,
}

impl<R: Scalar> Pruning<R> {
    /// Looks for the latest cut before which everything together matters no more than `tolerance`; 0 = nothing is cut.
    pub fn new(problem: &Problem<R>, tolerance: f64) -> Result<Pruning<R>> {
        let game = Game::new(problem.clone(), Players::of_steps(problem))?;
        Ok(Pruning { cut: if tolerance > 0.0 { game.players.count() } else { 0 }, game, tolerance, curve: Vec::new() })
    }

    /// Does one unit; false when the cut is found.
    pub fn advance(&mut self) -> bool {
        if self.game.pending() > 0 && self.game.advance() {
            return true;
        }
        while self.cut > 0 {
            let Some(old) = self.old(self.cut) else {
                (1..AT_ONCE.min(self.cut)).for_each(|n| {
                    self.old(self.cut - n);
                });
                return true;
            };
            self.curve.push((self.steps(), old));
            // As the authors' package does, the last step is never a part of the past.
            if old.abs() <= self.tolerance && self.cut < self.game.players.count() {
                return false;
            }
            self.cut -= 1;
        }
        false
    }

    /// φ_old of pruning the first `cut` players; asks for what is missing.
    fn old(&mut self, cut: usize) -> Option<f64> {
        let count = self.game.players.count();
        let old: Vec<bool> = (0..count).map(|player| player < cut).collect();
        let new: Vec<bool> = old.iter().map(|old| !old).collect();
        self.game.want(&old);
        self.game.want(&new);
        // φ_old = ½ [v(old) − v(∅) + v(all) − v(new)]
        Some(0.5 * (self.game.value(&old)? - self.game.baseline_score + self.game.score - self.game.value(&new)?))
    }

    /// Steps before the cut; the work must be done.
    pub fn steps(&self) -> usize {
        if self.cut == 0 { 0 } else { self.game.players.step(self.cut - 1) + 1 }
    }

    /// (steps before a cut, φ_old) of every cut that was looked at, latest first.
    pub fn curve(&self) -> &[(usize, f64)] {
        &self.curve
    }

    /// What the cuts looked at so far say of `steps` steps, [T], and how many of them are not told apart yet: a step's
    /// score is by how much φ_old falls where the cut comes before it; the steps before the last cut share its φ_old.
    pub fn so_far(&self, steps: usize) -> Option<(Vec<f64>, usize)> {
        let (last, old) = *self.curve.last()?;
        let mut scores = vec![0.0; steps];
        for pair in self.curve.windows(2) {
            scores[pair[0].0 - 1] = pair[0].1 - pair[1].1;
        }
        scores[..last].fill(old / last as f64);
        Some((scores, last))
    }

    /// Forward passes done.
    pub fn evaluated(&self) -> usize {
        self.game.evaluated
    }
}
