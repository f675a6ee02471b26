//! The configuration of a Keras model as a chain of layers, input first.

use crate::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

const MOST_LAYERS: usize = 512;
const DAMAGED: &str = "The file is damaged, or it holds weights only: save the whole model with model.save(path).";
const CHAIN: &str = "a chain of layers, of which one may be multiplied with a softmax of its own values";

/// One layer.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its own name.
    pub name: String,
    /// `LSTM`.
    pub class: String,
    /// Its settings.
    pub config: Value,
    /// How many layers of the same class stand before it in the file.
    pub counter: usize,
    /// Of a product: the layer that gives the factors.
    pub factors: Option<Box<Item>>,
}

impl Item {
    /// A switch, or what Keras takes where it is missing.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.config.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A whole number.
    pub fn size(&self, name: &str) -> Option<usize> {
        usize::try_from(self.config.get(name)?.as_u64()?).ok()
    }

    /// The name of an activation; none is linear.
    pub fn activation(&self, name: &str, default: &str) -> String {
        match self.config.get(name) {
            None => default.into(),
            Some(Value::Null) => "linear".into(),
            Some(Value::String(name)) => name.clone(),
            Some(other) => ["config", "class_name"]
                .iter()
                .find_map(|key| other.get(key)?.as_str())
                .unwrap_or("an activation of one's own")
                .into(),
        }
    }

    /// The layer inside a wrapper.
    pub fn inner(&self, key: &str) -> Option<Item> {
        item(self.config.get(key)?, &mut BTreeMap::new())
    }

    /// This layer is not read: what it is and what could stand there.
    pub fn refuse(&self, found: impl Into<String>, known: impl Into<String>) -> Error {
        Error::unsupported(format!("layer {}", self.name), found, known)
    }
}

