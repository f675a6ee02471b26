//! What the network predicts, and how far it is from predicting something else.

use crate::math::{exp, log_sum_exp, sigmoid};
use crate::network::{Readout, Target};
use crate::{Error, Result};

/// The predicted outcome: the largest of C logits; of a single logit 1 (yes) above zero, else 0 (no).
pub fn predicted(logits: &[f32]) -> usize {
    if let [z] = logits {
        return usize::from(*z > 0.0);
    }
    (1..logits.len()).fold(0, |best, c| if logits[c] > logits[best] { c } else { best })
}

/// Of an outcome, see [`predicted`].
pub fn probability(logits: &[f32], outcome: usize) -> f64 {
    match logits {
        [z] => sigmoid(if outcome == 1 { f64::from(*z) } else { -f64::from(*z) }),
        _ => exp(f64::from(logits[outcome]) - log_sum_exp(logits)),
    }
}

/// Why this outcome rather than another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// What is predicted of the input.
    pub from: usize,
    /// What is wished instead; none = anything else.
    pub into: Option<usize>,
    /// The step after which it is predicted.
    pub step: usize,
    single: bool,
}

impl Contrast {
    /// Of the input's logits [C]; an error if the wish is what is predicted already, or no outcome.
    pub fn new(logits: &[f32], into: Option<usize>, step: usize) -> Result<Contrast> {
        let (from, outcomes) = (predicted(logits), logits.len().max(2));
        if let Some(wish) = into.filter(|wish| *wish >= outcomes || *wish == from) {
            let rule = format!("one of the {outcomes} outcomes other than the predicted one ({from})");
            return Err(Error::request("wished outcome", rule, wish));
        }
        Ok(Contrast { from, into, step, single: logits.len() == 1 })
    }

    /// Logits by which the former prediction leads, or the wished one is behind; below zero it is flipped.
    pub fn margin(&self, logits: &[f32]) -> f64 {
        if let [z] = logits {
            return f64::from(if self.from == 1 { *z } else { -*z });
        }
        let best_but = |c: usize| {
            let others = logits.iter().enumerate().filter(|(k, _)| *k != c);
            others.fold(f64::NEG_INFINITY, |best, (_, z)| best.max(f64::from(*z)))
        };
        match self.into {
            None => f64::from(logits[self.from]) - best_but(self.from),
            Some(wish) => best_but(wish) - f64::from(logits[wish]),
        }
    }

    /// Is the prediction of these logits the wished one?
    pub fn flipped(&self, logits: &[f32]) -> bool {
        let now = predicted(logits);
        self.into.map_or(now != self.from, |wish| now == wish)
    }

    /// A smooth score that falls with the margin when multiplied by the sign: log-odds of one class.
    pub(super) fn slope(&self) -> (Target, f32) {
        let (class, sign) = match (self.single, self.into) {
            (true, _) => (0, if self.from == 1 { 1.0 } else { -1.0 }),
            (false, None) => (self.from, 1.0),
            (false, Some(wish)) => (wish, -1.0),
        };
        (Target { readout: Readout::LogOdds, class, versus: 0, step: self.step, d: 0, unit: 0 }, sign)
    }
}
