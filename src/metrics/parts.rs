//! What is removed at a time: steps, features or cells, each with its score.

use super::metric::refused;
use super::{Claim, statistics};
use crate::Result;
use crate::attribution::{Attribution, Param, ParamKind, Problem, Reduction, Settings};
use crate::cell::Scalar;
use crate::math::{Random, descending};
use crate::network::Coalition;
use ndarray::Array2;
use std::rc::Rc;

/// Which parts an input has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Step,
    Feature,
    Cell,
}

/// The control that chooses.
pub(super) const PARTS: Param = Param {
    id: "parts",
    label: "Parts",
    help: "What is replaced at a time. As the bars are: steps for text, cells of a series where every cell has its score.",
    kind: ParamKind::Choice(&[
        ("auto", "as the bars are"),
        ("step", "steps"),
        ("feature", "features"),
        ("cell", "cells"),
    ]),
};

/// The verdict where no order of the parts can be better than another.
pub(super) fn same_in_any_order(noun: &str) -> String {
    format!(
        "Every order of the {noun} gives the same curve (there may be one only, or the score does not move), so the order of the bars cannot be tested here: take a longer input, smaller parts or another score."
    )
}

/// How a score without some parts is compared with F(x).
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    /// F(x).
    whole: f64,
    signed: bool,
}

impl Loss {
    /// What is lost. Bars without signs say how far a score moves, not which way: any move is a loss.
    pub fn of(self, score: f64) -> f64 {
        if self.signed { self.whole - score } else { (self.whole - score).abs() }
    }

    /// The score as it counts, F(x) less what is lost.
    pub fn counted(self, score: f64) -> f64 {
        if self.signed { score } else { self.whole - self.of(score) }
    }

    /// The one of two wordings that is true: of bars with signs, of bars without.
    pub fn word<'a>(self, signed: &'a str, unsigned: &'a str) -> &'a str {
        if self.signed { signed } else { unsigned }
    }

    /// To be said after a verdict; empty where bars have signs.
    pub fn aside(self) -> &'static str {
        self.word("", " These bars have no signs, so the size of the effect is tested, not its direction.")
    }
}

/// The parts of an input that differ from the baseline, at the steps that can matter, in their order.
///
/// Where input and baseline are the same there is nothing to remove; such parts are left out.
pub(super) struct Parts {
    kind: Kind,
    /// Do the scores of the parts have signs?
    signed: bool,
    /// (t, i) of each; 0 where there is none.
    places: Vec<(usize, usize)>,
    /// φ of each.
    pub scores: Vec<f64>,
}

impl Parts {
    /// As the setting `parts` says.
    pub fn new<R: Scalar>(claim: &Claim<R>, settings: &Settings) -> Result<Parts> {
        let (rows, columns) = claim.answer.scores.dim();
        let (steps, features) = claim.problem.pair.input.x.dim();
        let (by_step, by_feature) = (rows == steps, columns == features);
        let series = claim.problem.pair.input.network.series();
        let kind = match settings.choice("parts") {
            1 => Kind::Step,
            2 => Kind::Feature,
            3 => Kind::Cell,
            _ if by_step && by_feature && series => Kind::Cell,
            _ if by_step => Kind::Step,
            _ => Kind::Feature,
        };
        Parts::of(claim, kind)
    }

