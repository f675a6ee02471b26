//! Laws of forward and backward passes: what batching, forgetting and slicing must not change.

use crate::cases::{
    Case, close, conventions, defined, explain, flat, network, problem, run, same, score, settings, targets, waves,
    write,
};
use ndarray::{Array2, Axis, concatenate, s};
use rnnscope::attribution::{self, Precision, Problem};
use rnnscope::import;
use rnnscope::network::{Change, Coalition, Forward, Inputs, Network, Pair, Readout, Records, Scoring, Trace};
use std::rc::Rc;

#[test]
fn a_variant_alone_has_the_score_that_it_has_among_others() {
    fn law<R: Precision>(case: &Case) {
        let network = network::<R>(case);
        let pair = Rc::new(Pair { input: run(&network, &case.x), baseline: run(&network, &case.other) });
        let mut changes = vec![
            Change::Blend(0.0),
            Change::Blend(0.3),
            Change::Blend(1.0),
            Change::Step(0),
            Change::Feature(1),
            Change::Cell(0, 2),
        ];
        changes.extend((0..case.x.nrows()).map(Change::Step));
        for target in targets(&network, case.x.nrows()) {
            let scores = |changes: Vec<Change>| {
                let mut pass = Forward::new(network.clone(), Inputs::Variants(pair.clone(), changes), case.x.nrows());
                while pass.advance() {}
                pass.scores(&target)
            };
            let together = scores(changes.clone());
            let alone: Vec<f64> = changes.iter().flat_map(|change| scores(vec![change.clone()])).collect();
            same(&format!("{} {} {target:?}: alone", case.name, R::NAME), &alone, &together);
            // Alone, a replaced step starts from the prefix that it shares with the input.
            for t in 0..case.x.nrows() {
                let mut x = case.x.clone();
                x.row_mut(t).assign(&case.other.row(t));
                same(
                    &format!("{} {} {target:?}: from step {t} on", case.name, R::NAME),
                    &scores(vec![Change::Step(t)]),
                    &[score(&network, &x, &target)],
                );
            }
        }
    }
    for case in conventions() {
        law::<f64>(&case);
        law::<f32>(&case);
    }
}

#[test]
fn a_pass_that_forgets_has_the_scores_of_one_that_records() {
    fn law<R: Precision>(case: &Case) {
        let network = network::<R>(case);
        let pair = Rc::new(Pair { input: run(&network, &case.x), baseline: run(&network, &case.other) });
        let (steps, features) = case.x.dim();
        // Each bit of a number says whether a part is kept: coalitions that begin alike, in no order.
        let bit = |n: usize, k: usize| ((n * 0x9e37_79b9) >> (7 + k % 11)) & 1 == 1;
        let keep = |coalition: Coalition| Change::Keep(Rc::new(coalition));
        let mut changes = vec![
            Change::Blend(0.3),
            Change::Feature(1),
            Change::Cell(steps - 1, 0),
            Change::Cell(0, 2),
            Change::Blend(1.0),
        ];
        changes.extend((0..steps).rev().map(Change::Step));
        changes.extend((0..9).map(|n| keep(Coalition::Steps((0..steps).map(|t| bit(n, t)).collect()))));
        changes.extend((0..5).map(|n| keep(Coalition::Features((0..features).map(|k| bit(n, k)).collect()))));
        changes.extend((0..5).map(|n| {
            keep(Coalition::Cells(Array2::from_shape_fn((steps, features), |(t, k)| bit(n, t) || bit(n + 1, k))))
        }));
        // The whole input, the whole baseline, one of the first again.
        changes.extend([true, false].map(|kept| keep(Coalition::Steps(vec![kept; steps]))));
        changes.push(changes[9].clone());
        for target in targets(&network, steps) {
            let mut pass = Forward::new(network.clone(), Inputs::Variants(pair.clone(), changes.clone()), steps);
            while pass.advance() {}
            let needed = Problem::new(pair.clone(), target).steps();
            let scores = |changes: &[Change]| {
                let mut scoring = Scoring::new(pair.clone(), changes.to_vec(), target, needed);
                let (mut units, total) = (0, scoring.total());
                while scoring.advance() {
                    units += 1;
                }
                assert_eq!(units, total, "{} {target:?}: units", case.name);
                scoring.scores()
            };
            let (found, expected) = (scores(&changes), pass.scores(&target));
            same(&format!("{} {} {target:?}: together", case.name, R::NAME), &found, &expected);
            let alone: Vec<f64> = changes.iter().flat_map(|change| scores(std::slice::from_ref(change))).collect();
            same(&format!("{} {} {target:?}: alone", case.name, R::NAME), &alone, &expected);
            let apart: Vec<f64> = changes.chunks(7).flat_map(scores).collect();
            same(&format!("{} {} {target:?}: in batches", case.name, R::NAME), &apart, &expected);
        }
    }
    for case in conventions() {
        law::<f64>(&case);
        law::<f32>(&case);
    }
}

