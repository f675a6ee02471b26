//! What a backward pass meets on its way to the inputs: the gradients by every state and gate.

use super::Backward;
use crate::cell::Scalar;

/// For each d, the gradients that [`Backward::keeping`] asked for.
pub(super) struct Kept<R> {
    /// [T, B, 2·H].
    pub(super) state: Vec<Vec<R>>,
    /// [T, B, G·H].
    pub(super) gates: Vec<Vec<R>>,
}

impl<R: Scalar> Backward<R> {
    /// Keeps the gradients by states and gates; to be asked for before the first step.
    pub fn keeping(mut self) -> Backward<R> {
        let (rows, steps) = (self.forward.records.rows, self.forward.records.steps);
        let each = |numbers: fn(&super::Layer<R>) -> usize| {
            let layers = self.network.layers.iter().flat_map(|layer| layer.directions.iter().map(move |_| layer));
            layers.map(|layer| vec![R::ZERO; steps * rows * numbers(layer)]).collect()
        };
        self.kept = Some(Kept { state: each(|layer| 2 * layer.hidden), gates: each(|layer| layer.gates()) });
        self
    }

    /// ∂F/∂h of the layer's output alone, all layers above included, its own later steps not: [T, B, H].
    pub fn by_output(&self, d: usize) -> &[R] {
        &self.d_hidden[d]
    }

    /// ∂F/∂(h_t, c_t) in all, where ∂/∂c_t leaves out the way through h_t: [T, B, 2·H]; empty unless kept.
    pub fn by_state(&self, d: usize) -> &[R] {
        self.kept.as_ref().map_or(&[], |kept| &kept.state[d])
    }

    /// ∂F/∂a of what the G gates are functions of: [T, B, G·H]; empty unless kept.
    pub fn by_gate(&self, d: usize) -> &[R] {
        self.kept.as_ref().map_or(&[], |kept| &kept.gates[d])
    }
}