    /// Of one kind, which the scores must have.
    pub fn of<R: Scalar>(claim: &Claim<R>, kind: Kind) -> Result<Parts> {
        let (x, baseline) = (&claim.problem.pair.input.x, &claim.problem.pair.baseline.x);
        let (rows, columns) = claim.answer.scores.dim();
        let (by_step, by_feature) = (rows == x.nrows(), columns == x.ncols());
        match kind {
            Kind::Feature | Kind::Cell if !claim.problem.pair.input.network.series() => {
                return refused("Text has no features to remove; remove steps.");
            }
            Kind::Step if !by_step => return refused("This method scores features, not steps; remove features."),
            Kind::Feature if !by_feature => return refused("This method scores steps, not features; remove steps."),
            Kind::Cell if !(by_step && by_feature) => {
                return refused("This method does not score single cells; remove what it scores.");
            }
            _ => {}
        }
        let (steps, features) = (claim.problem.steps(), x.ncols());
        let differs = |t: usize, k: usize| x[(t, k)] != baseline[(t, k)];
        let places: Vec<(usize, usize)> = match kind {
            Kind::Step => (0..steps).filter(|t| (0..features).any(|k| differs(*t, k))).map(|t| (t, 0)).collect(),
            Kind::Feature => (0..features).filter(|k| (0..steps).any(|t| differs(t, *k))).map(|k| (0, k)).collect(),
            Kind::Cell => {
                (0..steps).flat_map(|t| (0..features).map(move |k| (t, k))).filter(|(t, k)| differs(*t, *k)).collect()
            }
        };
        if places.is_empty() {
            return refused("Input and baseline are the same, so nothing can be removed; choose another baseline.");
        }
        let signed = claim.method.signed && claim.answer.reduction == Reduction::Sum;
        let mut parts = Parts { kind, signed, places, scores: Vec::new() };
        parts.scores = parts.scores_in(&claim.answer);
        Ok(parts)
    }

    /// M.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Of scores to be compared with F(x).
    pub fn loss(&self, whole: f64) -> Loss {
        Loss { whole, signed: self.signed }
    }

    /// t of a part.
    pub fn step(&self, part: usize) -> usize {
        self.places[part].0
    }

    /// "steps".
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Step => "steps",
            Kind::Feature => "features",
            Kind::Cell => "cells",
        }
    }

    /// φ of the parts in an answer of the same shape: sums, or norms where the answer is a magnitude.
    pub fn scores_in(&self, answer: &Attribution) -> Vec<f64> {
        let together = |values: ndarray::ArrayView1<'_, f64>| match answer.reduction {
            Reduction::Sum => values.sum(),
            Reduction::Norm => values.iter().map(|v| v * v).sum::<f64>().sqrt(),
        };
        let score = |(t, k): &(usize, usize)| match (self.kind, answer.reduction) {
            (Kind::Step, _) => together(answer.scores.row(*t)),
            (Kind::Feature, _) => together(answer.scores.column(*k)),
            (Kind::Cell, Reduction::Sum) => answer.scores[(*t, *k)],
            (Kind::Cell, Reduction::Norm) => answer.scores[(*t, *k)].abs(),
        };
        self.places.iter().map(score).collect()
    }

    /// Largest φ first.
    pub fn descending(&self) -> Vec<usize> {
        descending(&self.scores)
    }

    /// Random orders.
    pub fn shuffled(&self, orders: usize, random: &mut Random) -> Vec<Rc<Vec<usize>>> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        let mut next = || {
            random.shuffle(&mut order);
            Rc::new(order.clone())
        };
        (0..orders).map(|_| next()).collect()
    }

    /// The input with some parts replaced by the baseline.
    pub fn without<R: Scalar>(&self, problem: &Problem<R>, removed: &[usize]) -> Coalition {
        let (steps, features) = problem.pair.input.x.dim();
        let places = removed.iter().map(|part| self.places[*part]);
        match self.kind {
            Kind::Step => {
                let mut kept = vec![true; steps];
                places.for_each(|(t, _)| kept[t] = false);
                Coalition::Steps(kept)
            }
            Kind::Feature => {
                let mut kept = vec![true; features];
                places.for_each(|(_, k)| kept[k] = false);
                Coalition::Features(kept)
            }
            Kind::Cell => {
                let mut kept = Array2::from_elem((steps, features), true);
                places.for_each(|at| kept[at] = false);
                Coalition::Cells(kept)
            }
        }
    }

    /// Spearman's ρ of |φ| here and in another answer of the same shape.
    pub fn similarity(&self, other: &Attribution) -> f64 {
        let sizes = |scores: &[f64]| scores.iter().map(|score| score.abs()).collect::<Vec<f64>>();
        statistics::spearman(&sizes(&self.scores), &sizes(&self.scores_in(other)))
    }
}
