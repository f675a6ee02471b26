//! From the chain of layers to our network: what each Keras layer is here, or why it is refused.

use super::config::Item;
use super::hdf5::Array;
use super::recurrent;
use super::stored::{Part, Stored};
use crate::import::checkpoint::Storage;
use crate::import::metadata::{LayerSpec, ReadFrom};
use crate::{Error, Result};

/// A tensor under our name.
pub type Named = (String, Vec<usize>, Vec<f64>, Storage);

const HEADS: &str = "one Dense layer after the recurrent ones, with a linear, softmax or one sigmoid output";
const IN_ORDER: &str =
    "Embedding or values, attention over features, recurrent layers, pooling over time, one Dense layer";

/// What was found on the way from the input to the output.
#[derive(Default)]
pub struct Walk {
    /// Steps of the input, where the file fixes them.
    pub steps: Option<usize>,
    /// Entries of the table of vectors.
    pub embedding: Option<(String, usize)>,
    /// Prefix of the attention block.
    pub attention: Option<String>,
    /// Recurrent layers.
    pub layers: Vec<LayerSpec>,
    /// Prefix of the head and number of its outputs.
    pub head: Option<(String, usize)>,
    /// What the head reads.
    pub on: ReadFrom,
    /// `linear`, `softmax`, `sigmoid`: what follows the logits.
    pub ending: String,
    /// The weights.
    pub tensors: Vec<Named>,
    /// For people.
    pub notes: Vec<String>,
}

impl Walk {
    /// Takes the next layer of the chain.
    pub fn take(&mut self, item: &Item, stored: &Stored) -> Result<()> {
        match item.class.as_str() {
            "InputLayer" => self.input(item),
            "Dropout"
            | "SpatialDropout1D"
            | "GaussianDropout"
            | "GaussianNoise"
            | "AlphaDropout"
            | "ActivityRegularization" => Ok(()),
            "Masking" => {
                self.notes.push(format!("{}: Keras skips steps whose values are all the mask value; here every step is read, so leave such steps off.", item.name));
                Ok(())
            }
            "Embedding" => self.table(item, stored),
            "Multiply" => self.product(item, stored),
            "LSTM" | "GRU" | "SimpleRNN" | "Bidirectional" => self.layer(item, stored),
            "GlobalAveragePooling1D" => self.pool(item, ReadFrom::MeanState),
            "GlobalMaxPooling1D" => self.pool(item, ReadFrom::MaxState),
            "Dense" => self.dense(item, item, Part::Whole, stored),
            "TimeDistributed" => match item.inner("layer") {
                Some(inner) if inner.class == "Dense" && self.on == ReadFrom::EveryStep => {
                    self.dense(item, &inner, Part::Inner, stored)
                }
                inner => {
                    let what = inner.map_or("nothing".into(), |inner| inner.class);
                    Err(item.refuse(
                        format!("TimeDistributed of {what}"),
                        "TimeDistributed(Dense) on the states of every step",
                    ))
                }
            },
            "Activation" => self.end(item, item.activation("activation", "linear")),
            "Softmax" => self.end(item, "softmax".into()),
            "CuDNNLSTM" | "CuDNNGRU" => Err(item.refuse(
                format!("{}, whose weights lie in another order", item.class),
                "LSTM, or GRU with reset_after=True: load the weights into a model with these layers and save that",
            )),
            other => Err(item.refuse(other, IN_ORDER)),
        }
    }

    fn input(&mut self, item: &Item) -> Result<()> {
        let shape = item.config.get("batch_shape").or_else(|| item.config.get("batch_input_shape"));
        let length = shape.and_then(|shape| shape.get(1)?.as_u64());
        self.steps = length.and_then(|steps| usize::try_from(steps).ok());
        Ok(())
    }

    fn table(&mut self, item: &Item, stored: &Stored) -> Result<()> {
        self.before_layers(item)?;
        let [table] = exactly(item, stored.arrays(item, Part::Whole, 1)?)?;
        let [entries, _] = matrix(&table)?;
        let name = format!("{}.weight", item.name);
        if item.flag("mask_zero", false) {
            self.notes.push(format!(
                "{}: Keras skips token 0 (mask_zero); here every token is read, so leave padding off.",
                item.name
            ));
        }
        self.embedding = Some((name.clone(), entries));
        self.tensors.push((name, table.shape, table.numbers, table.storage));
        Ok(())
    }

    /// α ⊙ x with α = softmax(W x + b) over the features of a step.
    fn product(&mut self, item: &Item, stored: &Stored) -> Result<()> {
        self.before_layers(item)?;
        let Some(gate) = item.factors.as_deref() else {
            return Err(item.refuse("Multiply without a softmax of its own input", IN_ORDER));
        };
        let (inner, part) = match gate.inner("layer") {
            Some(inner) => (inner, Part::Inner),
            None => (gate.clone(), Part::Whole),
        };
        let activation = inner.activation("activation", "linear");
        if inner.class != "Dense" || activation != "softmax" {
            return Err(gate.refuse(
                format!("factors by {} with activation {activation}", inner.class),
                "Dense(features, activation=\"softmax\") as the attention over the features of a step",
            ));
        }
        let (weight, bias) = linear(gate, &inner, part, stored)?;
        let features = bias.shape.first().copied().unwrap_or(0);
        if weight.shape != [features, features] {
            return Err(gate.refuse(format!("weights of shape {:?}", weight.shape), "as many factors as features"));
        }
        self.attention = Some(gate.name.clone());
        self.push_linear(&gate.name, weight, bias);
        Ok(())
    }

