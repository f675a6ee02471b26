//! Keras models in both containers (`python/make_keras_files.py`): states and logits are Keras' own, mostly in float64.

use crate::formats::agrees;
use rnnscope::import;
use serde_json::Value;
use std::time::{Duration, Instant};

const FOLDER: &str = "tests/golden/formats/keras";
const DOUBLE: f64 = 1e-12;
const SINGLE: f64 = 1e-6;
const PATIENCE: Duration = Duration::from_millis(100);

fn answers() -> Value {
    serde_json::from_slice(&std::fs::read(format!("{FOLDER}/answers.json")).unwrap()).unwrap()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}")).unwrap()
}

#[test]
fn models_run_as_in_keras() {
    let answers = answers();
    let files = answers["files"].as_object().unwrap();
    assert!(files.len() >= 60, "{} files", files.len());
    for (name, golden) in files {
        let checkpoint = import::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!checkpoint.metadata.notes.is_empty(), "{name}: what was assumed is said");
        assert_eq!(checkpoint.metadata.framework, "Keras", "{name}");
        assert!(!checkpoint.metadata.framework_version.is_empty(), "{name}");
        agrees(name, &checkpoint, golden, if golden["single"] == true { SINGLE } else { DOUBLE });
    }
}

#[test]
fn what_has_no_place_is_refused_by_the_name_of_its_layer() {
    let answers = answers();
    let refused = answers["refused"].as_object().unwrap();
    assert!(refused.len() >= 20, "{} files", refused.len());
    for (name, expected) in refused {
        let (place, says) = (expected[0].as_str().unwrap(), expected[1].as_str().unwrap());
        let error = import::read(file(name)).map(|_| ()).unwrap_err();
        assert!(error.place().ends_with(place), "{name}: {error}");
        assert!(error.to_string().contains(says), "{name}: {error}");
        let remedy =
            if place == "model_config" { "Save the whole model" } else { "Export the model with one of these" };
        assert!(error.remedy().starts_with(remedy), "{name}: {}", error.remedy());
    }
}

#[test]
fn masks_and_endings_are_told() {
    let notes = |name: &str| import::read(file(name)).unwrap().metadata.notes.join("\n");
    assert!(notes("stack.keras").contains("mask_zero") && notes("stack.h5").contains("sigmoid"));
    assert!(notes("activation.keras").contains("mask value") && notes("activation.keras").contains("softmax"));
    assert_eq!(import::read(file("softmax.h5")).unwrap().metadata.input.length, Some(6));
    assert_eq!(import::read(file("language.keras")).unwrap().metadata.task, "language-model");
}

/// A damaged file is a model or a named refusal, soon; the best of three times, since other work may hold the machine.
fn survives(what: &str, bytes: &[u8]) {
    let mut took = Duration::MAX;
    for _ in 0..3 {
        let (started, bytes) = (Instant::now(), bytes.to_vec());
        let read = import::read(bytes);
        took = took.min(started.elapsed());
        if let Err(error) = read {
            assert!(!error.remedy().is_empty() && error.code() != "bug", "{what}: {error}");
        }
        if took < PATIENCE {
            return;
        }
    }
    panic!("{what}: {took:?}");
}

#[test]
fn truncated_files_are_refused() {
    let stub = import::read(b"\x89HDF\r\n\x1a\n".to_vec()).map(|_| ()).unwrap_err();
    assert_eq!((stub.code(), stub.place()), ("bad-file", "HDF5"));
    for name in ["single_gru.keras", "gru.h5"] {
        let whole = file(name);
        for length in 0..whole.len() {
            survives(&format!("{name} cut at {length}"), &whole[..length]);
        }
    }
}

#[test]
fn flipped_bits_are_no_trap() {
    // Every third byte of small files; of the long one, most of which is blanks, every 31st.
    for (name, step) in [("single_gru.h5", 3), ("gru_packed.h5", 3), ("lstm_2.h5", 3), ("long_bytes.h5", 31)] {
        let whole = file(name);
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            survives(&format!("{name} with a bit of byte {at} flipped"), &bytes);
        }
    }
}
