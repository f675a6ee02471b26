//! What goes on inside the cell: ledgers, gates and conductance, by the identities that their formulas promise.

use crate::additive::{GRU, HIDDEN, LSTM, RNN, STEPS, Small, head_row, input, logit, recorded, times};
use crate::cases::{close, conventions, explain, run, settings};
use ndarray::{Array2, s};
use rnnscope::attribution::inside::{Conductance, ConductanceJob, Gates, ProductRule, Through, gates, ledger};
use rnnscope::attribution::{self, Precision, Problem};
use rnnscope::import;
use rnnscope::network::{Backward, Forward, Network, Pair, Readout, Share, Target, Trace};
use std::rc::Rc;

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
    let mut halves = 0;
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let (trace, other) = (run(&network, &case.x), run(&network, &case.other));
        let target = Target { readout: Readout::Logit, class: 0, versus: 0, step: trace.steps() - 1, d: 0, unit: 0 };
        for d in 0..network.depth() {
            for baseline in [None, Some(&other)] {
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
            // g (a − a′) (b + b′) / 2 of each factor, where the gradient's rule has g (a − a′) b.
            if let (Ok(half), Ok(slope)) = (
                gates(&trace, Some(&other), &target, d, ProductRule::Half),
                gates(&trace, Some(&other), &target, d, ProductRule::Gradient),
            ) {
                let pairs: &[(&str, &str, &str)] = match network.layers[network.place(d).0].cell.id() {
                    "lstm" => &[
                        ("input_gate", "cell_state", "cell_candidate"),
                        ("cell_candidate", "cell_state", "input_gate"),
                        ("output_gate", "hidden_state", "cell_tanh"),
                    ],
                    _ => &[],
                };
                for (id, into, partner) in pairs {
                    for t in 0..trace.steps() {
                        let (b, b_other) = (recorded(&trace, d, partner, t), recorded(&other, d, partner, t));
                        for k in 0..b.len() {
                            let (half, slope) = (scores(&half, id, into)[(t, k)], scores(&slope, id, into)[(t, k)]);
                            let what = format!("{} {d}: half of {id} at {t} unit {k}", case.name);
                            close(&what, &[half * b[k]], &[slope * (b[k] + b_other[k]) / 2.0], 1e-15);
                        }
                    }
                    halves += 1;
                }
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
    assert!(halves >= 6, "{halves} factors of an LSTM's products");
}

/// A layer above a hidden unit does nothing for it.
#[test]
fn gates_above_a_hidden_unit_are_refused() {
    let case = conventions().into_iter().find(|case| case.name == "gru_both_l2").unwrap();
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let trace = run(&network, &case.x);
    let target = Target { readout: Readout::Hidden, class: 0, versus: 0, step: 1, d: 0, unit: 0 };
    assert!(gates(&trace, None, &target, 1, ProductRule::Half).is_ok());
    let error = gates(&trace, None, &target, 2, ProductRule::Half).err().unwrap();
    assert_eq!(error.place(), "layer");
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
