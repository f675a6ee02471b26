//! Decompositions that add up, and what goes on inside the cell: identities that the formulas promise.

use crate::cases::{close, conventions, explain, request, run, settings, waves, write};
use ndarray::{Array2, s};
use rnnscope::attribution::{self, Attribution, Problem, word_units};
use rnnscope::import;
use rnnscope::network::{Network, Pair, Readout, Target, Trace};
use rnnscope::session::{Session, Weight};
use serde_json::json;
use std::rc::Rc;

pub const STEPS: usize = 7;
pub const INPUTS: usize = 2;
pub const HIDDEN: usize = 3;
pub const CLASSES: usize = 3;

/// What a small network is made of.
#[derive(Clone, Copy)]
pub struct Small<'a> {
    pub kind: &'a str,
    pub layers: usize,
    pub both: bool,
    pub on: &'a str,
}

pub const LSTM: Small = Small { kind: "lstm", layers: 1, both: false, on: "last-state" };
pub const GRU: Small = Small { kind: "gru", ..LSTM };
pub const RNN: Small = Small { kind: "rnn", ..LSTM };

impl Small<'_> {
    fn gates(self) -> usize {
        match self.kind {
            "lstm" => 4,
            "gru" => 3,
            _ => 1,
        }
    }

    /// Weights that a formula writes down, changed by name.
    pub fn network(self, change: impl Fn(&str, &mut Vec<f64>)) -> Rc<Network<f64>> {
        let (gates, directions) = (self.gates(), if self.both { 2 } else { 1 });
        let mut shapes = Vec::new();
        for l in 0..self.layers {
            let width = if l == 0 { INPUTS } else { HIDDEN * directions };
            for suffix in ["", "_reverse"].iter().take(directions) {
                shapes.push((format!("rnn.weight_ih_l{l}{suffix}"), vec![gates * HIDDEN, width]));
                shapes.push((format!("rnn.weight_hh_l{l}{suffix}"), vec![gates * HIDDEN, HIDDEN]));
                shapes.push((format!("rnn.bias_ih_l{l}{suffix}"), vec![gates * HIDDEN]));
                shapes.push((format!("rnn.bias_hh_l{l}{suffix}"), vec![gates * HIDDEN]));
            }
        }
        shapes.push(("head.weight".to_string(), vec![CLASSES, HIDDEN * directions]));
        shapes.push(("head.bias".to_string(), vec![CLASSES]));
        let mut counter = 0..;
        let tensor = |(name, shape): (String, Vec<usize>)| {
            let mut numbers: Vec<f64> = counter
                .by_ref()
                .take(shape.iter().product())
                .map(|k: i32| 1.1 * (1.3 * f64::from(k) + 0.4).sin())
                .collect();
            change(&name, &mut numbers);
            (name, shape, numbers)
        };
        let tensors: Vec<_> = shapes.into_iter().map(tensor).collect();
        let layer = |l: usize| json!({"kind": self.kind, "name": "rnn", "index": l, "input": if l == 0 { INPUTS } else { HIDDEN * directions }, "hidden": HIDDEN, "bidirectional": self.both});
        let feature = json!({"variable": "x", "role": "value"});
        let metadata = json!({
            "version": 1, "classes": ["a", "b", "c"], "feature_names": ["x0", "x1"], "units": ["", ""], "features": [feature, feature],
            "layers": (0..self.layers).map(layer).collect::<Vec<_>>(), "head": {"on": self.on},
        });
        Rc::new(Network::new(&import::read(write(&metadata, &tensors)).unwrap()).unwrap())
    }

    pub fn trace(self) -> Rc<Trace<f64>> {
        run(&self.network(|_, _| {}), &input())
    }
}

pub fn input() -> Array2<f64> {
    waves((STEPS, INPUTS)) * 1.5
}

pub fn logit(class: usize) -> Target {
    Target { readout: Readout::Logit, class, versus: 0, step: STEPS - 1, d: 0, unit: 0 }
}

