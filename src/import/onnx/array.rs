//! Arrays of anything, moved about: what Transpose, Gather, Slice and Concat do, whatever the cells are.

use crate::import::checkpoint::{dense, each};

/// Most cells of an array that repeats what it is made from.
const MOST_REPEATED: usize = 1 << 20;

const LARGEST_RANK: usize = 16;
const LARGEST_EMPTY: usize = 1 << 16;

/// Cells in row-major order; they fill the shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Array<T> {
    shape: Vec<usize>,
    cells: Vec<T>,
}

impl<T: Clone> Array<T> {
    /// None where the cells do not fill the shape.
    pub fn new(shape: Vec<usize>, cells: Vec<T>) -> Option<Array<T>> {
        // An array without cells may claim any size along its other axes, which somebody would then count to.
        let bounded = shape.len() <= LARGEST_RANK && shape.iter().all(|n| *n <= cells.len().max(LARGEST_EMPTY));
        shape.iter().try_fold(1usize, |product, n| product.checked_mul((*n).max(1)))?;
        let count: usize = shape.iter().product();
        (bounded && count == cells.len()).then_some(Array { shape, cells })
    }

    /// Of rank one.
    pub fn list(cells: Vec<T>) -> Array<T> {
        Array { shape: vec![cells.len()], cells }
    }

    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub fn cells(&self) -> &[T] {
        &self.cells
    }

    /// The only cell.
    pub fn single(&self) -> Option<&T> {
        self.cells.first().filter(|_| self.cells.len() == 1)
    }

    /// The same cells in another shape.
    pub fn reshaped(&self, shape: Vec<usize>) -> Option<Array<T>> {
        Array::new(shape, self.cells.clone())
    }

    /// Other cells in the same shape.
    pub fn map<U: Clone>(&self, change: impl Fn(&T) -> U) -> Array<U> {
        Array { shape: self.shape.clone(), cells: self.cells.iter().map(change).collect() }
    }

    /// Numbers of cells before, along and after an axis.
    fn around(&self, axis: usize) -> Option<(usize, usize, usize)> {
        let along = *self.shape.get(axis)?;
        Some((self.shape[..axis].iter().product(), along, self.shape[axis + 1..].iter().product()))
    }

    /// The slices `at` of an axis, in that order.
    pub fn taken(&self, axis: usize, at: &[usize]) -> Option<Array<T>> {
        let (before, along, after) = self.around(axis)?;
        if at.len() > along && before.checked_mul(at.len())?.checked_mul(after)? > MOST_REPEATED {
            return None;
        }
        let mut cells = Vec::new();
        for outer in 0..before {
            for k in at {
                if *k >= along {
                    return None;
                }
                cells.extend_from_slice(self.cells.get((outer * along + k) * after..)?.get(..after)?);
            }
        }
        let mut shape = self.shape.clone();
        shape[axis] = at.len();
        Array::new(shape, cells)
    }

    /// Side by side along an axis.
    pub fn joined(parts: &[&Array<T>], axis: usize) -> Option<Array<T>> {
        let mut shape = parts.first()?.shape.clone();
        let (before, ..) = parts.first()?.around(axis)?;
        shape[axis] = 0;
        for part in parts {
            let (_, along, _) = part.around(axis)?;
            let same = part.shape.iter().zip(&shape).enumerate().all(|(k, (a, b))| k == axis || a == b);
            if part.shape.len() != shape.len() || !same {
                return None;
            }
            shape[axis] += along;
        }
        // The same array may stand there many times.
        let largest = parts.iter().map(|part| part.cells.len()).max()?;
        let count = parts.iter().map(|part| part.cells.len()).sum::<usize>();
        if count > MOST_REPEATED.max(largest.saturating_mul(parts.len().min(8))) {
            return None;
        }
        let mut cells = Vec::with_capacity(count);
        for outer in 0..before {
            for part in parts {
                let (_, along, after) = part.around(axis)?;
                cells.extend_from_slice(part.cells.get(outer * along * after..(outer + 1) * along * after)?);
            }
        }
        Array::new(shape, cells)
    }

    /// Axis k of the result is axis `order[k]`.
    pub fn transposed(&self, order: &[usize]) -> Option<Array<T>> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if sorted != (0..self.shape.len()).collect::<Vec<_>>() {
            return None;
        }
        let strides = dense(&self.shape, true)?;
        let shape: Vec<usize> = order.iter().map(|k| self.shape[*k]).collect();
        let steps: Vec<usize> = order.iter().map(|k| strides[*k]).collect();
        let mut cells = Vec::with_capacity(self.cells.len());
        each(&shape, &steps, |at| cells.extend(self.cells.get(at).cloned()));
        Array::new(shape, cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_move_as_in_numpy() {
        let a = Array::new(vec![2, 3], vec![0, 1, 2, 3, 4, 5]).unwrap();
        assert_eq!(a.transposed(&[1, 0]).unwrap(), Array::new(vec![3, 2], vec![0, 3, 1, 4, 2, 5]).unwrap());
        assert_eq!(a.taken(1, &[2, 0]).unwrap(), Array::new(vec![2, 2], vec![2, 0, 5, 3]).unwrap());
        let b = Array::new(vec![2, 1], vec![7, 8]).unwrap();
        assert_eq!(Array::joined(&[&a, &b], 1).unwrap().cells(), [0, 1, 2, 7, 3, 4, 5, 8]);
        let cube = Array::new(vec![2, 1, 3], (0..6).collect()).unwrap();
        assert_eq!(cube.transposed(&[2, 1, 0]).unwrap().cells(), [0, 3, 1, 4, 2, 5]);
        assert!(a.taken(1, &[3]).is_none() && a.taken(2, &[0]).is_none() && a.transposed(&[0, 0]).is_none());
        assert!(
            Array::new(vec![usize::MAX, 2], vec![0]).is_none()
                && Array::<u8>::new(vec![0, usize::MAX / 2], vec![]).is_none()
        );
    }
}
