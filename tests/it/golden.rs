//! Numbers of other frameworks: PyTorch in float64 for every shipped network and for every convention, Captum.

use crate::cases::{self, SHIPPED, flat, run};
use ndarray::Array2;
use rnnscope::attribution::{self, Method, Precision, Problem, Settings};
use rnnscope::import;
use rnnscope::network::{Network, Pair, Readout, Target};
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The golden tensors of one input: names after a prefix, numbers, shapes.
struct Golden<'a> {
    file: &'a SafeTensors<'a>,
    prefix: String,
}

impl Golden<'_> {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.file.tensor(&format!("{}{name}", self.prefix)).ok().map(|tensor| tensor.shape().to_vec())
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        let tensor = self
            .file
            .tensor(&format!("{}{name}", self.prefix))
            .unwrap_or_else(|error| panic!("{}{name}: {error}", self.prefix));
        let (words, _) = tensor.data().as_chunks::<8>();
        match tensor.dtype() {
            safetensors::Dtype::I64 => words.iter().map(|word| i64::from_le_bytes(*word) as f64).collect(),
            safetensors::Dtype::F64 => words.iter().map(|word| f64::from_le_bytes(*word)).collect(),
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn settings(method: &Method, choices: &[(&str, &str)], numbers: &[(&str, f64)]) -> Settings {
    use attribution::Given;
    let words = choices.iter().map(|(id, word)| (id.to_string(), Given::Word(word.to_string())));
    let given: BTreeMap<String, Given> =
        words.chain(numbers.iter().map(|(id, x)| (id.to_string(), Given::Number(*x)))).collect();
    Settings::check(method.params, &given).unwrap()
}

fn explain<R: Precision>(method: &'static Method, problem: &Problem<R>, settings: &Settings) -> Vec<f64> {
    flat(&cases::explain(method, problem, settings).scores)
}

/// Largest difference as a share of the largest golden value (at least 1e-3, so that zeros compare too).
#[track_caller]
fn close(what: &str, found: &[f64], golden: &[f64], tolerance: f64) {
    assert_eq!(found.len(), golden.len(), "{what}: lengths");
    let scale = golden.iter().fold(1e-3f64, |scale, g| scale.max(g.abs()));
    let (at, worst) = found
        .iter()
        .zip(golden)
        .map(|(f, g)| (f - g).abs() / scale)
        .enumerate()
        .fold((0, 0.0), |best, (k, e)| if e > best.1 || e.is_nan() { (k, e) } else { best });
    assert!(
        worst <= tolerance,
        "{what}: element {at} is {} instead of {}: {worst:.2e} of the largest, {tolerance:.0e} allowed",
        found[at],
        golden[at]
    );
}

/// Everything that one golden input holds, in one precision.
fn check<R: Precision>(name: &str, network: &Rc<Network<R>>, golden: &Golden<'_>, tolerance: f64) {
    let x = match golden.shape("x") {
        Some(shape) => Array2::from_shape_vec((shape[0], shape[1]), golden.numbers("x")).unwrap(),
        None => network
            .encode(&golden.numbers("ids").iter().map(|id| Some(*id as usize)).collect::<Vec<_>>())
            .mapv(|x| x.to_f64()),
    };
    let name = format!("{name} {}{}", golden.prefix, R::NAME);
    let trace = run(network, &x);
    close(
        &format!("{name} logits"),
        &trace.logits.iter().map(|z| z.to_f64()).collect::<Vec<_>>(),
        &golden.numbers("logits"),
        tolerance,
    );
    let records = trace.records();
    if golden.shape("h").is_some() {
        let of = |id: &str| -> Vec<f64> {
            let mut all = Vec::new();
            for (l, layer) in network.layers.iter().enumerate() {
                let quantity = layer.cell.quantities().iter().position(|q| q.id == id).unwrap();
                for direction in 0..layer.directions.len() {
                    for t in 0..trace.steps() {
                        let row = records.row(network.index(l, direction), t, 0);
                        all.extend(
                            row[quantity * layer.hidden..(quantity + 1) * layer.hidden].iter().map(|v| v.to_f64()),
                        );
                    }
                }
            }
            all
        };
        close(&format!("{name} h"), &of("hidden_state"), &golden.numbers("h"), tolerance);
        if golden.shape("c").is_some() {
            close(&format!("{name} c"), &of("cell_state"), &golden.numbers("c"), tolerance);
        }
        if let Some(shape) = golden.shape("gates") {
            // [D, T, G, H]: the first G quantities of a record are the gates.
            let (steps, gates, hidden) = (shape[1], shape[2], shape[3]);
            let found: Vec<f64> = (0..shape[0])
                .flat_map(|d| (0..steps).map(move |t| (d, t)))
                .flat_map(|(d, t)| {
                    records.row(d, t, 0)[..gates * hidden].iter().map(|v| v.to_f64()).collect::<Vec<_>>()
                })
                .collect();
            close(&format!("{name} gates"), &found, &golden.numbers("gates"), tolerance);
        }
    }
    if golden.shape("alpha").is_some() {
        let alpha: Vec<f64> = trace.attention.as_ref().unwrap().iter().map(|a| a.to_f64()).collect();
        close(&format!("{name} attention"), &alpha, &golden.numbers("alpha"), tolerance);
        let features = network.features();
        assert!(
            alpha.chunks(features).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-6),
            "{name}: attention sums to one"
        );
    }
    let target = Target {
        readout: Readout::Logit,
        class: (golden.numbers("target")[0] as usize).min(network.classes() - 1),
        versus: 0,
        step: trace.steps() - 1,
        d: 0,
        unit: 0,
    };
    let baseline = run(network, &Array2::zeros(x.dim()));
    let problem = Problem::new(Rc::new(Pair { input: trace, baseline }), target);
    let (score, zero) = problem.scores().unwrap();
    close(&format!("{name} score"), &[score, zero], &golden.numbers("score"), tolerance);
    let method = |id| attribution::find(id).unwrap();
    let gradient = method("gradient");
    close(
        &format!("{name} gradient"),
        &explain(gradient, &problem, &settings(gradient, &[], &[])),
        &golden.numbers("grad"),
        tolerance * 20.0,
    );
    let path = method("integrated-gradients");
    let plain = settings(path, &[("rule", "midpoint")], &[("steps", 64.0), ("tolerance", 0.0)]);
    close(
        &format!("{name} integrated gradients"),
        &explain(path, &problem, &plain),
        &golden.numbers("ig"),
        tolerance * 50.0,
    );
    if golden.shape("occlusion").is_some() {
        let occlusion = method("occlusion-step");
        close(
            &format!("{name} occlusion"),
            &explain(occlusion, &problem, &settings(occlusion, &[], &[])),
            &golden.numbers("occlusion"),
            tolerance * 20.0,
        );
    }
}

