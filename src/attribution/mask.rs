//! A mask that keeps the score with as little of the input as it can (Fong & Vedaldi 2017; Crabbé & van der Schaar
//! 2021, Dynamask).
//!
//! x_m = x′ + m ⊙ (x − x′), m ∈ [0, 1]; learned to make small
//! L(m) = ((F(x) − F(x_m)) / (F(x) − F(x′)))² + λ₁ · mean m + λ₂ · mean |m_t − m_{t−1}|.

use super::pass::GradientPass;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Dimension, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::cell::Scalar;
use crate::network::Share;
use crate::{Error, Result};
use ndarray::Array2;

const PARAMS: &[Param] = &[
    Param {
        id: "over",
        label: "Mask over",
        help: "One number a step, or, for a series, one for every feature at every step.",
        kind: ParamKind::Choice(&[("steps", "steps"), ("cells", "cells of the series")]),
    },
    Param {
        id: "size",
        label: "Price of size",
        help: "What keeping all of the input costs, where losing all of the score costs 1: more makes the mask smaller.",
        kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: false, default: 0.3 },
    },
    Param {
        id: "smoothness",
        label: "Price of jumps",
        help: "What it costs when neighbouring steps are kept differently: more makes the mask come in stretches.",
        kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: false, default: 0.1 },
    },
    Param {
        id: "rounds",
        label: "Rounds",
        help: "Steps of gradient descent; the best mask of all rounds is shown.",
        kind: ParamKind::Number { low: 1.0, high: 2000.0, step: 1.0, log: true, default: 100.0 },
    },
];

/// The method.
pub const MASK: Method = Method {
    id: "mask",
    label: "Learned mask",
    family: "Masks",
    question: "How little of the input is enough for the score, and which part of it?",
    formula: "min over m ∈ [0, 1] of ((F(x) − F(x_m)) / (F(x) − F(x′)))² + λ₁ · mean m + λ₂ · mean |m_t − m_{t−1}|, x_m = x′ + m ⊙ (x − x′) (Fong & Vedaldi 2017; over time as Crabbé & van der Schaar 2021, without their blurs and their price by sorted size)",
    caveat: "It finds one sufficient part; there may be others, and what is left out may matter as well. A half-kept input may look like nothing the network was trained on. Another price of size or of jumps gives another mask, and descent may stop in a valley that is not the deepest.",
    cost: "one forward and one backward pass a round",
    signed: false,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: PARAMS,
    refuses: nowhere,
    start: (start, start),
};

/// Rates of Adam (Kingma & Ba 2015): of the first step, and of the averages of the gradient and of its square.
const RATE: f64 = 0.05;
const DECAY: (f64, f64) = (0.9, 0.99);
/// Every part is half kept at first.
const BEGINNING: f64 = 0.5;
/// Counts as kept, in words.
const KEPT: f64 = 0.5;

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    Ok(Box::new(MaskJob::new(problem, settings)?))
}

/// A mask being learned.
pub struct MaskJob<R: 'static> {
    problem: Problem<R>,
    /// Each cell of the series has a number of its own.
    by_cell: bool,
    price: (f64, f64),
    rounds: usize,
    scores: (f64, f64),
    /// x − x′ where a mask can matter, [steps, I].
    difference: Array2<f64>,
    /// Where the input differs from the baseline, [steps, 1 or I].
    free: Array2<bool>,
    /// m, same shape.
    mask: Array2<f64>,
    /// Running means of the gradient and of its square.
    moments: (Array2<f64>, Array2<f64>),
    /// What those still hold of their beginning at zero.
    empty: (f64, f64),
    /// The mask with the smallest objective so far, and the score that it keeps.
    best: (Array2<f64>, f64),
    objectives: Vec<f64>,
    pass: Option<GradientPass<R>>,
    units: usize,
}

impl<R: Scalar> MaskJob<R> {
    /// With the settings of the method.
    ///
    /// # Errors
    /// A mask over the cells of a text, whose features are no parts of it.
    pub fn new(problem: Problem<R>, settings: &Settings) -> Result<MaskJob<R>> {
        let by_cell = settings.choice("over") == 1;
        if by_cell && !problem.pair.input.network.series() {
            return Err(Error::request("Mask over", "steps for a text", "cells of the series"));
        }
        let (steps, scores) = (problem.steps(), problem.scores()?);
        let (x, baseline) = (&problem.pair.input.x, &problem.pair.baseline.x);
        let difference = Array2::from_shape_fn((steps, x.ncols()), |at| x[at].to_f64() - baseline[at].to_f64());
        let free = match by_cell {
            true => difference.mapv(|d| d != 0.0),
            false => Array2::from_shape_fn((steps, 1), |(t, _)| difference.row(t).iter().any(|d| *d != 0.0)),
        };
        let mask = free.mapv(|free| if free { BEGINNING } else { 0.0 });
        let nothing = Array2::zeros(mask.dim());
        // Where there is no difference to keep, nothing has to be kept.
        let rounds = if scores.0 == scores.1 { 0 } else { settings.number("rounds") as usize };
        Ok(MaskJob {
            by_cell,
            price: (settings.number("size"), settings.number("smoothness")),
            rounds,
            best: (nothing.clone(), scores.1),
            moments: (nothing.clone(), nothing),
            empty: (1.0, 1.0),
            problem,
            scores,
            difference,
            free,
            mask,
            objectives: Vec::new(),
            pass: None,
            units: 0,
        })
    }

