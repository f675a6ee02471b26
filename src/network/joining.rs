//! Which rows of a batch are the same until when. Variants that begin alike are computed once as long as they do: each
//! row takes over the state of the input, of the baseline or of another row, and goes its own way from there.

use super::{Change, Coalition, Pair};
use crate::cell::Scalar;
use crate::math::descending;
use std::rc::Rc;

/// Whose states a row has before it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The input's.
    Input,
    /// The baseline's.
    Baseline,
    /// Those of a row that joined before, by its place.
    Row(usize),
}

/// One row of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Join {
    /// Which of the changes it is.
    pub change: usize,
    /// Whose states it has before it joins.
    pub source: Source,
    /// Steps that are read before it joins.
    pub from: usize,
}

/// The rows of `changes` in the order in which they join, for `count` steps read in one direction.
///
/// Rows join in fours, as the kernel takes them: a row that joins before it must only repeats what its source does.
pub(super) fn joins<R: Scalar>(pair: &Pair<R>, changes: &[Change], direction: usize, count: usize) -> Vec<Join> {
    let (x, other) = (&pair.input.x, &pair.baseline.x);
    let differing = |t: usize| (0..x.ncols()).filter(|k| x[(t, *k)] != other[(t, *k)]).collect::<Vec<usize>>();
    let differing: Vec<Vec<usize>> = (0..x.nrows()).map(differing).collect();
    let whole = |kept: bool| Change::Keep(Rc::new(Coalition::Steps(vec![kept; x.nrows()])));
    let (input, baseline) = (whole(true), whole(false));
    let same = |a: &Change, b: &Change, n: usize| {
        let t = if direction == 0 { n } else { x.nrows() - 1 - n };
        // Variants by steps differ at the first of the differing features or not at all.
        let few = if a.by_step() && b.by_step() { 1 } else { usize::MAX };
        differing[t].iter().take(few).all(|k| a.keeps(t, *k).is_some_and(|kept| b.keeps(t, *k) == Some(kept)))
    };
    let mut found: Vec<(usize, Source)> = Vec::with_capacity(changes.len());
    for (n, change) in changes.iter().enumerate() {
        let (mut from, mut source) = (0, Source::Input);
        let rows = changes[..n].iter().enumerate().map(|(row, change)| (Source::Row(row), change));
        for (candidate, other) in [(Source::Input, &input), (Source::Baseline, &baseline)].into_iter().chain(rows) {
            // The first of those that agree longest: it was there by then, or its own source would agree as long.
            if from < count && same(change, other, from) {
                let length = (0..count).find(|n| !same(change, other, *n)).unwrap_or(count);
                if length > from {
                    (from, source) = (length, candidate);
                }
            }
        }
        found.push((from, source));
    }
    // Every row does at least the last step.
    let from = |n: usize| found[n].0.min(count.saturating_sub(1));
    let order = descending(&(0..found.len()).map(|n| -(from(n) as f64)).collect::<Vec<f64>>());
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, change)| places[*change] = place);
    let join = |(place, change): (usize, &usize)| Join {
        change: *change,
        source: match found[*change].1 {
            Source::Row(row) => Source::Row(places[row]),
            source => source,
        },
        from: from(order[place / R::KERNEL_ROWS * R::KERNEL_ROWS]),
    };
    order.iter().enumerate().map(join).collect()
}
