//! The size of the gradient at each step (Li et al. 2016): how much the score can feel of it at all.

use super::backward_job::BackwardJob;
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Dimension, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use ndarray::{Array2, Axis};

const PARAMS: &[Param] = &[Param {
    id: "norm",
    label: "Size",
    help: "The length of the gradient, or its square: squares add up over features, and stress the few large ones.",
    kind: ParamKind::Choice(&[("norm", "length ‖∂F/∂x_t‖"), ("squared", "square ‖∂F/∂x_t‖²")]),
}];

/// The method.
pub const GRADIENT_NORM: Method = Method {
    id: "gradient-norm",
    label: "Gradient norm",
    family: "Gradients",
    question: "How far does this step still reach the score?",
    formula: "‖∂F/∂x_t‖₂ (Li et al. 2016), or its square (sensitivity analysis: Arras et al. 2017); of an output or unit at one step it is the connectivity to the steps before (Madsen 2019)",
    caveat: "A size without a sign, and local: it says how much a small change of the step could do, not what the step contributed. It shrinks where gates saturate, and with distance if the memory fades.",
    cost: "one backward pass",
    signed: false,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: PARAMS,
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let squared = settings.choice("norm") == 1;
    let finish = move |gradient: Array2<R>, _: &Problem<R>, (score, _): (f64, f64)| {
        // ‖∂F/∂x_t‖² = Σ_i (∂F/∂x_ti)²
        let squares = gradient.mapv(|g| g.to_f64() * g.to_f64()).sum_axis(Axis(1));
        let scores = if squared { squares } else { squares.mapv(f64::sqrt) };
        Attribution {
            scores: scores.insert_axis(Axis(1)),
            dimension: if squared { Dimension::SquaredSlope } else { Dimension::Slope },
            score,
            cost: Cost { forward: 1, backward: 1 },
            ..Attribution::default()
        }
    };
    BackwardJob::start(problem, Box::new(finish))
}
