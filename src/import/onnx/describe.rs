//! From what the walk found to layers, a head and their description.

use super::model::Model;
use super::value::{Base, Column, Factor, Signal, When};
use super::walk::Walk;
use crate::import::checkpoint::{Checkpoint, Storage};
use crate::import::metadata::{Head, InputKind, LARGEST_SIZE, Metadata, ReadFrom};
use crate::import::{architecture, assembled};
use crate::{Error, Result};

const LARGEST_HEAD: usize = 1 << 27;
const HEAD: &str = "head";
const EMBEDDING: &str = "embedding.weight";

/// The network as tensors under our names.
pub fn checkpoint(model: &Model, walk: Walk, signal: Signal) -> Result<Checkpoint> {
    let place = model.graph.outputs.first().map_or("output", |output| output.name);
    let (head, bias, on) = head(place, &walk, &signal)?;
    let classes = bias.len();
    let mut notes = vec!["The file is an ONNX graph: layers and head were read from its operations.".to_string()];
    if let Some(op) = &signal.ended {
        notes.push(format!("The graph ends with a {op}; the logits are what goes into it."));
    }
    if model.graph.outputs.len() > 1 {
        notes.push(format!("The graph has {} outputs; the first, `{place}`, is read.", model.graph.outputs.len()));
    }
    let tokens = walk.table.is_some() || walk.one_hot;
    let entries = walk.table.as_ref().and_then(|table| table.shape().first().copied()).or(walk.features).unwrap_or(0);
    let language = tokens && on == ReadFrom::EveryStep && entries == classes;
    if on == ReadFrom::EveryStep {
        notes.push("The graph gives an output for every step.".into());
    }
    let bare = signal.map.affine.is_none();
    if bare {
        notes.push("The graph has no linear read-out: its outputs are the states themselves.".into());
    }
    let layers: Vec<_> = walk.layers.iter().map(|layer| layer.spec.clone()).collect();
    let steps = walk.time.and_then(|axis| walk.sizes.get(axis).copied().flatten());
    if let Some(steps) = steps {
        notes.push(format!("The graph was exported for {steps} steps; the layers are run over inputs of any length."));
    }
    let mut metadata = Metadata {
        name: "onnx".into(),
        title: architecture::title(&layers),
        task: if language { "language-model".into() } else { "classifier".into() },
        framework: if model.producer.is_empty() { "ONNX".into() } else { format!("ONNX ({})", model.producer) },
        framework_version: model.producer_version.into(),
        head: Head { name: HEAD.into(), on },
        ..Metadata::default()
    };
    if !language {
        metadata.classes = match classes {
            1 => vec!["output".into()],
            _ if bare => (1..=classes).map(|k| format!("h{k}")).collect(),
            _ => (0..classes).map(|c| format!("class {c}")).collect(),
        };
        if classes == 1 {
            notes.push("The one output is taken as the log-odds of a class.".into());
        }
    }
    if entries == 0 || entries > LARGEST_SIZE {
        return Err(Error::unsupported(place, format!("{entries} inputs or entries"), format!("1 to {LARGEST_SIZE}")));
    }
    let mut tensors = Vec::new();
    if tokens {
        let name = if walk.table.is_some() { EMBEDDING } else { "one-hot vectors" };
        architecture::read_tokens(&mut metadata, name, entries, &mut notes);
        if let Some(table) = &walk.table {
            metadata.embedding = Some(EMBEDDING.into());
            tensors.push((EMBEDDING.to_string(), table.shape().to_vec(), table.cells().to_vec()));
        }
    } else {
        architecture::read_values(&mut metadata, entries, &mut notes);
    }
    debug_assert!(metadata.input.kind != InputKind::Characters, "characters have a vocabulary");
    metadata.input.length = steps.filter(|_| !tokens);
    for layer in walk.layers {
        let prefix = layer.spec.name;
        tensors.extend(layer.tensors.into_iter().map(|(name, shape, x)| (format!("{prefix}.{name}"), shape, x)));
    }
    tensors.push((format!("{HEAD}.weight"), vec![classes, head.len() / classes.max(1)], head));
    tensors.push((format!("{HEAD}.bias"), vec![classes], bias));
    (metadata.layers, metadata.notes) = (layers, notes);
    let stored = |(name, shape, numbers): (String, Vec<usize>, Vec<f64>)| {
        let single = numbers.iter().all(|x| f64::from(*x as f32).to_bits() == x.to_bits());
        (name, shape, numbers, if single { Storage::F32 } else { Storage::F64 })
    };
    assembled::assembled(tensors.into_iter().map(stored).collect(), metadata)
}

/// W [C, H·D], b [C], and what they read.
fn head(place: &str, walk: &Walk, signal: &Signal) -> Result<(Vec<f64>, Vec<f64>, ReadFrom)> {
    const KNOWN: &str =
        "a head that reads the last states of both directions, every step, their mean or their largest values";
    let refuse = |found: &str| Error::unsupported(place, found, KNOWN);
    let top = walk.layers.len().checked_sub(1).map(Base::Layer).ok_or_else(|| refuse("no recurrent layer"))?;
    let (width, hidden) = (walk.width(top), walk.layers.last().map_or(0, |layer| layer.spec.hidden));
    let columns = signal.columns();
    if columns.iter().any(|column| column.base != top) {
        return Err(refuse("an output that reads the input or a layer below the top one"));
    }
    let last = |column: &Column| column.when == if column.unit < hidden { When::Last } else { When::First };
    let all = |when: When| columns.iter().all(|column| column.when == when);
    let stands = signal.axes.iter().flatten().any(|factor| matches!(factor, Factor::Axis(k) if Some(*k) == walk.time));
    let on = if columns.iter().all(last) {
        ReadFrom::LastState
    } else if all(When::Every) && stands {
        ReadFrom::EveryStep
    } else if all(When::Mean) {
        ReadFrom::MeanState
    } else if all(When::Max) {
        ReadFrom::MaxState
    } else if columns.iter().all(|column| matches!(column.when, When::First | When::Last)) {
        return Err(Error::unsupported(
            place,
            "the backward direction at the last step (or the forward one at the first), where it has read one input only",
            "the final states of both directions: h_n rather than output[:, -1]",
        ));
    } else {
        return Err(refuse("a mixture of readings, such as mean beside largest"));
    };
    let rows = signal.rows.cells();
    if rows.len().checked_mul(width).is_none_or(|size| size > LARGEST_HEAD) || rows.is_empty() {
        return Err(refuse("no outputs, or more than 2²⁷ weights of the head"));
    }
    let (mut weight, mut bias) = (vec![0.0; rows.len() * width], Vec::new());
    for (row, to) in rows.iter().zip(weight.chunks_mut(width)) {
        let (weights, b) = signal.map.row(*row);
        for (column, w) in signal.map.columns.iter().zip(weights).filter(|(column, _)| column.base == top) {
            if let Some(to) = to.get_mut(column.unit) {
                *to += w;
            }
        }
        bias.push(b);
    }
    Ok((weight, bias, on))
}
