//! Laws of every cell in the registry.

use super::*;
use std::ops::Range;

/// Weights by formula: reproducible, of both signs, of the size of trained ones.
fn weights(cell: &dyn Cell, hidden: usize) -> Recurrent<f64> {
    let g = cell.gates().len();
    let value = |k: usize, phase: f64| ((k as f64 * 1.3 + phase).rem_euclid(2.0) - 1.0) * 0.6;
    let weight: Vec<f64> = (0..g * hidden * hidden).map(|k| value(k, 0.7)).collect();
    let bias = (0..g * hidden).map(|k| value(k, 0.2)).collect();
    Recurrent::new(hidden, cell.products(), &weight, bias)
}

#[test]
fn ids_are_unique_and_the_last_quantity_is_the_hidden_state() {
    for (k, cell) in CELLS.iter().enumerate() {
        assert!(CELLS[..k].iter().all(|other| other.id() != cell.id()), "{}", cell.id());
        assert_eq!(cell.quantities().last().map(|q| q.id), Some("hidden_state"), "{}", cell.id());
        assert_eq!(cell.products().iter().sum::<usize>(), cell.gates().len(), "{}", cell.id());
    }
}

#[test]
fn derivatives_agree_with_central_differences() {
    let (hidden, rows) = (3, 2);
    for cell in CELLS {
        let (g, r) = (cell.gates().len(), cell.quantities().len());
        let weights = weights(*cell, hidden);
        let step: &dyn Step<f64> = *cell;
        let state_of = |record: &[f64], row: usize, k: usize| record[row * r * hidden + k];
        let cell_state = cell.quantities().iter().position(|q| q.id == "cell_state");
        // A score that looks at every unit of h (and c) with another weight.
        let coefficient = |k: usize| 0.3 + 0.17 * k as f64;
        let score = |projection: &[f64], before: &[f64]| {
            let mut after = vec![0.0; rows * r * hidden];
            step.step(&weights, projection, before, &mut after, &mut Vec::new());
            let mut sum = 0.0;
            for row in 0..rows {
                for k in 0..hidden {
                    sum += coefficient(row * hidden + k) * state_of(&after, row, (r - 1) * hidden + k);
                    sum += cell_state.map_or(0.0, |c| 0.5 * coefficient(k) * state_of(&after, row, c * hidden + k));
                }
            }
            sum
        };
        let projection: Vec<f64> = (0..rows * g * hidden).map(|k| (k as f64 * 0.77).rem_euclid(1.7) - 0.8).collect();
        let before: Vec<f64> = (0..rows * r * hidden).map(|k| (k as f64 * 0.41).rem_euclid(1.1) - 0.5).collect();
        let mut after = vec![0.0; rows * r * hidden];
        step.step(&weights, &projection, &before, &mut after, &mut Vec::new());
        let mut d_state = vec![0.0; rows * 2 * hidden];
        for row in 0..rows {
            for k in 0..hidden {
                d_state[row * 2 * hidden + k] = coefficient(row * hidden + k);
                d_state[row * 2 * hidden + hidden + k] = if cell_state.is_some() { 0.5 * coefficient(k) } else { 0.0 };
            }
        }
        let mut d_projection = vec![0.0; rows * g * hidden];
        step.step_vjp(&weights, &before, &after, &mut d_state, &mut d_projection, &mut Vec::new());
        let slope = |values: &[f64], k: usize, f: &dyn Fn(&[f64]) -> f64| {
            let (mut up, mut down, e) = (values.to_vec(), values.to_vec(), 1e-6);
            up[k] += e;
            down[k] -= e;
            (f(&up) - f(&down)) / (2.0 * e)
        };
        for k in 0..projection.len() {
            let expected = slope(&projection, k, &|p| score(p, &before));
            assert!(
                (d_projection[k] - expected).abs() < 1e-8,
                "{} projection {k}: {} != {expected}",
                cell.id(),
                d_projection[k]
            );
        }
        for row in 0..rows {
            for k in 0..hidden {
                let h = row * r * hidden + (r - 1) * hidden + k;
                let expected = slope(&before, h, &|b| score(&projection, b));
                let found = d_state[row * 2 * hidden + k];
                assert!((found - expected).abs() < 1e-8, "{} h {row} {k}: {found} != {expected}", cell.id());
                if let Some(c) = cell_state {
                    let expected = slope(&before, row * r * hidden + c * hidden + k, &|b| score(&projection, b));
                    let found = d_state[row * 2 * hidden + hidden + k];
                    assert!((found - expected).abs() < 1e-8, "{} c {row} {k}: {found} != {expected}", cell.id());
                }
            }
        }
    }
}

