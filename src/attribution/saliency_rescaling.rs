//! Temporal saliency rescaling (Ismail et al. 2020): which step matters, and there which feature?
//!
//! With A = ∂F/∂x, or x ⊙ ∂F/∂x of what differs from the baseline:
//! Δ_t = Σ |A(x) − A(x with x_t ← x′_t)|, and at the steps where it is large Δ_tk = Σ |A(x) − A(x with x_tk ← x′_tk)|;
//! the answer is Δ_t · Δ_tk, each scaled to 0 … 1.

use super::pass::GradientPass;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Dimension, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::descending;
use crate::network::Share;
use ndarray::{Array2, s};

/// What features share at steps where nobody asked which of them it was (the paper's).
const REST: f64 = 0.1;

/// The method.
pub const SALIENCY_RESCALING: Method = Method {
    id: "saliency-rescaling",
    label: "Temporal saliency rescaling",
    family: "Gradients",
    question: "Whose absence, step by step and there feature by feature, changes the picture of the gradients most?",
    formula: "Δ_t · Δ_tk, Δ_t = Σ |A(x) − A(x_t ← x′_t)|, Δ_tk = Σ |A(x) − A(x_tk ← x′_tk)| at the steps where Δ_t is large, each scaled to 0 … 1; A = ∂F/∂x or (x − x′) ⊙ ∂F/∂x (Ismail et al. 2020)",
    caveat: "It says where the gradients' picture depends on the input, not what raised the score. Scaled to 0 … 1, the largest is 1 and the smallest 0 however small both are. At steps that were left out all features that are read share a tenth, as in the paper.",
    cost: "one forward and one backward pass a step, and one for every feature of the steps that are kept",
    signed: false,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: &[
        Param {
            id: "of",
            label: "Picture",
            help: "What is compared: the gradient, or the gradient times what differs from the baseline.",
            kind: ParamKind::Choice(&[("gradient", "gradient"), ("product", "input × gradient")]),
        },
        Param {
            id: "quantile",
            label: "Steps left out",
            help: "The share of the steps, those of the smallest change, at which features are not told apart; of a text none are.",
            kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: false, default: 0.55 },
        },
    ],
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
        of_steps: vec![None; steps],
        of_cells: Array2::from_elem((all, if input.network.series() { features } else { 0 }), None),
        kept: None,
        waiting: (0..steps).map(|t| (t, None)).collect(),
        done: 0,
    };
    let pass = Some((GradientPass::of_trace(&problem.pair, problem.target), Vec::new()));
    let product = settings.chosen("of") == "product";
    Ok(Box::new(Rescaling { product, scores, picture: Vec::new(), changes, pass, units: 0, problem }))
}

/// A step that is the baseline's, or one feature of it.
type Place = (usize, Option<usize>);

struct Rescaling<R: 'static> {
    problem: Problem<R>,
    product: bool,
    /// F(x) and F(x').
    scores: (f64, f64),
    /// A(x), flat.
    picture: Vec<f64>,
    changes: Changes,
    pass: Option<(GradientPass<R>, Vec<Place>)>,
    units: usize,
}

/// How much the picture changes where something is the baseline's, in no precision of the network.
struct Changes {
    quantile: f64,
    /// [T, I] what differs from the baseline and is read.
    differs: Array2<bool>,
    /// [I] whether the network reads it.
    read: Vec<bool>,
    /// [T] Δ_t, as far as known.
    of_steps: Vec<Option<f64>>,
    /// [T, I] Δ_tk; no columns where features mean nothing.
    of_cells: Array2<Option<f64>>,
    /// Steps whose features are told apart, once all steps are known.
    kept: Option<Vec<usize>>,
    waiting: Vec<Place>,
    /// Gradients but the first.
    done: usize,
}

/// Known numbers from the smallest to the largest, as 0 … 1; all alike they are all 1, or 0 if they are.
fn scaled(numbers: &[Option<f64>]) -> Vec<Option<f64>> {
    let known = numbers.iter().flatten();
    let (low, high) = known.fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
    let scale = |x: f64| if high > low { (x - low) / (high - low) } else { f64::from(u8::from(x > 0.0)) };
    numbers.iter().map(|number| number.map(scale)).collect()
}

