//! SmoothGrad (Smilkov et al. 2017) and its kin: what is left of the gradient when the input is shaken.
//!
//! g_k = ∂F(x + ε_k)/∂x with ε_k ~ N(0, (s · range)²). Three answers are made of the same n gradients: their mean, the
//! mean of their squares, and their variance.

use super::pass::GradientPass;
use super::sampled::SampledScores;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Dimension, Job, Kind, Method, Param, ParamKind, Problem, Reduction, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::Random;
use crate::network::Share;
use ndarray::{Array2, s};

const PARAMS: &[Param] = &[
    Param {
        id: "samples",
        label: "Samples",
        help: "Noisy copies of the input whose gradients are taken: errors shrink as one over the root of their number.",
        kind: ParamKind::Number { low: 2.0, high: 10_000.0, step: 1.0, log: true, default: 32.0 },
    },
    Param {
        id: "noise",
        label: "Noise",
        help: "Standard deviation of the noise as a share of the range: of each feature over this series, of all word vectors over this text.",
        kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: false, default: 0.15 },
    },
    Param {
        id: "seed",
        label: "Seed",
        help: "The same seed draws the same noise.",
        kind: ParamKind::Number { low: 0.0, high: 4_294_967_295.0, step: 1.0, log: false, default: 1.0 },
    },
];

/// Which number is made of the n gradients of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smoothing {
    /// 1/n Σ g.
    Mean,
    /// 1/n Σ g².
    Square,
    /// 1/n Σ g² − (1/n Σ g)².
    Variance,
}

/// The mean gradient.
pub const SMOOTHGRAD: Method = Method {
    id: "smoothgrad",
    label: "SmoothGrad",
    family: "Gradients",
    question: "If this input were a little larger, by how much would the score change, on average over inputs near this one?",
    formula: "β = 1/n Σ_k ∂F(x + ε_k)/∂x, ε ~ N(0, (s · range)²); per word the norm (Smilkov et al. 2017)",
    caveat: "It smooths the picture; that does not make it truer. Noisy inputs may look like nothing the network was trained on. The standard error says what more samples could still change, not whether the noise is the right one.",
    cost: "one forward and one backward pass a sample",
    signed: true,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: PARAMS,
    refuses: nowhere,
    start: (mean, mean),
};
/// The mean squared gradient.
pub const SQUARED: Method = Method {
    id: "smoothgrad-squared",
    label: "SmoothGrad²",
    question: "How strongly does the score react to this input, whichever way, near this input?",
    formula: "β = 1/n Σ_k (∂F(x + ε_k)/∂x)²; per word the sum (Hooker et al. 2019)",
    signed: false,
    start: (square, square),
    ..SMOOTHGRAD
};
/// The variance of the gradient.
pub const VARGRAD: Method = Method {
    id: "vargrad",
    label: "VarGrad",
    question: "Where does the gradient depend most on where exactly it is taken?",
    formula: "β = 1/n Σ_k g_k² − (1/n Σ_k g_k)², g_k = ∂F(x + ε_k)/∂x; per word the sum (Adebayo et al. 2018)",
    caveat: "Large where the network bends, not where it is steep: an input with a constant effect gets nothing. The standard error holds for many samples.",
    signed: false,
    start: (variance, variance),
    ..SMOOTHGRAD
};

fn mean<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, Smoothing::Mean)
}

fn square<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, Smoothing::Square)
}

fn variance<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, Smoothing::Variance)
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings, of: Smoothing) -> Result<Box<dyn Job>> {
    let (samples, share, seed) =
        (settings.number("samples") as usize, settings.number("noise"), settings.number("seed"));
    let deviation = deviations(&problem, share);
    let steps = problem.steps();
    let mut random = Random::new(seed as u64);
    let noise = move || Array2::from_shape_fn((steps, deviation.len()), |(_, k)| deviation[k] * random.normal());
    let range =
        if problem.pair.input.network.series() { "each feature's range" } else { "the range of the word vectors" };
    let words = format!("noise of {share} of {range}, seed {seed}");
    job(problem, of, samples, Box::new(noise), words)
}

/// The method on recorded noise ε_k [T, I], one sample each, in the place of drawn noise.
pub fn smooth<R: Scalar>(problem: Problem<R>, of: Smoothing, noise: Vec<Array2<f64>>) -> Result<Box<dyn Job>> {
    let samples = noise.len();
    let mut noise = noise.into_iter();
    let shape = problem.pair.input.x.dim();
    job(
        problem,
        of,
        samples,
        Box::new(move || noise.next().unwrap_or_else(|| Array2::zeros(shape))),
        "recorded noise".into(),
    )
}

fn job<R: Scalar>(
    problem: Problem<R>,
    of: Smoothing,
    samples: usize,
    noise: Noise,
    words: String,
) -> Result<Box<dyn Job>> {
    let score = problem.pair.input.score(&problem.target)?;
    let sampled = SampledScores::new(problem.pair.input.x.dim());
    // One gradient has no variance.
    let glance = (of != Smoothing::Variance && problem.is_long(samples))
        .then(|| GradientPass::of_trace(&problem.pair, problem.target));
    let (pass, units, unshaken) = (None, 0, None);
    Ok(Box::new(SmoothGradJob { problem, of, score, samples, noise, words, sampled, glance, unshaken, pass, units }))
}

