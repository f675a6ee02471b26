//! Temporal saliency rescaling (Ismail et al. 2020): which step matters, and there which feature?
//!
//! With A = ∂F/∂x: Δ_t = Σ |A(x) − A(x with x_t ← x′_t)|, and at the steps where it is large Δ_tk = Σ |A(x) − A(x with x_tk ← x′_tk)|;
//! the answer is Δ_t · Δ_tk, each scaled to 0 … 1.

use super::pass::GradientPass;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Dimension, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::descending;
use crate::network::Share;
use ndarray::Array2;

/// What features share at steps where nobody asked which of them it was (the paper's).
const REST: f64 = 0.1;

/// The method.
pub const SALIENCY_RESCALING: Method = Method {
    id: "saliency-rescaling",
    label: "Temporal saliency rescaling",
    family: "Gradients",
    question: "Whose absence, step by step and there feature by feature, changes the picture of the gradients most?",
    formula: "Δ_t · Δ_tk, Δ_t = Σ |A(x) − A(x_t ← x′_t)|, Δ_tk = Σ |A(x) − A(x_tk ← x′_tk)| at the steps where Δ_t is large, each scaled to 0 … 1; A = ∂F/∂x (Ismail et al. 2020)",
    caveat: "It says where the gradients' picture depends on the input, not what raised the score. Scaled to 0 … 1, the largest is 1 and the smallest 0 however small both are. At steps that were left out all features that are read share a tenth, as in the paper.",
    cost: "one forward and one backward pass a step, and one for every feature of the steps that are kept",
    signed: false,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: &[Param {
        id: "quantile",
        label: "Steps left out",
        help: "The share of the steps, those of the smallest change, at which features are not told apart; of a text none are.",
        kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: false, default: 0.55 },
    }],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let scores = problem.scores()?;
    let (steps, input, baseline) = (problem.steps(), &problem.pair.input, &problem.pair.baseline.x);
    let (all, features) = input.x.dim();
    let read: Vec<bool> = (0..features).map(|k| input.network.reads(k)).collect();
    let changes = Changes {
        quantile: settings.number("quantile"),
        differs: Array2::from_shape_fn((all, features), |at| read[at.1] && input.x[at] != baseline[at]),
        read,
        of_steps: vec![f64::NAN; steps],
        of_cells: Array2::from_elem((all, if input.network.series() { features } else { 0 }), f64::NAN),
        kept: None,
        waiting: (0..steps).map(|t| (t, None)).collect(),
        done: 0,
    };
    let pass = Some((GradientPass::of_trace(&problem.pair, problem.target), Vec::new()));
    Ok(Box::new(Rescaling { scores, picture: Vec::new(), changes, pass, problem }))
}

/// A step that is the baseline's, or one feature of it.
type Place = (usize, Option<usize>);

struct Rescaling<R: 'static> {
    problem: Problem<R>,
    /// F(x) and F(x').
    scores: (f64, f64),
    /// A(x), flat.
    picture: Vec<f64>,
    changes: Changes,
    pass: Option<(GradientPass<R>, Vec<Place>)>,
}

/// How much the picture changes where something is the baseline's, in no precision of the network.
struct Changes {
    quantile: f64,
    /// [T, I] what differs from the baseline and is read.
    differs: Array2<bool>,
    /// [I] whether the network reads it.
    read: Vec<bool>,
    /// [T] Δ_t; not a number where it is not known yet.
    of_steps: Vec<f64>,
    /// [T, I] Δ_tk, the same; no columns where features mean nothing.
    of_cells: Array2<f64>,
    /// Steps whose features are told apart, once all steps are known.
    kept: Option<Vec<usize>>,
    waiting: Vec<Place>,
    /// Gradients but the first.
    done: usize,
}

/// Numbers from the smallest to the largest as 0 … 1; all alike they are all 1, or 0 if they are. What is not known is 0.
fn scaled(numbers: &[f64]) -> Vec<f64> {
    let (low, high) = numbers.iter().fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
    let scale = |x: f64| if high > low { (x - low) / (high - low) } else { f64::from(u8::from(x > 0.0)) };
    numbers.iter().map(|x| if x.is_nan() { 0.0 } else { scale(*x) }).collect()
}

/// Is this value the baseline's?
fn absent((at, feature): Place, (t, k): (usize, usize)) -> bool {
    at == t && feature.is_none_or(|feature| feature == k)
}

impl Changes {
    fn take(&mut self, (t, feature): Place, delta: f64) {
        match feature {
            None => self.of_steps[t] = delta,
            Some(k) => self.of_cells[(t, k)] = delta,
        }
        self.done += 1;
    }

