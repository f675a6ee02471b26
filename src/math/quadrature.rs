//! Nodes and weights of integration rules on [0, 1].

/// n midpoints of equal panels; weights 1/n.
pub fn midpoint(n: usize) -> Vec<(f64, f64)> {
    (0..n).map(|k| ((k as f64 + 0.5) / n as f64, 1.0 / n as f64)).collect()
}

/// The n-point Gauss–Legendre rule: exact for polynomials of degree 2n − 1.
///
/// Roots of P_n by Newton's method; weight 2 / ((1 − x²) P_n'(x)²), halved for [0, 1].
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let mut rule = vec![(0.5, 1.0); n];
    for k in 0..n.div_ceil(2) {
        let mut x = cos(std::f64::consts::PI * (k as f64 + 0.75) / (n as f64 + 0.5));
        let mut slope = 1.0;
        for _ in 0..100 {
            let (value, derivative) = legendre(n, x);
            slope = derivative;
            let step = value / derivative;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        let weight = 1.0 / ((1.0 - x * x) * slope * slope);
        rule[k] = ((1.0 - x) / 2.0, weight);
        rule[n - 1 - k] = ((1.0 + x) / 2.0, weight);
    }
    rule
}

/// P_n(x) and P_n'(x) by the three-term recurrence.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

/// cos x for 0 ≤ x ≤ π by its series: a first guess, so that the platform's function is not needed.
fn cos(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..=14 {
        term *= -x * x / f64::from((2 * k - 1) * (2 * k));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauss_legendre_is_exact_to_degree_2n_minus_1() {
        for n in 1..=64 {
            let rule = gauss_legendre(n);
            for degree in 0..2 * n {
                let found: f64 = rule.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                let exact = 1.0 / (degree as f64 + 1.0);
                assert!((found - exact).abs() < 1e-14, "n {n} degree {degree}: {found} != {exact}");
            }
            assert!(rule.windows(2).all(|pair| pair[0].0 < pair[1].0), "ascending");
        }
    }
}
