//! The referee of a comparison: exact Shapley values over groups of steps, and how far each answer is from them.

use super::compare::{Kept, TOP};
use super::{Request, Session, Weight};
use crate::attribution::{Reduction, reach};
use crate::metrics::{Opinion, referee};
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// The method that decides.
const METHOD: &str = "shapley-exact";
/// Most groups that it can take, and the fewest that say something.
const MOST_GROUPS: usize = 14;
const FEWEST_GROUPS: usize = 4;
/// Most steps of a group that the method takes.
const MOST_LENGTH: usize = 512;
/// Coalitions × steps × weights that a comparison may wait for: some ten seconds.
const MOST_WORK: u64 = 100_000_000_000;

/// What has to be asked so that a referee is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RefereeRequest {
    /// For people: what the groups are.
    pub label: String,
    /// To be answered and kept by [`Session::keep_referee`].
    pub request: Request,
}

/// How far the answers are from the referee, over its groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refereed {
    /// Of the referee.
    pub label: String,
    /// How many groups were compared.
    pub groups: usize,
    /// k of the overlap.
    pub k: usize,
    /// One plain sentence.
    pub verdict: String,
    /// In the order in which they were kept.
    pub rows: Vec<RefereedRow>,
}

/// One answer beside the referee.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RefereedRow {
    /// Of the answer.
    pub label: String,
    /// Spearman's ρ; none where one side does not vary.
    pub spearman: Option<f64>,
    /// Share of the groups with the referee's sign; none without signs.
    pub sign: Option<f64>,
    /// Share of the referee's k largest among its own.
    pub top: f64,
    /// ‖s φ − φ*‖ / ‖φ*‖ after the factor s ≥ 0 that suits best; none if the referee finds nothing.
    pub scaled: Option<f64>,
}

/// The kept referee, and its groups of steps.
#[derive(Debug, Clone)]
pub(super) struct Referee {
    pub(super) label: String,
    groups: Vec<Vec<usize>>,
    opinion: Opinion,
}

impl Session {
    /// The question to the referee that suits the question of the shown answer: each step for itself if there are few,
    /// windows of equal length if there are more, fewer of them if the network is large.
    pub fn referee_request(&self) -> Result<RefereeRequest> {
        let shown = self.request.as_ref();
        let shown = shown.ok_or_else(|| Error::request("referee", "asked for after an answer", "none yet"))?;
        let length = self.window(shown)?;
        let (choice, label) = match length {
            1 => ("steps", format!("every {} for itself", self.step_name())),
            n => ("windows", format!("windows of {n} {}s", self.step_name())),
        };
        let mut params = BTreeMap::new();
        params.insert("players".to_string(), Weight::Word(choice.into()));
        params.insert("length".to_string(), Weight::Number(length as f64));
        let request = Request { method: METHOD.into(), params, background: Vec::new(), ..shown.clone() };
        Ok(RefereeRequest { label: format!("exact Shapley values, {label}"), request })
    }

    /// Steps that can matter, which is what is grouped.
    fn played(&self, request: &Request) -> Result<usize> {
        Ok(reach(&self.narrow, &self.target(&request.target)?, self.steps()))
    }

    /// Steps of a group.
    fn window(&self, request: &Request) -> Result<usize> {
        let steps = self.played(request)?.max(1);
        let weights: u64 = self.narrow.layers.iter().map(|layer| layer.parameters() as u64).sum();
        let affordable = |groups: &usize| {
            let length = steps.div_ceil(*groups);
            if length > MOST_LENGTH {
                return false;
            }
            let played = steps.div_ceil(length);
            (1u64 << played).saturating_mul((steps as u64).saturating_mul(weights)) <= MOST_WORK
        };
        let groups = (FEWEST_GROUPS..=MOST_GROUPS).rev().find(affordable).ok_or_else(|| {
            let what = format!("{steps} {}s", self.step_name());
            Error::request("referee", "of a shorter input: all groups of its steps must be tried", what)
        })?;
        Ok(steps.div_ceil(groups))
    }

    /// Puts the shown answer aside as the referee of those that are compared.
    pub fn keep_referee(&mut self, label: &str) -> Result<()> {
        let wrong = || Error::request("referee", "an exact answer over steps", "another one");
        let answer = self.answer.as_ref().filter(|answer| answer.scores.nrows() == self.steps()).ok_or_else(wrong)?;
        let shown = self.request.as_ref().filter(|request| request.method == METHOD).ok_or_else(wrong)?;
        let length = self.window(shown)?;
        let steps: Vec<usize> = (0..self.played(shown)?).collect();
        let groups: Vec<Vec<usize>> = steps.chunks(length).map(<[usize]>::to_vec).collect();
        let whole = Opinion { bars: answer.reduced(), signed: answer.reduction == Reduction::Sum, noise: Vec::new() };
        self.referee = Some(Referee { label: label.into(), opinion: whole.grouped(&groups), groups });
        Ok(())
    }

    /// How far the kept answers are from the referee; none without one, or with fewer than two groups.
    pub(super) fn refereed(&self, kept: &[&Kept]) -> Result<Option<Refereed>> {
        let Some(Referee { label, groups, opinion }) = &self.referee else { return Ok(None) };
        if groups.len() < 2 || kept.is_empty() {
            return Ok(None);
        }
        let k = TOP.min(groups.len().div_ceil(2));
        let opinions: Vec<Opinion> = kept.iter().map(|kept| kept.opinion().grouped(groups)).collect();
        let number = |value: f64| value.is_finite().then_some(value);
        let row = |(kept, found): (&&Kept, crate::metrics::Distance)| RefereedRow {
            label: kept.label().to_string(),
            spearman: number(found.spearman),
            sign: number(found.signs),
            top: found.overlap,
            scaled: number(found.scaled),
        };
        let rows: Vec<RefereedRow> = kept.iter().zip(referee(&opinions, opinion, k)?).map(row).collect();
        // The referee's own method is no party: it would always be the closest.
        let parties = kept.iter().zip(&rows).filter(|(kept, _)| kept.method() != METHOD);
        let distances = parties.filter_map(|(_, row)| Some((row.scaled?, &row.label)));
        let verdict = match distances.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((scaled, best)) => nearest(label, best, scaled),
            None if rows.iter().all(|row| row.scaled.is_none()) => "The referee finds that nothing matters.".into(),
            None => "Only the referee's own method was held against it.".into(),
        };
        Ok(Some(Refereed { label: label.clone(), groups: groups.len(), k, verdict, rows }))
    }
}

/// Which answer is nearest to the referee; none is that is as far as bars of zero, whose distance is 1.
fn nearest(label: &str, best: &str, scaled: f64) -> String {
    if scaled < 1.0 {
        return format!("Closest to {label}: {best}, {:.0} % away after scaling.", 100.0 * scaled);
    }
    format!(
        "No method comes closer to {label} than bars of zero would: their bars point the wrong way or at other places."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opposite_of_the_referee_does_not_win() {
        assert_eq!(nearest("exact", "a", 0.25), "Closest to exact: a, 25 % away after scaling.");
        let exact = Opinion { bars: vec![3.0, -4.0], signed: true, noise: Vec::new() };
        let opposite = Opinion { bars: vec![-3.0, 4.0], ..exact.clone() };
        let found = referee(&[opposite], &exact, 1).unwrap();
        assert!(nearest("exact", "b", found[0].scaled).starts_with("No method comes closer to exact"), "{found:?}");
    }
}
