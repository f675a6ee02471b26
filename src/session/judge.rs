//! What an answer is worth: a metric's verdict, numbers and curves.

use super::Session;
use crate::{Error, Result};
use serde::Serialize;

/// What the page shows of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Judgement {
    pub label: &'static str,
    pub verdict: String,
    pub note: String,
    pub numbers: Vec<JudgedNumber>,
}

/// One number of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct JudgedNumber {
    pub label: String,
    pub value: f64,
    pub spread: Option<f64>,
    pub note: String,
}

impl Session {
    /// The finished or partial measurement.
    pub fn measurement(&self) -> Result<Judgement> {
        let running = self.judging.as_ref().and_then(|(metric, work)| Some((*metric, work.measurement()?)));
        let (metric, found) = running.or_else(|| self.measurement.clone()).ok_or_else(|| Error::request("measurement", "asked for after it was begun", "none yet"))?;
        let number = |number: crate::metrics::Number| JudgedNumber { label: number.label, value: number.value, spread: number.spread, note: number.note };
        Ok(Judgement { label: metric.label, verdict: found.verdict, note: found.note, numbers: found.numbers.into_iter().map(number).collect() })
    }
}
