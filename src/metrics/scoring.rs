//! Scores of many changed inputs, one after another, and what a metric makes of them: forward passes only.

use super::parts::Parts;
use super::{Claim, Job, Measurement};
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Forward, Inputs, Target};
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
    pub(super) fn start(claim: Claim<R>, parts: Parts, target: Target, probes: Vec<Probe<R>>, measure: Measure) -> Result<Box<dyn Job>> {
        Ok(Box::new(ScoringJob { claim, parts, target, probes, scores: Vec::new(), pass: None, units: 0, measure }))
    }
}

impl<R: Scalar> Job for ScoringJob<R> {
    fn total(&self) -> usize {
        // Progress is counted in probes, a hundred units each.
        self.probes.len() * 100
    }

    fn done(&self) -> usize {
        let running = self.pass.as_ref().map_or(0, |pass| (self.units * 100 / pass.total().max(1)).min(100) * pass.records.rows);
        (self.scores.len() * 100 + running).min(self.total())
    }

    fn advance(&mut self) -> Result<bool> {
        let Some(pass) = &mut self.pass else {
            let Some(probe) = self.probes.get(self.scores.len()) else { return Ok(false) };
            let x = match probe {
                Probe::Without(order, removed) => self.parts.without(&self.claim, &order[removed.clone()]),
                Probe::Input(x) => x.clone(),
            };
            let steps = self.claim.problem.steps();
            self.pass = Some(Forward::new(self.claim.problem.pair.input.network.clone(), Inputs::Plain(x), steps));
            self.units = 0;
            return Ok(true);
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
