//! Gated recurrent unit as first published (Cho et al. 2014, v1): the reset gate acts before the product.
//!
//! Keras calls it `reset_after=False`, ONNX `linear_before_reset=0`. As everywhere here z keeps; files in which z
//! overwrites are turned at import. Gate order r, z, n.

use super::graph::{affine, product};
use super::{Cell, Graph, Kind, Node, Quantity, Recurrent, Step, bounded, gate, zeros};
use crate::math::{Real, sigmoid_in_place, tanh_in_place};

/// The cell.
pub struct GruResetBefore;

const QUANTITIES: &[Quantity] = &[
    gate("reset_gate", "reset gate r"),
    gate("update_gate", "update gate z (1 keeps)"),
    bounded("candidate", "candidate n", Kind::Candidate),
    bounded("hidden_state", "hidden state h", Kind::State),
];
const R_: usize = QUANTITIES.len();

const GRAPH: Graph = Graph {
    nodes: &[
        Node::PreviousHidden,
        // 3, 4: r, z
        affine(0, 0),
        affine(1, 0),
        Node::Sigmoid(1),
        Node::Sigmoid(2),
        // 7: n = tanh(W_n x + b_xn + U_n (r ⊙ h) + b_hn)
        product(3, 0),
        affine(2, 5),
        Node::Tanh(6),
        // 11: h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
        Node::OneMinus(4),
        product(8, 7),
        product(4, 0),
        Node::Add(9, 10),
    ],
    hidden: 11,
    cell: None,
    recorded: &[3, 4, 7, 11],
};

impl Cell for GruResetBefore {
    fn id(&self) -> &'static str {
        "gru_reset_before"
    }
    fn label(&self) -> &'static str {
        "GRU (reset before)"
    }
    fn equations(&self) -> &'static str {
        "r, z = σ(W x + b + U h + b′); n = tanh(W x + b + U (r ⊙ h) + b′); h ← (1 − z) ⊙ n + z ⊙ h   (reset before, z keeps)"
    }
    fn gates(&self) -> &'static [&'static str] {
        &["reset", "update", "candidate"]
    }
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }
    fn products(&self) -> &'static [usize] {
        &[2, 1]
    }
    fn graph(&self) -> &'static Graph {
        &GRAPH
    }
}

impl<R: Real> Step<R> for GruResetBefore {
    fn step(&self, weights: &Recurrent<R>, projection: &[R], before: &[R], after: &mut [R], scratch: &mut Vec<R>) {
        let n = weights.hidden();
        let rows = projection.len() / (3 * n);
        // a = W x + b_x + b_h for all three; the recurrent products are added in turn.
        for (record, a) in after.chunks_exact_mut(R_ * n).zip(projection.chunks_exact(3 * n)) {
            for ((slot, a), b) in record.iter_mut().zip(a).zip(weights.bias()) {
                *slot = *a + *b;
            }
        }
        // [r; z] = σ(a + U h)
        weights.add_product(0, &before[3 * n..], R_ * n, after, R_ * n, rows);
        let reset = zeros(scratch, rows * n);
        for ((record, before), reset) in
            after.chunks_exact_mut(R_ * n).zip(before.chunks_exact(R_ * n)).zip(reset.chunks_exact_mut(n))
        {
            sigmoid_in_place(&mut record[..2 * n]);
            for k in 0..n {
                reset[k] = record[k] * before[3 * n + k];
            }
        }
        // n = tanh(a + U_n (r ⊙ h))
        weights.add_product(1, reset, n, &mut after[2 * n..], R_ * n, rows);
        for (record, before) in after.chunks_exact_mut(R_ * n).zip(before.chunks_exact(R_ * n)) {
            let (gates, states) = record.split_at_mut(2 * n);
            let (candidate, h) = states.split_at_mut(n);
            let (z, h_before) = (&gates[n..], &before[3 * n..]);
            tanh_in_place(candidate);
            // h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
            (0..n).for_each(|k| h[k] = (R::ONE - z[k]) * candidate[k] + z[k] * h_before[k]);
        }
    }

    fn step_vjp(
        &self,
        weights: &Recurrent<R>,
        before: &[R],
        after: &[R],
        d_state: &mut [R],
        d_projection: &mut [R],
        scratch: &mut Vec<R>,
    ) {
        let n = weights.hidden();
        let rows = d_projection.len() / (3 * n);
        let buffer = zeros(scratch, 2 * rows * n);
        let (d_reset, d_h) = buffer.split_at_mut(rows * n);
        for ((record, d_state), d_a) in
            after.chunks_exact(R_ * n).zip(d_state.chunks_exact(2 * n)).zip(d_projection.chunks_exact_mut(3 * n))
        {
            let (z, candidate, d_n) = (&record[n..2 * n], &record[2 * n..3 * n], &mut d_a[2 * n..]);
            (0..n).for_each(|k| d_n[k] = d_state[k] * (R::ONE - z[k]) * (R::ONE - candidate[k] * candidate[k]));
        }
        // ∂/∂(r ⊙ h) = U_nᵀ ∂/∂a_n
        weights.add_transposed(1, &d_projection[2 * n..], 3 * n, d_reset, n, rows);
        for ((((record, before), d_state), d_a), d_reset) in after
            .chunks_exact(R_ * n)
            .zip(before.chunks_exact(R_ * n))
            .zip(d_state.chunks_exact_mut(2 * n))
            .zip(d_projection.chunks_exact_mut(3 * n))
            .zip(d_reset.chunks_exact(n))
        {
            let (r, z, candidate) = (&record[..n], &record[n..2 * n], &record[2 * n..3 * n]);
            let (h_before, (d_r, rest)) = (&before[3 * n..], d_a.split_at_mut(n));
            let d_z = &mut rest[..n];
            // A loop an equation: of few slices, so that the compiler makes vectors of each.
            (0..n).for_each(|k| d_r[k] = d_reset[k] * h_before[k] * r[k] * (R::ONE - r[k]));
            (0..n).for_each(|k| d_z[k] = d_state[k] * (h_before[k] - candidate[k]) * z[k] * (R::ONE - z[k]));
            (0..n).for_each(|k| d_state[k] = d_state[k] * z[k] + d_reset[k] * r[k]);
        }
        weights.add_transposed(0, d_projection, 3 * n, d_h, n, rows);
        for (d_state, d_h) in d_state.chunks_exact_mut(2 * n).zip(d_h.chunks_exact(n)) {
            for k in 0..n {
                d_state[k] += d_h[k];
            }
        }
    }
}
