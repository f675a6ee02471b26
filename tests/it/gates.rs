//! The weights of a layer under the names of their gates, as the file holds them.

use rnnscope::import;
use rnnscope::session::{GatesRequest, Session};
use std::fs;

fn open(path: &str) -> Session {
    Session::open(fs::read(format!("tests/golden/{path}.safetensors")).unwrap()).unwrap()
}

fn request(layer: usize, direction: usize, which: &str) -> GatesRequest {
    GatesRequest { layer, direction, which: which.into() }
}

#[test]
fn every_block_is_the_one_in_the_file() {
    let bytes = fs::read("tests/golden/exported/words_bilstm_2x4.safetensors").unwrap();
    let (session, checkpoint) = (Session::open(bytes.clone()).unwrap(), import::read(bytes).unwrap());
    for (layer, direction, which) in [(0, 0, "input"), (0, 1, "recurrent"), (1, 0, "input"), (1, 1, "recurrent")] {
        let gates = session.gates_view(&request(layer, direction, which)).unwrap();
        assert_eq!(
            gates.blocks.iter().map(|block| block.gate).collect::<Vec<_>>(),
            ["input", "forget", "candidate", "output"]
        );
        let (kind, tail) = (if which == "input" { "ih" } else { "hh" }, if direction == 1 { "_reverse" } else { "" });
        let width = gates.blocks[0].columns;
        assert_eq!(
            width,
            if which == "recurrent" {
                4
            } else if layer == 0 {
                5
            } else {
                8
            }
        );
        let name = |what: &str| format!("rnn.{what}_{kind}_l{layer}{tail}");
        let stored = checkpoint.numbers(&name("weight"), &[16, width]).unwrap();
        let biases: Vec<Vec<f64>> = ["ih", "hh"]
            .iter()
            .map(|kind| checkpoint.numbers(&format!("rnn.bias_{kind}_l{layer}{tail}"), &[16]).unwrap())
            .collect();
        for (g, block) in gates.blocks.iter().enumerate() {
            let rows = &stored[g * 4 * width..(g + 1) * 4 * width];
            let shown: Vec<f64> = block.heatmap.values.iter().map(|w| f64::from(*w)).collect();
            assert_eq!(shown, rows);
            let norm = rows.iter().map(|w| w * w).sum::<f64>().sqrt();
            assert!((block.frobenius - norm).abs() < 1e-12);
            assert_eq!(block.largest, rows.iter().fold(0.0, |most: f64, w| most.max(w.abs())));
            let spectral = block.spectral.unwrap();
            assert!(spectral <= block.frobenius * (1.0 + 1e-5) && spectral >= block.largest * (1.0 - 1e-5));
            let bias = (g * 4..g * 4 + 4).map(|k| biases[0][k] + biases[1][k]).sum::<f64>() / 4.0;
            assert!((block.bias - bias).abs() < 1e-6);
            assert!(f64::from(block.heatmap.limit) >= block.largest, "one scale for all gates");
        }
    }
}

#[test]
fn inputs_have_their_names() {
    let names = |path: &str, layer| {
        open(path).gates_view(&request(layer, 0, "input")).unwrap().blocks[0].heatmap.col_labels.to_vec()
    };
    assert_eq!(names("exported/series_gru_1x6", 0), ["HR", "Temp", "MAP"]);
    assert_eq!(names("exported/words_bilstm_2x4", 0)[4], "dimension 4");
    assert_eq!(names("exported/words_bilstm_2x4", 1)[3..5], ["forward unit 3", "backward unit 0"]);
    assert_eq!(names("conventions/lstm_characters", 0), ["⏎", "␣", "a", "é"]);
}

#[test]
fn gates_keep_their_names_whatever_their_order_in_the_file() {
    let session = open("conventions/gru_order_zrn");
    let checkpoint = import::read(fs::read("tests/golden/conventions/gru_order_zrn.safetensors").unwrap()).unwrap();
    let gates = session.gates_view(&request(0, 0, "recurrent")).unwrap();
    assert_eq!(gates.blocks[0].gate, "reset");
    let stored = checkpoint.numbers("rnn.weight_hh_l0", &[9, 3]).unwrap();
    let shown: Vec<f64> = gates.blocks[0].heatmap.values.iter().map(|w| f64::from(*w)).collect();
    assert_eq!(shown, stored[9..18], "r is the second block of this file");
}

#[test]
fn what_there_is_not_is_refused_by_name() {
    let session = open("exported/series_gru_1x6");
    for (wrong, name) in
        [(request(1, 0, ""), "layer"), (request(0, 1, ""), "direction"), (request(0, 0, "head"), "which")]
    {
        let error = session.gates_view(&wrong).unwrap_err();
        assert_eq!((error.code(), error.place()), ("bad-request", name));
    }
}
