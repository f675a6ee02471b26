//! Files written by the Python package run as their framework ran them; damaged ones are found, with the place.

use rnnscope::session::{Parity, Session};
use safetensors::SafeTensors;
use std::fs;

const EXPORTED: &[&str] = &["words_bilstm_2x4", "series_gru_1x6", "keras_bilstm_gru"];

fn file(id: &str) -> Vec<u8> {
    fs::read(format!("tests/golden/exported/{id}.safetensors")).unwrap()
}

/// Opens a file and runs its examples again, slice by slice.
fn prove(bytes: Vec<u8>) -> rnnscope::Result<Parity> {
    let mut session = Session::open(bytes).unwrap();
    let mut slices = 0;
    while !session.advance_parity(1)?.done {
        slices += 1;
        assert!(slices < 10_000, "it ends");
    }
    assert!(slices > 3, "it is cut into slices");
    Ok(session.parity())
}

/// The bytes of one tensor of a file.
fn tensor(bytes: &[u8], name: &str) -> std::ops::Range<usize> {
    let data = SafeTensors::deserialize(bytes).unwrap().tensor(name).unwrap().data().as_ptr_range();
    let start = bytes.as_ptr();
    (data.start as usize - start as usize)..(data.end as usize - start as usize)
}

/// The file with two equal parts of a tensor exchanged, counted in blocks of `blocks`.
fn swapped(id: &str, name: &str, blocks: usize, a: usize, b: usize) -> Vec<u8> {
    let mut bytes = file(id);
    let range = tensor(&bytes, name);
    let size = range.len() / blocks;
    for k in 0..size {
        bytes.swap(range.start + a * size + k, range.start + b * size + k);
    }
    bytes
}

#[test]
fn exported_files_run_as_trained() {
    for id in EXPORTED {
        let parity = prove(file(id)).unwrap();
        assert!(parity.passes && parity.place.is_none(), "{id}: {parity:?}");
        assert_eq!(parity.examples, 3, "{id}");
        assert_eq!(parity.exact, *id == "words_bilstm_2x4", "{id}: float64 answers where the framework can");
        for row in &parity.rows {
            let (fast, bound) = (row.f32.unwrap(), if parity.exact { 1e-13 } else { 2e-6 });
            assert!(fast < 2e-6, "{id}, {}: {fast:e}", row.label);
            let exact = row.f64.unwrap_or(0.0);
            assert!(exact < bound, "{id}, {}: {exact:e}", row.label);
            // The text is read once; it has no precision.
            assert_eq!(row.f64.is_none(), row.label.contains("text"), "{id}, {}", row.label);
        }
    }
    let labels = |id| prove(file(id)).unwrap().rows.into_iter().map(|row| row.label).collect::<Vec<_>>();
    assert_eq!(labels("series_gru_1x6"), ["layer 1, hidden state h", "logits"]);
    assert_eq!(labels("words_bilstm_2x4").len(), 1 + 2 * 2 * 2 + 1);
}

#[test]
fn two_gates_swapped_are_named_with_layer_and_step() {
    // Input and forget gate of the second layer, read backwards: its last step is the first to depart.
    let parity = prove(swapped("words_bilstm_2x4", "rnn.weight_ih_l1_reverse", 4, 0, 1)).unwrap();
    let place = parity.place.unwrap();
    assert!(!parity.passes);
    assert_eq!((place.layer, place.direction, place.step), (Some(1), 1, 5), "{place:?}");
    assert!(
        place.sentence.starts_with("layer 2 backward, cell state c departs at step 6 of 6, unit "),
        "{}",
        place.sentence
    );
    let failing: Vec<&str> = parity.rows.iter().filter(|row| !row.passes).map(|row| row.label.as_str()).collect();
    assert_eq!(failing, ["layer 2 backward, cell state c", "layer 2 backward, hidden state h", "logits"]);
    // The recurrent weights of a GRU do nothing at the first step.
    let place = prove(swapped("series_gru_1x6", "rnn.weight_hh_l0", 3, 0, 2)).unwrap().place.unwrap();
    assert_eq!((place.layer, place.direction, place.step), (Some(0), 0, 1), "{place:?}");
}

#[test]
fn a_lost_bias_and_a_wrong_word_are_noticed() {
    let mut bytes = file("keras_bilstm_gru");
    let range = tensor(&bytes, "head.bias");
    bytes[range].fill(0);
    let place = prove(bytes).unwrap().place.unwrap();
    assert_eq!((place.layer, place.label.as_str()), (None, "logits"));
    let bytes = file("words_bilstm_2x4");
    let text = String::from_utf8_lossy(&bytes[8..4000]).replace("\\\"bad\\\",\\\"not\\\"", "\\\"not\\\",\\\"bad\\\"");
    let swapped: Vec<u8> =
        bytes[..8].iter().copied().chain(text.bytes()).chain(bytes[4000..].iter().copied()).collect();
    assert_ne!(swapped, bytes);
    let place = prove(swapped).unwrap().place.unwrap();
    assert_eq!((place.label.as_str(), place.step), ("the text, as it is read", 3));
}

#[test]
fn damaged_examples_are_refused_by_name_and_the_model_still_runs() {
    let edit = |from: &str, to: &str| {
        let mut bytes = file("series_gru_1x6");
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let error = prove(edit("\"example.1.x\"", "\"example.1.y\"")).unwrap_err();
    assert_eq!((error.code(), error.place()), ("bad-file", "example.1.x"));
    let error = prove(edit("\"example.0.logits\"", "\"example.0.login!\"")).unwrap_err();
    assert_eq!(error.place(), "example.0.logits");
    let error = prove(edit("\\\"steps\\\":3", "\\\"steps\\\":0")).unwrap_err();
    assert_eq!(error.place(), "example.0.x");
    let mut bytes = file("series_gru_1x6");
    let range = tensor(&bytes, "example.0.h.0");
    bytes[range.start..range.start + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(prove(bytes).unwrap_err().place(), "example.0.h.0");
    // A state that is not there is not compared.
    let parity = prove(edit("\"example.2.h.0\"", "\"example.2.g.0\"")).unwrap();
    assert!(parity.passes, "{parity:?}");
}

#[test]
fn no_flipped_bit_of_a_header_brings_it_down() {
    let whole = file("words_bilstm_2x4");
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for bit in (0..8 * header).step_by(5) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(mut session) = Session::open(bytes) else { continue };
        for _ in 0..2000 {
            if session.advance_parity(50).map_or(true, |progress| progress.done) {
                break;
            }
        }
        session.parity();
    }
}

#[test]
fn a_file_without_examples_proves_nothing() {
    let bytes = fs::read("tests/golden/conventions/lstm_h3_t7.safetensors").unwrap();
    let mut session = Session::open(bytes).unwrap();
    assert!(session.advance_parity(1).unwrap().done);
    let parity = session.parity();
    assert!(!parity.passes && parity.examples == 0 && parity.place.is_none());
}

#[test]
fn other_work_goes_on_between_two_slices() {
    let mut session = Session::open(file("words_bilstm_2x4")).unwrap();
    session.advance_parity(3).unwrap();
    session.read_text("good film").unwrap();
    session.start_trace().unwrap();
    while !session.advance(1).unwrap().done {
        session.advance_parity(1).unwrap();
    }
    session.cancel();
    while !session.advance_parity(5).unwrap().done {}
    assert!(session.parity().passes);
    assert_eq!(session.trace().unwrap().steps(), 2);
}
