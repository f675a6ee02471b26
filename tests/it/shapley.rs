//! Shapley values, Owen values, TimeSHAP and LIME beside their definitions, evaluated by fresh forward passes.

use crate::cases::{
    Case, close, conventions, description, explain, network, problem, run, settings, waves, weights, write,
};
use crate::golden_networks::ask;
use ndarray::{Array2, s};
use rnnscope::attribution::{Attribution, Problem, Pruning, find};
use rnnscope::network::{Readout, Target};

/// Which cells (t, k) are the input's.
type Keeps<'a> = &'a dyn Fn(usize, usize) -> bool;

/// A convention's network in f64 on six steps, against another input; what v(S) of its steps is by a fresh pass.
fn game(name: &str) -> (Problem<f64>, impl Fn(Keeps) -> f64) {
    let case = conventions().into_iter().find(|case| case.name.starts_with(name)).unwrap();
    let network = network::<f64>(&case);
    let x = case.x.slice(s![..case.x.nrows().min(6), ..]).to_owned();
    let other = waves(x.dim());
    let target =
        Target { readout: Readout::Logit, class: network.classes() - 1, versus: 0, step: x.nrows() - 1, d: 0, unit: 0 };
    let value = {
        let (x, other, network) = (x.clone(), other.clone(), network.clone());
        move |keeps: Keeps| {
            run(&network, &Array2::from_shape_fn(x.dim(), |at| if keeps(at.0, at.1) { x[at] } else { other[at] }))
                .score(&target)
                .unwrap()
        }
    };
    (problem(&network, &x, &other, target), value)
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
fn table(count: usize, value: &dyn Fn(Keeps) -> f64) -> Vec<f64> {
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
        let found = ask("shapley-exact", &problem, &[], &[]);
        close(&format!("{name}: exact"), &found.reduced(), &expected, 1e-10);
        assert!(found.gap.unwrap().abs() < 1e-10, "{name}: {:?}", found.gap);
        // All coalitions of six steps are fewer than KernelSHAP takes: then it is exact too.
        let kernel = ask("kernel-shap", &problem, &[], &[]);
        assert!(kernel.note.contains("exact") && kernel.error.is_none(), "{}", kernel.note);
        close(&format!("{name}: kernel"), &kernel.reduced(), &expected, 1e-10);
        // Nor does sampling of orders end before it has them all.
        let sampled = ask("shapley-permutation", &problem, &[("tolerance", 0.0)], &[]);
        assert!(sampled.converged && sampled.note.contains("exact") && sampled.error.is_none(), "{}", sampled.note);
        close(&format!("{name}: all orders"), &sampled.reduced(), &expected, 1e-10);
        // Phrases of one word.
        let alone = ask("owen", &problem, &[("tolerance", 0.0), ("length", 1.0)], &[]);
        close(&format!("{name}: Owen"), &alone.reduced(), &expected, 1e-10);
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
        let found = ask(id, &problem, &[], &[("players", "features")]);
        assert_eq!(found.scores.dim(), (1, features));
        close(id, &found.scores.row(0).to_vec(), &expected, 1e-10);
    }
}

#[test]
fn windows_are_players_and_share_what_they_get() {
    let (problem, value) = game("gru");
    let found = ask("shapley-exact", &problem, &[("length", 2.0)], &[("players", "windows")]);
    let expected = over_all_orders(3, &|_| true, &|present| value(&|t, _| present[t / 2]));
    assert_eq!(found.spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(0, 2), (2, 4), (4, 6)]);
    close("windows", &found.spans.iter().map(|span| span.score).collect::<Vec<_>>(), &expected, 1e-10);
    for (t, score) in found.reduced().iter().enumerate() {
        assert!((score - expected[t / 2] / 2.0).abs() < 1e-10, "step {t}");
    }
    for players in ["dynamic", "sliding"] {
        let found = ask("shapley-exact", &problem, &[("length", 2.0)], &[("players", players)]);
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
    let phrases = over_all_orders(3, &|_| true, &|present| value(&|t, _| present[block(t)]));
    let exact = ask("owen", &problem, &[("tolerance", 0.0)], &[("groups", "1-3, 4-5")]);
    assert!(exact.converged && exact.error.is_none() && exact.gap.unwrap().abs() < 1e-10, "{}", exact.note);
    close("words", &exact.reduced(), &expected, 1e-10);
    // A phrase is a player among phrases.
    assert_eq!(exact.spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(0, 3), (3, 5)]);
    close("phrases", &exact.spans.iter().map(|span| span.score).collect::<Vec<_>>(), &phrases[..2], 1e-10);
    // Sampled, where the coalitions do not fit.
    let sampled = ask("owen", &problem, &[("tolerance", 0.0), ("budget", 40.0)], &[("groups", "1-5")]);
    assert!(sampled.error.is_some() && sampled.gap.unwrap().abs() < 1e-12, "{}", sampled.note);
    for wrong in ["3-1", "1-9", "2-3, 1-2", "x"] {
        let method = find("owen").unwrap();
        let error = method.start(problem.clone(), &settings(method, &[], &[("groups", wrong)])).err().unwrap();
        assert_eq!(error.place(), "groups", "{wrong}");
    }
}

