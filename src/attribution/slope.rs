//! The slope at the input: what a long question shows before its method begins.

use super::pass::GradientPass;
use super::{Attribution, Cost};
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Pair, Target, Trace};
use ndarray::Array2;
use std::rc::Rc;

/// (x − x′) ⊙ ∂F/∂x (x), which takes one pass back and no score of x′.
pub struct Slope<R: 'static> {
    pass: GradientPass<R>,
    /// x − x′, [T, I].
    change: Array2<f64>,
    score: f64,
}

impl<R: Scalar> Slope<R> {
    /// Products that keep a first answer waiting.
    const LONG: usize = 100 << 20;

    /// Of a traced input and what it is compared with, [T, I], if `passes` over so many steps take long.
    pub fn of_long(
        input: &Rc<Trace<R>>,
        baseline: &Array2<f64>,
        target: Target,
        passes: usize,
    ) -> Result<Option<Slope<R>>> {
        if input.steps().saturating_mul(passes * input.network.products_per_step()) < Self::LONG {
            return Ok(None);
        }
        let change = input.x.mapv(|x| x.to_f64()) - baseline;
        let pair = Rc::new(Pair { input: input.clone(), baseline: input.clone() });
        Ok(Some(Slope { pass: GradientPass::of_trace(&pair, target), change, score: input.score(&target)? }))
    }

    /// Units of work in all.
    pub fn total(&self) -> usize {
        self.pass.total()
    }

    /// Does one unit; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        self.pass.advance()
    }

    /// The score of the baseline, and with it the gap, is left to the method.
    pub fn finish(self) -> Attribution {
        let gradient = self.pass.finish().0.pop().unwrap_or_default();
        let mut scores = Array2::zeros(self.change.dim());
        for ((mut scores, change), gradient) in
            scores.rows_mut().into_iter().zip(self.change.rows()).zip(gradient.rows())
        {
            scores.iter_mut().zip(change).zip(gradient).for_each(|((s, change), g)| *s = *change * g.to_f64());
        }
        Attribution {
            scores,
            score: self.score,
            baseline_score: f64::NAN,
            cost: Cost { forward: 0, backward: 1 },
            note: "the slope at the input, by the difference from what it is compared with; the method follows".into(),
            ..Attribution::default()
        }
    }
}
