//! Scores of many changed inputs, in batches, and what a metric makes of them: forward passes only.

use super::parts::Parts;
use super::{Claim, Job, Measurement};
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Change, Forward, Inputs, Target};
use ndarray::Array2;
use std::ops::Range;
use std::rc::Rc;

/// A changed input.
pub(super) enum Probe<R> {
    /// Some of the parts of an order are the baseline's.
    Without(Rc<Vec<usize>>, Range<usize>),
    /// Another input, [T, I].
    Input(Array2<R>),
}

/// What to make of the scores so far, in the order of the probes.
pub(super) type Measure = Box<dyn Fn(&[f64]) -> Measurement>;

pub(super) struct ScoringJob<R: 'static> {
    claim: Claim<R>,
    parts: Parts,
    target: Target,
    probes: Vec<Probe<R>>,
    scores: Vec<f64>,
    pass: Option<Forward<R>>,
    units: usize,
    measure: Measure,
}

impl<R: Scalar> ScoringJob<R> {
    pub(super) fn start(
        claim: Claim<R>,
        parts: Parts,
        target: Target,
        probes: Vec<Probe<R>>,
        measure: Measure,
    ) -> Result<Box<dyn Job>> {
        Ok(Box::new(ScoringJob { claim, parts, target, probes, scores: Vec::new(), pass: None, units: 0, measure }))
    }

    /// Over the next probes: another input alone, what shares input and baseline together.
    fn next_pass(&self) -> Option<Forward<R>> {
        let problem = &self.claim.problem;
        let waiting = &self.probes[self.scores.len()..];
        let inputs = match waiting.first()? {
            Probe::Input(x) => Inputs::Plain(x.clone()),
            Probe::Without(..) => {
                let kept = |probe: &Probe<R>| match probe {
                    Probe::Without(order, removed) => {
                        Some(Change::Keep(Rc::new(self.parts.without(problem, &order[removed.clone()]))))
                    }
                    Probe::Input(_) => None,
                };
                Inputs::Variants(
                    problem.pair.clone(),
                    waiting.iter().map_while(kept).take(problem.next_rows(waiting.len(), self.scores.len())).collect(),
                )
            }
        };
        Some(Forward::new(problem.pair.input.network.clone(), inputs, problem.steps()))
    }
}

impl<R: Scalar> Job for ScoringJob<R> {
    fn total(&self) -> usize {
        // Progress is counted in probes, a hundred units each.
        self.probes.len() * 100
    }

    fn done(&self) -> usize {
        let running =
            self.pass.as_ref().map_or(0, |pass| (self.units * 100 / pass.total().max(1)).min(100) * pass.records.rows);
        (self.scores.len() * 100 + running).min(self.total())
    }

    fn advance(&mut self) -> Result<bool> {
        let Some(pass) = &mut self.pass else {
            (self.pass, self.units) = (self.next_pass(), 0);
            return Ok(self.pass.is_some());
        };
        self.units += 1;
        if !pass.advance() {
            self.scores.extend(pass.scores(&self.target));
            self.pass = None;
        }
        Ok(self.scores.len() < self.probes.len())
    }

    fn measurement(&self) -> Measurement {
        (self.measure)(&self.scores)
    }
}
