//! ONNX files (`python/make_onnx_files.py`): the logits are ONNX Runtime's in float32, or the standard's own.

use crate::cases::{close, run};
use crate::golden_networks::matrix;
use crate::methods::numbers;
use ndarray::Array2;
use rnnscope::import::{self, Checkpoint};
use rnnscope::network::Network;
use serde_json::Value;
use std::rc::Rc;

const FOLDER: &str = "tests/golden/formats/onnx";
/// The answers are rounded to float32.
const ALLOWED: f64 = 1e-6;

/// Node tests that a network here cannot compute, and what the refusal says.
const NODE_TESTS_REFUSED: &[(&str, &str)] = &[("node/test_lstm_with_peepholes.onnx", "peepholes")];

fn answers() -> Value {
    serde_json::from_slice(&std::fs::read(format!("{FOLDER}/answers.json")).unwrap()).unwrap()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}")).unwrap()
}

/// The largest difference of the logits from the runtime's.
fn agrees(name: &str, checkpoint: &Checkpoint, golden: &Value) -> f64 {
    let network = Rc::new(Network::<f64>::new(checkpoint).unwrap_or_else(|error| panic!("{name}: {error}")));
    let x: Array2<f64> = if golden["x"][0].is_array() {
        matrix(&golden["x"])
    } else {
        let tokens: Vec<Option<usize>> = numbers(&golden["x"]).into_iter().map(|token| Some(token as usize)).collect();
        network.encode(&tokens)
    };
    let trace = run(&network, &x);
    let steps = if network.every_step() { 0..trace.steps() } else { trace.steps() - 1..trace.steps() };
    let logits: Vec<f64> = steps.flat_map(|t| trace.logits_at(t).to_vec()).collect();
    let expected = numbers(&golden["logits"]);
    close(name, &logits, &expected, ALLOWED);
    logits.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn graphs_run_as_in_onnx_runtime() {
    let answers = answers();
    let files = answers["files"].as_object().unwrap();
    let count = |folder: &str| files.keys().filter(|name| name.starts_with(folder)).count();
    assert_eq!((count("node/"), count("random/") >= 30, count("torch/")), (12, true, 18));
    let mut largest = 0.0f64;
    for (name, cases) in files {
        if let Some((_, word)) = NODE_TESTS_REFUSED.iter().find(|(refused, _)| refused == name) {
            refused(name, word);
            continue;
        }
        let checkpoint = import::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!checkpoint.metadata.notes.is_empty(), "{name}: what was assumed is said");
        for golden in cases.as_array().unwrap() {
            largest = largest.max(agrees(name, &checkpoint, golden));
        }
    }
    println!("largest difference of {} files: {largest:.1e}", files.len() - NODE_TESTS_REFUSED.len());
}

#[track_caller]
fn refused(name: &str, word: &str) {
    let error = import::read(file(name)).map(|_| ()).expect_err(name);
    assert!(error.to_string().contains(word), "{name}: {error}");
    // What is not supported says what is.
    assert_eq!(
        (error.code(), error.remedy().as_str()),
        ("unsupported", "Export the model with one of these."),
        "{name}"
    );
    assert!(!error.place().is_empty() && error.to_string().contains("known: "), "{name}: {error}");
}

#[test]
fn what_a_network_here_cannot_compute_is_refused_by_name() {
    let answers = answers();
    let files = answers["refused"].as_object().unwrap();
    assert!(files.len() >= 15);
    for (name, word) in files {
        refused(name, word.as_str().unwrap());
    }
}

#[test]
fn tokens_and_values_are_told_apart() {
    let metadata = |name: &str| import::read(file(name)).unwrap().metadata;
    let language = metadata("torch/char_lm_open.onnx");
    assert_eq!((language.task.as_str(), language.vocab.len(), language.layers.len()), ("language-model", 7, 2));
    let series = metadata("torch/gru_series_fixed.onnx");
    assert_eq!((series.classes.len(), series.feature_names.len(), series.input.length), (1, 3, Some(5)));
    assert!(metadata("torch/bigru_classifier_open.onnx").layers.iter().all(|layer| layer.bidirectional));
}