/// `GlobalMaxPooling1D` → `global_max_pooling1d`, as Keras names the groups of its weights.
pub fn snake(class: &str) -> String {
    let letters: Vec<char> = class.chars().collect();
    let mut name = String::new();
    for (k, letter) in letters.iter().enumerate() {
        let before = k.checked_sub(1).and_then(|k| letters.get(k)).copied().unwrap_or('_');
        let after = letters.get(k + 1).is_some_and(char::is_ascii_lowercase);
        let starts = letter.is_ascii_uppercase() && before != '_' && (before.is_ascii_lowercase() || after);
        if starts {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The layers from the input to the output.
pub fn chain(model: &Value) -> Result<Vec<Item>> {
    let class = model.get("class_name").and_then(Value::as_str).unwrap_or_default();
    let config = model.get("config").ok_or_else(|| Error::file("config", "no configuration of layers", DAMAGED))?;
    let listed = config.get("layers").unwrap_or(config).as_array();
    let listed = listed.filter(|layers| (1..=MOST_LAYERS).contains(&layers.len())).ok_or_else(|| {
        Error::file("config.layers", format!("no list of 1 to {MOST_LAYERS} layers in a model `{class}`"), DAMAGED)
    })?;
    let mut counters = BTreeMap::new();
    let items: Option<Vec<Item>> = listed.iter().map(|layer| item(layer, &mut counters)).collect();
    let items = items.ok_or_else(|| Error::file("config.layers", "a layer without a class", DAMAGED))?;
    match class {
        "Sequential" => Ok(items),
        "Functional" | "Model" => functional(config, listed, &items),
        other => Err(Error::unsupported(
            "model",
            format!("a model of its own class, `{other}`"),
            "Sequential and functional models (keras.Sequential, keras.Model(inputs, outputs))",
        )),
    }
}

fn item(layer: &Value, counters: &mut BTreeMap<String, usize>) -> Option<Item> {
    let class = layer.get("class_name")?.as_str()?.to_string();
    let config = layer.get("config").cloned().unwrap_or_default();
    let name = config.get("name").or_else(|| layer.get("name")).and_then(Value::as_str).unwrap_or(&class).to_string();
    let counter = counters.entry(class.clone()).or_default();
    *counter += 1;
    Some(Item { name, config, counter: *counter - 1, class, factors: None })
}

/// Follows a functional model from its output back to its input.
fn functional(config: &Value, listed: &[Value], items: &[Item]) -> Result<Vec<Item>> {
    let mut outputs = Vec::new();
    references(config.get("output_layers").unwrap_or(&Value::Null), &mut outputs);
    let mut name = match outputs.as_slice() {
        [one] => one.name.clone(),
        several => {
            return Err(Error::unsupported(
                "model",
                format!("a model with {} outputs", several.len()),
                "one output: keras.Model(inputs, the output to explain)",
            ));
        }
    };
    let mut chain = Vec::new();
    while chain.len() <= items.len() {
        let (item, sources) = node(&name, listed, items)?;
        match sources.as_slice() {
            [] => {
                chain.push(item);
                chain.reverse();
                return Ok(chain);
            }
            [one] => {
                name.clone_from(one);
                chain.push(item);
            }
            [a, b] if item.class == "Multiply" => {
                let (factors, from) = factors(&item, (a, b), listed, items)?;
                name = from;
                chain.push(Item { factors: Some(Box::new(factors)), ..item });
            }
            several => {
                let found = format!("{} joins {}", item.class, several.join(" and "));
                return Err(item.refuse(found, CHAIN));
            }
        }
    }
    Err(Error::file("config.layers", "the layers go round in a circle", DAMAGED))
}

/// Which side of a product is made of the other, and from where both come.
fn factors(product: &Item, (a, b): (&str, &str), listed: &[Value], items: &[Item]) -> Result<(Item, String)> {
    for (made, from) in [(a, b), (b, a)] {
        let (item, sources) = node(made, listed, items)?;
        if matches!(sources.as_slice(), [one] if one == from) && ["Dense", "TimeDistributed"].contains(&&*item.class) {
            return Ok((item, from.to_string()));
        }
    }
    Err(product.refuse(format!("a product of {a} and {b}"), CHAIN))
}

/// A layer and the names of those that it reads.
fn node(name: &str, listed: &[Value], items: &[Item]) -> Result<(Item, Vec<String>)> {
    let missing = || Error::file(format!("layer {name}"), "the configuration has no such layer", DAMAGED);
    let named =
        |(layer, item): &(&Value, &Item)| layer.get("name").and_then(Value::as_str).unwrap_or(&item.name) == name;
    let (layer, item) = listed.iter().zip(items).find(named).ok_or_else(missing)?;
    let nodes = layer.get("inbound_nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if nodes.len() > 1 {
        return Err(item.refuse(format!("a layer that is used in {} places", nodes.len()), CHAIN));
    }
    let mut sources = Vec::new();
    nodes.iter().for_each(|node| references(node, &mut sources));
    if let Some(source) = sources.iter().find(|source| source.output > 0) {
        return Err(item.refuse(format!("output {} of {} as its input", source.output, source.name), CHAIN));
    }
    Ok((item.clone(), sources.into_iter().map(|source| source.name).collect()))
}

/// An output of a layer.
struct Reference {
    name: String,
    output: u64,
}

/// All references `[name, node, output, …]` in a value, Keras 2 and 3.
fn references(value: &Value, found: &mut Vec<Reference>) {
    match value {
        Value::Array(list) => {
            if let [Value::String(name), Value::Number(_), Value::Number(output), rest @ ..] = list.as_slice() {
                found.push(Reference { name: name.clone(), output: output.as_u64().unwrap_or(u64::MAX) });
                rest.iter().for_each(|value| references(value, found));
            } else {
                list.iter().for_each(|value| references(value, found));
            }
        }
        Value::Object(map) => map.values().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn classes_are_named_as_keras_names_them() {
        for (class, name) in [
            ("LSTM", "lstm"),
            ("SimpleRNN", "simple_rnn"),
            ("GlobalMaxPooling1D", "global_max_pooling1d"),
            ("TimeDistributed", "time_distributed"),
            ("GRU", "gru"),
        ] {
            assert_eq!(snake(class), name);
        }
    }
}
