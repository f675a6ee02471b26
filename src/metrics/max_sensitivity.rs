//! Max-sensitivity (Yeh et al. 2019): how far the bars move when the input hardly does.

use super::controls::{SEED, seed};
use super::metric::refused;
use super::rerun::{Question, Rerun};
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Attribution, Param, ParamKind, Settings};
use crate::math::Random;
use ndarray::Array2;

const RADIUS: Param = Param {
    id: "radius",
    label: "Radius",
    help: "Largest change of any value, as a share of the input's range.",
    kind: ParamKind::Number { low: 1e-5, high: 0.5, step: 0.0, log: true, default: 0.02 },
};
const SAMPLES: Param = Param {
    id: "samples",
    label: "Samples",
    help: "How many inputs near the input are explained.",
    kind: ParamKind::Number { low: 1.0, high: 200.0, step: 1.0, log: true, default: 10.0 },
};

/// The metric.
pub const MAX_SENSITIVITY: Metric = Metric {
    id: "max-sensitivity",
    label: "Max-sensitivity",
    question: "How far do the bars move when the input is changed by almost nothing?",
    formula: "max over ‖δ‖∞ ≤ r of ‖φ(x + δ) − φ(x)‖ / ‖φ(x)‖, r = 2 % of the input’s range (Yeh et al. 2019)",
    caveat: "The largest of a few samples is a lower bound. A jump may be the network’s: compare with how far the score moves. The baseline stays where it is; values that no word has are read all the same.",
    cost: "the method once a sample",
    params: &[RADIUS, SAMPLES, SEED],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let size = norm(&claim.answer.scores);
    if size == 0.0 {
        return refused("All bars are zero, so a change of them has no measure; explain another score.");
    }
    let radius = settings.number("radius") * claim.range();
    let note = format!(
        "δ uniform within ± {radius:.4} ({} of the range), {} samples, seed {}",
        settings.number("radius"),
        settings.number("samples"),
        seed(settings)
    );
    let random = Random::new(seed(settings));
    Ok(Box::new(MaxSensitivityJob {
        claim,
        size,
        radius,
        samples: settings.number("samples") as usize,
        random,
        rerun: None,
        moved: Vec::new(),
        note,
    }))
}

fn norm(scores: &Array2<f64>) -> f64 {
    scores.iter().map(|v| v * v).sum::<f64>().sqrt()
}

struct MaxSensitivityJob<R: 'static> {
    claim: Claim<R>,
    /// ‖φ(x)‖.
    size: f64,
    radius: f64,
    samples: usize,
    random: Random,
    rerun: Option<Rerun<R>>,
    /// Of each sample: how far the bars moved, and the score.
    moved: Vec<(f64, f64)>,
    note: String,
}

impl<R: Judge> MaxSensitivityJob<R> {
    fn begin(&mut self) -> Rerun<R> {
        let question = Question::of(&self.claim);
        let (radius, random) = (self.radius, &mut self.random);
        let x = question.x.mapv(|v| R::from_f64(v.to_f64() + radius * (2.0 * random.uniform() - 1.0)));
        Rerun::new(&self.claim, Question { x, ..question })
    }

    fn collect(&mut self, answer: &Attribution) {
        let bars = norm(&(&answer.scores - &self.claim.answer.scores)) / self.size;
        self.moved.push((bars, (answer.score - self.claim.answer.score).abs()));
    }
}

impl<R: Judge> Job for MaxSensitivityJob<R> {
    fn total(&self) -> usize {
        self.samples * 100
    }

    fn done(&self) -> usize {
        self.moved.len() * 100 + self.rerun.as_ref().map_or(0, Rerun::percent)
    }

    fn advance(&mut self) -> Result<bool> {
        if self.moved.len() == self.samples {
            return Ok(false);
        }
        let mut rerun = match self.rerun.take() {
            Some(rerun) => rerun,
            None => self.begin(),
        };
        match rerun.advance()? {
            Some(answer) => self.collect(&answer),
            None => self.rerun = Some(rerun),
        }
        Ok(self.moved.len() < self.samples)
    }

    fn measurement(&self) -> Measurement {
        let bars: Vec<f64> = self.moved.iter().map(|(bars, _)| *bars).collect();
        let score = self.moved.iter().fold(f64::NAN, |most, (_, score)| most.max(*score));
        let mut most = f64::NAN;
        let so_far: Vec<f64> = bars
            .iter()
            .map(|moved| {
                most = most.max(*moved);
                most
            })
            .collect();
        let numbers = vec![
            Number::new(
                "max-sensitivity",
                most,
                "the farthest that the bars moved, as a share of their own size; lower is better",
            ),
            Number::drawn("mean", &bars, "over the samples"),
            Number::new("largest change of the score", score, "what the network itself did"),
        ];
        let verdict = if most.is_nan() {
            String::new()
        } else {
            format!(
                "A change of the input of at most {:.4} moves the bars by up to {:.1} % of their size.",
                self.radius,
                100.0 * most
            )
        };
        let curves = vec![Curve::new("largest so far", (1..=so_far.len()).map(|n| n as f64).collect(), so_far)];
        Measurement {
            numbers,
            curves,
            x_label: "samples".into(),
            y_label: "‖change of φ‖ / ‖φ‖".into(),
            verdict,
            note: self.note.clone(),
        }
    }
}
