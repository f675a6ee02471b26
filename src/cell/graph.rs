//! A cell written down once as elementary operations: whoever has a rule for every operation has one for every cell.

use super::{Recurrent, zeros};
use crate::math::{Real, add_scaled, relu_in_place, sigmoid_in_place, some, tanh_in_place};
use std::ops::Range;

/// One operation; operands are numbers of earlier nodes. Every value is [B, H].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// h_{t−1}.
    PreviousHidden,
    /// c_{t−1}.
    PreviousCell,
    /// The rows of one gate: W_x x_t + b_x if `input`, and W_h v + b_h of the node `of`.
    Linear {
        /// Which gate block.
        gate: usize,
        /// Reads x_t.
        input: bool,
        /// Reads the value of this node.
        of: Option<usize>,
    },
    /// a + b.
    Add(usize, usize),
    /// σ(a).
    Sigmoid(usize),
    /// tanh a.
    Tanh(usize),
    /// max(0, a).
    Relu(usize),
    /// 1 − a.
    OneMinus(usize),
    /// gate ⊙ signal.
    Product {
        /// What lets through: 0..1.
        gate: usize,
        /// What is let through.
        signal: usize,
        /// A read-out gate, which decompositions do not take apart.
        whole: bool,
    },
}

/// The operations of one step, operands before what is made of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graph {
    /// In the order of computation.
    pub nodes: &'static [Node],
    /// h_t.
    pub hidden: usize,
    /// c_t, if the cell has one.
    pub cell: Option<usize>,
    /// The nodes that the quantities of a record are, in the record's order.
    pub recorded: &'static [usize],
}

/// What a trace knows of one step already, [R·H] each.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a, R> {
    /// The record of the step before; empty before the first, where states are zero.
    pub before: &'a [R],
    /// That of the step itself; empty if it was not run.
    pub now: &'a [R],
}

/// W_x x_t + b_x + W_h v + b_h.
pub(super) const fn affine(gate: usize, of: usize) -> Node {
    Node::Linear { gate, input: true, of: Some(of) }
}

/// gate ⊙ signal.
pub(super) const fn product(gate: usize, signal: usize) -> Node {
    Node::Product { gate, signal, whole: false }
}

/// What a rule reads at one step of one row.
pub struct At<'a, R> {
    /// The operations.
    pub graph: &'static Graph,
    /// W_h and b_h.
    pub weights: &'a Recurrent<R>,
    /// b_x [G·H].
    pub bias: &'a [R],
    /// Numbers that a row of W_x reads: I, or H of the layer below by its directions.
    pub inputs: usize,
    /// Values of the nodes [N·H], of the pass and of the one that it is compared with (empty if there is none).
    pub values: [&'a [R]; 2],
    /// By how much the nodes of the two differ [N·H]; empty if there is one.
    pub differences: &'a [R],
    /// The same of W_x x_t + b_x [G·H].
    pub projection_difference: &'a [R],
}

impl<'a, R: Real> At<'a, R> {
    /// The value of a node [H]; `pass` 1 is the pass compared with.
    pub fn value(&self, pass: usize, node: usize) -> &'a [R] {
        let n = self.weights.hidden();
        &self.values[pass][node * n..(node + 1) * n]
    }

    /// By how much a node differs between the two passes [H].
    pub fn difference(&self, node: usize) -> &'a [R] {
        let n = self.weights.hidden();
        &self.differences[node * n..(node + 1) * n]
    }
}

/// What flows back from the outputs, for every node [N·H]: two numbers a unit, of which a rule says what they mean.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lanes<R> {
    /// A multiplier: what is linear passes it on by its transposed weights.
    pub multiplier: Vec<R>,
    /// What a rule hands down beside it.
    pub extra: Vec<R>,
    /// What every number that W_x reads gets alike.
    pub input: R,
}

/// The lanes of one node [H] and of those before it.
pub struct Lane<'a, R> {
    /// Its multiplier.
    pub multiplier: &'a mut [R],
    /// What is handed down beside.
    pub extra: &'a mut [R],
    /// Multipliers of the nodes before.
    pub multipliers: &'a mut [R],
    /// Extras of the nodes before.
    pub extras: &'a mut [R],
}

impl<R: Real> Lanes<R> {
    /// Zeros for `length` numbers.
    pub fn new(length: usize) -> Lanes<R> {
        Lanes { multiplier: vec![R::ZERO; length], extra: vec![R::ZERO; length], input: R::ZERO }
    }

    /// What the node k has, and the lanes of all nodes before it.
    pub fn split(&mut self, k: usize, n: usize) -> Lane<'_, R> {
        let ((multipliers, multiplier), (extras, extra)) =
            (self.multiplier.split_at_mut(k * n), self.extra.split_at_mut(k * n));
        Lane { multiplier: &mut multiplier[..n], extra: &mut extra[..n], multipliers, extras }
    }

    /// All zero again.
    pub fn clear(&mut self) {
        self.multiplier.fill(R::ZERO);
        self.extra.fill(R::ZERO);
        self.input = R::ZERO;
    }
}

/// How one operation hands what it has to its operands.
pub trait Rule<R: Real> {
    /// Leaves at the node k the multipliers that W_xᵀ (in `multiplier`) and W_hᵀ (in `extra`) take on.
    fn linear(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>);

    /// Adds to the lanes of the operands of the node k.
    fn operation(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>);

