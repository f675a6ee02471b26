//! What a model file says of itself: the wiring, the vocabulary, the units. See `python/README.md` for the format.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The key in `__metadata__`.
pub const KEY: &str = "rnnscope";
/// The same as it stands in a header.
pub const KEY_IN_HEADER: &[u8] = b"\"rnnscope\":";
const VERSION: u32 = 1;
/// Largest I, H, C or vocabulary.
pub const LARGEST_SIZE: usize = 1 << 20;
const MOST_LAYERS: usize = 64;
const REMEDY: &str = "See the format in python/README.md.";

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Metadata {
    /// Of this description.
    pub version: u32,
    /// Short name.
    pub name: String,
    /// For people.
    pub title: String,
    /// `language-model` or `classifier`.
    pub task: String,
    /// Where it was trained.
    pub framework: String,
    /// Its version.
    pub framework_version: String,
    /// Day.
    pub created: String,
    /// Of the data part, hexadecimal.
    pub sha256_of_weights: String,
    /// What the network reads.
    pub input: InputSpec,
    /// Characters or words, in the order of their numbers.
    pub vocab: Vec<String>,
    /// Tensor [V, I] of word vectors; none = one-hot or values.
    pub embedding: Option<String>,
    /// Prefix of the input-feature attention block (Gandin et al. 2021): `.weight` [I, I], `.bias` [I].
    pub attention: Option<String>,
    /// From the input upwards.
    pub layers: Vec<LayerSpec>,
    /// The linear read-out.
    pub head: Head,
    /// Names of the classes of a classifier; one name = one logistic output.
    pub classes: Vec<String>,
    /// [I] of a series.
    pub feature_names: Vec<String>,
    /// [I] of a series.
    pub units: Vec<String>,
    /// [I] of a series: what each input is made from.
    pub features: Vec<Feature>,
    /// Free: data, licence, metric, seed.
    pub training: serde_json::Map<String, serde_json::Value>,
    /// Inputs with the framework's own answers: tensors `example.<n>.*`.
    pub examples: Vec<Example>,
    /// The file does not say how its weights are wired: names and shapes were taken as PyTorch gives them.
    pub assumed: bool,
    /// What the file leaves open and how it was taken, in sentences for people.
    pub notes: Vec<String>,
}

impl Default for Metadata {
    fn default() -> Metadata {
        Metadata {
            version: VERSION,
            name: String::new(),
            title: String::new(),
            task: "classifier".into(),
            framework: String::new(),
            framework_version: String::new(),
            created: String::new(),
            sha256_of_weights: String::new(),
            input: InputSpec::default(),
            vocab: Vec::new(),
            embedding: None,
            attention: None,
            layers: Vec::new(),
            head: Head::default(),
            classes: Vec::new(),
            feature_names: Vec::new(),
            units: Vec::new(),
            features: Vec::new(),
            training: serde_json::Map::new(),
            examples: Vec::new(),
            assumed: false,
            notes: Vec::new(),
        }
    }
}

/// An input with the framework's own answers.
///
/// Tensors: `example.<n>.x` [T, I], what the first layer (or the attention) reads; `example.<n>.h.<d>` [T, H] the states
/// and, of an LSTM, `example.<n>.c.<d>` [T, H] of each layer × direction in the input's own time order;
/// `example.<n>.logits` [T, C] or [C].
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Example {
    /// For people.
    pub title: String,
    /// What was typed, if it was text.
    pub text: Option<String>,
    /// T.
    pub steps: usize,
}

/// What a step of the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// Text, character by character.
    Characters,
    /// Text, word by word.
    Words,
    /// Several values a step.
    #[default]
    Series,
}

impl InputKind {
    /// As in the file.
    pub fn id(self) -> &'static str {
        match self {
            InputKind::Characters => "characters",
            InputKind::Words => "words",
            InputKind::Series => "series",
        }
    }
}

/// What the network reads.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct InputSpec {
    /// Characters, words or a series.
    pub kind: InputKind,
    /// Steps of a series.
    pub length: Option<usize>,
    /// Only `word-punctuation`.
    pub tokenizer: Option<String>,
    /// Words are looked up in lower case.
    pub lower_case: bool,
    /// Entry for what the vocabulary lacks.
    pub unknown: Option<String>,
    /// Entry that stands for nothing.
    pub padding: Option<String>,
    /// Longest input the network was trained on, steps.
    pub max_length: Option<usize>,
    /// "hour".
    pub step_unit: Option<String>,
    /// Of a series.
    pub normalisation: Option<Normalisation>,
}