#[test]
fn recorded_values_stay_in_their_ranges() {
    for cell in CELLS {
        let (hidden, g, quantities) = (5, cell.gates().len(), cell.quantities());
        let weights = weights(*cell, hidden);
        let step: &dyn Step<f64> = *cell;
        let mut before = vec![0.0; quantities.len() * hidden];
        for t in 0..20 {
            let projection: Vec<f64> = (0..g * hidden).map(|k| ((t * 31 + k * 7) % 19) as f64 - 9.0).collect();
            let mut after = vec![0.0; before.len()];
            step.step(&weights, &projection, &before, &mut after, &mut Vec::new());
            for (quantity, values) in quantities.iter().zip(after.chunks(hidden)) {
                let (low, high) = (f64::from(quantity.range.0), f64::from(quantity.range.1));
                assert!(values.iter().all(|v| (low..=high).contains(v)), "{} {}: {values:?}", cell.id(), quantity.id);
            }
            before = after;
        }
    }
}

/// The rules of a gradient: with them the graph's reverse is the derivative.
struct Gradient;

impl<R: Real> Rule<R> for Gradient {
    fn linear(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let own = k * at.weights.hidden()..(k + 1) * at.weights.hidden();
        lanes.extra[own.clone()].copy_from_slice(&lanes.multiplier[own]);
    }

    fn operation(&mut self, at: &At<'_, R>, k: usize, lanes: &mut Lanes<R>) {
        let n = at.weights.hidden();
        for j in 0..n {
            let m = lanes.multiplier[k * n + j];
            let mut give = |node: usize, m: R| lanes.multiplier[node * n + j] += m;
            match at.graph.nodes[k] {
                Node::Add(a, b) => {
                    give(a, m);
                    give(b, m);
                }
                Node::Product { gate, signal, .. } => {
                    give(gate, at.value(0, signal)[j] * m);
                    give(signal, at.value(0, gate)[j] * m);
                }
                Node::Sigmoid(a) | Node::Tanh(a) | Node::Relu(a) | Node::OneMinus(a) => {
                    give(a, at.graph.nodes[k].slope(at.value(0, k)[j]) * m)
                }
                _ => {}
            }
        }
    }
}

