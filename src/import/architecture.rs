//! Weights without a description: the wiring is read from names and shapes, as PyTorch gives them.
//!
//! What they cannot say gets a default, and a note that says so. What has no place is refused by its name.

use super::checkpoint::{Checkpoint, Tensor};
use super::metadata::{
    self, Example, Feature, Head, InputKind, InputSpec, LARGEST_SIZE, LayerSpec, Metadata, ReadFrom,
};
use super::{foreign, names};
use crate::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

const REMEDY: &str = "Export the model with the Python package, which writes the wiring into the file: rnnscope.export(model, path). See python/README.md.";
const AS_PYTORCH: &str = "The file does not say how its weights are wired: names and shapes were read as PyTorch gives them, gate order and reset gate included.";
const MOST_MODULES: usize = 8;
const LISTED: usize = 8;

type Tensors = BTreeMap<String, Tensor>;

/// A file's tensors with the description that their names and shapes give.
pub fn checkpoint(bytes: Vec<u8>, tensors: Tensors, framework: &str) -> Result<Checkpoint> {
    let (bytes, tensors, foreign) = foreign::ours(bytes, tensors)?;
    let tensors = names::canonical(tensors)?;
    let mut metadata = Metadata {
        framework: framework.into(),
        ..infer(&tensors, foreign.map_or(AS_PYTORCH, |foreign| foreign.note))?
    };
    if let Some(foreign) = foreign {
        foreign.mean(&mut metadata);
    }
    metadata::check(&metadata)?;
    Ok(Checkpoint { bytes, tensors, metadata })
}

