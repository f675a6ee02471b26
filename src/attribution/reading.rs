//! A score that is linear in states: F = b + Σ_t ⟨v_t, h_t⟩, where v says what is read of which state.

use crate::cell::Scalar;
use crate::network::{Readout, Target, Trace};
use std::collections::BTreeMap;

/// What a score reads of one direction of one layer.
pub(super) struct Reading {
    /// Layer × direction.
    pub(super) d: usize,
    /// From the first step to the last?
    pub(super) forward: bool,
    /// v_t [H] by t; where nothing is read there is no entry.
    pub(super) weights: BTreeMap<usize, Vec<f64>>,
}

impl Reading {
    /// b, and a reading for each direction that the score is read from: the top layer's, or the one of a hidden unit.
    ///
    /// Exact for a logit, a difference of logits and a hidden unit; for any other readout it is the tangent. A head
    /// that takes each unit's largest state reads each unit at its own step.
    pub(super) fn of<R: Scalar>(trace: &Trace<R>, target: &Target) -> (f64, Vec<Reading>) {
        let network = &trace.network;
        if target.readout == Readout::Hidden {
            let (layer, direction) = network.place(target.d);
            let mut v = vec![0.0; network.layers[layer].hidden];
            v[target.unit] = 1.0;
            return (
                0.0,
                vec![Reading { d: target.d, forward: direction == 0, weights: BTreeMap::from([(target.step, v)]) }],
            );
        }
        let layer = network.layers.len() - 1;
        let (top, hidden) = (network.index(layer, 0), network.layers[layer].hidden);
        let (_, d_logits) = target.score(trace.logits_at(target.step));
        let bias = network.head.bias().iter().zip(&d_logits).map(|(b, d)| b.to_f64() * d.to_f64()).sum();
        let directions = 0..network.layers[layer].directions.len();
        let mut readings: Vec<Reading> = directions
            .map(|direction| Reading { d: top + direction, forward: direction == 0, weights: BTreeMap::new() })
            .collect();
        network.head.vjp(&trace.records(), top, target.step, 0, &d_logits, |direction, t, k, v| {
            readings[direction].weights.entry(t).or_insert_with(|| vec![0.0; hidden])[k] += v.to_f64();
        });
        (bias, readings)
    }

    /// The step that was read before this one.
    pub(super) fn before(&self, t: usize, steps: usize) -> Option<usize> {
        if self.forward { t.checked_sub(1) } else { Some(t + 1).filter(|t| *t < steps) }
    }

    /// The steps from the last read to the first.
    pub(super) fn backwards(&self, steps: usize) -> impl Iterator<Item = usize> + use<> {
        let forward = self.forward;
        (0..steps).map(move |n| if forward { steps - 1 - n } else { n })
    }
}
