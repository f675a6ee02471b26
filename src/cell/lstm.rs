//! Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gate); gate order i, f, g, o as PyTorch.

use super::graph::{affine, product};
use super::{Cell, Graph, Kind, Node, Quantity, Recurrent, Step, bounded, gate, unbounded, zeros};
use crate::math::{Real, sigmoid_in_place, tanh, tanh_in_place};

/// The cell.
pub struct Lstm;

const QUANTITIES: &[Quantity] = &[
    gate("input_gate", "input gate i"),
    gate("forget_gate", "forget gate f"),
    bounded("cell_candidate", "cell candidate g", Kind::Candidate),
    gate("output_gate", "output gate o"),
    unbounded("cell_state", "cell state c", Kind::State),
    bounded("cell_tanh", "tanh c", Kind::State),
    bounded("hidden_state", "hidden state h", Kind::State),
];
const R_: usize = QUANTITIES.len();

const GRAPH: Graph = Graph {
    nodes: &[
        Node::PreviousHidden,
        Node::PreviousCell,
        // 2..6: pre-activations of i, f, g, o
        affine(0, 0),
        affine(1, 0),
        affine(2, 0),
        affine(3, 0),
        // 6..10: i, f, g, o
        Node::Sigmoid(2),
        Node::Sigmoid(3),
        Node::Tanh(4),
        Node::Sigmoid(5),
        // 12: c_t = f ⊙ c_{t−1} + i ⊙ g
        product(7, 1),
        product(6, 8),
        Node::Add(10, 11),
        // 14: h_t = o ⊙ tanh c_t
        Node::Tanh(12),
        Node::Product { gate: 9, signal: 13, whole: true },
    ],
    hidden: 14,
    cell: Some(12),
    recorded: &[6, 7, 8, 9, 12, 13, 14],
};

impl Cell for Lstm {
    fn id(&self) -> &'static str {
        "lstm"
    }
    fn label(&self) -> &'static str {
        "LSTM"
    }
    fn equations(&self) -> &'static str {
        "i, f, o = σ(W x + b + U h + b′); g = tanh(W x + b + U h + b′); c ← f ⊙ c + i ⊙ g; h = o ⊙ tanh c"
    }
    fn gates(&self) -> &'static [&'static str] {
        &["input", "forget", "candidate", "output"]
    }
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }
    fn products(&self) -> &'static [usize] {
        &[4]
    }
    fn graph(&self) -> &'static Graph {
        &GRAPH
    }
}

impl<R: Real> Step<R> for Lstm {
    fn step(&self, weights: &Recurrent<R>, projection: &[R], before: &[R], after: &mut [R], _: &mut Vec<R>) {
        let n = weights.hidden();
        let rows = projection.len() / (4 * n);
        // [i; f; g; o] = W_x x + b_x + b_h + W_h h
        for (gates, projection) in after.chunks_exact_mut(R_ * n).zip(projection.chunks_exact(4 * n)) {
            for ((gate, a), b) in gates.iter_mut().zip(projection).zip(weights.bias()) {
                *gate = *a + *b;
            }
        }
        weights.add_product(0, &before[6 * n..], R_ * n, after, R_ * n, rows);
        for (record, before) in after.chunks_exact_mut(R_ * n).zip(before.chunks_exact(R_ * n)) {
            sigmoid_in_place(&mut record[..2 * n]);
            tanh_in_place(&mut record[2 * n..3 * n]);
            sigmoid_in_place(&mut record[3 * n..4 * n]);
            let (gates, states) = record.split_at_mut(4 * n);
            let (c, rest) = states.split_at_mut(n);
            let (tanh_c, h) = rest.split_at_mut(n);
            let (i, f, g, o) = (&gates[..n], &gates[n..2 * n], &gates[2 * n..3 * n], &gates[3 * n..]);
            let c_before = &before[4 * n..5 * n];
            for k in 0..n {
                // c_t = f ⊙ c_{t−1} + i ⊙ g
                c[k] = f[k] * c_before[k] + i[k] * g[k];
                // h_t = o ⊙ tanh c_t
                tanh_c[k] = tanh(c[k]);
                h[k] = o[k] * tanh_c[k];
            }
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
        let rows = d_projection.len() / (4 * n);
        for (((record, before), d_state), d_gates) in after
            .chunks_exact(R_ * n)
            .zip(before.chunks_exact(R_ * n))
            .zip(d_state.chunks_exact_mut(2 * n))
            .zip(d_projection.chunks_exact_mut(4 * n))
        {
            let (i, f, g, o) = (&record[..n], &record[n..2 * n], &record[2 * n..3 * n], &record[3 * n..4 * n]);
            let (tanh_c, c_before) = (&record[5 * n..6 * n], &before[4 * n..5 * n]);
            let (d_h, d_c) = d_state.split_at_mut(n);
            let (d_i, rest) = d_gates.split_at_mut(n);
            let (d_f, rest) = rest.split_at_mut(n);
            let (d_g, d_o) = rest.split_at_mut(n);
            // A loop an equation: of few slices, so that the compiler makes vectors of each.
            // ∂/∂c_t = d_c + d_h o (1 − tanh² c)
            (0..n).for_each(|k| d_c[k] += d_h[k] * o[k] * (R::ONE - tanh_c[k] * tanh_c[k]));
            (0..n).for_each(|k| d_o[k] = d_h[k] * tanh_c[k] * o[k] * (R::ONE - o[k]));
            (0..n).for_each(|k| d_i[k] = d_c[k] * g[k] * i[k] * (R::ONE - i[k]));
            (0..n).for_each(|k| d_f[k] = d_c[k] * c_before[k] * f[k] * (R::ONE - f[k]));
            (0..n).for_each(|k| d_g[k] = d_c[k] * i[k] * (R::ONE - g[k] * g[k]));
            (0..n).for_each(|k| d_c[k] = d_c[k] * f[k]);
        }
        // ∂/∂h_{t−1} = W_hᵀ ∂/∂[i; f; g; o]
        let d_h = zeros(scratch, rows * n);
        weights.add_transposed(0, d_projection, 4 * n, d_h, n, rows);
        for (d_state, d_h) in d_state.chunks_exact_mut(2 * n).zip(d_h.chunks_exact(n)) {
            d_state[..n].copy_from_slice(d_h);
        }
    }
}
