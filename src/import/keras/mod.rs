//! Keras models: `.keras` (Keras 3: a zip of configuration and weights) and `.h5` (both in one HDF5 file).
//!
//! The configuration says the wiring; classes are matched by name and nothing in the file is run.

mod config;
mod hdf5;
mod recurrent;
mod stored;
mod walk;

use super::checkpoint::Checkpoint;
use super::metadata::{Head, LARGEST_SIZE, Metadata, ReadFrom};
use super::{architecture, assembled, zip};
use crate::{Error, Result};
use hdf5::Weights;
use serde_json::Value;
use stored::Stored;
use walk::Walk;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.weights.h5";
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
const REMEDY: &str = "Save the whole model, not its weights alone: model.save(path).";

/// Is it a `.keras` file?
pub fn sniff(bytes: &[u8]) -> bool {
    zip::holds(bytes, |name| name == CONFIG || name == WEIGHTS)
}

/// Is it an HDF5 file?
pub fn sniff_hdf5(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// Reads a `.keras` file.
pub fn read(bytes: Vec<u8>) -> Result<Checkpoint> {
    let archive = zip::open(bytes)?;
    let member = |name: &str| {
        let bytes = archive.members.get(name).and_then(|range| archive.bytes.get(range.clone()));
        bytes.ok_or_else(|| Error::file(name, "the archive has no such member", REMEDY))
    };
    let json = |name: &str| -> Result<Value> {
        serde_json::from_slice(member(name)?).map_err(|error| Error::file(name, error.to_string(), REMEDY))
    };
    let (config, version) = (json(CONFIG)?, json("metadata.json").unwrap_or_default());
    let version = version.get("keras_version").and_then(Value::as_str).unwrap_or_default().to_string();
    checkpoint(&config, &Stored::Counted(Weights::open(member(WEIGHTS)?.to_vec())?), version)
}

/// Reads an `.h5` file.
pub fn read_hdf5(bytes: Vec<u8>) -> Result<Checkpoint> {
    let weights = Weights::open(bytes)?;
    let text = weights.text("", "model_config").ok_or_else(|| {
        let problem = "an HDF5 file without a Keras configuration: weights alone, or no Keras model";
        Error::file("model_config", problem, REMEDY)
    })?;
    let config = serde_json::from_str(&text).map_err(|e| Error::file("model_config", e.to_string(), REMEDY))?;
    let version = ["", "model_weights"].iter().find_map(|group| weights.text(group, "keras_version"));
    checkpoint(&config, &Stored::Named(weights), version.unwrap_or_default())
}

/// Walks the configuration, takes the weights along, and describes the network.
fn checkpoint(config: &Value, stored: &Stored, version: String) -> Result<Checkpoint> {
    let mut walk = Walk::default();
    for item in config::chain(config)? {
        walk.take(&item, stored)?;
    }
    let Walk { steps, embedding, attention, layers, head, on, ending, tensors, notes: found } = walk;
    let bottom = layers.first().ok_or_else(|| {
        Error::unsupported("model", "a model without a recurrent layer", "LSTM, GRU, SimpleRNN, alone or Bidirectional")
    })?;
    let (head, classes) = head.ok_or_else(|| {
        Error::unsupported("model", "a model that ends with its states", "a Dense layer at the end, as the read-out")
    })?;
    let mut notes = vec!["The wiring was read from the Keras configuration in the file.".to_string()];
    notes.extend(found);
    let entries = embedding.as_ref().map_or(bottom.input, |(_, entries)| *entries);
    if let Some(size) = [classes, entries].into_iter().find(|size| *size == 0 || *size > LARGEST_SIZE) {
        return Err(Error::unsupported("model", format!("{size} outputs or entries"), format!("1 to {LARGEST_SIZE}")));
    }
    let language = embedding.is_some() && on == ReadFrom::EveryStep && entries == classes;
    let name = config.get("config").and_then(|config| config.get("name")).and_then(Value::as_str);
    let mut metadata = Metadata {
        name: name.unwrap_or("keras").into(),
        title: architecture::title(&layers),
        task: if language { "language-model".into() } else { "classifier".into() },
        framework: "Keras".into(),
        framework_version: version,
        attention,
        head: Head { name: head, on },
        ..Metadata::default()
    };
    if !language {
        metadata.classes = match classes {
            1 => vec!["output".into()],
            _ => (0..classes).map(|c| format!("class {c}")).collect(),
        };
        if classes == 1 && ending == "linear" {
            notes.push("The one output has no sigmoid in the file; it is taken as the log-odds of a class.".into());
        }
    }
    match &embedding {
        Some((name, entries)) => architecture::read_tokens(&mut metadata, name, *entries, &mut notes),
        None => architecture::read_values(&mut metadata, bottom.input, &mut notes),
    }
    metadata.embedding = embedding.map(|(name, _)| name);
    metadata.input.length = steps.filter(|_| metadata.embedding.is_none());
    (metadata.layers, metadata.notes) = (layers, notes);
    assembled::assembled(tensors, metadata)
}
