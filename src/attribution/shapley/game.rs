//! The game: scores of coalitions, evaluated in batches, each once.

use super::Players;
use crate::Result;
use crate::attribution::Problem;
use crate::cell::Scalar;
use crate::network::{Change, Scoring};
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
    /// None: asked for. A score that is not a number is known too: nobody waits for another.
    known: HashMap<Rc<[bool]>, Option<f64>>,
    /// Asked for and not known; the first of them are under way.
    waiting: VecDeque<Rc<[bool]>>,
    pass: Option<Scoring<R>>,
    units: usize,
    /// Forward passes done.
    pub evaluated: usize,
}

impl<R: Scalar> Game<R> {
    /// Nothing is evaluated yet but the full and the empty coalition.
    pub fn new(problem: Problem<R>, players: Players) -> Result<Game<R>> {
        let scores = problem.scores()?;
        Ok(Game::of(problem, players, scores))
    }

    /// The same where F(x) and F(x') are known.
    pub fn of(problem: Problem<R>, players: Players, (score, baseline_score): (f64, f64)) -> Game<R> {
        let mut known = HashMap::new();
        known.insert(Rc::from(vec![true; players.count()]), Some(score));
        // Players that are not there are the baseline's, and what does not play is the same in both.
        if players.count() > 0 {
            known.insert(Rc::from(vec![false; players.count()]), Some(baseline_score));
        }
        Game {
            problem,
            players,
            score,
            baseline_score,
            known,
            waiting: VecDeque::new(),
            pass: None,
            units: 0,
            evaluated: 0,
        }
    }

    /// Asks for v(S); asked twice it is evaluated once.
    pub fn want(&mut self, coalition: &[bool]) {
        if !self.known.contains_key(coalition) {
            let coalition: Rc<[bool]> = coalition.into();
            self.known.insert(coalition.clone(), None);
            self.waiting.push_back(coalition);
        }
    }

    /// v(S), if it has been evaluated.
    pub fn value(&self, coalition: &[bool]) -> Option<f64> {
        self.known.get(coalition).copied().flatten()
    }

    /// Coalitions that were asked for and are not evaluated yet.
    pub fn pending(&self) -> usize {
        self.waiting.len()
    }

    /// How much of the batch under way is done, in rows.
    pub fn running(&self) -> f64 {
        self.pass
            .as_ref()
            .map_or(0.0, |pass| (self.units as f64 / pass.total().max(1) as f64).min(1.0) * pass.rows() as f64)
    }

    /// Does one unit; false when nothing that was asked for is left.
    pub fn advance(&mut self) -> bool {
        let Some(pass) = &mut self.pass else {
            let (players, waiting) = (&self.players, &self.waiting);
            let change = |row: usize| Change::Keep(Rc::new(players.coalition(&waiting[row])));
            self.pass = self.problem.score_next(waiting.len(), self.evaluated, change);
            self.units = 0;
            return self.pass.is_some();
        };
        self.units += 1;
        if pass.advance() {
            return true;
        }
        self.evaluated += pass.rows();
        for (coalition, value) in self.waiting.drain(..pass.rows()).zip(pass.scores()) {
            self.known.insert(coalition, Some(value));
        }
        self.pass = None;
        !self.waiting.is_empty()
    }
}
