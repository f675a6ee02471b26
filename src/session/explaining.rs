//! From a request to its answer: trace the input and the baseline, then let the method work.

use crate::Result;
use crate::attribution::{Against, Attribution, Job, Method, Precision, Problem, Settings, Slope};
use crate::network::{Network, Pair, Target, Trace, TraceJob};
use ndarray::Array2;
use std::any::Any;
use std::rc::Rc;

/// A request that has been checked; inputs in f64, [T, I].
pub(super) struct Question {
    pub(super) method: &'static Method,
    pub(super) settings: Settings,
    pub(super) target: Target,
    pub(super) baseline: Array2<f64>,
    /// Other inputs.
    pub(super) background: Vec<Array2<f64>>,
    /// For the note, if some of them had another length.
    pub(super) fitted: String,
    /// Standard deviations, [I].
    pub(super) raw_scale: Vec<f64>,
    /// What each step is called, [T].
    pub(super) labels: Rc<Vec<String>>,
}

impl Question {
    /// What a method or a metric works on, in the precision of the traces.
    pub(super) fn problem<R: Precision>(&self, pair: Pair<R>, background: Rc<Vec<Array2<R>>>) -> Problem<R> {
        let (raw_scale, labels) = (self.raw_scale.clone(), self.labels.clone());
        Problem { raw_scale, background, labels, ..Problem::new(Rc::new(pair), self.target) }
    }
}

/// Work of either precision.
pub(super) trait Work {
    /// Does one unit; false when nothing is left.
    fn advance(&mut self) -> Result<bool>;
    /// Units done and in all.
    fn progress(&self) -> (usize, usize);
    /// Is there an answer, if only a first guess?
    fn begun(&self) -> bool;
    /// The answer so far; none before it has begun.
    fn answer(&self) -> Option<Attribution>;
    /// What is asked.
    fn question(&self) -> &Rc<Question>;
    /// What the method works on, if that is in single precision and it has begun.
    fn posed(&self) -> Option<&Problem<f32>>;
}

/// One request under way.
pub(super) struct Explaining<R: 'static> {
    stage: Stage<R>,
    units: usize,
    network: Rc<Network<R>>,
    question: Rc<Question>,
    background: Rc<Vec<Array2<R>>>,
    /// The baseline of a question before, which often is the same one.
    compared: Option<Rc<Trace<R>>>,
    problem: Option<Problem<R>>,
    /// What is seen until the method knows anything.
    slope: Option<Attribution>,
}

enum Stage<R: 'static> {
    /// The input's trace is under way; the baseline waits.
    Input(TraceJob<R>),
    /// The input is traced.
    Traced(Rc<Trace<R>>),
    /// The slope at the input comes before all else.
    Slope(Rc<Trace<R>>, Box<Slope<R>>),
    /// The baseline's trace is under way.
    Baseline(Rc<Trace<R>>, TraceJob<R>),
    Method(Box<dyn Job>),
    Failed,
}

impl<R: Precision> Explaining<R> {
    /// `trace` is the input's, if it was run before; `compared` the trace of a baseline, of use if it is the asked one.
    pub(super) fn new(
        network: Rc<Network<R>>,
        x: &Array2<f64>,
        trace: Option<Rc<Trace<R>>>,
        compared: Option<Rc<Trace<R>>>,
        question: Rc<Question>,
    ) -> Explaining<R> {
        let stage = match trace {
            Some(trace) => Stage::Traced(trace),
            None => Stage::Input(TraceJob::new(network.clone(), x.mapv(R::from_f64))),
        };
        let background = Rc::new(question.background.iter().map(|x| x.mapv(R::from_f64)).collect());
        Explaining { stage, units: 0, network, question, background, compared, problem: None, slope: None }
    }

