//! Windows of steps: of one length, named by their ends, or ended where the input changes.

use crate::attribution::Problem;
use crate::cell::Scalar;
use crate::math::descending;
use crate::{Error, Result};
use std::ops::Range;

/// Windows of one length, one begun every `stride` steps.
pub fn equal(steps: usize, length: usize, stride: usize) -> Vec<Range<usize>> {
    (0..steps).step_by(stride.max(1)).map(|from| from..(from + length.max(1)).min(steps)).collect()
}

/// "1-3, 4-6" as ranges from 0, in order and apart.
pub fn named(text: &str, steps: usize) -> Result<Vec<Range<usize>>> {
    let wrong = |part: &str| {
        Error::request(
            "groups",
            format!("steps between 1 and {steps}, first and last, in order, such as 1-3, 4-6"),
            part,
        )
    };
    let mut end = 0;
    text.split(',')
        .map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong(part));
            let (from, to) = (number(from)?, number(to)?);
            if from <= end || to < from || to > steps {
                return Err(wrong(part));
            }
            end = to;
            Ok(from - 1..to)
        })
        .collect()
}

/// Windows that end where the input changes most from step to step: as many as fixed windows of this length would be.
/// (The dynamic windows of WindowSHAP, Nayebi et al. 2022, are split by their Shapley values instead.)
pub fn dynamic<R: Scalar>(problem: &Problem<R>, length: usize) -> Vec<Range<usize>> {
    let (steps, x) = (problem.steps(), &problem.pair.input.x);
    let change = |t: usize| (0..x.ncols()).map(|k| (x[(t, k)].to_f64() - x[(t - 1, k)].to_f64()).abs()).sum::<f64>();
    let order = descending(&(1..steps).map(change).collect::<Vec<f64>>());
    let mut starts: Vec<bool> = vec![false; steps];
    if let Some(first) = starts.first_mut() {
        *first = true;
    }
    order.iter().take(steps.div_ceil(length).saturating_sub(1)).for_each(|t| starts[t + 1] = true);
    let starts: Vec<usize> = (0..steps).filter(|t| starts[*t]).collect();
    starts.iter().enumerate().map(|(n, from)| *from..starts.get(n + 1).copied().unwrap_or(steps)).collect()
}