    /// The gates whose sums W_x x + W_h v it reads, of the pass and of the one compared with; what is neither asked for
    /// nor made of what is recorded must not be read.
    fn asked(&self, graph: &Graph, gates: usize) -> [Range<usize>; 2] {
        let _ = graph;
        [0..gates, 0..0]
    }
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
            // A state before is read from the record before.
            let read = match node {
                Node::PreviousHidden => self.quantity(self.hidden),
                Node::PreviousCell => self.cell.and_then(|cell| self.quantity(cell)),
                _ => self.quantity(k),
            };
            let earlier = matches!(node, Node::PreviousHidden | Node::PreviousCell);
            for ((b, row), record) in values.chunks_exact_mut(width).enumerate().zip(records) {
                let (before, rest) = row.split_at_mut(k * n);
                let out = &mut rest[..n];
                let record = if earlier { record.before } else { record.now };
                if let Some(known) = read.and_then(|q| record.get(q * n..(q + 1) * n)) {
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

    /// By how much two passes differ, of all nodes [B, N·H]: `values` as [`Graph::evaluate`] leaves them, even if no sums
    /// were asked for, and the difference of W_x x + b_x, [B, G·H].
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
        for (k, node) in self.nodes.iter().enumerate() {
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

    /// The gates whose sums something arrives at that is handed back from the states, and by products to their signals
    /// alone.
    pub fn signal_gates(&self) -> Range<usize> {
        let mut reached: Vec<bool> = (0..self.nodes.len()).map(|k| self.is_state(k)).collect();
        let mut gates: Option<Range<usize>> = None;
        for (k, node) in self.nodes.iter().enumerate().rev() {
            if !reached[k] {
                continue;
            }
            match *node {
                Node::PreviousHidden | Node::PreviousCell => {}
                Node::Linear { gate, of, .. } => {
                    let before = gates.unwrap_or(gate..gate);
                    gates = Some(before.start.min(gate)..before.end.max(gate + 1));
                    of.into_iter().for_each(|of| reached[of] = true);
                }
                Node::Add(a, b) => (reached[a], reached[b]) = (true, true),
                Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) | Node::OneMinus(a) => reached[a] = true,
                Node::Product { signal, .. } => reached[signal] = true,
            }
        }
        gates.unwrap_or_default()
    }

    /// The quantity of a record that is the value of a node.
    fn quantity(&self, node: usize) -> Option<usize> {
        self.recorded.iter().position(|recorded| *recorded == node)
    }

    /// From h_t and c_t, whose lanes the caller has filled, back to the operands by a rule.
    ///
    /// Leaves the lanes of h_{t−1} and c_{t−1} in their nodes and writes what W_xᵀ takes on to `projection` [G·H],
    /// which must be zero. A node that has nothing hands nothing on: its rule is not asked.
    pub fn reverse<R: Real>(
        &self,
        at: &At<'_, R>,
        rule: &mut impl Rule<R>,
        lanes: &mut Lanes<R>,
        projection: &mut [R],
        scratch: &mut Vec<R>,
    ) {
        let n = at.weights.hidden();
        let recurrent = zeros(scratch, projection.len());
        for (k, node) in self.nodes.iter().enumerate().rev() {
            let own = k * n..(k + 1) * n;
            // Of nothing comes nothing.
            let has = some(&lanes.multiplier[own.clone()]) || some(&lanes.extra[own.clone()]);
            match *node {
                Node::PreviousHidden | Node::PreviousCell => {}
                Node::Linear { gate, input, of } => {
                    let block = gate * n..(gate + 1) * n;
                    if has {
                        rule.linear(at, k, lanes);
                    }
                    if has && input {
                        projection[block.clone()].copy_from_slice(&lanes.multiplier[own.clone()]);
                    }
                    if has && of.is_some() {
                        recurrent[block].copy_from_slice(&lanes.extra[own]);
                    }
                    if let Some((product, of)) = self.first_of_product(at.weights, k) {
                        at.weights.add_transposed_of_few(
                            product,
                            &recurrent[at.weights.offset(product)..],
                            &mut lanes.multiplier[of * n..(of + 1) * n],
                        );
                    }
                }
                _ if has => rule.operation(at, k, lanes),
                _ => {}
            }
        }
    }

    /// Is a node h_t or c_t?
    pub fn is_state(&self, k: usize) -> bool {
        k == self.hidden || self.cell == Some(k)
    }

    /// If node k is the first of a recurrent product: the product and the node that it multiplies.
    pub fn first_of_product<R: Real>(&self, weights: &Recurrent<R>, k: usize) -> Option<(usize, usize)> {
        let product = |node: &Node| match *node {
            Node::Linear { gate, of: Some(of), .. } => Some((weights.product_of(gate), of)),
            _ => None,
        };
        let own = product(&self.nodes[k])?;
        let earlier = self.nodes[..k].iter().any(|node| product(node).is_some_and(|(product, _)| product == own.0));
        (!earlier).then_some(own)
    }
}

impl Node {
    /// The activation of every number; numbers of other nodes stay as they are.
    pub fn activate<R: Real>(self, values: &mut [R]) {
        match self {
            Node::Sigmoid(_) => sigmoid_in_place(values),
            Node::Tanh(_) => tanh_in_place(values),
            Node::Relu(_) => relu_in_place(values),
            _ => {}
        }
    }

    /// The slope of the activation where its value is y.
    pub fn slope<R: Real>(self, y: R) -> R {
        match self {
            Node::Sigmoid(_) => y * (R::ONE - y),
            Node::Tanh(_) => R::ONE - y * y,
            Node::Relu(_) if y <= R::ZERO => R::ZERO,
            Node::OneMinus(_) => -R::ONE,
            _ => R::ONE,
        }
    }
}
