//! Weights as people save them (`python/make_format_files.py`): the states and logits are PyTorch's own in float64.

use crate::cases::{close, run, waves, weights};
use crate::golden_networks::matrix;
use crate::methods::numbers;
use ndarray::Array2;
use rnnscope::import::{self, Checkpoint};
use rnnscope::network::Network;
use rnnscope::session::{Opening, Session};
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
        ("module.zip.pt", "torch.nn.modules.rnn.LSTM", "Save the weights alone"),
        ("projected.zip.pt", "weight_hr_l0", "Export the model with one of these"),
        ("no_head.zip.pt", "read-out", "Export the model with the Python package"),
        ("linear.safetensors", "weight_ih_l0", "Export the model with the Python package"),
        ("convolution.zip.pt", "conv.", "Export the model with the Python package"),
        ("objects.npz", "unpickled", "Save plain arrays of numbers"),
        ("two_heads.zip.pt", "a.weight, b.weight", "Export the model with the Python package"),
    ];
    let refused: Vec<String> = serde_json::from_value(answers()["refused"].clone()).unwrap();
    assert_eq!(refused.len(), expected.len());
    for (name, says, remedy) in expected {
        assert!(refused.iter().any(|file| file == name), "{name}");
        let error = import::read(file(name)).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(says) || error.place().contains(says), "{name}: {error}");
        assert!(error.remedy().starts_with(remedy), "{name}: {}", error.remedy());
    }
}

#[test]
fn a_file_written_as_ours_reads_as_the_same() {
    for (name, golden) in answers()["files"].as_object().unwrap() {
        let checkpoint = import::read(file(name)).unwrap();
        let again = import::read(checkpoint.to_safetensors().unwrap()).unwrap();
        assert_eq!(again.metadata, checkpoint.metadata, "{name}");
        let numbers = |checkpoint: &Checkpoint| -> Vec<(String, Vec<f64>)> {
            let tensors = checkpoint.tensors();
            tensors.map(|(name, tensor)| (name.to_string(), checkpoint.numbers(name, &tensor.shape).unwrap())).collect()
        };
        assert_eq!(numbers(&again), numbers(&checkpoint), "{name}");
        agrees(name, &again, golden, ALLOWED);
    }
}

/// A file without a description: weights, a sample input and its logits.
fn bare(checkpoint: &Checkpoint, x: &Array2<f64>, logits: &[f64]) -> Vec<u8> {
    let mut tensors = weights(checkpoint);
    tensors.push(("x".into(), vec![x.nrows(), x.ncols()], x.iter().copied().collect()));
    tensors.push(("logits".into(), vec![logits.len()], logits.to_vec()));
    plain(&tensors)
}

