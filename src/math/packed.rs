//! A weight matrix packed once for products with many rows: the kernel that everything recurrent waits for.

use super::Real;
use std::ops::Range;

/// Outputs that are computed together; a panel's row is two vectors of f32.
const PANEL: usize = 8;

/// W [N, K], stored as panels of eight outputs: [N/8][K][8], padded with zeros.
///
/// Every output is summed over k = 0, 1, …, K − 1 in that order, whatever the number of rows; a result
/// therefore does not depend on what it was computed together with.
#[derive(Debug, Clone)]
pub struct PackedMatrix<R> {
    outputs: usize,
    inputs: usize,
    panels: Vec<R>,
}

impl<R: Real> PackedMatrix<R> {
    /// Packs W given by its elements: `element(n, k)` of N outputs, K inputs.
    pub fn new(outputs: usize, inputs: usize, element: impl Fn(usize, usize) -> R) -> PackedMatrix<R> {
        let mut panels = vec![R::ZERO; outputs.div_ceil(PANEL) * inputs * PANEL];
        for (at, row) in panels.chunks_exact_mut(PANEL).enumerate() {
            let (first, k) = (at / inputs * PANEL, at % inputs);
            for (n, w) in (first..outputs).zip(row) {
                *w = element(n, k);
            }
        }
        PackedMatrix { outputs, inputs, panels }
    }

    /// N.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// K.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The elements of W, [N, K] row-major: what `new` was given.
    pub fn rows(&self) -> Vec<R> {
        (0..self.outputs).flat_map(|n| (0..self.inputs).map(move |k| self.element(n, k))).collect()
    }

    fn element(&self, n: usize, k: usize) -> R {
        self.panels[(n / PANEL * self.inputs + k) * PANEL + n % PANEL]
    }

    /// Wᵀ [K, N].
    pub fn transposed(&self) -> PackedMatrix<R> {
        PackedMatrix::new(self.inputs, self.outputs, |k, n| self.element(n, k))
    }

    /// y ← y + W x for `rows` rows: row m of x starts at `m · x_stride`, row m of y at `m · y_stride`.
    pub fn add_product(&self, x: &[R], x_stride: usize, y: &mut [R], y_stride: usize, rows: usize) {
        self.add_within(0..self.inputs, 0..self.outputs, x, x_stride, y, y_stride, rows);
    }

    /// The same where only some outputs are asked for; others may be left as they are, or not.
    pub fn add_product_to(
        &self,
        outputs: Range<usize>,
        x: &[R],
        x_stride: usize,
        y: &mut [R],
        y_stride: usize,
        rows: usize,
    ) {
        self.add_within(0..self.inputs, outputs, x, x_stride, y, y_stride, rows);
    }

    /// The same, where x may be zero at its beginning and at its end, which are then left out.
    pub fn add_product_of_few(&self, x: &[R], x_stride: usize, y: &mut [R], y_stride: usize, rows: usize) {
        let row = |m: usize| x[m * x_stride..][..self.inputs].iter();
        let first = (0..rows).filter_map(|m| row(m).position(|x| *x != R::ZERO)).min();
        let last = (0..rows).filter_map(|m| row(m).rposition(|x| *x != R::ZERO)).max();
        if let Some((first, last)) = first.zip(last) {
            self.add_within(first..last + 1, 0..self.outputs, x, x_stride, y, y_stride, rows);
        }
    }