/// s · range of each feature, [I]: over the steps that matter, and of text over all dimensions.
fn deviations<R: Scalar>(problem: &Problem<R>, share: f64) -> Vec<f64> {
    let x = problem.pair.input.x.slice(s![..problem.steps(), ..]).mapv(|x| x.to_f64());
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        share * (high - low)
    };
    if problem.pair.input.network.series() {
        return x.columns().into_iter().map(|column| range(&mut column.iter().copied())).collect();
    }
    vec![range(&mut x.iter().copied()); x.ncols()]
}

type Noise = Box<dyn FnMut() -> Array2<f64>>;

struct SmoothGradJob<R: 'static> {
    problem: Problem<R>,
    of: Smoothing,
    score: f64,
    samples: usize,
    /// ε of the next sample: at least [steps, I].
    noise: Noise,
    /// Of the noise.
    words: String,
    /// Gradients (their squares, where those are averaged).
    sampled: SampledScores,
    /// Where samples take long: the gradient without noise, all that is seen until one is there.
    glance: Option<GradientPass<R>>,
    unshaken: Option<Array2<R>>,
    pass: Option<(GradientPass<R>, usize)>,
    units: usize,
}

impl<R: Scalar> SmoothGradJob<R> {
    /// What is averaged, of a gradient at the steps that matter.
    fn averaged(&self, gradient: &Array2<R>) -> Array2<f64> {
        let square = self.of == Smoothing::Square;
        gradient.mapv(|g| if square { g.to_f64() * g.to_f64() } else { g.to_f64() })
    }

    /// Starts a pass over the next samples.
    fn begin(&mut self, rows: usize) {
        let (trace, steps) = (&self.problem.pair.input, self.problem.steps());
        let noise = &mut self.noise;
        let shaken = |noise: Array2<f64>| {
            Array2::from_shape_fn((steps, trace.x.ncols()), |at| R::from_f64(trace.x[at].to_f64() + noise[at]))
        };
        let rows: Vec<Array2<R>> = (0..rows).map(|_| shaken(noise())).collect();
        let samples = rows.len();
        self.pass = Some((
            GradientPass::of_rows(trace, 0, steps, self.problem.target, rows, Share::apart(samples), samples),
            samples,
        ));
        self.units = 0;
    }
}

impl<R: Scalar> Job for SmoothGradJob<R> {
    fn total(&self) -> usize {
        100 * self.samples
    }

    fn done(&self) -> usize {
        let running =
            self.pass.as_ref().map_or(0, |(pass, rows)| (100 * self.units / (2 * pass.total()).max(1)).min(100) * rows);
        (100 * self.sampled.count() + running).min(self.total())
    }

    fn advance(&mut self) -> bool {
        if let Some(mut glance) = self.glance.take() {
            if glance.advance() {
                self.glance = Some(glance);
            } else {
                self.unshaken = glance.finish().0.pop();
            }
            return true;
        }
        if let Some((pass, _)) = &mut self.pass {
            self.units += 1;
            if pass.advance() {
                return true;
            }
        }
        if let Some((pass, _)) = self.pass.take() {
            for gradient in pass.finish().0 {
                self.sampled.add(&self.averaged(&gradient));
            }
        }
        let waiting = self.samples - self.sampled.count();
        // One gradient has no variance: two at once are sooner there than one after the other.
        let least = if self.of == Smoothing::Variance { waiting.min(2) } else { 0 };
        let rows = self.problem.next_rows(waiting, self.sampled.count()).max(least);
        if rows > 0 {
            self.begin(rows);
        }
        rows > 0
    }

    fn answer(&self) -> Attribution {
        let done = self.sampled.count();
        let (mut scores, errors) = match self.of {
            Smoothing::Variance => self.sampled.variances(),
            _ => self.sampled.means(),
        };
        if let (0, Some(gradient)) = (done, &self.unshaken) {
            // Steps come first: those that do not matter are the last.
            scores.slice_mut(s![..gradient.nrows(), ..]).assign(&self.averaged(gradient));
        }
        let mut answer = Attribution {
            scores,
            error: (done > 1).then_some(errors),
            reduction: if self.of == Smoothing::Mean { Reduction::Norm } else { Reduction::Sum },
            dimension: if self.of == Smoothing::Mean { Dimension::Slope } else { Dimension::SquaredSlope },
            score: self.score,
            cost: Cost { forward: done, backward: done + usize::from(self.unshaken.is_some()) },
            converged: done == self.samples,
            note: match done {
                0 => "the gradient without noise; the samples follow".into(),
                _ => format!("{done} of {} samples, {}", self.samples, self.words),
            },
            ..Attribution::default()
        };
        // The error of a sum of variances is not told by sums of gradients.
        if done > 1 && self.of != Smoothing::Variance {
            self.sampled.tell_sums(&mut answer);
        }
        answer
    }
}
