//! What a metric says of itself: menus, sliders and help text are made from it.

use super::{Claim, DOUBLE, Measurement};
use crate::attribution::{Param, Precision, Settings, Subject};
use crate::{Error, Result};

/// One way to ask "is the answer any good?".
pub struct Metric {
    /// Stable.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// The question it answers, one sentence.
    pub question: &'static str,
    /// Its formula and source.
    pub formula: &'static str,
    /// What it does not promise.
    pub caveat: &'static str,
    /// What it costs, in passes.
    pub cost: &'static str,
    /// Its controls.
    pub params: &'static [Param],
    /// Why it cannot be asked here, and what to change, as far as the network and the length of the input tell.
    pub refuses: fn(&Subject) -> Option<String>,
    /// Begins the work in f32; the registry has the same generic function in f64.
    pub start: Starter<f32>,
}

/// Begins the work on a claim; the settings, which have been checked, are the metric's own.
pub type Starter<R> = fn(Claim<R>, &Settings) -> Result<Box<dyn Job>>;

/// A precision that metrics can be started in.
pub trait Judge: Precision {
    /// The metric's beginning in this precision.
    fn starter(metric: &Metric) -> Result<Starter<Self>>;
}

impl Judge for f32 {
    fn starter(metric: &Metric) -> Result<Starter<f32>> {
        Ok(metric.start)
    }
}

impl Judge for f64 {
    fn starter(metric: &Metric) -> Result<Starter<f64>> {
        let registered = DOUBLE.iter().find(|(id, _)| *id == metric.id);
        let missing = || Error::Bug { place: "metric", problem: format!("{} is not registered", metric.id) };
        registered.map(|(_, start)| *start).ok_or_else(missing)
    }
}

impl Metric {
    /// Fails where the metric refuses a subject, with the reason that the menus show.
    pub fn check(&self, subject: &Subject) -> Result<()> {
        (self.refuses)(subject).map_or(Ok(()), |reason| refused(&reason))
    }

    /// Begins the work; a claim that the metric is not defined for is refused with what to choose instead.
    pub fn start<R: Judge>(&self, claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
        claim.check()?;
        self.check(&claim.problem.subject())?;
        <R as Judge>::starter(self)?(claim, settings)
    }
}

/// Work under way.
pub trait Job {
    /// Units in all, as far as known.
    fn total(&self) -> usize;
    /// Units done.
    fn done(&self) -> usize;
    /// Does one unit; false when nothing is left. It can fail only where it asks the method anew.
    fn advance(&mut self) -> Result<bool>;
    /// What is known so far.
    fn measurement(&self) -> Measurement;
}

/// A request that a metric is not defined for.
pub(super) fn refused<T>(reason: &str) -> Result<T> {
    Err(Error::refused("metric", reason))
}
