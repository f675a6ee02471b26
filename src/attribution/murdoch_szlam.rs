//! The decomposition of an LSTM's memory into what its words wrote (Murdoch & Szlam 2017), REAT's ancestor.

use super::additive_job::AdditiveJob;
use super::hierarchy;
use super::memory::{Memory, quantity};
use super::reading::Reading;
use super::reat::{add, not_linear};
use super::{Against, Job, Kind, Method, Problem, Settings, Subject};
use crate::Result;
use crate::cell::Scalar;
use crate::math::tanh;
use crate::network::{Layer, Trace};

/// γ: with forgetting.
pub const GAMMA: Method = Method {
    id: "murdoch-szlam",
    label: "Murdoch & Szlam γ",
    family: "Decomposition",
    question: "If the words' writes that survive are added to the memory one after the other, how far does each move the score?",
    formula: "e_t = ∏_{k>t} f_k ⊙ i_t ⊙ g_t; γ_t = W_c [o_T ⊙ (tanh Σ_{k≤t} e_k − tanh Σ_{k<t} e_k)], Σ γ = logit − bias (Murdoch & Szlam 2017, without their exponential)",
    caveat: "What a word is worth depends on the words before it, since tanh saturates. It explains the time steps of the layer that is read, not the words below a stack.",
    cost: "no pass beyond the one that is traced; for a mean of states one sum of tanh a step read",
    signed: true,
    completes: true,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: hierarchy::PARAMS,
    refuses: no_cell_state,
    start: (gamma, gamma),
};

/// β: without forgetting.
pub const BETA: Method = Method {
    id: "murdoch-szlam-beta",
    label: "Murdoch & Szlam β",
    question: "By how much did the memory, as the last output gate reads it, change at this step?",
    formula: "β_t = W_c [o_T ⊙ (tanh c_t − tanh c_{t−1})], Σ β = logit − bias (Murdoch & Szlam 2017, without their exponential)",
    caveat: "It ignores that later steps forget: what a step brought and a later step erased is given to the first and taken from the second.",
    start: (beta, beta),
    ..GAMMA
};

fn no_cell_state(subject: &Subject) -> Option<String> {
    if subject.read_cell() != "lstm" {
        Some("It takes an LSTM's cell state apart; use REAT, which is defined for GRUs too.".to_string())
    } else {
        not_linear(subject)
    }
}

fn gamma<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    AdditiveJob::start(problem, settings, add_state, |reading| reading.weights.len())
}

fn beta<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    AdditiveJob::start(problem, settings, |trace, reading, _, scores| add(trace, reading, unforgetting, scores), |_| 1)
}

/// tanh c as if all of it were kept.
fn unforgetting<R: Scalar>(layer: &Layer<R>) -> Option<Memory> {
    Memory::of(layer).map(|memory| Memory { keep: None, ..memory })
}

/// Adds the γ of the n-th state that is read.
fn add_state<R: Scalar>(trace: &Trace<R>, reading: &Reading, n: usize, scores: &mut [f64]) {
    let Some((read, v)) = reading.weights.iter().nth(n) else { return };
    let layer = &trace.network.layers[trace.network.place(reading.d).0];
    let places = ["forget_gate", "cell_state", "output_gate"].map(|id| quantity(layer, id));
    let [Some(forget), Some(cell), Some(output)] = places else { return };
    let records = trace.records();
    let value =
        |t: usize, quantity: usize, k: usize| records.row(reading.d, t, 0)[quantity * layer.hidden + k].to_f64();
    // Σ_{k≤t} e_k = ∏_{k>t} f_k ⊙ c_t, since the memory starts empty.
    let mut survives = vec![1.0; layer.hidden];
    let mut above: Vec<f64> = (0..layer.hidden).map(|k| tanh(value(*read, cell, k))).collect();
    for t in reading.backwards(trace.steps()).skip_while(|t| t != read) {
        let before = reading.before(t, trace.steps());
        // A head that takes the largest state reads most units elsewhere.
        for k in (0..layer.hidden).filter(|k| v[*k] != 0.0) {
            survives[k] *= value(t, forget, k);
            let below = before.map_or(0.0, |before| tanh(survives[k] * value(before, cell, k)));
            scores[t] += v[k] * value(*read, output, k) * (above[k] - below);
            above[k] = below;
        }
    }
}
