//! The same bars over several baselines: what of them is the input's, and what the baseline's.

use super::statistics::{across, mean};
use crate::{Error, Result};

/// One entry a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Ribbon {
    /// Smallest over the baselines.
    pub low: Vec<f64>,
    /// Largest over the baselines.
    pub high: Vec<f64>,
    /// Mean over the baselines.
    pub mean: Vec<f64>,
    /// Standard deviation over the baselines.
    pub deviation: Vec<f64>,
    /// Is it above zero with one baseline and below with another?
    pub flips: Vec<bool>,
    /// One plain sentence.
    pub verdict: String,
}

/// Of the bars of B baselines, B ≥ 2, equally many each.
pub fn ribbon(bars: &[Vec<f64>]) -> Result<Ribbon> {
    // A bar that is zero up to rounding has no sign.
    const ROUNDING: f64 = 1e-6;
    let count = bars.first().map_or(0, Vec::len);
    if bars.len() < 2 {
        return Err(Error::request("baselines", "at least two", bars.len()));
    }
    if let Some(other) = bars.iter().find(|other| other.len() != count) {
        return Err(Error::request("bars of every baseline", format!("{count}, as with the first"), other.len()));
    }
    let over = |start: f64, pick: fn(f64, f64) -> f64| {
        (0..count).map(|k| bars.iter().fold(start, |best, row| pick(best, row[k]))).collect::<Vec<f64>>()
    };
    let (low, high) = (over(f64::INFINITY, f64::min), over(f64::NEG_INFINITY, f64::max));
    let (means, deviation) = across(bars);
    let largest = bars.iter().flatten().fold(0.0f64, |largest, bar| largest.max(bar.abs()));
    let flips: Vec<bool> =
        low.iter().zip(&high).map(|(low, high)| *low < -ROUNDING * largest && *high > ROUNDING * largest).collect();
    let turned = flips.iter().filter(|flip| **flip).count();
    let widths: Vec<f64> = low.iter().zip(&high).map(|(low, high)| high - low).collect();
    let verdict = match turned {
        0 => format!(
            "No bar changes its sign over {} baselines; on average a bar moves by {:.3}.",
            bars.len(),
            mean(&widths)
        ),
        1 => format!("1 of {count} bars changes its sign with the baseline: say which baseline before you read it."),
        _ => format!(
            "{turned} of {count} bars change their sign with the baseline: say which baseline before you read them."
        ),
    };
    Ok(Ribbon { low, high, mean: means, deviation, flips, verdict })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_changes_sides_is_marked() {
        let found = ribbon(&[vec![1.0, -0.5, 0.0], vec![2.0, 0.5, 1e-9], vec![3.0, 0.3, -1e-9]]).unwrap();
        assert_eq!((found.low, found.high), (vec![1.0, -0.5, -1e-9], vec![3.0, 0.5, 1e-9]));
        assert_eq!(found.mean[0], 2.0);
        assert_eq!(found.deviation[0], 1.0);
        assert_eq!(found.flips, [false, true, false]);
        assert!(found.verdict.starts_with("1 of 3 bars changes"), "{}", found.verdict);
        assert_eq!(ribbon(&[vec![1.0]]).unwrap_err().place(), "baselines");
        assert_eq!(ribbon(&[vec![1.0], vec![]]).unwrap_err().place(), "bars of every baseline");
    }
}
