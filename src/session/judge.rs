//! What an answer is worth: a metric's verdict, numbers and curves.

use super::Session;
use crate::attribution::Access;
use crate::view::{Curves, build};
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
    /// What it drew.
    #[serde(skip)]
    pub curves: Option<Curves>,
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

/// The score of neighbouring steps taken together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct SpanScore {
    pub score: f64,
    /// It is the span's own score, not an approximation by its steps' scores.
    pub exact: bool,
    /// One plain sentence.
    pub note: String,
}

impl Session {
    /// The score of the steps from..to of the shown answer.
    pub fn span_score(&self, from: usize, to: usize) -> Result<SpanScore> {
        let shown = self.explaining.as_ref().and_then(|work| work.answer()).or_else(|| self.answer.clone());
        let answer = shown.ok_or_else(|| Error::request("span", "asked for after an answer", "none yet"))?;
        if let Some(span) = answer.spans.iter().find(|span| (span.from, span.to) == (from, to)) {
            let (exact, note) = match span.error > 0.0 {
                false => (true, "the method scored these steps together".to_string()),
                true => (false, format!("the method scored these steps together, ± {:.2} by its samples", span.error)),
            };
            return Ok(SpanScore { score: span.score, exact, note });
        }
        let score = answer.span_score(from, to).ok_or_else(|| {
            Error::request(
                "span",
                format!("of steps between 1 and {}, of a method whose scores can be added", self.steps()),
                format!("{} to {to}", from + 1),
            )
        })?;
        let request = self.request.as_ref();
        let method = request.and_then(|request| crate::attribution::find(&request.method).ok());
        let (exact, note) = match method {
            // Parts that are put in and taken out may be worth another share where they come and go as one.
            Some(method) if method.completes && method.kind.access == Access::Agnostic => {
                (false, "the sum of its steps; played as one part, they may be given another share")
            }
            Some(method) if method.completes => {
                (true, "the sum of its steps, which is what the method gives to all of them together")
            }
            _ => (
                false,
                "the sum of its steps; this method's scores need not add up, so together they may do more or less",
            ),
        };
        Ok(SpanScore { score, exact, note: note.into() })
    }

    /// The finished or partial measurement.
    pub fn measurement(&self) -> Result<Judgement> {
        let running = self.judging.as_ref().and_then(|work| Some((work.metric, work.measurement()?)));
        let (metric, found) = running
            .or_else(|| self.measurement.clone())
            .ok_or_else(|| Error::request("measurement", "asked for after it was begun", "none yet"))?;
        let number = |number: crate::metrics::Number| JudgedNumber {
            label: number.label,
            value: number.value,
            spread: number.spread,
            note: number.note,
        };
        let curves = build::curves(metric.label.into(), &found);
        Ok(Judgement {
            curves,
            label: metric.label,
            verdict: found.verdict,
            note: found.note,
            numbers: found.numbers.into_iter().map(number).collect(),
        })
    }
}
