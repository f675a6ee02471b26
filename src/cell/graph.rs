//! A cell written down once as elementary operations: whoever has a rule for every operation has one for every cell.

use super::{Recurrent, zeros};
use crate::math::{Real, relu_in_place, sigmoid_in_place, some, tanh_in_place};
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
