//! Back over all steps, directions and layers by a rule, from the read-out to the inputs.

use super::{BLOCK, Differences, Given, Values, before, first_layer};
use crate::attribution::{Attribution, Job, Part, Problem};
use crate::cell::{At, Lanes, Node, Rule, Scalar};
use crate::math::{Matrix, add_scaled, drop_negligible, some};
use ndarray::Array2;
use std::ops::Range;

/// A walk under way.
pub(super) struct Walk<R: 'static, M> {
    pub(super) problem: Problem<R>,
    pub(super) rule: M,
    /// The rule reads the baseline's values too.
    compares: bool,
    steps: usize,
    given: Given<R>,
    /// Layer (from the top), direction, steps done.
    at: (usize, usize, usize),
    total: usize,
    done: usize,
    values: [Values<R>; 2],
    differences: Differences<R>,
    lanes: Lanes<R>,
    /// Of h_{t−1} and c_{t−1}, as (multiplier, extra).
    hidden: (Vec<R>, Vec<R>),
    cell: (Vec<R>, Vec<R>),
    scratch: Vec<R>,
    /// By direction of the first layer: the multipliers of the inputs, [T, I].
    inputs: Vec<Vec<R>>,
    /// The same: what each input of a step gets beside, [T].
    shares: Vec<Vec<R>>,
    /// Σ of what the states before the first step got beside.
    pub(super) initial: f64,
    answer: fn(&Walk<R, M>) -> Attribution,
}

impl<R: Scalar, M: Rule<R>> Walk<R, M> {
    /// From what the states are given back to the inputs; `answer` makes scores of it.
    pub(super) fn new(
        problem: Problem<R>,
        rule: M,
        given: Given<R>,
        compares: bool,
        answer: fn(&Walk<R, M>) -> Attribution,
    ) -> Walk<R, M> {
        let (network, steps) = (&problem.pair.input.network, problem.steps());
        let top = first_layer(network, &problem.target) + 1;
        Walk {
            total: network.index(top, 0) * steps.div_ceil(BLOCK),
            done: 0,
            compares,
            given,
            at: (top, 0, 0),
            values: Default::default(),
            differences: Differences::default(),
            lanes: Lanes::default(),
            hidden: Default::default(),
            cell: Default::default(),
            scratch: Vec::new(),
            inputs: vec![vec![R::ZERO; steps * network.features()]; network.layers[0].directions.len()],
            shares: vec![vec![R::ZERO; steps]; network.layers[0].directions.len()],
            initial: 0.0,
            steps,
            rule,
            problem,
            answer,
        }
    }

    /// Up to `BLOCK` steps of one direction, in the order opposite to its own.
    fn block(&mut self, layer: usize, direction: usize, done: usize) -> usize {
        let pair = self.problem.pair.clone();
        let network = &pair.input.network;
        let (spec, d) = (&network.layers[layer], network.index(layer, direction));
        let (graph, weights) = (spec.cell.graph(), &spec.directions[direction]);
        let (n, gates, width) = (spec.hidden, spec.gates(), graph.nodes.len() * spec.hidden);
        let steps = if direction == 0 {
            (self.steps - done).saturating_sub(BLOCK)..self.steps - done
        } else {
            done..(done + BLOCK).min(self.steps)
        };
        if done == 0 {
            self.lanes = Lanes::new(width);
            self.hidden = (vec![R::ZERO; n], vec![R::ZERO; n]);
            self.cell = self.hidden.clone();
        }
        if !self.has_something(d, n, &steps) {
            return steps.len();
        }
        let passes = [&pair.input, &pair.baseline];
        let passes = &passes[..if self.compares { 2 } else { 1 }];
        let asked = self.rule.asked(graph, spec.cell.gates().len());
        for ((trace, values), asked) in passes.iter().zip(&mut self.values).zip(&asked) {
            values.compute(trace, (layer, direction), steps.clone(), asked);
        }
        if self.compares {
            self.differences.compute(&pair, (layer, direction), steps.clone(), &self.values);
        }
        let mut projections = vec![R::ZERO; steps.len() * gates];
        for index in 0..steps.len() {
            let b = if direction == 0 { steps.len() - 1 - index } else { index };
            let t = steps.start + b;
            let row = |values: &'_ [R], size: usize| if values.is_empty() { 0..0 } else { b * size..(b + 1) * size };
            let [input, baseline] = &self.values;
            let at = At {
                graph,
                weights: &weights.recurrent,
                bias: &weights.bias,
                inputs: weights.input.iter().map(|part| part.inputs()).sum(),
                values: [&input.nodes[row(&input.nodes, width)], &baseline.nodes[row(&baseline.nodes, width)]],
                differences: &self.differences.nodes[row(&self.differences.nodes, width)],
                projection_difference: &self.differences.projections[row(&self.differences.projections, gates)],
            };
            let from_above = (&self.given.multiplier[d][t * n..(t + 1) * n], &self.given.extra[d][t * n..(t + 1) * n]);
            add_scaled(&mut self.hidden.0, R::ONE, from_above.0);
            add_scaled(&mut self.hidden.1, R::ONE, from_above.1);
            let (hidden, cell) = (&mut self.hidden, &mut self.cell);
            let left = [&mut hidden.0, &mut hidden.1, &mut cell.0, &mut cell.1].map(|lane| drop_negligible(lane));
            // Of nothing comes nothing, in this step and in the states before it.
            if left == [false; 4] {
                continue;
            }
            self.lanes.clear();
            let state = graph.hidden * n..(graph.hidden + 1) * n;
            self.lanes.multiplier[state.clone()].copy_from_slice(&self.hidden.0);
            self.lanes.extra[state].copy_from_slice(&self.hidden.1);
            if let Some(cell) = graph.cell {
                self.lanes.multiplier[cell * n..(cell + 1) * n].copy_from_slice(&self.cell.0);
                self.lanes.extra[cell * n..(cell + 1) * n].copy_from_slice(&self.cell.1);
            }
            graph.reverse(
                &at,
                &mut self.rule,
                &mut self.lanes,
                &mut projections[b * gates..(b + 1) * gates],
                &mut self.scratch,
            );
            for (k, node) in graph.nodes.iter().enumerate() {
                let state = match node {
                    Node::PreviousHidden => &mut self.hidden,
                    Node::PreviousCell => &mut self.cell,
                    _ => continue,
                };
                state.0.copy_from_slice(&self.lanes.multiplier[k * n..(k + 1) * n]);
                state.1.copy_from_slice(&self.lanes.extra[k * n..(k + 1) * n]);
            }
            if before(direction, t, pair.input.steps()).is_none() {
                self.initial += self.hidden.1.iter().chain(&self.cell.1).map(|share| share.to_f64()).sum::<f64>();
            }
            self.hand_down(layer, direction, t, self.lanes.input);
        }
        for (part, matrix) in weights.input.iter().map(Matrix::transposed).enumerate() {
            let below = match layer.checked_sub(1) {
                Some(below) => &mut self.given.multiplier[network.index(below, part)],
                None => &mut self.inputs[direction],
            };
            let size = matrix.outputs();
            matrix.add_product_of_few(&projections, gates, &mut below[steps.start * size..], size, steps.len());
        }
        steps.len()
    }

