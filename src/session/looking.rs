//! The study that looks inside: the baseline's trace where it is missing, then one of the jobs of the engine, in f32.

use super::inside::{Found, InsideRequest, What};
use super::posing::Posing;
use super::study::{self, Study};
use crate::attribution::Problem;
use crate::attribution::inside::{ConductanceJob, GatesJob, ProductRule, Through};
use crate::{Error, Result};
use serde::Serialize;
use std::rc::Rc;

/// A conductance may be so far from the difference of the scores, as a share of it.
const TOLERANCE: f64 = 1e-4;
/// Points of its way after which nothing more is cut.
const BUDGET: usize = 400;
/// A way to look inside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Look {
    /// Stable.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it answers.
    pub question: &'static str,
    /// In the symbols of the paper.
    pub formula: &'static str,
    /// What the numbers are, and what may be added up.
    pub note: &'static str,
    /// Directions are looked at one by one.
    pub apart: bool,
    #[serde(skip)]
    pub(super) how: How,
}

/// Which job of the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum How {
    Gates(ProductRule),
    Through(Through),
}

const NO_SUM: &str = "Each cell is a share of the same score, as it stood at that step: the factors of one step add up to what its states did, steps must not be added.";

/// The registry.
pub const LOOKS: &[Look] = &[
    Look {
        id: "gates",
        label: "gates, products shared half and half",
        question: "What did each factor of the cell's products do for the score?",
        formula: "of y = a ⊙ b: ∂F/∂y (a − a′)(b + b′)/2 to a, ∂F/∂y (b − b′)(a + a′)/2 to b",
        note: NO_SUM,
        apart: true,
        how: How::Gates(ProductRule::Half),
    },
    Look {
        id: "gates-gradient",
        label: "gates, gradient × difference of each factor",
        question: "What would the score lose to first order if one factor alone were as in the baseline?",
        formula: "of y = a ⊙ b: ∂F/∂y (a − a′) b to a, ∂F/∂y (b − b′) a to b",
        note: "Both factors get the whole of what they do together, which is what is left unexplained. Steps must not be added.",
        apart: true,
        how: How::Gates(ProductRule::Gradient),
    },
    Look {
        id: "output",
        label: "outputs of a layer (conductance)",
        question: "How much of the difference of the scores went through each unit, as it is read from above?",
        formula: "Cond(t, k) = ∫₀¹ ∂F/∂h_t^k · dh_t^k/dα dα along x(α) = x′ + α (x − x′)",
        note: "All that the score knows of the input goes through these outputs once: steps and units add up to the difference of the scores.",
        apart: false,
        how: How::Through(Through::Output),
    },
    Look {
        id: "memory",
        label: "memory of a layer (conductance)",
        question: "How much of the difference of the scores was in each unit's memory at each step?",
        formula: "Cond(t, k) = ∫₀¹ ∂F/∂s_t^k · ds_t^k/dα dα, s = (h, c), along x(α) = x′ + α (x − x′)",
        note: "The same evidence is met again at every step that carries it: add units, not steps.",
        apart: false,
        how: How::Through(Through::Memory),
    },
];

/// The study.
pub(super) struct Looking {
    posing: Posing,
    question: Question,
    stage: Stage,
}

enum Stage {
    Posing,
    Gates(Box<GatesJob<f32>>),
    Conductance(Box<ConductanceJob<f32>>),
    Done(Found),
    Failed,
}

/// What a study starts from, beside the problem.
pub(super) struct Question {
    pub(super) request: InsideRequest,
    pub(super) look: &'static Look,
    pub(super) unit: String,
    pub(super) target: String,
}

impl Looking {
    /// Fails at once where the question is posed already and cannot be looked into.
    pub(super) fn start(posing: Posing, question: Question) -> Result<Looking> {
        let stage = match posing.posed() {
            Some(problem) => begin(problem, &question)?,
            None => Stage::Posing,
        };
        Ok(Looking { posing, question, stage })
    }

    fn found(&self, what: What) -> Result<Found> {
        let Question { request, look, unit, target } = &self.question;
        let posed = self.posing.posed().ok_or(Error::Bug { place: "inside", problem: "not posed".into() })?;
        Ok(Found {
            request: request.clone(),
            look,
            single: self.posing.other,
            scores: posed.scores()?,
            unit: unit.clone(),
            target: target.clone(),
            what,
        })
    }
}

fn begin(problem: &Problem<f32>, question: &Question) -> Result<Stage> {
    let Problem { pair, target, .. } = problem;
    let Question { request, look, .. } = question;
    Ok(match look.how {
        How::Gates(rule) => {
            let d = pair.input.network.index(request.layer, request.direction);
            let baseline = Some(pair.baseline.clone());
            Stage::Gates(Box::new(GatesJob::new(pair.input.clone(), baseline, target, d, rule)?))
        }
        How::Through(through) => {
            let job = ConductanceJob::new(problem.clone(), request.layer, through, TOLERANCE, BUDGET)?;
            Stage::Conductance(Box::new(job))
        }
    })
}

impl Study for Looking {
    fn advance(&mut self) -> Result<bool> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Posing => {
                self.posing.advance();
                match self.posing.posed() {
                    Some(problem) => begin(problem, &self.question)?,
                    None => Stage::Posing,
                }
            }
            Stage::Gates(mut job) => {
                if job.advance() {
                    Stage::Gates(job)
                } else {
                    let gates = job.answer().ok_or(Error::Bug { place: "inside", problem: "no answer".into() })?;
                    Stage::Done(self.found(What::Gates(Rc::new(gates)))?)
                }
            }
            Stage::Conductance(mut job) => {
                if job.advance() {
                    Stage::Conductance(job)
                } else {
                    Stage::Done(self.found(What::Conductance(Rc::new(job.answer())))?)
                }
            }
            ended => {
                self.stage = ended;
                return Ok(false);
            }
        };
        Ok(!matches!(self.stage, Stage::Done(_)))
    }

    fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Posing => self.posing.progress(),
            Stage::Gates(job) => {
                let (done, total) = job.progress();
                (total / 2 + done, total * 3 / 2)
            }
            Stage::Conductance(job) => (job.done(), BUDGET.min(4 * job.done().max(8))),
            Stage::Done(_) | Stage::Failed => (1, 1),
        }
    }

    fn found(&self) -> Option<study::Found> {
        match &self.stage {
            Stage::Done(found) => Some(study::Found::Inside(found.clone())),
            // A sum over a part of the way says nothing yet.
            _ => None,
        }
    }
}
