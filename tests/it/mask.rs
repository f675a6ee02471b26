//! The learned mask: its objective is what it says, falls, and ends where a step to any side costs more.

use crate::cases::{conventions, network, problem, run, settings, targets};
use ndarray::Array2;
use rnnscope::attribution::{Job, MaskJob, Method, find};
use rnnscope::network::{Network, Target};
use std::rc::Rc;

fn mask() -> &'static Method {
    find("mask").unwrap()
}

const SIZE: f64 = 0.3;
const SMOOTHNESS: f64 = 0.1;

/// L(m) by its definition: the masked input is run anew.
fn objective(
    network: &Rc<Network<f64>>,
    x: &Array2<f64>,
    baseline: &Array2<f64>,
    target: Target,
    steps: usize,
    mask: &Array2<f64>,
) -> f64 {
    let at = |t: usize, i: usize| mask[(t, if mask.ncols() == 1 { 0 } else { i })];
    let masked = Array2::from_shape_fn(x.dim(), |(t, i)| baseline[(t, i)] + at(t, i) * (x[(t, i)] - baseline[(t, i)]));
    let score = |x: &Array2<f64>| run(network, x).score(&target).unwrap();
    let free = |t: usize, i: usize| {
        let mut columns = if mask.ncols() == 1 { 0..x.ncols() } else { i..i + 1 };
        t < steps && columns.any(|i| x[(t, i)] != baseline[(t, i)])
    };
    let (whole, kept) = (score(x), score(&masked));
    let lost = (whole - kept) / (whole - score(baseline));
    let parts: Vec<(usize, usize)> = ndarray::indices(mask.dim()).into_iter().filter(|(t, i)| free(*t, *i)).collect();
    let jumps: f64 = parts
        .iter()
        .filter(|(t, i)| *t > 0 && free(t - 1, *i))
        .map(|at| (mask[*at] - mask[(at.0 - 1, at.1)]).abs())
        .sum();
    let size: f64 = parts.iter().map(|at| mask[*at]).sum();
    lost * lost + (SIZE * size + SMOOTHNESS * jumps) / parts.len() as f64
}

#[test]
fn the_objective_is_what_it_says_and_falls_to_a_valley() {
    let (mut learned, mut moved, mut tried, mut better) = (0, 0, 0, 0);
    for case in conventions() {
        let network = network::<f64>(&case);
        for target in targets(&network, case.x.nrows()) {
            let problem = problem(&network, &case.x, &case.other, target);
            for over in ["steps", "cells"] {
                let words = [("over", over)];
                let numbers = [("size", SIZE), ("smoothness", SMOOTHNESS), ("rounds", 200.0)];
                let Ok(mut job) = MaskJob::new(problem.clone(), &settings(mask(), &numbers, &words)) else {
                    assert!(!network.series() && over == "cells", "{}: refused over {over}", case.name);
                    continue;
                };
                while job.advance() {}
                let scores = problem.scores().unwrap();
                if scores.0 == scores.1 {
                    assert!(job.answer().note.contains("nothing has to be kept"), "{}", case.name);
                    continue;
                }
                let (answer, what) = (job.answer(), format!("{} over {over} {target:?}", case.name));
                let best = job.objectives().iter().copied().fold(f64::INFINITY, f64::min);
                let found = objective(&network, &case.x, &case.other, target, problem.steps(), &answer.scores);
                assert!(
                    (found - best).abs() <= 1e-9 * best.max(1.0),
                    "{what}: {found} by definition, {best} by the job"
                );
                assert!(answer.scores.iter().all(|m| (0.0..=1.0).contains(m)), "{what}: outside of [0, 1]");
                learned += 1;
                moved += usize::from(best < 0.9 * job.objectives()[0]);
                assert!(best < job.objectives()[0], "{what}: the objective never fell from {best}");
                // A valley: a small step of any one part gains nothing that shows.
                for at in ndarray::indices(answer.scores.dim()) {
                    for side in [-0.03, 0.03] {
                        let mut other = answer.scores.clone();
                        other[at] = (other[at] + side).clamp(0.0, 1.0);
                        let there = objective(&network, &case.x, &case.other, target, problem.steps(), &other);
                        tried += 1;
                        better += usize::from(there < best - 0.01);
                    }
                }
            }
        }
    }
    // Where the difference of the scores is small beside what the network does on the way, descent may not settle.
    assert!(better * 500 <= tried, "{better} of {tried} small steps would have gained");
    assert!(learned > 80, "{learned}");
    assert!(moved * 10 >= learned * 8, "only {moved} of {learned} fell by a tenth");
}

#[test]
fn without_a_difference_nothing_is_kept() {
    let case = conventions().into_iter().find(|case| case.name == "gru_h5_l3").unwrap();
    let network = network::<f64>(&case);
    let target = targets(&network, case.x.nrows())[0];
    let problem = problem(&network, &case.x, &case.x, target);
    let mut job = MaskJob::new(problem, &settings(mask(), &[], &[])).unwrap();
    while job.advance() {}
    assert!(job.answer().scores.iter().all(|m| *m == 0.0));
    assert!(job.answer().note.contains("nothing has to be kept"));
}
