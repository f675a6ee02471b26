//! Laws that every method keeps, on every convention of cell, head and storage, in both precisions.
//!
//! The networks are the small files under `golden/conventions`. What is looped over comes from the registries: a new
//! method, readout or cell is held to these laws without a line here.

use ndarray::{Array2, Axis, concatenate, s};
use rnnscope::attribution::{self, Against, Attribution, Given, Job, METHODS, Method, Precision, Problem, Settings};
use rnnscope::import::{self, Checkpoint};
use rnnscope::input::{Column, Series, SeriesSpec};
use rnnscope::network::{
    Change, Coalition, Forward, Inputs, Network, Pair, READOUTS, Readout, Scoring, Target, Trace, TraceJob,
};
use rnnscope::session::{BaselineRequest, Request, Session, TargetRequest};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// A small network, its input and another input to compare with.
pub struct Case {
    pub name: String,
    pub file: Vec<u8>,
    pub checkpoint: Checkpoint,
    pub x: Array2<f64>,
    pub other: Array2<f64>,
}

/// Numbers without a pattern that a network could know.
pub fn waves(shape: (usize, usize)) -> Array2<f64> {
    Array2::from_shape_fn(shape, |(t, k)| (1.7 * (t * shape.1 + k) as f64 + 0.3).sin())
}

/// Every file of `golden/conventions`.
pub fn conventions() -> Vec<Case> {
    let folder = std::fs::read_dir("tests/golden/conventions").unwrap();
    let paths = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    let mut paths: Vec<_> = paths.collect();
    paths.sort();
    assert!(paths.len() >= 30, "{} conventions", paths.len());
    let case = |path: &std::path::PathBuf| {
        let file = std::fs::read(path).unwrap();
        let checkpoint = import::read(file.clone()).unwrap();
        let shape = checkpoint.shape("golden.x").unwrap().to_vec();
        let x = Array2::from_shape_vec((shape[0], shape[1]), checkpoint.numbers("golden.x", &shape).unwrap()).unwrap();
        Case {
            name: path.file_stem().unwrap().to_string_lossy().to_string(),
            file,
            checkpoint,
            other: waves(x.dim()),
            x,
        }
    };
    paths.iter().map(case).collect()
}

/// The JSON that a file says of itself.
pub fn description(file: &[u8]) -> serde_json::Value {
    let (_, fields) = SafeTensors::read_metadata(file).unwrap();
    serde_json::from_str(&fields.metadata().as_ref().unwrap()["rnnscope"]).unwrap()
}

/// A model file with tensors in float64.
pub fn write(metadata: &serde_json::Value, tensors: &[(String, Vec<usize>, Vec<f64>)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (name.clone(), TensorView::new(Dtype::F64, shape.clone(), bytes).unwrap()));
    safetensors::serialize(
        views.collect::<Vec<_>>(),
        Some(HashMap::from([("rnnscope".to_string(), metadata.to_string())])),
    )
    .unwrap()
}

/// The weights of a file, decoded.
pub fn weights(checkpoint: &Checkpoint) -> Vec<(String, Vec<usize>, Vec<f64>)> {
    let names = checkpoint.tensors().filter(|(name, _)| !name.starts_with("golden.") && !name.ends_with(".scale"));
    names
        .map(|(name, tensor)| {
            (name.to_string(), tensor.shape.clone(), checkpoint.numbers(name, &tensor.shape).unwrap())
        })
        .collect()
}

/// The forward pass of an input.
pub fn run<R: Precision>(network: &Rc<Network<R>>, x: &Array2<f64>) -> Rc<Trace<R>> {
    Rc::new(TraceJob::new(network.clone(), x.mapv(R::from_f64)).finish())
}

pub fn network<R: Precision>(case: &Case) -> Rc<Network<R>> {
    Rc::new(Network::new(&case.checkpoint).unwrap())
}

pub fn problem<R: Precision>(
    network: &Rc<Network<R>>,
    x: &Array2<f64>,
    baseline: &Array2<f64>,
    target: Target,
) -> Problem<R> {
    let background = Rc::new(vec![baseline.mapv(R::from_f64), x.mapv(|v| R::from_f64(0.5 - v))]);
    Problem {
        background,
        ..Problem::new(Rc::new(Pair { input: run(network, x), baseline: run(network, baseline) }), target)
    }
}

