//! A network in the making: shapes are proven and weights packed, one layer at a time.

use super::{Attention, Head, Layer, Network};
use crate::cell::Scalar;
use crate::import::{Checkpoint, InputKind, Metadata};
use crate::{Error, Result};
use ndarray::Array2;
use std::rc::Rc;

/// What is there so far; every call is given the same checkpoint.
pub struct Assembly<R: 'static> {
    embedding: Option<Array2<R>>,
    attention: Option<Attention<R>>,
    layers: Vec<Layer<R>>,
}

impl<R: Scalar> Assembly<R> {
    /// Word vectors and attention.
    pub fn new(checkpoint: &Checkpoint) -> Result<Assembly<R>> {
        let metadata = &checkpoint.metadata;
        let features = metadata.layers.first().map_or(0, |layer| layer.input);
        let embedding = match &metadata.embedding {
            Some(name) => {
                let numbers = checkpoint.read(name, &[metadata.vocab.len(), features], R::from_f64)?;
                let table = Array2::from_shape_vec((metadata.vocab.len(), features), numbers);
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
        Ok(Assembly { embedding, attention, layers: Vec::new() })
    }

    /// The next layer; false when all are there.
    pub fn add_layer(&mut self, checkpoint: &Checkpoint) -> Result<bool> {
        let l = self.layers.len();
        let Some(spec) = checkpoint.metadata.layers.get(l) else { return Ok(false) };
        let parts = match self.layers.last() {
            Some(below) => vec![below.hidden; below.directions.len()],
            None => vec![spec.input],
        };
        let width: usize = parts.iter().sum();
        if spec.input != width {
            return Err(Error::file(
                format!("layers[{l}].input"),
                format!("{} inputs, but {width} come from below", spec.input),
                "Mend the layer sizes in the metadata.",
            ));
        }
        self.layers.push(Layer::new(checkpoint, spec, &parts)?);
        Ok(true)
    }

    /// The read-out, and the whole; every layer must be there.
    pub fn finish(self, checkpoint: &Checkpoint) -> Result<Network<R>> {
        let Assembly { embedding, attention, layers } = self;
        let metadata = &checkpoint.metadata;
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
