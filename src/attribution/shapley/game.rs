//! The game: scores of coalitions, evaluated in batches, each once.

use super::Players;
use crate::attribution::Problem;
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Change, Forward, Inputs};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

/// v(S) of coalitions S of players, [M] true = present.
pub struct Game<R: 'static> {
    problem: Problem<R>,
    /// Who plays.
    pub players: Players,
    /// F(x) = v(N).
    pub score: f64,
    /// F(x') = v(∅).
    pub baseline_score: f64,
    known: HashMap<Rc<[bool]>, f64>,
    waiting: VecDeque<Rc<[bool]>>,
    pass: Option<(Forward<R>, Vec<Rc<[bool]>>)>,
    units: usize,
    /// Forward passes done.
    pub evaluated: usize,
}

impl<R: Scalar> Game<R> {
    /// Nothing is evaluated yet but the full and the empty coalition.
    pub fn new(problem: Problem<R>, players: Players) -> Result<Game<R>> {
        let (score, baseline_score) = problem.scores()?;
        let mut known = HashMap::new();
        known.insert(Rc::from(vec![true; players.count()]), score);
        // Players that are not there are the baseline's, and what does not play is the same in both.
        if players.count() > 0 {
            known.insert(Rc::from(vec![false; players.count()]), baseline_score);
        }
        Ok(Game { problem, players, score, baseline_score, known, waiting: VecDeque::new(), pass: None, units: 0, evaluated: 0 })
    }

    /// Asks for v(S); asked twice it is evaluated once.
    pub fn want(&mut self, coalition: &[bool]) {
        if !self.known.contains_key(coalition) {
            let coalition: Rc<[bool]> = coalition.into();
            self.known.insert(coalition.clone(), f64::NAN);
            self.waiting.push_back(coalition);
        }
    }

    /// v(S), if it has been evaluated.
    pub fn value(&self, coalition: &[bool]) -> Option<f64> {
        self.known.get(coalition).copied().filter(|value| !value.is_nan())
    }

    /// Coalitions that were asked for and are not evaluated yet.
    pub fn pending(&self) -> usize {
        self.waiting.len() + self.pass.as_ref().map_or(0, |(_, rows)| rows.len())
    }

    /// Percent of the batch under way, in rows.
    pub fn running(&self) -> f64 {
        self.pass.as_ref().map_or(0.0, |(pass, rows)| (self.units as f64 / pass.total().max(1) as f64).min(1.0) * rows.len() as f64)
    }

    /// Does one unit; false when nothing that was asked for is left.
    pub fn advance(&mut self) -> bool {
        let Some((pass, _)) = &mut self.pass else {
            let rows = self.problem.next_rows(self.waiting.len());
            if rows == 0 {
                return false;
            }
            let coalitions: Vec<Rc<[bool]>> = self.waiting.drain(..rows).collect();
            let changes = coalitions.iter().map(|coalition| Change::Keep(Rc::new(self.players.coalition(coalition)))).collect();
            let pair = self.problem.pair.clone();
            self.pass = Some((Forward::new(pair.input.network.clone(), Inputs::Variants(pair, changes), self.problem.steps()), coalitions));
            self.units = 0;
            return true;
        };
        self.units += 1;
        if pass.advance() {
            return true;
        }
        if let Some((pass, coalitions)) = self.pass.take() {
            self.evaluated += coalitions.len();
            for (coalition, value) in coalitions.into_iter().zip(pass.scores(&self.problem.target)) {
                self.known.insert(coalition, value);
            }
        }
        !self.waiting.is_empty()
    }
}
