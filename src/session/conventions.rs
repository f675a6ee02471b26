//! Weights that do not say in which order their gates stand, beside a sample input and its logits: every convention is
//! tried, and the one that gives the sample's logits is taken.

use crate::import::{Checkpoint, LayerSpec};
use crate::math::descending;
use crate::network::{Assembly, Trace, TraceJob};
use crate::{Error, Result};
use ndarray::Array2;
use std::rc::Rc;

/// A convention reproduces the sample when its largest difference is below this share of the largest logit…
const REPRODUCES: f64 = 1e-3;
/// … and tells itself from the next when that one is so many times worse.
const APART: f64 = 10.0;
/// Weights times steps times conventions that are tried: more would keep the page waiting.
const MOST_WORK: usize = 4_000_000_000;
/// Conventions that are named in a note.
const LISTED: usize = 6;

/// How gates may stand and what they may mean, by kind of cell.
fn conventions(kind: &str) -> Vec<LayerSpec> {
    let spec = |order: &str| LayerSpec { gate_order: order.into(), ..LayerSpec::default() };
    match kind {
        "lstm" => [0.0, 1.0]
            .iter()
            .flat_map(|forget_bias| orders("ifgo").into_iter().map(|order| (order, *forget_bias)))
            .map(|(order, forget_bias)| LayerSpec { forget_bias, ..spec(&order) })
            .collect(),
        "gru" => {
            let meanings = [(true, "keep"), (false, "keep"), (true, "overwrite"), (false, "overwrite")];
            let meant = |order: &String, (after, update): (bool, &str)| LayerSpec {
                linear_before_reset: after,
                update_gate: update.into(),
                ..spec(order)
            };
            orders("rzn").iter().flat_map(|order| meanings.map(|meaning| meant(order, meaning))).collect()
        }
        _ => ["tanh", "relu"].map(|activation| LayerSpec { activation: activation.into(), ..spec("") }).to_vec(),
    }
}

/// All orders of some letters, the given one first.
fn orders(letters: &str) -> Vec<String> {
    if letters.is_empty() {
        return vec![String::new()];
    }
    let rest = |k: usize| orders(&format!("{}{}", &letters[..k], &letters[k + 1..]));
    (0..letters.len()).flat_map(|k| rest(k).into_iter().map(move |tail| format!("{}{tail}", &letters[k..=k]))).collect()
}

/// For people: "gates z r n, reset before the product".
fn label(kind: &str, spec: &LayerSpec) -> String {
    if kind == "rnn" {
        return spec.activation.clone();
    }
    let gates: Vec<String> = spec.gate_order.chars().map(String::from).collect();
    let reset = if kind == "gru" && !spec.linear_before_reset { ", reset before the product" } else { "" };
    let update = if kind == "gru" && spec.update_gate == "overwrite" { ", update gate overwrites" } else { "" };
    let forget = if spec.forget_bias != 0.0 { ", 1 added to the forget gate" } else { "" };
    format!("{}{reset}{update}{forget}", gates.join(" "))
}

/// The search, for a checkpoint whose wiring was assumed and that has a sample and one kind of cell.
pub(super) struct Settling {
    kind: String,
    /// [T, I].
    x: Array2<f64>,
    logits: Vec<f64>,
    candidates: Vec<LayerSpec>,
    running: Option<Running>,
    /// The largest difference of the logits, as a share of the largest of them, of the candidates so far.
    errors: Vec<f64>,
}

/// A candidate under way.
enum Running {
    Assembling(Assembly<f64>),
    Reading(TraceJob<f64>),
}

impl Settling {
    /// None where there is nothing to be settled, or no way to; the latter is noted.
    pub(super) fn new(checkpoint: &mut Checkpoint) -> Result<Option<Settling>> {
        let metadata = &checkpoint.metadata;
        let (Some(kind), Some(example)) =
            (metadata.layers.first().map(|layer| layer.kind.clone()), metadata.examples.first())
        else {
            return Ok(None);
        };
        if !metadata.assumed || metadata.layers.iter().any(|layer| layer.kind != kind) {
            return Ok(None);
        }
        let (steps, features) = (example.steps, metadata.layers[0].input);
        let Some(shape) = checkpoint.shape("example.0.logits").map(<[usize]>::to_vec) else { return Ok(None) };
        let candidates = conventions(&kind);
        let weights: usize = checkpoint.tensors().map(|(_, tensor)| tensor.shape.iter().product::<usize>()).sum();
        if weights.saturating_mul(steps).saturating_mul(candidates.len()) > MOST_WORK {
            checkpoint.metadata.notes.push("The sample is too long to try every gate order with it.".into());
            return Ok(None);
        }
        if steps == 0 {
            return Err(Error::file("example.0.x", "no steps", "Save a sample of at least one step."));
        }
        let numbers = checkpoint.numbers("example.0.x", &[steps, features])?;
        let x = Array2::from_shape_fn((steps, features), |(t, k)| numbers[t * features + k]);
        let logits = checkpoint.numbers("example.0.logits", &shape)?;
        Ok(Some(Settling { kind, x, logits, candidates, running: None, errors: Vec::new() }))
    }

