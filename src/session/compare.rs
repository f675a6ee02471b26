//! Several answers side by side: kept one by one, then held against each other.

use super::Session;
use super::referee::Refereed;
use crate::attribution::Reduction;
use crate::metrics::{IN_DISPUTE, Opinion, agreement, ribbon};
use crate::view::{Bars, build};
use crate::{Error, Result};
use serde::Serialize;

/// Among how many of the largest bars an overlap is counted.
pub(super) const TOP: usize = 5;
/// More answers than anyone compares at a glance.
const MOST_ANSWERS: usize = 40;

/// An answer that was put aside: one number a step, or a feature.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    label: String,
    /// Of the registry of methods.
    method: String,
    signed: bool,
    steps: bool,
    scores: Vec<f64>,
    row: ComparedRow,
}

impl Kept {
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    pub(super) fn opinion(&self) -> Opinion {
        // Nobody knows where the gap belongs: each bar may be off by an equal share of it.
        let (errors, share) = (&self.row.bars.errors, self.row.gap.unwrap_or(0.0).abs() / self.scores.len() as f64);
        let noise = |k: usize| errors.get(k).map_or(0.0, |error| f64::from(*error)) + share;
        let noise = (0..self.scores.len()).map(noise).collect();
        Opinion { bars: self.scores.clone(), signed: self.signed, noise }
    }
}

/// One answer among others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct ComparedRow {
    pub label: String,
    pub unit: String,
    pub score: f64,
    pub baseline_score: f64,
    pub gap: Option<f64>,
    pub gap_percent: Option<f64>,
    pub converged: bool,
    pub forward_passes: usize,
    pub backward_passes: usize,
    #[serde(skip)]
    pub bars: Bars,
}

/// How far answers agree, over those that have one number a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Agreed {
    /// Labels of the N answers compared.
    pub labels: Vec<String>,
    /// k of the overlap.
    pub k: usize,
    /// One plain sentence.
    pub verdict: String,
    /// When a position is in dispute.
    pub about: &'static str,
    /// [N, N] Spearman's ρ.
    #[serde(skip)]
    pub spearman: Vec<f32>,
    /// [N, N] share of the top k with the same sign.
    #[serde(skip)]
    pub sign: Vec<f32>,
    /// [N, N] share of the top k in common.
    #[serde(skip)]
    pub top: Vec<f32>,
    /// [T] 1 where sign or rank is in dispute.
    #[serde(skip)]
    pub disputed: Vec<f32>,
}

/// The range of each bar over the answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Range {
    /// One plain sentence.
    pub verdict: String,
    /// [T].
    #[serde(skip)]
    pub low: Vec<f32>,
    #[serde(skip)]
    pub high: Vec<f32>,
    #[serde(skip)]
    pub mean: Vec<f32>,
    /// 1 where the sign changes.
    #[serde(skip)]
    pub flips: Vec<f32>,
}

/// Everything about the answers that were kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In the order in which they were kept.
    pub rows: Vec<ComparedRow>,
    /// None with fewer than two answers over steps.
    pub agreement: Option<Agreed>,
    /// None with fewer than two answers over steps.
    pub ribbon: Option<Range>,
    /// None without a referee.
    pub referee: Option<Refereed>,
}

impl Session {
    /// Puts the shown answer aside under a name.
    pub fn keep_answer(&mut self, label: &str) -> Result<()> {
        if self.kept.len() >= MOST_ANSWERS {
            return Err(Error::request(
                "comparison",
                format!("of at most {MOST_ANSWERS} answers"),
                self.kept.len() + 1,
            ));
        }
        let shown = self.attribution()?;
        let answer =
            self.answer.as_ref().ok_or_else(|| Error::request("answer", "finished before it is kept", "none yet"))?;
        let steps = answer.scores.nrows() == self.steps();
        let scores = answer.reduced();
        let bars = shown.bars.or(shown.features).unwrap_or_default();
        let row = ComparedRow {
            label: label.into(),
            unit: shown.unit,
            score: shown.score,
            baseline_score: shown.baseline_score,
            gap: shown.gap,
            gap_percent: shown.gap_percent,
            converged: shown.converged,
            forward_passes: shown.forward_passes,
            backward_passes: shown.backward_passes,
            bars,
        };
        self.kept.push(Kept {
            label: label.into(),
            method: self.request.as_ref().map(|request| request.method.clone()).unwrap_or_default(),
            signed: shown.signed && answer.reduction == Reduction::Sum,
            steps,
            scores,
            row,
        });
        Ok(())
    }

    /// Forgets the answers that were put aside.
    pub fn drop_answers(&mut self) {
        self.kept.clear();
        self.referee = None;
    }

    /// The answers that were put aside, on one scale, and how far they agree.
    pub fn compare(&self) -> Result<Comparison> {
        let comparable: Vec<&Kept> = self.kept.iter().filter(|kept| kept.steps).collect();
        let mut rows: Vec<ComparedRow> = self.kept.iter().map(|kept| kept.row.clone()).collect();
        build::one_scale(rows.iter_mut().map(|row| &mut row.bars));
        let referee = self.refereed(&comparable)?;
        if comparable.len() < 2 {
            return Ok(Comparison { rows, agreement: None, ribbon: None, referee });
        }
        let opinions: Vec<Opinion> = comparable.iter().map(|kept| kept.opinion()).collect();
        let found = agreement(&opinions, TOP)?;
        let flat = |matrix: &[Vec<f64>]| matrix.iter().flatten().map(|v| *v as f32).collect();
        let mut disputed = vec![0.0; self.steps()];
        found.disputes.iter().for_each(|dispute| disputed[dispute.position] = 1.0);
        let range = ribbon(&opinions)?;
        let narrow = |values: &[f64]| values.iter().map(|v| *v as f32).collect();
        Ok(Comparison {
            rows,
            referee,
            agreement: Some(Agreed {
                labels: comparable.iter().map(|kept| kept.label.clone()).collect(),
                k: found.top,
                verdict: found.verdict,
                about: IN_DISPUTE,
                spearman: flat(&found.spearman),
                sign: flat(&found.signs),
                top: flat(&found.overlap),
                disputed,
            }),
            ribbon: Some(Range {
                verdict: range.verdict,
                low: narrow(&range.low),
                high: narrow(&range.high),
                mean: narrow(&range.mean),
                flips: range.flips.iter().map(|flip| f32::from(*flip)).collect(),
            }),
        })
    }
}
