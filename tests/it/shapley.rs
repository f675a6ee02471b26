//! Shapley values, Owen values, TimeSHAP and LIME beside their definitions, evaluated by fresh forward passes.

use crate::laws::{close, conventions, explain, network, problem, run, settings, waves};
use ndarray::{Array2, s};
use rnnscope::attribution::{Attribution, Problem, Settings, find};
use rnnscope::network::{Readout, Target};

/// A convention's network in f64 on six steps, against another input; what v(S) of its steps is by a fresh pass.
fn game(name: &str) -> (Problem<f64>, impl Fn(&dyn Fn(usize, usize) -> bool) -> f64) {
    let case = conventions().into_iter().find(|case| case.name.starts_with(name)).unwrap();
    let network = network::<f64>(&case);
    let x = case.x.slice(s![..case.x.nrows().min(6), ..]).to_owned();
    let other = waves(x.dim());
    let target = Target { readout: Readout::Logit, class: network.classes() - 1, versus: 0, step: x.nrows() - 1, d: 0, unit: 0 };
    let value = {
        let (x, other, network) = (x.clone(), other.clone(), network.clone());
        move |keeps: &dyn Fn(usize, usize) -> bool| run(&network, &Array2::from_shape_fn(x.dim(), |at| if keeps(at.0, at.1) { x[at] } else { other[at] })).score(&target).unwrap()
    };
    (problem(&network, &x, &other, target), value)
}

fn ask(problem: &Problem<f64>, id: &str, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Attribution {
    let method = find(id).unwrap();
    explain(method, problem, &settings(method, numbers, words))
}

/// φ by averaging over all orders of `groups`, each a set of players; `value` says v of the players that are there.
fn over_all_orders(count: usize, allowed: &dyn Fn(&[usize]) -> bool, value: &dyn Fn(&[bool]) -> f64) -> Vec<f64> {
    fn orders(rest: &mut Vec<usize>, order: &mut Vec<usize>, visit: &mut dyn FnMut(&[usize])) {
        if rest.is_empty() {
            return visit(order);
        }
        for k in 0..rest.len() {
            let player = rest.remove(k);
            order.push(player);
            orders(rest, order, visit);
            order.pop();
            rest.insert(k, player);
        }
    }
    let (mut shares, mut number) = (vec![0.0; count], 0.0);
    orders(&mut (0..count).collect(), &mut Vec::new(), &mut |order| {
        if !allowed(order) {
            return;
        }
        number += 1.0;
        let mut present = vec![false; count];
        let mut before = value(&present);
        for player in order {
            present[*player] = true;
            let after = value(&present);
            shares[*player] += after - before;
            before = after;
        }
    });
    shares.into_iter().map(|share| share / number).collect()
}

/// v of every coalition of the steps, by their bits.
fn table(count: usize, value: &dyn Fn(&dyn Fn(usize, usize) -> bool) -> f64) -> Vec<f64> {
    (0..1usize << count).map(|bits| value(&|t, _| bits >> t & 1 == 1)).collect()
}

fn bits(present: &[bool]) -> usize {
    present.iter().enumerate().map(|(k, present)| usize::from(*present) << k).sum()
}

const NETWORKS: [&str; 4] = ["lstm", "gru", "rnn", "bi"];

#[test]
fn exact_values_are_the_mean_over_all_orders() {
    let mut compared = 0;
    for name in NETWORKS.iter().filter(|name| conventions().iter().any(|case| case.name.starts_with(**name))) {
        let (problem, value) = game(name);
        let steps = problem.pair.input.steps();
        let known = table(steps, &value);
        let expected = over_all_orders(steps, &|_| true, &|present| known[bits(present)]);
        let found = ask(&problem, "shapley-exact", &[], &[]);
        close(&format!("{name}: exact"), &found.reduced(), &expected, 1e-10);
        assert!(found.gap.unwrap().abs() < 1e-10, "{name}: {:?}", found.gap);
        // All coalitions of six steps are fewer than KernelSHAP takes: then it is exact too.
        let kernel = ask(&problem, "kernel-shap", &[], &[]);
        assert!(kernel.note.contains("exact") && kernel.error.is_none(), "{}", kernel.note);
        close(&format!("{name}: kernel"), &kernel.reduced(), &expected, 1e-10);
        let sampled = ask(&problem, "shapley-permutation", &[("tolerance", 0.0), ("budget", 20_000.0)], &[]);
        let errors = sampled.error.clone().unwrap();
        for (t, expected) in expected.iter().enumerate() {
            let (off, error) = ((sampled.scores[(t, 0)] - expected).abs(), errors[(t, 0)]);
            assert!(off <= 4.5 * error + 1e-12, "{name}: step {t} is {off:e} off, with a standard error of {error:e}");
        }
        assert!(sampled.gap.unwrap().abs() < 1e-12, "{name}: every order adds up: {:?}", sampled.gap);
        compared += 1;
    }
    assert!(compared >= 3, "{compared} networks");
}

#[test]
fn features_play_over_all_steps() {
    let (problem, value) = game("lstm");
    let features = problem.pair.input.x.ncols();
    let expected = over_all_orders(features, &|_| true, &|present| value(&|_, k| present[k]));
    for id in ["shapley-exact", "kernel-shap"] {
        let found = ask(&problem, id, &[], &[("players", "features")]);
        assert_eq!(found.scores.dim(), (1, features));
        close(id, &found.scores.row(0).to_vec(), &expected, 1e-10);
    }
}

#[test]
fn windows_are_players_and_share_what_they_get() {
    let (problem, value) = game("gru");
    let found = ask(&problem, "shapley-exact", &[("length", 2.0)], &[("players", "windows")]);
    let expected = over_all_orders(3, &|_| true, &|present| value(&|t, _| present[t / 2]));
    assert_eq!(found.spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(0, 2), (2, 4), (4, 6)]);
    close("windows", &found.spans.iter().map(|span| span.score).collect::<Vec<_>>(), &expected, 1e-10);
    for (t, score) in found.reduced().iter().enumerate() {
        assert!((score - expected[t / 2] / 2.0).abs() < 1e-10, "step {t}");
    }
    for players in ["dynamic", "sliding"] {
        let found = ask(&problem, "shapley-exact", &[("length", 2.0)], &[("players", players)]);
        let whole: f64 = found.spans.iter().map(|span| span.score).sum();
        assert!((whole - (found.score - found.baseline_score)).abs() < 1e-10, "{players}: {:?}", found.spans);
    }
}

