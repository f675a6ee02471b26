//! The parts of an input that brought a wrong answer (Du et al. 2019, misclassification analysis).

use crate::math::descending;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Culprit {
    /// From 0.
    pub part: usize,
    /// What it did for the wrong class against the right one; above zero.
    pub score: f64,
}

/// Parts that speak for the wrong class, most guilty first; `scores` explain wrong minus right.
pub fn culprits(scores: &[f64]) -> Vec<Culprit> {
    let order = descending(scores).into_iter().map(|part| Culprit { part, score: scores[part] });
    order.take_while(|culprit| culprit.score > 0.0).collect()
}
