//! The recurrent half of a layer's weights, ready for products in both directions.

use crate::math::{Matrix, Real};
use std::ops::Range;

/// W_h [G·H, H] in one product or several (`Cell::products`), and b_h [G·H].
#[derive(Debug, Clone)]
pub struct Recurrent<R> {
    hidden: usize,
    gates: usize,
    bias: Vec<R>,
    matrices: Vec<Matrix<R>>,
    /// First gate of each product.
    first: Vec<usize>,
}

impl<R: Real> Recurrent<R> {
    /// `weight` [G·H, H] row-major, `bias` [G·H]; `products` sums to G.
    pub fn new(hidden: usize, products: &[usize], weight: &[R], bias: Vec<R>) -> Recurrent<R> {
        let (mut matrices, mut first, mut gate) = (Vec::new(), Vec::new(), 0);
        for n in products {
            let rows = &weight[gate * hidden * hidden..][..n * hidden * hidden];
            matrices.push(Matrix::new(n * hidden, hidden, |row, k| rows[row * hidden + k]));
            first.push(gate);
            gate += n;
        }
        Recurrent { hidden, gates: gate, bias, matrices, first }
    }

    /// H.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// G.
    pub fn gates(&self) -> usize {
        self.gates
    }

    /// b_h [G·H].
    pub fn bias(&self) -> &[R] {
        &self.bias
    }

    /// W_h, [G·H, H] row-major.
    pub fn rows(&self) -> Vec<R> {
        self.matrices.iter().flat_map(|matrix| matrix.rows()).collect()
    }

    /// y ← y + W_h x for the gates of one product: row b of x starts at `b · x_stride`.
    #[inline]
    pub fn add_product(&self, product: usize, x: &[R], x_stride: usize, y: &mut [R], y_stride: usize, rows: usize) {
        self.matrices[product].add_product(x, x_stride, y, y_stride, rows);
    }

    /// The same where only some gates of the product are asked for; others may be left as they are, or not.
    #[expect(clippy::too_many_arguments, reason = "a kernel takes its shapes")]
    pub fn add_product_to(
        &self,
        product: usize,
        gates: &Range<usize>,
        x: &[R],
        x_stride: usize,
        y: &mut [R],
        y_stride: usize,
        rows: usize,
    ) {
        let (first, matrix) = (self.first[product], &self.matrices[product]);
        let row = |gate: usize| (gate.max(first) - first) * self.hidden;
        let outputs = row(gates.start)..row(gates.end).min(matrix.outputs());
        if !outputs.is_empty() {
            matrix.add_product_to(outputs, x, x_stride, y, y_stride, rows);
        }
    }

    /// x ← x + W_hᵀ y for the gates of one product; y starts at the first gate of the product.
    pub fn add_transposed(&self, product: usize, y: &[R], y_stride: usize, x: &mut [R], x_stride: usize, rows: usize) {
        self.matrices[product].transposed().add_product(y, y_stride, x, x_stride, rows);
    }

    /// The same for one row of which some gates may have nothing at all: what is zero at both ends is left out.
    pub fn add_transposed_of_few(&self, product: usize, y: &[R], x: &mut [R]) {
        self.matrices[product].transposed().add_product_of_few(y, 0, x, 0, 1);
    }

    /// The product that computes a gate.
    pub fn product_of(&self, gate: usize) -> usize {
        self.first.iter().rposition(|first| *first <= gate).unwrap_or(0)
    }

    /// Offset of a product's first row in [G·H].
    pub fn offset(&self, product: usize) -> usize {
        self.first[product] * self.hidden
    }
}