#[test]
fn what_is_long_ago_is_one_player() {
    let (problem, value) = game("gru");
    let steps = problem.pair.input.steps();
    let (full, empty) = (value(&|_, _| true), value(&|_, _| false));
    // φ_old = ½ [v(old) − v(∅) + v(all) − v(new)]
    let old: Vec<f64> =
        (0..=steps).map(|cut| 0.5 * (value(&|t, _| t < cut) - empty + full - value(&|t, _| t >= cut))).collect();
    let mut sizes: Vec<f64> = old[1..steps].iter().map(|v| v.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let tolerance = (sizes[0] + sizes[1]) / 2.0;
    // As the authors search: from the last step but one.
    let cut = (1..steps).rev().find(|cut| old[*cut].abs() <= tolerance).unwrap();
    let found = ask("timeshap-event", &problem, &[("tolerance", tolerance)], &[]);
    assert!(
        found.note.starts_with(&format!("the first {cut} of {steps} steps are one player")),
        "{} for {old:?} at {tolerance}",
        found.note
    );
    // The curve, from the latest cut backwards.
    let mut pruning = Pruning::new(&problem, tolerance).unwrap();
    while pruning.advance() {}
    assert_eq!((pruning.steps(), pruning.curve().len()), (cut, steps - cut + 1));
    for (before, phi) in pruning.curve() {
        assert!((phi - old[*before]).abs() < 1e-14, "cut {before}: {phi} instead of {}", old[*before]);
    }
    let player = |t: usize| if t < cut { 0 } else { t - cut + 1 };
    let expected = over_all_orders(steps - cut + 1, &|_| true, &|present| value(&|t, _| present[player(t)]));
    for t in 0..steps {
        let share = if t < cut { expected[0] / cut as f64 } else { expected[player(t)] };
        assert!((found.scores[(t, 0)] - share).abs() < 1e-10, "step {t}: {} instead of {share}", found.scores[(t, 0)]);
    }
    // Features: the pruned past is a player of its own, named in the remainder.
    let features = problem.pair.input.x.ncols();
    let found = ask_series("timeshap-feature", &problem, &[("tolerance", tolerance)]);
    let expected = over_all_orders(features + 1, &|_| true, &|present| {
        value(&|t, k| if t < cut { present[features] } else { present[k] })
    });
    close("features", &found.scores.row(0).to_vec(), &expected[..features], 1e-10);
    close("past", &[found.remainder[0].1], &expected[features..], 1e-10);
    assert!(found.gap.unwrap().abs() < 1e-12);
    let found = ask_series("timeshap-cell", &problem, &[("tolerance", tolerance), ("top", 2.0)]);
    assert!(found.gap.unwrap().abs() < 1e-10 && found.converged, "{found:?}");
    // Nothing is pruned at 0.
    close(
        "whole",
        &ask("timeshap-event", &problem, &[("tolerance", 0.0)], &[]).reduced(),
        &ask("kernel-shap", &problem, &[], &[]).reduced(),
        1e-12,
    );
}

/// The maths does not care whether the input is called a series; the menu does.
fn ask_series(id: &str, problem: &Problem<f64>, numbers: &[(&str, f64)]) -> Attribution {
    let method = find(id).unwrap();
    let mut job = (method.start.1)(problem.clone(), &settings(method, numbers, &[])).unwrap();
    while job.advance() {}
    job.answer()
}

#[test]
fn lime_answers_alike_whatever_the_seed() {
    let case = conventions().into_iter().find(|case| case.name == "rnn_tanh_h3_l2").unwrap();
    let problem = longer(&case, 14);
    let of = |seed: f64| ask("lime", &problem, &[("samples", 4000.0), ("ridge", 0.0), ("seed", seed)], &[]);
    let (found, other) = (of(1.0), of(2.0));
    assert!(found.note.starts_with("R² of the fit") && found.converged, "{}", found.note);
    let errors = found.error.clone().unwrap();
    for t in 0..14 {
        let off = (found.scores[(t, 0)] - other.scores[(t, 0)]).abs();
        assert!(off <= 6.0 * errors[(t, 0)] + 1e-12, "step {t}: {off} with errors of {}", errors[(t, 0)]);
    }
}

/// A convention's network on more steps than it came with.
fn longer(case: &Case, steps: usize) -> Problem<f64> {
    let network = network::<f64>(case);
    let x = waves((steps, case.x.ncols()));
    let target = Target { readout: Readout::Logit, class: 0, versus: 0, step: steps - 1, d: 0, unit: 0 };
    problem(&network, &x, &x.mapv(|v| 0.3 - 0.5 * v), target)
}

/// One player that always adds the same has no error after a few orders: where nothing less will do, all are evaluated.
#[test]
fn few_players_are_exact() {
    let (problem, _) = game("gru");
    let found = ask("shapley-permutation", &problem, &[("tolerance", 0.0)], &[("players", "windows")]);
    assert!(found.note.starts_with("exact"), "{}", found.note);
    let whole =
        ask("shapley-permutation", &problem, &[("tolerance", 0.0), ("length", 512.0)], &[("players", "windows")]);
    assert!(whole.note.starts_with("exact: all 2 coalitions of 1 players"), "{}", whole.note);
}

/// As the authors' package does, the last event is never pruned, however little all of them matter.
#[test]
fn the_last_event_is_never_a_part_of_the_past() {
    let (problem, _) = game("gru");
    let mut pruning = Pruning::new(&problem, 1e6).unwrap();
    while pruning.advance() {}
    assert_eq!(pruning.steps(), problem.pair.input.steps() - 1);
}

#[test]
fn estimates_are_as_far_off_as_they_say() {
    for name in ["lstm_h3_t7", "gru_both_l2"] {
        let case = conventions().into_iter().find(|case| case.name == name).unwrap();
        let problem = longer(&case, 13);
        let exact = ask("shapley-exact", &problem, &[], &[]).reduced();
        for (id, numbers) in [
            ("shapley-permutation", [("tolerance", 0.0), ("budget", 1000.0)]),
            ("kernel-shap", [("tolerance", 0.0), ("samples", 400.0)]),
            ("guided-shap", [("tolerance", 0.0), ("samples", 400.0)]),
            ("lime", [("ridge", 0.0), ("samples", 400.0)]),
        ] {
            // Of LIME the line through all masks, of which those that are drawn see a part.
            let all = (id == "lime").then(|| ask(id, &problem, &[numbers[0], ("samples", 8192.0)], &[]));
            if let Some(all) = &all {
                assert!(all.note.ends_with("all 8192 masks") && all.error.is_none(), "{}", all.note);
            }
            let exact = all.map_or(exact.clone(), |all| all.reduced());
            let (mut squares, mut count) = (0.0, 0.0);
            for seed in 1..=8 {
                let found = ask(id, &problem, &[numbers[0], numbers[1], ("seed", f64::from(seed))], &[]);
                assert!(id == "lime" || found.gap.unwrap().abs() < 1e-12, "{id}: {:?}", found.gap);
                for (t, error) in found.error.clone().unwrap().iter().enumerate() {
                    let off = (found.scores[(t, 0)] - exact[t]) / error;
                    (squares, count) = (squares + off * off, count + 1.0);
                }
            }
            // Of errors that are told as they are, the mean square is 1.
            let ratio = f64::sqrt(squares / count);
            println!("{id} of {name}: off by {ratio:.2} of what it says");
            assert!((0.6..1.6).contains(&ratio), "{id} of {name}: off by {ratio} of what it says");
        }
    }
}

/// From a few coalitions to nearly all 8190, some sizes in full: over many seeds, KernelSHAP's bars vary as its whiskers say.
#[test]
fn whiskers_of_a_regression_are_the_spread_over_seeds() {
    const SEEDS: usize = 40;
    for name in ["lstm_h3_t7", "gru_both_l2", "rnn_tanh_h3_l2"] {
        let case = conventions().into_iter().find(|case| case.name == name).unwrap();
        let problem = longer(&case, 13);
        for samples in [60.0, 200.0, 400.0, 2000.0, 6000.0, 8100.0] {
            let mut bars = vec![Vec::new(); 13];
            let mut told = [0.0; 13];
            for seed in 1..=SEEDS {
                let found = ask("kernel-shap", &problem, &[("samples", samples), ("seed", seed as f64)], &[]);
                for (t, error) in found.error.clone().unwrap().iter().enumerate() {
                    bars[t].push(found.scores[(t, 0)]);
                    told[t] += error * error / SEEDS as f64;
                }
            }
            let ratio = |t: usize| {
                let mean = bars[t].iter().sum::<f64>() / SEEDS as f64;
                let variance = bars[t].iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (SEEDS - 1) as f64;
                (told[t] / variance).sqrt()
            };
            let ratios: Vec<f64> = (0..13).map(ratio).collect();
            println!("{name}, {samples} coalitions: whisker by spread {ratios:.2?}");
            assert!(ratios.iter().all(|ratio| (0.5..2.0).contains(ratio)), "{name}, {samples}: {ratios:.2?}");
        }
    }
}

#[test]
fn a_guide_spares_coalitions_and_is_forgotten_where_all_are_evaluated() {
    for name in ["lstm_h3_t7", "gru_both_l2", "rnn_tanh_h3_l2"] {
        let case = conventions().into_iter().find(|case| case.name == name).unwrap();
        let problem = longer(&case, 13);
        let exact = ask("shapley-exact", &problem, &[], &[]).reduced();
        let error = |id: &str, samples: f64| {
            let off = |seed: u32| {
                let found = ask(id, &problem, &[("samples", samples), ("seed", f64::from(seed))], &[]);
                assert!(found.gap.unwrap().abs() < 1e-12, "{id}: {:?}", found.gap);
                found.reduced().iter().zip(&exact).map(|(found, exact)| (found - exact).powi(2)).sum::<f64>()
            };
            ((1..=8).map(off).sum::<f64>() / (8.0 * exact.len() as f64)).sqrt()
        };
        // Pairs of complements find out themselves what is additive, once there are as many as players.
        for (samples, share) in [(16.0, 0.5), (40.0, 1.1)] {
            let (plain, guided) = (error("kernel-shap", samples), error("guided-shap", samples));
            println!("{name}, {samples} coalitions: off by {plain:.1e}, guided by {guided:.1e}");
            assert!(guided < share * plain, "{name}, {samples} coalitions: off by {plain:e}, guided by {guided:e}");
        }
        assert!(error("guided-shap", 1e5) < 1e-12, "{name}");
    }
}

/// As many rows as unknowns are fitted without a residual, which is no sign of truth.
#[test]
fn a_regression_through_every_point_has_no_whiskers() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h3_t7").unwrap();
    let found = ask("kernel-shap", &longer(&case, 13), &[("samples", 24.0)], &[]);
    assert!(found.error.is_none() && found.note.contains("too few to tell"), "{}", found.note);
}

