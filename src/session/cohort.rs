//! Many inputs, read one after the other under the question of the shown answer.

use super::reading::Reading;
use super::{Session, study};
use crate::view::Bars;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Most inputs.
const MOST: usize = 500;

/// What is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CohortRequest {
    /// Inputs of the page.
    pub samples: Vec<Sample>,
    /// More texts, one a line; a label may stand before a tab.
    pub more: String,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// For people.
    pub title: String,
    /// Text or CSV.
    pub text: String,
    /// The right class, if it is known.
    pub label: Option<String>,
}

/// What they say together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Cohort {
    pub method: String,
    pub target: String,
    pub unit: String,
    /// Inputs read so far, and in all.
    pub read: usize,
    pub of: usize,
    /// Of those with a known label: how many, and how many the network gets right.
    pub labelled: usize,
    pub right: usize,
    /// Title and reason.
    pub left_out: Vec<(String, String)>,
    pub averages: Vec<Row>,
    pub mistakes: Vec<Mistake>,
    /// Why nothing is blamed for the mistakes; empty where their culprits are named.
    pub unblamed: String,
    /// What is measured when parts are exchanged, or why they are not.
    pub exchanged: String,
    #[serde(skip)]
    pub pictures: Vec<Bars>,
}

/// A word, or a variable, on average.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Row {
    pub label: String,
    pub count: usize,
    pub mean: f64,
    pub deviation: f64,
    pub positive: f64,
    /// Behind a negation: how often, and the mean there; the mean elsewhere.
    pub negated: Option<(usize, f64)>,
    pub plain: f64,
}

/// An input that the network gets wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Mistake {
    /// From 0, in the order of the request.
    pub index: usize,
    pub title: String,
    pub truth: String,
    pub said: String,
    pub probability: f64,
    /// How much speaks for the wrong class against the right one, all parts together.
    pub wrong: f64,
    pub culprits: Vec<Culprit>,
}

/// A part that spoke for the wrong class.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Culprit {
    pub label: String,
    pub score: f64,
}

/// What the study has brought so far.
#[derive(Clone)]
pub(super) struct Found(pub(super) Cohort);

impl Session {
    /// Begins to read many inputs under the question of the shown answer, in single precision.
    ///
    /// # Errors
    /// No answer yet; fewer than two inputs, or too many.
    pub fn start_cohort(&mut self, request: CohortRequest) -> Result<()> {
        let mut asked =
            self.request.clone().ok_or_else(|| Error::request("samples", "read after an answer", "none yet"))?;
        let line = |(k, line): (usize, &str)| {
            let (label, text) = line.split_once('\t').map_or((None, line), |(label, text)| (Some(label.into()), text));
            Sample { title: format!("line {}", k + 1), text: text.trim().into(), label }
        };
        let mut samples = request.samples;
        samples.extend(request.more.lines().enumerate().map(line).filter(|sample| !sample.text.is_empty()));
        if !(2..=MOST).contains(&samples.len()) {
            return Err(Error::request("samples", format!("between 2 and {MOST} inputs"), samples.len()));
        }
        asked.precision = "f32".into();
        // Inputs differ in length: the end of each is what they have in common.
        asked.target.step = -1;
        self.cancel();
        let (target, unit) = self.target_label()?;
        let dimension = self.answer.as_ref().map(|answer| answer.dimension).unwrap_or_default();
        let unit = self.unit_of(dimension, unit);
        let method = crate::attribution::find(&asked.method)?.label.to_string();
        let found = Cohort {
            method,
            target,
            unit,
            read: 0,
            of: samples.len(),
            labelled: 0,
            right: 0,
            left_out: Vec::new(),
            averages: Vec::new(),
            mistakes: Vec::new(),
            unblamed: String::new(),
            exchanged: String::new(),
            pictures: Vec::new(),
        };
        self.studies.cohort = None;
        self.studies.begin(Box::new(Reading::new(self.sibling(), asked, samples, found)));
        Ok(())
    }

    /// What the inputs say together, so far.
    pub fn cohort(&self) -> Result<Cohort> {
        let running = self.studies.running.as_ref().and_then(|study| study.found());
        match (running, &self.studies.cohort) {
            (Some(study::Found::Cohort(found)), _) => Ok(found.0),
            (_, Some(found)) => Ok(found.0.clone()),
            _ => Err(Error::request("samples", "asked for after they were read", "not yet")),
        }
    }

    /// Number of a class by its name; of a network with one output 1 for that class, 0 for its absence.
    pub(super) fn class_named(&self, label: &str) -> Option<usize> {
        let (label, classes) = (label.trim(), self.class_labels());
        if self.narrow.classes() == 1 {
            let named = classes.first().is_some_and(|class| class.eq_ignore_ascii_case(label));
            return if named || label == "1" { Some(1) } else { (label == "0").then_some(0) };
        }
        classes.iter().position(|class| class.eq_ignore_ascii_case(label))
    }
}
