//! 500 networks drawn from seeds, as PyTorch runs them in float64: every cell × layers × directions × biases × reading.
//!
//! `python/make_configurations.py` draws the same weights and says which numbers its file holds.

use ndarray::Array2;
use rnnscope::attribution::Precision;
use rnnscope::import;
use rnnscope::math::Random;
use rnnscope::network::{Network, TraceJob};
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Deserialize)]
struct Configurations {
    networks: Vec<Configuration>,
}

#[derive(Deserialize)]
struct Configuration {
    cell: String,
    layers: usize,
    both: bool,
    bias: bool,
    on: String,
    hidden: usize,
    steps: usize,
    inputs: usize,
    classes: usize,
    answers: Vec<f64>,
    largest: f64,
}

impl Configuration {
    fn directions(&self) -> usize {
        1 + usize::from(self.both)
    }

    /// Name, rows, columns and range of every tensor, in the order that numbers them; `x` is the input.
    fn shapes(&self) -> Vec<(String, usize, usize, f64)> {
        let blocks = match self.cell.as_str() {
            "lstm" => 4,
            "gru" => 3,
            _ => 1,
        };
        let (rows, top) = (blocks * self.hidden, self.hidden * self.directions());
        let root = |n: usize| 1.0 / (n as f64).sqrt();
        let recurrent =
            if self.cell == "relu" && self.hidden < 16 { 0.95 / self.hidden as f64 } else { root(self.hidden) };
        let mut shapes = vec![("x".to_string(), self.steps, self.inputs, 2.0)];
        for layer in 0..self.layers {
            for tail in &["", "_reverse"][..self.directions()] {
                let name = |what: &str| format!("rnn.{what}_l{layer}{tail}");
                let width = if layer == 0 { self.inputs } else { top };
                shapes.push((name("weight_ih"), rows, width, root(width)));
                shapes.push((name("weight_hh"), rows, self.hidden, recurrent));
                if self.bias {
                    shapes.push((name("bias_ih"), rows, 1, 0.25));
                    shapes.push((name("bias_hh"), rows, 1, 0.25));
                }
            }
        }
        shapes.push(("head.weight".into(), self.classes, top, root(top)));
        shapes.push(("head.bias".into(), self.classes, 1, 0.25));
        shapes
    }