/// The methods that are defined for a problem.
fn defined<R: Precision>(problem: &Problem<R>) -> impl Iterator<Item = &'static Method> {
    let subject = problem.subject();
    METHODS.iter().copied().filter(move |method| (method.refuses)(&subject).is_none())
}

/// Those of the settings that the method has.
pub fn settings(method: &Method, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Settings {
    let numbers = numbers.iter().map(|(id, x)| (id.to_string(), Given::Number(*x)));
    let words = words.iter().map(|(id, word)| (id.to_string(), Given::Word(word.to_string())));
    let given: BTreeMap<String, Given> =
        numbers.chain(words).filter(|(id, _)| method.params.iter().any(|param| param.id == id)).collect();
    Settings::check(method.params, &given).unwrap()
}

/// A method's finished answer.
pub fn explain<R: Precision>(method: &'static Method, problem: &Problem<R>, settings: &Settings) -> Attribution {
    let mut job: Box<dyn Job> = method.start(problem.clone(), settings).unwrap();
    while job.advance() {}
    job.answer()
}

/// Every readout, at the first, a middle and the last step where the step can be chosen, of every layer and direction.
pub fn targets<R: Precision>(network: &Network<R>, steps: usize) -> Vec<Target> {
    let mut chosen = vec![0, steps / 2, steps - 1];
    chosen.dedup();
    let mut targets = Vec::new();
    for info in READOUTS {
        let hidden = info.readout == Readout::Hidden;
        if info.readout == Readout::Difference && network.classes() == 1 {
            continue;
        }
        for d in 0..if hidden { network.depth() } else { 1 } {
            for step in chosen.iter().copied().filter(|step| hidden || network.every_step() || *step == steps - 1) {
                targets.push(Target {
                    readout: info.readout,
                    class: network.classes() - 1,
                    versus: 0,
                    step,
                    d,
                    unit: 0,
                });
            }
        }
    }
    targets
}

/// Each number within `allowed` of the other.
#[track_caller]
pub fn close(what: &str, found: &[f64], expected: &[f64], allowed: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths");
    for (k, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f - e).abs() <= allowed,
            "{what}: element {k} is {f:e} instead of {e:e}: they differ by {:.1e}, {allowed:.1e} allowed",
            (f - e).abs()
        );
    }
}

/// The same bits; zeros of either sign are the same.
#[track_caller]
fn same(what: &str, found: &[f64], expected: &[f64]) {
    close(what, found, expected, 0.0);
}

pub fn flat(scores: &Array2<f64>) -> Vec<f64> {
    scores.iter().copied().collect()
}

/// Calls a law for every convention, target and precision.
macro_rules! everywhere {
    ($law:ident) => {
        for case in conventions() {
            let (narrow, wide) = (network::<f32>(&case), network::<f64>(&case));
            for target in targets(&wide, case.x.nrows()) {
                $law::<f64>(&case, &wide, target);
                $law::<f32>(&case, &narrow, target);
            }
        }
    };
}

fn completeness<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target) {
    let (share, rounding) = if R::NAME == "f64" { (1e-6, 1e-13) } else { (1e-3, 5e-6) };
    for baseline in [Array2::zeros(case.x.dim()), case.other.clone()] {
        let problem = problem(network, &case.x, &baseline, target);
        for method in defined(&problem) {
            let answer =
                explain(method, &problem, &settings(method, &[("tolerance", share), ("budget", 20_000.0)], &[]));
            let what = format!("{} of {} {} {target:?}", method.id, case.name, R::NAME);
            let (score, baseline_score) = problem.scores().unwrap();
            let compared = if method.against == Against::Baseline { baseline_score } else { answer.baseline_score };
            assert!(
                method.against != Against::Nothing || answer.baseline_score == 0.0,
                "{what}: a baseline that it does not compare with"
            );
            same(&format!("{what}: scores"), &[answer.score, answer.baseline_score], &[score, compared]);
            let Some(gap) = answer.gap else { continue };
            let baseline_score = answer.baseline_score;
            let remainder: f64 = answer.remainder.iter().map(|(_, value)| value).sum();
            same(&format!("{what}: gap"), &[gap], &[score - baseline_score - answer.scores.sum() - remainder]);
            if method.completes {
                let difference = score - baseline_score;
                let allowed = (share * difference.abs()).max(rounding * (score.abs() + baseline_score.abs()).max(1.0));
                assert!(
                    gap.abs() <= allowed,
                    "{what}: gap {gap:e} of {difference:e}, {allowed:e} allowed: {}",
                    answer.note
                );
                // What is sampled converges in its whiskers; its sum is kept all the way.
                assert!(
                    answer.converged || answer.error.is_some(),
                    "{what}: gap {gap:e} of {difference:e}: {}",
                    answer.note
                );
            }
        }
    }
}

