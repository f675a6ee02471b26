//! Embedding, stacked and bidirectional cells, attention, head: the only place where shapes are proven.
//!
//! After [`Network::new`] a forward or backward pass cannot fail. Both are cut into steps, so that a page can do
//! them in slices, and both work on B variants of one input at once.

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

use crate::cell::Scalar;
use crate::import::{Checkpoint, InputKind, Metadata, ReadFrom};
use crate::{Error, Result};
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
    /// Proves every shape and packs the weights.
    pub fn new(checkpoint: &Checkpoint) -> Result<Network<R>> {
        let metadata = &checkpoint.metadata;
        let features = metadata.layers.first().map_or(0, |layer| layer.input);
        let embedding = match &metadata.embedding {
            Some(name) => {
                let numbers = checkpoint.numbers(name, &[metadata.vocab.len(), features])?;
                let table = Array2::from_shape_vec(
                    (metadata.vocab.len(), features),
                    numbers.into_iter().map(R::from_f64).collect(),
                );
                Some(table.map_err(|error| Error::Bug { place: "embedding", problem: error.to_string() })?)
            }
            None => None,
        };
        if embedding.is_none() && metadata.input.kind != InputKind::Series && metadata.vocab.len() != features {
            let problem = format!(
                "one-hot input needs a vocabulary as long as the first layer's input: {} entries, {features} inputs",
                metadata.vocab.len()
            );
            return Err(Error::file("vocab", problem, "Name the embedding in the metadata, or mend the vocabulary."));
        }
        check_series(metadata, features)?;
        let attention =
            metadata.attention.as_deref().map(|prefix| Attention::new(checkpoint, prefix, features)).transpose()?;
        let mut layers: Vec<Layer<R>> = Vec::new();
        for (l, spec) in metadata.layers.iter().enumerate() {
            let parts = layers.last().map_or(vec![features], |below| vec![below.hidden; below.directions.len()]);
            let width: usize = parts.iter().sum();
            if spec.input != width {
                return Err(Error::file(
                    format!("layers[{l}].input"),
                    format!("{} inputs, but {width} come from below", spec.input),
                    "Mend the layer sizes in the metadata.",
                ));
            }
            layers.push(Layer::new(checkpoint, spec, &parts)?);
        }
        let parts = layers.last().map_or(Vec::new(), |top| vec![top.hidden; top.directions.len()]);
        let classes = if metadata.task == "language-model" { metadata.vocab.len() } else { metadata.classes.len() };
        if classes == 0 {
            return Err(Error::file(
                "classes",
                "a classifier needs the names of its classes",
                "Add `classes` to the metadata.",
            ));
        }
        let head = Head::new(checkpoint, &metadata.head, classes, &parts)?;
        Ok(Network { metadata: Rc::new(metadata.clone()), embedding, attention, layers, head })
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

/// The per-feature lists of a series must have one entry per input.
fn check_series(metadata: &Metadata, features: usize) -> Result<()> {
    if metadata.input.kind != InputKind::Series {
        return Ok(());
    }
    let mut lists = vec![
        ("feature_names", metadata.feature_names.len()),
        ("units", metadata.units.len()),
        ("features", metadata.features.len()),
    ];
    if let Some(scale) = &metadata.input.normalisation {
        lists.extend([("input.normalisation.mean", scale.mean.len()), ("input.normalisation.std", scale.std.len())]);
        if scale.clip.is_some_and(|clip| clip <= 0.0) {
            return Err(Error::file("input.normalisation.clip", "must be above zero", "Mend the metadata."));
        }
        if let Some(k) = scale.std.iter().position(|std| !(std.is_finite() && *std > 0.0)) {
            return Err(Error::file(
                format!("input.normalisation.std[{k}]"),
                "must be above zero",
                "Mend the metadata.",
            ));
        }
    }
    match lists.iter().find(|(_, length)| *length != features) {
        Some((name, length)) => {
            Err(Error::file(*name, format!("{length} entries for {features} inputs"), "Mend the metadata."))
        }
        None => Ok(()),
    }
}