    /// y ← y + W[:, range] x[range] for at least these outputs.
    #[expect(clippy::too_many_arguments, reason = "a kernel takes its shapes")]
    fn add_within(
        &self,
        range: Range<usize>,
        outputs: Range<usize>,
        x: &[R],
        x_stride: usize,
        y: &mut [R],
        y_stride: usize,
        rows: usize,
    ) {
        let inputs = range.len();
        if inputs == 0 || self.outputs == 0 {
            return;
        }
        if rows == 1 {
            return self.add_vector(&range, &x[range.clone()], &mut y[..self.outputs]);
        }
        // Rows are taken four (f64: two) at a time, then two, then one.
        let tall = rows / R::KERNEL_ROWS * R::KERNEL_ROWS;
        let paired = tall + (rows - tall) / 2 * 2;
        let at = |row: usize| &x[row * x_stride..][range.clone()];
        let panels = outputs.start / PANEL..outputs.end.div_ceil(PANEL);
        let size = self.inputs * PANEL;
        for (panel, weights) in panels.clone().zip(self.panels[panels.start * size..].chunks_exact(size)) {
            let weights = within(weights, &range);
            let mut row = 0;
            while row < paired {
                let y = &mut y[row * y_stride..];
                if row < tall && R::KERNEL_ROWS == 4 {
                    self.tile(panel, weights, [at(row), at(row + 1), at(row + 2), at(row + 3)], y, y_stride, four);
                    row += 4;
                } else {
                    self.tile(panel, weights, [at(row), at(row + 1)], y, y_stride, two);
                    row += 2;
                }
            }
        }
        for m in paired..rows {
            self.add_vector(&range, at(m), &mut y[m * y_stride..][..self.outputs]);
        }
    }

    /// Is any element of W[:, k] not zero?
    pub fn reads(&self, k: usize) -> bool {
        self.panels
            .chunks_exact(self.inputs * PANEL)
            .any(|panel| panel[k * PANEL..(k + 1) * PANEL].iter().any(|w| *w != R::ZERO))
    }

    /// y ← y + x W[:, k].
    pub fn add_column(&self, k: usize, x: R, y: &mut [R]) {
        for (panel, y) in self.panels.chunks_exact(self.inputs * PANEL).zip(y.chunks_mut(PANEL)) {
            for (y, w) in y.iter_mut().zip(&panel[k * PANEL..(k + 1) * PANEL]) {
                *y += x * *w;
            }
        }
    }

    /// One panel of weights with M rows of x, [K] each.
    #[inline(always)]
    fn tile<const M: usize>(
        &self,
        panel: usize,
        weights: &[[R; PANEL]],
        xs: [&[R]; M],
        y: &mut [R],
        y_stride: usize,
        kernel: impl Fn(&mut [[R; PANEL]; M], &[[R; PANEL]], [&[R]; M]),
    ) {
        let first = panel * PANEL;
        let width = PANEL.min(self.outputs - first);
        let mut sums = [[R::ZERO; PANEL]; M];
        for m in 0..M {
            let row = &y[m * y_stride + first..][..width];
            if width == PANEL { sums[m].copy_from_slice(row) } else { sums[m][..width].copy_from_slice(row) }
        }
        kernel(&mut sums, weights, xs);
        for m in 0..M {
            let row = &mut y[m * y_stride + first..][..width];
            if width == PANEL { row.copy_from_slice(&sums[m]) } else { row.copy_from_slice(&sums[m][..width]) }
        }
    }

    /// y ← y + W[:, range] x for one row: three panels at a time, so that enough sums are in flight, and so few that
    /// they and what they read stay in registers.
    fn add_vector(&self, range: &Range<usize>, x: &[R], y: &mut [R]) {
        let size = self.inputs * PANEL;
        let groups = self.outputs / (3 * PANEL);
        let (head, tail) = self.panels.split_at(groups * 3 * size);
        for (weights, y) in head.chunks_exact(3 * size).zip(y.as_chunks_mut::<PANEL>().0.as_chunks_mut::<3>().0) {
            let (a, rest) = weights.split_at(size);
            let (b, c) = rest.split_at(size);
            three(y, [a, b, c].map(|panel| within(panel, range)), x);
        }
        let done = groups * 3;
        for (panel, weights) in tail.chunks_exact(size).enumerate() {
            self.tile(done + panel, within(weights, range), [x], y, 0, one);
        }
    }
}

/// W[panel, range].
fn within<'a, R>(panel: &'a [R], range: &Range<usize>) -> &'a [[R; PANEL]] {
    panel[range.start * PANEL..range.end * PANEL].as_chunks().0
}

// The sums of a kernel are named variables, not elements of an array: only so do they stay in registers.

#[inline(always)]
fn accumulate<R: Real>(sum: &mut [R; PANEL], x: R, w: &[R; PANEL]) {
    for n in 0..PANEL {
        sum[n] += x * w[n];
    }
}