#[test]
fn what_promises_to_add_up_does_and_the_gap_is_what_is_missing() {
    everywhere!(completeness);
}

fn nothing_from_nothing<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target) {
    let problem = problem(network, &case.x, &case.x, target);
    for method in defined(&problem).filter(|method| method.against == Against::Baseline) {
        let answer = explain(method, &problem, &settings(method, &[], &[]));
        let what = format!("{} of {} {} {target:?} against itself", method.id, case.name, R::NAME);
        same(&what, &flat(&answer.scores), &vec![0.0; answer.scores.len()]);
        same(&format!("{what}: gap"), &[answer.gap.unwrap_or(0.0)], &[0.0]);
    }
}

#[test]
fn an_input_compared_with_itself_has_no_shares() {
    everywhere!(nothing_from_nothing);
}

fn later_steps<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target) {
    let reads_one_step = network.every_step() || target.readout == Readout::Hidden;
    if network.bidirectional() || !reads_one_step {
        return;
    }
    let problem = problem(network, &case.x, &case.other, target);
    for method in defined(&problem) {
        let answer = explain(method, &problem, &settings(method, &[], &[]));
        if answer.scores.nrows() == case.x.nrows() {
            let later = answer.scores.slice(s![target.step + 1.., ..]);
            let what = format!("{} of {} {} {target:?}: later steps", method.id, case.name, R::NAME);
            same(&what, &later.iter().copied().collect::<Vec<_>>(), &vec![0.0; later.len()]);
        }
    }
}

#[test]
fn what_comes_later_gets_nothing() {
    everywhere!(later_steps);
}

fn a_feature_without_weights<R: Precision>(case: &Case) {
    const DUMMY: usize = 1;
    let mut tensors = weights(&case.checkpoint);
    for (name, shape, numbers) in tensors.iter_mut().filter(|(name, ..)| name.contains(".weight_ih_l0")) {
        assert_eq!(shape.len(), 2, "{name}");
        numbers.chunks_mut(shape[1]).for_each(|row| row[DUMMY] = 0.0);
    }
    let checkpoint = import::read(write(&description(&case.file), &tensors)).unwrap();
    let network = Rc::new(Network::<R>::new(&checkpoint).unwrap());
    for target in targets(&network, case.x.nrows()) {
        let problem = problem(&network, &case.x, &case.other, target);
        for method in defined(&problem) {
            let answer = explain(method, &problem, &settings(method, &[], &[]));
            // TimeSHAP's cells share what a group of them got, unread ones too.
            if answer.scores.ncols() == case.x.ncols() && method.id != "timeshap-cell" {
                let column: Vec<f64> = answer.scores.column(DUMMY).to_vec();
                // A regression over coalitions leaves its rounding.
                let allowed =
                    if method.family == "Shapley values" { if R::NAME == "f64" { 1e-14 } else { 1e-6 } } else { 0.0 };
                close(
                    &format!("{} of {} {} {target:?}: unread feature", method.id, case.name, R::NAME),
                    &column,
                    &vec![0.0; column.len()],
                    allowed,
                );
            }
        }
    }
}

#[test]
fn a_feature_that_nothing_reads_gets_nothing() {
    // Attention reads every feature.
    for case in conventions().iter().filter(|case| case.checkpoint.metadata.attention.is_none()) {
        a_feature_without_weights::<f64>(case);
        a_feature_without_weights::<f32>(case);
    }
}

