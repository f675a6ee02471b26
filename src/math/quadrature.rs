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

/// Σ |F(b) − F(a) − ∫ p| over the pieces [a, b] between neighbours of a few nodes and the ends of the way.
///
/// `nodes` are (α, F, F′), ascending, at most four; p is the polynomial through their slopes F′. A way on which this is
/// small is foretold everywhere, not only on the whole.
pub fn uneven(from: (f64, f64), nodes: &[(f64, f64, f64)], to: (f64, f64)) -> f64 {
    let polynomial = |x: f64| {
        let term = |(k, (at, _, slope)): (usize, &(f64, f64, f64))| {
            let others = nodes.iter().enumerate().filter(|(other, _)| *other != k);
            slope * others.map(|(_, (other, ..))| (x - other) / (at - other)).product::<f64>()
        };
        nodes.iter().enumerate().map(term).sum::<f64>()
    };
    // Two nodes a piece are exact for cubics.
    let rule = gauss_legendre(2);
    let ends = nodes.iter().map(|(at, score, _)| (*at, *score)).chain([to]);
    let piece = |start: &mut (f64, f64), end: (f64, f64)| {
        let length = end.0 - start.0;
        let foretold: f64 = rule.iter().map(|(at, weight)| weight * length * polynomial(start.0 + length * at)).sum();
        let error = (end.1 - start.1 - foretold).abs();
        *start = end;
        Some(error)
    };
    ends.scan(from, piece).sum()
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
    fn few_nodes_foretell_what_they_can_and_see_a_bump_that_the_whole_hides() {
        let sampled = |n: usize, score: &dyn Fn(f64) -> f64, slope: &dyn Fn(f64) -> f64| {
            let nodes: Vec<_> = gauss_legendre(n).iter().map(|(x, _)| (*x, score(*x), slope(*x))).collect();
            uneven((0.0, score(0.0)), &nodes, (1.0, score(1.0)))
        };
        for n in 1..=4 {
            let degree = n as i32;
            let exact = sampled(n, &|x| 2.0 - x.powi(degree), &|x| -f64::from(degree) * x.powi(degree - 1));
            assert!(exact < 1e-14, "n {n}: {exact}");
            let steeper = sampled(n, &|x| x.powi(degree + 1), &|x| f64::from(degree + 1) * x.powi(degree));
            assert!(steeper > 1e-3, "n {n}: {steeper}");
        }
        // Odd about the middle with slope 0 at all three nodes: the whole fits, the pieces do not.
        let nodes: Vec<_> = gauss_legendre(3).iter().zip([0.3, 0.0, -0.3]).map(|((x, _), f)| (*x, f, 0.0)).collect();
        assert!((uneven((0.0, 0.0), &nodes, (1.0, 0.0)) - 1.2).abs() < 1e-14);
    }

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