fn ask(id: &str, trace: &Rc<Trace<f64>>, target: Target) -> Attribution {
    let problem = Problem::new(Rc::new(Pair { input: trace.clone(), baseline: trace.clone() }), target);
    let method = attribution::find(id).unwrap();
    explain(method, &problem, &settings(method, &[], &[]))
}

/// A recorded quantity of one direction at one step, [H].
pub fn recorded(trace: &Trace<f64>, d: usize, id: &str, t: usize) -> Vec<f64> {
    let layer = &trace.network.layers[trace.network.place(d).0];
    let place = layer.cell.quantities().iter().position(|quantity| quantity.id == id).unwrap();
    trace.records().row(d, t, 0)[place * layer.hidden..][..layer.hidden].to_vec()
}

/// W_c, from what the head gives for a state of one unit alone.
pub fn head_row(trace: &Trace<f64>, class: usize) -> Vec<f64> {
    let mut d_logits = vec![0.0; CLASSES];
    d_logits[class] = 1.0;
    let mut row = vec![0.0; HIDDEN];
    trace.network.head.vjp(&trace.records(), 0, STEPS - 1, 0, &d_logits, |_, _, k, w| row[k] += w);
    row
}

pub fn times(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    times(a, b).iter().sum()
}

/// S_{q..=r} = W_c [∏_{k>r} α_k ⊙ (h_r − ∏_{q≤k≤r} α_k ⊙ h_{q−1})], as the paper writes it; `alpha` by step.
fn phrase(trace: &Trace<f64>, alpha: &dyn Fn(usize) -> Vec<f64>, class: usize, q: usize, r: usize) -> f64 {
    let product =
        |range: std::ops::Range<usize>| range.fold(vec![1.0; HIDDEN], |product, t| times(&product, &alpha(t)));
    let before =
        if q == 0 { vec![0.0; HIDDEN] } else { times(&product(q..r + 1), &recorded(trace, 0, "hidden_state", q - 1)) };
    let added: Vec<f64> =
        recorded(trace, 0, "hidden_state", r).iter().zip(before).map(|(h, before)| h - before).collect();
    dot(&head_row(trace, class), &times(&product(r + 1..STEPS), &added))
}

#[test]
fn reat_is_the_authors_formula_for_every_phrase() {
    for small in [LSTM, GRU] {
        let trace = small.trace();
        let alpha = |t: usize| match small.kind {
            // α_t = f_t o_t / o_{t−1}: where nothing came before, nothing is kept.
            "lstm" if t == 0 => vec![0.0; HIDDEN],
            "lstm" => {
                let before = recorded(&trace, 0, "output_gate", t - 1);
                let now = times(&recorded(&trace, 0, "forget_gate", t), &recorded(&trace, 0, "output_gate", t));
                now.iter().zip(before).map(|(now, before)| now / before).collect()
            }
            _ => recorded(&trace, 0, "update_gate", t),
        };
        for class in 0..CLASSES {
            let answer = ask("reat", &trace, logit(class));
            for q in 0..STEPS {
                for r in q..STEPS {
                    let what = format!("{} class {class} phrase {q}..={r}", small.kind);
                    close(
                        &what,
                        &[answer.span_score(q, r + 1).unwrap()],
                        &[phrase(&trace, &alpha, class, q, r)],
                        1e-14,
                    );
                    let words: f64 = (q..=r).map(|t| answer.scores[(t, 0)]).sum();
                    close(&what, &[answer.span_score(q, r + 1).unwrap()], &[words], 1e-15);
                }
            }
            assert_eq!((answer.span_score(0, STEPS + 1), answer.span_score(2, 2)), (None, None));
            close(
                "bias",
                &[answer.remainder[0].1],
                &[trace.logits_at(0)[class]
                    - dot(&head_row(&trace, class), &recorded(&trace, 0, "hidden_state", STEPS - 1))],
                1e-15,
            );
            assert!(answer.gap.unwrap().abs() < 1e-15, "{answer:?}");
        }
    }
}

