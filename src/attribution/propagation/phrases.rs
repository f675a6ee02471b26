//! Contextual decomposition of many phrases at once: every value is β (the phrase's) + γ (the rest's) + a bias.
//!
//! The whole value is known from the trace, so only β needs products with weights; γ is what is left. The bias of a
//! node depends on nothing but the weights: computed once. A phrase that starts at t has β = 0 before t.

use super::{BLOCK, Given, Values, first_layer};
use crate::attribution::Problem;
use crate::cell::{Graph, Node, Scalar};
use crate::math::{add_scaled, dot, drop_negligible, some};
use crate::network::Direction;
use std::ops::Range;

/// Scores of phrases, computed batch by batch.
pub(super) struct Phrases<R: 'static> {
    problem: Problem<R>,
    /// The authors' code leaves the product of two biases at a phrase's last step to the rest.
    authors: bool,
    steps: usize,
    /// Layers 0..top are computed.
    top: usize,
    given: Given<R>,
    /// For each d: values of all operations [T, N·H].
    values: Vec<Vec<R>>,
    constants: Vec<Constants<R>>,
    /// For each d, the blocks of steps whose values are computed: where no phrase has anything, none are needed.
    valued: Vec<Vec<bool>>,
    scratch: Values<R>,
    batch: Option<Batch<R>>,
}

/// What depends on the weights alone.
struct Constants<R> {
    /// The bias part of every node, [N·H]; 0 of states.
    bias: Vec<R>,
    /// What the biases write to a state, [N·H]: it belongs to the phrase at the phrase's steps.
    written: Vec<R>,
}

struct Batch<R> {
    phrases: Vec<Range<usize>>,
    scores: Vec<f64>,
    /// Steps that are computed, by direction.
    computed: [Range<usize>; 2],
    /// Layer, direction, steps done.
    at: (usize, usize, usize),
    /// For each d: β of the hidden states, [T, B, H].
    hidden: Vec<Vec<R>>,
    /// β of c_{t−1}, [B, H].
    cell: Vec<R>,
    nodes: Vec<R>,
    input: Vec<R>,
    recurrent: Vec<R>,
    near: Vec<R>,
    far: Vec<R>,
}

impl<R: Scalar> Phrases<R> {
    /// Of a problem with a score that is linear in the states.
    pub(super) fn new(problem: Problem<R>, authors: bool) -> Phrases<R> {
        let (trace, target) = (problem.pair.input.clone(), problem.target);
        let network = &trace.network;
        let counts = target.score(trace.logits_at(target.step)).1;
        let top = first_layer(network, &target) + 1;
        let numbers = |layer: usize| network.layers[layer].cell.graph().nodes.len() * network.layers[layer].hidden;
        let places: Vec<(usize, usize)> = (0..top)
            .flat_map(|layer| (0..network.layers[layer].directions.len()).map(move |direction| (layer, direction)))
            .collect();
        let directions =
            network.layers[..top].iter().flat_map(|layer| layer.directions.iter().map(move |weights| (layer, weights)));
        let constants = directions.map(|(layer, weights)| constants(layer.cell.graph(), weights)).collect();
        Phrases {
            steps: problem.steps(),
            given: Given::new(&trace, &target, problem.steps(), &counts),
            values: places.iter().map(|(layer, _)| vec![R::ZERO; problem.steps() * numbers(*layer)]).collect(),
            valued: vec![vec![false; problem.steps().div_ceil(BLOCK)]; places.len()],
            constants,
            scratch: Values::default(),
            batch: None,
            top,
            authors,
            problem,
        }
    }

    /// Steps that can count.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// Begins a batch of phrases, which may end after the last step that counts; no more than `Problem::batch_rows`.
    pub(super) fn begin(&mut self, phrases: Vec<Range<usize>>) {
        let network = &self.problem.pair.input.network;
        let mut computed = [
            phrases.iter().map(|phrase| phrase.start).min().unwrap_or(0)..self.steps,
            0..phrases.iter().map(|phrase| phrase.end).max().unwrap_or(0).min(self.steps),
        ];
        if network.bidirectional() && self.top > 1 {
            computed = [0..self.steps, 0..self.steps];
        }
        let sizes = network.layers[..self.top].iter().flat_map(|layer| vec![layer.hidden; layer.directions.len()]);
        let hidden = sizes.map(|hidden| vec![R::ZERO; self.steps * phrases.len() * hidden]).collect();
        let empty = Vec::new;
        self.batch = Some(Batch {
            scores: vec![0.0; phrases.len()],
            phrases,
            computed,
            at: (0, 0, 0),
            hidden,
            cell: empty(),
            nodes: empty(),
            input: empty(),
            recurrent: empty(),
            near: empty(),
            far: empty(),
        });
    }

