//! Elman's network (1990): h ← φ(W x + U h + b), φ = tanh or max(0, ·).

use super::graph::affine;
use super::{Cell, Graph, Kind, Node, Quantity, Recurrent, Step, bounded, unbounded, zeros};
use crate::math::{Real, relu_in_place, tanh_in_place};

/// The cell with its activation.
pub struct Rnn {
    rectified: bool,
}

/// φ = tanh.
pub const TANH: Rnn = Rnn { rectified: false };
/// φ = max(0, ·).
pub const RELU: Rnn = Rnn { rectified: true };

const BOUNDED: &[Quantity] = &[bounded("hidden_state", "hidden state h", Kind::State)];
const UNBOUNDED: &[Quantity] = &[unbounded("hidden_state", "hidden state h", Kind::State)];

const TANH_GRAPH: Graph =
    Graph { nodes: &[Node::PreviousHidden, affine(0, 0), Node::Tanh(1)], hidden: 2, cell: None, recorded: &[2] };
const RECTIFIED_GRAPH: Graph =
    Graph { nodes: &[Node::PreviousHidden, affine(0, 0), Node::Relu(1)], hidden: 2, cell: None, recorded: &[2] };

impl Cell for Rnn {
    fn id(&self) -> &'static str {
        if self.rectified { "rnn_relu" } else { "rnn" }
    }
    fn label(&self) -> &'static str {
        if self.rectified { "RNN (ReLU)" } else { "RNN (tanh)" }
    }
    fn equations(&self) -> &'static str {
        if self.rectified { "h ← max(0, W x + b + U h + b′)" } else { "h ← tanh(W x + b + U h + b′)" }
    }
    fn gates(&self) -> &'static [&'static str] {
        &["hidden"]
    }
    fn quantities(&self) -> &'static [Quantity] {
        if self.rectified { UNBOUNDED } else { BOUNDED }
    }
    fn products(&self) -> &'static [usize] {
        &[1]
    }
    fn graph(&self) -> &'static Graph {
        if self.rectified { &RECTIFIED_GRAPH } else { &TANH_GRAPH }
    }
}

impl<R: Real> Step<R> for Rnn {
    fn step(&self, weights: &Recurrent<R>, projection: &[R], before: &[R], after: &mut [R], _: &mut Vec<R>) {
        let n = weights.hidden();
        let rows = projection.len() / n;
        // h_t = φ(W_x x + b_x + b_h + W_h h_{t−1})
        for (h, projection) in after.chunks_exact_mut(n).zip(projection.chunks_exact(n)) {
            for ((h, a), b) in h.iter_mut().zip(projection).zip(weights.bias()) {
                *h = *a + *b;
            }
        }
        weights.add_product(0, before, n, after, n, rows);
        if self.rectified { relu_in_place(after) } else { tanh_in_place(after) }
    }

    fn step_vjp(
        &self,
        weights: &Recurrent<R>,
        _: &[R],
        after: &[R],
        d_state: &mut [R],
        d_projection: &mut [R],
        scratch: &mut Vec<R>,
    ) {
        let n = weights.hidden();
        let rows = d_projection.len() / n;
        for ((h, d_state), d) in
            after.chunks_exact(n).zip(d_state.chunks_exact(2 * n)).zip(d_projection.chunks_exact_mut(n))
        {
            for k in 0..n {
                // φ' = 1 − h² for tanh; 1 where h > 0 for the rectifier (0 at the kink, as PyTorch)
                let slope =
                    if self.rectified { if h[k] > R::ZERO { R::ONE } else { R::ZERO } } else { R::ONE - h[k] * h[k] };
                d[k] = d_state[k] * slope;
            }
        }
        let d_h = zeros(scratch, rows * n);
        weights.add_transposed(0, d_projection, n, d_h, n, rows);
        for (d_state, d_h) in d_state.chunks_exact_mut(2 * n).zip(d_h.chunks_exact(n)) {
            d_state[..n].copy_from_slice(d_h);
        }
    }
}
