//! The same bars over several baselines: what of them is the input's, and what the baseline's.

use super::Opinion;
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
    /// Is it above zero with one baseline and below with another, loud enough in both to have a sign?
    pub flips: Vec<bool>,
    /// One plain sentence.
    pub verdict: String,
}

/// Of the bars of B baselines, B ≥ 2, equally many each.
pub fn ribbon(opinions: &[Opinion]) -> Result<Ribbon> {
    let bars: Vec<Vec<f64>> = opinions.iter().map(|opinion| opinion.bars.clone()).collect();
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
    let (means, deviation) = across(&bars);
    // One rule for signs everywhere: what is no dispute between two methods is no change between two baselines.
    let sides: Vec<Vec<i32>> = opinions.iter().map(Opinion::sides).collect();
    let says = |wanted: i32, k: usize| sides.iter().any(|sides| sides[k] == wanted);
    let flips: Vec<bool> = (0..count).map(|k| says(1, k) && says(-1, k)).collect();
    let turned = flips.iter().filter(|flip| **flip).count();
    let widths: Vec<f64> = low.iter().zip(&high).map(|(low, high)| high - low).collect();
    let verdict = match turned {
        0 => format!(
            "No bar that is clear enough to have a sign changes it over {} baselines; on average a bar moves by {:.3}.",
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

    fn plain(bars: &[&[f64]]) -> Vec<Opinion> {
        bars.iter().map(|bars| Opinion { bars: bars.to_vec(), signed: true, noise: Vec::new() }).collect()
    }

    #[test]
    fn what_is_within_a_bars_error_or_hardly_there_is_no_change_of_sign() {
        // 1.9 % of the largest says nothing, 2.1 % does; the largest is each baseline's own.
        assert_eq!(ribbon(&plain(&[&[10.0, 0.19], &[10.0, -0.19]])).unwrap().flips, [false, false]);
        assert_eq!(ribbon(&plain(&[&[10.0, 0.21], &[10.0, -0.21]])).unwrap().flips, [false, true]);
        assert_eq!(ribbon(&plain(&[&[10.0, 0.21], &[100.0, -0.21]])).unwrap().flips, [false, false]);
        // A whisker or a share of the gap takes the sign away, from one side or from both.
        let mut unsure = plain(&[&[10.0, 1.0], &[10.0, -1.0]]);
        assert_eq!(ribbon(&unsure).unwrap().flips, [false, true]);
        unsure[0].noise = vec![1.1, 1.1];
        let found = ribbon(&unsure).unwrap();
        assert_eq!(found.flips, [false, false]);
        assert!(found.verdict.starts_with("No bar that is clear enough"), "{}", found.verdict);
        assert_eq!((found.low[1], found.high[1]), (-1.0, 1.0), "the range is what it is");
    }

    #[test]
    fn a_bar_that_changes_sides_is_marked() {
        let found = ribbon(&plain(&[&[1.0, -0.5, 0.0], &[2.0, 0.5, 1e-9], &[3.0, 0.3, -1e-9]])).unwrap();
        assert_eq!((found.low, found.high), (vec![1.0, -0.5, -1e-9], vec![3.0, 0.5, 1e-9]));
        assert_eq!(found.mean[0], 2.0);
        assert_eq!(found.deviation[0], 1.0);
        assert_eq!(found.flips, [false, true, false]);
        assert!(found.verdict.starts_with("1 of 3 bars changes"), "{}", found.verdict);
        assert_eq!(ribbon(&plain(&[&[1.0]])).unwrap_err().place(), "baselines");
        assert_eq!(ribbon(&plain(&[&[1.0], &[]])).unwrap_err().place(), "bars of every baseline");
    }
}
