//! One question a file: what made this score? A registry lists the answers.
//!
//! A method is started on a problem (input, baseline, target) and becomes a job that is done unit by unit; the
//! partial answer can be read at any time. The gap between what the scores add up to and what they should is
//! measured and returned, never absorbed.

mod backward_job;
mod baseline;
mod gradient;
mod input_gradient;
mod integrated_gradients;
mod occlusion;
mod pass;
mod settings;

pub use baseline::{BASELINES, BaselineInfo, Material};
pub use settings::{Given, Param, ParamKind, Settings};

use crate::cell::Scalar;
use crate::network::{Pair, Target};
use crate::{Error, Result};
use ndarray::Array2;
use std::rc::Rc;

/// The registry: a new method is one file and one line here.
pub const METHODS: &[&dyn Method] = &[
    &integrated_gradients::IntegratedGradients,
    &input_gradient::InputGradient,
    &gradient::Gradient,
    &occlusion::STEP,
    &occlusion::FEATURE,
    &occlusion::CELL,
];

/// What is asked.
pub struct Problem<R: 'static> {
    /// The input and what it is compared with, traced.
    pub pair: Rc<Pair<R>>,
    /// The score.
    pub target: Target,
    /// Per input: raw units per standardised unit, [I]; empty if inputs have no units.
    pub raw_scale: Vec<f64>,
}

impl<R> Clone for Problem<R> {
    fn clone(&self) -> Problem<R> {
        Problem { pair: self.pair.clone(), target: self.target, raw_scale: self.raw_scale.clone() }
    }
}

impl<R: Scalar> Problem<R> {
    /// F(x) and F(x').
    pub fn scores(&self) -> Result<(f64, f64)> {
        Ok((self.pair.input.score(&self.target)?, self.pair.baseline.score(&self.target)?))
    }

    /// Steps that can matter: up to the target's, if nothing reads backwards.
    pub fn steps(&self) -> usize {
        let network = &self.pair.input.network;
        let hidden = self.target.readout == crate::network::Readout::Hidden;
        if !network.bidirectional() && (network.every_step() || hidden) { self.target.step + 1 } else { self.pair.input.steps() }
    }

    /// Rows of the next batch of `waiting` variants: even batches, in fours, as the kernel takes them.
    pub fn next_rows(&self, waiting: usize) -> usize {
        let batches = waiting.div_ceil(self.batch_rows()).max(1);
        waiting.div_ceil(batches).next_multiple_of(4).min(waiting).min(self.batch_rows())
    }

    /// Most rows of a batch: enough to fill the kernel, few enough to fit `BATCH_BYTES`.
    pub fn batch_rows(&self) -> usize {
        const BATCH_BYTES: usize = 64 << 20;
        const MOST_ROWS: usize = 32;
        let row = self.pair.input.network.numbers_per_step() * self.pair.input.steps() * size_of::<R>();
        (BATCH_BYTES / row.max(1)).clamp(1, MOST_ROWS)
    }
}

/// How [T, I] scores become one number a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// Σ over the features: shares add up.
    Sum,
    /// √Σ² over the features: a magnitude without sign.
    Norm,
}

/// Work done, counted in passes over one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Forward passes.
    pub forward: usize,
    /// Backward passes.
    pub backward: usize,
}

/// The answer, finished or so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// [T, I]; [T, 1] if the method scores steps, [1, I] if it scores features.
    pub scores: Array2<f64>,
    /// How they become one number a step.
    pub reduction: Reduction,
    /// F(x).
    pub score: f64,
    /// F(x').
    pub baseline_score: f64,
    /// F(x) − F(x') − Σ scores, where a sum has a meaning.
    pub gap: Option<f64>,
    /// What it cost.
    pub cost: Cost,
    /// The asked tolerance was reached; true where none was asked.
    pub converged: bool,
    /// One sentence on how it went.
    pub note: String,
}

impl Attribution {
    /// An answer whose scores should add up to F(x) − F(x').
    fn summing(scores: Array2<f64>, score: f64, baseline_score: f64, cost: Cost) -> Attribution {
        let gap = Some(score - baseline_score - scores.sum());
        Attribution { scores, reduction: Reduction::Sum, score, baseline_score, gap, cost, converged: true, note: String::new() }
    }

    /// One number a step (or, for scores of features, one a feature).
    pub fn reduced(&self) -> Vec<f64> {
        let row = |values: ndarray::ArrayView1<'_, f64>| match self.reduction {
            Reduction::Sum => values.sum(),
            Reduction::Norm => values.iter().map(|v| v * v).sum::<f64>().sqrt(),
        };
        self.scores.rows().into_iter().map(row).collect()
    }
}

/// What a method says of itself; menus, sliders and help text are made from it.
pub trait Method: Start<f32> + Start<f64> + Sync {
    /// Stable.
    fn id(&self) -> &'static str;
    /// For people.
    fn label(&self) -> &'static str;
    /// The question it answers, one sentence.
    fn question(&self) -> &'static str;
    /// Its formula and source.
    fn formula(&self) -> &'static str;
    /// What it does not promise.
    fn caveat(&self) -> &'static str;
    /// What it costs, in passes.
    fn cost(&self) -> &'static str;
    /// Scores have a sign.
    fn signed(&self) -> bool;
    /// Scores promise to add up to F(x) − F(x').
    fn completes(&self) -> bool;
    /// Its answer depends on the baseline.
    fn uses_baseline(&self) -> bool;
    /// Its controls.
    fn params(&self) -> &'static [Param];
    /// Why it cannot be used on such an input, if it cannot.
    fn refuses(&self, series: bool) -> Option<&'static str> {
        let _ = series;
        None
    }
}

/// Begins the work in one precision.
pub trait Start<R: Scalar> {
    /// `settings` has been checked against `params`.
    fn start(&self, problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>>;
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

/// The method of this name.
pub fn find(id: &str) -> Result<&'static dyn Method> {
    METHODS.iter().copied().find(|method| method.id() == id).ok_or_else(|| {
        let known: Vec<&str> = METHODS.iter().map(|method| method.id()).collect();
        Error::request("method", format!("one of {}", known.join(", ")), id)
    })
}