    /// Does one unit: one step of a direction for all phrases. The scores, when all is done.
    pub(super) fn advance(&mut self) -> Option<Vec<f64>> {
        let trace = self.problem.pair.input.clone();
        let mut batch = self.batch.take()?;
        let (layer, direction, done) = batch.at;
        let range = batch.computed[direction].clone();
        if done < range.len() {
            let t = if direction == 0 { range.start + done } else { range.end - 1 - done };
            self.step(&mut batch, layer, direction, t, done == 0);
        }
        batch.at = match (done + 1 >= range.len(), direction + 1 == trace.network.layers[layer].directions.len()) {
            (false, _) => (layer, direction, done + 1),
            (true, false) => (layer, direction + 1, 0),
            (true, true) => (layer + 1, 0, 0),
        };
        if batch.at.0 == self.top {
            return Some(batch.scores);
        }
        self.batch = Some(batch);
        None
    }

    /// Units of work of a batch that covers all steps.
    pub(super) fn units(&self) -> usize {
        self.steps * self.values.len()
    }

    /// Computes the values of the block of a step, unless they are known.
    fn value(&mut self, layer: usize, direction: usize, d: usize, t: usize) {
        let block = t / BLOCK;
        if !std::mem::replace(&mut self.valued[d][block], true) {
            let steps = block * BLOCK..((block + 1) * BLOCK).min(self.steps);
            let first = steps.start;
            let trace = &self.problem.pair.input;
            let all = 0..trace.network.layers[layer].cell.gates().len();
            self.scratch.compute(trace, (layer, direction), steps.clone(), &all);
            let numbers = self.scratch.nodes.len() / steps.len();
            self.values[d][first * numbers..][..self.scratch.nodes.len()].copy_from_slice(&self.scratch.nodes);
        }
    }

    fn step(&mut self, batch: &mut Batch<R>, layer: usize, direction: usize, t: usize, first: bool) {
        let trace = self.problem.pair.input.clone();
        let (network, rows) = (&trace.network, batch.phrases.len());
        let (spec, d) = (&network.layers[layer], network.index(layer, direction));
        let (graph, weights) = (spec.cell.graph(), &spec.directions[direction]);
        let (n, gates, width) = (spec.hidden, spec.gates(), graph.nodes.len() * spec.hidden);
        batch.input.clear();
        batch.input.resize(rows * gates, R::ZERO);
        for (part, matrix) in weights.input.iter().enumerate() {
            if let Some(below) = layer.checked_sub(1) {
                let size = matrix.inputs();
                matrix.add_product(
                    &batch.hidden[network.index(below, part)][t * rows * size..],
                    size,
                    &mut batch.input,
                    gates,
                    rows,
                );
            } else {
                for (row, _) in
                    batch.input.chunks_exact_mut(gates).zip(&batch.phrases).filter(|(_, phrase)| phrase.contains(&t))
                {
                    row.iter_mut()
                        .zip(trace.projection_at(direction, t))
                        .zip(&weights.bias)
                        .for_each(|((row, p), b)| *row = *p - *b);
                }
            }
        }
        if first {
            batch.cell = vec![R::ZERO; rows * n];
        }
        let earlier = if first { None } else { super::before(direction, t, self.steps) };
        // Before a phrase, and where nothing of it is left, there is nothing to carry on.
        let hidden = |t: usize| &batch.hidden[d][t * rows * n..(t + 1) * rows * n];
        let inside = batch.phrases.iter().any(|phrase| phrase.contains(&t));
        if !inside && !some(&batch.input) && !some(&batch.cell) && !earlier.is_some_and(|t| some(hidden(t))) {
            return;
        }
        self.value(layer, direction, d, t);
        let (values, constants) = (&self.values[d][t * width..(t + 1) * width], &self.constants[d]);
        batch.recurrent.clear();
        batch.recurrent.resize(rows * gates, R::ZERO);
        batch.nodes.resize(rows * width, R::ZERO);
        batch.near.resize(n, R::ZERO);
        batch.far.resize(n, R::ZERO);
        for (k, node) in graph.nodes.iter().enumerate() {
            if let Some((product, of)) = graph.first_of_product(&weights.recurrent, k) {
                weights.recurrent.add_product(
                    product,
                    &batch.nodes[of * n..],
                    width,
                    &mut batch.recurrent[weights.recurrent.offset(product)..],
                    gates,
                    rows,
                );
            }
            let (value, bias) = (
                |node: usize| &values[node * n..(node + 1) * n],
                |node: usize| &constants.bias[node * n..(node + 1) * n],
            );
            for b in 0..rows {
                let (before, rest) = batch.nodes[b * width..(b + 1) * width].split_at_mut(k * n);
                let (out, beta) = (&mut rest[..n], |node: usize| &before[node * n..(node + 1) * n]);
                match *node {
                    Node::PreviousHidden => match earlier {
                        Some(t) => out.copy_from_slice(&batch.hidden[d][(t * rows + b) * n..][..n]),
                        None => out.fill(R::ZERO),
                    },
                    Node::PreviousCell => out.copy_from_slice(&batch.cell[b * n..(b + 1) * n]),
                    Node::Linear { gate, input, of } => {
                        let block = b * gates + gate * n..b * gates + (gate + 1) * n;
                        let (x, h) = (&batch.input[block.clone()], &batch.recurrent[block]);
                        match (input, of) {
                            (true, Some(_)) => combine(out, x, h, |x, h| x + h),
                            _ => out.copy_from_slice(if input { x } else { h }),
                        }
                    }
                    Node::Add(p, q) => combine(out, beta(p), beta(q), |p, q| p + q),
                    Node::OneMinus(a) => out.iter_mut().zip(beta(a)).for_each(|(out, a)| *out = -*a),
                    Node::Product { gate, signal, whole: true } => {
                        combine(out, value(gate), beta(signal), |g, s| g * s)
                    }
                    // (β + b)(β′ + b′) without b b′: gates and signals of the rest leave the product to the rest.
                    Node::Product { gate, signal, .. } => {
                        combine(&mut batch.near, beta(signal), bias(signal), |s, bias| s + bias);
                        combine(&mut batch.far, bias(gate), beta(signal), |bias, s| bias * s);
                        combine(out, beta(gate), &batch.near, |g, s| g * s);
                        add_scaled(out, R::ONE, &batch.far);
                    }
                    // β = ½ [φ(β + b) − φ(b) + φ(β + γ + b) − φ(γ + b)]
                    Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) => {
                        combine(&mut batch.near, beta(a), bias(a), |beta, bias| beta + bias);
                        combine(&mut batch.far, value(a), beta(a), |value, beta| value - beta);
                        node.activate(&mut batch.near);
                        node.activate(&mut batch.far);
                        let half = R::from_f64(0.5);
                        let alone = if graph.is_state(k) { &constants.written[k * n..(k + 1) * n] } else { bias(k) };
                        combine(out, &batch.near, alone, |near, alone| near - alone);
                        add_scaled(out, R::ONE, value(k));
                        out.iter_mut().zip(&batch.far).for_each(|(out, far)| *out = half * (*out - *far));
                    }
                }
                let phrase = &batch.phrases[b];
                let inside = phrase.contains(&t) && !(self.authors && t + 1 == phrase.end);
                if graph.is_state(k) && inside {
                    out.iter_mut().zip(&constants.written[k * n..(k + 1) * n]).for_each(|(out, bias)| *out += *bias);
                }
            }
        }
        for b in 0..rows {
            let row = &batch.nodes[b * width..(b + 1) * width];
            let hidden = &row[graph.hidden * n..(graph.hidden + 1) * n];
            batch.hidden[d][(t * rows + b) * n..][..n].copy_from_slice(hidden);
            batch.scores[b] += dot(&self.given.multiplier[d][t * n..(t + 1) * n], hidden).to_f64();
            if let Some(cell) = graph.cell {
                batch.cell[b * n..(b + 1) * n].copy_from_slice(&row[cell * n..(cell + 1) * n]);
            }
        }
        drop_negligible(&mut batch.hidden[d][t * rows * n..(t + 1) * rows * n]);
        drop_negligible(&mut batch.cell);
    }
}