    /// About how many units there are.
    pub(super) fn total(&self) -> usize {
        // Layers of the network and of the trace, and one unit for the end of each.
        self.candidates.len() * 6
    }

    /// One unit: a layer that is packed or a piece of a trace; false when a convention has been taken.
    pub(super) fn advance(&mut self, checkpoint: &mut Checkpoint) -> Result<bool> {
        let Some(spec) = self.candidates.get(self.errors.len()) else {
            self.conclude(checkpoint);
            return Ok(false);
        };
        self.running = match self.running.take() {
            None => {
                adopt(checkpoint, spec);
                Some(Running::Assembling(Assembly::new(checkpoint)?))
            }
            Some(Running::Assembling(mut assembly)) => Some(if assembly.add_layer(checkpoint)? {
                Running::Assembling(assembly)
            } else {
                Running::Reading(TraceJob::new(Rc::new(assembly.finish(checkpoint)?), self.x.clone()))
            }),
            Some(Running::Reading(mut job)) => {
                if job.advance() {
                    Some(Running::Reading(job))
                } else {
                    self.errors.push(difference(&job.finish(), &self.logits));
                    None
                }
            }
        };
        Ok(true)
    }

    /// Takes the convention that gives the sample's logits; what was tried is noted.
    fn conclude(&self, checkpoint: &mut Checkpoint) {
        let (Some(first), Some(pytorch)) = (self.errors.first().copied(), self.candidates.first()) else { return };
        let closeness: Vec<f64> = self.errors.iter().map(|error| -error).collect();
        let tried: Vec<(f64, &LayerSpec)> =
            descending(&closeness).into_iter().map(|k| (self.errors[k], &self.candidates[k])).collect();
        let [(best, spec), (next, _), ..] = tried.as_slice() else { return };
        let alike = best.max(f64::EPSILON) * APART;
        // Of equals PyTorch's, if it is one of them.
        let spec = if first < alike { pytorch } else { spec };
        let list: Vec<String> = tried
            .iter()
            .take(LISTED)
            .map(|(error, spec)| format!("{}: {error:.1e}", label(&self.kind, spec)))
            .collect();
        let verdict = if *best > REPRODUCES {
            "No convention gives the sample's logits; PyTorch's is kept".to_string()
        } else if *next < alike {
            format!("The sample cannot tell conventions apart; {} is kept", label(&self.kind, spec))
        } else {
            format!("The sample's logits are those of {}, which is taken", label(&self.kind, spec))
        };
        adopt(checkpoint, if *best > REPRODUCES { pytorch } else { spec });
        let note = format!(
            "{verdict}. Largest differences of {} conventions, as shares of the largest logit: {}.",
            tried.len(),
            list.join("; ")
        );
        checkpoint.metadata.notes.push(note);
    }
}

/// Gives every layer this convention.
fn adopt(checkpoint: &mut Checkpoint, spec: &LayerSpec) {
    for layer in &mut checkpoint.metadata.layers {
        layer.gate_order.clone_from(&spec.gate_order);
        layer.update_gate.clone_from(&spec.update_gate);
        layer.activation.clone_from(&spec.activation);
        (layer.linear_before_reset, layer.forget_bias) = (spec.linear_before_reset, spec.forget_bias);
    }
}

/// The largest difference of the logits, as a share of the largest of them.
fn difference(trace: &Trace<f64>, logits: &[f64]) -> f64 {
    let classes = trace.network.classes();
    let from = (trace.steps() * classes).saturating_sub(logits.len()) / classes.max(1);
    let found: Vec<f64> = if trace.network.every_step() {
        (from..trace.steps()).flat_map(|t| trace.logits_at(t).to_vec()).collect()
    } else {
        trace.logits_at(trace.steps() - 1).to_vec()
    };
    if found.len() != logits.len() {
        return f64::INFINITY;
    }
    let largest = logits.iter().fold(f64::MIN_POSITIVE, |largest, logit| largest.max(logit.abs()));
    found.iter().zip(logits).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
}
