//! What if? Other entries at one step, and the smallest edit that flips what is predicted, as the page shows them.

use super::study;
use super::trying::{Place, Trying, Turning};
use super::{Content, Session};
use crate::attribution::reach;
use crate::counterfactual::{Contrast, Edit, Limits, Runs, Search, Space, Values, Variable, Words};
use crate::network::{Readout, Target};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Entries that are tried at a step.
const NEAREST: usize = 40;
/// What the search for a flip may run.
const RUNS: usize = 3000;

/// Where something else is put.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AlternativesRequest {
    /// From 0.
    pub step: usize,
    /// Of a series.
    pub variable: usize,
}

/// What is wished instead of the present prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TurnRequest {
    /// An outcome; none = any other.
    pub into: Option<usize>,
    /// Places that may be changed.
    pub edits: usize,
}

impl Default for TurnRequest {
    fn default() -> TurnRequest {
        TurnRequest { into: None, edits: 6 }
    }
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Outcome {
    pub label: String,
    pub probability: f64,
}

/// What would be said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Alternatives {
    pub step: usize,
    pub variable: usize,
    /// What stands there.
    pub now: String,
    pub outcome: Outcome,
    pub rows: Vec<Alternative>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Alternative {
    pub label: String,
    /// Distance in the embedding, or standard deviations.
    pub distance: f64,
    /// Of what is predicted now.
    pub probability: f64,
    pub outcome: Outcome,
    pub flips: bool,
    /// The whole input with it, to be read.
    pub text: String,
}

/// The smallest edit that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Turn {
    pub before: Outcome,
    pub after: Outcome,
    pub flips: bool,
    /// The edited input was read and run anew, and says the same.
    pub proven: bool,
    pub changes: Vec<Change>,
    pub runs: usize,
    pub text: String,
}

/// One place of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Change {
    pub step: usize,
    /// Of a series: the variable with its unit.
    pub name: String,
    pub from: String,
    pub to: String,
}

/// What may be put into the input.
enum Offer {
    Words(Rc<Words>),
    Values(Rc<Values>),
}

impl Session {
    /// A session of its own that holds the present input.
    fn copy(&self) -> Session {
        let mut copy = self.sibling();
        (copy.content, copy.x, copy.trace) = (self.content.clone(), self.x.clone(), self.trace.clone());
        copy
    }

    fn opened(&self) -> Result<(Place, Offer)> {
        let trace = self.need_trace()?.clone();
        let asked = self.request.as_ref().map_or(-1, |request| request.target.step);
        let every = self.narrow.every_step();
        let step = usize::try_from(asked).ok().filter(|step| every && *step < self.steps());
        let step = step.unwrap_or(self.steps().saturating_sub(1));
        let target = Target { readout: Readout::LogOdds, class: 0, versus: 0, step, d: 0, unit: 0 };
        let reach = reach(&self.narrow, &target, self.steps());
        let offer = match &self.content {
            Some(Content::Text(text)) => {
                let vocab = &self.checkpoint.metadata.vocab;
                let allowed = (0..vocab.len()).filter(|k| {
                    let read = self.letters.read(&vocab[*k]);
                    read.is_ok_and(|read| matches!(read.ids()[..], [Some(id)] if id == *k) && !read.tokens[0].unknown)
                });
                Offer::Words(Rc::new(Words::new(self.narrow.clone(), text.ids(), allowed.collect(), reach)))
            }
            Some(Content::Series(series)) => {
                let column = |name: &str, role: &str| {
                    self.spec.columns.iter().position(|column| column.variable == name && column.role == role)
                };
                let variable = |(v, name): (usize, &String)| {
                    let value =
                        column(name, "value").ok_or_else(|| Error::Bug { place: "what if", problem: name.clone() })?;
                    let (mean, std) = (self.spec.columns[value].mean, self.spec.columns[value].std);
                    let (measured, raw) = (column(name, "measured"), series.values[v].clone());
                    Ok(Variable { value, measured, mean, std, raw, positive: mean > 0.0 })
                };
                let variables = series.variables.iter().enumerate().map(variable).collect::<Result<Vec<_>>>()?;
                Offer::Values(Rc::new(Values::new(self.x.mapv(|v| v as f32), variables, self.spec.clip)))
            }
            None => return Err(Error::request("input", "chosen first", "none")),
        };
        let space: Rc<dyn Space> = match &offer {
            Offer::Words(words) => words.clone(),
            Offer::Values(values) => values.clone(),
        };
        Ok((Place { trace, space, reach, step }, offer))
    }

    /// Begins to try what else may stand at a step.
    ///
    /// # Errors
    /// No trace yet; a step or a variable that is not there.
    pub fn start_alternatives(&mut self, request: AlternativesRequest) -> Result<()> {
        let (place, offer) = self.opened()?;
        if request.step >= place.reach {
            return Err(Error::request("time step", format!("between 1 and {}", place.reach), request.step + 1));
        }
        let variables = match &self.content {
            Some(Content::Series(series)) => series.variables.len(),
            _ => 1,
        };
        if request.variable >= variables {
            return Err(Error::request("variable", format!("one of {variables}"), request.variable + 1));
        }
        let edits: Vec<Edit> = match &offer {
            Offer::Words(words) => words.nearest(request.step).into_iter().take(NEAREST).collect(),
            Offer::Values(values) => values.alternatives(request.variable, request.step),
        };
        let variants = edits.iter().map(|edit| vec![*edit]).collect();
        let runs = Runs::new(place.trace.clone(), place.space.clone(), variants, place.reach, place.step);
        self.cancel();
        self.studies.alternatives = None;
        self.studies.begin(Box::new(Trying { edits, runs, session: self.copy(), place, request }));
        Ok(())
    }

    /// Begins to look for the smallest edit that flips.
    ///
    /// # Errors
    /// No trace yet; an outcome that is predicted already, or that is none; no places.
    pub fn start_turn(&mut self, request: &TurnRequest) -> Result<()> {
        let (place, ..) = self.opened()?;
        let contrast = Contrast::new(place.trace.logits_at(place.step), request.into, place.step)?;
        let limits = Limits { runs: RUNS, edits: request.edits };
        let search = Search::new(place.trace.clone(), place.space.clone(), contrast, place.reach, limits)?;
        self.cancel();
        self.studies.turn = None;
        self.studies.begin(Box::new(Turning { search, session: self.copy(), place, proven: None }));
        Ok(())
    }

    /// What would be said otherwise, so far.
    pub fn alternatives(&self) -> Result<Alternatives> {
        match (self.studies.running.as_ref().and_then(|study| study.found()), &self.studies.alternatives) {
            (Some(study::Found::Alternatives(found)), _) => Ok(*found),
            (_, Some(found)) => Ok((**found).clone()),
            _ => Err(Error::request("alternatives", "asked for after they were tried", "not yet")),
        }
    }

    /// The smallest edit, so far.
    pub fn turn(&self) -> Result<Turn> {
        match (self.studies.running.as_ref().and_then(|study| study.found()), &self.studies.turn) {
            (Some(study::Found::Turn(found)), _) => Ok(*found),
            (_, Some(found)) => Ok((**found).clone()),
            _ => Err(Error::request("edit", "asked for after it was looked for", "not yet")),
        }
    }
}
