//! Nodes and weights of integration rules on [0, 1].

use super::descending;

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

/// Nodes of [`nested`] rules on [−1, 1], those of each rule after those of the one before; with x there is −x.
const NESTED: [f64; 8] = [
    0.0,
    0.774_596_669_241_483_4,
    0.434_243_749_346_802_56,
    0.960_491_268_708_020_3,
    0.223_386_686_428_966_9,
    0.621_102_946_737_226_4,
    0.888_459_232_872_257,
    0.993_831_963_212_755,
];

/// The rule of n = 1, 3, 7 or 15 nodes of which the first are those of the smaller ones (Patterson 1968): the
/// Gauss–Legendre rules of 1 and 3 nodes and the extensions of the latter, exact for polynomials of degree 1, 5, 11, 23.
pub fn nested(n: usize) -> Vec<(f64, f64)> {
    let both = |x: f64| if x == 0.0 { vec![0.5] } else { vec![(1.0 - x) / 2.0, (1.0 + x) / 2.0] };
    let nodes: Vec<f64> = NESTED.into_iter().flat_map(both).take(n).collect();
    // The weight of a node is the integral of the polynomial that is 1 there and 0 at the others.
    let exact = gauss_legendre(n.div_ceil(2));
    let weight = |k: usize| exact.iter().map(|(x, weight)| weight * fundamental(&nodes, k, *x)).sum();
    (0..nodes.len()).map(|k| (nodes[k], weight(k))).collect()
}

/// The polynomial in x that is 1 at one of the nodes and 0 at the others.
fn fundamental(nodes: &[f64], k: usize, x: f64) -> f64 {
    let others = nodes.iter().enumerate().filter(|(other, _)| *other != k);
    others.map(|(_, other)| (x - other) / (nodes[k] - other)).product()
}

/// Σ |F(b) − F(a) − ∫ p| over the pieces [a, b] between neighbours of a few nodes and the ends of the way.
///
/// `nodes` are (α, F, F′), few of them; p is the polynomial through their slopes F′. A way on which this is small is
/// foretold everywhere, not only on the whole.
pub fn uneven(from: (f64, f64), nodes: &[(f64, f64, f64)], to: (f64, f64)) -> f64 {
    let at: Vec<f64> = nodes.iter().map(|(at, ..)| *at).collect();
    let polynomial =
        |x: f64| nodes.iter().enumerate().map(|(k, (_, _, slope))| slope * fundamental(&at, k, x)).sum::<f64>();
    // Exact for p.
    let rule = gauss_legendre(nodes.len().div_ceil(2));
    let order = descending(&at.iter().map(|at| -at).collect::<Vec<f64>>());
    let ends = order.into_iter().map(|k| (nodes[k].0, nodes[k].1)).chain([to]);
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
    fn nested_rules_keep_their_nodes_and_are_exact_to_their_degree() {
        let rules = [1, 3, 7, 15].map(nested);
        for (rule, degree) in rules.iter().zip([1, 5, 11, 23]) {
            for degree in 0..=degree {
                let found: f64 = rule.iter().map(|(x, w)| w * x.powi(degree)).sum();
                let exact = 1.0 / f64::from(degree + 1);
                assert!((found - exact).abs() < 2e-15, "{} nodes, degree {degree}: {found} != {exact}", rule.len());
            }
            let kept = rule.iter().zip(&rules[1]).all(|((x, _), (first, _))| x == first);
            assert!(kept && rule.iter().all(|(x, w)| *w > 0.0 && (0.0..1.0).contains(x)));
        }
        assert_eq!(rules.map(|rule| rule.len()), [1, 3, 7, 15]);
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
