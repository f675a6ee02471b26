//! Layer-wise relevance propagation: the score is handed back, shares of a sum in proportion to its terms.
//!
//! The lanes hold a relevance (`extra`) and a multiplier (`multiplier`): a node of value v has R = extra + v multiplier.

use super::walk::Walk;
use super::{Given, first_layer, refuses};
use crate::Result;
use crate::attribution::{Against, Attribution, Cost, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::cell::{At, Graph, Lane, Lanes, Node, Rule, Scalar};
use crate::math::{add_scaled, dot};
use crate::network::Readout;
use std::ops::Range;

const PARAMS: &[Param] = &[
    Param {
        id: "product",
        label: "Gate ⊙ signal",
        help: "Who gets the relevance of a product: the signal all of it, both the same, or each in proportion to its magnitude.",
        kind: ParamKind::Choice(&[("all", "signal gets all"), ("half", "half each"), ("prop", "by magnitude")]),
    },
    Param {
        id: "epsilon",
        label: "Stabiliser ε",
        help: "Added to every sum that is divided by, with the sum's own sign; what it takes is named in the remainder. 0 is LRP-0: nothing is added, and a sum that is exactly zero hands nothing on.",
        kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: true, default: 0.001 },
    },
    Param {
        id: "bias",
        label: "Biases and ε",
        help: "Left out, they are named in the remainder; shared out, every input of a sum gets the same part of them and the scores alone add up. To test with, not to read.",
        kind: ParamKind::Choice(&[("out", "left out (δ = 0)"), ("shared", "shared out (δ = 1)")]),
    },
];

/// The method.
pub const LRP: Method = Method {
    id: "lrp",
    label: "LRP",
    family: "Propagation",
    question: "If every unit hands the score back to what it was made of, in proportion, how much arrives at each input?",
    formula: "R_i = Σ_j (w_ij x_i + δ (b_j + ε s_j) / N) / (z_j + ε s_j) R_j; of gate ⊙ signal the signal gets all (Bach et al. 2015; Arras et al. 2017, 2019)",
    caveat: "A sum whose terms nearly cancel hands back large shares of opposite signs. Gates get nothing, though they decide; biases and ε keep what the remainder names.",
    cost: "one forward and one backward pass",
    signed: true,
    completes: true,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: PARAMS,
    refuses: |subject| refuses(subject, true),
    start: (start, start),
};

/// Who gets the relevance of a product.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    All,
    Half,
    Magnitude,
}

struct Relevance<R> {
    share: Share,
    epsilon: R,
    /// ε s of the units at hand.
    stabilisers: Vec<R>,
    /// δ = 1.
    shared: bool,
    score: f64,
    /// What biases and stabilisers kept.
    bias: f64,
    stabiliser: f64,
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let (target, trace) = (problem.target, problem.pair.input.clone());
    let share = [Share::All, Share::Half, Share::Magnitude][settings.choice("product")];
    let mut rule = Relevance {
        share,
        epsilon: R::from_f64(settings.number("epsilon")),
        stabilisers: Vec::new(),
        shared: settings.choice("bias") == 1,
        score: trace.score(&target)?,
        bias: 0.0,
        stabiliser: 0.0,
    };
    let logits = if target.readout == Readout::Hidden {
        Vec::new()
    } else {
        rule.logits(
            &target.score(trace.logits_at(target.step)).1,
            trace.logits_at(target.step),
            trace.network.head.bias(),
        )
    };
    let mut given = Given::new(&trace, &target, problem.steps(), &logits);
    if rule.shared && target.readout != Readout::Hidden {
        let layer = &trace.network.layers[first_layer(&trace.network, &target)];
        let top = trace.network.depth() - layer.directions.len();
        let share = R::from_f64(rule.stabiliser / (layer.hidden * layer.directions.len()) as f64);
        for direction in 0..layer.directions.len() {
            let extra = &mut given.extra[top + direction];
            trace.network.head.unpool(
                &trace.records(),
                top,
                target.step,
                0,
                direction,
                &vec![share; layer.hidden],
                |t, k, share| extra[t * layer.hidden + k] += share,
            );
        }
        rule.stabiliser = 0.0;
    }
    Ok(Box::new(Walk::new(problem, rule, given, false, answer)))
}

fn answer<R: Scalar>(walk: &Walk<R, Relevance<R>>) -> Attribution {
    let (x, rule) = (&walk.problem.pair.input.x, &walk.rule);
    let (scores, parts) = walk.scores(&x.mapv(|x| x.to_f64()));
    let mut answer = Attribution::summing(scores, rule.score, 0.0, Cost { forward: 1, backward: 1 });
    answer = answer.with_remainder(vec![("bias", rule.bias), ("ε", rule.stabiliser), ("initial state", walk.initial)]);
    answer.parts = parts;
    answer.converged = walk.finished();
    answer.note = format!("biases kept {:.3}, the stabiliser {:.3} of {:.3}", rule.bias, rule.stabiliser, rule.score);
    answer
}