    /// Is there anything to hand back from these steps of a direction?
    fn has_something(&self, d: usize, n: usize, steps: &Range<usize>) -> bool {
        let given = |lane: &[Vec<R>]| some(&lane[d][steps.start * n..steps.end * n]);
        let later = [&self.hidden.0, &self.hidden.1, &self.cell.0, &self.cell.1];
        later.into_iter().any(|lane| some(lane)) || given(&self.given.multiplier) || given(&self.given.extra)
    }

    /// What every number below gets alike.
    fn hand_down(&mut self, layer: usize, direction: usize, t: usize, share: R) {
        let network = &self.problem.pair.input.network;
        let Some(below) = layer.checked_sub(1) else {
            self.shares[direction][t] += share;
            return;
        };
        let spec = &network.layers[below];
        for d in network.index(below, 0)..network.index(layer, 0) {
            self.given.extra[d][t * spec.hidden..(t + 1) * spec.hidden].iter_mut().for_each(|extra| *extra += share);
        }
    }

    /// [T, I]: by how much the inputs `change`, times their multipliers, and their shares; summed, and apart by the
    /// direction that read.
    pub(super) fn scores(&self, change: &Array2<f64>) -> (Array2<f64>, Vec<Part>) {
        let directions = self.inputs.iter().zip(&self.shares).zip(["forward", "backward"]);
        let part = |((inputs, shares), label): ((&Vec<R>, &Vec<R>), &str)| {
            // Steps that cannot matter to the target have no multipliers, and get nothing.
            let mut scores = Array2::zeros(change.dim());
            let rows = change.rows().into_iter().zip(inputs.chunks_exact(change.ncols().max(1))).zip(shares);
            for (mut scores, ((change, multipliers), share)) in scores.rows_mut().into_iter().zip(rows) {
                let share = share.to_f64();
                let each = scores.iter_mut().zip(change).zip(multipliers);
                each.for_each(|((score, change), m)| *score = change * m.to_f64() + share);
            }
            Part { label: label.into(), scores }
        };
        let mut parts: Vec<Part> = directions.map(part).collect();
        match &parts[..] {
            [_] => (parts.remove(0).scores, Vec::new()),
            _ => (parts.iter().fold(Array2::zeros(change.dim()), |sum, part| sum + &part.scores), parts),
        }
    }

    /// Is nothing left?
    pub(super) fn finished(&self) -> bool {
        self.done == self.total
    }
}

impl<R: Scalar, M: Rule<R>> Job for Walk<R, M> {
    fn total(&self) -> usize {
        self.total
    }

    fn done(&self) -> usize {
        self.done
    }

    fn advance(&mut self) -> bool {
        let (above, direction, done) = self.at;
        let Some(layer) = above.checked_sub(1) else { return false };
        let done = done + self.block(layer, direction, done);
        self.done += 1;
        let directions = self.problem.pair.input.network.layers[layer].directions.len();
        self.at = match (done == self.steps, direction + 1 == directions) {
            (false, _) => (above, direction, done),
            (true, false) => (above, direction + 1, 0),
            (true, true) => (layer, 0, 0),
        };
        self.at.0 > 0
    }

    fn answer(&self) -> Attribution {
        (self.answer)(self)
    }
}