    /// The steps of the largest Δ_t, whose features come next.
    fn keep(&mut self) {
        let count = (self.of_steps.len() as f64 * (1.0 - self.quantile)).ceil() as usize;
        let mut kept = descending(&self.of_steps);
        kept.truncate(count);
        kept.retain(|t| self.of_steps[*t] > 0.0);
        for t in &kept {
            for k in 0..self.of_cells.ncols() {
                // A feature that is the baseline's own, or that nobody reads, changes nothing.
                let differs = self.differs[(*t, k)];
                if differs {
                    self.waiting.push((*t, Some(k)));
                } else {
                    self.of_cells[(*t, k)] = 0.0;
                }
            }
        }
        self.kept = Some(kept);
    }

    /// Gradients in all but the first; before the steps are known, those of features are guessed.
    fn total(&self, running: usize) -> usize {
        let cells = (self.of_steps.len() * self.of_cells.ncols()) as f64;
        let ahead = if self.kept.is_some() { 0 } else { ((1.0 - self.quantile) * cells) as usize };
        (self.done + self.waiting.len() + running + ahead).max(1)
    }

    /// Δ_t · Δ_tk, [T, I], or Δ_t, [T, 1].
    fn scores(&self) -> Array2<f64> {
        let (all, features) = self.of_cells.dim();
        let mut scores = Array2::zeros((all, features.max(1)));
        for (t, time) in scaled(&self.of_steps).into_iter().enumerate() {
            if features == 0 {
                scores[(t, 0)] = time;
                continue;
            }
            let row = self.of_cells.row(t).to_vec();
            // NaN where features were not asked about, or not all are known.
            let known = row.iter().all(|delta| !delta.is_nan());
            for (k, cell) in scaled(&row).into_iter().enumerate() {
                let rest = if self.read[k] { REST } else { 0.0 };
                scores[(t, k)] = time * if known { cell } else { rest };
            }
        }
        scores
    }

    fn note(&self) -> String {
        let known = self.of_steps.iter().filter(|delta| !delta.is_nan()).count();
        match &self.kept {
            None => format!("{known} of {} steps", self.of_steps.len()),
            Some(_) if self.of_cells.ncols() == 0 => format!("all {known} steps"),
            Some(kept) => {
                format!("features are told apart at {} of {known} steps; {} gradients", kept.len(), self.done + 1)
            }
        }
    }
}

impl<R: Scalar> Rescaling<R> {
    /// The input where a place is the baseline's.
    fn without(&self, place: Place) -> Array2<R> {
        let (input, baseline) = (&self.problem.pair.input.x, &self.problem.pair.baseline.x);
        let shape = (self.problem.steps(), input.ncols());
        Array2::from_shape_fn(shape, |at| if absent(place, at) { baseline[at] } else { input[at] })
    }

    fn collect(&mut self, pass: GradientPass<R>, places: &[Place]) {
        for (n, gradient) in pass.finish().0.into_iter().enumerate() {
            let changed = gradient.iter().map(|g| g.to_f64());
            match places.get(n) {
                None => self.picture = changed.collect(),
                Some(place) => {
                    let delta = changed.zip(&self.picture).map(|(a, b)| (a - b).abs()).sum();
                    self.changes.take(*place, delta);
                }
            }
        }
    }
}

impl<R: Scalar> Job for Rescaling<R> {
    fn total(&self) -> usize {
        100 * self.changes.total(self.pass.as_ref().map_or(0, |(_, places)| places.len()))
    }

    fn done(&self) -> usize {
        100 * self.changes.done
    }

    fn advance(&mut self) -> bool {
        if self.pass.as_mut().is_some_and(|(pass, _)| pass.advance()) {
            return true;
        }
        if let Some((pass, places)) = self.pass.take() {
            self.collect(pass, &places);
        }
        if self.changes.waiting.is_empty() && self.changes.kept.is_none() {
            self.changes.keep();
        }
        let rows = self.problem.next_rows(self.changes.waiting.len(), self.changes.done);
        if rows == 0 {
            return false;
        }
        let places: Vec<Place> = self.changes.waiting.drain(..rows).collect();
        let rows: Vec<Array2<R>> = places.iter().map(|place| self.without(*place)).collect();
        let (trace, count) = (&self.problem.pair.input, rows.len());
        let shares = Share::apart(count);
        let pass = GradientPass::of_rows(trace, 0, self.problem.steps(), self.problem.target, rows, shares, count);
        self.pass = Some((pass, places));
        true
    }

    fn answer(&self) -> Attribution {
        let done = self.changes.done;
        Attribution {
            scores: self.changes.scores(),
            dimension: Dimension::Relevance,
            score: self.scores.0,
            baseline_score: self.scores.1,
            cost: Cost { forward: done, backward: done + usize::from(!self.picture.is_empty()) },
            converged: self.changes.waiting.is_empty() && self.pass.is_none() && self.changes.kept.is_some(),
            note: self.changes.note(),
            ..Attribution::default()
        }
    }
}
