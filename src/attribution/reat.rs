//! REAT: the evidence that a step adds to the memory, times all later keep gates (Du, Liu, Yang, Ji & Hu 2019).

use super::additive_job::AdditiveJob;
use super::hierarchy;
use super::memory::{Memory, gated};
use super::reading::Reading;
use super::{Against, Job, Kind, Method, Problem, Settings, Subject};
use crate::cell::Scalar;
use crate::network::{Layer, Target, Trace};
use crate::{Error, Result};

/// The method.
pub const REAT: Method = Method {
    id: "reat",
    label: "REAT",
    family: "Decomposition",
    question: "How much of what this step wrote into the memory is still there when the score is read?",
    formula: "S_t = W_c [∏_{k>t} α_k ⊙ (h_t − α_t ⊙ h_{t−1})], Σ S = logit − bias; GRU: α = z; LSTM: α = f ⊙ o_t / o_{t−1}, computed without the division as W_c [o_T ⊙ ∏_{k>t} f_k ⊙ (tanh c_t − f_t ⊙ tanh c_{t−1})] (Du et al. 2019)",
    caveat: "It explains the time steps of the layer that is read: what such a step writes already depends on the steps before it, through its gates and, in a stack, through the layers below. A phrase is exactly the sum of its words, so it shows no interaction between them.",
    cost: "no pass beyond the one that is traced",
    signed: true,
    completes: true,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: hierarchy::PARAMS,
    refuses: no_gate,
    start: (reat, reat),
};

/// What REAT improves on.
pub const NAIVE: Method = Method {
    id: "reat-naive",
    label: "State differences (naive REAT)",
    question: "By how much did the score, read from the running state, change at this step?",
    formula: "S_t = W_c (h_t − h_{t−1}), Σ S = logit − bias (the baseline of Du et al. 2019)",
    caveat: "It ignores that later steps forget: what a step brought and a later step erased is given to the first and taken from the second.",
    refuses: not_linear,
    start: (naive, naive),
    ..REAT
};

/// Why a score cannot be read from states linearly.
pub(super) fn not_linear(subject: &Subject) -> Option<String> {
    (!subject.linear()).then(|| {
        "Only a score that is linear in the states adds up; explain the logit, or logit minus another logit."
            .to_string()
    })
}

fn no_gate(subject: &Subject) -> Option<String> {
    let sentence =
        "A vanilla cell has no gate that says what is kept; use its linearised form, LRP or integrated gradients.";
    if gated(subject.read_cell()) { not_linear(subject) } else { Some(sentence.to_string()) }
}

fn reat<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    AdditiveJob::start(problem, settings, |trace, reading, _, scores| add(trace, reading, Memory::of, scores), |_| 1)
}

fn naive<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    AdditiveJob::start(
        problem,
        settings,
        |trace, reading, _, scores| add(trace, reading, |layer| Some(Memory::whole_state(layer)), scores),
        |_| 1,
    )
}

/// Adds Σ_k of the units' scores to the steps' scores.
pub(super) fn add<R: Scalar>(
    trace: &Trace<R>,
    reading: &Reading,
    memory: fn(&Layer<R>) -> Option<Memory>,
    scores: &mut [f64],
) {
    if let Some(memory) = memory(&trace.network.layers[trace.network.place(reading.d).0]) {
        walk(trace, reading, memory, |t, units| scores[t] += units.iter().sum::<f64>());
    }
}

/// Visits every step, from the last read to the first, with the scores [H] of its units.
///
/// S_t = m_t ⊙ (q_t − α_t ⊙ q_{t−1}) with m_t = v_t ⊙ o_t + α_{t+1} ⊙ m_{t+1}: one product a unit and step, even if
/// the score is read from many states.
fn walk<R: Scalar>(trace: &Trace<R>, reading: &Reading, memory: Memory, mut visit: impl FnMut(usize, &[f64])) {
    let records = trace.records();
    let steps = trace.steps();
    let hidden = trace.network.layers[trace.network.place(reading.d).0].hidden;
    let value = |t: usize, quantity: usize, k: usize| records.row(reading.d, t, 0)[quantity * hidden + k].to_f64();
    let mut reach = vec![0.0; hidden];
    let mut units = vec![0.0; hidden];
    for t in reading.backwards(steps) {
        if let Some(v) = reading.weights.get(&t) {
            for k in 0..hidden {
                reach[k] += v[k] * memory.output.map_or(1.0, |o| value(t, o, k));
            }
        }
        let before = reading.before(t, steps);
        for k in 0..hidden {
            let keep = memory.keep.map_or(1.0, |alpha| value(t, alpha, k));
            // q_0 = 0: networks start from an empty memory.
            let kept = before.map_or(0.0, |before| keep * value(before, memory.carried, k));
            units[k] = reach[k] * (value(t, memory.carried, k) - kept);
            reach[k] *= keep;
        }
        visit(t, &units);
    }
}

/// The REAT score of one step apart by hidden unit, [D·H] of the layer that is read (forward units first); it adds up
/// to the step's score. O(T·H).
pub fn word_units<R: Scalar>(trace: &Trace<R>, target: &Target, step: usize) -> Result<Vec<f64>> {
    trace.score(target)?;
    if step >= trace.steps() {
        return Err(Error::request("time step", format!("between 1 and {}", trace.steps()), step + 1));
    }
    if let Some(reason) = no_gate(&Subject::new(&trace.network, trace.steps(), Some(*target))) {
        return Err(Error::refused("target", reason));
    }
    let mut found = Vec::new();
    for reading in Reading::of(trace, target).1 {
        if let Some(memory) = Memory::of(&trace.network.layers[trace.network.place(reading.d).0]) {
            walk(trace, &reading, memory, |t, units| {
                if t == step {
                    found.extend_from_slice(units)
                }
            });
        }
    }
    Ok(found)
}
