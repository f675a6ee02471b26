//! The same method asked again, about another input or another network.

use super::{Claim, Judge};
use crate::Result;
use crate::attribution::{self, Against, Attribution, Method, Problem, Settings};
use crate::network::{Network, Pair, Target, Trace, TraceJob};
use ndarray::Array2;
use std::rc::Rc;

/// A question before anything of it is computed.
pub(super) struct Question<R: 'static> {
    pub network: Rc<Network<R>>,
    /// [T, I].
    pub x: Array2<R>,
    /// [T, I].
    pub baseline: Array2<R>,
    /// [T, I] each.
    pub background: Rc<Vec<Array2<R>>>,
    /// [T], or none.
    pub labels: Vec<String>,
    pub target: Target,
}

impl<R: Judge> Question<R> {
    /// The one that was answered.
    pub fn of(claim: &Claim<R>) -> Question<R> {
        let Problem { pair, target, background, labels, .. } = &claim.problem;
        Question {
            network: pair.input.network.clone(),
            x: pair.input.x.clone(),
            baseline: pair.baseline.x.clone(),
            background: background.clone(),
            labels: labels.to_vec(),
            target: *target,
        }
    }

    /// With every input (the explained one, the baseline, the others) changed alike.
    pub fn map(self, change: impl Fn(&Array2<R>) -> Array2<R>) -> Question<R> {
        let background = Rc::new(self.background.iter().map(&change).collect());
        Question { x: change(&self.x), baseline: change(&self.baseline), background, ..self }
    }
}

enum Stage<R: 'static> {
    Input(TraceJob<R>, Array2<R>),
    Baseline(TraceJob<R>),
    Method(Box<dyn attribution::Job>),
    Failed,
}

/// The answer to a question in the making.
pub(super) struct Rerun<R: 'static> {
    stage: Stage<R>,
    method: &'static Method,
    settings: Settings,
    target: Target,
    raw_scale: Vec<f64>,
    background: Rc<Vec<Array2<R>>>,
    labels: Rc<Vec<String>>,
    percent: usize,
    /// The traced input, once it is.
    pub input: Option<Rc<Trace<R>>>,
}

impl<R: Judge> Rerun<R> {
    /// By the method and with the settings of the claim.
    pub fn new(claim: &Claim<R>, question: Question<R>) -> Rerun<R> {
        let Question { network, x, baseline, background, labels, target } = question;
        Rerun {
            stage: Stage::Input(TraceJob::new(network, x), baseline),
            method: claim.method,
            settings: claim.settings.clone(),
            target,
            raw_scale: claim.problem.raw_scale.clone(),
            background,
            labels: Rc::new(labels),
            percent: 0,
            input: None,
        }
    }

    fn begin(&self, baseline: Option<Rc<Trace<R>>>) -> Result<Stage<R>> {
        let Some(input) = self.input.clone() else { return Ok(Stage::Failed) };
        let pair = Rc::new(Pair { baseline: baseline.unwrap_or_else(|| input.clone()), input });
        let problem = Problem {
            raw_scale: self.raw_scale.clone(),
            background: self.background.clone(),
            labels: self.labels.clone(),
            ..Problem::new(pair, self.target)
        };
        Ok(Stage::Method(self.method.start(problem, &self.settings)?))
    }

    /// How far it is, 0 .. 99; never less than before, though a method may find that it has more to do.
    pub fn percent(&self) -> usize {
        self.percent
    }

    /// Does one unit; the answer when it is there.
    pub fn advance(&mut self) -> Result<Option<Attribution>> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Input(mut job, baseline) => {
                self.stage = if job.advance() {
                    Stage::Input(job, baseline)
                } else {
                    let input = Rc::new(job.finish());
                    self.input = Some(input.clone());
                    match self.method.against {
                        Against::Baseline => Stage::Baseline(TraceJob::new(input.network.clone(), baseline)),
                        // Nothing to compare with, or inputs that the method traces itself.
                        Against::Nothing | Against::Background => self.begin(None)?,
                    }
                };
                Ok(None)
            }
            Stage::Baseline(mut job) => {
                self.stage =
                    if job.advance() { Stage::Baseline(job) } else { self.begin(Some(Rc::new(job.finish())))? };
                Ok(None)
            }
            Stage::Method(mut job) => {
                let more = job.advance();
                self.percent = self.percent.max((job.done() * 100 / job.total().max(1)).min(99));
                let answer = (!more).then(|| job.answer());
                self.stage = Stage::Method(job);
                Ok(answer)
            }
            Stage::Failed => super::metric::refused("The method cannot be asked again here."),
        }
    }
}
