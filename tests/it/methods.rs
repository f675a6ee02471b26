//! Every method on a network that a formula writes down, beside numpy's numbers (`python/methods_golden.py`).

use crate::cases::{close, explain, run, settings, write};
use ndarray::{Array2, Axis, concatenate};
use rnnscope::attribution::{self, Problem};
use rnnscope::import;
use rnnscope::network::{Network, Pair, Readout, Target};
use serde_json::{Value, json};
use std::rc::Rc;

pub const STEPS: usize = 5;
const INPUTS: usize = 2;
const HIDDEN: usize = 3;
pub const CLASSES: usize = 2;

/// w_k = 0.6 sin(1.3 k + 0.7), one counter over all tensors in their order.
pub fn network(kind: &str, gates: usize, read_from: &str) -> Rc<Network<f64>> {
    let shapes = [
        ("rnn.weight_ih_l0", vec![gates * HIDDEN, INPUTS]),
        ("rnn.weight_hh_l0", vec![gates * HIDDEN, HIDDEN]),
        ("rnn.bias_ih_l0", vec![gates * HIDDEN]),
        ("rnn.bias_hh_l0", vec![gates * HIDDEN]),
        ("head.weight", vec![CLASSES, HIDDEN]),
        ("head.bias", vec![CLASSES]),
    ];
    let mut counter = 0..;
    let tensors: Vec<_> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let numbers = counter
                .by_ref()
                .take(shape.iter().product())
                .map(|k: i32| 0.6 * (1.3 * f64::from(k) + 0.7).sin())
                .collect();
            (name.to_string(), shape, numbers)
        })
        .collect();
    let feature = json!({"variable": "x", "role": "value"});
    let metadata = json!({
        "version": 1, "classes": ["a", "b"], "feature_names": ["x0", "x1"], "units": ["", ""], "features": [feature, feature],
        "layers": [{"kind": kind, "input": INPUTS, "hidden": HIDDEN}], "head": {"on": read_from},
    });
    Rc::new(Network::new(&import::read(write(&metadata, &tensors)).unwrap()).unwrap())
}

pub fn input() -> Array2<f64> {
    Array2::from_shape_fn((STEPS, INPUTS), |(t, k)| (0.9 * (t * INPUTS + k) as f64 + 0.2).cos())
}

/// Numbers of a nested list, in order.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

/// Column c of a [T, C] list.
pub fn column(value: &Value, c: usize) -> Vec<f64> {
    numbers(value).into_iter().skip(c).step_by(CLASSES).collect()
}

pub fn golden() -> Value {
    serde_json::from_slice(&std::fs::read("tests/golden/methods_golden.json").unwrap()).unwrap()
}

pub fn target(readout: Readout, class: usize, step: usize) -> Target {
    Target { readout, class, versus: 0, step, d: 0, unit: 0 }
}

#[test]
fn lstm_gives_numpys_numbers() {
    let golden = &golden()["lstm"];
    let network = network("lstm", 4, "last-state");
    let x = input();
    let trace = run(&network, &x);
    let quantity = |id: &str, t: usize| {
        let index = network.layers[0].cell.quantities().iter().position(|q| q.id == id).unwrap();
        trace.records().row(0, t, 0)[index * HIDDEN..(index + 1) * HIDDEN].to_vec()
    };
    close("logits", trace.logits_at(0), &numbers(&golden["logits"]), 1e-12);
    close("h", &quantity("hidden_state", STEPS - 1), &numbers(&golden["h_T"]), 1e-12);
    close("c", &quantity("cell_state", STEPS - 1), &numbers(&golden["c_T"]), 1e-12);
    close("gates", &trace.records().row(0, 0, 0)[..4 * HIDDEN], &numbers(&golden["gates_t1_ifgo"]), 1e-12);
    close(
        "probability",
        &[trace.score(&target(Readout::Probability, 1, STEPS - 1)).unwrap()],
        &numbers(&golden["prob1"]),
        1e-12,
    );
    let zero = run(&network, &Array2::zeros(x.dim()));
    close("logits of nothing", zero.logits_at(0), &numbers(&golden["logits_at_zero_input"]), 1e-12);
    for class in 0..CLASSES {
        let problem = Problem::new(
            Rc::new(Pair { input: trace.clone(), baseline: zero.clone() }),
            target(Readout::Logit, class, STEPS - 1),
        );
        let answer = |id: &str| {
            let method = attribution::find(id).unwrap();
            explain(
                method,
                &problem,
                &settings(method, &[("steps", 64.0), ("tolerance", 0.0)], &[("rule", "gauss-legendre")]),
            )
        };
        let all = |id: &str| answer(id).scores.into_iter().collect::<Vec<f64>>();
        close(&format!("gradient {class}"), &all("gradient"), &numbers(&golden["grad_CxTxE"][class]), 1e-12);
        close(
            &format!("input × gradient {class}"),
            &answer("input-gradient").reduced(),
            &column(&golden["grad_x_input_TxC"], class),
            1e-12,
        );
        close(
            &format!("integrated gradients {class}"),
            &all("integrated-gradients"),
            &numbers(&golden["ig_zero_CxTxE"][class]),
            1e-12,
        );
        close(
            &format!("occlusion {class}"),
            &all("occlusion-step"),
            &column(&golden["occlusion_zero_TxC"], class),
            1e-12,
        );
        for (id, name) in [
            ("reat", "reat_TxC"),
            ("reat-naive", "naive_diff_TxC"),
            ("murdoch-szlam", "ms17_gamma_TxC"),
            ("murdoch-szlam-beta", "ms17_beta_TxC"),
        ] {
            close(&format!("{id} {class}"), &all(id), &column(&golden[name], class), 1e-15);
        }
        // A step taken out is another input, one step shorter.
        let without = |t: usize| {
            concatenate(Axis(0), &[x.slice(ndarray::s![..t, ..]), x.slice(ndarray::s![t + 1.., ..])]).unwrap()
        };
        let deletion: Vec<f64> =
            (0..STEPS).map(|t| trace.logits_at(0)[class] - run(&network, &without(t)).logits_at(0)[class]).collect();
        close(&format!("deletion {class}"), &deletion, &column(&golden["deletion_TxC"], class), 1e-12);
    }
}

#[test]
fn lstm_says_at_every_step_what_numpy_says() {
    let trace = run(&network("lstm", 4, "every-step"), &input());
    let found: Vec<f64> = (0..STEPS).map(|t| trace.score(&target(Readout::Probability, 1, t)).unwrap()).collect();
    close("probability", &found, &numbers(&golden()["ferreira"]["p_t"]), 1e-12);
}

#[test]
fn gru_gives_numpys_numbers() {
    let golden = &golden()["gru"];
    let network = network("gru", 3, "last-state");
    let trace = run(&network, &input());
    close("logits", trace.logits_at(0), &numbers(&golden["logits"]), 1e-12);
    close("h", trace.records().hidden_state(0, STEPS - 1, 0), &numbers(&golden["h_T"]), 1e-12);
    for class in 0..CLASSES {
        let problem = Problem::new(
            Rc::new(Pair { input: trace.clone(), baseline: trace.clone() }),
            target(Readout::Logit, class, STEPS - 1),
        );
        let method = attribution::find("reat").unwrap();
        close(
            &format!("reat {class}"),
            &explain(method, &problem, &settings(method, &[], &[])).reduced(),
            &column(&golden["reat_TxC"], class),
            1e-15,
        );
    }
}
