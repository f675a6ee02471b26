//! What the tests of networks share: small networks of every convention, questions to them, answers beside each other.

use ndarray::Array2;
use rnnscope::attribution::{Attribution, Given, Job, METHODS, Method, Precision, Problem, Settings};
use rnnscope::import::{self, Checkpoint};
use rnnscope::network::{Network, Pair, READOUTS, Readout, Target, Trace, TraceJob};
use rnnscope::session::{BaselineRequest, Request, Session, TargetRequest};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Networks under `www/models` with PyTorch's numbers under `tests/golden`.
pub const SHIPPED: &[&str] = &[
    "c_lstm_2x256",
    "prose_lstm_2x256",
    "prose_gru_1x128",
    "prose_rnn_1x128",
    "sentiment_lstm",
    "sentiment_bigru",
    "icu_gru_1x64",
    "icu_attention_lstm_1x64",
];

/// A small network, its input and another input to compare with.
pub struct Case {
    pub name: String,
    pub file: Vec<u8>,
    pub checkpoint: Checkpoint,
    pub x: Array2<f64>,
    pub other: Array2<f64>,
}

/// Numbers without a pattern that a network could know.
pub fn waves(shape: (usize, usize)) -> Array2<f64> {
    Array2::from_shape_fn(shape, |(t, k)| (1.7 * (t * shape.1 + k) as f64 + 0.3).sin())
}

/// Every file of `golden/conventions`.
pub fn conventions() -> Vec<Case> {
    let folder = std::fs::read_dir("tests/golden/conventions").unwrap();
    let paths = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    let mut paths: Vec<_> = paths.collect();
    paths.sort();
    assert!(paths.len() >= 30, "{} conventions", paths.len());
    let case = |path: &std::path::PathBuf| {
        let file = std::fs::read(path).unwrap();
        let checkpoint = import::read(file.clone()).unwrap();
        let shape = checkpoint.shape("golden.x").unwrap().to_vec();
        let x = Array2::from_shape_vec((shape[0], shape[1]), checkpoint.numbers("golden.x", &shape).unwrap()).unwrap();
        Case {
            name: path.file_stem().unwrap().to_string_lossy().to_string(),
            file,
            checkpoint,
            other: waves(x.dim()),
            x,
        }
    };
    paths.iter().map(case).collect()
}

/// The JSON that a file says of itself.
pub fn description(file: &[u8]) -> serde_json::Value {
    let (_, fields) = SafeTensors::read_metadata(file).unwrap();
    serde_json::from_str(&fields.metadata().as_ref().unwrap()["rnnscope"]).unwrap()
}

/// A model file with tensors in float64.
pub fn write(metadata: &serde_json::Value, tensors: &[(String, Vec<usize>, Vec<f64>)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (name.clone(), TensorView::new(Dtype::F64, shape.clone(), bytes).unwrap()));
    safetensors::serialize(
        views.collect::<Vec<_>>(),
        Some(HashMap::from([("rnnscope".to_string(), metadata.to_string())])),
    )
    .unwrap()
}

/// The weights of a file, decoded.
pub fn weights(checkpoint: &Checkpoint) -> Vec<(String, Vec<usize>, Vec<f64>)> {
    let names = checkpoint.tensors().filter(|(name, _)| !name.starts_with("golden.") && !name.ends_with(".scale"));
    names
        .map(|(name, tensor)| {
            (name.to_string(), tensor.shape.clone(), checkpoint.numbers(name, &tensor.shape).unwrap())
        })
        .collect()
}

/// The forward pass of an input.
pub fn run<R: Precision>(network: &Rc<Network<R>>, x: &Array2<f64>) -> Rc<Trace<R>> {
    Rc::new(TraceJob::new(network.clone(), x.mapv(R::from_f64)).finish())
}

pub fn network<R: Precision>(case: &Case) -> Rc<Network<R>> {
    Rc::new(Network::new(&case.checkpoint).unwrap())
}

pub fn problem<R: Precision>(
    network: &Rc<Network<R>>,
    x: &Array2<f64>,
    baseline: &Array2<f64>,
    target: Target,
) -> Problem<R> {
    let background = Rc::new(vec![baseline.mapv(R::from_f64), x.mapv(|v| R::from_f64(0.5 - v))]);
    Problem {
        background,
        ..Problem::new(Rc::new(Pair { input: run(network, x), baseline: run(network, baseline) }), target)
    }
}

