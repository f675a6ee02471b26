//! Weights under the names of Flax, MXNet and TensorFlow 1 (`python/make_foreign_files.py`).

use crate::cases::{run, waves, weights};
use crate::formats::{agrees, plain};
use rnnscope::import::{self, Checkpoint};
use rnnscope::network::Network;
use rnnscope::session::Session;
use serde_json::Value;
use std::rc::Rc;

const FOLDER: &str = "tests/golden/formats/foreign";
/// Milliseconds in which a file that claims much is refused.
const SOON: u128 = 1500;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}")).unwrap()
}

#[test]
fn they_run_as_in_their_frameworks() {
    let answers: Value = serde_json::from_slice(&file("answers.json")).unwrap();
    let files = answers.as_object().unwrap();
    assert_eq!(files.len(), 19);
    for (name, golden) in files {
        let checkpoint = import::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let framework = &checkpoint.metadata.framework;
        assert!(
            name.starts_with(&framework[..2].to_lowercase()) || framework == "Flax" && name.starts_with("nnx"),
            "{name}: {framework}"
        );
        assert!(checkpoint.metadata.notes[0].contains(framework.as_str()), "{name}");
        agrees(name, &checkpoint, golden, 1e-12);
        // And again as the file that the page makes of it.
        agrees(name, &import::read(checkpoint.to_safetensors().unwrap()).unwrap(), golden, 1e-12);
    }
}

/// The arrays of an npz file as a file of tensors, some of them changed.
fn altered(name: &str, change: impl FnOnce(&mut Vec<(String, Vec<usize>, Vec<f64>)>)) -> rnnscope::Result<Checkpoint> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<f64>)> = arrays(name);
    change(&mut tensors);
    import::read(plain(&tensors))
}

/// The arrays as they stand in the file: a safetensors file of the same names is read as such.
fn arrays(name: &str) -> Vec<(String, Vec<usize>, Vec<f64>)> {
    let bytes = file(name);
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |bytes: &[u8]| bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
    file.tensors().into_iter().map(|(name, view)| (name, view.shape().to_vec(), numbers(view.data()))).collect()
}

#[test]
fn what_is_missing_is_named() {
    let without = |name: &str, gone: &str| altered(name, |arrays| arrays.retain(|(array, ..)| array != gone));
    let bent = |name: &str, which: &str, shape: Vec<usize>| {
        altered(name, |arrays| {
            let array = arrays.iter_mut().find(|(array, ..)| array == which).unwrap();
            array.2 = vec![0.5; shape.iter().product()];
            array.1 = shape;
        })
    };
    let twice = altered("flax_both.safetensors", |arrays| {
        let array = arrays[0].clone();
        arrays.push((array.0.replace('.', "/"), array.1, array.2));
    });
    let whole = "Save all of the layer's arrays";
    let wired = "Export the model with the Python package";
    for (outcome, says, remedy) in [
        (without("flax_both.safetensors", "LSTMCell_0.hg.kernel"), "LSTMCell_0", wired),
        (without("flax_both.safetensors", "LSTMCell_1.if.kernel"), "LSTMCell_1", wired),
        (bent("flax_both.safetensors", "LSTMCell_0.hf.bias", vec![4]), "LSTMCell_0.hf.bias", whole),
        (bent("flax_both.safetensors", "LSTMCell_0.hf.kernel", vec![5]), "LSTMCell_0.hf.kernel", whole),
        (bent("flax_both.safetensors", "LSTMCell_0.if.kernel", vec![4, 5]), "LSTMCell_0.weight_ih_l0", whole),
        (twice, "both `", whole),
        (without("mxnet_both.safetensors", "lstm0_l0_h2h_weight"), "lstm0", wired),
        (without("mxnet_both.safetensors", "lstm0_l0_i2h_bias"), "lstm0.bias_ih_l0", wired),
        (without("mxnet_both.safetensors", "lstm0_r0_i2h_weight"), "lstm0", wired),
    ] {
        let error = outcome.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(says) || error.place().contains(says), "{says}: {error}");
        assert_eq!(error.code(), "bad-file", "{says}: {error}");
        assert!(error.remedy().starts_with(remedy), "{says}: {error}: {}", error.remedy());
    }
}

/// A file's header can claim what its bytes need not hold: matrices without columns. Cells can be many.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test is not a page")]
fn what_claims_much_is_refused_soon() {
    let huge = altered("flax_both.safetensors", |arrays| {
        for (name, shape, numbers) in
            arrays.iter_mut().filter(|(name, ..)| name.ends_with("kernel") && name.contains(".i"))
        {
            (*shape, *numbers) = (vec![0, usize::MAX / 2], Vec::new());
            assert!(name.starts_with("LSTMCell"));
        }
    });
    let refused = |outcome: rnnscope::Result<Checkpoint>| {
        let error = outcome.map(|_| ()).unwrap_err();
        (error.code(), error.place().to_string())
    };
    assert_eq!(refused(huge), ("bad-file", "LSTMCell_0.weight_ih_l0".into()));
    let many = |cell: &dyn Fn(usize) -> Vec<(String, Vec<usize>)>| {
        let arrays =
            (0..20_000).flat_map(cell).map(|(name, shape)| (name, shape.clone(), vec![0.5; shape.iter().product()]));
        let file = plain(&arrays.collect::<Vec<_>>());
        let timed = || {
            let since = std::time::Instant::now();
            let outcome = import::read(file.clone());
            (since.elapsed().as_millis(), refused(outcome))
        };
        // Others work on this machine too: the best of three counts.
        let (took, refused) = timed();
        (if took < SOON { took } else { took.min(timed().0).min(timed().0) }, refused)
    };
    let flax = many(&|k| vec![(format!("c{k}.i.kernel"), vec![1, 1]), (format!("c{k}.h.kernel"), vec![1, 1])]);
    let tensorflow = many(&|k| vec![(format!("c{k}/basic_rnn_cell/kernel"), vec![2, 1])]);
    let layers = ("bad-file", "layers".to_string());
    assert_eq!([&flax.1, &tensorflow.1], [&layers, &layers]);
    assert!(flax.0 < SOON && tensorflow.0 < SOON, "{} ms, {} ms", flax.0, tensorflow.0);
}

/// TensorFlow 1 adds 1 to the forget gate by default; where a network was built without, the file's sample says so.
#[test]
fn a_sample_tells_what_the_forget_gate_was_given() {
    for forget_bias in [0.0, 1.0] {
        let read = import::read(file("tensorflow_lstm.npz")).unwrap();
        let mut known = read.clone();
        for layer in &mut known.metadata.layers {
            assert_eq!((layer.gate_order.as_str(), layer.forget_bias), ("igfo", 1.0));
            layer.forget_bias = forget_bias;
        }
        let network = Rc::new(Network::<f64>::new(&known).unwrap());
        let x = waves((7, network.features()));
        let logits = run(&network, &x).logits_at(6).to_vec();
        let mut tensors = weights(&read);
        tensors.push(("x".into(), vec![7, network.features()], x.iter().copied().collect()));
        tensors.push(("logits".into(), vec![logits.len()], logits));
        let mut session = Session::open(plain(&tensors)).unwrap();
        while !session.advance_parity(1000).unwrap().done {}
        assert!(session.parity().passes, "{forget_bias}: {:?}", session.card().notes);
    }
}
