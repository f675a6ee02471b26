//! Integrated gradients with one step moving at a time: temporal (time_interpret) and sequential (Enguehard 2023).
//!
//! φ_t = (x_t − x′_t) ⊙ ∫₀¹ ∂F/∂x_t (x_t at x′_t + α (x_t − x′_t)) dα. All other steps stay as they are; temporal
//! integrated gradients leave the later ones out, so that the score is the one that was known at step t.

use super::pass::GradientPass;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::gauss_legendre;
use crate::network::{Share, Target};
use ndarray::Array2;

/// Points of a step at which refinement ends.
const MOST_POINTS: usize = 256;

const PARAMS: &[Param] = &[
    Param {
        id: "steps",
        label: "Points at first",
        help: "Gauss–Legendre points on the way of each step from baseline to input.",
        kind: ParamKind::Number { low: 1.0, high: MOST_POINTS as f64, step: 1.0, log: true, default: 8.0 },
    },
    Param {
        id: "tolerance",
        label: "Tolerance",
        help: "A step's points are doubled until its bars add up to within this share of what moving the step does to the score; 0 doubles none.",
        kind: ParamKind::Number { low: 0.0, high: 0.5, step: 0.0, log: true, default: 0.01 },
    },
];

/// Later steps are left out.
pub const TEMPORAL: Method = Method {
    id: "temporal-integrated-gradients",
    label: "Temporal integrated gradients",
    family: "Gradients",
    question: "When this step came in, how much did each part of it move the score as it stood then?",
    formula: "φ_t = (x_t − x′_t) ⊙ ∫₀¹ ∂F(x_1…t)/∂x_t dα with x_t at x′_t + α (x_t − x′_t); Σ_i φ_ti = F(x_1…t) − F(x_1…t−1, x′_t) (time_interpret, Enguehard 2023)",
    caveat: "Each step is asked about the score at its own time: the output at that step, or of the input cut off after it. The bars of one step add up; over steps they have no sum.",
    cost: "one forward and one backward step a point and step; of a network that reads backwards, passes over all steps so far",
    signed: true,
    completes: false,
    slope_first: true,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: PARAMS,
    refuses: nowhere,
    start: (temporal, temporal),
};
/// Later steps stay.
pub const SEQUENTIAL: Method = Method {
    id: "sequential-integrated-gradients",
    label: "Sequential integrated gradients",
    question: "With every other step as it is, how much did each part of this step bring?",
    formula: "φ_t = (x_t − x′_t) ⊙ ∫₀¹ ∂F(x)/∂x_t dα with x_t at x′_t + α (x_t − x′_t); Σ_i φ_ti = F(x) − F(x with x′_t) (Enguehard 2023)",
    caveat: "The bars of one step add up to what its occlusion loses. What two steps share is counted twice or not at all, so over steps the bars have no sum.",
    cost: "one forward and one backward pass a point and step, each from that step on",
    start: (sequential, sequential),
    ..TEMPORAL
};

fn temporal<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, true)
}

fn sequential<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, false)
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings, crop: bool) -> Result<Box<dyn Job>> {
    let (score, baseline_score) = problem.scores()?;
    let (x, y) = (&problem.pair.input.x, &problem.pair.baseline.x);
    let mut moved: Vec<usize> = (0..problem.steps()).filter(|t| x.row(*t) != y.row(*t)).collect();
    if !crop {
        // What stands last mostly matters most, and is known soonest: each pass begins at its step.
        moved.reverse();
    }
    let scores = Array2::zeros(x.dim());
    let (first, tolerance) = (settings.number("steps") as usize, settings.number("tolerance"));
    let way = Way::new(first, x.ncols());
    Ok(Box::new(OneStepJob {
        problem,
        crop,
        first,
        tolerance,
        score,
        baseline_score,
        moved,
        done: 0,
        way,
        pass: None,
        units: 0,
        scores,
        worst: 0.0,
        most: 0,
        unmet: 0,
        evaluated: 0,
    }))
}

/// The way of one step from baseline to input, sampled by one rule.
struct Way {
    points: usize,
    /// (α, weight) still to come: the two ends, which have no weight, then the rule's.
    queue: Vec<(f64, f64)>,
    /// F where the way begins and ends.
    ends: Vec<f64>,
    /// ∫ ∂F/∂x_t dα, [I].
    gradient: Vec<f64>,
}

impl Way {
    fn new(points: usize, features: usize) -> Way {
        let mut queue = vec![(0.0, 0.0), (1.0, 0.0)];
        queue.extend(gauss_legendre(points));
        Way { points, queue, ends: Vec::new(), gradient: vec![0.0; features] }
    }
}

