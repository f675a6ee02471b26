//! The model card: what the file says, and what was counted.

use super::Session;
use crate::import::{LayerSpec, ReadFrom};
use serde::Serialize;

/// Everything about a model that fits on a card.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Card {
    pub name: String,
    pub title: String,
    pub task: String,
    pub input_kind: &'static str,
    pub step_name: String,
    /// (label, value).
    pub rows: Vec<(String, String)>,
    pub layers: Vec<LayerCard>,
    /// What stands around the layers: word vectors, attention, read-out.
    pub parts: Vec<PartCard>,
    /// Tensors of the file that nothing reads, with their shapes.
    pub unread: Vec<(String, Vec<usize>)>,
    /// SHA-256 of the bytes after the header, as the file says; empty if it does not.
    pub weights_hash: String,
    pub classes: Vec<String>,
    pub vocab_size: usize,
    /// Characters, display-ready; empty for words.
    pub vocab: Vec<String>,
    pub features: Vec<FeatureCard>,
    pub parameters: usize,
    /// Inputs with the framework's own answers that the file holds.
    pub examples: usize,
    /// Something to read first where there is no sample: a text or a table; may be empty.
    pub beginning: String,
    /// What the file leaves open and how it was taken, in sentences.
    pub notes: Vec<String>,
    /// Memory of a trace = this × T.
    pub bytes_per_step: usize,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct LayerCard {
    pub name: String,
    pub cell: String,
    pub equations: String,
    pub hidden: usize,
    pub input: usize,
    pub directions: usize,
    pub parameters: usize,
    /// (name, shape).
    pub tensors: Vec<(String, Vec<usize>)>,
}

/// Weights that belong to no recurrent layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct PartCard {
    pub name: &'static str,
    pub about: String,
    pub parameters: usize,
    /// (name, shape).
    pub tensors: Vec<(String, Vec<usize>)>,
}

/// One input of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct FeatureCard {
    pub name: String,
    pub unit: String,
    pub role: String,
    pub variable: String,
}

impl Session {
    /// The card of the open model.
    pub fn card(&self) -> Card {
        let metadata = &self.checkpoint.metadata;
        let network = &self.narrow;
        let words = metadata.input.kind == crate::import::InputKind::Words;
        let mut rows = vec![
            ("parameters".to_string(), network.parameters().to_string()),
            ("file size".into(), format!("{:.0} kB", self.checkpoint.size() as f64 / 1000.0)),
        ];
        rows.extend(self.storages().map(|stored| ("stored as".to_string(), stored)));
        let framework = format!("{} {}", metadata.framework, metadata.framework_version);
        rows.extend(
            [("trained with", framework.trim()), ("exported", &metadata.created), ("reads", self.step_name())]
                .iter()
                .filter(|(_, v)| !v.is_empty())
                .map(|(k, v)| ((*k).to_string(), (*v).to_string())),
        );
        // Our own count stands above.
        for (key, value) in metadata.training.iter().filter(|(key, _)| *key != "parameters") {
            describe(key, value, &mut rows);
        }
        let layer = |(l, spec): (usize, &LayerSpec)| {
            let layer = &network.layers[l];
            LayerCard {
                name: format!("layer {}", l + 1),
                cell: layer.cell.label().into(),
                equations: layer.cell.equations().into(),
                hidden: layer.hidden,
                input: spec.input,
                directions: layer.directions.len(),
                parameters: layer.parameters(),
                tensors: self.tensors(|name| belongs(spec, name)),
            }
        };
        Card {
            name: metadata.name.clone(),
            title: if metadata.title.is_empty() { metadata.name.clone() } else { metadata.title.clone() },
            task: metadata.task.clone(),
            input_kind: metadata.input.kind.id(),
            step_name: self.step_name().into(),
            rows,
            layers: metadata.layers.iter().enumerate().map(layer).collect(),
            parts: self.parts(),
            unread: self.unread(),
            weights_hash: metadata.sha256_of_weights.clone(),
            classes: self.class_labels(),
            vocab_size: metadata.vocab.len(),
            vocab: if words {
                Vec::new()
            } else {
                metadata.vocab.iter().map(|entry| super::describe::visible(entry)).collect()
            },
            features: self
                .spec
                .columns
                .iter()
                .map(|c| FeatureCard {
                    name: c.name.clone(),
                    unit: c.unit.clone(),
                    role: c.role.clone(),
                    variable: c.variable.clone(),
                })
                .collect(),
            parameters: network.parameters(),
            examples: metadata.examples.len(),
            beginning: self.beginning(),
            notes: metadata.notes.clone(),
            bytes_per_step: self.bytes_per_step(),
        }
    }
}

impl Session {
    /// Name and shape of the tensors that fit.
    fn tensors(&self, fits: impl Fn(&str) -> bool) -> Vec<(String, Vec<usize>)> {
        let fitting = self.checkpoint.tensors().filter(|(name, _)| fits(name));
        fitting.map(|(name, tensor)| (name.to_string(), tensor.shape.clone())).collect()
    }

