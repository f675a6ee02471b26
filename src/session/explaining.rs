//! From a request to its answer: trace the input and the baseline, then let the method work.

use crate::Result;
use crate::attribution::{Against, Attribution, Job, Method, Precision, Problem, Settings};
use crate::network::{Network, Pair, Target, Trace, TraceJob};
use ndarray::Array2;
use std::rc::Rc;

/// Work of either precision.
pub(super) trait Work {
    /// Does one unit; false when nothing is left.
    fn advance(&mut self) -> Result<bool>;
    /// Units done and in all.
    fn progress(&self) -> (usize, usize);
    /// The answer so far; none before the method began.
    fn answer(&self) -> Option<Attribution>;
}

/// One request under way.
pub(super) struct Explaining<R: 'static> {
    stage: Stage<R>,
    units: usize,
    method: &'static Method,
    target: Target,
    raw_scale: Vec<f64>,
    background: Rc<Vec<Array2<R>>>,
    labels: Rc<Vec<String>>,
    settings: Settings,
}

enum Stage<R: 'static> {
    /// The input's trace is under way; the baseline waits.
    Input(TraceJob<R>, Array2<R>),
    /// The input is traced; the baseline waits.
    Traced(Rc<Trace<R>>, Array2<R>),
    /// The baseline's trace is under way.
    Baseline(Rc<Trace<R>>, TraceJob<R>),
    Method(Box<dyn Job>),
    Failed,
}

impl<R: Precision> Explaining<R> {
    pub(super) fn new(
        network: Rc<Network<R>>,
        x: &Array2<f64>,
        trace: Option<Rc<Trace<R>>>,
        baseline: &Array2<f64>,
        method: &'static Method,
        target: Target,
        raw_scale: Vec<f64>,
        background: &[Array2<f64>],
        labels: Vec<String>,
        settings: Settings,
    ) -> Explaining<R> {
        let baseline = baseline.mapv(R::from_f64);
        let stage = match trace {
            Some(trace) => Stage::Traced(trace, baseline),
            None => Stage::Input(TraceJob::new(network, x.mapv(R::from_f64)), baseline),
        };
        let background = Rc::new(background.iter().map(|x| x.mapv(R::from_f64)).collect());
        Explaining { stage, units: 0, method, target, raw_scale, background, labels: Rc::new(labels), settings }
    }

    fn begin(&mut self, input: Rc<Trace<R>>, baseline: Rc<Trace<R>>) -> Result<Stage<R>> {
        let pair = Rc::new(Pair { input, baseline });
        let problem = Problem { pair, target: self.target, raw_scale: std::mem::take(&mut self.raw_scale), background: self.background.clone(), labels: self.labels.clone() };
        Ok(Stage::Method(self.method.start(problem, &self.settings)?))
    }
}

impl<R: Precision> Work for Explaining<R> {
    fn advance(&mut self) -> Result<bool> {
        self.units += 1;
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Input(mut job, baseline) => {
                self.stage = if job.advance() {
                    Stage::Input(job, baseline)
                } else {
                    Stage::Traced(Rc::new(job.finish()), baseline)
                };
                Ok(true)
            }
            Stage::Traced(input, baseline) => {
                self.stage = match self.method.against {
                    Against::Baseline => Stage::Baseline(input.clone(), TraceJob::new(input.network.clone(), baseline)),
                    // Nothing to compare with, or inputs that the method traces itself.
                    Against::Nothing | Against::Background => self.begin(input.clone(), input)?,
                };
                Ok(true)
            }
            Stage::Baseline(input, mut job) => {
                if job.advance() {
                    self.stage = Stage::Baseline(input, job);
                } else {
                    self.stage = self.begin(input, Rc::new(job.finish()))?;
                }
                Ok(true)
            }
            Stage::Method(mut job) => {
                let more = job.advance();
                self.stage = Stage::Method(job);
                Ok(more)
            }
            Stage::Failed => Ok(false),
        }
    }

    fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Input(job, _) => (self.units, job.total() * 4),
            Stage::Traced(..) => (self.units, self.units * 4),
            Stage::Baseline(_, job) => (self.units, job.total() * 4),
            Stage::Method(job) => (job.done(), job.total()),
            Stage::Failed => (0, 1),
        }
    }

    fn answer(&self) -> Option<Attribution> {
        match &self.stage {
            Stage::Method(job) => Some(job.answer()),
            _ => None,
        }
    }
}
