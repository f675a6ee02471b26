//! Gated recurrent unit in PyTorch's form (reset after the product, z keeps); gate order r, z, n.

use super::graph::{affine, product};
use super::{Cell, Graph, Kind, Node, Quantity, Recurrent, Step, bounded, gate, unbounded, zeros};
use crate::math::{Real, add_scaled, sigmoid_in_place, tanh_in_place};

/// The cell.
pub struct Gru;

const QUANTITIES: &[Quantity] = &[
    gate("reset_gate", "reset gate r"),
    gate("update_gate", "update gate z (1 keeps)"),
    bounded("candidate", "candidate n", Kind::Candidate),
    unbounded("recurrent_candidate", "U_n h + b_n, before the reset", Kind::Internal),
    bounded("hidden_state", "hidden state h", Kind::State),
];
const R_: usize = QUANTITIES.len();

const GRAPH: Graph = Graph {
    nodes: &[
        Node::PreviousHidden,
        // 1..4: pre-activations of r and z, and U_n h + b_hn
        affine(0, 0),
        affine(1, 0),
        Node::Linear { gate: 2, input: false, of: Some(0) },
        // 4, 5: r, z
        Node::Sigmoid(1),
        Node::Sigmoid(2),
        // 9: n = tanh(W_n x + b_xn + r ⊙ (U_n h + b_hn))
        product(4, 3),
        Node::Linear { gate: 2, input: true, of: None },
        Node::Add(7, 6),
        Node::Tanh(8),
        // 13: h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
        Node::OneMinus(5),
        product(10, 9),
        product(5, 0),
        Node::Add(11, 12),
    ],
    hidden: 13,
    cell: None,
    recorded: &[4, 5, 9, 3, 13],
};

impl Cell for Gru {
    fn id(&self) -> &'static str {
        "gru"
    }
    fn label(&self) -> &'static str {
        "GRU"
    }
    fn equations(&self) -> &'static str {
        "r, z = σ(W x + b + U h + b′); n = tanh(W x + b + r ⊙ (U h + b′)); h ← (1 − z) ⊙ n + z ⊙ h   (reset after, z keeps)"
    }
    fn gates(&self) -> &'static [&'static str] {
        &["reset", "update", "candidate"]
    }
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }
    fn products(&self) -> &'static [usize] {
        &[3]
    }
    fn graph(&self) -> &'static Graph {
        &GRAPH
    }
}

impl<R: Real> Step<R> for Gru {
    fn step(&self, weights: &Recurrent<R>, projection: &[R], before: &[R], after: &mut [R], scratch: &mut Vec<R>) {
        let n = weights.hidden();
        let rows = projection.len() / (3 * n);
        // Two biases: the reset gate multiplies that of U_n h with the product, without W_n x + b_xn.
        let recurrent = zeros(scratch, rows * 3 * n);
        for (row, a) in recurrent.chunks_exact_mut(3 * n).zip(projection.chunks_exact(3 * n)) {
            row.copy_from_slice(weights.bias());
            add_scaled(&mut row[..2 * n], R::ONE, a);
        }
        weights.add_product(0, &before[4 * n..], R_ * n, recurrent, 3 * n, rows);
        for (((record, before), a), u) in after
            .chunks_exact_mut(R_ * n)
            .zip(before.chunks_exact(R_ * n))
            .zip(projection.chunks_exact(3 * n))
            .zip(recurrent.chunks_exact(3 * n))
        {
            // [r; z] = σ(W x + b_x + U h + b_h)
            record[..2 * n].copy_from_slice(&u[..2 * n]);
            sigmoid_in_place(&mut record[..2 * n]);
            let (gates, states) = record.split_at_mut(2 * n);
            let (r, z) = gates.split_at(n);
            let (candidate, rest) = states.split_at_mut(n);
            let (product, h) = rest.split_at_mut(n);
            let h_before = &before[4 * n..];
            // n = tanh(W_n x + b_xn + r ⊙ (U_n h + b_hn))
            let a = &a[2 * n..];
            product.copy_from_slice(&u[2 * n..]);
            (0..n).for_each(|k| candidate[k] = a[k] + r[k] * product[k]);
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
        let buffer = zeros(scratch, rows * 4 * n);
        let (d_recurrent, d_h) = buffer.split_at_mut(rows * 3 * n);
        for ((((record, before), d_state), d_a), d_u) in after
            .chunks_exact(R_ * n)
            .zip(before.chunks_exact(R_ * n))
            .zip(d_state.chunks_exact_mut(2 * n))
            .zip(d_projection.chunks_exact_mut(3 * n))
            .zip(d_recurrent.chunks_exact_mut(3 * n))
        {
            let (r, z, candidate, product) =
                (&record[..n], &record[n..2 * n], &record[2 * n..3 * n], &record[3 * n..4 * n]);
            let h_before = &before[4 * n..];
            // A loop an equation: of few slices, so that the compiler makes vectors of each.
            let (d_gates, d_n) = d_a.split_at_mut(2 * n);
            let (d_r, d_z) = d_gates.split_at_mut(n);
            (0..n).for_each(|k| d_n[k] = d_state[k] * (R::ONE - z[k]) * (R::ONE - candidate[k] * candidate[k]));
            (0..n).for_each(|k| d_z[k] = d_state[k] * (h_before[k] - candidate[k]) * z[k] * (R::ONE - z[k]));
            (0..n).for_each(|k| d_r[k] = d_n[k] * product[k] * r[k] * (R::ONE - r[k]));
            // The recurrent product meets the candidate through r.
            let (d_u_gates, d_u_n) = d_u.split_at_mut(2 * n);
            d_u_gates.copy_from_slice(d_gates);
            (0..n).for_each(|k| d_u_n[k] = d_n[k] * r[k]);
            (0..n).for_each(|k| d_state[k] = d_state[k] * z[k]);
        }
        weights.add_transposed(0, d_recurrent, 3 * n, d_h, n, rows);
        for (d_state, d_h) in d_state.chunks_exact_mut(2 * n).zip(d_h.chunks_exact(n)) {
            for k in 0..n {
                d_state[k] += d_h[k];
            }
        }
    }
}