    fn layer(&mut self, item: &Item, stored: &Stored) -> Result<()> {
        if self.head.is_some() || self.on == ReadFrom::MeanState || self.on == ReadFrom::MaxState {
            return Err(item.refuse(format!("{} after the read-out", item.class), IN_ORDER));
        }
        if !self.layers.is_empty() && self.on != ReadFrom::EveryStep {
            return Err(
                item.refuse("a recurrent layer on one that gives its last state only", "return_sequences=True below")
            );
        }
        let sequences = recurrent::read(item, stored, &mut self.layers, &mut self.tensors, &mut self.notes)?;
        self.on = if sequences { ReadFrom::EveryStep } else { ReadFrom::LastState };
        Ok(())
    }

    fn pool(&mut self, item: &Item, on: ReadFrom) -> Result<()> {
        if self.layers.is_empty() || self.head.is_some() || self.on != ReadFrom::EveryStep {
            return Err(item
                .refuse(item.class.clone(), "pooling between a layer with return_sequences=True and the Dense layer"));
        }
        if item.flag("keepdims", false) || item.activation("data_format", "channels_last") != "channels_last" {
            return Err(item.refuse("keepdims or channels_first", "keepdims=False, data_format=\"channels_last\""));
        }
        self.on = on;
        Ok(())
    }

    /// The head; `item` stands in the chain, `dense` is the layer or what it wraps.
    fn dense(&mut self, item: &Item, dense: &Item, part: Part, stored: &Stored) -> Result<()> {
        if self.layers.is_empty() || self.head.is_some() {
            return Err(item.refuse("a Dense layer that is not the last one", HEADS));
        }
        let (weight, bias) = linear(item, dense, part, stored)?;
        self.head = Some((item.name.clone(), bias.numbers.len()));
        self.push_linear(&item.name, weight, bias);
        self.ending = "linear".into();
        self.end(item, dense.activation("activation", "linear"))
    }

    fn end(&mut self, item: &Item, activation: String) -> Result<()> {
        let outputs = self.head.as_ref().map_or(0, |(_, outputs)| *outputs);
        match (activation.as_str(), outputs) {
            ("linear", _) => return Ok(()),
            _ if outputs == 0 => return Err(item.refuse(format!("{activation} before the Dense layer"), HEADS)),
            _ if self.ending != "linear" => {
                return Err(item.refuse(format!("{activation} after {}", self.ending), HEADS));
            }
            ("softmax", 2..) | ("sigmoid", 1) => self.ending = activation,
            ("sigmoid", _) => {
                return Err(item.refuse(
                    format!("{outputs} sigmoid outputs, a question each"),
                    "one sigmoid output, or a softmax: save a model per output, keras.Model(model.input, model.output[:, k:k+1]) does not do, a Dense layer with that column does",
                ));
            }
            ("softmax", _) => return Err(item.refuse("a softmax of one output, which is always 1", HEADS)),
            (other, _) => return Err(item.refuse(format!("an output activation {other}"), HEADS)),
        }
        self.notes.push(format!("The model ends with a {}; the logits are what goes into it.", self.ending));
        Ok(())
    }

    fn before_layers(&self, item: &Item) -> Result<()> {
        let free = self.layers.is_empty() && self.attention.is_none();
        if free && (item.class != "Embedding" || self.embedding.is_none()) {
            return Ok(());
        }
        Err(item.refuse(format!("a second {0}, or {0} after a recurrent layer", item.class), IN_ORDER))
    }

    fn push_linear(&mut self, prefix: &str, weight: Array, bias: Array) {
        for (what, array) in [("weight", weight), ("bias", bias)] {
            self.tensors.push((format!("{prefix}.{what}"), array.shape, array.numbers, array.storage));
        }
    }
}

/// W [C, I] and b [C] of a Dense layer; without bias, zeros.
fn linear(place: &Item, dense: &Item, part: Part, stored: &Stored) -> Result<(Array, Array)> {
    let biased = dense.flag("use_bias", true);
    let mut arrays = stored.arrays(place, part, if biased { 2 } else { 1 })?.into_iter();
    let kernel = arrays.next().ok_or_else(|| place.refuse("no kernel", HEADS))?;
    let weight = transposed(kernel)?;
    let outputs = weight.shape.first().copied().unwrap_or(0);
    let zeros =
        Array { place: place.name.clone(), shape: vec![outputs], numbers: vec![0.0; outputs], storage: weight.storage };
    Ok((weight, arrays.next().unwrap_or(zeros)))
}

/// [I, O] → [O, I].
pub fn transposed(array: Array) -> Result<Array> {
    let [rows, columns] = matrix(&array)?;
    let numbers =
        (0..columns).flat_map(|column| array.numbers.iter().skip(column).step_by(columns.max(1)).copied()).collect();
    Ok(Array { shape: vec![columns, rows], numbers, ..array })
}

fn matrix(array: &Array) -> Result<[usize; 2]> {
    <[usize; 2]>::try_from(array.shape.as_slice()).map_err(|_| {
        let problem = format!("expected a matrix, found shape {:?}", array.shape);
        Error::file(array.place.clone(), problem, "The file is damaged; save the model again.")
    })
}

/// The arrays one by one.
pub fn exactly<const N: usize>(item: &Item, arrays: Vec<Array>) -> Result<[Array; N]> {
    arrays
        .try_into()
        .map_err(|arrays: Vec<Array>| item.refuse(format!("{} arrays of weights", arrays.len()), N.to_string()))
}
