//! Decompositions that add up, and what goes on inside the cell: identities that the formulas promise.

use crate::laws::{close, conventions, explain, request, run, settings, waves, write};
use ndarray::{Array2, s};
use rnnscope::attribution::inside::{Conductance, ConductanceJob, Gates, ProductRule, Through, gates, ledger};
use rnnscope::attribution::{self, Attribution, Precision, Problem, word_units};
use rnnscope::import;
use rnnscope::network::{Backward, Forward, Network, Pair, Readout, Share, Target, Trace};
use rnnscope::session::{Session, Weight};
use serde_json::json;
use std::rc::Rc;

const STEPS: usize = 7;
const INPUTS: usize = 2;
const HIDDEN: usize = 3;
const CLASSES: usize = 3;

/// What a small network is made of.
#[derive(Clone, Copy)]
struct Small<'a> {
    kind: &'a str,
    layers: usize,
    both: bool,
    on: &'a str,
}

const LSTM: Small = Small { kind: "lstm", layers: 1, both: false, on: "last-state" };
const GRU: Small = Small { kind: "gru", ..LSTM };
const RNN: Small = Small { kind: "rnn", ..LSTM };

impl Small<'_> {
    fn gates(self) -> usize {
        match self.kind {
            "lstm" => 4,
            "gru" => 3,
            _ => 1,
        }
    }

    /// Weights that a formula writes down, changed by name.
    fn network(self, change: impl Fn(&str, &mut Vec<f64>)) -> Rc<Network<f64>> {
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

    fn trace(self) -> Rc<Trace<f64>> {
        run(&self.network(|_, _| {}), &input())
    }
}

fn input() -> Array2<f64> {
    waves((STEPS, INPUTS)) * 1.5
}

fn logit(class: usize) -> Target {
    Target { readout: Readout::Logit, class, versus: 0, step: STEPS - 1, d: 0, unit: 0 }
}

fn ask(id: &str, trace: &Rc<Trace<f64>>, target: Target) -> Attribution {
    let problem = Problem::new(Rc::new(Pair { input: trace.clone(), baseline: trace.clone() }), target);
    let method = attribution::find(id).unwrap();
    explain(method, &problem, &settings(method, &[], &[]))
}

/// A recorded quantity of one direction at one step, [H].
fn recorded(trace: &Trace<f64>, d: usize, id: &str, t: usize) -> Vec<f64> {
    let layer = &trace.network.layers[trace.network.place(d).0];
    let place = layer.cell.quantities().iter().position(|quantity| quantity.id == id).unwrap();
    trace.records().row(d, t, 0)[place * layer.hidden..][..layer.hidden].to_vec()
}

/// W_c, from what the head gives for a state of one unit alone.
fn head_row(trace: &Trace<f64>, class: usize) -> Vec<f64> {
    let mut d_logits = vec![0.0; CLASSES];
    d_logits[class] = 1.0;
    let mut row = vec![0.0; HIDDEN];
    trace.network.head.vjp(&trace.records(), 0, STEPS - 1, 0, &d_logits, |_, _, k, w| row[k] += w);
    row
}

fn times(a: &[f64], b: &[f64]) -> Vec<f64> {
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
    let mut tensors = crate::laws::weights(&case.checkpoint);
    for (name, _, numbers) in &mut tensors {
        if !name.starts_with("head") {
            numbers.iter_mut().for_each(|w| *w = w.abs());
        }
    }
    let network = Rc::new(
        Network::<f64>::new(&import::read(write(&crate::laws::description(&case.file), &tensors)).unwrap()).unwrap(),
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

#[test]
fn a_memory_is_the_sum_of_its_past_writes() {
    let mut checked = 0;
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let trace = run(&network, &case.x);
        for d in 0..network.depth() {
            let (layer, direction) = network.place(d);
            for unit in 0..network.layers[layer].hidden {
                let ledger = match ledger(&trace, d, unit) {
                    Ok(ledger) => ledger,
                    Err(error) => {
                        assert!(
                            case.name.starts_with("rnn") && error.to_string().contains("vanilla"),
                            "{}: {error}",
                            case.name
                        );
                        continue;
                    }
                };
                assert!(ledger.gap < 1e-15, "{} {d} {unit}: {}", case.name, ledger.gap);
                for t in 0..trace.steps() {
                    assert_eq!(ledger.values[t], recorded(&trace, d, ledger.quantity, t)[unit]);
                    for s in 0..trace.steps() {
                        let (read, range) = if direction == 0 { (s <= t, s + 1..t + 1) } else { (s >= t, t..s) };
                        let expected =
                            if read { range.map(|r| ledger.kept[r]).product::<f64>() * ledger.written[s] } else { 0.0 };
                        close(
                            &format!("{} {d} {unit}: {s} in {t}", case.name),
                            &[ledger.shares[(t, s)]],
                            &[expected],
                            1e-15,
                        );
                        checked += 1;
                    }
                }
            }
        }
        assert!(ledger(&trace, network.depth(), 0).is_err() && ledger(&trace, 0, 99).is_err());
    }
    assert!(checked > 5000, "{checked} shares");
}

/// ∂F/∂a of each gate as the backward pass has it, [T, G·H].
fn by_gate(trace: &Trace<f64>, target: &Target, d: usize) -> Array2<f64> {
    let mut backward = Backward::new(Rc::new(Forward::of(trace)), target, vec![Share { group: 0, weight: 1.0 }], 1)
        .keeping(trace.network.place(d).0);
    while backward.advance() {}
    let gates = trace.network.layers[trace.network.place(d).0].gates();
    Array2::from_shape_vec((trace.steps(), gates), backward.by_gate(trace.network.place(d).1).to_vec()).unwrap()
}

fn scores<'a>(gates: &'a Gates, id: &str, into: &str) -> &'a Array2<f64> {
    &gates.factors.iter().find(|factor| factor.id == id && factor.into == into).unwrap().scores
}

