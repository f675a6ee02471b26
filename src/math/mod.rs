//! Arithmetic: the only room with `exp`, `tanh` and `ln`, so that results have the same bits everywhere.
//!
//! Nothing here calls the platform's maths library, fuses multiply and add, or changes the order of a sum with
//! the batch size; a number is the same natively, in every engine, and whatever it was computed together with.

mod activation;
mod cholesky;
mod matrix;
mod moments;
mod packed;
mod quadrature;
mod random;
mod real;
mod softmax;
mod spectral;

pub use activation::{exp, ln, relu_in_place, sigmoid, sigmoid_in_place, tanh, tanh_in_place};
pub use cholesky::Cholesky;
pub use matrix::Matrix;
pub use moments::Moments;
pub use packed::PackedMatrix;
pub use quadrature::{gauss_legendre, midpoint, nested, uneven};
pub use random::Random;
pub use real::Real;
pub use softmax::{log_sum_exp, softmax_in_place};
pub use spectral::spectral_norm;

/// Inner product, summed in eight fixed lanes.
pub fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    let mut lanes = [R::ZERO; 8];
    let (a_head, a_tail) = a.as_chunks::<8>();
    let (b_head, b_tail) = b.as_chunks::<8>();
    for (x, y) in a_head.iter().zip(b_head) {
        for k in 0..8 {
            lanes[k] += x[k] * y[k];
        }
    }
    let tail = a_tail.iter().zip(b_tail).fold(R::ZERO, |sum, (x, y)| sum + *x * *y);
    lanes.iter().fold(tail, |sum, x| sum + *x)
}

/// The indices of `keys`, largest key first, equal keys in their order; one sort for the whole module, since each
/// costs a page ten kilobytes.
pub fn descending(keys: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_unstable_by(|a, b| keys[*b].total_cmp(&keys[*a]).then(a.cmp(b)));
    order
}

/// y += a x.
pub fn add_scaled<R: Real>(y: &mut [R], a: R, x: &[R]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * *x;
    }
}

/// Is any number not zero?
pub fn some<R: Real>(values: &[R]) -> bool {
    let (head, tail) = values.as_chunks::<8>();
    // Eight are compared at once: most of what is asked for is all zero.
    let any = |lanes: &[R]| lanes.iter().fold(false, |any, x| any | (*x != R::ZERO));
    head.iter().any(|lanes| any(lanes)) || any(tail)
}

/// What is negligible becomes zero; is anything left?
pub fn drop_negligible<R: Real>(values: &mut [R]) -> bool {
    values.iter_mut().for_each(|x| *x = if x.abs() < R::NEGLIGIBLE { R::ZERO } else { *x });
    some(values)
}
