//! Laws of every cell in the registry.

use super::*;

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
            assert!((d_projection[k] - expected).abs() < 1e-8, "{} projection {k}: {} != {expected}", cell.id(), d_projection[k]);
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
