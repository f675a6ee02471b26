//! Infidelity (Yeh et al. 2019): how far the bars are from what the score does under a perturbation I of the input.
//!
//! E_I[(Iᵀφ − (F(x) − F(x − I)))²]. φ is a coefficient there. Bars that are shares of a sum, φ = (x − x′) ⊙ β, are
//! taken apart again: for a block, I = x − x′ on it and Iᵀβ = Σ φ; for Gaussian noise β = φ / (x − x′).

use super::controls::{SCORE, SEED, seed, target};
use super::metric::refused;
use super::parts::{Kind, Parts};
use super::scoring::{Probe, ScoringJob};
use super::statistics::{deviation, mean};
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Dimension, Param, ParamKind, Reduction, Settings};
use crate::math::Random;
use ndarray::Array2;
use std::rc::Rc;

const PERTURBATION: Param = Param {
    id: "perturbation",
    label: "Perturbation",
    help: "Neighbouring steps replaced by the baseline, or Gaussian noise on every value that differs from the baseline.",
    kind: ParamKind::Choice(&[("block", "blocks of steps"), ("gaussian", "Gaussian noise")]),
};
const LENGTH: Param = Param {
    id: "length",
    label: "Steps of a block",
    help: "How many neighbouring steps are replaced at once.",
    kind: ParamKind::Number { low: 1.0, high: 200.0, step: 1.0, log: true, default: 3.0 },
};
const NOISE: Param = Param {
    id: "noise",
    label: "Noise",
    help: "Standard deviation of the Gaussian noise as a share of the input's range.",
    kind: ParamKind::Number { low: 1e-4, high: 1.0, step: 0.0, log: true, default: 0.1 },
};
const SAMPLES: Param = Param {
    id: "samples",
    label: "Samples",
    help: "How many perturbations are drawn.",
    kind: ParamKind::Number { low: 2.0, high: 500.0, step: 1.0, log: true, default: 100.0 },
};

/// The metric.
pub const INFIDELITY: Metric = Metric {
    id: "infidelity",
    label: "Infidelity",
    question: "When the input is perturbed, do the bars foretell by how much the score moves?",
    formula: "E_I[(Iᵀφ − (F(x) − F(x − I)))²]; with the best scale η = E[Iᵀφ ΔF] / E[(Iᵀφ)²] beside it (Yeh et al. 2019)",
    caveat: "It depends on the perturbation: blocks ask about removal, noise about the neighbourhood. Gradients are read as per standardised unit.",
    cost: "one forward pass a sample",
    params: &[PERTURBATION, LENGTH, NOISE, SAMPLES, SCORE, SEED],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    if !claim.method.signed {
        return refused(
            "Bars without signs cannot foretell whether the score rises or falls; choose a method whose bars have signs.",
        );
    }
    let target = target(&claim, settings, &SCORE)?;
    let whole = claim.problem.pair.input.score(&target)?;
    let samples = settings.number("samples") as usize;
    let mut random = Random::new(seed(settings));
    let blocks = settings.choice("perturbation") == 0;
    let parts = Parts::of(&claim, Kind::Step)?;
    let plan = if blocks { block_probes } else { noise_probes };
    let (parts, probes, foretold, operator) = plan(&claim, parts, settings, samples, &mut random)?;
    let unit = Claim::<R>::unit(&target);
    let note = format!("{operator}, {samples} samples, seed {}", seed(settings));
    ScoringJob::start(
        claim,
        parts,
        target,
        probes,
        Box::new(move |scores| measure(scores, &foretold, whole, unit, &note)),
    )
}

type Plan<R> = (Parts, Vec<Probe<R>>, Vec<f64>, String);

/// ∂F/∂x of a method that answers with slopes, whatever unit they are shown in: x = (v − μ) / σ.
fn slope<R: Judge>(claim: &Claim<R>, at: (usize, usize)) -> f64 {
    let raw = claim.answer.dimension == Dimension::RawSlope;
    let deviation = claim.problem.raw_scale.get(at.1).filter(|_| raw);
    claim.answer.scores[at] * deviation.copied().unwrap_or(1.0)
}

/// φ as shares of a sum: coefficients times x − x′, summed over the features.
fn shares<R: Judge>(claim: &Claim<R>) -> Option<Vec<f64>> {
    let (x, baseline) = (&claim.problem.pair.input.x, &claim.problem.pair.baseline.x);
    let scores = &claim.answer.scores;
    let share = |t: usize, k: usize| match claim.answer.reduction {
        Reduction::Sum => scores[(t, k)],
        Reduction::Norm => slope(claim, (t, k)) * (x[(t, k)].to_f64() - baseline[(t, k)].to_f64()),
    };
    let whole = scores.nrows() == x.nrows() && (claim.answer.reduction == Reduction::Sum || scores.dim() == x.dim());
    whole.then(|| (0..x.nrows()).map(|t| (0..scores.ncols()).map(|k| share(t, k)).sum()).collect())
}