impl Changes {
    fn take(&mut self, (t, feature): Place, delta: f64) {
        match feature {
            None => self.of_steps[t] = Some(delta),
            Some(k) => self.of_cells[(t, k)] = Some(delta),
        }
        self.done += 1;
    }

    /// The steps of the largest Δ_t, whose features come next.
    fn keep(&mut self) {
        let deltas: Vec<f64> = self.of_steps.iter().map(|delta| delta.unwrap_or(0.0)).collect();
        let count = (deltas.len() as f64 * (1.0 - self.quantile)).ceil() as usize;
        let kept: Vec<usize> = descending(&deltas).into_iter().take(count).filter(|t| deltas[*t] > 0.0).collect();
        for t in &kept {
            for k in 0..self.of_cells.ncols() {
                // A feature that is the baseline's own, or that nobody reads, changes nothing.
                let differs = self.differs[(*t, k)];
                self.of_cells[(*t, k)] = (!differs).then_some(0.0);
                if differs {
                    self.waiting.push((*t, Some(k)));
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
            let Some(time) = time else { continue };
            if features == 0 {
                scores[(t, 0)] = time;
                continue;
            }
            let told = self.kept.as_ref().is_some_and(|kept| kept.contains(&t));
            let cells = scaled(&self.of_cells.row(t).to_vec());
            let all_known = told && cells.iter().all(Option::is_some);
            for (k, cell) in cells.into_iter().enumerate() {
                let rest = if self.read[k] { REST } else { 0.0 };
                scores[(t, k)] = time * cell.filter(|_| all_known).unwrap_or(rest);
            }
        }
        scores
    }

    fn note(&self) -> String {
        let known = self.of_steps.iter().flatten().count();
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
    fn without(&self, (t, feature): Place) -> Array2<R> {
        let (input, baseline) = (&self.problem.pair.input.x, &self.problem.pair.baseline.x);
        let mut x = input.slice(s![..self.problem.steps(), ..]).to_owned();
        match feature {
            Some(k) => x[(t, k)] = baseline[(t, k)],
            None => x.row_mut(t).assign(&baseline.row(t)),
        }
        x
    }

    /// A, flat: the gradient, times x − x′ of the input or of a variant.
    fn picture_of(&self, gradient: &Array2<R>, place: Option<Place>) -> Vec<f64> {
        let (input, baseline) = (&self.problem.pair.input.x, &self.problem.pair.baseline.x);
        let absent = |t: usize, k: usize| place.is_some_and(|(at, of)| at == t && of.is_none_or(|of| of == k));
        let apart = |(t, k): (usize, usize)| match self.product {
            true if absent(t, k) => 0.0,
            true => input[(t, k)].to_f64() - baseline[(t, k)].to_f64(),
            false => 1.0,
        };
        gradient.indexed_iter().map(|(at, g)| g.to_f64() * apart(at)).collect()
    }

    fn collect(&mut self, pass: GradientPass<R>, places: &[Place]) {
        let gradients = pass.finish().0;
        if places.is_empty() {
            self.picture = gradients.first().map(|gradient| self.picture_of(gradient, None)).unwrap_or_default();
        }
        for (gradient, place) in gradients.iter().zip(places) {
            let changed = self.picture_of(gradient, Some(*place));
            self.changes.take(*place, changed.iter().zip(&self.picture).map(|(a, b)| (a - b).abs()).sum());
        }
    }
}

impl<R: Scalar> Job for Rescaling<R> {
    fn total(&self) -> usize {
        100 * self.changes.total(self.pass.as_ref().map_or(0, |(_, places)| places.len()))
    }

    fn done(&self) -> usize {
        let running = |(pass, places): &(GradientPass<R>, Vec<Place>)| {
            (100 * self.units / (2 * pass.total()).max(1)).min(100) * places.len()
        };
        (100 * self.changes.done + self.pass.as_ref().map_or(0, running)).min(self.total())
    }

    fn advance(&mut self) -> bool {
        if let Some((pass, _)) = &mut self.pass {
            self.units += 1;
            if pass.advance() {
                return true;
            }
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
        (self.pass, self.units) = (Some((pass, places)), 0);
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
