//! Expected gradients (Erion et al. 2021): integrated gradients averaged over other inputs instead of one baseline.
//!
//! φ = E_{x′ ~ background, α ~ U(0,1)} [(x − x′) ⊙ ∂F/∂x (x′ + α (x − x′))]; Σ φ = F(x) − E F(x′). The expectation is
//! taken over every x′ along its whole way, whose error is known; or x′ and α are drawn, as GradientSHAP does. Of a long
//! input the slope at its own end of all ways, (x − E x′) ⊙ ∂F/∂x (x), is seen first.

use super::integrated_gradients::IntegratedGradientsJob;
use super::pass::GradientPass;
use super::plan::{BUDGET, Plan, RULE, STEPS, TOLERANCE};
use super::sampled::SampledScores;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::cell::Scalar;
use crate::math::Random;
use crate::network::{Forward, Inputs, Pair, Share, TraceJob};
use crate::{Error, Result};
use ndarray::{Array2, s};
use std::rc::Rc;

const PARAMS: &[Param] = &[
    Param {
        id: "sampling",
        label: "Sampling",
        help: "Every other sample along its whole way, or random samples and places on the way (GradientSHAP).",
        kind: ParamKind::Choice(&[("every", "every sample, its whole way"), ("random", "random samples and places")]),
    },
    RULE,
    STEPS,
    TOLERANCE,
    Param {
        help: "Gradient evaluations after which it stops even if the tolerance was not reached: for each other sample, or of all draws.",
        ..BUDGET
    },
    Param {
        id: "seed",
        label: "Seed",
        help: "Of random sampling: the same seed draws the same samples and places.",
        kind: ParamKind::Number { low: 0.0, high: 4_294_967_295.0, step: 1.0, log: false, default: 1.0 },
    },
];

/// The method.
pub const EXPECTED_GRADIENTS: Method = Method {
    id: "expected-gradients",
    label: "Expected gradients",
    family: "Gradients",
    question: "Compared with other samples, how much of the score did each part bring?",
    formula: "φ = E over x′ and α of (x − x′) ⊙ ∂F/∂x (x′ + α (x − x′)); Σ φ = F(x) − E F(x′) (Erion et al. 2021; GradientSHAP)",
    caveat: "It depends on the other samples: the standard error says how far as many others would move each bar (when places are drawn, how far other draws would). Drawn bars add up only as far as the gap says.",
    cost: "one forward and one backward pass a step and sample, until the tolerance or the budget is reached",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::SPECIFIC,
    against: Against::Background,
    params: PARAMS,
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let score = problem.pair.input.score(&problem.target)?;
    let (steps, features) = problem.pair.input.x.dim();
    if problem.background.is_empty() {
        return Err(Error::request("background", "one other sample or more: choose samples to compare with", "empty"));
    }
    if let Some(other) = problem.background.iter().find(|other| other.dim() != (steps, features)) {
        let rule = format!(
            "made of samples of {steps} steps and {features} features, as the input is: choose samples of the same kind"
        );
        return Err(Error::request(
            "background",
            rule,
            format!("of {} steps and {} features", other.nrows(), other.ncols()),
        ));
    }
    let random = (settings.choice("sampling") == 1).then(|| Random::new(settings.number("seed") as u64));
    let stage = Stage::Next;
    Ok(Box::new(ExpectedGradientsJob {
        settings: settings.clone(),
        score,
        others: Vec::new(),
        random,
        sampled: SampledScores::new((steps, features)),
        stage,
        evaluated: 0,
        traced: 0,
        missed: 0,
        problem,
    }))
}

struct ExpectedGradientsJob<R: 'static> {
    problem: Problem<R>,
    settings: Settings,
    score: f64,
    /// F(x′) of the background, as far as known.
    others: Vec<f64>,
    /// Of random sampling.
    random: Option<Random>,
    /// One whole way or one draw each.
    sampled: SampledScores,
    stage: Stage<R>,
    evaluated: usize,
    /// Forward passes beside the evaluations.
    traced: usize,
    /// Ways whose share of the tolerance was not reached.
    missed: usize,
}

enum Stage<R: 'static> {
    /// Scores of the background.
    Scores(Forward<R>),
    /// One other sample, which becomes the baseline.
    Trace(TraceJob<R>),
    /// Its way to the input.
    Way(Box<IntegratedGradientsJob<R>>),
    /// Gradients at drawn places, with the samples that they belong to.
    Draws(Box<GradientPass<R>>, Vec<usize>),
    /// What comes next is to be chosen.
    Next,
    Done,
}

impl<R: Scalar> ExpectedGradientsJob<R> {
    /// E F(x′) of what is known; not a number as long as nothing is.
    fn baseline_score(&self) -> f64 {
        self.others.iter().sum::<f64>() / self.others.len() as f64
    }

    fn budget(&self) -> usize {
        self.settings.number("budget") as usize
    }

    /// Of one way, to the tolerance of the whole.
    fn plan(&self) -> Plan {
        Plan::new::<R>(&self.settings, self.score, self.baseline_score())
    }

    /// Draws still to come, as far as can be said now.
    fn waiting(&self) -> usize {
        let (drawn, budget) = (self.sampled.count(), self.budget());
        let first = (self.settings.number("steps") as usize * self.problem.background.len()).min(budget);
        match drawn < first {
            true => first - drawn,
            false if self.sampled.error_of_sum() > self.plan().allowed => budget - drawn,
            false => 0,
        }
    }