/// Adds to the bias of one block of gates.
fn shift(block: usize, by: f64) -> impl Fn(&str, &mut Vec<f64>) {
    move |name, numbers| {
        if name == "rnn.bias_ih_l0" {
            numbers[block * HIDDEN..(block + 1) * HIDDEN].iter_mut().for_each(|b| *b += by);
        }
    }
}

#[test]
fn a_memory_that_forgets_everything_credits_the_last_word() {
    for (small, block) in [(LSTM, 1), (GRU, 1)] {
        let trace = run(&small.network(shift(block, -1000.0)), &input());
        let answer = ask("reat", &trace, logit(1));
        close(small.kind, &answer.scores.column(0).to_vec()[..STEPS - 1], &[0.0; STEPS - 1], 1e-300);
        close(small.kind, &[answer.scores[(STEPS - 1, 0)] + answer.remainder[0].1], &[answer.score], 1e-15);
    }
}

#[test]
fn a_memory_that_keeps_everything_credits_what_changed() {
    // f = 1 and a constant o: S_t = W_c [o ⊙ (tanh c_t − tanh c_{t−1})]
    let constant = |name: &str, numbers: &mut Vec<f64>| {
        shift(1, 1000.0)(name, numbers);
        let width = if name.contains("_ih") { INPUTS } else { HIDDEN };
        if name.contains("weight_") {
            numbers[3 * HIDDEN * width..].fill(0.0);
        }
    };
    let trace = run(&LSTM.network(constant), &input());
    let (row, o) = (head_row(&trace, 2), recorded(&trace, 0, "output_gate", 0));
    let memory = |t: usize| dot(&row, &times(&o, &recorded(&trace, 0, "cell_tanh", t)));
    let expected: Vec<f64> = (0..STEPS).map(|t| memory(t) - if t == 0 { 0.0 } else { memory(t - 1) }).collect();
    for id in ["reat", "reat-naive", "murdoch-szlam", "murdoch-szlam-beta"] {
        close(id, &ask(id, &trace, logit(2)).reduced(), &expected, 1e-15);
    }
}

#[test]
fn a_reversed_input_swaps_the_directions() {
    for small in [Small { both: true, ..GRU }, Small { both: true, on: "mean-state", ..LSTM }] {
        // The reversed network has every direction's weights under the other's name.
        let tensors = std::cell::RefCell::new(std::collections::HashMap::new());
        let network = small.network(|name, numbers| {
            tensors.borrow_mut().insert(name.to_string(), numbers.clone());
        });
        let tensors = tensors.into_inner();
        let swapped = small.network(|name, numbers| match name.strip_suffix("_reverse") {
            Some(forward) => numbers.clone_from(&tensors[forward]),
            None if name.starts_with("rnn.") => numbers.clone_from(&tensors[&format!("{name}_reverse")]),
            None if name == "head.weight" => numbers.chunks_mut(2 * HIDDEN).for_each(|row| row.rotate_left(HIDDEN)),
            None => {}
        });
        let x = input();
        let (there, back) =
            (run(&network, &x), run(&swapped, &Array2::from_shape_fn(x.dim(), |(t, k)| x[(STEPS - 1 - t, k)])));
        for id in ["reat", "reat-naive", "reat-linearised"] {
            let (there, back) = (ask(id, &there, logit(0)), ask(id, &back, logit(0)));
            assert_eq!([there.parts[0].label.as_str(), there.parts[1].label.as_str()], ["forward", "backward"]);
            for part in 0..2 {
                let expected: Vec<f64> = there.parts[part].scores.column(0).iter().rev().copied().collect();
                close(
                    &format!("{id} part {part}"),
                    &back.parts[1 - part].scores.iter().copied().collect::<Vec<_>>(),
                    &expected,
                    1e-15,
                );
            }
            close(
                id,
                &there.reduced(),
                &(&there.parts[0].scores + &there.parts[1].scores).iter().copied().collect::<Vec<_>>(),
                0.0,
            );
            assert!(there.gap.unwrap().abs() < 1e-14);
        }
    }
}