#[test]
fn every_shipped_network_gives_pytorchs_numbers() {
    for id in SHIPPED {
        let checkpoint = import::read(std::fs::read(format!("www/models/{id}.safetensors")).unwrap()).unwrap();
        let bytes = std::fs::read(format!("tests/golden/{id}.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let (wide, narrow) =
            (Rc::new(Network::<f64>::new(&checkpoint).unwrap()), Rc::new(Network::<f32>::new(&checkpoint).unwrap()));
        for n in 0..3 {
            let golden = Golden { file: &file, prefix: format!("{n}_") };
            check(id, &wide, &golden, 1e-11);
            check(id, &narrow, &golden, 2e-5);
        }
    }
}

#[test]
fn every_convention_gives_the_reference_numbers() {
    let mut cases = 0;
    for entry in std::fs::read_dir("tests/golden/conventions").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "safetensors") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().to_string();
        let bytes = std::fs::read(&path).unwrap();
        let checkpoint = import::read(bytes.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let golden = Golden { file: &file, prefix: "golden.".into() };
        check(
            &name,
            &Rc::new(Network::<f64>::new(&checkpoint).unwrap_or_else(|error| panic!("{name}: {error}"))),
            &golden,
            1e-12,
        );
        check(&name, &Rc::new(Network::<f32>::new(&checkpoint).unwrap()), &golden, 2e-5);
        cases += 1;
    }
    assert!(cases >= 30, "{cases} cases");
}

#[test]
fn captum_gives_the_same_attributions() {
    let bytes = std::fs::read("tests/golden/captum.safetensors").unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for id in ["sentiment_lstm", "icu_gru_1x64", "prose_gru_1x128"] {
        let captum = Golden { file: &file, prefix: format!("{id}.") };
        let inputs = std::fs::read(format!("tests/golden/{id}.safetensors")).unwrap();
        let inputs = SafeTensors::deserialize(&inputs).unwrap();
        let network = Rc::new(
            Network::<f64>::new(&import::read(std::fs::read(format!("www/models/{id}.safetensors")).unwrap()).unwrap())
                .unwrap(),
        );
        let steps = captum.shape("ablation").unwrap()[0];
        // The input is the golden one of that length.
        let golden = (0..3)
            .map(|n| Golden { file: &inputs, prefix: format!("{n}_") })
            .find(|golden| golden.shape("grad").unwrap()[0] == steps)
            .unwrap();
        let x = match golden.shape("x") {
            Some(shape) => Array2::from_shape_vec((shape[0], shape[1]), golden.numbers("x")).unwrap(),
            None => network.encode(&golden.numbers("ids").iter().map(|id| Some(*id as usize)).collect::<Vec<_>>()),
        };
        let class = captum.numbers("target")[0] as usize;
        let target = Target {
            readout: Readout::Logit,
            class: class.min(network.classes() - 1),
            versus: 0,
            step: steps - 1,
            d: 0,
            unit: 0,
        };
        let problem = Problem::new(
            Rc::new(Pair { input: run(&network, &x), baseline: run(&network, &Array2::zeros(x.dim())) }),
            target,
        );
        /// Captum's name, ours, and the settings that make them the same.
        type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, f64)]);
        let cases: &[Case] = &[
            ("saliency", "gradient", &[], &[]),
            ("input_x_gradient", "input-gradient", &[], &[]),
            (
                "ig_gausslegendre_20",
                "integrated-gradients",
                &[("rule", "gauss-legendre")],
                &[("steps", 20.0), ("tolerance", 0.0)],
            ),
            (
                "ig_riemann_middle_64",
                "integrated-gradients",
                &[("rule", "midpoint")],
                &[("steps", 64.0), ("tolerance", 0.0)],
            ),
            ("ablation", "occlusion-step", &[], &[]),
        ];
        for (theirs, ours, choices, numbers) in cases {
            let method = attribution::find(ours).unwrap();
            let found = explain(method, &problem, &settings(method, choices, numbers));
            // Captum keeps Gauss–Legendre nodes in single precision.
            close(
                &format!("{id} {theirs}"),
                &found,
                &captum.numbers(theirs),
                if theirs.contains("legendre") { 1e-7 } else { 1e-9 },
            );
        }
    }
}
