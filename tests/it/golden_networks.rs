//! Small networks of every kind with answers that others gave (`python/goldens_attribution.py`).

use crate::cases::{close, explain, run, settings};
use crate::methods::{numbers, target};
use ndarray::Array2;
use rnnscope::attribution::{self, Attribution, Problem};
use rnnscope::import;
use rnnscope::network::{Network, Pair, Readout, Target};
use serde_json::Value;
use std::rc::Rc;

const FOLDER: &str = "tests/golden/attribution";

/// One of the networks, and what it was asked.
pub struct Golden {
    pub id: String,
    /// What the file of a family says of it.
    pub answers: Value,
    /// What `networks.json` says of it.
    pub about: Value,
    pub network: Rc<Network<f64>>,
    pub x: Array2<f64>,
    pub baseline: Array2<f64>,
    pub target: Target,
}

impl Golden {
    /// The network's question, with another input and another comparison.
    pub fn question(&self, x: &Array2<f64>, baseline: &Array2<f64>, readout: Readout) -> Problem<f64> {
        let pair = Pair { input: run(&self.network, x), baseline: run(&self.network, baseline) };
        Problem::new(Rc::new(pair), Target { readout, ..self.target })
    }

    /// The network's question: a logit against its baseline.
    pub fn problem(&self) -> Problem<f64> {
        self.question(&self.x, &self.baseline, Readout::Logit)
    }
}

fn read(name: &str) -> Value {
    let file: Value = serde_json::from_slice(&std::fs::read(format!("{FOLDER}/{name}.json")).unwrap()).unwrap();
    file["networks"].clone()
}

/// Every network of a family's file.
pub fn goldens(family: &str) -> Vec<Golden> {
    let (networks, file) = (read("networks"), read(family));
    let golden = |(id, answers): (&String, &Value)| {
        let about = networks[id].clone();
        let file = std::fs::read(format!("{FOLDER}/{}", about["file"].as_str().unwrap())).unwrap();
        let number = |name: &str| about[name].as_u64().unwrap() as usize;
        Golden {
            id: id.clone(),
            answers: answers.clone(),
            network: Rc::new(Network::new(&import::read(file).unwrap()).unwrap()),
            x: matrix(&about["x"]),
            baseline: matrix(&about["baseline"]),
            target: Target { versus: number("versus"), ..target(Readout::Logit, number("target"), number("step")) },
            about,
        }
    };
    let all: Vec<Golden> = file.as_object().unwrap().iter().map(golden).collect();
    assert!(all.len() >= 4, "{family}: {} networks", all.len());
    all
}

/// A [T, I] list.
pub fn matrix(value: &Value) -> Array2<f64> {
    let rows = value.as_array().unwrap().len();
    let all = numbers(value);
    Array2::from_shape_vec((rows, all.len() / rows), all).unwrap()
}

/// A method's finished answer.
pub fn ask(id: &str, problem: &Problem<f64>, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Attribution {
    let method = attribution::find(id).unwrap();
    explain(method, problem, &settings(method, numbers, words))
}

/// Each number within a share of the largest, which counts as no smaller than `least`.
#[track_caller]
pub fn near(what: &str, found: &[f64], expected: &[f64], share: f64, least: f64) {
    close(what, found, expected, share * expected.iter().fold(least, |largest, x| largest.max(x.abs())));
}
