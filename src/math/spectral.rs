//! The largest singular value of a matrix, by as few products with it as it takes.

use super::dot;

const FEWEST_ROUNDS: usize = 12;
const MOST_ROUNDS: usize = 60;
/// Relative change over two rounds, each of which changes less than the one before, that counts as arrived.
const ARRIVED: f64 = 1e-6;

/// ‖W‖₂ of `matrix` [N, `columns`] row-major, by the Lanczos process on WᵀW (Golub & Kahan 1965), every new direction made
/// orthogonal to all former ones. None where `most_products` multiplications do not suffice for it to settle.
pub fn spectral_norm(matrix: &[f32], columns: usize, most_products: usize) -> Option<f64> {
    let rounds = (most_products / (2 * matrix.len()).max(1)).min(MOST_ROUNDS);
    // WᵀW q = β₋ q₋ + α q + β q₊
    let (mut alpha, mut beta): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut directions: Vec<Vec<f32>> = Vec::new();
    let mut next: Vec<f32> = (0..columns).map(|k| 1.0 + (k * 7 % 11) as f32).collect();
    let mut found = [f64::NAN; 3];
    for round in 0..rounds {
        let size = dot(&next, &next).sqrt();
        let q: Vec<f32> = next.iter().map(|x| x / size).collect();
        next.fill(0.0);
        for row in matrix.chunks(columns.max(1)) {
            let y = dot(row, &q);
            next.iter_mut().zip(row).for_each(|(x, w)| *x += w * y);
        }
        alpha.push(f64::from(dot(&q, &next)));
        directions.push(q);
        for direction in directions.iter().rev() {
            let share = dot(direction, &next);
            next.iter_mut().zip(direction).for_each(|(x, q)| *x -= share * q);
        }
        let sigma = largest_eigenvalue(&alpha, &beta).max(0.0).sqrt();
        found = [found[1], found[2], sigma];
        beta.push(f64::from(dot(&next, &next).sqrt()));
        // No direction is left.
        let all = beta[round] <= 1e-6 * sigma * sigma || round + 1 == columns;
        if all || (round + 1 >= FEWEST_ROUNDS && found.iter().all(|f| (f - sigma).abs() <= ARRIVED * sigma)) {
            return Some(sigma);
        }
    }
    None
}

/// Of the symmetric tridiagonal matrix with this diagonal and the first numbers of `beside` next to it, by bisection.
fn largest_eigenvalue(diagonal: &[f64], beside: &[f64]) -> f64 {
    let at = |k: usize| beside.get(k).copied().filter(|_| k + 1 < diagonal.len()).unwrap_or(0.0);
    let reach = |k: usize| diagonal[k] + at(k).abs() + if k > 0 { at(k - 1).abs() } else { 0.0 };
    let mut high = (0..diagonal.len()).map(reach).fold(0.0, f64::max);
    let mut low = diagonal.iter().copied().fold(0.0, f64::max);
    // Every pivot of T − x is negative exactly if x is above all eigenvalues.
    let above = |x: f64| {
        let mut pivot = -1.0;
        (0..diagonal.len()).all(|k| {
            let coupling = if k > 0 { at(k - 1) * at(k - 1) / pivot } else { 0.0 };
            pivot = diagonal[k] - x - coupling;
            pivot < 0.0
        })
    };
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if above(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Random;

    #[test]
    fn small_matrices_have_the_norms_that_a_pen_gives_them() {
        // [[3, 0], [4, 5]] has σ² = 45, 5.
        assert!((spectral_norm(&[3.0, 0.0, 4.0, 5.0], 2, 1 << 20).unwrap() - 45f64.sqrt()).abs() < 1e-5);
        assert!((spectral_norm(&[2.0; 6], 3, 1 << 20).unwrap() - 24f64.sqrt()).abs() < 1e-5);
        assert_eq!(spectral_norm(&[0.0; 6], 3, 1 << 20), Some(0.0));
        assert_eq!(spectral_norm(&[-3.0], 1, 1 << 20), Some(3.0));
        assert_eq!(spectral_norm(&[1.0; 400], 20, 12), None, "too few rounds are no answer");
    }

    #[test]
    fn many_close_singular_values_are_told_apart() {
        // diag(σ) between two reflections I − 2 u uᵀ / |u|²: the singular values are known, and crowded at the top.
        let n = 96;
        let mut random = Random::new(5);
        let mut reflect = |rows: &mut [f64]| {
            let u: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let size: f64 = u.iter().map(|u| u * u).sum();
            for row in rows.chunks_mut(n) {
                let share = 2.0 * row.iter().zip(&u).map(|(x, u)| x * u).sum::<f64>() / size;
                row.iter_mut().zip(&u).for_each(|(x, u)| *x -= share * u);
            }
        };
        let mut matrix: Vec<f64> =
            (0..n * n).map(|k| if k / n == k % n { 1.0 - 0.002 * (k % n) as f64 } else { 0.0 }).collect();
        reflect(&mut matrix);
        let mut transposed: Vec<f64> = (0..n * n).map(|k| matrix[k % n * n + k / n]).collect();
        reflect(&mut transposed);
        let narrow: Vec<f32> = transposed.iter().map(|x| *x as f32).collect();
        let found = spectral_norm(&narrow, n, 1 << 30).unwrap();
        assert!((found - 1.0).abs() < 1e-4, "{found}");
    }
}