fn block_probes<R: Judge>(
    claim: &Claim<R>,
    parts: Parts,
    settings: &Settings,
    samples: usize,
    random: &mut Random,
) -> Result<Plan<R>> {
    let Some(shares) = shares(claim) else {
        return refused("A score for every step is needed to foretell what a block of steps does.");
    };
    let length = (settings.number("length") as usize).min(parts.len());
    let in_order = Rc::new((0..parts.len()).collect::<Vec<usize>>());
    let (mut probes, mut foretold) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let first = random.below(parts.len() - length + 1);
        let block = first..first + length;
        foretold.push(block.clone().map(|part| shares[parts.step(part)]).sum());
        probes.push(Probe::Without(in_order.clone(), block));
    }
    Ok((parts, probes, foretold, format!("blocks of {length} steps replaced by the baseline")))
}

fn noise_probes<R: Judge>(
    claim: &Claim<R>,
    parts: Parts,
    settings: &Settings,
    samples: usize,
    random: &mut Random,
) -> Result<Plan<R>> {
    let (x, baseline) = (&claim.problem.pair.input.x, &claim.problem.pair.baseline.x);
    let scores = &claim.answer.scores;
    if scores.dim() != x.dim() {
        return refused("This method does not score every value of the input; perturb it by blocks of steps.");
    }
    let size = settings.number("noise") * claim.range();
    let steps = claim.problem.steps();
    let (mut probes, mut foretold) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let mut sum = 0.0;
        let changed = Array2::from_shape_fn(x.dim(), |at| {
            let apart = x[at].to_f64() - baseline[at].to_f64();
            if apart == 0.0 || at.0 >= steps {
                return x[at];
            }
            let noise = size * random.normal();
            let slope = match claim.answer.reduction {
                Reduction::Sum => scores[at] / apart,
                Reduction::Norm => slope(claim, at),
            };
            sum += noise * slope;
            R::from_f64(x[at].to_f64() - noise)
        });
        probes.push(Probe::Input(changed));
        foretold.push(sum);
    }
    Ok((parts, probes, foretold, format!("Gaussian noise of {size:.3} ({} of the range)", settings.number("noise"))))
}

fn measure(scores: &[f64], foretold: &[f64], whole: f64, unit: &str, note: &str) -> Measurement {
    let moved: Vec<f64> = scores.iter().map(|score| whole - score).collect();
    let pairs = || foretold.iter().zip(&moved);
    let errors: Vec<f64> = pairs().map(|(p, m)| (p - m) * (p - m)).collect();
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>() / moved.len() as f64;
    let (size, signal) = (square(&mut moved.iter().copied()), square(&mut foretold.iter().take(moved.len()).copied()));
    // η = E[Iᵀφ ΔF] / E[(Iᵀφ)²]
    let scale = if signal > 0.0 { pairs().map(|(p, m)| p * m).sum::<f64>() / moved.len() as f64 / signal } else { 0.0 };
    // Bars that point the wrong way are not mended by a scale: turned round, they would be other bars.
    let length = scale.max(0.0);
    let scaled: Vec<f64> = pairs().map(|(p, m)| (length * p - m) * (length * p - m)).collect();
    let (plain, best) = (mean(&errors), mean(&scaled));
    let share = |error: f64| if size > 0.0 { error / size } else { f64::NAN };
    let numbers = vec![
        Number {
            spread: Some(deviation(&errors) / (errors.len().max(1) as f64).sqrt()),
            ..Number::new("infidelity", plain, "mean squared error, lower is better; the spread is its standard error")
        },
        Number::new(
            "as a share",
            share(plain),
            "of the mean square of what the score does: 0 = foretold, 1 = no better than bars of zero",
        ),
        Number::new(
            "best scale η",
            scale,
            "the one factor that makes the bars foretell best; below 0 they point the wrong way",
        ),
        Number::new("infidelity at the best scale", best, "what no rescaling of the bars can mend"),
        Number::new("as a share, at the best scale", share(best), "0 = foretold up to scale"),
    ];
    let mut running = 0.0;
    let so_far: Vec<f64> = errors
        .iter()
        .enumerate()
        .map(|(k, error)| {
            running += error;
            running / (k + 1) as f64
        })
        .collect();
    let verdict = match share(plain) {
        _ if moved.is_empty() => String::new(),
        s if s.is_nan() => {
            "The score does not move when the input is perturbed so, and there is nothing to foretell; take larger perturbations, or another score.".to_string()
        }
        _ if scale < 0.0 => format!(
            "On the whole the bars point the wrong way: the factor that suits them best is below zero (η = {scale:.2}), so they foretell the score no better than bars of zero would."
        ),
        s if s < 1.0 => format!(
            "The bars foretell {:.0} % of what the score does when the input is perturbed, {:.0} % at their best scale.",
            100.0 * (1.0 - s),
            100.0 * (1.0 - share(best))
        ),
        _ => format!(
            "The bars foretell the score no better than bars of zero would; at their best scale they foretell {:.0} %.",
            100.0 * (1.0 - share(best))
        ),
    };
    let curves = vec![Curve::new("infidelity so far", (1..=so_far.len()).map(|n| n as f64).collect(), so_far)];
    let y_label = if unit.is_empty() { "squared error".to_string() } else { format!("squared error ({unit}²)") };
    Measurement { numbers, curves, x_label: "samples".into(), y_label, verdict, note: note.to_string() }
}
