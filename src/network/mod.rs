//! Embedding, stacked and bidirectional cells, attention, head: the only place where shapes are proven.
//!
//! After [`Network::new`] a forward or backward pass cannot fail. Both are cut into steps, so that a page can do
//! them in slices, and both work on B variants of one input at once.

mod assembly;
mod attention;
mod backward;
mod coalition;
mod forward;
mod head;
mod joining;
mod kept;
mod layer;
mod records;
mod redrawn;
mod scoring;
mod target;
mod trace;
mod variants;

pub use assembly::Assembly;
pub use attention::Attention;
pub use backward::{Backward, Share};
pub use coalition::Coalition;
pub use forward::Forward;
pub use head::{Head, largest};
pub use layer::{Direction, Layer};
pub use records::Records;
pub use redrawn::{Block, Draw};
pub use scoring::Scoring;
pub use target::{READOUTS, Readout, Target};
pub use trace::{Trace, TraceJob};
pub use variants::{Change, Inputs, Pair};

use crate::Result;
use crate::cell::Scalar;
use crate::import::{Checkpoint, InputKind, Metadata, ReadFrom};
use ndarray::Array2;
use std::rc::Rc;

/// A network in one precision, ready to run.
pub struct Network<R: 'static> {
    /// What the file says of itself.
    pub metadata: Rc<Metadata>,
    /// [V, I] word vectors; none for one-hot or real-valued input.
    pub embedding: Option<Array2<R>>,
    /// Input-feature attention in front of the first layer.
    pub attention: Option<Attention<R>>,
    /// From the input upwards.
    pub layers: Vec<Layer<R>>,
    /// The linear read-out.
    pub head: Head<R>,
}

impl<R: Scalar> Network<R> {
    /// Proves every shape and packs the weights; [`Assembly`] does it in pieces.
    pub fn new(checkpoint: &Checkpoint) -> Result<Network<R>> {
        let mut assembly = Assembly::new(checkpoint)?;
        while assembly.add_layer(checkpoint)? {}
        assembly.finish(checkpoint)
    }

    /// I.
    pub fn features(&self) -> usize {
        self.metadata.layers.first().map_or(0, |layer| layer.input)
    }

    /// Does any weight read feature k?
    pub fn reads(&self, k: usize) -> bool {
        self.attention.is_some()
            || self
                .layers
                .first()
                .is_some_and(|layer| layer.directions.iter().any(|direction| direction.input[0].reads(k)))
    }

    /// C.
    pub fn classes(&self) -> usize {
        self.head.classes()
    }

    /// D: the number of layer × direction pairs.
    pub fn depth(&self) -> usize {
        self.layers.iter().map(|layer| layer.directions.len()).sum()
    }

    /// d of a layer and direction.
    pub fn index(&self, layer: usize, direction: usize) -> usize {
        self.layers.iter().take(layer).map(|below| below.directions.len()).sum::<usize>() + direction
    }

    /// Layer and direction of a d.
    pub fn place(&self, d: usize) -> (usize, usize) {
        let places = self
            .layers
            .iter()
            .enumerate()
            .flat_map(|(l, layer)| (0..layer.directions.len()).map(move |direction| (l, direction)));
        places.into_iter().nth(d).unwrap_or_default()
    }

    /// Does any layer read backwards?
    pub fn bidirectional(&self) -> bool {
        self.layers.iter().any(|layer| layer.directions.len() > 1)
    }

    /// Values by the hour rather than text?
    pub fn series(&self) -> bool {
        self.metadata.input.kind == InputKind::Series
    }

    /// One output a step?
    pub fn every_step(&self) -> bool {
        self.head.on() == ReadFrom::EveryStep
    }

    /// Numbers of weights, embedding included.
    pub fn parameters(&self) -> usize {
        let embedding = self.embedding.as_ref().map_or(0, Array2::len);
        let attention = self.attention.as_ref().map_or(0, Attention::parameters);
        embedding + attention + self.layers.iter().map(Layer::parameters).sum::<usize>() + self.head.parameters()
    }

    /// Numbers that a step of a trace takes: inputs, shared projections, records, logits.
    pub fn numbers_per_step(&self) -> usize {
        let records: usize = self.layers.iter().map(|layer| layer.directions.len() * layer.width()).sum();
        let projections: usize = self.layers.first().map_or(0, |layer| layer.directions.len() * layer.gates());
        let attention = if self.attention.is_some() { self.features() } else { 0 };
        self.features() + attention + projections + records + if self.every_step() { self.classes() } else { 0 }
    }

    /// Products of a variant's step: what its recurrent weights take, and in upper layers its input weights, which the
    /// first layer shares with the other variants.
    pub fn products_per_step(&self) -> usize {
        let directions = self.layers.iter().enumerate().flat_map(|(l, layer)| {
            layer.directions.iter().map(move |weights| (l, layer.gates(), layer.hidden, &weights.input))
        });
        let products = directions.map(|(l, gates, hidden, input)| {
            let below = input.iter().filter(|_| l > 0).map(|part| part.inputs()).sum::<usize>();
            gates * (hidden + below)
        });
        products.sum()
    }

    /// Tokens → [T, I]: rows of the embedding, or one-hot; no number reads as nothing, a zero vector.
    pub fn encode(&self, ids: &[Option<usize>]) -> Array2<R> {
        let mut x = Array2::from_elem((ids.len(), self.features()), R::ZERO);
        for (mut row, id) in x.rows_mut().into_iter().zip(ids) {
            match (&self.embedding, id) {
                (_, None) => {}
                (Some(table), Some(id)) => row.assign(&table.row(*id)),
                (None, Some(id)) => row[*id] = R::ONE,
            }
        }
        x
    }
}