#[test]
fn a_pooled_state_is_taken_apart_state_by_state() {
    for kind in ["lstm", "gru"] {
        let small = |on| Small { kind, on, both: true, ..LSTM };
        let [every, mean, max] = ["every-step", "mean-state", "max-state"].map(|on| small(on).trace());
        for id in ["reat", "reat-naive", "reat-linearised", "murdoch-szlam", "murdoch-szlam-beta"] {
            if kind == "gru" && id.starts_with("murdoch") {
                continue;
            }
            let at = |step: usize| ask(id, &every, Target { step, ..logit(1) }).scores;
            let expected =
                (0..STEPS).map(at).fold(Array2::zeros((STEPS, 1)), |sum, scores| sum + scores / STEPS as f64);
            close(
                &format!("{kind} {id} mean"),
                &ask(id, &mean, logit(1)).reduced(),
                &expected.into_iter().collect::<Vec<_>>(),
                1e-15,
            );
            // Each unit at the step at which it is largest: the score of that hidden unit times its weight.
            let mut expected: Array2<f64> = Array2::zeros((STEPS, 1));
            max.network.head.vjp(&max.records(), 0, 0, 0, &[0.0, 1.0, 0.0], |direction, step, unit, weight| {
                let target = Target { readout: Readout::Hidden, step, d: direction, unit, ..logit(0) };
                expected.scaled_add(weight, &ask(id, &max, target).scores);
            });
            close(
                &format!("{kind} {id} max"),
                &ask(id, &max, logit(1)).reduced(),
                &expected.into_iter().collect::<Vec<_>>(),
                1e-15,
            );
        }
    }
}

#[test]
fn units_add_up_to_their_word() {
    let mut checked = 0;
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let trace = run(&network, &case.x);
        let last = Target { readout: Readout::Logit, class: 0, versus: 0, step: trace.steps() - 1, d: 0, unit: 0 };
        let hidden = Target { readout: Readout::Hidden, d: network.depth() - 1, ..last };
        let difference = Target { readout: Readout::Difference, class: 1, ..last };
        for target in [last, hidden, difference] {
            if case.name.starts_with("rnn") {
                let error = word_units(&trace, &target, 0).unwrap_err().to_string();
                assert!(error.contains("linearised"), "{error}");
                continue;
            }
            if target.class >= network.classes() {
                continue;
            }
            let answer = ask("reat", &trace, target);
            for t in 0..trace.steps() {
                let units = word_units(&trace, &target, t).unwrap();
                let top = network.layers.last().unwrap();
                assert_eq!(
                    units.len(),
                    top.hidden * if target.readout == Readout::Hidden { 1 } else { top.directions.len() }
                );
                close(
                    &format!("{} {target:?} word {t}", case.name),
                    &[units.iter().sum()],
                    &[answer.scores[(t, 0)]],
                    1e-15,
                );
                checked += 1;
            }
            assert!(word_units(&trace, &target, trace.steps()).is_err());
        }
    }
    assert!(checked > 300, "{checked} words");
}

#[test]
fn why_this_character_rather_than_that_one() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_characters").unwrap();
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let trace = run(&network, &case.x);
    let at = |readout, class, versus| Target { readout, class, versus, step: trace.steps() / 2, d: 0, unit: 0 };
    for id in ["reat", "reat-naive", "reat-linearised", "murdoch-szlam", "murdoch-szlam-beta"] {
        for (this, that) in [(0, 1), (2, 0)] {
            let contrast = ask(id, &trace, at(Readout::Difference, this, that));
            let apart = ask(id, &trace, at(Readout::Logit, this, 0)).scores
                - ask(id, &trace, at(Readout::Logit, that, 0)).scores;
            close(id, &contrast.reduced(), &apart.into_iter().collect::<Vec<_>>(), 1e-15);
            assert!(contrast.gap.unwrap().abs() < 1e-14);
        }
    }
}