#[test]
fn owen_values_keep_phrases_together() {
    let (problem, value) = game("lstm");
    let known = table(6, &value);
    let block = |player: usize| [0, 0, 0, 1, 1, 2][player];
    let together = |order: &[usize]| order.windows(2).filter(|pair| block(pair[0]) != block(pair[1])).count() == 2;
    let expected = over_all_orders(6, &together, &|present| known[bits(present)]);
    let found = ask(&problem, "owen", &[("tolerance", 0.0), ("budget", 40_000.0)], &[("groups", "1-3, 4-5")]);
    let errors = found.error.clone().unwrap();
    for (t, expected) in expected.iter().enumerate() {
        assert!((found.scores[(t, 0)] - expected).abs() <= 4.5 * errors[(t, 0)] + 1e-12, "step {t}: {} instead of {expected} ± {}", found.scores[(t, 0)], errors[(t, 0)]);
    }
    // A phrase is a player among phrases.
    let phrases = over_all_orders(3, &|_| true, &|present| value(&|t, _| present[block(t)]));
    for (span, expected) in found.spans.iter().zip(&phrases) {
        assert!((span.score - expected).abs() <= 4.5 * span.error + 1e-12, "{span:?} instead of {expected}");
    }
    for wrong in ["3-1", "1-9", "2-3, 1-2", "x"] {
        let method = find("owen").unwrap();
        let error = method.start(problem.clone(), &settings(method, &[], &[("groups", wrong)])).err().unwrap();
        assert_eq!(error.place(), "phrases", "{wrong}");
    }
}

