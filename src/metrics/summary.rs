//! How concentrated the bars are: few large ones, or many of one size.

use crate::math::{descending, exp, ln};

/// Of the sizes |φ|, whatever their signs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// −Σ p ln p of p = |φ| / Σ|φ|, nats: complexity (Bhatt et al. 2020).
    pub entropy: f64,
    /// e to the entropy: as many bars of one size would be as complex.
    pub effective: f64,
    /// Gini's coefficient, 0 (all the same) .. 1 (all in one): sparseness (Chalasani et al. 2020).
    pub gini: f64,
    /// The fewest bars that hold half of Σ|φ|.
    pub half: usize,
    /// Σ of the bars above zero.
    pub above: f64,
    /// Σ of the bars below zero.
    pub below: f64,
}

/// Of bars; all zero where there is nothing to sum.
pub fn summary(bars: &[f64]) -> Summary {
    let sizes: Vec<f64> = bars.iter().map(|bar| bar.abs()).collect();
    let sum: f64 = sizes.iter().sum();
    let above = bars.iter().filter(|bar| **bar > 0.0).sum();
    let below = bars.iter().filter(|bar| **bar < 0.0).sum();
    if sum <= 0.0 {
        return Summary { entropy: 0.0, effective: 0.0, gini: 0.0, half: 0, above, below };
    }
    let entropy = -sizes.iter().map(|size| size / sum).filter(|p| *p > 0.0).map(|p| p * ln(p)).sum::<f64>();
    let order = descending(&sizes);
    let n = sizes.len() as f64;
    // Gini = Σ_k (n + 1 − 2k) |φ|_(k) / (n Σ|φ|), |φ|_(1) the largest.
    let gini = order.iter().enumerate().map(|(k, at)| (n - 1.0 - 2.0 * k as f64) * sizes[*at]).sum::<f64>() / (n * sum);
    let mut held = 0.0;
    let reaches = |at: &usize| {
        held += sizes[*at];
        held >= sum / 2.0
    };
    let half = order.iter().position(reaches).map_or(order.len(), |k| k + 1);
    Summary { entropy, effective: exp(entropy), gini, half, above, below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bars_are_complex_and_one_bar_is_sparse() {
        let equal = summary(&[0.5, -0.5, 0.5, -0.5]);
        assert!(
            (equal.entropy - 2.0 * std::f64::consts::LN_2).abs() < 1e-14 && (equal.effective - 4.0).abs() < 1e-12,
            "{equal:?}"
        );
        assert_eq!((equal.gini, equal.half, equal.above, equal.below), (0.0, 2, 1.0, -1.0));
        let one = summary(&[0.0, 0.0, -3.0, 0.0]);
        assert_eq!((one.entropy, one.gini, one.half), (0.0, 0.75, 1));
        // Sizes 1, 2, 3: Gini = (2·3 − 2·1) / (3·6).
        assert!((summary(&[1.0, -3.0, 2.0]).gini - 4.0 / 18.0).abs() < 1e-15);
        assert_eq!(summary(&[0.0; 3]).half, 0);
    }
}
