//! What is judged: an answer, the question it answers, and how it was found.

use crate::attribution::{Attribution, Method, Problem, Settings};
use crate::cell::Scalar;
use crate::network::{READOUTS, Target};
use crate::{Error, Result};
use std::rc::Rc;

/// See the module.
pub struct Claim<R: 'static> {
    /// The question.
    pub problem: Problem<R>,
    /// The finished answer.
    pub answer: Rc<Attribution>,
    /// Who gave it: asked again where a metric needs other answers.
    pub method: &'static Method,
    /// The method's settings.
    pub settings: Settings,
}

impl<R> Clone for Claim<R> {
    fn clone(&self) -> Claim<R> {
        Claim {
            problem: self.problem.clone(),
            answer: self.answer.clone(),
            method: self.method,
            settings: self.settings.clone(),
        }
    }
}

impl<R: Scalar> Claim<R> {
    /// Scores must have the shape that the problem gives them.
    pub(super) fn check(&self) -> Result<()> {
        let (rows, columns) = self.answer.scores.dim();
        let (steps, features) = self.problem.pair.input.x.dim();
        match (rows == steps, columns == features, rows, columns) {
            (true, true, ..) | (true, _, _, 1) | (_, true, 1, _) => Ok(()),
            _ => Err(Error::request(
                "answer",
                format!("scores of {steps} steps and {features} features, as the input"),
                format!("{rows} × {columns}"),
            )),
        }
    }

    /// max − min of the input's values; its largest size if it is constant.
    pub(super) fn range(&self) -> f64 {
        let x = &self.problem.pair.input.x;
        let over = |start: f64, pick: fn(f64, f64) -> f64| x.iter().fold(start, |best, v| pick(best, v.to_f64()));
        let (low, high) = (over(f64::INFINITY, f64::min), over(f64::NEG_INFINITY, f64::max));
        if high > low { high - low } else { high.abs() }
    }

    /// The unit of a target's score.
    pub(super) fn unit(target: &Target) -> &'static str {
        READOUTS.iter().find(|info| info.readout == target.readout).map_or("", |info| info.unit)
    }
}
