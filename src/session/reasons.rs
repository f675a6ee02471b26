//! Few reasons: the parts that hold a chosen share of the shown answer, and how far they are those that were expected.

use super::Session;
use crate::attribution::{Attribution, Reduction};
use crate::metrics::{Mass, Plausibility, plausibility, selection};
use crate::view::Labels;
use crate::{Error, Result};
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// How many reasons are wished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReasonsRequest {
    /// 0..1.
    pub share: f64,
    /// `absolute`, `positive` or `negative`.
    pub mass: String,
    /// Parts that a person expects as evidence, by index.
    pub marked: Vec<usize>,
}

impl Default for ReasonsRequest {
    fn default() -> ReasonsRequest {
        ReasonsRequest { share: 0.8, mass: "absolute".into(), marked: Vec::new() }
    }
}

/// The parts of the shown answer: steps, or features of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Reasons {
    /// "word", "feature".
    pub kind: String,
    pub unit: String,
    /// All parts in their order.
    pub parts: Vec<Reason>,
    /// Indices of the fewest parts that hold the share, largest first.
    pub chosen: Vec<usize>,
    /// The share that they hold.
    pub reached: f64,
    /// Beside what was marked; none if nothing or everything is.
    pub plausibility: Option<Expected>,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Reason {
    pub label: String,
    pub value: f64,
}

/// See [`Plausibility`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Expected {
    pub auprc: f64,
    pub chance: f64,
    pub iou: f64,
}

impl Session {
    /// The parts of the shown answer that hold a share of it.
    pub fn reasons(&self, request: &ReasonsRequest) -> Result<Reasons> {
        let mass = match request.mass.as_str() {
            "absolute" => Mass::Absolute,
            "positive" => Mass::Positive,
            "negative" => Mass::Negative,
            other => return Err(Error::request("mass", "absolute, positive or negative", other)),
        };
        if !(0.0..=1.0).contains(&request.share) {
            return Err(Error::request("share", "between 0 and 1", request.share));
        }
        let shown = self.explaining.as_ref().and_then(|work| work.answer()).or_else(|| self.answer.clone());
        let answer = shown.ok_or_else(|| Error::request("reasons", "asked for after an answer", "none yet"))?;
        let (kind, labels, bars) = self.parts_of(&answer)?;
        let (chosen, reached) = selection(&bars, mass, request.share);
        let some = !request.marked.is_empty() && request.marked.len() < bars.len();
        let found = some.then(|| plausibility(&bars, &request.marked)).transpose()?;
        let expected = |Plausibility { auprc, chance, iou }| Expected { auprc, chance, iou };
        let reason = |(label, value): (&String, &f64)| Reason { label: label.clone(), value: *value };
        let parts = labels.iter().zip(&bars).map(reason).collect();
        let unit = self.unit_of(answer.dimension, self.target_label()?.1);
        Ok(Reasons { kind, unit, parts, chosen, reached, plausibility: found.map(expected) })
    }

    /// Features of a series where the answer tells them apart, else steps.
    pub(super) fn parts_of(&self, answer: &Attribution) -> Result<(String, Labels, Vec<f64>)> {
        let (steps, features) = answer.scores.dim();
        if self.is_series() && features == self.spec.columns.len() {
            let one = |column: ArrayView1<f64>| match answer.reduction {
                Reduction::Sum => column.sum(),
                Reduction::Norm => column.iter().map(|v| v * v).sum::<f64>().sqrt(),
            };
            return Ok(("feature".into(), self.input_names(), answer.scores.columns().into_iter().map(one).collect()));
        }
        if steps != self.steps() {
            return Err(Error::request("reasons", "asked of an answer over steps", format!("{steps} × {features}")));
        }
        Ok((self.step_name().into(), self.labels(), answer.reduced()))
    }
}
