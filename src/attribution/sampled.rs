//! Scores that are means over samples, and how sure their sums over a step or over time are.
//!
//! The cells of one sample err together, so that the error of a sum is told by sums of samples, not by errors of cells.

use super::Attribution;
use crate::math::Moments;
use ndarray::Array2;

/// Samples of [T, I] scores, taken in one by one.
pub(super) struct SampledScores {
    shape: (usize, usize),
    /// Of the cells, of each step's sum, of each feature's, and of the sum of all: [T·I + T + I + 1].
    moments: Moments,
}

impl SampledScores {
    /// None so far.
    pub(super) fn new((steps, features): (usize, usize)) -> SampledScores {
        let numbers = steps * features + steps + features + 1;
        SampledScores { shape: (steps, features), moments: Moments::new(numbers) }
    }

    /// Takes one in: [T', I], T' ≤ T; later steps are zero.
    pub(super) fn add(&mut self, sample: &Array2<f64>) {
        let (steps, features) = self.shape;
        let rest = steps - sample.nrows();
        let of_features = sample.columns().into_iter().map(|column| column.sum());
        let numbers = sample.iter().copied().chain(std::iter::repeat_n(0.0, rest * features));
        let of_steps = sample.rows().into_iter().map(|row| row.sum()).chain(std::iter::repeat_n(0.0, rest));
        self.moments.add(numbers.chain(of_steps).chain(of_features).chain([sample.sum()]));
    }

    /// How many were taken in.
    pub(super) fn count(&self) -> usize {
        self.moments.samples()
    }

    /// [T, I]: means, and their standard errors; these are infinite until there are two samples.
    pub(super) fn means(&self) -> (Array2<f64>, Array2<f64>) {
        self.cells(self.moments.means())
    }

    /// [T, I]: variances, and their standard errors.
    pub(super) fn variances(&self) -> (Array2<f64>, Array2<f64>) {
        self.cells(self.moments.variances())
    }

    fn cells(&self, numbers: impl Iterator<Item = (f64, f64)>) -> (Array2<f64>, Array2<f64>) {
        let (steps, features) = self.shape;
        let (mut scores, mut errors) = (Array2::zeros(self.shape), Array2::zeros(self.shape));
        let cells = scores.iter_mut().zip(&mut errors).zip(numbers.take(steps * features));
        cells.for_each(|((score, error), (value, of_value))| (*score, *error) = (value, of_value));
        (scores, errors)
    }

    /// Standard error of the sum of all scores; infinite until there are two samples.
    pub(super) fn error_of_sum(&self) -> f64 {
        self.moments.means().last().map_or(f64::INFINITY, |(_, error)| error)
    }

    /// Gives an answer of these means the errors of its sums.
    pub(super) fn tell_sums(&self, answer: &mut Attribution) {
        let (steps, features) = self.shape;
        let errors = |skipped: usize, count: usize| {
            self.moments.means().skip(skipped).take(count).map(|(_, error)| error).collect::<Vec<f64>>()
        };
        answer.step_error = Some(errors(steps * features, steps));
        answer.feature_error = Some(errors(steps * features + steps, features));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Reduction;

    /// Two cells that err together, and two that err against each other.
    #[test]
    fn errors_of_sums_know_what_cells_have_in_common() {
        let mut sampled = SampledScores::new((2, 2));
        for k in 0..20 {
            let x = f64::from(k % 5);
            sampled.add(&ndarray::array![[x, x], [x, -x]]);
        }
        let (scores, errors) = sampled.means();
        let mut answer = Attribution { scores, error: Some(errors.clone()), ..Attribution::default() };
        let one = errors[(0, 0)];
        assert!(one > 0.1);
        let close = |found: Vec<f64>, expected: [f64; 2]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
        };
        // Unless samples tell more, the worst is assumed.
        close(answer.step_errors(), [2.0 * one, 2.0 * one]);
        close(answer.feature_errors(), [2.0 * one, 2.0 * one]);
        // ‖a‖ and ‖b‖ are no farther apart than a and b.
        answer.reduction = Reduction::Norm;
        close(answer.step_errors(), [one * 2f64.sqrt(); 2]);
        answer.reduction = Reduction::Sum;
        sampled.tell_sums(&mut answer);
        close(answer.step_errors(), [2.0 * one, 0.0]);
        close(answer.feature_errors(), [2.0 * one, 0.0]);
        close(vec![sampled.error_of_sum(); 2], [2.0 * one; 2]);
        // Steps that were left out are zero.
        sampled.add(&ndarray::array![[1.0, 1.0]]);
        assert_eq!((sampled.count(), sampled.means().0.dim()), (21, (2, 2)));
    }
}