#[test]
fn the_products_of_a_cell_are_shared_between_their_factors() {
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let (trace, other) = (run(&network, &case.x), run(&network, &case.other));
        let target = Target { readout: Readout::Logit, class: 0, versus: 0, step: trace.steps() - 1, d: 0, unit: 0 };
        for d in 0..network.depth() {
            for baseline in [None, Some(&*other)] {
                let half = match gates(&trace, baseline, &target, d, ProductRule::Half) {
                    Ok(half) => half,
                    Err(error) => {
                        assert!(
                            case.name.starts_with("rnn") && error.to_string().contains("vanilla"),
                            "{}: {error}",
                            case.name
                        );
                        continue;
                    }
                };
                // Half a product each adds up to the whole, unit by unit and step by step.
                assert!(half.gap < 1e-15, "{} {d}: {}", case.name, half.gap);
                close(
                    "totals",
                    &half.totals().column(0).to_vec(),
                    &half.factors[0].scores.rows().into_iter().map(|row| row.sum()).collect::<Vec<_>>(),
                    1e-15,
                );
            }
            // Gradient × value, times the slope of its own function over its value, is the gradient that the inputs get.
            let Ok(whole) = gates(&trace, None, &target, d, ProductRule::Gradient) else { continue };
            let expected = by_gate(&trace, &target, d);
            let names: &[(&str, &str)] = match network.layers[network.place(d).0].cell.id() {
                "lstm" => &[
                    ("input_gate", "cell_state"),
                    ("forget_gate", "cell_state"),
                    ("cell_candidate", "cell_state"),
                    ("output_gate", "hidden_state"),
                ],
                _ => &[("reset_gate", "candidate"), ("update_gate", "hidden_state"), ("candidate", "hidden_state")],
            };
            for (block, (id, into)) in names.iter().enumerate() {
                for t in 0..trace.steps() {
                    for (k, value) in recorded(&trace, d, id, t).into_iter().enumerate() {
                        let slope = if id.contains("gate") { 1.0 - value } else { (1.0 - value * value) / value };
                        let hidden = whole.factors[0].scores.ncols();
                        let what = format!("{} {d} {id} at {t} unit {k}", case.name);
                        close(
                            &what,
                            &[scores(&whole, id, into)[(t, k)] * slope],
                            &[expected[(t, block * hidden + k)]],
                            1e-14,
                        );
                    }
                }
            }
        }
    }
}

/// All that goes through a layer.
fn conductance<R: Precision>(problem: &Problem<R>, layer: usize, through: Through, tolerance: f64) -> Conductance {
    let mut job = ConductanceJob::new(problem.clone(), layer, through, tolerance, 10_000).unwrap();
    while job.advance() {}
    job.answer()
}