#[test]
fn an_answer_comes_with_the_first_pair_of_orders() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h3_t7").unwrap();
    let problem = longer(&case, 13);
    for id in ["shapley-exact", "shapley-permutation"] {
        let method = find(id).unwrap();
        let mut job = method.start(problem.clone(), &settings(method, &[], &[])).unwrap();
        while job.answer().gap.unwrap().abs() > 1e-12 {
            assert!(job.advance());
        }
        let first = job.answer();
        assert!(first.cost.forward <= 26 && !first.converged, "{id}: {:?}", first.cost);
    }
}

#[test]
fn while_the_past_is_searched_every_cut_tells_its_step() {
    let (problem, value) = game("gru");
    let steps = problem.pair.input.steps();
    let (full, empty) = (value(&|_, _| true), value(&|_, _| false));
    let old = |cut: usize| 0.5 * (value(&|t, _| t < cut) - empty + full - value(&|t, _| t >= cut));
    let method = find("timeshap-event").unwrap();
    // A tolerance that nothing meets but no past at all: every cut is looked at.
    let mut job =
        (method.start.1)(problem.clone(), &settings(method, &[("tolerance", f64::MIN_POSITIVE)], &[])).unwrap();
    let mut seen = 0;
    while job.answer().note.contains("cuts looked at") {
        let answer = job.answer();
        assert!(!answer.converged);
        if let Some(past) = answer.spans.first() {
            let expected =
                (0..steps).map(|t| if t < past.to { old(past.to) / past.to as f64 } else { old(t + 1) - old(t) });
            close("so far", &answer.reduced(), &expected.collect::<Vec<f64>>(), 1e-12);
            assert!((past.score - old(past.to)).abs() < 1e-12 && answer.gap.unwrap().abs() < 1e-12);
            seen += 1;
        }
        assert!(job.advance());
    }
    assert!(seen > 0);
}