#[test]
fn shares_of_a_difference_are_the_difference_of_the_shares() {
    fn law<R: Precision>(case: &Case, allowed: f64) {
        let network = network::<R>(case);
        if network.classes() == 1 {
            return;
        }
        let last = network.classes() - 1;
        let ask = |readout, class, versus| {
            problem(
                &network,
                &case.x,
                &case.other,
                Target { readout, class, versus, step: case.x.nrows() - 1, d: 0, unit: 0 },
            )
        };
        let of = |readout, class, versus, method: &'static Method| {
            explain(
                method,
                &ask(readout, class, versus),
                &settings(method, &[("tolerance", 0.0), ("prune", 0.0), ("top", 12.0)], &[]),
            )
            .scores
        };
        // A magnitude is not linear, nor is the choice of the cells that play for themselves.
        for method in
            defined(&ask(Readout::Difference, last, 0)).filter(|method| method.signed && method.id != "timeshap-cell")
        {
            let both = of(Readout::Difference, last, 0, method);
            let apart = of(Readout::Logit, last, 0, method) - of(Readout::Logit, 0, 0, method);
            close(
                &format!("{} of {} {}: difference", method.id, case.name, R::NAME),
                &flat(&both),
                &flat(&apart),
                allowed,
            );
        }
    }
    for case in conventions() {
        law::<f64>(&case, 1e-13);
        law::<f32>(&case, 5e-6);
    }
}

fn again<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target) {
    let problem = problem(network, &case.x, &case.other, target);
    for method in defined(&problem) {
        let settings = settings(method, &[], &[]);
        let first = explain(method, &problem, &settings);
        // The second time every partial answer is read.
        let mut job: Box<dyn Job> = method.start(problem.clone(), &settings).unwrap();
        loop {
            job.answer();
            if !job.advance() {
                break;
            }
        }
        let second = job.answer();
        assert_eq!(first, second, "{} of {} {} {target:?} twice", method.id, case.name, R::NAME);
    }
}

#[test]
fn the_same_request_has_the_same_bits_twice() {
    everywhere!(again);
}

/// The score of an input by a fresh forward pass.
fn score<R: Precision>(network: &Rc<Network<R>>, x: &Array2<f64>, target: &Target) -> f64 {
    run(network, x).score(target).unwrap()
}

fn occlusions<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target) {
    let problem = problem(network, &case.x, &case.other, target);
    let whole = score(network, &case.x, &target);
    let lost = |replace: &dyn Fn(&mut Array2<f64>)| {
        let mut x = case.x.clone();
        replace(&mut x);
        whole - score(network, &x, &target)
    };
    let (steps, features) = case.x.dim();
    let other = &case.other;
    let step: Vec<f64> = (0..steps).map(|t| lost(&|x| x.row_mut(t).assign(&other.row(t)))).collect();
    let feature: Vec<f64> = (0..features).map(|k| lost(&|x| x.column_mut(k).assign(&other.column(k)))).collect();
    let cell: Vec<f64> =
        (0..steps * features).map(|n| (n / features, n % features)).map(|at| lost(&|x| x[at] = other[at])).collect();
    let rounding = if R::NAME == "f64" { 1e-14 } else { 2e-6 } * whole.abs().max(1.0);
    // A replaced step shares projections and prefix with the input: not a bit may differ. A replaced feature is added
    // to the projection instead of computing it anew.
    let kinds =
        [("occlusion-step", step, 0.0), ("occlusion-feature", feature, rounding), ("occlusion-cell", cell, rounding)];
    for (id, expected, allowed) in kinds {
        let Some(method) = defined(&problem).find(|method| method.id == id) else { continue };
        let found = explain(method, &problem, &settings(method, &[], &[])).scores;
        close(&format!("{id} of {} {} {target:?}", case.name, R::NAME), &flat(&found), &expected, allowed);
    }
}

#[test]
fn occlusion_is_what_a_new_run_on_the_replaced_input_gives() {
    everywhere!(occlusions);
}

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
        let bit = |n: usize, k: usize| (n * 0x9e37_79b9 >> 7) >> (k % 11) & 1 == 1;
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
            let apart: Vec<f64> = changes.chunks(7).flat_map(|changes| scores(changes)).collect();
            same(&format!("{} {} {target:?}: in batches", case.name, R::NAME), &apart, &expected);
        }
    }
    for case in conventions() {
        law::<f64>(&case);
        law::<f32>(&case);
    }
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

/// A session that has read the case's input.
pub fn session(case: &Case) -> Session {
    let mut session = Session::open(case.file.clone()).unwrap();
    match description(&case.file)["golden_text"].as_str() {
        Some(text) => session.read_text(text).unwrap(),
        None => session.read_series(&table(&case.x)).unwrap(),
    };
    session
}

/// Another input of the case, as a person enters it.
fn another(case: &Case) -> String {
    match description(&case.file)["golden_text"].as_str() {
        Some(text) => text.chars().rev().collect(),
        None => table(&case.other),
    }
}

