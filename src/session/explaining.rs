//! From a request to its answer: trace the input and the baseline, then let the method work.

use crate::Result;
use crate::attribution::{Attribution, Job, Method, Problem, Settings, Start};
use crate::cell::Scalar;
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
    method: &'static dyn Method,
    target: Target,
    raw_scale: Vec<f64>,
    settings: Settings,
}

enum Stage<R: 'static> {
    /// The input's trace is under way; the baseline waits.
    Input(TraceJob<R>, Array2<R>),
    /// The baseline's trace is under way.
    Baseline(Rc<Trace<R>>, TraceJob<R>),
    Method(Box<dyn Job>),
    Failed,
}

impl<R: Scalar> Explaining<R> {
    pub(super) fn new(
        network: Rc<Network<R>>,
        x: &Array2<f64>,
        trace: Option<Rc<Trace<R>>>,
        baseline: &Array2<f64>,
        method: &'static dyn Method,
        target: Target,
        raw_scale: Vec<f64>,
        settings: Settings,
    ) -> Explaining<R> {
        let baseline = baseline.mapv(R::from_f64);
        let stage = match trace {
            Some(trace) => Stage::Baseline(trace, TraceJob::new(network, baseline)),
            None => Stage::Input(TraceJob::new(network, x.mapv(R::from_f64)), baseline),
        };
        Explaining { stage, units: 0, method, target, raw_scale, settings }
    }
}

impl<R: Scalar> Work for Explaining<R>
where
    dyn Method: Start<R>,
{
    fn advance(&mut self) -> Result<bool> {
        self.units += 1;
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Input(mut job, baseline) => {
                self.stage = if job.advance() {
                    Stage::Input(job, baseline)
                } else {
                    let trace = Rc::new(job.finish());
                    let job = TraceJob::new(trace.network.clone(), baseline);
                    Stage::Baseline(trace, job)
                };
                Ok(true)
            }
            Stage::Baseline(input, mut job) => {
                if job.advance() {
                    self.stage = Stage::Baseline(input, job);
                } else {
                    let pair = Rc::new(Pair { input, baseline: Rc::new(job.finish()) });
                    let problem = Problem { pair, target: self.target, raw_scale: std::mem::take(&mut self.raw_scale) };
                    self.stage = Stage::Method(Start::<R>::start(self.method, problem, &self.settings)?);
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
