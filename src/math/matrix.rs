//! A weight matrix for passes in both directions.

use super::{PackedMatrix, Real};
use std::cell::OnceCell;
use std::ops::Deref;

/// W [N, K], packed for W x; Wᵀ is packed when a backward pass first asks for it, since it takes as much again.
#[derive(Debug, Clone)]
pub struct Matrix<R> {
    forward: PackedMatrix<R>,
    transposed: OnceCell<PackedMatrix<R>>,
}

impl<R: Real> Matrix<R> {
    /// Packs W given by its elements: `element(n, k)` of N outputs, K inputs.
    pub fn new(outputs: usize, inputs: usize, element: impl Fn(usize, usize) -> R) -> Matrix<R> {
        Matrix { forward: PackedMatrix::new(outputs, inputs, element), transposed: OnceCell::new() }
    }

    /// Wᵀ [K, N].
    pub fn transposed(&self) -> &PackedMatrix<R> {
        self.transposed.get_or_init(|| self.forward.transposed())
    }

    /// W after `change` of its elements, [N, K] row-major.
    pub fn changed(&self, change: impl FnOnce(&mut [R])) -> Matrix<R> {
        let mut rows = self.forward.rows();
        change(&mut rows);
        let inputs = self.forward.inputs();
        Matrix::new(self.forward.outputs(), inputs, |n, k| rows[n * inputs + k])
    }
}

impl<R> Deref for Matrix<R> {
    type Target = PackedMatrix<R>;

    fn deref(&self) -> &PackedMatrix<R> {
        &self.forward
    }
}
