//! DeepLIFT: what every operation made of its difference from the baseline, handed back as multipliers Δy / Δx.
//!
//! The lanes hold a multiplier, and in `extra` what the second part of a sum gets more than the first.

use super::walk::Walk;
use super::{Given, first_layer, refuses};
use crate::Result;
use crate::attribution::{Against, Attribution, Cost, Job, Method, Param, ParamKind, Problem, Settings};
use crate::cell::{At, Lanes, Node, Rule, Scalar};
use crate::math::gauss_legendre;
use crate::network::{Readout, Target, largest};
use ndarray::Array2;

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
    let logits = if hidden { Vec::new() } else { mean_slope(&target, input.logits_at(target.step), problem.pair.baseline.logits_at(target.step)) };
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
    let features = x.ncols();
    let scores = Array2::from_shape_fn(x.dim(), |(t, k)| {
        let m = walk.inputs.get(t * features + k).map_or(0.0, |m| m.to_f64());
        (x[(t, k)].to_f64() - baseline[(t, k)].to_f64()) * m
    });
    let (score, baseline_score) = walk.rule.scores;
    let mut answer = Attribution::summing(scores, score, baseline_score, Cost { forward: 2, backward: 1 });
    answer.converged = walk.finished();
    answer.note = format!("{} rule", if walk.rule.cancel { "RevealCancel" } else { "Rescale" });
    answer
}

/// m with Σ m Δz = ΔF: the gradient of F by the logits, averaged on the straight way between them.
fn mean_slope<R: Scalar>(target: &Target, logits: &[R], baseline: &[R]) -> Vec<R> {
    let wide = |logits: &[R]| logits.iter().map(|z| z.to_f64()).collect::<Vec<f64>>();
    let (z, from) = (wide(logits), wide(baseline));
    if matches!(target.readout, Readout::Logit | Readout::Difference) {
        return target.score(logits).1;
    }
    let mut m = vec![0.0; z.len()];
    for (alpha, weight) in gauss_legendre(NODES) {
        let on_the_way: Vec<f64> = z.iter().zip(&from).map(|(z, from)| from + alpha * (z - from)).collect();
        m.iter_mut().zip(target.score(&on_the_way).1).for_each(|(m, slope)| *m += weight * slope);
    }
    // What the quadrature leaves is shared in proportion to Δz.
    let difference: Vec<f64> = z.iter().zip(&from).map(|(z, from)| z - from).collect();
    let length: f64 = difference.iter().map(|d| d * d).sum();
    let left = target.score(&z).0 - target.score(&from).0 - m.iter().zip(&difference).map(|(m, d)| m * d).sum::<f64>();
    if length > 0.0 {
        m.iter_mut().zip(&difference).for_each(|(m, d)| *m += left * d / length);
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
        let share = |contribution: R, difference: R| if difference == R::ZERO { R::ZERO } else { contribution / difference };
        give(t, share(half * (only_t - base + top - only_s), top - below));
        give(s, share(half * (only_s - base + top - only_t), other - base));
    }
    multipliers
}

impl Differences {
    /// Multipliers of both parts of the sum a through the activation k.
    fn slopes<R: Scalar>(&self, at: &At<'_, R>, k: usize, a: usize, j: usize) -> (R, R) {
        let (node, n, near) = (at.graph.nodes[k], at.weights.hidden(), R::from_f64(NEAR));
        let (x, from) = (at.value(0, a)[j], at.value(1, a)[j]);
        let (y, y_from) = (at.value(0, k)[j], at.value(1, k)[j]);
        let difference = x - from;
        let first = match at.graph.nodes[a] {
            Node::Linear { gate, input: true, of: Some(_) } => at.projections[0][gate * n + j] - at.projections[1][gate * n + j],
            Node::Add(first, _) => at.value(0, first)[j] - at.value(1, first)[j],
            _ => R::ZERO,
        };
        let second = difference - first;
        let opposed = (first > near && second < -near) || (first < -near && second > near);
        if self.cancel && opposed {
            let mut between = [from + first, from + second];
            node.activate(&mut between);
            let half = R::from_f64(0.5);
            return (half * (between[0] - y_from + y - between[1]) / first, half * (between[1] - y_from + y - between[0]) / second);
        }
        let kinked = matches!(node, Node::Relu(_)) && difference != R::ZERO;
        let slope = if kinked || difference.abs() >= near { (y - y_from) / difference } else { node.slope((y + y_from) * R::from_f64(0.5)) };
        (slope, slope)
    }
}

impl<R: Scalar> Rule<R> for Differences {
    fn linear(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let n = at.weights.hidden();
        for j in k * n..(k + 1) * n {
            lanes.extra[j] += lanes.multiplier[j];
        }
    }

    fn operation(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let (n, half) = (at.weights.hidden(), R::from_f64(0.5));
        for j in 0..n {
            let m = lanes.multiplier[k * n + j];
            match at.graph.nodes[k] {
                Node::Add(a, b) => {
                    lanes.multiplier[a * n + j] += m;
                    lanes.multiplier[b * n + j] += m + lanes.extra[k * n + j];
                }
                // C_a = Δa (b + b′) / 2, C_b = Δb (a + a′) / 2
                Node::Product { gate, signal, .. } => {
                    lanes.multiplier[gate * n + j] += m * half * (at.value(0, signal)[j] + at.value(1, signal)[j]);
                    lanes.multiplier[signal * n + j] += m * half * (at.value(0, gate)[j] + at.value(1, gate)[j]);
                }
                Node::OneMinus(a) => lanes.multiplier[a * n + j] += -m,
                Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) => {
                    let (first, second) = self.slopes(at, k, a, j);
                    lanes.multiplier[a * n + j] += m * first;
                    lanes.extra[a * n + j] += m * (second - first);
                }
                _ => {}
            }
        }
    }
}