/// A file of tensors alone.
pub fn plain(tensors: &[(String, Vec<usize>, Vec<f64>)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (name.clone(), safetensors::tensor::TensorView::new(safetensors::Dtype::F64, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views.collect::<Vec<_>>(), None).unwrap()
}

/// All orders of some letters.
fn orders(letters: &str) -> Vec<String> {
    if letters.is_empty() {
        return vec![String::new()];
    }
    let rest = |k: usize| orders(&format!("{}{}", &letters[..k], &letters[k + 1..]));
    (0..letters.len()).flat_map(|k| rest(k).into_iter().map(move |tail| format!("{}{tail}", &letters[k..=k]))).collect()
}

#[test]
fn a_sample_tells_the_convention_of_bare_weights() {
    let mut told = 0;
    for (name, gates) in [("lstm", "ifgo"), ("gru", "rzn"), ("rnn", "")] {
        let of = if name == "gru" { "gru_without_bias.safetensors" } else { &format!("{name}.safetensors") };
        let plain = import::read(file(of)).unwrap();
        for order in orders(gates) {
            let keep = [(true, "keep", 0.0), (true, "keep", 1.0)];
            let meanings =
                [(true, "keep", 0.0), (false, "keep", 0.0), (true, "overwrite", 0.0), (false, "overwrite", 0.0)];
            let meant = match name {
                "lstm" => &keep[..],
                "gru" => &meanings[..],
                _ => &keep[..1],
            };
            for (after, update, forget_bias) in meant {
                for activation in if name == "rnn" { &["tanh", "relu"][..] } else { &["tanh"] } {
                    let mut known = plain.clone();
                    let layer = &mut known.metadata.layers[0];
                    layer.gate_order.clone_from(&order);
                    (layer.linear_before_reset, layer.update_gate) = (*after, update.to_string());
                    layer.forget_bias = *forget_bias;
                    layer.activation = activation.to_string();
                    let network = Rc::new(Network::<f64>::new(&known).unwrap());
                    // Without biases a GRU's reset gate needs a history to show itself.
                    let x = waves((12, network.features()));
                    let logits = run(&network, &x).logits_at(11).to_vec();
                    let mut session = Session::open(bare(&plain, &x, &logits)).unwrap();
                    let note = session.card().notes.into_iter().find(|note| note.contains("conventions")).unwrap();
                    assert!(
                        note.contains("which is taken"),
                        "{name} {order} {after} {update} {forget_bias} {activation}: {note}"
                    );
                    while !session.advance_parity(1000).unwrap().done {}
                    let parity = session.parity();
                    assert!(parity.passes, "{name} {order} {after} {update} {forget_bias} {activation}: {note}");
                    told += 1;
                }
            }
        }
    }
    assert_eq!(told, 24 * 2 + 6 * 4 + 2);
}

#[test]
fn a_sample_of_another_network_is_no_ones() {
    let checkpoint = import::read(file("lstm.safetensors")).unwrap();
    let session = Session::open(bare(&checkpoint, &waves((5, 3)), &[3.0, -7.0])).unwrap();
    assert!(session.card().notes.iter().any(|note| note.starts_with("No convention gives the sample's logits")));
    // Nothing is read and nothing is added: every convention says the same.
    let still = Array2::zeros((1, 3));
    let plain = import::read(file("gru_without_bias.safetensors")).unwrap();
    let network = Rc::new(Network::<f64>::new(&plain).unwrap());
    let logits = run(&network, &still).logits_at(0).to_vec();
    let session = Session::open(bare(&plain, &still, &logits)).unwrap();
    let notes = session.card().notes;
    assert!(
        notes.iter().any(|note| note.starts_with("The sample cannot tell conventions apart; r z n is kept")),
        "{notes:?}"
    );
}

#[test]
fn every_file_has_something_to_begin_with() {
    for (name, golden) in answers()["files"].as_object().unwrap() {
        let mut session = Session::open(file(name)).unwrap();
        let beginning = session.card().beginning;
        let tokens = !golden["x"][0].is_array();
        let input = if tokens { session.read_text(&beginning) } else { session.read_series(&beginning) }.unwrap();
        assert!(input.n_steps > 4 && input.n_unknown == 0, "{name}: {beginning}");
        assert!(input.warnings.is_empty(), "{name}: {:?}", input.warnings);
    }
}

/// A bare file whose tensors were changed.
fn altered(name: &str, change: impl FnOnce(&mut Vec<(String, Vec<usize>, Vec<f64>)>)) -> rnnscope::Result<Checkpoint> {
    let mut tensors = weights(&import::read(file(name)).unwrap());
    change(&mut tensors);
    import::read(plain(&tensors))
}

#[test]
fn no_recurrent_tensor_is_left_out_without_a_word() {
    let without = |name: &str, gone: &str| altered(name, |tensors| tensors.retain(|(tensor, ..)| tensor != gone));
    let with = |name: &str, more: &str, rows: usize| {
        altered(name, |tensors| tensors.push((more.to_string(), vec![rows], vec![0.5; rows])))
    };
    assert!(altered("lstm.safetensors", |_| ()).is_ok());
    for (outcome, says) in [
        (without("lstm.safetensors", "rnn.bias_ih_l0"), "rnn.bias_ih_l0"),
        (without("lstm.safetensors", "rnn.bias_hh_l0"), "rnn.bias_hh_l0"),
        (without("lstm_2_both.safetensors", "rnn.bias_ih_l1_reverse"), "rnn.bias_ih_l1_reverse"),
        (without("lstm_2_both.safetensors", "rnn.weight_ih_l0_reverse"), "rnn.bias_hh_l0_reverse"),
        (with("gru_without_bias.safetensors", "rnn.bias_hh_l0", 15), "rnn.bias_ih_l0"),
        (with("lstm.safetensors", "rnn.bias_hh_l3", 20), "rnn.weight_ih_l1"),
        (with("lstm.safetensors", "weight_ih_l0", 20), "both `rnn.weight_ih_l0`"),
        (with("lstm.safetensors", "rnn.bias_ih_l00", 20), "both `rnn.bias_ih_l0`"),
    ] {
        let error = outcome.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(says) || error.place().contains(says), "{says}: {error}");
    }
}

#[test]
fn a_file_is_opened_in_pieces_and_says_how_far_it_is() {
    let plain = import::read(file("lstm.safetensors")).unwrap();
    let network = Rc::new(Network::<f64>::new(&plain).unwrap());
    let x = waves((12, network.features()));
    let logits = run(&network, &x).logits_at(11).to_vec();
    let mut opening = Opening::new(bare(&plain, &x, &logits)).unwrap();
    let (mut fraction, mut notes, mut units) = (0.0, Vec::new(), 0);
    loop {
        let progress = opening.advance().unwrap();
        assert!(progress.fraction >= fraction && progress.fraction <= 1.0);
        (fraction, units) = (progress.fraction, units + 1);
        if notes.last() != Some(&progress.note) {
            notes.push(progress.note.clone());
        }
        if progress.done {
            break;
        }
        // What is asked too early is refused, and leaves no session behind.
        assert!(units > 1 || Opening::new(bare(&plain, &x, &logits)).unwrap().finish().is_err());
    }
    assert_eq!(notes, ["trying gate orders with the file's sample", "checking and packing weights"]);
    assert!(units > 48 * 3, "{units} units for 48 conventions");
    assert!(opening.finish().unwrap().card().notes.iter().any(|note| note.contains("which is taken")));
}
