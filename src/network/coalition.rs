//! Which parts of a variant are the input's own; the others are the baseline's.

use ndarray::Array2;
use std::ops::Range;

/// One variant of a game between input and baseline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Coalition {
    /// [T] the steps that are the input's.
    Steps(Vec<bool>),
    /// [I] the features that are the input's, at every step.
    Features(Vec<bool>),
    /// [T, I] the values that are the input's.
    Cells(Array2<bool>),
}

impl Coalition {
    /// The steps at which the variant can differ from the input.
    pub(super) fn span(&self, steps: usize) -> Range<usize> {
        let differs = |t: usize| match self {
            Coalition::Steps(kept) => !kept[t],
            Coalition::Features(kept) => kept.contains(&false),
            Coalition::Cells(kept) => kept.row(t).iter().any(|kept| !kept),
        };
        let first = (0..steps).find(|t| differs(*t));
        let last = (0..steps).rev().find(|t| differs(*t));
        first.zip(last).map_or(steps..steps, |(first, last)| first..last + 1)
    }

    /// Is the value of feature k at step t the input's?
    pub(super) fn keeps(&self, t: usize, k: usize) -> bool {
        match self {
            Coalition::Steps(kept) => kept[t],
            Coalition::Features(kept) => kept[k],
            Coalition::Cells(kept) => kept[(t, k)],
        }
    }
}