#[test]
fn equal_features_share_alike_and_an_unread_one_gets_nothing() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_mean_state").unwrap();
    let mut tensors = weights(&case.checkpoint);
    for (_, shape, numbers) in tensors.iter_mut().filter(|(name, ..)| name.contains(".weight_ih_l0")) {
        numbers.chunks_mut(shape[1]).for_each(|row| (row[1], row[3]) = (row[0], 0.0));
    }
    let checkpoint = rnnscope::import::read(write(&description(&case.file), &tensors)).unwrap();
    let network = std::rc::Rc::new(rnnscope::network::Network::<f64>::new(&checkpoint).unwrap());
    let (mut x, mut other) = (case.x.clone(), case.other.clone());
    for of in [&mut x, &mut other] {
        let first = of.column(0).to_owned();
        of.column_mut(1).assign(&first);
    }
    let target = Target { readout: Readout::Logit, class: 0, versus: 0, step: x.nrows() - 1, d: 0, unit: 0 };
    let problem = problem(&network, &x, &other, target);
    for id in ["shapley-exact", "shapley-permutation", "kernel-shap", "lime"] {
        let found = ask(id, &problem, &[("tolerance", 0.0)], &[("players", "features")]).scores;
        assert!((found[(0, 0)] - found[(0, 1)]).abs() < 1e-13 && found[(0, 0)].abs() > 1e-4, "{id}: {found}");
        assert_eq!(found[(0, 3)], 0.0, "{id}: {found}");
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
    let error = method.start(problem.clone(), &settings(method, &[], &[("players", "steps")])).err().unwrap();
    assert!(error.to_string().contains("windows") && error.place() == "players", "{error}");
    // Unless they are asked for: then windows play, no more than can be taken, and it is said.
    let fitted = explain(method, &problem, &settings(method, &[], &[]));
    let asked = explain(method, &problem, &settings(method, &[("length", 2.0)], &[("players", "windows")]));
    assert!(fitted.note.contains("windows of 2 steps") && !asked.note.contains("windows"), "{}", fitted.note);
    assert_eq!((&fitted.scores, &fitted.spans), (&asked.scores, &asked.spans));
    // Windows make few of many.
    let found = explain(method, &problem, &settings(method, &[("length", 4.0)], &[("players", "windows")]));
    assert!(found.converged && found.gap.unwrap().abs() < 1e-10, "{}", found.note);
    // Sampled coalitions, of which not all are there: the sum is kept all the same, and whiskers are told.
    let kernel = explain(
        find("kernel-shap").unwrap(),
        &problem,
        &settings(find("kernel-shap").unwrap(), &[("samples", 400.0)], &[]),
    );
    assert!(kernel.gap.unwrap().abs() < 1e-10 && kernel.error.is_some() && kernel.converged, "{}", kernel.note);
    let exact: Vec<f64> = explain(
        find("shapley-permutation").unwrap(),
        &problem,
        &settings(find("shapley-permutation").unwrap(), &[("tolerance", 0.0), ("budget", 30_000.0)], &[]),
    )
    .reduced();
    let (largest, off) = exact
        .iter()
        .zip(kernel.reduced())
        .fold((0.0f64, 0.0f64), |(largest, off), (a, b)| (largest.max(a.abs()), off.max((a - b).abs())));
    assert!(off < 0.3 * largest, "{off} of {largest}");
}
