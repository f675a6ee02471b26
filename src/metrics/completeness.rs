//! Do the bars add up? The gap, in the score's own unit and as a share of what was to be explained.

use crate::attribution::Attribution;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Completeness {
    /// F(x) − F(x'): what was to be explained.
    pub difference: f64,
    /// Σ φ.
    pub explained: f64,
    /// Σ of what was named and belongs to no input.
    pub remainder: f64,
    /// difference − explained − remainder, the bar called "unexplained"; NaN where a sum has no meaning.
    pub gap: f64,
    /// |gap| as per cent of |difference|; NaN where there is no difference to explain or no gap.
    pub percent: f64,
    /// 0..1 for a convergence meter: 1 = nothing is unexplained, 0 = as much as was to be explained, or more.
    pub meter: f64,
    /// One plain sentence.
    pub verdict: String,
}

/// Of an answer, finished or so far. Nothing is computed anew: the gap was measured with the answer.
pub fn completeness(answer: &Attribution) -> Completeness {
    // The difference of two scores is known no closer than their own rounding.
    const ROUNDING: f64 = 1e-12;
    let difference = answer.score - answer.baseline_score;
    let remainder = answer.remainder.iter().map(|(_, value)| value).sum();
    let gap = answer.gap.unwrap_or(f64::NAN);
    let none = difference.abs() <= ROUNDING * (answer.score.abs() + answer.baseline_score.abs()).max(1.0);
    let percent = if none { f64::NAN } else { 100.0 * gap.abs() / difference.abs() };
    let meter = if percent.is_nan() { f64::from(gap.abs() <= ROUNDING) } else { (1.0 - percent / 100.0).max(0.0) };
    let verdict = match answer.gap {
        None => "The scores are not shares of anything, so they have no sum to be held to.".to_string(),
        Some(_) if none => {
            format!("Input and baseline have the same score: there is nothing to explain, and {gap:.2e} is left over.")
        }
        Some(_) if percent < 0.005 => "The bars add up to what was to be explained.".to_string(),
        Some(_) => format!("The bars leave {percent:.2} % of what was to be explained unexplained."),
    };
    Completeness { difference, explained: answer.scores.sum(), remainder, gap, percent, meter, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn the_gap_is_a_share_of_the_difference() {
        let answer = Attribution {
            scores: arr2(&[[1.0], [0.5]]),
            score: 3.0,
            baseline_score: 1.0,
            remainder: vec![("bias", 0.25)],
            gap: Some(0.25),
            ..Attribution::default()
        };
        let found = completeness(&answer);
        assert_eq!(
            (found.difference, found.explained, found.remainder, found.gap, found.percent, found.meter),
            (2.0, 1.5, 0.25, 0.25, 12.5, 0.875)
        );
        assert!(found.verdict.contains("12.50 %"), "{}", found.verdict);
        let same = completeness(&Attribution { baseline_score: 3.0, gap: Some(0.0), ..answer.clone() });
        assert!(same.percent.is_nan() && same.meter == 1.0, "{same:?}");
        let none = completeness(&Attribution { gap: None, ..answer });
        assert!(none.gap.is_nan() && none.percent.is_nan() && none.meter == 0.0, "{none:?}");
    }
}
