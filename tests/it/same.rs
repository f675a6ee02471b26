//! One network, saved through PyTorch, Keras and ONNX, is the same network here: the same states, the same answers.

use crate::cases::{defined, explain, problem, settings};
use crate::formats::agrees;
use crate::golden_networks::matrix;
use crate::methods::{numbers, target};
use ndarray::Array2;
use rnnscope::import;
use rnnscope::network::{Network, Readout};
use serde_json::Value;
use std::fs;
use std::rc::Rc;

const FOLDER: &str = "tests/golden/formats/same";
/// Keras adds two biases up in float32.
const STATES: f64 = 1e-6;
/// Of the largest score.
const SCORES: f64 = 1e-5;

#[test]
fn one_network_through_three_frameworks_gives_equal_states_and_attributions() {
    let answers: Value = serde_json::from_slice(&fs::read(format!("{FOLDER}/answers.json")).unwrap()).unwrap();
    let mut compared = 0;
    for (name, golden) in answers["networks"].as_object().unwrap() {
        let mut first: Vec<(&str, Vec<f64>)> = Vec::new();
        for kind in ["pt", "keras", "onnx"] {
            let file = format!("{name}.{kind}");
            let checkpoint = import::read(fs::read(format!("{FOLDER}/{file}")).unwrap()).unwrap();
            agrees(&file, &checkpoint, golden, STATES);
            let network = Rc::new(Network::<f64>::new(&checkpoint).unwrap());
            let x: Array2<f64> = if golden["x"][0].is_array() {
                matrix(&golden["x"])
            } else {
                network.encode(&numbers(&golden["x"]).into_iter().map(|token| Some(token as usize)).collect::<Vec<_>>())
            };
            let baseline = Array2::zeros(x.dim());
            let problem = problem(&network, &x, &baseline, target(Readout::Logit, 1, x.nrows() - 1));
            let found: Vec<(&str, Vec<f64>)> = defined(&problem)
                .map(|method| {
                    let answer = explain(method, &problem, &settings(method, &[("samples", 40.0)], &[]));
                    (method.id, answer.scores.iter().copied().collect())
                })
                .collect();
            if first.is_empty() {
                first = found;
                continue;
            }
            assert_eq!(found.len(), first.len(), "{file}");
            for ((method, scores), (_, expected)) in found.iter().zip(&first) {
                let largest = expected.iter().fold(0f64, |largest, score| largest.max(score.abs()));
                for (a, b) in scores.iter().zip(expected) {
                    assert!((a - b).abs() <= SCORES * largest, "{file}: {method}: {a} beside {b}, largest {largest}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared >= 4 * 2 * 20, "{compared} answers");
}