/// Three panels with one row: a function of its own, so that its loop has the registers for itself.
#[inline(never)]
fn three<R: Real>(sums: &mut [[R; PANEL]; 3], [a, b, c]: [&[[R; PANEL]]; 3], x: &[R]) {
    let [mut p, mut q, mut r] = *sums;
    for (((x, a), b), c) in x.iter().zip(a).zip(b).zip(c) {
        accumulate(&mut p, *x, a);
        accumulate(&mut q, *x, b);
        accumulate(&mut r, *x, c);
    }
    *sums = [p, q, r];
}

#[inline(always)]
fn one<R: Real>(sums: &mut [[R; PANEL]; 1], weights: &[[R; PANEL]], [x]: [&[R]; 1]) {
    let [mut p] = *sums;
    for (w, x) in weights.iter().zip(x) {
        accumulate(&mut p, *x, w);
    }
    *sums = [p];
}

#[inline(always)]
fn two<R: Real>(sums: &mut [[R; PANEL]; 2], weights: &[[R; PANEL]], [a, b]: [&[R]; 2]) {
    let [mut p, mut q] = *sums;
    for (w, (a, b)) in weights.iter().zip(a.iter().zip(b)) {
        accumulate(&mut p, *a, w);
        accumulate(&mut q, *b, w);
    }
    *sums = [p, q];
}

#[inline(always)]
fn four<R: Real>(sums: &mut [[R; PANEL]; 4], weights: &[[R; PANEL]], [a, b, c, d]: [&[R]; 4]) {
    let [mut p, mut q, mut r, mut s] = *sums;
    for (w, ((a, b), (c, d))) in weights.iter().zip(a.iter().zip(b).zip(c.iter().zip(d))) {
        accumulate(&mut p, *a, w);
        accumulate(&mut q, *b, w);
        accumulate(&mut r, *c, w);
        accumulate(&mut s, *d, w);
    }
    *sums = [p, q, r, s];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_the_same_sum_whatever_the_batch() {
        for (outputs, inputs) in [(1, 1), (7, 3), (8, 8), (40, 5), (130, 33), (0, 4), (4, 0)] {
            let element = |n: usize, k: usize| ((n * 31 + k * 17) % 23) as f32 * 0.37 - 4.0;
            let matrix = PackedMatrix::new(outputs, inputs, element);
            for rows in 1..=9 {
                let (x_stride, y_stride) = (inputs + 2, outputs + 1);
                let x: Vec<f32> = (0..rows * x_stride).map(|k| (k % 13) as f32 * 0.21 - 1.0).collect();
                let mut y = vec![0.5f32; rows * y_stride];
                assert_eq!(matrix.transposed().transposed().rows(), matrix.rows());
                matrix.add_product(&x, x_stride, &mut y, y_stride, rows);
                let asked = outputs / 3..outputs - outputs / 4;
                let mut part = vec![0.5f32; rows * y_stride];
                matrix.add_product_to(asked.clone(), &x, x_stride, &mut part, y_stride, rows);
                for (part, all) in part.chunks(y_stride).zip(y.chunks(y_stride)) {
                    assert_eq!(part[asked.clone()], all[asked.clone()], "{outputs}×{inputs}, {rows} rows, {asked:?}");
                }
                // Zeros at both ends add nothing, whether or not they are multiplied.
                let mut few = x.clone();
                few.chunks_exact_mut(x_stride).for_each(|row| {
                    let end = inputs - inputs / 4;
                    row[..inputs / 3].fill(0.0);
                    row[end..inputs].fill(0.0);
                });
                let (mut all, mut some) = (vec![0.5f32; rows * y_stride], vec![0.5f32; rows * y_stride]);
                matrix.add_product(&few, x_stride, &mut all, y_stride, rows);
                matrix.add_product_of_few(&few, x_stride, &mut some, y_stride, rows);
                assert_eq!(all, some, "{outputs}×{inputs}, {rows} rows");
                for m in 0..rows {
                    for n in 0..outputs {
                        let exact = (0..inputs).fold(0.5f32, |sum, k| sum + x[m * x_stride + k] * element(n, k));
                        assert_eq!(
                            y[m * y_stride + n].to_bits(),
                            exact.to_bits(),
                            "{outputs}×{inputs}, {rows} rows, row {m}, output {n}"
                        );
                    }
                }
            }
        }
    }
}