    /// Word vectors, attention and read-out.
    fn parts(&self) -> Vec<PartCard> {
        let (metadata, network) = (&self.checkpoint.metadata, &self.narrow);
        let mut parts = Vec::new();
        if let (Some(name), Some(table)) = (&metadata.embedding, &network.embedding) {
            let about = format!("{} entries of {} numbers", table.nrows(), table.ncols());
            parts.push(PartCard {
                name: "word vectors",
                about,
                parameters: table.len(),
                tensors: self.tensors(|tensor| tensor == name),
            });
        }
        if let (Some(prefix), Some(attention)) = (&metadata.attention, &network.attention) {
            parts.push(PartCard {
                name: "attention",
                about: "softmax over the inputs of a step, multiplied into them".into(),
                parameters: attention.parameters(),
                tensors: self.tensors(|tensor| of(prefix, tensor)),
            });
        }
        let reads = match metadata.head.on {
            ReadFrom::LastState => "the last state of each direction",
            ReadFrom::EveryStep => "the state of every step",
            ReadFrom::MeanState => "the mean of the states over the steps",
            ReadFrom::MaxState => "the largest value of each unit over the steps",
        };
        parts.push(PartCard {
            name: "read-out",
            about: format!("linear, of {reads}"),
            parameters: network.head.parameters(),
            tensors: self.tensors(|tensor| of(&metadata.head.name, tensor)),
        });
        parts
    }

    /// What the file holds beside weights that are read, their scales, and examples.
    fn unread(&self) -> Vec<(String, Vec<usize>)> {
        let metadata = &self.checkpoint.metadata;
        let read = |name: &str| {
            metadata.layers.iter().any(|spec| belongs(spec, name))
                || of(&metadata.head.name, name)
                || metadata.embedding.as_deref() == Some(name)
                || metadata.attention.as_deref().is_some_and(|prefix| of(prefix, name))
        };
        self.tensors(|name| {
            !name.starts_with("example.") && !read(name) && !name.strip_suffix(".scale").is_some_and(read)
        })
    }

    /// "F32 (6 tensors), I8 (2)", examples left out.
    fn storages(&self) -> Option<String> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for (_, tensor) in self.checkpoint.tensors().filter(|(name, _)| !name.starts_with("example.")) {
            let stored = format!("{:?}", tensor.storage).to_uppercase();
            match counts.iter_mut().find(|(known, _)| *known == stored) {
                Some((_, count)) => *count += 1,
                None => counts.push((stored, 1)),
            }
        }
        let words = counts
            .iter()
            .map(|(stored, count)| format!("{stored} ({count} tensor{})", if *count == 1 { "" } else { "s" }));
        Some(words.collect::<Vec<_>>().join(", ")).filter(|words| !words.is_empty())
    }
}

/// Is it a tensor of this layer?
fn belongs(spec: &LayerSpec, name: &str) -> bool {
    const TENSORS: [&str; 4] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
    let suffix = format!("_l{}", spec.index);
    let Some(rest) = name.strip_prefix(&spec.name).and_then(|rest| rest.strip_prefix('.')) else { return false };
    let backward = rest.strip_suffix("_reverse").filter(|_| spec.bidirectional);
    let stem = backward.unwrap_or(rest).strip_suffix(&suffix);
    stem.is_some_and(|stem| TENSORS.contains(&stem))
}

/// Is it weight or bias of what has this prefix?
fn of(prefix: &str, name: &str) -> bool {
    let rest = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
    rest.is_some_and(|rest| rest == "weight" || rest == "bias")
}

/// `training` as rows: nested objects with a name and a value become one row, lists of numbers are counted.
fn describe(key: &str, value: &serde_json::Value, rows: &mut Vec<(String, String)>) {
    use serde_json::Value;
    let label = key.replace('_', " ");
    match value {
        Value::Null => {}
        Value::Object(map) => match (map.get("name"), map.get("value")) {
            (Some(Value::String(name)), Some(value)) => rows.push((name.clone(), plain(value))),
            _ => map.iter().for_each(|(inner, value)| describe(&format!("{label}, {inner}"), value, rows)),
        },
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_number) => {
            let ends: Vec<String> = items.iter().take(1).chain(items.iter().skip(1).next_back()).map(plain).collect();
            rows.push((label, format!("{} ({} values)", ends.join(" … "), items.len())));
        }
        Value::Array(items) => items.iter().for_each(|item| describe(key, item, rows)),
        other => rows.push((label, plain(other))),
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.as_f64().map_or_else(
            || number.to_string(),
            |x| if x.fract() == 0.0 { format!("{x}") } else { format!("{x:.4}").trim_end_matches('0').to_string() },
        ),
        other => other.to_string(),
    }
}
