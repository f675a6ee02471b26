//! What a method says of itself: menus, sliders and help text are made from it.

use super::{Attribution, Kind, Param, Problem, Settings, Subject};
use crate::cell::Scalar;
use crate::{Error, Result};

/// One way to answer "what made this score?".
pub struct Method {
    /// Stable.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// Heading of the menu under which it stands.
    pub family: &'static str,
    /// The question it answers, one sentence.
    pub question: &'static str,
    /// Its formula and source.
    pub formula: &'static str,
    /// What it does not promise.
    pub caveat: &'static str,
    /// What it costs, in passes.
    pub cost: &'static str,
    /// Scores have a sign.
    pub signed: bool,
    /// Scores and remainder promise to add up to F(x) − F(x').
    pub completes: bool,
    /// Many passes refine what the slope at the input says first: of a long input that is worth a pass of its own.
    pub slope_first: bool,
    /// Where it stands among explanations.
    pub kind: Kind,
    /// What the input is compared with.
    pub against: Against,
    /// Its controls.
    pub params: &'static [Param],
    /// Why it cannot be used here, and what to change, if it cannot.
    pub refuses: fn(&Subject) -> Option<String>,
    /// Begins the work in f32 and in f64: `(start, start)` of a generic function.
    pub start: (Starter<f32>, Starter<f64>),
}

/// Begins the work; the settings have been checked against the controls.
pub type Starter<R> = fn(Problem<R>, &Settings) -> Result<Box<dyn Job>>;

/// What an input is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// Nothing: the scores, the bias and whatever else the remainder names add up to F(x) itself.
    Nothing,
    /// One baseline.
    Baseline,
    /// Several other inputs.
    Background,
}

/// A precision that methods can be started in.
pub trait Precision: Scalar {
    /// The method's beginning in this precision.
    fn starter(method: &Method) -> Starter<Self>;
}

impl Precision for f32 {
    fn starter(method: &Method) -> Starter<f32> {
        method.start.0
    }
}

impl Precision for f64 {
    fn starter(method: &Method) -> Starter<f64> {
        method.start.1
    }
}

impl Method {
    /// Begins the work on a problem, unless the method refuses it.
    pub fn start<R: Precision>(&self, problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
        match (self.refuses)(&problem.subject()) {
            Some(reason) => Err(Error::refused("method", reason)),
            None => R::starter(self)(problem, settings),
        }
    }
}

/// Work under way.
pub trait Job {
    /// Units in all, as far as known.
    fn total(&self) -> usize;
    /// Units done.
    fn done(&self) -> usize;
    /// Does one unit (a step of a layer for a batch of variants); false when nothing is left.
    fn advance(&mut self) -> bool;
    /// The answer so far.
    fn answer(&self) -> Attribution;
}