/// (value − mean) / std, clipped to ± clip; [I] each.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Normalisation {
    /// In raw units.
    pub mean: Vec<f64>,
    /// In raw units.
    pub std: Vec<f64>,
    /// In standard deviations.
    pub clip: Option<f64>,
}

/// One input of a series.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Feature {
    /// The measured variable it comes from.
    pub variable: String,
    /// `value`, `measured` (1 where the value was measured at this step) or `static`.
    pub role: String,
}

/// One recurrent layer; tensors `<name>.weight_ih_l<index>`, `weight_hh`, `bias_ih`, `bias_hh`, `_reverse`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct LayerSpec {
    /// `lstm`, `gru`, `rnn`.
    pub kind: String,
    /// Prefix of the tensors.
    pub name: String,
    /// k of `_l<k>`.
    pub index: usize,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// Both directions, outputs concatenated forward | backward.
    pub bidirectional: bool,
    /// Of an `rnn`: `tanh` or `relu`.
    pub activation: String,
    /// Of a `gru`: true = reset after the product (PyTorch), false = before it (Cho et al. 2014).
    pub linear_before_reset: bool,
    /// Of a `gru`: `keep` (PyTorch, Keras, ONNX) or `overwrite` (Cho et al. 2014, Karpathy et al. 2015).
    pub update_gate: String,
    /// Order of the gate blocks by letter, such as `ifgo` (PyTorch), `iofg` (ONNX), `rzn`, `zrn`; empty = PyTorch's.
    pub gate_order: String,
    /// Of an `lstm`: what its framework adds to the forget gate's bias outside the file (TensorFlow 1, DyNet: 1).
    pub forget_bias: f64,
}

impl Default for LayerSpec {
    fn default() -> LayerSpec {
        LayerSpec {
            kind: String::new(),
            name: "rnn".into(),
            index: 0,
            input: 0,
            hidden: 0,
            bidirectional: false,
            activation: "tanh".into(),
            linear_before_reset: true,
            update_gate: "keep".into(),
            gate_order: String::new(),
            forget_bias: 0.0,
        }
    }
}

/// Which states the head reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadFrom {
    /// The last state of each direction.
    #[default]
    LastState,
    /// The state of every step, one output each.
    EveryStep,
    /// The mean over the steps.
    MeanState,
    /// The largest value over the steps, unit by unit.
    MaxState,
}

/// The linear read-out: `<name>.weight` [C, H·D], `<name>.bias` [C].
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Head {
    /// Prefix of the tensors.
    pub name: String,
    /// What it reads.
    pub on: ReadFrom,
}

impl Default for Head {
    fn default() -> Head {
        Head { name: "head".into(), on: ReadFrom::default() }
    }
}

/// Parses and checks what can be checked without the tensors.
pub fn parse(text: &str) -> Result<Metadata> {
    let metadata: Metadata =
        serde_json::from_str(text).map_err(|error| Error::file("__metadata__.rnnscope", error.to_string(), REMEDY))?;
    check(&metadata)?;
    Ok(metadata)
}

/// Checks what can be checked without the tensors.
pub fn check(metadata: &Metadata) -> Result<()> {
    if metadata.version != VERSION {
        return Err(Error::unsupported("metadata version", metadata.version.to_string(), VERSION.to_string()));
    }
    if metadata.layers.is_empty() || metadata.layers.len() > MOST_LAYERS {
        return Err(Error::file(
            "layers",
            format!("{} layers; 1 to {MOST_LAYERS} are read", metadata.layers.len()),
            REMEDY,
        ));
    }
    for (l, layer) in metadata.layers.iter().enumerate() {
        let sizes = [("input", layer.input), ("hidden", layer.hidden)];
        if let Some((name, size)) = sizes.iter().find(|(_, size)| *size == 0 || *size > LARGEST_SIZE) {
            return Err(Error::file(
                format!("layers[{l}].{name}"),
                format!("{size}; 1 to {LARGEST_SIZE} are read"),
                REMEDY,
            ));
        }
    }
    if let Some(l) = metadata.layers.iter().position(|layer| layer.forget_bias != 0.0 && layer.kind != "lstm") {
        return Err(Error::file(format!("layers[{l}].forget_bias"), "only an lstm has a forget gate", REMEDY));
    }
    let vocabulary_needed = metadata.input.kind != InputKind::Series;
    if vocabulary_needed && metadata.vocab.is_empty() {
        return Err(Error::file("vocab", "a text model needs its vocabulary", REMEDY));
    }
    if let Some(other) = metadata.input.tokenizer.as_deref().filter(|name| *name != "word-punctuation") {
        return Err(Error::unsupported("input.tokenizer", other, "word-punctuation"));
    }
    Ok(())
}