#[test]
fn everything_goes_through_every_layer() {
    for small in [
        Small { layers: 2, ..LSTM },
        Small { layers: 3, both: true, ..GRU },
        Small { layers: 2, on: "mean-state", ..RNN },
        Small { layers: 2, on: "every-step", ..GRU },
    ] {
        let trace = small.trace();
        let baseline = run(&trace.network, &Array2::zeros(input().dim()));
        let top = trace.network.depth() - 1;
        let targets = [
            logit(2),
            Target { readout: Readout::Difference, step: 3, ..logit(1) },
            Target { readout: Readout::Probability, ..logit(0) },
            Target { readout: Readout::Hidden, d: top, unit: 1, step: 4, ..logit(0) },
        ];
        for target in targets {
            let problem = Problem::new(Rc::new(Pair { input: trace.clone(), baseline: baseline.clone() }), target);
            for layer in 0..small.layers {
                let of = |tolerance| conductance(&problem, layer, Through::Output, tolerance);
                let (rough, fine) = (of(1e-2), of(1e-9));
                let what = format!("{} {target:?} layer {layer}", small.kind);
                let difference = (fine.score - fine.baseline_score).abs();
                assert!(
                    rough.converged && rough.gap.abs() <= 1e-2 * difference + 1e-14,
                    "{what}: {:e} of {difference:e}",
                    rough.gap
                );
                assert!(
                    fine.converged && fine.gap.abs() <= 1e-9 * difference + 1e-12,
                    "{what}: {:e} of {difference:e} after {}",
                    fine.gap,
                    fine.evaluations
                );
                close(&what, &rough.units(), &fine.units(), 1e-2 * difference.max(0.1));
                close(
                    &what,
                    &[fine.steps().iter().sum::<f64>() + fine.gap],
                    &[fine.score - fine.baseline_score],
                    1e-14,
                );
            }
        }
        // The top layer's outputs are read linearly: W_c ⊙ (h − h′).
        let problem = Problem::new(Rc::new(Pair { input: trace.clone(), baseline: baseline.clone() }), logit(2));
        if small.on == "last-state" && !small.both {
            let found = conductance(&problem, small.layers - 1, Through::Output, 1e-3);
            let moved: Vec<f64> = recorded(&trace, top, "hidden_state", STEPS - 1)
                .iter()
                .zip(recorded(&baseline, top, "hidden_state", STEPS - 1))
                .map(|(h, other)| h - other)
                .collect();
            close("linear", &found.units(), &times(&head_row(&trace, 2), &moved), 1e-15);
        }
        let below = Problem { target: Target { readout: Readout::Hidden, d: 0, ..logit(0) }, ..problem.clone() };
        assert!(
            ConductanceJob::new(below, 1, Through::Output, 0.01, 99).is_err(),
            "nothing of a unit goes through the layer above"
        );
        assert!(ConductanceJob::new(problem, 9, Through::Memory, 0.01, 99).is_err());
    }
}

#[test]
fn a_unit_that_nothing_reads_conducts_nothing() {
    const UNIT: usize = 1;
    let small = Small { layers: 2, ..LSTM };
    let network = small.network(|name, numbers| {
        if name == "rnn.weight_ih_l1" {
            numbers.chunks_mut(HIDDEN).for_each(|row| row[UNIT] = 0.0);
        }
    });
    let problem = Problem::new(
        Rc::new(Pair { input: run(&network, &input()), baseline: run(&network, &Array2::zeros(input().dim())) }),
        logit(0),
    );
    let units = conductance(&problem, 0, Through::Output, 1e-3).units();
    assert_eq!(units[UNIT], 0.0);
    assert!(units[0] != 0.0 && units[2] != 0.0, "{units:?}");
}

#[test]
fn the_memory_holds_what_was_read_so_far() {
    for small in [LSTM, GRU, RNN, Small { both: true, ..LSTM }] {
        let trace = small.trace();
        let baseline = run(&trace.network, &Array2::zeros(input().dim()));
        let problem = Problem::new(Rc::new(Pair { input: trace, baseline }), logit(1));
        let method = attribution::find("integrated-gradients").unwrap();
        let inputs =
            explain(method, &problem, &settings(method, &[("steps", 64.0), ("tolerance", 0.0)], &[])).reduced();
        let memory = conductance(&problem, 0, Through::Memory, 1e-10);
        assert!(
            memory.converged && memory.gap.abs() < 1e-9,
            "{}: {:e} after {}",
            small.kind,
            memory.gap,
            memory.evaluations
        );
        let all: f64 = inputs.iter().sum();
        if small.both {
            // The forward units have read everything at the last step, the backward units at the first.
            let ends = memory.scores.slice(s![STEPS - 1, ..HIDDEN]).sum() + memory.scores.slice(s![0, HIDDEN..]).sum();
            close("both ends", &[ends], &[all], 1e-9);
            continue;
        }
        for t in 0..STEPS {
            close(&format!("{} {t}", small.kind), &[memory.steps()[t]], &[inputs[..=t].iter().sum()], 1e-9);
        }
        close(small.kind, &[memory.steps()[STEPS - 1]], &[all], 1e-9);
    }
}

#[test]
fn a_shipped_network_adds_up_in_single_precision() {
    let file = std::fs::read("www/models/prose_lstm_2x256.safetensors").unwrap();
    let network = Rc::new(Network::<f32>::new(&import::read(file).unwrap()).unwrap());
    let ids: Vec<Option<usize>> = (0..200).map(|t| Some((t * 7) % network.features())).collect();
    let trace = run(&network, &network.encode(&ids).mapv(f64::from));
    let target = Target { step: 199, ..logit(1) };
    let problem = Problem::new(Rc::new(Pair { input: trace.clone(), baseline: trace.clone() }), target);
    for id in ["reat", "reat-naive", "reat-linearised", "murdoch-szlam", "murdoch-szlam-beta"] {
        let method = attribution::find(id).unwrap();
        let answer = explain(method, &problem, &settings(method, &[], &[]));
        assert!(answer.gap.unwrap().abs() < 1e-6, "{id}: {:e} of {}", answer.gap.unwrap(), answer.score);
        assert!(answer.note.contains("layer 2"), "{}", answer.note);
    }
    // The largest |c| is 5.7.
    assert!(ledger(&trace, 1, 17).unwrap().gap < 2e-6);
    assert!(gates(&trace, None, &target, 0, ProductRule::Half).unwrap().gap < 1e-6);
}