struct OneStepJob<R: 'static> {
    problem: Problem<R>,
    /// Later steps are left out.
    crop: bool,
    first: usize,
    tolerance: f64,
    score: f64,
    baseline_score: f64,
    /// Steps at which input and baseline differ, in the order in which they are asked; the others get nothing.
    moved: Vec<usize>,
    /// Of those, how many are done.
    done: usize,
    way: Way,
    pass: Option<(GradientPass<R>, usize)>,
    units: usize,
    scores: Array2<f64>,
    /// Largest |gap| of a step, largest number of points, and steps whose tolerance was not reached.
    worst: f64,
    most: usize,
    unmet: usize,
    evaluated: usize,
}

impl<R: Scalar> OneStepJob<R> {
    /// Starts a pass over the next points of step t.
    fn begin(&mut self, t: usize) {
        let rows = self.problem.next_rows(self.way.queue.len(), self.evaluated);
        let points: Vec<(f64, f64)> = self.way.queue.drain(..rows).collect();
        let (input, baseline) = (&self.problem.pair.input, &self.problem.pair.baseline);
        let steps = if self.crop { t + 1 } else { self.problem.steps() };
        let target = if self.crop { Target { step: t, ..self.problem.target } } else { self.problem.target };
        let row = |alpha: f64| {
            let alpha = R::from_f64(alpha);
            Array2::from_shape_fn((steps - t, input.x.ncols()), |(s, k)| {
                let (x, y) = (input.x[(t + s, k)], baseline.x[(t + s, k)]);
                if s == 0 { y + alpha * (x - y) } else { x }
            })
        };
        let shares = points.iter().map(|(_, weight)| Share { group: 0, weight: *weight }).collect();
        let pass = GradientPass::of_rows(
            input,
            t,
            steps,
            target,
            points.iter().map(|(alpha, _)| row(*alpha)).collect(),
            shares,
            1,
        );
        self.pass = Some((pass, rows));
        self.units = 0;
    }

    /// Adds a finished pass to the way of step t; with its last, the step has its scores or gets twice the points.
    fn collect(&mut self, t: usize, pass: GradientPass<R>, rows: usize) {
        let (gradients, scores, _) = pass.finish();
        self.evaluated += rows;
        let wanted = 2 - self.way.ends.len();
        self.way.ends.extend(scores.into_iter().take(wanted));
        for gradient in gradients {
            self.way.gradient.iter_mut().zip(gradient.row(t)).for_each(|(sum, g)| *sum += g.to_f64());
        }
        if !self.way.queue.is_empty() {
            return;
        }
        let (input, baseline) = (&self.problem.pair.input, &self.problem.pair.baseline);
        let difference = |k: usize| input.x[(t, k)].to_f64() - baseline.x[(t, k)].to_f64();
        let shares: Vec<f64> = self.way.gradient.iter().enumerate().map(|(k, g)| g * difference(k)).collect();
        let (from, to) = (self.way.ends[0], self.way.ends[1]);
        let gap = (to - from - shares.iter().sum::<f64>()).abs();
        let rounding = if R::NAME == "f32" { 2e-6 } else { 1e-14 } * (from.abs() + to.abs()).max(1.0);
        let reached = self.tolerance == 0.0 || gap <= (self.tolerance * (to - from).abs()).max(rounding);
        if !reached && 2 * self.way.points <= MOST_POINTS {
            self.way = Way::new(2 * self.way.points, shares.len());
            return;
        }
        self.scores.row_mut(t).iter_mut().zip(shares).for_each(|(score, share)| *score = share);
        self.worst = self.worst.max(gap);
        self.most = self.most.max(self.way.points);
        self.unmet += usize::from(!reached);
        self.done += 1;
        self.way = Way::new(self.first, input.x.ncols());
    }
}

impl<R: Scalar> Job for OneStepJob<R> {
    fn total(&self) -> usize {
        100 * self.moved.len()
    }

    fn done(&self) -> usize {
        let running = self.pass.as_ref().map_or(0, |(pass, _)| (100 * self.units / (2 * pass.total()).max(1)).min(99));
        100 * self.done + running
    }

    fn advance(&mut self) -> bool {
        let Some(t) = self.moved.get(self.done).copied() else { return false };
        match &mut self.pass {
            None => self.begin(t),
            Some((pass, _)) => {
                self.units += 1;
                if !pass.advance()
                    && let Some((pass, rows)) = self.pass.take()
                {
                    self.collect(t, pass, rows);
                }
            }
        }
        self.done < self.moved.len()
    }

    fn answer(&self) -> Attribution {
        let note = match (self.done, self.most) {
            (0, _) => format!("0 of {} steps", self.moved.len()),
            (done, most) => format!(
                "{done} of {} steps, at most {most} points each; the bars of a step miss its own difference by {:.1e} at worst",
                self.moved.len(),
                self.worst
            ),
        };
        Attribution {
            scores: self.scores.clone(),
            score: self.score,
            baseline_score: self.baseline_score,
            cost: Cost { forward: self.evaluated, backward: self.evaluated },
            converged: self.done == self.moved.len() && self.unmet == 0,
            note,
            ..Attribution::default()
        }
    }
}