/// The methods that are defined for a problem.
pub fn defined<R: Precision>(problem: &Problem<R>) -> impl Iterator<Item = &'static Method> {
    let subject = problem.subject();
    METHODS.iter().copied().filter(move |method| (method.refuses)(&subject).is_none())
}

/// Those of the settings that the method has.
pub fn settings(method: &Method, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Settings {
    let numbers = numbers.iter().map(|(id, x)| (id.to_string(), Given::Number(*x)));
    let words = words.iter().map(|(id, word)| (id.to_string(), Given::Word(word.to_string())));
    let given: BTreeMap<String, Given> =
        numbers.chain(words).filter(|(id, _)| method.params.iter().any(|param| param.id == id)).collect();
    Settings::check(method.params, &given).unwrap()
}

/// A method's finished answer.
pub fn explain<R: Precision>(method: &'static Method, problem: &Problem<R>, settings: &Settings) -> Attribution {
    let mut job: Box<dyn Job> = method.start(problem.clone(), settings).unwrap();
    while job.advance() {}
    job.answer()
}

/// Every readout, at the first, a middle and the last step where the step can be chosen, of every layer and direction.
pub fn targets<R: Precision>(network: &Network<R>, steps: usize) -> Vec<Target> {
    let mut chosen = vec![0, steps / 2, steps - 1];
    chosen.dedup();
    let mut targets = Vec::new();
    for info in READOUTS {
        let hidden = info.readout == Readout::Hidden;
        if info.readout == Readout::Difference && network.classes() == 1 {
            continue;
        }
        for d in 0..if hidden { network.depth() } else { 1 } {
            for step in chosen.iter().copied().filter(|step| hidden || network.every_step() || *step == steps - 1) {
                targets.push(Target {
                    readout: info.readout,
                    class: network.classes() - 1,
                    versus: 0,
                    step,
                    d,
                    unit: 0,
                });
            }
        }
    }
    targets
}

/// Each number within `allowed` of the other.
#[track_caller]
pub fn close(what: &str, found: &[f64], expected: &[f64], allowed: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths");
    for (k, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f - e).abs() <= allowed,
            "{what}: element {k} is {f:e} instead of {e:e}: they differ by {:.1e}, {allowed:.1e} allowed",
            (f - e).abs()
        );
    }
}

pub fn flat(scores: &Array2<f64>) -> Vec<f64> {
    scores.iter().copied().collect()
}

/// A session that has read the case's input.
pub fn session(case: &Case) -> Session {
    let mut session = Session::open(case.file.clone()).unwrap();
    match description(&case.file)["golden_text"].as_str() {
        Some(text) => session.read_text(text).unwrap(),
        None => session.read_series(&table(&case.x)).unwrap(),
    };
    session
}

/// A series of unnamed features as CSV.
pub fn table(x: &Array2<f64>) -> String {
    let header: String = (0..x.ncols()).map(|k| format!(",x{k}")).collect();
    let rows = x
        .rows()
        .into_iter()
        .enumerate()
        .map(|(t, row)| format!("{t}{}\n", row.iter().map(|v| format!(",{v:?}")).collect::<String>()));
    format!("step{header}\n{}", rows.collect::<String>())
}

/// A request by names.
pub fn request(method: &str, readout: &str, class: usize, baseline: &str, precision: &str) -> Request {
    Request {
        method: method.into(),
        params: BTreeMap::new(),
        target: TargetRequest { readout: readout.into(), class, step: -1, ..TargetRequest::default() },
        baseline: BaselineRequest { id: baseline.into(), sample: None },
        background: Vec::new(),
        precision: precision.into(),
    }
}

/// The same bits; zeros of either sign are the same.
#[track_caller]
pub fn same(what: &str, found: &[f64], expected: &[f64]) {
    close(what, found, expected, 0.0);
}

/// The score of an input by a fresh forward pass.
pub fn score<R: Precision>(network: &Rc<Network<R>>, x: &Array2<f64>, target: &Target) -> f64 {
    run(network, x).score(target).unwrap()
}