impl<R: Scalar> Relevance<R> {
    /// R ← R / (v + ε s) unit by unit, s the sign of v, + at zero. Gives what the stabiliser keeps, Σ ε s R / (v + ε s).
    ///
    /// With ε = 0 a sum may be zero, or too small to divide by: it hands nothing on, and all that it had is kept, as any
    /// ε > 0 keeps what a zero had.
    fn divide(&mut self, relevance: &mut [R], v: &[R]) -> R {
        if self.epsilon == R::ZERO {
            let mut kept = R::ZERO;
            for (r, v) in relevance.iter_mut().zip(v) {
                let quotient = *r / *v;
                if !quotient.is_finite() && r.is_finite() {
                    kept += *r;
                }
                *r = if quotient.is_finite() { quotient } else { R::ZERO };
            }
            return kept;
        }
        self.stabilisers.clear();
        self.stabilisers.extend(v.iter().map(|v| if *v >= R::ZERO { self.epsilon } else { -self.epsilon }));
        relevance
            .iter_mut()
            .zip(v)
            .zip(&self.stabilisers)
            .for_each(|((r, v), stabiliser)| *r = *r / (*v + *stabiliser));
        dot(&self.stabilisers, relevance)
    }

    /// Multipliers of the outputs' sums W s, each of which hands back what it counts in the score.
    fn logits(&mut self, counts: &[R], logits: &[R], bias: &[R]) -> Vec<R> {
        let sums: Vec<R> = logits.iter().zip(bias).map(|(logit, bias)| *logit - *bias).collect();
        let mut multipliers: Vec<R> = counts.iter().zip(&sums).map(|(count, z)| *count * *z).collect();
        self.bias = counts.iter().zip(bias).map(|(count, bias)| (*count * *bias).to_f64()).sum();
        self.stabiliser = self.divide(&mut multipliers, &sums).to_f64();
        multipliers
    }
}

impl<R: Scalar> Rule<R> for Relevance<R> {
    fn asked(&self, graph: &Graph, gates: usize) -> [Range<usize>; 2] {
        // Products that hand nothing to their gates leave alone what gates are made of.
        [if self.share == Share::All { graph.signal_gates() } else { 0..gates }, 0..0]
    }

    /// R_i = Σ_j w_ij x_i m_j + Σ_j (b_j m_j + kept_j) δ / N with m_j = R_j / (z_j + ε s_j).
    fn linear(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let n = at.weights.hidden();
        let Node::Linear { gate, input, of } = at.graph.nodes[k] else { return };
        let Lane { multiplier, extra, extras, .. } = lanes.split(k, n);
        let kept = self.divide(extra, at.value(0, k));
        add_scaled(multiplier, R::ONE, extra);
        extra.copy_from_slice(multiplier);
        let part =
            |used: bool, bias: &[R]| if used { dot(multiplier, &bias[gate * n..(gate + 1) * n]) } else { R::ZERO };
        let bias = part(input, at.bias) + part(of.is_some(), at.weights.bias());
        if !self.shared {
            self.bias += bias.to_f64();
            self.stabiliser += kept.to_f64();
            return;
        }
        let units = if input { at.inputs } else { 0 } + if of.is_some() { n } else { 0 };
        let share = (bias + kept) / R::from_f64(units as f64);
        if let Some(of) = of {
            extras[of * n..(of + 1) * n].iter_mut().for_each(|extra| *extra += share);
        }
        if input {
            lanes.input += share;
        }
    }

    fn operation(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let n = at.weights.hidden();
        let v = at.value(0, k);
        let Lane { multiplier, extra, multipliers, extras } = lanes.split(k, n);
        match at.graph.nodes[k] {
            // Within a layer a sum of sums is one sum; a state is a unit with a relevance of its own.
            Node::Add(a, b) => {
                if at.graph.is_state(k) {
                    extra.iter_mut().zip(v).zip(&*multiplier).for_each(|((r, v), m)| *r += *v * *m);
                    multiplier.fill(R::ZERO);
                }
                let kept = self.divide(extra, v);
                add_scaled(multiplier, R::ONE, extra);
                for node in [a, b] {
                    add_scaled(&mut multipliers[node * n..(node + 1) * n], R::ONE, multiplier);
                }
                if !self.shared {
                    self.stabiliser += kept.to_f64();
                    return;
                }
                let share = kept / R::from_f64(2.0 * n as f64);
                [a, b]
                    .iter()
                    .for_each(|node| extras[node * n..(node + 1) * n].iter_mut().for_each(|extra| *extra += share));
            }
            Node::Product { gate, signal, .. } => {
                let (g, s) = (at.value(0, gate), at.value(0, signal));
                if self.share == Share::All {
                    for j in 0..n {
                        multipliers[signal * n + j] += g[j] * multiplier[j];
                        extras[signal * n + j] += extra[j];
                    }
                    return;
                }
                for j in 0..n {
                    let half = self.share == Share::Half;
                    let size = g[j].abs() + s[j].abs();
                    let to_gate = if half {
                        R::from_f64(0.5)
                    } else if size > R::ZERO {
                        g[j].abs() / size
                    } else {
                        R::ZERO
                    };
                    let to_signal = R::ONE - to_gate;
                    multipliers[signal * n + j] += to_signal * g[j] * multiplier[j];
                    extras[signal * n + j] += to_signal * extra[j];
                    multipliers[gate * n + j] += to_gate * s[j] * multiplier[j];
                    extras[gate * n + j] += to_gate * extra[j];
                }
            }
            // 1 − σ(a) = σ(−a): an activation like the others, and all pass their relevance on.
            Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) | Node::OneMinus(a) => {
                let below = &mut extras[a * n..(a + 1) * n];
                (0..n).for_each(|j| below[j] += extra[j] + v[j] * multiplier[j]);
            }
            _ => {}
        }
    }
}
