//! The values of a graph's operations, as recorded or computed anew, and by how much those of two passes differ.

use super::{Graph, Node, Recurrent, zeros};
use crate::math::{Real, add_scaled};
use std::ops::Range;

/// What a trace knows of one step already, [R·H] each.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a, R> {
    /// The record of the step before; empty before the first, where states are zero.
    pub before: &'a [R],
    /// That of the step itself; empty if it was not run.
    pub now: &'a [R],
}

impl Graph {
    /// The values of all nodes, [B, N·H], given W_x x + b_x [B, G·H] and the B records: what was recorded is not
    /// computed again. Sums are made for the gates asked for alone: the others are left as they are.
    pub fn evaluate<R: Real>(
        &self,
        weights: &Recurrent<R>,
        projection: &[R],
        records: &[Recorded<'_, R>],
        asked: &Range<usize>,
        values: &mut [R],
        scratch: &mut Vec<R>,
    ) {
        let (n, gates) = (weights.hidden(), weights.gates() * weights.hidden());
        let width = self.nodes.len() * n;
        let rows = records.len();
        let recurrent = zeros(scratch, if asked.is_empty() { 0 } else { rows * gates });
        // Summed in the order in which a step does: what was recorded is, bit for bit, what would be computed here.
        for (row, projection) in recurrent.chunks_exact_mut(gates).zip(projection.chunks_exact(gates)) {
            row.copy_from_slice(weights.bias());
            for node in self.nodes {
                if let Node::Linear { gate, input: true, of: Some(_) } = *node {
                    add_scaled(&mut row[gate * n..(gate + 1) * n], R::ONE, &projection[gate * n..]);
                }
            }
        }
        for (row, record) in values.chunks_exact_mut(width).zip(records).filter(|(_, record)| !record.now.is_empty()) {
            self.fill_in(row, record.now, n);
        }
        for (k, node) in self.nodes.iter().enumerate() {
            if let Some((product, of)) = self.first_of_product(weights, k).filter(|_| !asked.is_empty()) {
                weights.add_product_to(
                    product,
                    asked,
                    &values[of * n..],
                    width,
                    &mut recurrent[weights.offset(product)..],
                    gates,
                    rows,
                );
            }
            let recorded = self.quantity(k).is_some();
            // A state before is read from the record before.
            let earlier = match node {
                Node::PreviousHidden => self.quantity(self.hidden),
                Node::PreviousCell => self.cell.and_then(|cell| self.quantity(cell)),
                _ => None,
            };
            for ((b, row), record) in values.chunks_exact_mut(width).enumerate().zip(records) {
                if recorded && !record.now.is_empty() {
                    continue;
                }
                let (before, rest) = row.split_at_mut(k * n);
                let out = &mut rest[..n];
                if let Some(known) = earlier.and_then(|q| record.before.get(q * n..(q + 1) * n)) {
                    out.copy_from_slice(known);
                    continue;
                }
                let value = |node: usize| &before[node * n..(node + 1) * n];
                match *node {
                    Node::PreviousHidden | Node::PreviousCell => out.fill(R::ZERO),
                    Node::Linear { gate, .. } if !asked.contains(&gate) => {}
                    Node::Linear { gate, input, of } => {
                        let block = b * gates + gate * n..b * gates + (gate + 1) * n;
                        out.copy_from_slice(if input && of.is_none() { &projection[block] } else { &recurrent[block] });
                    }
                    Node::Add(a, b) => {
                        out.iter_mut().zip(value(a)).zip(value(b)).for_each(|((out, a), b)| *out = *a + *b)
                    }
                    Node::OneMinus(a) => out.iter_mut().zip(value(a)).for_each(|(out, a)| *out = R::ONE - *a),
                    Node::Product { gate, signal, .. } => {
                        out.iter_mut().zip(value(gate)).zip(value(signal)).for_each(|((out, g), s)| *out = *g * *s)
                    }
                    Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) => {
                        out.copy_from_slice(value(a));
                        node.activate(out);
                    }
                }
            }
        }
    }

    /// Copies what was recorded of a step to its nodes: at once where nodes follow one another as quantities do.
    fn fill_in<R: Real>(&self, row: &mut [R], record: &[R], n: usize) {
        let mut done = 0;
        for run in self.recorded.chunk_by(|node, next| *next == node + 1) {
            row[run[0] * n..(run[0] + run.len()) * n].copy_from_slice(&record[done * n..(done + run.len()) * n]);
            done += run.len();
        }
    }

    /// By how much two passes differ, [B, N·H], of the nodes that are sums or that sums and activations are made of; others
    /// are left as they are. Given the values as [`Graph::evaluate`] leaves them, even if no sums were asked for, and the
    /// difference of W_x x + b_x, [B, G·H].
    ///
    /// Sums are multiplied out once, from the difference of what they read: Δ(W x + U v + b) = W Δx + U Δv.
    pub fn differences<R: Real>(
        &self,
        weights: &Recurrent<R>,
        projection: &[R],
        values: [&[R]; 2],
        differences: &mut [R],
        scratch: &mut Vec<R>,
    ) {
        let (n, gates) = (weights.hidden(), weights.gates() * weights.hidden());
        let width = self.nodes.len() * n;
        let rows = differences.len() / width;
        let recurrent = zeros(scratch, rows * gates);
        for (row, projection) in recurrent.chunks_exact_mut(gates).zip(projection.chunks_exact(gates)) {
            for node in self.nodes {
                if let Node::Linear { gate, input: true, of: Some(_) } = *node {
                    row[gate * n..(gate + 1) * n].copy_from_slice(&projection[gate * n..(gate + 1) * n]);
                }
            }
        }
        for (k, node) in self.nodes.iter().enumerate().filter(|(k, _)| self.is_summed(*k)) {
            if let Some((product, of)) = self.first_of_product(weights, k) {
                let sums = &mut recurrent[weights.offset(product)..];
                weights.add_product(product, &differences[of * n..], width, sums, gates, rows);
            }
            for (b, row) in differences.chunks_exact_mut(width).enumerate() {
                let (before, rest) = row.split_at_mut(k * n);
                let own = b * width + k * n..b * width + (k + 1) * n;
                match *node {
                    Node::Linear { gate, input, of } => {
                        let block = b * gates + gate * n..b * gates + (gate + 1) * n;
                        let sum = if input && of.is_none() { &projection[block] } else { &recurrent[block] };
                        rest[..n].copy_from_slice(sum);
                    }
                    Node::Add(a, b) if self.quantity(k).is_none() => {
                        let (a, b) = (&before[a * n..(a + 1) * n], &before[b * n..(b + 1) * n]);
                        rest[..n].iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = *a + *b);
                    }
                    _ => {
                        let (value, from) = (&values[0][own.clone()], &values[1][own]);
                        rest[..n].iter_mut().zip(value).zip(from).for_each(|((out, v), from)| *out = *v - *from);
                    }
                }
            }
        }
    }

    /// The quantity of a record that is the value of a node.
    fn quantity(&self, node: usize) -> Option<usize> {
        self.recorded.iter().position(|recorded| *recorded == node)
    }

    /// Is a node a sum of products, or what such a sum or an activation is made of?
    pub(super) fn is_summed(&self, k: usize) -> bool {
        let reads = |node: &Node| match *node {
            Node::Linear { of, .. } => of == Some(k),
            Node::Add(a, b) => a == k || b == k,
            Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) => a == k,
            _ => false,
        };
        matches!(self.nodes[k], Node::Linear { .. }) || self.nodes.iter().any(reads)
    }
}
