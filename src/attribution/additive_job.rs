//! A score taken apart by steps from the records of one trace: nothing is run again.

use super::hierarchy::Hierarchy;
use super::reading::Reading;
use super::{Attribution, Cost, Job, Part, Problem};
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Readout, Trace};
use ndarray::Array2;

/// Adds one unit of work, by its number, to the steps' scores [T] of a reading.
pub(super) type Add<R> = fn(&Trace<R>, &Reading, usize, &mut [f64]);

/// See the module.
pub(super) struct AdditiveJob<R: 'static> {
    problem: Problem<R>,
    score: f64,
    bias: f64,
    readings: Vec<Reading>,
    /// [T] for each reading.
    scores: Vec<Vec<f64>>,
    hierarchy: Hierarchy,
    add: Add<R>,
    /// (reading, number) of the work to be done.
    units: Vec<(usize, usize)>,
    done: usize,
}

impl<R: Scalar> AdditiveJob<R> {
    /// `units` says how much work a reading is.
    pub(super) fn start(problem: Problem<R>, hierarchy: Hierarchy, add: Add<R>, units: fn(&Reading) -> usize) -> Result<Box<dyn Job>> {
        let trace = &problem.pair.input;
        let score = trace.score(&problem.target)?;
        let (bias, readings) = Reading::of(trace, &problem.target);
        let scores = vec![vec![0.0; trace.steps()]; readings.len()];
        let units = readings.iter().enumerate().flat_map(|(n, reading)| (0..units(reading)).map(move |unit| (n, unit))).collect();
        Ok(Box::new(AdditiveJob { score, bias, readings, scores, hierarchy, add, units, done: 0, problem }))
    }

    fn note(&self) -> String {
        let layer = self.readings.first().map_or(0, |reading| self.problem.pair.input.network.place(reading.d).0);
        match layer {
            0 => "one pass, exact: the rest is rounding".into(),
            l => format!("time steps of layer {}: what reaches it at a step already mixes the steps before; exact, the rest is rounding", l + 1),
        }
    }
}

impl<R: Scalar> Job for AdditiveJob<R> {
    fn total(&self) -> usize {
        self.units.len()
    }

    fn done(&self) -> usize {
        self.done
    }

    fn advance(&mut self) -> bool {
        if let Some((reading, unit)) = self.units.get(self.done) {
            (self.add)(&self.problem.pair.input, &self.readings[*reading], *unit, &mut self.scores[*reading]);
            self.done += 1;
        }
        self.done < self.units.len()
    }

    fn answer(&self) -> Attribution {
        let column = |scores: &[f64]| Array2::from_shape_fn((scores.len(), 1), |(t, _)| scores[t]);
        let steps = self.problem.pair.input.steps();
        let scores: Vec<f64> = (0..steps).map(|t| self.scores.iter().map(|part| part[t]).sum()).collect();
        let hidden = self.problem.target.readout == Readout::Hidden;
        let remainder = if hidden { Vec::new() } else { vec![("bias", self.bias)] };
        let mut answer = Attribution::summing(column(&scores), self.score, 0.0, Cost { forward: 1, backward: 0 }).with_remainder(remainder);
        if self.readings.len() > 1 {
            let label = |reading: &Reading| if reading.forward { "forward" } else { "backward" };
            answer.parts = self.readings.iter().zip(&self.scores).map(|(reading, part)| Part { label: label(reading).into(), scores: column(part) }).collect();
        }
        answer.spans = self.hierarchy.scored(&scores);
        answer.converged = self.done == self.units.len();
        answer.note = self.note();
        answer
    }
}
