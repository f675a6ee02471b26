//! One backward pass over the traced input, and what a method makes of its gradient.

use super::pass::GradientPass;
use super::{Attribution, Job, Problem};
use crate::Result;
use crate::cell::Scalar;
use ndarray::Array2;

type Finish<R> = Box<dyn Fn(Array2<R>, &Problem<R>, (f64, f64)) -> Attribution>;

/// One backward pass over the traced input, and what to make of its gradient.
pub(super) struct BackwardJob<R: 'static> {
    problem: Problem<R>,
    scores: (f64, f64),
    total: usize,
    done: usize,
    pass: Option<GradientPass<R>>,
    finish: Finish<R>,
    gradient: Array2<R>,
}

impl<R: Scalar> BackwardJob<R> {
    pub(super) fn start(problem: Problem<R>, finish: Finish<R>) -> Result<Box<dyn Job>> {
        let scores = problem.scores()?;
        let pass = GradientPass::of_trace(&problem.pair, problem.target);
        let gradient = Array2::from_elem(problem.pair.input.x.dim(), R::ZERO);
        Ok(Box::new(BackwardJob { total: pass.total(), done: 0, scores, problem, pass: Some(pass), finish, gradient }))
    }
}

impl<R: Scalar> Job for BackwardJob<R> {
    fn total(&self) -> usize {
        self.total
    }
    fn done(&self) -> usize {
        self.done
    }
    fn advance(&mut self) -> bool {
        let Some(pass) = &mut self.pass else { return false };
        self.done += 1;
        if !pass.advance() {
            if let Some(gradient) = self.pass.take().and_then(|pass| pass.finish().0.into_iter().next()) {
                self.gradient = gradient;
            }
            return false;
        }
        true
    }
    fn answer(&self) -> Attribution {
        Attribution {
            converged: self.pass.is_none(),
            ..(self.finish)(self.gradient.clone(), &self.problem, self.scores)
        }
    }
}
