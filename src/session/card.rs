//! The model card: what the file says, and what was counted.

use super::Session;
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
    pub classes: Vec<String>,
    pub vocab_size: usize,
    /// Characters, display-ready; empty for words.
    pub vocab: Vec<String>,
    pub features: Vec<FeatureCard>,
    pub parameters: usize,
    /// Inputs with the framework's own answers that the file holds.
    pub examples: usize,
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
        let layer = |(l, spec): (usize, &crate::import::LayerSpec)| {
            let layer = &network.layers[l];
            let tensors = self.checkpoint.tensors().filter(|(name, _)| {
                let suffix = format!("_l{}", spec.index);
                name.starts_with(&format!("{}.", spec.name))
                    && (name.ends_with(&suffix) || name.ends_with(&format!("{suffix}_reverse")))
            });
            LayerCard {
                name: format!("layer {}", l + 1),
                cell: layer.cell.label().into(),
                equations: layer.cell.equations().into(),
                hidden: layer.hidden,
                input: spec.input,
                directions: layer.directions.len(),
                parameters: layer.parameters(),
                tensors: tensors.map(|(name, tensor)| (name.to_string(), tensor.shape.clone())).collect(),
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
            notes: metadata.notes.clone(),
            bytes_per_step: self.bytes_per_step(),
        }
    }
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