    /// L(m) of every round so far.
    pub fn objectives(&self) -> &[f64] {
        &self.objectives
    }

    /// Number of the part (t, i).
    fn part(&self, (t, i): (usize, usize)) -> (usize, usize) {
        (t, if self.by_cell { i } else { 0 })
    }

    fn begin(&mut self) {
        let trace = &self.problem.pair.input;
        let baseline = &self.problem.pair.baseline.x;
        let row = Array2::from_shape_fn(self.difference.dim(), |at| {
            R::from_f64(baseline[at].to_f64() + self.mask[self.part(at)] * self.difference[at])
        });
        let steps = self.problem.steps();
        let pass = GradientPass::of_rows(trace, 0, steps, self.problem.target, vec![row], Share::apart(1), 1);
        self.pass = Some(pass);
        self.units = 0;
    }

    /// Judges the mask of the finished pass and takes one step downhill.
    fn learn(&mut self, gradient: &Array2<R>, score: f64) {
        let whole = self.scores.0 - self.scores.1;
        let lost = (self.scores.0 - score) / whole;
        let parts = self.free.iter().filter(|free| **free).count().max(1) as f64;
        // ∂L/∂m of what is lost, of the size and of the jumps.
        let mut slope = self.free.mapv(|free| if free { self.price.0 / parts } else { 0.0 });
        for (at, difference) in self.difference.indexed_iter() {
            slope[self.part(at)] -= 2.0 * lost / whole * gradient[at].to_f64() * difference;
        }
        let mut jumps = 0.0;
        for (t, i) in ndarray::indices(self.mask.dim()) {
            if t == 0 || !self.free[(t, i)] || !self.free[(t - 1, i)] {
                continue;
            }
            let jump = self.mask[(t, i)] - self.mask[(t - 1, i)];
            jumps += jump.abs();
            if jump != 0.0 {
                slope[(t, i)] += self.price.1 / parts * jump.signum();
                slope[(t - 1, i)] -= self.price.1 / parts * jump.signum();
            }
        }
        let objective = lost * lost + (self.price.0 * self.mask.sum() + self.price.1 * jumps) / parts;
        if self.objectives.iter().all(|earlier| objective < *earlier) {
            self.best = (self.mask.clone(), score);
        }
        self.objectives.push(objective);
        self.empty = (self.empty.0 * DECAY.0, self.empty.1 * DECAY.1);
        // Ever smaller steps, so that it settles.
        let rate = RATE * (1.0 - self.objectives.len() as f64 / (self.rounds + 1) as f64);
        let (first, second) = &mut self.moments;
        for (at, slope) in slope.indexed_iter().filter(|(at, _)| self.free[*at]) {
            first[at] += (1.0 - DECAY.0) * (slope - first[at]);
            second[at] += (1.0 - DECAY.1) * (slope * slope - second[at]);
            let (mean, square) = (first[at] / (1.0 - self.empty.0), second[at] / (1.0 - self.empty.1));
            let step = if square > 0.0 { rate * mean / square.sqrt() } else { 0.0 };
            self.mask[at] = (self.mask[at] - step).clamp(0.0, 1.0);
        }
    }
}

impl<R: Scalar> Job for MaskJob<R> {
    fn total(&self) -> usize {
        100 * self.rounds
    }

    fn done(&self) -> usize {
        let running = self.pass.as_ref().map_or(0, |pass| 100 * self.units / pass.total().max(1)).min(99);
        (100 * self.objectives.len() + running).min(self.total())
    }

    fn advance(&mut self) -> bool {
        if let Some(pass) = &mut self.pass {
            self.units += 1;
            if pass.advance() {
                return true;
            }
        }
        if let Some(pass) = self.pass.take() {
            let (gradients, scores, _) = pass.finish();
            if let (Some(gradient), Some(score)) = (gradients.first(), scores.first()) {
                self.learn(gradient, *score);
            }
        }
        if self.objectives.len() == self.rounds {
            return false;
        }
        self.begin();
        true
    }

    fn answer(&self) -> Attribution {
        let (mask, score) = &self.best;
        let mut scores = Array2::zeros((self.problem.pair.input.steps(), mask.ncols()));
        scores.slice_mut(ndarray::s![..mask.nrows(), ..]).assign(mask);
        let rounds = self.objectives.len();
        let note = match (self.objectives.first(), self.objectives.iter().copied().reduce(f64::min)) {
            (Some(first), Some(best)) => {
                let (kept, all) = (mask.iter().filter(|m| **m >= KEPT).count(), mask.len());
                let share = 100.0 * (score - self.scores.1) / (self.scores.0 - self.scores.1);
                let what = if self.by_cell { "cells" } else { "steps" };
                format!(
                    "{kept} of {all} {what} are kept at least by half; with the mask {share:.0} % of the score difference is left; the objective fell from {first:.3} to {best:.3} in {rounds} rounds"
                )
            }
            _ if self.rounds == 0 => "input and baseline have the same score: nothing has to be kept".into(),
            _ => "no round yet".into(),
        };
        Attribution {
            scores,
            dimension: Dimension::Kept,
            score: self.scores.0,
            baseline_score: self.scores.1,
            cost: Cost { forward: rounds, backward: rounds },
            converged: rounds == self.rounds,
            note,
            ..Attribution::default()
        }
    }
}
