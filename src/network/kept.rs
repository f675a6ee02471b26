//! What a backward pass meets on its way to the inputs: the gradients by every state and gate.

use super::Backward;
use crate::cell::Scalar;

/// Of one layer, by direction: the gradients that [`Backward::keeping`] asked for.
pub(super) struct Kept<R> {
    /// From the input upwards.
    pub(super) layer: usize,
    /// [T, B, 2·H].
    pub(super) state: Vec<Vec<R>>,
    /// [T, B, G·H].
    pub(super) gates: Vec<Vec<R>>,
}

impl<R: Scalar> Backward<R> {
    /// Keeps the gradients by the states and gates of a layer; to be asked for before the first step.
    pub fn keeping(mut self, layer: usize) -> Backward<R> {
        let cells = self.forward.records.rows * self.forward.records.steps;
        let spec = &self.network.layers[layer];
        let each = |numbers: usize| vec![vec![R::ZERO; cells * numbers]; spec.directions.len()];
        self.kept = Some(Kept { layer, state: each(2 * spec.hidden), gates: each(spec.gates()) });
        self
    }

    /// ∂F/∂h of the layer's output alone, all layers above included, its own later steps not: [T, B, H] of a pass that
    /// computed every step.
    pub fn by_output(&self, d: usize) -> &[R] {
        &self.d_hidden[d]
    }

    /// ∂F/∂(h_t, c_t) in all, of one direction of the kept layer, where ∂/∂c_t leaves out the way through h_t:
    /// [T, B, 2·H]; empty if nothing was kept.
    pub fn by_state(&self, direction: usize) -> &[R] {
        self.kept.as_ref().map_or(&[], |kept| &kept.state[direction])
    }

    /// ∂F/∂a of what the G gates of one direction of the kept layer are functions of: [T, B, G·H]; empty if nothing was
    /// kept.
    pub fn by_gate(&self, direction: usize) -> &[R] {
        self.kept.as_ref().map_or(&[], |kept| &kept.gates[direction])
    }
}