/// out_j = f(a_j, b_j).
#[inline(always)]
fn combine<R: Scalar>(out: &mut [R], a: &[R], b: &[R], f: impl Fn(R, R) -> R) {
    out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = f(*a, *b));
}

/// Biases pass through every operation until a state, which keeps none: there they are written.
///
/// What a recurrent product multiplies is a state, or has one for a factor: it brings no bias.
fn constants<R: Scalar>(graph: &Graph, weights: &Direction<R>) -> Constants<R> {
    let n = weights.recurrent.hidden();
    let mut bias = vec![R::ZERO; graph.nodes.len() * n];
    let mut written = bias.clone();
    for (k, node) in graph.nodes.iter().enumerate() {
        let (before, rest) = bias.split_at_mut(k * n);
        let (out, of) = (&mut rest[..n], |node: usize| &before[node * n..(node + 1) * n]);
        match *node {
            Node::PreviousHidden | Node::PreviousCell => {}
            Node::Linear { gate, input, of } => {
                let part = |used: bool, bias: &[R], j: usize| if used { bias[gate * n + j] } else { R::ZERO };
                (0..n).for_each(|j| {
                    out[j] = part(input, &weights.bias, j) + part(of.is_some(), weights.recurrent.bias(), j)
                });
            }
            Node::Add(a, b) => (0..n).for_each(|j| out[j] = of(a)[j] + of(b)[j]),
            Node::OneMinus(a) => (0..n).for_each(|j| out[j] = R::ONE - of(a)[j]),
            Node::Product { whole: true, .. } => {}
            Node::Product { gate, signal, .. } => (0..n).for_each(|j| out[j] = of(gate)[j] * of(signal)[j]),
            Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) => {
                out.copy_from_slice(of(a));
                node.activate(out);
            }
        }
        if graph.is_state(k) {
            written[k * n..(k + 1) * n].copy_from_slice(out);
            out.fill(R::ZERO);
        }
    }
    Constants { bias, written }
}
