//! Weights as people save them (`python/make_format_files.py`): the states and logits are PyTorch's own in float64.

use crate::cases::{close, run};
use crate::golden_networks::matrix;
use crate::methods::numbers;
use ndarray::Array2;
use rnnscope::import::{self, Checkpoint};
use rnnscope::network::Network;
use serde_json::Value;
use std::rc::Rc;

const FOLDER: &str = "tests/golden/formats/torch";
const ALLOWED: f64 = 1e-12;

fn answers() -> Value {
    serde_json::from_slice(&std::fs::read(format!("{FOLDER}/answers.json")).unwrap()).unwrap()
}

pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}")).unwrap()
}

/// States and logits are the framework's, within `allowed`.
#[track_caller]
pub fn agrees(name: &str, checkpoint: &Checkpoint, golden: &Value, allowed: f64) {
    let network = Rc::new(Network::<f64>::new(checkpoint).unwrap_or_else(|error| panic!("{name}: {error}")));
    let x: Array2<f64> = if golden["x"][0].is_array() {
        matrix(&golden["x"])
    } else {
        let tokens: Vec<Option<usize>> = numbers(&golden["x"]).into_iter().map(|token| Some(token as usize)).collect();
        network.encode(&tokens)
    };
    let trace = run(&network, &x);
    let states = golden["states"].as_array().unwrap();
    assert_eq!(states.len(), network.depth(), "{name}: layers and directions");
    for (d, expected) in states.iter().enumerate() {
        let hidden = network.layers[network.place(d).0].hidden;
        let found: Vec<f64> = (0..trace.steps())
            .flat_map(|t| {
                let records = trace.records();
                let row = records.row(d, t, 0);
                row[row.len() - hidden..].to_vec()
            })
            .collect();
        close(&format!("{name}: states of {d}"), &found, &numbers(expected), allowed);
    }
    let steps = if network.every_step() { 0..trace.steps() } else { trace.steps() - 1..trace.steps() };
    let logits: Vec<f64> = steps.flat_map(|t| trace.logits_at(t).to_vec()).collect();
    close(&format!("{name}: logits"), &logits, &numbers(&golden["logits"]), allowed);
}

#[test]
fn weights_run_as_in_pytorch() {
    let answers = answers();
    let files = answers["files"].as_object().unwrap();
    assert!(files.len() >= 50, "{} files", files.len());
    for (name, golden) in files {
        let checkpoint = import::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!checkpoint.metadata.notes.is_empty(), "{name}: what was assumed is said");
        agrees(name, &checkpoint, golden, ALLOWED);
    }
}

#[test]
fn what_cannot_be_told_is_refused_by_name() {
    let expected = [
        ("module.zip.pt", "torch.nn.modules.rnn.LSTM"),
        ("projected.zip.pt", "weight_hr_l0"),
        ("no_head.zip.pt", "read-out"),
        ("linear.safetensors", "weight_ih_l0"),
        ("convolution.zip.pt", "conv."),
        ("objects.npz", "unpickled"),
        ("two_heads.zip.pt", "a.weight, b.weight"),
    ];
    let refused: Vec<String> = serde_json::from_value(answers()["refused"].clone()).unwrap();
    assert_eq!(refused.len(), expected.len());
    for (name, says) in expected {
        assert!(refused.iter().any(|file| file == name), "{name}");
        let error = import::read(file(name)).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(says) || error.place().contains(says), "{name}: {error}");
        assert!(!error.remedy().is_empty(), "{name}");
    }
}
