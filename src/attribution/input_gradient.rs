//! Input × gradient: the gradient times what the input differs by from its baseline.

use super::backward_job::BackwardJob;
use super::{Attribution, Cost, Job, Method, Param, Problem, Settings, Start};
use crate::Result;
use crate::cell::Scalar;
use ndarray::Array2;

/// The method.
pub struct InputGradient;

impl Method for InputGradient {
    fn id(&self) -> &'static str {
        "input-gradient"
    }
    fn label(&self) -> &'static str {
        "Input × gradient"
    }
    fn question(&self) -> &'static str {
        "If the network were linear around this input, what would each part contribute?"
    }
    fn formula(&self) -> &'static str {
        "φ = (x − x′) ⊙ ∂F/∂x; per word the sum over its features (Shrikumar et al. 2016)"
    }
    fn caveat(&self) -> &'static str {
        "The bars add up only for a linear network; the gap shows by how much this one is not."
    }
    fn cost(&self) -> &'static str {
        "one backward pass"
    }
    fn signed(&self) -> bool {
        true
    }
    fn completes(&self) -> bool {
        false
    }
    fn uses_baseline(&self) -> bool {
        true
    }
    fn params(&self) -> &'static [Param] {
        &[]
    }
}

impl<R: Scalar> Start<R> for InputGradient {
    fn start(&self, problem: Problem<R>, _: &Settings) -> Result<Box<dyn Job>> {
        let finish = |gradient: Array2<R>, problem: &Problem<R>, (score, baseline_score): (f64, f64)| {
            let (x, baseline) = (&problem.pair.input.x, &problem.pair.baseline.x);
            let scores = Array2::from_shape_fn(x.dim(), |at| gradient[at].to_f64() * (x[at].to_f64() - baseline[at].to_f64()));
            Attribution::summing(scores, score, baseline_score, Cost { forward: 1, backward: 1 })
        };
        BackwardJob::start(problem, Box::new(finish))
    }
}