    /// Chooses what comes next.
    fn next(&mut self) -> Stage<R> {
        let (input, background) = (&self.problem.pair.input, &self.problem.background);
        let steps = self.problem.steps();
        if self.others.len() < background.len() {
            let rows = self.problem.next_rows(background.len() - self.others.len(), self.others.len());
            let rows = background[self.others.len()..][..rows].to_vec();
            return Stage::Scores(Forward::new(input.network.clone(), Inputs::Many(input.clone(), 0, rows), steps));
        }
        if self.random.is_none() {
            return match background.get(self.sampled.count()) {
                Some(other) => Stage::Trace(TraceJob::new(input.network.clone(), other.clone())),
                None => Stage::Done,
            };
        }
        let rows = self.problem.next_rows(self.waiting(), self.evaluated);
        let Some(random) = self.random.as_mut().filter(|_| rows > 0) else { return Stage::Done };
        let draws: Vec<(usize, R)> =
            (0..rows).map(|_| (random.below(background.len()), R::from_f64(random.uniform()))).collect();
        let place = |(other, alpha): &(usize, R)| {
            let other = &background[*other];
            Array2::from_shape_fn((steps, input.x.ncols()), |at| other[at] + *alpha * (input.x[at] - other[at]))
        };
        let pass = GradientPass::of_rows(
            input,
            0,
            steps,
            self.problem.target,
            draws.iter().map(place).collect(),
            Share::apart(rows),
            rows,
        );
        Stage::Draws(Box::new(pass), draws.into_iter().map(|(other, _)| other).collect())
    }
}

impl<R: Scalar> Job for ExpectedGradientsJob<R> {
    fn total(&self) -> usize {
        // Progress towards all samples, or, of draws, towards the budget.
        100 * if self.random.is_some() { self.budget() } else { self.problem.background.len() }
    }

    fn done(&self) -> usize {
        let running = match &self.stage {
            Stage::Way(job) => (100 * job.done() / job.total().max(1)).min(99),
            _ => 0,
        };
        100 * self.sampled.count() + running
    }

    fn advance(&mut self) -> bool {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Scores(mut pass) => match pass.advance() {
                true => Stage::Scores(pass),
                false => {
                    self.traced += pass.records.rows;
                    self.others.extend(pass.scores(&self.problem.target));
                    Stage::Next
                }
            },
            Stage::Trace(mut trace) => match trace.advance() {
                true => Stage::Trace(trace),
                false => {
                    self.traced += 1;
                    let pair =
                        Rc::new(Pair { input: self.problem.pair.input.clone(), baseline: Rc::new(trace.finish()) });
                    let scores = (self.score, self.others[self.sampled.count()]);
                    let problem = Problem { pair, ..self.problem.clone() };
                    Stage::Way(Box::new(IntegratedGradientsJob::new(problem, scores, self.plan())))
                }
            },
            Stage::Way(mut way) => match way.advance() {
                true => Stage::Way(way),
                false => {
                    let answer = way.answer();
                    self.evaluated += answer.cost.backward;
                    self.missed += usize::from(!answer.converged);
                    self.sampled.add(&answer.scores);
                    Stage::Next
                }
            },
            Stage::Draws(mut pass, others) => match pass.advance() {
                true => Stage::Draws(pass, others),
                false => {
                    self.evaluated += others.len();
                    for (gradient, other) in pass.finish().0.iter().zip(others) {
                        let (x, other) = (&self.problem.pair.input.x, &self.problem.background[other]);
                        let scores = Array2::from_shape_fn(gradient.dim(), |at| {
                            gradient[at].to_f64() * (x[at].to_f64() - other[at].to_f64())
                        });
                        self.sampled.add(&scores);
                    }
                    Stage::Next
                }
            },
            Stage::Next => self.next(),
            Stage::Done => Stage::Done,
        };
        !matches!(self.stage, Stage::Done)
    }

    fn answer(&self) -> Attribution {
        let (mut scores, errors) = self.sampled.means();
        // Of the first sample what is known of its way.
        let way = match &self.stage {
            Stage::Way(job) => Some(job.answer()).filter(|answer| answer.cost.forward > 0).map(|answer| answer.scores),
            _ => None,
        };
        if let (0, Some(seen)) = (self.sampled.count(), way) {
            scores.slice_mut(s![..seen.nrows(), ..]).assign(&seen);
        }
        let cost = Cost { forward: self.traced + self.evaluated, backward: self.evaluated };
        let (taken, samples) = (self.sampled.count(), self.problem.background.len());
        let mut answer = Attribution::summing(scores, self.score, self.baseline_score(), cost);
        if taken > 1 {
            answer.error = Some(errors);
            self.sampled.tell_sums(&mut answer);
        }
        let within = match self.random {
            Some(_) => self.sampled.error_of_sum() <= self.plan().allowed,
            None => self.missed == 0 || answer.gap.is_some_and(|gap| gap.abs() <= self.plan().allowed),
        };
        answer.converged = within && matches!(self.stage, Stage::Done);
        answer.note = match (&self.random, within) {
            (None, true) => format!("{taken} of {samples} other samples, {} gradients", self.evaluated),
            (None, false) => format!(
                "{taken} of {samples} other samples; {} gradients did not bring {} of them within the tolerance",
                self.evaluated, self.missed
            ),
            (Some(_), _) => format!(
                "{taken} draws from {samples} other samples, seed {}; the standard error of the sum is {:.1e}",
                self.settings.number("seed"),
                self.sampled.error_of_sum()
            ),
        };
        answer
    }
}
