//! softmax and its logarithm.

use super::{Real, exp, ln};

/// x ← e^x / Σ e^x, shifted by the maximum.
pub fn softmax_in_place<R: Real>(values: &mut [R]) {
    let high =
        values.iter().fold(values.first().copied().unwrap_or(R::ZERO), |high, x| if *x > high { *x } else { high });
    let mut sum = R::ZERO;
    for x in values.iter_mut() {
        *x = exp(*x - high);
        sum += *x;
    }
    for x in values {
        *x = *x / sum;
    }
}

/// ln Σ e^x, in f64.
pub fn log_sum_exp<R: Real>(values: &[R]) -> f64 {
    let high = values.iter().fold(f64::NEG_INFINITY, |high, x| high.max(x.to_f64()));
    high + ln(values.iter().map(|x| exp(x.to_f64() - high)).sum())
}
