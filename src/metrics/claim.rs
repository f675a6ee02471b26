//! What is judged: an answer, the question it answers, and how it was found.

use crate::attribution::{Attribution, Method, Problem, Settings};
use crate::cell::Scalar;
use crate::network::{READOUTS, Readout, Target};
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
        Claim { problem: self.problem.clone(), answer: self.answer.clone(), method: self.method, settings: self.settings.clone() }
    }
}

impl<R: Scalar> Claim<R> {
    /// Scores must have the shape that the problem gives them.
    pub(super) fn check(&self) -> Result<()> {
        let (rows, columns) = self.answer.scores.dim();
        let (steps, features) = self.problem.pair.input.x.dim();
        match (rows == steps, columns == features, rows, columns) {
            (true, true, ..) | (true, _, _, 1) | (_, true, 1, _) => Ok(()),
            _ => Err(Error::request("answer", format!("scores of {steps} steps and {features} features, as the input"), format!("{rows} × {columns}"))),
        }
    }

    /// The unit of a target's score.
    pub(super) fn unit(target: &Target) -> &'static str {
        READOUTS.iter().find(|info| info.readout == target.readout).map_or("", |info| info.unit)
    }

    /// The target itself, or another reading of its class.
    pub(super) fn read_as(&self, readout: Option<Readout>) -> Result<Target> {
        let target = self.problem.target;
        match readout {
            None => Ok(target),
            Some(_) if target.readout == Readout::Hidden => super::metric::refused("A hidden unit has no probability; let the score be the one that is explained."),
            Some(readout) => Ok(Target { readout, ..target }),
        }
    }
}