/// A series of unnamed features as CSV.
pub fn table(x: &Array2<f64>) -> String {
    let header: String = (0..x.ncols()).map(|k| format!(",x{k}")).collect();
    let rows = x
        .rows()
        .into_iter()
        .enumerate()
        .map(|(t, row)| format!("{t}{}\n", row.iter().map(|v| format!(",{v:?}")).collect::<String>()));
    format!("step{header}\n{}", rows.collect::<String>())
}

/// A request by names.
pub fn request(method: &str, readout: &str, class: usize, baseline: &str, precision: &str) -> Request {
    Request {
        method: method.into(),
        params: BTreeMap::new(),
        target: TargetRequest { readout: readout.into(), class, step: -1, ..TargetRequest::default() },
        baseline: BaselineRequest { id: baseline.into(), sample: None },
        background: Vec::new(),
        precision: precision.into(),
    }
}

#[test]
fn slices_of_any_size_end_in_the_same_bits() {
    for case in conventions() {
        let (mut sliced, mut whole) = (session(&case), session(&case));
        let mut finish = |start: &dyn Fn(&mut Session)| {
            start(&mut sliced);
            start(&mut whole);
            while !sliced.advance(1).unwrap().done {}
            let progress = whole.advance(1_000_000).unwrap();
            assert!(progress.done, "{}: {progress:?}", case.name);
            (format!("{:?}", sliced.attribution()), format!("{:?}", whole.attribution()))
        };
        finish(&|session| session.start_trace().unwrap());
        let available: Vec<&str> = session(&case)
            .controls()
            .methods
            .iter()
            .filter(|method| method.available)
            .map(|method| method.id)
            .collect();
        for method in METHODS.iter().filter(|method| available.contains(&method.id)) {
            for precision in ["f32", "f64"] {
                let background = if method.against == Against::Background { vec![another(&case)] } else { Vec::new() };
                let request =
                    || Request { background: background.clone(), ..request(method.id, "logit", 0, "zeros", precision) };
                let (sliced, whole) = finish(&|session| session.start_attribution(request()).unwrap());
                assert!(whole.starts_with("Ok"), "{} of {}: {whole}", method.id, case.name);
                assert_eq!(sliced, whole, "{} of {} {precision}", method.id, case.name);
            }
        }
        let (sliced, whole) = (sliced.trace().unwrap(), whole.trace().unwrap());
        assert_eq!(sliced.logits, whole.logits, "{}", case.name);
    }
}

#[test]
fn standardised_values_lead_back_to_the_charted_ones() {
    let checkpoint = import::read(std::fs::read("www/models/icu_gru_1x64.safetensors").unwrap()).unwrap();
    let scale = checkpoint.metadata.input.normalisation.clone().unwrap();
    let column = |(k, feature): (usize, &import::Feature)| Column {
        name: checkpoint.metadata.feature_names[k].clone(),
        variable: feature.variable.clone(),
        role: feature.role.clone(),
        unit: checkpoint.metadata.units[k].clone(),
        mean: scale.mean[k],
        std: scale.std[k],
    };
    let spec = SeriesSpec {
        columns: checkpoint.metadata.features.iter().enumerate().map(column).collect(),
        clip: scale.clip,
        length: None,
        step_unit: "hour".into(),
    };
    let bytes = std::fs::read("tests/golden/icu_gru_1x64.safetensors").unwrap();
    let (_, fields) = SafeTensors::read_metadata(&bytes).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&fields.metadata().as_ref().unwrap()["golden"]).unwrap();
    let (mut compared, mut clipped) = (0, 0);
    for n in 0..3 {
        let series = Series::read(golden[format!("csv_{n}")].as_str().unwrap(), &spec).unwrap();
        let rows = series.standardised(&spec);
        for (k, column) in spec.columns.iter().enumerate().filter(|(_, column)| column.role == "value") {
            let variable = series.variables.iter().position(|name| *name == column.variable).unwrap();
            for (t, raw) in series.values[variable].iter().enumerate().filter(|(_, raw)| !raw.is_nan()) {
                let z = rows[t][k];
                if z.abs() >= spec.clip.unwrap() {
                    clipped += 1;
                    continue;
                }
                let back = z * column.std + column.mean;
                assert!(
                    (back - raw).abs() <= 1e-12 * raw.abs().max(column.mean.abs()),
                    "{} at {t}: {back} instead of {raw}",
                    column.name
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 500 && clipped < compared / 10, "{compared} values compared, {clipped} clipped");
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