    /// What is to be seen before the method begins, if that takes long.
    fn glance(&self, input: &Rc<Trace<R>>) -> Result<Option<Slope<R>>> {
        let Question { method, target, baseline, background, .. } = &*self.question;
        match method.against {
            Against::Baseline if method.slope_first => Slope::of_long(input, baseline, *target, 1),
            Against::Background if method.slope_first && !background.is_empty() => {
                let sum = background.iter().fold(Array2::zeros(baseline.dim()), |sum, other| sum + other);
                Slope::of_long(input, &(sum / background.len() as f64), *target, background.len())
            }
            _ => Ok(None),
        }
    }

    /// Compares with the baseline, as it was traced for a question before, or traced now; with nothing, or with inputs that
    /// the method traces itself.
    fn compare(&mut self, input: Rc<Trace<R>>) -> Result<Stage<R>> {
        if self.question.method.against != Against::Baseline {
            return self.begin(input.clone(), input);
        }
        let x = self.question.baseline.mapv(R::from_f64);
        match self.compared.take().filter(|trace| Rc::ptr_eq(&trace.network, &self.network) && trace.x == x) {
            Some(baseline) => self.begin(input, baseline),
            None => Ok(Stage::Baseline(input, TraceJob::new(self.network.clone(), x))),
        }
    }

    fn begin(&mut self, input: Rc<Trace<R>>, baseline: Rc<Trace<R>>) -> Result<Stage<R>> {
        let Question { method, settings, .. } = &*self.question;
        let mut problem = self.question.problem(Pair { input, baseline }, self.background.clone());
        problem.slope_seen = self.slope.is_some();
        self.problem = Some(problem.clone());
        Ok(Stage::Method(method.start(problem, settings)?))
    }
}

impl<R: Precision> Work for Explaining<R> {
    fn advance(&mut self) -> Result<bool> {
        self.units += 1;
        self.stage = match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Input(mut job) => {
                if job.advance() {
                    Stage::Input(job)
                } else {
                    Stage::Traced(Rc::new(job.finish()))
                }
            }
            Stage::Traced(input) => match self.glance(&input)? {
                Some(slope) => Stage::Slope(input, Box::new(slope)),
                None => self.compare(input)?,
            },
            Stage::Slope(input, mut slope) => {
                if slope.advance() {
                    Stage::Slope(input, slope)
                } else {
                    self.slope = Some(slope.finish());
                    self.compare(input)?
                }
            }
            Stage::Baseline(input, mut job) => {
                if job.advance() {
                    Stage::Baseline(input, job)
                } else {
                    self.begin(input, Rc::new(job.finish()))?
                }
            }
            Stage::Method(mut job) => {
                let more = job.advance();
                // What is zero at the end is zero.
                self.slope = self.slope.take().filter(|_| more);
                self.stage = Stage::Method(job);
                return Ok(more);
            }
            Stage::Failed => return Ok(false),
        };
        Ok(true)
    }

    fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Input(job) | Stage::Baseline(_, job) => (self.units, job.total() * 4),
            Stage::Traced(_) => (self.units, self.units * 4),
            Stage::Slope(_, slope) => (self.units, slope.total() * 4),
            Stage::Method(job) => (job.done(), job.total()),
            Stage::Failed => (0, 1),
        }
    }

    fn begun(&self) -> bool {
        matches!(self.stage, Stage::Method(_)) || self.slope.is_some()
    }

    fn answer(&self) -> Option<Attribution> {
        match &self.stage {
            Stage::Method(job) => {
                let mut answer = job.answer();
                let before = self.problem.as_ref().is_some_and(|problem| problem.slope_seen);
                answer.cost.backward += usize::from(before);
                if self.question.method.against == Against::Background {
                    answer.note.push_str(&self.question.fitted);
                }
                let nothing = answer.scores.iter().all(|score| *score == 0.0);
                self.slope.clone().filter(|_| nothing).or(Some(answer))
            }
            _ => self.slope.clone(),
        }
    }

    fn question(&self) -> &Rc<Question> {
        &self.question
    }

    fn posed(&self) -> Option<&Problem<f32>> {
        (&self.problem as &dyn Any).downcast_ref::<Option<Problem<f32>>>()?.as_ref()
    }
}