    /// A model file of these weights, and the input.
    fn draw(&self, k: u64) -> (Vec<u8>, Array2<f64>) {
        let (mut tensors, mut x) = (Vec::new(), Array2::zeros((0, 0)));
        for (n, (name, rows, columns, range)) in (0u64..).zip(self.shapes()) {
            let draw = |row: u64| {
                let mut random = Random::new((k << 32) + (n << 16) + row);
                (0..columns).map(move |_| ((2.0 * random.uniform() - 1.0) * range) as f32).collect::<Vec<f32>>()
            };
            let values: Vec<f32> = (0..rows as u64).flat_map(draw).collect();
            if name == "x" {
                x = Array2::from_shape_vec((rows, columns), values.iter().map(|v| f64::from(*v)).collect()).unwrap();
            } else {
                let shape = if name.contains("bias") { vec![rows] } else { vec![rows, columns] };
                tensors.push((name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()));
            }
        }
        let views = tensors.iter().map(|(name, shape, bytes)| {
            (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes.as_slice()).unwrap())
        });
        let about = HashMap::from([("rnnscope".to_string(), self.metadata().to_string())]);
        (safetensors::serialize(views, Some(about)).unwrap(), x)
    }

    fn metadata(&self) -> serde_json::Value {
        let kind = if ["tanh", "relu"].contains(&self.cell.as_str()) { "rnn" } else { &self.cell };
        let layer = |index: usize| {
            let input = if index == 0 { self.inputs } else { self.hidden * self.directions() };
            serde_json::json!({ "kind": kind, "name": "rnn", "index": index, "input": input, "hidden": self.hidden,
                "bidirectional": self.both, "activation": if kind == "rnn" { &self.cell } else { "tanh" } })
        };
        let names = |letter: &str, count: usize| (0..count).map(|k| format!("{letter}{k}")).collect::<Vec<_>>();
        serde_json::json!({ "version": 1, "task": "classifier", "input": { "kind": "series" },
            "layers": (0..self.layers).map(layer).collect::<Vec<_>>(), "head": { "name": "head", "on": self.on },
            "classes": names("c", self.classes), "feature_names": names("x", self.inputs), "units": vec![""; self.inputs],
            "features": names("x", self.inputs).iter()
                .map(|name| serde_json::json!({ "variable": name, "role": "value" })).collect::<Vec<_>>() })
    }

    /// The numbers that the file of answers holds, as this network gives them.
    fn answers<R: Precision>(&self, file: &[u8], x: &Array2<f64>) -> Vec<f64> {
        let network = Rc::new(Network::<R>::new(&import::read(file.to_vec()).unwrap()).unwrap());
        let trace = TraceJob::new(network.clone(), x.mapv(R::from_f64)).finish();
        let (records, hidden, steps) = (trace.records(), self.hidden, self.steps);
        let state = |d: usize, t: usize, unit: usize| {
            let row = records.row(d, t, 0);
            row[row.len() - hidden + unit].to_f64()
        };
        let width = self.directions();
        let count = self.layers * width;
        let last = |d: usize| if d.is_multiple_of(width) { steps - 1 } else { 0 };
        let mut numbers: Vec<f64> = (0..count).map(|d| state(d, last(d), (7 * d + 3) % hidden)).collect();
        let (mut size, mut pattern) = (0.0, 0.0);
        for t in 0..steps {
            for unit in 0..width * hidden {
                let y = state(count - width + unit / hidden, t, unit % hidden);
                size += y.abs();
                pattern += y * (((31 * t + 17 * unit) % 13) as f64 - 6.0);
            }
        }
        let cells = (steps * width * hidden) as f64;
        numbers.extend([size / cells, pattern / cells]);
        let rows = trace.logits.nrows();
        let mut places = vec![0, rows / 2, rows - 1];
        places.dedup();
        numbers.extend(places.iter().enumerate().map(|(k, s)| trace.logits[[*s, (5 * k + 1) % self.classes]].to_f64()));
        let mean = trace.logits.iter().map(|z| z.to_f64().abs()).sum::<f64>() / trace.logits.len() as f64;
        numbers.push(mean);
        numbers
    }

    /// Largest difference as a share of the largest value.
    fn apart(&self, numbers: &[f64]) -> f64 {
        assert_eq!(numbers.len(), self.answers.len());
        let apart = numbers.iter().zip(&self.answers).map(|(a, b)| (a - b).abs() / self.largest);
        apart.fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
    }
}

#[test]
fn five_hundred_networks_run_as_in_pytorch() {
    let text = include_str!("../golden/configurations.json");
    let networks = serde_json::from_str::<Configurations>(text).unwrap().networks;
    assert_eq!(networks.len(), 500);
    let (mut exact, mut fast) = (Vec::new(), Vec::new());
    for (k, network) in (0u64..).zip(&networks) {
        let (file, x) = network.draw(k);
        exact.push(network.apart(&network.answers::<f64>(&file, &x)));
        fast.push(network.apart(&network.answers::<f32>(&file, &x)));
    }
    for (name, apart, allowed) in [("f64", &exact, 1e-12), ("f32", &fast, 2e-6)] {
        let beyond: Vec<_> =
            (0..).zip(apart).filter(|(_, x)| x.is_nan() || **x > allowed).map(|(k, x): (usize, _)| (k, *x)).collect();
        let worst = apart.iter().fold(0.0, |most: f64, x| most.max(*x));
        assert!(beyond.is_empty(), "{name}: {} beyond {allowed:e}, worst {worst:.2e}: {beyond:?}", beyond.len());
    }
}

#[test]
fn another_input_gives_other_answers() {
    let text = include_str!("../golden/configurations.json");
    for (k, network) in (0u64..).zip(serde_json::from_str::<Configurations>(text).unwrap().networks).take(32) {
        let (file, mut x) = network.draw(k);
        x *= 1.01;
        let apart = network.apart(&network.answers::<f32>(&file, &x));
        assert!(apart > 2e-6, "network {k} says the same of another input: {apart:e}");
    }
}