/// The description of bare weights.
fn infer(tensors: &Tensors, note: &str) -> Result<Metadata> {
    let mut notes = vec![note.to_string()];
    let layers = stack(modules(tensors)?, &mut notes)?;
    placed(tensors, &layers)?;
    let (Some(bottom), Some(top)) = (layers.first(), layers.last()) else { return Err(no_layers(tensors)) };
    let width = top.hidden * if top.bidirectional { 2 } else { 1 };
    if layers.iter().any(|layer| layer.kind == "rnn") {
        notes.push("RNN: tanh is assumed; the weights do not say whether it was tanh or ReLU.".into());
    }
    let rest: Vec<(&str, &Tensor)> = tensors
        .iter()
        .filter(|(name, tensor)| {
            names::recurrent(name).is_none()
                && !tensor.storage.counts()
                && !companion(tensors, name)
                && ![names::SAMPLE_INPUT, names::SAMPLE_LOGITS].contains(&name.as_str())
        })
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let linear =
        |name: &str| name.strip_suffix(".weight").is_some_and(|prefix| tensors.contains_key(&format!("{prefix}.bias")));
    let matrices = |columns: usize| {
        rest.iter()
            .filter(move |(name, tensor)| {
                name.ends_with(".weight") && tensor.shape.len() == 2 && tensor.shape[1] == columns
            })
            .map(|(name, _)| *name)
    };

    let attention = matrices(bottom.input)
        .find(|name| linear(name) && name.contains("att") && tensors[*name].shape[0] == bottom.input);
    let tables: Vec<&str> = matrices(bottom.input).filter(|name| !linear(name)).collect();
    let heads: Vec<&str> = matrices(width).filter(|name| Some(*name) != attention).collect();
    let embedding = tables
        .iter()
        .find(|name| says_table(name))
        .or_else(|| tables.iter().find(|name| heads.iter().any(|head| head != *name)))
        .copied();
    let heads: Vec<&str> = heads.into_iter().filter(|name| Some(*name) != embedding).collect();
    let head = match heads.as_slice() {
        [head] => *head,
        [] => {
            return Err(Error::file(
                "head",
                format!(
                    "no linear read-out [C, {width}] of the top layer's states; besides the recurrent layers the file has {}",
                    listed(rest.iter().map(|(name, _)| *name))
                ),
                REMEDY,
            ));
        }
        several => {
            return Err(Error::file(
                "head",
                format!("{} could each be the read-out of the top layer", several.join(", ")),
                REMEDY,
            ));
        }
    };
    let prefix = |name: &str| name.trim_end_matches(".weight").to_string();
    let known: BTreeSet<String> = [embedding, attention, Some(head)]
        .into_iter()
        .flatten()
        .flat_map(|name| [name.to_string(), format!("{}.bias", prefix(name))])
        .collect();
    if let Some((name, tensor)) = rest.iter().find(|(name, _)| !known.contains(*name)) {
        return Err(Error::file(
            *name,
            format!("a tensor of shape {:?} whose place in the network its name does not tell", tensor.shape),
            REMEDY,
        ));
    }
    if attention.is_some() {
        notes.push(
            "The attention block is taken as a softmax over the inputs of each step, multiplied into them.".into(),
        );
    }

    let outputs = tensors[head].shape[0];
    let entries = embedding.map(|name| tensors[name].shape[0]);
    if let Some(size) = [Some(outputs), entries].into_iter().flatten().find(|size| *size == 0 || *size > LARGEST_SIZE) {
        return Err(Error::file(head, format!("{size} outputs or entries; 1 to {LARGEST_SIZE} are read"), REMEDY));
    }
    let language = entries == Some(outputs);
    notes.push(if language {
        "The head is taken to read every step: it has as many outputs as there are word vectors, so the network is taken for a language model.".into()
    } else {
        "The head is taken to read the last state; the weights do not say whether it was the last, every step, the mean or the largest.".to_string()
    });
    let mut metadata = Metadata {
        name: "weights".into(),
        title: title(&layers),
        task: if language { "language-model".into() } else { "classifier".into() },
        embedding: embedding.map(str::to_string),
        attention: attention.map(prefix),
        head: Head { name: prefix(head), on: if language { ReadFrom::EveryStep } else { ReadFrom::LastState } },
        ..Metadata::default()
    };
    if !language {
        metadata.classes =
            if outputs == 1 { vec!["output".into()] } else { (0..outputs).map(|c| format!("class {c}")).collect() };
        notes.push(if outputs == 1 {
            "The one output is taken as the log-odds of a class.".into()
        } else {
            format!("The {outputs} classes have no names in the file: they are numbered.")
        });
    }
    match embedding {
        Some(name) => read_tokens(&mut metadata, name, entries.unwrap_or(0), &mut notes),
        None => read_values(&mut metadata, bottom.input, &mut notes),
    }
    if let (Some(x), true) = (tensors.get(names::SAMPLE_INPUT), tensors.contains_key(names::SAMPLE_LOGITS)) {
        let steps = x.shape.first().copied().unwrap_or(0);
        metadata.examples = vec![Example { title: "the file's sample".into(), text: None, steps }];
        if tensors[names::SAMPLE_LOGITS].shape.len() == 2 {
            metadata.head.on = ReadFrom::EveryStep;
        }
    }
    (metadata.layers, metadata.notes, metadata.assumed) = (layers, notes, true);
    Ok(metadata)
}

/// Tokens without a vocabulary are typed as their numbers.
pub(super) fn read_tokens(metadata: &mut Metadata, name: &str, entries: usize, notes: &mut Vec<String>) {
    metadata.input =
        InputSpec { kind: InputKind::Words, tokenizer: Some("word-punctuation".into()), ..InputSpec::default() };
    metadata.vocab = (0..entries).map(|entry| entry.to_string()).collect();
    notes.push(format!("The vocabulary is not in the file: type token numbers, 0 to {}, with blanks between; `{name}` is taken as their vectors.", entries - 1));
}

/// Inputs without names are numbered and taken as they are.
pub(super) fn read_values(metadata: &mut Metadata, inputs: usize, notes: &mut Vec<String>) {
    metadata.input = InputSpec { kind: InputKind::Series, step_unit: Some("step".into()), ..InputSpec::default() };
    metadata.feature_names = (1..=inputs).map(|k| format!("x{k}")).collect();
    metadata.units = vec![String::new(); inputs];
    metadata.features =
        metadata.feature_names.iter().map(|name| Feature { variable: name.clone(), role: "value".into() }).collect();
    notes.push(format!(
        "The {inputs} inputs have no names in the file: they are numbered and taken as they are, without normalisation."
    ));
}