#[test]
fn the_linearised_form_of_a_linear_network_is_its_superposition() {
    // A rectified network that never rectifies is linear: h_T = Σ_t U^{T−t} (W x_t + b).
    let case = conventions().into_iter().find(|case| case.name == "rnn_relu_h3_t7").unwrap();
    let mut tensors = crate::cases::weights(&case.checkpoint);
    for (name, _, numbers) in &mut tensors {
        if !name.starts_with("head") {
            numbers.iter_mut().for_each(|w| *w = w.abs());
        }
    }
    let network = Rc::new(
        Network::<f64>::new(&import::read(write(&crate::cases::description(&case.file), &tensors)).unwrap()).unwrap(),
    );
    let x = case.x.mapv(f64::abs);
    let trace = run(&network, &x);
    let found = ask("reat-linearised", &trace, Target { step: x.nrows() - 1, ..logit(0) });
    // What is lost without the evidence of the first t steps: the rest of the sequence alone.
    let alone = |from: usize| {
        if from == x.nrows() {
            found.remainder[0].1
        } else {
            run(&network, &x.slice(s![from.., ..]).to_owned()).logits_at(x.nrows())[0]
        }
    };
    let expected: Vec<f64> = (0..x.nrows()).map(|t| alone(t) - alone(t + 1)).collect();
    close("superposition", &found.reduced(), &expected, 1e-12);
}

#[test]
fn phrases_come_with_the_answer() {
    const TEXT: &str = "the fight scenes are fun but it grows tedious";
    let trace = run(&LSTM.network(|_, _| {}), &waves((9, INPUTS)));
    let labels = Rc::new(TEXT.split(' ').map(String::from).collect());
    let problem = Problem {
        labels,
        ..Problem::new(Rc::new(Pair { input: trace.clone(), baseline: trace.clone() }), Target { step: 8, ..logit(0) })
    };
    let method = attribution::find("reat").unwrap();
    for (chunks, nodes) in [("brackets", 15), ("clauses", 12), ("pairs", 17), ("windows", 12)] {
        let words = [("chunks", chunks), ("parse", "((the fight scenes) (are fun)) (but (it grows tedious))")];
        let answer = explain(method, &problem, &settings(method, &[], &words));
        assert_eq!(answer.spans.len(), nodes, "{chunks}: {:?}", answer.spans);
        for span in &answer.spans {
            close(chunks, &[span.score], &[answer.span_score(span.from, span.to).unwrap()], 1e-15);
        }
        close(chunks, &[answer.spans[0].score + answer.remainder[0].1], &[answer.score], 1e-15);
    }
    assert!(ask("reat", &trace, problem.target).spans.is_empty(), "nothing was asked for");

    // A session knows the text.
    let mut session = Session::open(std::fs::read("www/models/sentiment_lstm.safetensors").unwrap()).unwrap();
    session.read_text(TEXT).unwrap();
    let mut say = |parse: &str| {
        let mut request = request("reat", "logit", 1, "zeros", "f64");
        request.params = [("parse".to_string(), Weight::Word(parse.to_string()))].into();
        session.start_attribution(request)?;
        while !session.advance(1000)?.done {}
        session.attribution()
    };
    let wrong = say("((the fight) scenes").unwrap_err().to_string();
    assert!(wrong.contains("balanced"), "{wrong}");
    let wrong = say("(the fights scenes) are fun but it grows tedious").unwrap_err().to_string();
    assert!(wrong.contains("\"fights\""), "{wrong}");
    say("((The fight scenes) (are fun)) (but (it grows tedious))").unwrap();
}
