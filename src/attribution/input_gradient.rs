//! Input × gradient: the gradient times what the input differs by from its baseline.

use super::backward_job::BackwardJob;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Job, Kind, Method, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use ndarray::Array2;

/// The method.
pub const INPUT_GRADIENT: Method = Method {
    id: "input-gradient",
    label: "Input × gradient",
    family: "Gradients",
    question: "If the network were linear around this input, what would each part contribute?",
    formula: "φ = (x − x′) ⊙ ∂F/∂x; per word the sum over its features (Shrikumar et al. 2016)",
    caveat: "The bars add up only for a linear network; the gap shows by how much this one is not.",
    cost: "one backward pass",
    signed: true,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: &[],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, _: &Settings) -> Result<Box<dyn Job>> {
    let finish = |gradient: Array2<R>, problem: &Problem<R>, (score, baseline_score): (f64, f64)| {
        let (x, baseline) = (&problem.pair.input.x, &problem.pair.baseline.x);
        let scores =
            Array2::from_shape_fn(x.dim(), |at| gradient[at].to_f64() * (x[at].to_f64() - baseline[at].to_f64()));
        Attribution::summing(scores, score, baseline_score, Cost { forward: 1, backward: 1 })
    };
    BackwardJob::start(problem, Box::new(finish))
}
