//! A piece of the way from baseline to input: what its bars add up to, and what they should.

use super::Problem;
use crate::cell::Scalar;
use crate::math::uneven;
use ndarray::Array2;

/// One evaluation on the way.
pub(super) struct Tried<R> {
    /// α, F, slope.
    pub(super) at: (f64, f64, f64),
    /// ∂F/∂x, [T, I].
    pub(super) gradient: Array2<R>,
}

/// A part of the path with its share of the integral.
pub(super) struct Piece<R> {
    /// (α, F) where it begins.
    pub(super) from: (f64, f64),
    /// (α, F) where it ends.
    pub(super) to: (f64, f64),
    /// Nodes still to come.
    pub(super) pending: usize,
    /// ∫ of the gradient over it, [T, I].
    pub(super) gradient: Array2<R>,
    /// ∫ of the slope over it.
    pub(super) slope: f64,
    /// Nodes that were tried, each with its gradient: the next rule weighs them anew.
    pub(super) tried: Vec<Tried<R>>,
}

impl<R: Scalar> Piece<R> {
    pub(super) fn new(problem: &Problem<R>, from: (f64, f64), to: (f64, f64)) -> Piece<R> {
        Piece {
            from,
            to,
            pending: 0,
            gradient: Array2::from_elem((problem.steps(), problem.pair.input.x.ncols()), R::ZERO),
            slope: 0.0,
            tried: Vec::new(),
        }
    }

    /// Integrates by a rule over the nodes that were tried, in their order.
    pub(super) fn integrate(&mut self, rule: &[(f64, f64)]) {
        self.slope = 0.0;
        self.gradient.fill(R::ZERO);
        for ((_, weight), Tried { at: (_, _, slope), gradient }) in rule.iter().zip(&self.tried) {
            self.slope += weight * slope;
            self.gradient.zip_mut_with(gradient, |sum, g| *sum += R::from_f64(*weight) * *g);
        }
    }

    /// |F(b) − F(a) − ∫ slope|: the exact error of the sum of this piece's bars; 0 where no cut makes it smaller, since
    /// it is no more than the rounding of the scores at its ends, or the ends can hardly be told apart. Of nodes that
    /// were tried, the errors between them do not hide each other either.
    pub(super) fn gap(&self) -> f64 {
        let (rounding, shortest) = if R::NAME == "f32" { (5e-7, 1e-6) } else { (2e-15, 1e-14) };
        let mut gap = (self.to.1 - self.from.1 - self.slope).abs();
        if !self.tried.is_empty() {
            let nodes: Vec<(f64, f64, f64)> = self.tried.iter().map(|tried| tried.at).collect();
            gap = gap.max(uneven(self.from, &nodes, self.to));
        }
        let rounded =
            gap <= rounding * (self.from.1.abs() + self.to.1.abs()).max(1.0) || self.to.0 - self.from.0 <= shortest;
        if rounded { 0.0 } else { gap }
    }
}
