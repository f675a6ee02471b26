//! Scores of steps that add up to a score read from states, in the making.

use super::hierarchy::Hierarchy;
use super::reading::Reading;
use super::{Attribution, Cost, Part, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::network::Readout;
use ndarray::Array2;

/// Scores [T] of what is read of each direction; with the bias they add up to the score.
pub(super) struct Additive<R: 'static> {
    pub(super) problem: Problem<R>,
    /// What the score reads.
    pub(super) readings: Vec<Reading>,
    /// [T] for each reading.
    pub(super) scores: Vec<Vec<f64>>,
    score: f64,
    bias: f64,
    hierarchy: Hierarchy,
}

impl<R: Scalar> Additive<R> {
    /// Zeros, for a score that is linear in states.
    pub(super) fn new(problem: Problem<R>, settings: &Settings) -> Result<Additive<R>> {
        let hierarchy = Hierarchy::new(settings, &problem)?;
        let trace = &problem.pair.input;
        let score = trace.score(&problem.target)?;
        let (bias, readings) = Reading::of(trace, &problem.target);
        let scores = vec![vec![0.0; trace.steps()]; readings.len()];
        Ok(Additive { readings, scores, score, bias, hierarchy, problem })
    }

    /// The layer whose steps are scored.
    pub(super) fn layer(&self) -> usize {
        self.readings.first().map_or(0, |reading| self.problem.pair.input.network.place(reading.d).0)
    }

    /// Scores, bias, directions and phrases.
    pub(super) fn answer(&self, cost: Cost, converged: bool) -> Attribution {
        let column = |scores: &[f64]| Array2::from_shape_fn((scores.len(), 1), |(t, _)| scores[t]);
        let steps = self.problem.pair.input.steps();
        let scores: Vec<f64> = (0..steps).map(|t| self.scores.iter().map(|part| part[t]).sum()).collect();
        let hidden = self.problem.target.readout == Readout::Hidden;
        let remainder = if hidden { Vec::new() } else { vec![("bias", self.bias)] };
        let mut answer = Attribution::summing(column(&scores), self.score, 0.0, cost).with_remainder(remainder);
        if self.readings.len() > 1 {
            let label = |reading: &Reading| if reading.forward { "forward" } else { "backward" };
            answer.parts = self
                .readings
                .iter()
                .zip(&self.scores)
                .map(|(reading, part)| Part { label: label(reading).into(), scores: column(part) })
                .collect();
        }
        answer.spans = self.hierarchy.scored(&scores);
        answer.converged = converged;
        answer.note = match self.layer() {
            0 => "time steps of the only layer that is read; exact but for rounding".into(),
            l => {
                format!("time steps of layer {}, whose inputs already mix earlier steps; exact but for rounding", l + 1)
            }
        };
        answer
    }
}
