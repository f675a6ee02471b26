//! DeepLIFT: what every operation made of its difference from the baseline, handed back as multipliers Δy / Δx.
//!
//! The lanes hold a multiplier, and in `extra` what the second part of a sum gets more than the first.

use super::walk::Walk;
use super::{Given, first_layer, refuses};
use crate::Result;
use crate::attribution::{Against, Attribution, Cost, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::cell::{At, Graph, Lane, Lanes, Node, Rule, Scalar};
use crate::math::{add_scaled, gauss_legendre};
use crate::network::{Readout, Target, largest};
use std::ops::Range;

const PARAMS: &[Param] = &[Param {
    id: "nonlinearity",
    label: "Activations",
    help: "Rescale: both parts of a sum (what x brings and what h brings) get the same slope. RevealCancel: where they pull in opposite ways, each gets its own, averaged over the two orders.",
    kind: ParamKind::Choice(&[("rescale", "Rescale"), ("reveal-cancel", "RevealCancel on two parts")]),
}];

/// Differences below this are too small to divide by: the slope in the middle is taken.
const NEAR: f64 = 1e-5;

/// Nodes of the mean slope of a read-out that is not linear.
const NODES: usize = 64;

/// The method.
pub const DEEPLIFT: Method = Method {
    id: "deeplift",
    label: "DeepLIFT",
    family: "Propagation",
    question: "How much of the difference from the baseline's score does each input's difference make, unit by unit?",
    formula: "φ = (x − x′) ⊙ m; m = Δy / Δx through an activation, of a ⊙ b: m_a = (b + b′) / 2, m_b = (a + a′) / 2 (Shrikumar et al. 2017; products: the Shapley value of two)",
    caveat: "The published rules have none for products of gates: theirs is the average over both orders. RevealCancel splits a sum into two parts, not into its positive and negative terms, since those of a product have no order.",
    cost: "two forward passes and one backward pass",
    signed: true,
    completes: true,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: PARAMS,
    refuses: |subject| refuses(subject, false),
    start: (start, start),
};

struct Differences {
    cancel: bool,
    scores: (f64, f64),
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let rule = Differences { cancel: settings.choice("nonlinearity") == 1, scores: problem.scores()? };
    let (target, input) = (problem.target, problem.pair.input.clone());
    let hidden = target.readout == Readout::Hidden;
    let logits = if hidden {
        Vec::new()
    } else {
        mean_slope(&target, input.logits_at(target.step), problem.pair.baseline.logits_at(target.step))
    };
    let mut given = Given::new(&input, &target, problem.steps(), &logits);
    if !hidden && input.network.head.reads_largest() {
        let layer = first_layer(&input.network, &target);
        for direction in 0..input.network.layers[layer].directions.len() {
            let d = input.network.index(layer, direction);
            given.multiplier[d] = through_largest(&problem, d, &input.network.head.by_state(direction, &logits));
        }
    }
    Ok(Box::new(Walk::new(problem, rule, given, true, answer)))
}

fn answer<R: Scalar>(walk: &Walk<R, Differences>) -> Attribution {
    let (x, baseline) = (&walk.problem.pair.input.x, &walk.problem.pair.baseline.x);
    let mut change = x.mapv(|x| x.to_f64());
    change.zip_mut_with(baseline, |change, from| *change -= from.to_f64());
    let (scores, parts) = walk.scores(&change);
    let (score, baseline_score) = walk.rule.scores;
    let mut answer = Attribution::summing(scores, score, baseline_score, Cost { forward: 2, backward: 1 });
    answer.parts = parts;
    answer.converged = walk.finished();
    answer.note = format!("{} rule", if walk.rule.cancel { "RevealCancel" } else { "Rescale" });
    answer
}

/// m with Σ m Δz = ΔF. Of what is linear its slope; of one logit ΔF / Δz; of several the gradient of F by them, averaged
/// on the straight way between them, and what the quadrature misses there is left to the gap.
fn mean_slope<R: Scalar>(target: &Target, logits: &[R], baseline: &[R]) -> Vec<R> {
    let wide = |logits: &[R]| logits.iter().map(|z| z.to_f64()).collect::<Vec<f64>>();
    let (z, from) = (wide(logits), wide(baseline));
    if matches!(target.readout, Readout::Logit | Readout::Difference) {
        return target.score(logits).1;
    }
    if let ([z], [from]) = (&z[..], &from[..])
        && (z - from).abs() >= NEAR
    {
        let change = target.score(&[*z]).0 - target.score(&[*from]).0;
        return vec![R::from_f64(change / (z - from))];
    }
    let mut m = vec![0.0; z.len()];
    for (alpha, weight) in gauss_legendre(NODES) {
        let on_the_way: Vec<f64> = z.iter().zip(&from).map(|(z, from)| from + alpha * (z - from)).collect();
        m.iter_mut().zip(target.score(&on_the_way).1).for_each(|(m, slope)| *m += weight * slope);
    }
    m.into_iter().map(R::from_f64).collect()
}

/// Multipliers [T, H] of the states of which the largest is read, given those of the largest [H].
///
/// Two states count: input's and baseline's largest, t and s. Δ max = C_t + C_s, each averaged over the two orders.
fn through_largest<R: Scalar>(problem: &Problem<R>, d: usize, largest_of: &[R]) -> Vec<R> {
    let (records, others) = (problem.pair.input.records(), problem.pair.baseline.records());
    let (n, half) = (largest_of.len(), R::from_f64(0.5));
    let mut multipliers = vec![R::ZERO; problem.steps() * n];
    for (k, ((t, top), (s, base))) in largest(&records, d, 0).into_iter().zip(largest(&others, d, 0)).enumerate() {
        let mut give = |t: usize, m: R| multipliers[t * n + k] += m * largest_of[k];
        if t == s {
            give(t, R::ONE);
            continue;
        }
        let of = |t: usize| (records.hidden_state(d, t, 0)[k], others.hidden_state(d, t, 0)[k]);
        let ((_, below), (other, _)) = (of(t), of(s));
        let (only_t, only_s) = (top.at_least(base), below.at_least(other));
        let share =
            |contribution: R, difference: R| if difference == R::ZERO { R::ZERO } else { contribution / difference };
        give(t, share(half * (only_t - base + top - only_s), top - below));
        give(s, share(half * (only_s - base + top - only_t), other - base));
    }
    multipliers
}

/// Multiplier of an activation from a difference to another: Δy / Δx, or the slope in the middle.
#[inline(always)]
fn rescale<R: Scalar>(node: Node, difference: R, y: (R, R)) -> R {
    // A kink has no slope in the middle of it.
    let near = if matches!(node, Node::Relu(_)) { R::ZERO } else { R::from_f64(NEAR) };
    // Both are computed, so that the compiler makes vectors of it.
    let (quotient, slope) = ((y.0 - y.1) / difference, node.slope((y.0 + y.1) * R::from_f64(0.5)));
    if difference != R::ZERO && difference.abs() >= near { quotient } else { slope }
}

/// Multipliers of both parts of a sum that pull in opposite ways: each part's Δy averaged over the two orders, by its
/// own difference.
fn reveal_cancel<R: Scalar>(node: Node, from: R, parts: (R, R), y: (R, R)) -> (R, R) {
    let mut between = [from + parts.0, from + parts.1];
    node.activate(&mut between);
    let half = R::from_f64(0.5);
    (half * (between[0] - y.1 + y.0 - between[1]) / parts.0, half * (between[1] - y.1 + y.0 - between[0]) / parts.1)
}

/// The difference that the first part of the sum a makes, [H]; none if a is no sum.
fn first_part<'a, R: Scalar>(at: &At<'a, R>, a: usize) -> Option<&'a [R]> {
    let n = at.weights.hidden();
    match at.graph.nodes[a] {
        Node::Linear { gate, input: true, of: Some(_) } => Some(&at.projection_difference[gate * n..(gate + 1) * n]),
        Node::Add(first, _) => Some(at.difference(first)),
        _ => None,
    }
}