#[test]
fn graphs_are_the_steps_that_they_describe() {
    fn law<R: Scalar>(cell: &'static dyn Cell, allowed: f64) {
        let (hidden, rows) = (5, 3);
        let (g, r) = (cell.gates().len(), cell.quantities().len());
        let value = |k: usize, phase: f64| R::from_f64(((k as f64 * 1.3 + phase).rem_euclid(2.0) - 1.0) * 0.6);
        let weight: Vec<R> = (0..g * hidden * hidden).map(|k| value(k, 0.7)).collect();
        let weights =
            Recurrent::new(hidden, cell.products(), &weight, (0..g * hidden).map(|k| value(k, 0.2)).collect());
        let projection: Vec<R> =
            (0..rows * g * hidden).map(|k| R::from_f64((k as f64 * 0.77).rem_euclid(1.7) - 0.8)).collect();
        let before: Vec<R> =
            (0..rows * r * hidden).map(|k| R::from_f64((k as f64 * 0.41).rem_euclid(1.1) - 0.5)).collect();
        let (step, graph) = (R::of(cell), cell.graph());
        let mut after = vec![R::ZERO; before.len()];
        step.step(&weights, &projection, &before, &mut after, &mut Vec::new());
        let quantity = |record: &[R], q: usize| -> Vec<R> {
            record.chunks(r * hidden).flat_map(|row| row[q * hidden..(q + 1) * hidden].to_vec()).collect()
        };
        let cell_state = cell.quantities().iter().position(|q| q.id == "cell_state");
        assert_eq!(cell_state.is_some(), graph.cell.is_some(), "{}", cell.id());
        let width = graph.nodes.len() * hidden;
        let evaluated = |run: bool| {
            let record = |b: usize| Recorded {
                before: &before[b * r * hidden..(b + 1) * r * hidden],
                now: if run { &after[b * r * hidden..(b + 1) * r * hidden] } else { &[] },
            };
            let mut values = vec![R::ZERO; rows * width];
            let records: Vec<Recorded<R>> = (0..rows).map(record).collect();
            graph.evaluate(&weights, &projection, &records, &(0..g), &mut values, &mut Vec::new());
            values
        };
        let values = evaluated(false);
        let same = |what: &str, found: &[R], expected: &[R]| {
            assert_eq!(found.len(), expected.len());
            for (f, e) in found.iter().zip(expected) {
                assert!((f.to_f64() - e.to_f64()).abs() <= allowed, "{} {} {what}: {f} != {e}", cell.id(), R::NAME);
            }
        };
        // What a step recorded is bit for bit what the graph computes.
        assert_eq!(graph.recorded.len(), r, "{}", cell.id());
        for (q, k) in graph.recorded.iter().enumerate() {
            let node: Vec<R> =
                values.chunks(width).flat_map(|row| row[k * hidden..(k + 1) * hidden].to_vec()).collect();
            assert_eq!(node, quantity(&after, q), "{} {} {}", cell.id(), R::NAME, cell.quantities()[q].id);
        }
        assert_eq!(evaluated(true), values, "{} {}", cell.id(), R::NAME);
        let given: Vec<R> = (0..rows * 2 * hidden).map(|k| value(k, 1.1)).collect();
        let (mut d_state, mut d_projection) = (given.clone(), vec![R::ZERO; projection.len()]);
        step.step_vjp(&weights, &before, &after, &mut d_state, &mut d_projection, &mut Vec::new());
        for b in 0..rows {
            let values = &values[b * width..(b + 1) * width];
            let at = At {
                graph,
                weights: &weights,
                bias: &[],
                inputs: 0,
                values: [values, &[]],
                differences: &[],
                projection_difference: &[],
            };
            let mut lanes = Lanes::new(width);
            let given = &given[b * 2 * hidden..(b + 1) * 2 * hidden];
            lanes.multiplier[graph.hidden * hidden..][..hidden].copy_from_slice(&given[..hidden]);
            graph
                .cell
                .into_iter()
                .for_each(|c| lanes.multiplier[c * hidden..][..hidden].copy_from_slice(&given[hidden..]));
            let mut found = vec![R::ZERO; g * hidden];
            graph.reverse(&at, &mut Gradient, &mut lanes, &mut found, &mut Vec::new());
            same("by the projection", &found, &d_projection[b * g * hidden..(b + 1) * g * hidden]);
            for (k, node) in graph.nodes.iter().enumerate() {
                let part = match node {
                    Node::PreviousHidden => 0,
                    Node::PreviousCell => hidden,
                    _ => continue,
                };
                same(
                    "by the state before",
                    &lanes.multiplier[k * hidden..(k + 1) * hidden],
                    &d_state[b * 2 * hidden + part..][..hidden],
                );
            }
        }
    }
    for cell in CELLS {
        law::<f64>(*cell, 1e-14);
        law::<f32>(*cell, 1e-6);
    }
}

#[test]
fn differences_are_those_of_the_values_though_no_sums_were_asked_for() {
    for cell in CELLS {
        let (hidden, rows) = (5, 3);
        let (g, r, graph) = (cell.gates().len(), cell.quantities().len(), cell.graph());
        let (weights, step): (_, &dyn Step<f64>) = (weights(*cell, hidden), *cell);
        let width = graph.nodes.len() * hidden;
        let pass = |phase: f64| {
            let value = |k: usize| (k as f64 * 0.77 + phase).rem_euclid(1.7) - 0.8;
            let projection: Vec<f64> = (0..rows * g * hidden).map(value).collect();
            let before: Vec<f64> = (0..rows * r * hidden).map(|k| value(7 * k)).collect();
            let mut after = vec![0.0; before.len()];
            step.step(&weights, &projection, &before, &mut after, &mut Vec::new());
            let record = |b: usize| b * r * hidden..(b + 1) * r * hidden;
            let evaluated = |asked: Range<usize>| {
                let records: Vec<Recorded<f64>> =
                    (0..rows).map(|b| Recorded { before: &before[record(b)], now: &after[record(b)] }).collect();
                let mut values = vec![0.0; rows * width];
                graph.evaluate(&weights, &projection, &records, &asked, &mut values, &mut Vec::new());
                values
            };
            (projection.clone(), evaluated(0..g), evaluated(0..0))
        };
        let ((projection, all, few), (other, all_from, few_from)) = (pass(0.1), pass(0.9));
        let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let mut found = vec![0.0; rows * width];
        let projection = difference(&projection, &other);
        graph.differences(&weights, &projection, [&few, &few_from], &mut found, &mut Vec::new());
        for (k, (found, expected)) in found.iter().zip(difference(&all, &all_from)).enumerate() {
            let node = graph.nodes[k % width / hidden];
            let read = graph.is_summed(k % width / hidden);
            assert!(!read || (found - expected).abs() < 1e-14, "{} {node:?}: {found} != {expected}", cell.id());
        }
    }
}
