//! The question of the shown answer, put to the network in single precision: whatever the answer was computed in, what
//! judges or studies it works in f32, so that the page carries metrics and studies once.

use super::Session;
use super::explaining::Question;
use crate::attribution::{Against, Method, Problem, Settings};
use crate::network::{Network, Pair, Trace, TraceJob};
use crate::{Error, Result};
use ndarray::Array2;
use std::rc::Rc;

/// Said where an answer in double precision was judged or studied.
pub(super) const SINGLE: &str = "Evaluated in single precision.";

/// A question that is being posed: what was not traced before is traced now.
pub(super) struct Posing {
    /// The answer was found in the other precision.
    pub(super) other: bool,
    stage: Stage,
    units: usize,
    network: Rc<Network<f32>>,
    question: Rc<Question>,
    background: Rc<Vec<Array2<f32>>>,
}

enum Stage {
    Input(TraceJob<f32>),
    Baseline(Rc<Trace<f32>>, TraceJob<f32>),
    Posed(Problem<f32>),
    Failed,
}

impl Session {
    /// Begins to pose the question of the shown answer.
    pub(super) fn pose(&self, what: &'static str) -> Result<Posing> {
        let (Some(explained), Some(_)) = (&self.explained, &self.answer) else {
            return Err(Error::request(what, "asked for after an answer", "none yet"));
        };
        let (question, posed) = (explained.question().clone(), explained.posed());
        let background = match posed {
            Some(problem) => problem.background.clone(),
            None => Rc::new(question.background.iter().map(|x| x.mapv(|v| v as f32)).collect()),
        };
        let network = self.narrow.clone();
        let mut posing =
            Posing { other: posed.is_none(), stage: Stage::Failed, units: 0, network, question, background };
        posing.stage = match (posed, &self.trace) {
            // What is taken out is replaced by the baseline, whether or not the method compared with it.
            (Some(problem), _) if posing.question.method.against == Against::Baseline => Stage::Posed(problem.clone()),
            (Some(problem), _) => posing.baseline(problem.pair.input.clone()),
            (None, Some(input)) => posing.baseline(input.clone()),
            (None, None) => Stage::Input(posing.trace(&self.x)),
        };
        Ok(posing)
    }
}

impl Posing {
    fn trace(&self, x: &Array2<f64>) -> TraceJob<f32> {
        TraceJob::new(self.network.clone(), x.mapv(|v| v as f32))
    }

    fn baseline(&self, input: Rc<Trace<f32>>) -> Stage {
        Stage::Baseline(input, self.trace(&self.question.baseline))
    }

    /// The method that answered, with its settings.
    pub(super) fn asked(&self) -> (&'static Method, Settings) {
        (self.question.method, self.question.settings.clone())
    }

    /// The problem, once there is nothing left to trace.
    pub(super) fn posed(&self) -> Option<&Problem<f32>> {
        match &self.stage {
            Stage::Posed(problem) => Some(problem),
            _ => None,
        }
    }

    /// Does one unit.
    pub(super) fn advance(&mut self) {
        self.units += 1;
        self.stage = match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Input(mut job) => {
                if job.advance() {
                    Stage::Input(job)
                } else {
                    self.baseline(Rc::new(job.finish()))
                }
            }
            Stage::Baseline(input, mut job) => {
                if job.advance() {
                    Stage::Baseline(input, job)
                } else {
                    let pair = Pair { input, baseline: Rc::new(job.finish()) };
                    Stage::Posed(self.question.problem(pair, self.background.clone()))
                }
            }
            posed => posed,
        };
    }

    /// Units done, and in all with about twice as many for what follows.
    pub(super) fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Input(job) | Stage::Baseline(_, job) => (self.units, job.total() * 4),
            Stage::Posed(_) | Stage::Failed => (self.units, self.units * 4),
        }
    }
}
