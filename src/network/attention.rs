//! Input-feature attention (Gandin et al. 2021, after Kaji et al. 2019): α_t = softmax(W_a x_t + b_a) over the
//! features of one step; the network reads α_t ⊙ x_t.

use crate::Result;
use crate::import::Checkpoint;
use crate::math::{Matrix, Real, dot, softmax_in_place};

/// W_a [I, I] and b_a [I].
pub struct Attention<R> {
    weight: Matrix<R>,
    bias: Vec<R>,
}

impl<R: Real> Attention<R> {
    /// Reads and proves the tensors.
    pub fn new(checkpoint: &Checkpoint, prefix: &str, features: usize) -> Result<Attention<R>> {
        let weight = checkpoint.numbers(&format!("{prefix}.weight"), &[features, features])?;
        let bias = checkpoint.numbers(&format!("{prefix}.bias"), &[features])?;
        Ok(Attention {
            weight: Matrix::new(features, features, |n, k| R::from_f64(weight[n * features + k])),
            bias: bias.into_iter().map(R::from_f64).collect(),
        })
    }

    /// The same block with weights and bias changed by `anew`.
    pub(super) fn redrawn(&self, anew: &mut dyn FnMut(&mut [R])) -> Attention<R> {
        let weight = self.weight.changed(&mut *anew);
        let mut bias = self.bias.clone();
        anew(&mut bias);
        Attention { weight, bias }
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.bias.len() * (self.bias.len() + 1)
    }

    /// α [B, I] of the rows x [B, I].
    pub fn weights(&self, x: &[R], alpha: &mut [R]) {
        let features = self.bias.len();
        for row in alpha.chunks_exact_mut(features) {
            row.copy_from_slice(&self.bias);
        }
        self.weight.add_product(x, features, alpha, features, x.len() / features);
        alpha.chunks_exact_mut(features).for_each(softmax_in_place);
    }

    /// x ← α ⊙ x.
    pub fn apply(&self, x: &mut [R], alpha: &mut [R]) {
        self.weights(x, alpha);
        for (x, a) in x.iter_mut().zip(alpha) {
            *x = *x * *a;
        }
    }

    /// Replaces the gradient by α ⊙ x, [B, I], by the gradient by x.
    pub fn vjp(&self, x: &[R], d: &mut [R]) {
        let features = self.bias.len();
        let mut alpha = vec![R::ZERO; x.len()];
        self.weights(x, &mut alpha);
        let mut d_energy = vec![R::ZERO; x.len()];
        for (((a, x), d), e) in alpha
            .chunks_exact(features)
            .zip(x.chunks_exact(features))
            .zip(d.chunks_exact_mut(features))
            .zip(d_energy.chunks_exact_mut(features))
        {
            // ∂/∂α = d ⊙ x; ∂/∂e = α ⊙ (∂/∂α − Σ α ∂/∂α); ∂/∂x = α ⊙ d + W_aᵀ ∂/∂e
            for k in 0..features {
                e[k] = d[k] * x[k];
            }
            let mean = dot(a, e);
            for k in 0..features {
                e[k] = a[k] * (e[k] - mean);
                d[k] = a[k] * d[k];
            }
        }
        self.weight.transposed().add_product(&d_energy, features, d, features, x.len() / features);
    }
}