#[test]
fn a_pass_that_comes_to_rest_has_the_records_of_one_that_computes_every_step() {
    fn law<R: Precision>(case: &Case) -> bool {
        let network = network::<R>(case);
        let features = case.x.ncols();
        // At rest, awake, at rest again, with a last step that differs.
        let mut x = Array2::zeros((600, features));
        x.slice_mut(s![300..310, ..]).fill(0.7);
        x.slice_mut(s![310..599, ..]).fill(-0.2);
        x.slice_mut(s![599.., ..]).fill(0.4);
        let trace = run(&network, &x);
        let inputs = Inputs::Many(trace.clone(), 0, vec![trace.x.clone()]);
        let mut every = Forward::new(network.clone(), inputs, x.nrows());
        while every.advance() {}
        let mut rested = true;
        for d in 0..network.depth() {
            let numbers = |records: &Records<R>, t: usize| -> Vec<f64> {
                records.row(d, t, 0).iter().map(|x| x.to_f64()).collect()
            };
            for t in 0..x.nrows() {
                let what = format!("{} {} layer × direction {d}, step {t}", case.name, R::NAME);
                same(&what, &numbers(&trace.records(), t), &numbers(&every.records, t));
            }
            rested &= numbers(&trace.records(), 298) == numbers(&trace.records(), 297);
        }
        rested
    }
    let rested = conventions().iter().filter(|case| law::<f32>(case) | law::<f64>(case)).count();
    assert!(rested > 0, "no network came to rest");
}

#[test]
fn gradients_agree_with_central_differences_for_every_target() {
    const STEP: f64 = 1e-5;
    let method = attribution::find("gradient").unwrap();
    for case in conventions() {
        let network = network::<f64>(&case);
        let moved = |at: (usize, usize), by: f64| {
            let mut x = case.x.clone();
            x[at] += by;
            run(&network, &x)
        };
        let traces: Vec<_> = (0..case.x.len())
            .map(|n| (n / case.x.ncols(), n % case.x.ncols()))
            .map(|at| (moved(at, STEP), moved(at, -STEP)))
            .collect();
        for target in targets(&network, case.x.nrows()) {
            let problem = problem(&network, &case.x, &case.other, target);
            let found = flat(&explain(method, &problem, &settings(method, &[], &[])).scores);
            let expected: Vec<f64> = traces
                .iter()
                .map(|(above, below)| (above.score(&target).unwrap() - below.score(&target).unwrap()) / (2.0 * STEP))
                .collect();
            let largest = expected.iter().fold(1e-3f64, |largest, g| largest.max(g.abs()));
            close(&format!("gradient of {} {target:?}", case.name), &found, &expected, 1e-7 * largest);
        }
    }
}

