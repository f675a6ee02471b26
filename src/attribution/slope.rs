//! The slope at the input: what a long question shows while its baseline is still to be traced.

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
    /// Products after which a trace keeps a first answer waiting.
    const LONG: usize = 200 << 20;

    /// Of a traced input and the baseline [T, I]; None if that one is traced as soon.
    pub fn of_long(input: &Rc<Trace<R>>, baseline: &Array2<R>, target: Target) -> Result<Option<Slope<R>>> {
        if input.network.products_per_step() * input.steps() < Self::LONG {
            return Ok(None);
        }
        let mut change = input.x.mapv(|x| x.to_f64());
        change.zip_mut_with(baseline, |change, from| *change -= from.to_f64());
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

    /// The score of the baseline, and with it the gap, is not known yet.
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
            note: "the slope at the input, by the difference from the baseline; the method follows".into(),
            ..Attribution::default()
        }
    }
}
