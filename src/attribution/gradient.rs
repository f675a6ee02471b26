//! The input gradient (Hechtlinger 2016): the local coefficient of every input.

use super::backward_job::BackwardJob;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Dimension, Job, Kind, Method, Param, ParamKind, Problem, Reduction, Settings};
use crate::Result;
use crate::cell::Scalar;
use ndarray::Array2;

const PARAMS: &[Param] = &[Param {
    id: "unit",
    label: "Per unit of",
    help: "For a series: the change of the score by one standard deviation of an input, or by one of its own units (mmHg, hours).",
    kind: ParamKind::Choice(&[("standardised", "standard deviation"), ("raw", "the input's own unit")]),
}];

/// The method.
pub const GRADIENT: Method = Method {
    id: "gradient",
    label: "Gradient",
    family: "Gradients",
    question: "If this input were a little larger, by how much would the score change?",
    formula: "β = ∂F/∂x; per word the norm ‖∂F/∂x_t‖ (Hechtlinger 2016; Simonyan et al. 2013)",
    caveat: "Local only: it says what a small change would do, not what the input contributed. It vanishes where gates or a probability saturate.",
    cost: "one backward pass",
    signed: true,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: PARAMS,
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let raw = settings.choice("unit") == 1;
    let finish = move |gradient: Array2<R>, problem: &Problem<R>, (score, _): (f64, f64)| {
        let mut scores = gradient.mapv(|g| g.to_f64());
        let raw = raw && problem.raw_scale.len() == scores.ncols();
        if raw {
            // x = (v − μ) / σ, so ∂F/∂v = ∂F/∂x / σ.
            scores
                .rows_mut()
                .into_iter()
                .for_each(|mut row| row.iter_mut().zip(&problem.raw_scale).for_each(|(g, scale)| *g /= scale));
        }
        let cost = Cost { forward: 1, backward: 1 };
        let dimension = if raw { Dimension::RawSlope } else { Dimension::Slope };
        let reduction = Reduction::Norm;
        Attribution { scores, reduction, dimension, score, cost, converged: true, ..Attribution::default() }
    };
    BackwardJob::start(problem, Box::new(finish))
}
