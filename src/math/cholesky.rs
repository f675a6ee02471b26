//! Symmetric positive definite systems, in f64: what weighted least squares come down to.

/// A = L Lᵀ of a symmetric matrix [N, N], row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors `matrix` [N, N]; a pivot that is not above `ridge` times its diagonal element is raised to it, so that
    /// directions in which nothing was measured get next to nothing.
    pub fn new(size: usize, matrix: &[f64], ridge: f64) -> Cholesky {
        let mut lower = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                // L_ij = (A_ij − Σ_k L_ik L_jk) / L_jj
                let sum = (0..j).fold(matrix[i * size + j], |sum, k| sum - lower[i * size + k] * lower[j * size + k]);
                lower[i * size + j] = if i == j {
                    sum.max(ridge * matrix[i * size + i]).max(f64::MIN_POSITIVE).sqrt()
                } else {
                    sum / lower[j * size + j]
                };
            }
        }
        Cholesky { size, lower }
    }

    /// x with A x = b, [N].
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        for i in 0..self.size {
            let sum = (0..i).fold(x[i], |sum, k| sum - self.lower[i * self.size + k] * x[k]);
            x[i] = sum / self.lower[i * self.size + i];
        }
        for i in (0..self.size).rev() {
            let sum = (i + 1..self.size).fold(x[i], |sum, k| sum - self.lower[k * self.size + i] * x[k]);
            x[i] = sum / self.lower[i * self.size + i];
        }
        x
    }

    /// The diagonal of A⁻¹, [N].
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.size];
        let mut column = vec![0.0; self.size];
        for j in 0..self.size {
            // Column j of L⁻¹; (A⁻¹)_ii = Σ_k (L⁻¹)_ki² runs down the columns of L⁻¹.
            column[j] = 1.0 / self.lower[j * self.size + j];
            for i in j + 1..self.size {
                let sum: f64 = (j..i).map(|k| self.lower[i * self.size + k] * column[k]).sum();
                column[i] = -sum / self.lower[i * self.size + i];
            }
            diagonal[j] = column[j..].iter().map(|x| x * x).sum();
        }
        diagonal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_solves() {
        let a = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let factors = Cholesky::new(3, &a, 0.0);
        let x = factors.solve(&[1.0, -2.0, 0.5]);
        for (row, b) in a.chunks(3).zip([1.0, -2.0, 0.5]) {
            let sum: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((sum - b).abs() < 1e-15, "{sum} {b}");
        }
        // 1 / (A⁻¹)_00 is the Schur complement of the rest.
        let rest = 4.0 - (2.0 * (2.0 * 3.0 - 0.6) + 0.6 * (0.6 * 5.0 - 2.0)) / (5.0 * 3.0 - 1.0);
        assert!((factors.inverse_diagonal()[0] - 1.0 / rest).abs() < 1e-15);
    }

    #[test]
    fn a_direction_without_measurements_does_no_harm() {
        let x = Cholesky::new(2, &[1.0, 1.0, 1.0, 1.0], 1e-12).solve(&[2.0, 2.0]);
        assert!((x[0] + x[1] - 2.0).abs() < 1e-9, "{x:?}");
    }
}