#[test]
fn a_longer_input_changes_nothing_before_its_extra_steps() {
    fn law<R: Precision>(case: &Case) {
        let network = network::<R>(case);
        if network.bidirectional() {
            return;
        }
        let (steps, features) = case.x.dim();
        let longer = |x: &Array2<f64>| concatenate(Axis(0), &[x.view(), waves((5, features)).view()]).unwrap();
        let (short, long) = (run(&network, &case.x), run(&network, &longer(&case.x)));
        for d in 0..network.depth() {
            for t in 0..steps {
                let of = |trace: &Trace<R>| trace.records().row(d, t, 0).iter().map(|v| v.to_f64()).collect::<Vec<_>>();
                same(&format!("{} {}: record {d} at {t}", case.name, R::NAME), &of(&long), &of(&short));
            }
        }
        for target in targets(&network, steps)
            .into_iter()
            .filter(|target| network.every_step() || target.readout == Readout::Hidden)
        {
            let problem_of = |x: &Array2<f64>, other: &Array2<f64>| problem(&network, x, other, target);
            for method in defined(&problem_of(&case.x, &case.other)) {
                let settings = settings(method, &[], &[]);
                let short = explain(method, &problem_of(&case.x, &case.other), &settings);
                let long = explain(method, &problem_of(&longer(&case.x), &longer(&case.other)), &settings);
                let what = format!("{} of {} {} {target:?}: longer", method.id, case.name, R::NAME);
                let rows = short.scores.nrows();
                let (kept, extra) = (long.scores.slice(s![..rows, ..]), long.scores.slice(s![rows.., ..]));
                same(&what, &flat(&kept.to_owned()), &flat(&short.scores));
                same(&what, &flat(&extra.to_owned()), &vec![0.0; extra.len()]);
                assert_eq!(
                    (long.score, long.baseline_score, long.cost),
                    (short.score, short.baseline_score, short.cost),
                    "{what}"
                );
                // The gap is summed over more zeros, in another order.
                close(&format!("{what}: gap"), &[long.gap.unwrap_or(0.0)], &[short.gap.unwrap_or(0.0)], 1e-14);
            }
        }
    }
    for case in conventions() {
        law::<f64>(&case);
        law::<f32>(&case);
    }
}

#[test]
fn parameters_are_counted_as_published() {
    // Published counts have one bias a gate; PyTorch's files, and ours, have two, 4H numbers more.
    const V: usize = 101;
    for (hidden, published) in [(64, 49_061), (128, 130_789), (256, 392_549), (512, 1_309_285)] {
        let vocab: Vec<String> = (0..V as u32).map(|k| char::from_u32(0x4e00 + k).unwrap().to_string()).collect();
        let layer = serde_json::json!({"kind": "lstm", "name": "rnn", "index": 0, "input": V, "hidden": hidden});
        let metadata = serde_json::json!({"version": 1, "task": "language-model", "input": {"kind": "characters"}, "vocab": vocab, "layers": [layer], "head": {"name": "head", "on": "every-step"}});
        let shapes = [
            ("rnn.weight_ih_l0", vec![4 * hidden, V]),
            ("rnn.weight_hh_l0", vec![4 * hidden, hidden]),
            ("rnn.bias_ih_l0", vec![4 * hidden]),
            ("rnn.bias_hh_l0", vec![4 * hidden]),
            ("head.weight", vec![V, hidden]),
            ("head.bias", vec![V]),
        ];
        let tensors: Vec<_> = shapes
            .into_iter()
            .map(|(name, shape)| (name.to_string(), shape.clone(), vec![0.0; shape.iter().product()]))
            .collect();
        let network = Network::<f32>::new(&import::read(write(&metadata, &tensors)).unwrap()).unwrap();
        let formula = 4 * hidden * (V + hidden + 1) + V * (hidden + 1);
        assert_eq!((network.parameters() - 4 * hidden, formula), (published, published), "H = {hidden}");
    }
}

#[test]
fn a_gradient_that_fades_ends_in_nothing() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h3_t7").unwrap();
    const STEPS: usize = 900;
    let x = Array2::from_shape_fn((STEPS, case.x.ncols()), |(t, k)| case.x[(t % case.x.nrows(), k)]);
    let (narrow, wide) = (network::<f32>(&case), network::<f64>(&case));
    let target = targets(&narrow, STEPS)[0];
    let gradient = |answer: rnnscope::attribution::Attribution| answer.scores;
    let method = rnnscope::attribution::find("gradient").unwrap();
    let single = gradient(explain(method, &problem(&narrow, &x, &x, target), &settings(method, &[], &[])));
    let double = gradient(explain(method, &problem(&wide, &x, &x, target), &settings(method, &[], &[])));
    let largest = double.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
    assert!(
        single.row(0).iter().all(|g| *g == 0.0) && double.row(STEPS - 1).iter().any(|g| *g != 0.0),
        "it does not fade"
    );
    for (single, double) in single.iter().zip(&double) {
        assert!((single - double).abs() < 1e-5 * largest, "{single} for {double}");
        assert!(*single == 0.0 || single.abs() > f64::from(f32::MIN_POSITIVE), "{single} is subnormal");
    }
}