fn says_table(name: &str) -> bool {
    ["emb", "wte", "lookup", "encoder", "vectors"].iter().any(|hint| name.contains(hint))
}

/// The scales of an 8-bit tensor.
fn companion(tensors: &Tensors, name: &str) -> bool {
    name.strip_suffix(".scale").is_some_and(|tensor| tensors.contains_key(tensor))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.take(LISTED + 1).collect();
    match names.len() {
        0 => "none".into(),
        n if n > LISTED => format!("{} and more", names[..LISTED].join(", ")),
        _ => names.join(", "),
    }
}

fn no_layers(tensors: &Tensors) -> Error {
    let other = ["recurrent_kernel", "recurrent_weight", "kernel"]
        .iter()
        .any(|hint| tensors.keys().any(|name| name.contains(hint)));
    let hint = if other { " (these look like another framework's, whose gates come in another order)" } else { "" };
    Error::file(
        "layers",
        format!(
            "no tensor is called `….weight_ih_l0`, so no recurrent layer was found; the file has {}{hint}",
            listed(tensors.keys().map(String::as_str))
        ),
        REMEDY,
    )
}

/// The layers of each recurrent module, in the order of their names.
fn modules(tensors: &Tensors) -> Result<Vec<Vec<LayerSpec>>> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for found in tensors.keys().filter_map(|name| names::recurrent(name)) {
        if found.what == "weight_hr" {
            return Err(Error::unsupported(
                format!("{}.weight_hr_l{}", found.prefix, found.layer.unwrap_or(0)),
                "an LSTM whose states are projected (proj_size)",
                "LSTM, GRU and RNN without projections",
            ));
        }
        let count = counts.entry(found.prefix).or_default();
        *count = (*count).max(found.layer.unwrap_or(0).saturating_add(1));
    }
    if counts.is_empty() {
        return Err(no_layers(tensors));
    }
    if counts.len() > MOST_MODULES {
        return Err(Error::file(
            "layers",
            format!("{} recurrent modules; at most {MOST_MODULES} are put in order", counts.len()),
            REMEDY,
        ));
    }
    let mut prefixes: Vec<(&str, usize)> = counts.into_iter().collect();
    prefixes.sort_by_key(|(prefix, _)| names::natural(prefix));
    // A made-up layer number ends at the first layer that is missing.
    prefixes
        .into_iter()
        .map(|(prefix, count)| (0..count).map(|index| layer(tensors, prefix, index)).collect())
        .collect()
}

/// Every recurrent tensor belongs to a layer, and a layer has all of its biases or none.
fn placed(tensors: &Tensors, layers: &[LayerSpec]) -> Result<()> {
    let mut known = BTreeSet::new();
    for layer in layers {
        let suffixes = if layer.bidirectional { &["", "_reverse"][..] } else { &[""] };
        let names = |kinds: &[&str]| -> Vec<String> {
            let of =
                |kind: &&str| suffixes.iter().map(|s| format!("{}.{kind}_l{}{s}", layer.name, layer.index)).collect();
            kinds.iter().flat_map(|kind| -> Vec<String> { of(kind) }).collect()
        };
        let biases = names(&["bias_ih", "bias_hh"]);
        let (there, missing): (Vec<&String>, Vec<&String>) =
            biases.iter().partition(|name| tensors.contains_key(*name));
        if let (Some(other), Some(name)) = (there.first(), missing.first()) {
            return Err(Error::file(*name, format!("this bias is missing, though the layer has `{other}`"), REMEDY));
        }
        known.extend(names(&["weight_ih", "weight_hh", "bias_ih", "bias_hh"]));
    }
    match tensors.keys().find(|name| names::recurrent(name).is_some() && !known.contains(*name)) {
        Some(name) => {
            Err(Error::file(name, "a recurrent tensor of a layer or direction that the file does not hold", REMEDY))
        }
        None => Ok(()),
    }
}

