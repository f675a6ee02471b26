//! Requests as they come from outside: words and numbers, not yet checked.

use super::Session;
use crate::attribution::{BASELINES, Given, Material};
use crate::network::{READOUTS, Readout, Target};
use crate::{Error, Result};
use ndarray::Array2;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// What is to be explained, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Of the registry.
    pub method: String,
    /// Its controls.
    #[serde(default)]
    pub params: BTreeMap<String, Weight>,
    /// The score.
    pub target: TargetRequest,
    /// What the input is compared with.
    pub baseline: BaselineRequest,
    /// Texts or CSVs of other inputs, for methods that compare with several.
    #[serde(default)]
    pub background: Vec<String>,
    /// `f32` or `f64`.
    #[serde(default = "narrow")]
    pub precision: String,
}

fn narrow() -> String {
    "f32".into()
}

/// The value of a control.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Weight {
    /// Of a slider.
    Number(f64),
    /// Of a menu.
    Word(String),
}

/// Derived, it would try a number first, and in a page a try that fails makes an `Error` with its stack.
impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Weight, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Weight;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or a word")
            }

            fn visit_f64<E>(self, number: f64) -> std::result::Result<Weight, E> {
                Ok(Weight::Number(number))
            }

            fn visit_i64<E>(self, number: i64) -> std::result::Result<Weight, E> {
                Ok(Weight::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> std::result::Result<Weight, E> {
                Ok(Weight::Number(number as f64))
            }

            fn visit_str<E>(self, word: &str) -> std::result::Result<Weight, E> {
                Ok(Weight::Word(word.into()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// The score that is explained.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetRequest {
    /// Of the registry of readouts.
    pub readout: String,
    /// c.
    pub class: usize,
    /// c' of a difference.
    pub versus: usize,
    /// From 0; −1 = the last.
    pub step: i64,
    /// Of a hidden unit.
    pub layer: usize,
    /// Of a hidden unit.
    pub direction: usize,
    /// Of a hidden unit.
    pub unit: usize,
}

/// What the input is compared with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BaselineRequest {
    /// Of the registry of baselines.
    pub id: String,
    /// Text or CSV of the other sample.
    pub sample: Option<String>,
}

/// Which unit is looked at, and how units are ordered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// From the input, from 0.
    pub layer: usize,
    /// 0 forward, 1 backward.
    pub direction: usize,
    /// Of the cell's record; empty = hidden state.
    pub quantity: String,
    /// From 0.
    pub unit: usize,
    /// `index`, `peak` or `similar`.
    pub order: String,
}

/// What an answer is to be measured by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasurementRequest {
    /// Of the registry of metrics.
    pub metric: String,
    /// Its controls.
    #[serde(default)]
    pub params: BTreeMap<String, Weight>,
}

/// The controls' values, to be checked by whoever has the controls.
pub(super) fn given(params: &BTreeMap<String, Weight>) -> BTreeMap<String, Given> {
    let value = |weight: &Weight| match weight {
        Weight::Number(x) => Given::Number(*x),
        Weight::Word(word) => Given::Word(word.clone()),
    };
    let mut given = BTreeMap::new();
    // One by one: a map that is collected sorts first, and a sort costs the page some kilobytes.
    params.iter().for_each(|(id, weight)| drop(given.insert(id.clone(), value(weight))));
    given
}

impl Session {
    /// Checks and completes the target.
    pub(super) fn target(&self, request: &TargetRequest) -> Result<Target> {
        let readout = READOUTS.iter().find(|readout| readout.id == request.readout).ok_or_else(|| {
            let known: Vec<&str> = READOUTS.iter().map(|readout| readout.id).collect();
            Error::request("target", format!("one of {}", known.join(", ")), &request.readout)
        })?;
        let steps = self.steps();
        let step = match request.step {
            -1 => steps.saturating_sub(1),
            step => usize::try_from(step)
                .map_err(|_| Error::request("time step", format!("between 1 and {steps}, or -1 for the last"), step))?,
        };
        let layers = &self.narrow.layers;
        let layer = layers.get(request.layer).filter(|layer| request.direction < layer.directions.len());
        if layer.is_none() && readout.readout == Readout::Hidden {
            return Err(Error::request(
                "layer",
                format!("one of the {} layers and its directions", layers.len()),
                request.layer + 1,
            ));
        }
        let d = layer.map_or(0, |_| self.narrow.index(request.layer, request.direction));
        // A head that reads once has its output at the end, whatever step was asked for.
        let last_only = !self.narrow.every_step() && readout.readout != Readout::Hidden;
        let target = Target {
            readout: readout.readout,
            class: request.class,
            versus: request.versus,
            step: if last_only { steps.saturating_sub(1) } else { step },
            d,
            unit: request.unit,
        };
        let hidden: Vec<usize> = layers.iter().flat_map(|layer| vec![layer.hidden; layer.directions.len()]).collect();
        target.check(self.narrow.classes(), steps, &hidden)?;
        Ok(target)
    }

    /// The baseline in the network's terms, [T, I].
    pub(super) fn make_baseline(&self, request: &BaselineRequest) -> Result<Array2<f64>> {
        let info = BASELINES.iter().find(|baseline| baseline.id == request.id).ok_or_else(|| {
            let known: Vec<&str> = BASELINES.iter().map(|baseline| baseline.id).collect();
            Error::request("baseline", format!("one of {}", known.join(", ")), &request.id)
        })?;
        let sample = match &request.sample {
            Some(text) if info.id == "sample" => Some(self.other_input(text)?),
            _ => None,
        };
        let metadata = &self.checkpoint.metadata;
        let embedding = self.narrow.embedding.as_ref().map(|table| table.mapv(f64::from));
        let padding =
            metadata.input.padding.as_ref().and_then(|entry| metadata.vocab.iter().position(|word| word == entry));
        let fixed = self.spec.columns.iter().map(|column| column.role == "static").collect();
        (info.make)(&Material {
            x: &self.x,
            embedding: embedding.as_ref(),
            padding,
            series: self.is_series(),
            fixed,
            sample: sample.as_ref(),
        })
    }
}
