//! Means, ranks and correlations: what the metrics are made of. What is not defined is NaN.

use crate::math::descending;

/// Mean; NaN of nothing.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Standard deviation of a sample (n − 1); 0 of fewer than two numbers.
pub fn deviation(x: &[f64]) -> f64 {
    if x.len() < 2 {
        return 0.0;
    }
    let centre = mean(x);
    (x.iter().map(|v| (v - centre) * (v - centre)).sum::<f64>() / (x.len() - 1) as f64).sqrt()
}

/// Pearson's correlation; NaN if either side is constant up to rounding.
pub fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let (a, b) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(x, y)| f(x - a, y - b)).sum::<f64>();
    let (xx, yy) = (sum(&|x, _| x * x), sum(&|_, y| y * y));
    let size = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>();
    // What is left of numbers that differ only in their last bits is rounding, not variation.
    if xx <= 1e-24 * size(x) || yy <= 1e-24 * size(y) {
        return f64::NAN;
    }
    (sum(&|x, y| x * y) / (xx * yy).sqrt()).clamp(-1.0, 1.0)
}

/// Ranks from 1, the largest first; equal numbers share the mean of their ranks.
pub fn ranks(x: &[f64]) -> Vec<f64> {
    let order = descending(x);
    let mut ranks = vec![0.0; x.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|k| x[**k] == x[order[from]]).count().max(1);
        let shared = (2 * from + equal + 1) as f64 / 2.0;
        order[from..from + equal].iter().for_each(|k| ranks[*k] = shared);
        from += equal;
    }
    ranks
}

/// Spearman's ρ: Pearson's correlation of the ranks; NaN if either side is constant.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    pearson(&ranks(x), &ranks(y))
}

/// Kendall's τ-b, which allows for equal numbers; NaN if either side is constant.
pub fn kendall(x: &[f64], y: &[f64]) -> f64 {
    let sign = |a: f64, b: f64| i32::from(a > b) - i32::from(a < b);
    let (mut both, mut in_x, mut in_y) = (0.0, 0.0, 0.0);
    for k in 0..x.len() {
        for j in 0..k {
            let (p, q) = (f64::from(sign(x[k], x[j])), f64::from(sign(y[k], y[j])));
            both += p * q;
            in_x += p * p;
            in_y += q * q;
        }
    }
    if in_x == 0.0 || in_y == 0.0 { f64::NAN } else { both / (in_x * in_y).sqrt() }
}

/// Area under a curve by the trapezoid rule.
pub fn area(x: &[f64], y: &[f64]) -> f64 {
    x.windows(2).zip(y.windows(2)).map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0).sum()
}

/// Column by column, the mean of the rows and their standard deviation.
pub fn across(rows: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let columns = rows.first().map_or(0, Vec::len);
    let column = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<f64>>();
    (0..columns).map(|k| (mean(&column(k)), deviation(&column(k)))).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_correlations_are_those_of_another_program() {
        // Python's statistics.correlation and statistics.stdev; ranks and pairs counted there by their definition.
        let (x, y) = ([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0], [2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0]);
        assert_eq!(ranks(&x), [4.0, 6.5, 3.0, 6.5, 2.0, 1.0, 5.0]);
        assert_eq!(ranks(&y), [4.5, 3.0, 6.5, 1.5, 4.5, 1.5, 6.5]);
        assert!((pearson(&x, &y) - 0.09611417370832981).abs() < 1e-12, "{}", pearson(&x, &y));
        assert!((spearman(&x, &y) - (-0.08334762598987157)).abs() < 1e-12, "{}", spearman(&x, &y));
        assert!((kendall(&x, &y) - (-0.05270462766947299)).abs() < 1e-12, "{}", kendall(&x, &y));
        assert!((deviation(&x) - 2.819996622760558).abs() < 1e-12, "{}", deviation(&x));
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        assert!(pearson(&[0.1 + 0.2, 0.3, 0.3], &[1.0, 2.0, 4.0]).is_nan());
        assert!(spearman(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
        assert!(kendall(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
        assert_eq!((mean(&[2.0]), deviation(&[2.0])), (2.0, 0.0));
    }
}
