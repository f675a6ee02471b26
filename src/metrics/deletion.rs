//! Deletion and insertion (Petsiuk et al. 2018; AOPC of Samek et al. 2017): does the score fall as fast as the bars say?
//!
//! Parts are replaced by the baseline in descending φ. What is left when the parts were removed in ascending order is
//! what is revealed in descending order, so the insertion curve is the ascending deletion curve read backwards, and
//! the random orders serve both.

use super::controls::{ORDERS, SCORE, seed, target};
use super::parts::{Loss, PARTS, Parts, same_in_any_order};
use super::scoring::{Probe, ScoringJob};
use super::statistics::{area, deviation, mean};
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Param, ParamKind, Settings};
use crate::math::Random;
use std::rc::Rc;

const POINTS: Param = Param {
    id: "points",
    label: "Points",
    help: "Points of a curve between nothing and everything.",
    kind: ParamKind::Number { low: 2.0, high: 200.0, step: 1.0, log: true, default: 20.0 },
};

/// The metric.
pub const DELETION: Metric = Metric {
    id: "deletion",
    label: "Deletion and insertion",
    question: "If the parts with the largest bars go first, does the score fall faster than in random order?",
    formula: "curve of F(x with the n largest φ replaced by x′) over n / M; AUC by trapezoids (Petsiuk et al. 2018; Samek et al. 2017)",
    caveat: "An input with holes may look like nothing the network was trained on; the baseline decides what a hole is. Of bars without signs, any move of the score counts as a fall. Parts that are the same in input and baseline are left out.",
    cost: "one forward pass a point and order",
    params: &[PARTS, SCORE, POINTS, ORDERS, super::controls::SEED],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let parts = Parts::new(&claim, settings)?;
    let target = target(&claim, settings, &SCORE)?;
    let (whole, none) = (claim.problem.pair.input.score(&target)?, claim.problem.pair.baseline.score(&target)?);
    let count = parts.len();
    let points = settings.number("points") as usize;
    let mut removed: Vec<usize> = (0..=points).map(|p| p * count / points).collect();
    removed.dedup();

    let falling = parts.descending();
    let rising = falling.iter().rev().copied().collect();
    let mut orders = vec![Rc::new(falling), Rc::new(rising)];
    orders.extend(parts.shuffled(settings.number("orders") as usize, &mut Random::new(seed(settings))));
    // Both ends are known: the input and the baseline.
    let inner = &removed[1..removed.len() - 1];
    let probes = orders.iter().flat_map(|order| inner.iter().map(|n| Probe::Without(order.clone(), 0..*n))).collect();

    let shape = Shape {
        fractions: removed.iter().map(|n| *n as f64 / count as f64).collect(),
        ends: (whole, none),
        loss: parts.loss(whole),
        orders: orders.len(),
        noun: parts.noun(),
        unit: Claim::<R>::unit(&target),
        note: format!(
            "{count} {} that differ from the baseline, replaced by it; {} random orders, seed {}",
            parts.noun(),
            orders.len() - 2,
            seed(settings)
        ),
    };
    ScoringJob::start(claim, parts, target, probes, Box::new(move |scores| shape.measure(scores)))
}

/// What the scores are scores of.
struct Shape {
    /// Removed share at each point, 0 .. 1.
    fractions: Vec<f64>,
    /// F(x) and F(x').
    ends: (f64, f64),
    loss: Loss,
    orders: usize,
    noun: &'static str,
    unit: &'static str,
    note: String,
}

impl Shape {
    /// Curves of the orders that are complete: descending, ascending, random ones.
    fn lines(&self, scores: &[f64]) -> Vec<Vec<f64>> {
        let inner = self.fractions.len() - 2;
        let counted = |line: Vec<f64>| line.into_iter().map(|score| self.loss.counted(score)).collect::<Vec<f64>>();
        let line = |inner: &[f64]| counted([&[self.ends.0], inner, &[self.ends.1]].concat());
        if inner == 0 { vec![line(&[]); self.orders] } else { scores.chunks_exact(inner).map(line).collect() }
    }

    fn measure(&self, scores: &[f64]) -> Measurement {
        let lines = self.lines(scores);
        let x = &self.fractions;
        let revealed: Vec<f64> = x.iter().rev().map(|share| 1.0 - share).collect();
        let backwards = |line: &Vec<f64>| line.iter().rev().copied().collect::<Vec<f64>>();
        let under = |line: Option<&Vec<f64>>| line.map_or(f64::NAN, |line| area(x, line));
        let (falling, rising) = (under(lines.first()), under(lines.get(1)));
        let random: Vec<Vec<f64>> = lines.iter().skip(2).cloned().collect();
        let areas: Vec<f64> = random.iter().map(|line| area(x, line)).collect();
        let lower = areas.iter().filter(|area| falling < **area).count();
        let higher = areas.iter().filter(|area| rising > **area).count();

        let spread = if areas.iter().all(|area| *area == areas[0]) { f64::NAN } else { deviation(&areas) };
        let noun = self.noun;
        let numbers = vec![
            Number::new("deletion AUC", falling, "lower is better: what the bars call large carries the score"),
            Number::new("insertion AUC", rising, "higher is better; it equals the deletion AUC in ascending order"),
            Number::drawn("random AUC", &areas, "of removing and of revealing in random order"),
            Number::new(
                "deletion, in deviations",
                (mean(&areas) - falling) / spread,
                "how many standard deviations below random",
            ),
            Number::new(
                "insertion, in deviations",
                (rising - mean(&areas)) / spread,
                "how many standard deviations above random",
            ),
        ];
        let mut curves = Vec::new();
        if let Some(line) = lines.first() {
            curves.push(Curve::new("removed, largest first", x.clone(), line.clone()));
        }
        if let Some(line) = lines.get(1) {
            curves.push(Curve::new("revealed, largest first", revealed.clone(), backwards(line)));
            curves.push(Curve::new("removed, smallest first", x.clone(), line.clone()));
        }
        if !random.is_empty() {
            curves.push(Curve::drawn("removed in random order", x.clone(), &random));
            curves.push(Curve::drawn(
                "revealed in random order",
                revealed,
                &random.iter().map(backwards).collect::<Vec<_>>(),
            ));
        }
        let better = |n: usize| if n == areas.len() { format!("all {n}") } else { format!("{n} of {}", areas.len()) };
        let alike = areas.iter().all(|area| *area == falling && *area == rising);
        let verdict = match areas.len() {
            0 => String::new(),
            _ if alike => same_in_any_order(noun),
            _ => format!(
                "Removing the {noun} with the largest bars first {} the score faster than {} random orders; revealing them first {} faster than {}.{}",
                self.loss.word("lowers", "moves"),
                better(lower),
                self.loss.word("raises it", "brings it back"),
                better(higher),
                self.loss.aside()
            ),
        };
        let counted = self.loss.word("score", "score, any move counted as a fall");
        let y_label = if self.unit.is_empty() { counted.to_string() } else { format!("{counted} ({})", self.unit) };
        Measurement {
            numbers,
            curves,
            x_label: format!("share of the {noun}"),
            y_label,
            verdict,
            note: self.note.clone(),
        }
    }
}