/// One layer by its shapes: G = rows / H is 1 for an RNN, 3 for a GRU, 4 for an LSTM.
fn layer(tensors: &Tensors, prefix: &str, index: usize) -> Result<LayerSpec> {
    let matrix = |what: &str| -> Result<[usize; 2]> {
        let name = format!("{prefix}.{what}_l{index}");
        let tensor =
            tensors.get(&name).ok_or_else(|| Error::file(&name, "this tensor of the layer is missing", REMEDY))?;
        <[usize; 2]>::try_from(tensor.shape.as_slice())
            .map_err(|_| Error::file(&name, format!("expected a matrix, found shape {:?}", tensor.shape), REMEDY))
    };
    let ([rows, input], [recurrent, hidden]) = (matrix("weight_ih")?, matrix("weight_hh")?);
    let gates = if hidden > 0 && recurrent == rows && rows % hidden == 0 { rows / hidden } else { 0 };
    let kind = match gates {
        1 => "rnn",
        3 => "gru",
        4 => "lstm",
        _ => {
            return Err(Error::file(
                format!("{prefix}.weight_hh_l{index}"),
                format!(
                    "shapes [{rows}, {input}] and [{recurrent}, {hidden}] are those of no RNN, GRU or LSTM: the rows must be 1, 3 or 4 times the columns of weight_hh"
                ),
                REMEDY,
            ));
        }
    };
    let bidirectional = tensors.contains_key(&format!("{prefix}.weight_ih_l{index}_reverse"));
    Ok(LayerSpec {
        kind: kind.into(),
        name: prefix.into(),
        index,
        input,
        hidden,
        bidirectional,
        ..LayerSpec::default()
    })
}

/// Modules on top of each other: in the order of their names, or in the only order that fits.
fn stack(modules: Vec<Vec<LayerSpec>>, notes: &mut Vec<String>) -> Result<Vec<LayerSpec>> {
    if modules.len() > 1 {
        let names: Vec<&str> =
            modules.iter().filter_map(|module| module.first()).map(|layer| layer.name.as_str()).collect();
        let mut orders = Vec::new();
        arrange(&modules, &mut Vec::new(), &mut orders);
        let order = orders.first().ok_or_else(|| {
            Error::file(
                "layers",
                format!("the recurrent modules {} cannot stand on each other: no order of them fits", names.join(", ")),
                REMEDY,
            )
        })?;
        let chosen: Vec<&str> = order.iter().map(|k| names[*k]).collect();
        let others = if orders.len() > 1 {
            "the order of their names; others would fit too"
        } else {
            "the only order that fits"
        };
        notes.push(format!("Several recurrent modules are taken as standing on each other, {}: {others}. Whatever lies between them is not in the file.", chosen.join(", then ")));
        return Ok(order.iter().flat_map(|k| modules[*k].clone()).collect());
    }
    Ok(modules.into_iter().flatten().collect())
}

/// The first two orders in which every module reads what the one below it gives.
fn arrange(modules: &[Vec<LayerSpec>], taken: &mut Vec<usize>, orders: &mut Vec<Vec<usize>>) {
    if taken.len() == modules.len() {
        orders.push(taken.clone());
    }
    let below = taken.last().and_then(|k| modules[*k].last());
    for k in 0..modules.len() {
        let fits = below.is_none_or(|below| {
            modules[k]
                .first()
                .is_some_and(|layer| layer.input == below.hidden * if below.bidirectional { 2 } else { 1 })
        });
        if fits && !taken.contains(&k) && orders.len() < 2 {
            taken.push(k);
            arrange(modules, taken, orders);
            taken.pop();
        }
    }
}

/// "LSTM 2×256".
pub(super) fn title(layers: &[LayerSpec]) -> String {
    let Some(first) = layers.first() else { return String::new() };
    let both = if first.bidirectional { ", both directions" } else { "" };
    if layers.iter().all(|layer| layer.kind == first.kind && layer.hidden == first.hidden) {
        return format!("{} {}×{}{both}", first.kind.to_uppercase(), layers.len(), first.hidden);
    }
    layers
        .iter()
        .map(|layer| format!("{} {}", layer.kind.to_uppercase(), layer.hidden))
        .collect::<Vec<_>>()
        .join(", then ")
}