#[test]
fn what_is_long_ago_is_one_player() {
    let (problem, value) = game("gru");
    let steps = problem.pair.input.steps();
    let (full, empty) = (value(&|_, _| true), value(&|_, _| false));
    // φ_old = ½ [v(old) − v(∅) + v(all) − v(new)]
    let old: Vec<f64> = (0..=steps).map(|cut| 0.5 * (value(&|t, _| t < cut) - empty + full - value(&|t, _| t >= cut))).collect();
    let mut sizes: Vec<f64> = old[1..steps].iter().map(|v| v.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let tolerance = (sizes[0] + sizes[1]) / 2.0;
    let cut = (1..=steps).rev().find(|cut| old[*cut].abs() <= tolerance).unwrap();
    let found = ask(&problem, "timeshap-event", &[("prune", tolerance)], &[]);
    assert!(found.note.starts_with(&format!("the first {cut} of {steps} steps are one player")), "{} for {old:?} at {tolerance}", found.note);
    let player = |t: usize| if t < cut { 0 } else { t - cut + 1 };
    let expected = over_all_orders(steps - cut + 1, &|_| true, &|present| value(&|t, _| present[player(t)]));
    for t in 0..steps {
        let share = if t < cut { expected[0] / cut as f64 } else { expected[player(t)] };
        assert!((found.scores[(t, 0)] - share).abs() < 1e-10, "step {t}: {} instead of {share}", found.scores[(t, 0)]);
    }
    // Features: the pruned past is a player of its own, named in the remainder.
    let features = problem.pair.input.x.ncols();
    let found = ask_series("timeshap-feature", &problem, &[("prune", tolerance)]);
    let expected = over_all_orders(features + 1, &|_| true, &|present| value(&|t, k| if t < cut { present[features] } else { present[k] }));
    close("features", &found.scores.row(0).to_vec(), &expected[..features], 1e-10);
    close("past", &[found.remainder[0].1], &expected[features..], 1e-10);
    assert!(found.gap.unwrap().abs() < 1e-12);
    let found = ask_series("timeshap-cell", &problem, &[("prune", tolerance), ("top", 2.0)]);
    assert!(found.gap.unwrap().abs() < 1e-10 && found.converged, "{found:?}");
    // Nothing is pruned at 0.
    close("whole", &ask(&problem, "timeshap-event", &[("prune", 0.0)], &[]).reduced(), &ask(&problem, "kernel-shap", &[], &[]).reduced(), 1e-12);
}

/// The maths does not care whether the input is called a series; the menu does.
fn ask_series(id: &str, problem: &Problem<f64>, numbers: &[(&str, f64)]) -> Attribution {
    let method = find(id).unwrap();
    let mut job = (method.start.1)(problem.clone(), &settings(method, numbers, &[])).unwrap();
    while job.advance() {}
    job.answer()
}

#[test]
fn lime_is_the_weighted_regression_that_it_says() {
    let (problem, _) = game("rnn");
    let found = ask(&problem, "lime", &[("samples", 4000.0), ("ridge", 0.0)], &[]);
    assert!(found.note.contains("R² of the fit"), "{}", found.note);
    let errors = found.error.clone().unwrap();
    // Another seed: the same bars up to their errors.
    let other = ask(&problem, "lime", &[("samples", 4000.0), ("ridge", 0.0), ("seed", 2.0)], &[]);
    for t in 0..6 {
        let off = (found.scores[(t, 0)] - other.scores[(t, 0)]).abs();
        assert!(off <= 6.0 * errors[(t, 0)] + 1e-12, "step {t}: {off} with errors of {}", errors[(t, 0)]);
    }
}

#[test]
fn too_many_players_are_refused_with_what_to_choose() {
    let case = conventions().into_iter().find(|case| case.name.starts_with("lstm")).unwrap();
    let network = network::<f64>(&case);
    let x = waves((20, case.x.ncols()));
    let target = Target { readout: Readout::Logit, class: 0, versus: 0, step: 19, d: 0, unit: 0 };
    let problem = problem(&network, &x, &Array2::zeros(x.dim()), target);
    let method = find("shapley-exact").unwrap();
    let error = method.start(problem.clone(), &Settings::check(method.params, &Default::default()).unwrap()).err().unwrap();
    assert!(error.to_string().contains("windows") && error.place() == "players", "{error}");
    // Windows make few of many.
    let found = explain(method, &problem, &settings(method, &[("length", 4.0)], &[("players", "windows")]));
    assert!(found.converged && found.gap.unwrap().abs() < 1e-10, "{}", found.note);
    // Sampled coalitions, of which not all are there: the sum is kept all the same, and whiskers are told.
    let kernel = explain(find("kernel-shap").unwrap(), &problem, &settings(find("kernel-shap").unwrap(), &[("samples", 400.0)], &[]));
    assert!(kernel.gap.unwrap().abs() < 1e-10 && kernel.error.is_some() && kernel.converged, "{}", kernel.note);
    let exact: Vec<f64> = explain(find("shapley-permutation").unwrap(), &problem, &settings(find("shapley-permutation").unwrap(), &[("tolerance", 0.0), ("budget", 30_000.0)], &[])).reduced();
    let (largest, off) = exact.iter().zip(kernel.reduced()).fold((0.0f64, 0.0f64), |(largest, off), (a, b)| (largest.max(a.abs()), off.max((a - b).abs())));
    assert!(off < 0.3 * largest, "{off} of {largest}");
}