impl<R: Scalar> Rule<R> for Differences {
    fn asked(&self, _: &Graph, gates: usize) -> [Range<usize>; 2] {
        // Differences of sums are enough, but where parts of one cancel its baseline's value is the start.
        [0..0, if self.cancel { 0..gates } else { 0..0 }]
    }

    fn linear(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let lane = lanes.split(k, at.weights.hidden());
        add_scaled(lane.extra, R::ONE, lane.multiplier);
    }

    fn operation(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let (n, half) = (at.weights.hidden(), R::from_f64(0.5));
        let Lane { multiplier, extra, multipliers, extras } = lanes.split(k, n);
        let node = at.graph.nodes[k];
        match node {
            Node::Add(a, b) => {
                add_scaled(&mut multipliers[a * n..(a + 1) * n], R::ONE, multiplier);
                add_scaled(&mut multipliers[b * n..(b + 1) * n], R::ONE, multiplier);
                add_scaled(&mut multipliers[b * n..(b + 1) * n], R::ONE, extra);
            }
            // C_a = Δa (b + b′) / 2, C_b = Δb (a + a′) / 2
            Node::Product { gate, signal, .. } => {
                for (operand, other) in [(gate, signal), (signal, gate)] {
                    let (below, y, from) =
                        (&mut multipliers[operand * n..(operand + 1) * n], at.value(0, other), at.value(1, other));
                    (0..n).for_each(|j| below[j] += multiplier[j] * half * (y[j] + from[j]));
                }
            }
            Node::OneMinus(a) => add_scaled(&mut multipliers[a * n..(a + 1) * n], -R::ONE, multiplier),
            Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) => {
                let (below, beside) = (&mut multipliers[a * n..(a + 1) * n], &mut extras[a * n..(a + 1) * n]);
                let (x, y, y_from) = (at.difference(a), at.value(0, k), at.value(1, k));
                let units = x.iter().zip(y.iter().zip(y_from));
                for ((below, m), (x, (y, from))) in below.iter_mut().zip(&*multiplier).zip(units) {
                    *below += *m * rescale(node, *x, (*y, *from));
                }
                let Some(first) = first_part(at, a).filter(|_| self.cancel) else { return };
                let (near, x_from) = (R::from_f64(NEAR), at.value(1, a));
                for j in 0..n {
                    let parts = (first[j], x[j] - first[j]);
                    if (parts.0 > near && parts.1 < -near) || (parts.0 < -near && parts.1 > near) {
                        let y = (y[j], y_from[j]);
                        let same = rescale(node, x[j], y);
                        let (first, second) = reveal_cancel(node, x_from[j], parts, y);
                        below[j] += multiplier[j] * (first - same);
                        beside[j] += multiplier[j] * (second - first);
                    }
                }
            }
            _ => {}
        }
    }
}
