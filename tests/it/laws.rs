//! Laws that every method keeps, on every convention of cell, head and storage, in both precisions.
//!
//! The networks are the small files under `golden/conventions`. What is looped over comes from the registries: a new
//! method, readout or cell is held to these laws without a line here.

use crate::cases::{
    Case, close, conventions, defined, description, explain, flat, network, problem, request, same, score, session,
    settings, table, targets, weights, write,
};
use ndarray::{Array2, s};
use rnnscope::attribution::{Access, Against, Job, METHODS, Method, Precision};
use rnnscope::import;
use rnnscope::input::{Column, Series, SeriesSpec};
use rnnscope::network::{Network, Readout, Target};
use rnnscope::session::{Request, Session};
use safetensors::SafeTensors;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The methods that a law was tried on, by precision.
#[derive(Default)]
struct Met(BTreeSet<(&'static str, &'static str)>);

impl Met {
    fn add<R: Precision>(&mut self, method: &Method) {
        self.0.insert((method.id, R::NAME));
    }

    /// A law that a method never met says nothing of it: every one that the law is meant for, in both precisions.
    #[track_caller]
    fn all(&self, meant: impl Fn(&Method) -> bool) {
        let missed: Vec<(&str, &str)> = METHODS
            .iter()
            .filter(|method| meant(method))
            .flat_map(|method| [(method.id, "f32"), (method.id, "f64")])
            .filter(|key| !self.0.contains(key))
            .collect();
        assert!(missed.is_empty(), "never met: {missed:?}");
    }
}

/// Calls a law for every convention, target and precision. Gives the methods that it met.
macro_rules! everywhere {
    ($law:ident) => {{
        let mut met = Met::default();
        for case in conventions() {
            let (narrow, wide) = (network::<f32>(&case), network::<f64>(&case));
            for target in targets(&wide, case.x.nrows()) {
                $law::<f64>(&case, &wide, target, &mut met);
                $law::<f32>(&case, &narrow, target, &mut met);
            }
        }
        met
    }};
}

/// Does a method go on until its gap is within the tolerance that it is given? The tolerance of sampled Shapley values is
/// of their whiskers, and that of TimeSHAP is the η of its pruning: their sums are kept whatever it is.
fn steered(method: &Method) -> bool {
    method.family == "Gradients" && method.params.iter().any(|param| param.id == "tolerance")
}

/// Share of the score difference that the parts may miss. In f64 what follows a tolerance is given 1e-6; the others add up
/// by construction, and what is left is their sums' rounding.
fn allowed_share<R: Precision>(method: &Method) -> f64 {
    match (R::NAME, method.family) {
        ("f32", _) => 1e-3,
        _ if steered(method) => 1e-6,
        (_, "Propagation") => 1e-9,
        (_, "Shapley values") => 1e-10,
        _ => 1e-12,
    }
}

fn completeness<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target, met: &mut Met) {
    let rounding = if R::NAME == "f64" { 1e-13 } else { 5e-6 };
    for baseline in [Array2::zeros(case.x.dim()), case.other.clone()] {
        let problem = problem(network, &case.x, &baseline, target);
        for (method, epsilon) in defined(&problem).flat_map(epsilons::<R>) {
            let share = allowed_share::<R>(method);
            let mut given = vec![("budget", 20_000.0)];
            given.extend(steered(method).then_some(("tolerance", share)));
            given.extend(epsilon.map(|epsilon| ("epsilon", epsilon)));
            let answer = explain(method, &problem, &settings(method, &given, &[]));
            let what = format!("{} of {} {} {target:?} {given:?}", method.id, case.name, R::NAME);
            met.add::<R>(method);
            let (score, baseline_score) = problem.scores().unwrap();
            let compared = if method.against == Against::Baseline { baseline_score } else { answer.baseline_score };
            assert!(
                method.against != Against::Nothing || answer.baseline_score == 0.0,
                "{what}: a baseline that it does not compare with"
            );
            same(&format!("{what}: scores"), &[answer.score, answer.baseline_score], &[score, compared]);
            assert!(answer.gap.is_some() || !method.completes, "{what}: promises a sum and tells of no gap");
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
                assert!(answer.converged, "{what}: gap {gap:e} of {difference:e}: {}", answer.note);
            }
        }
    }
}

/// A method with its own stabiliser and, where the arithmetic is exact enough to divide by any sum, without one.
fn epsilons<R: Precision>(method: &'static Method) -> impl Iterator<Item = (&'static Method, Option<f64>)> {
    let stabilised = method.params.iter().any(|param| param.id == "epsilon");
    let without = (stabilised && R::NAME == "f64").then_some(Some(0.0));
    std::iter::once(None).chain(without).map(move |epsilon| (method, epsilon))
}

#[test]
fn what_promises_to_add_up_does_and_the_gap_is_what_is_missing() {
    everywhere!(completeness).all(|_| true);
}

fn nothing_from_nothing<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target, met: &mut Met) {
    let problem = problem(network, &case.x, &case.x, target);
    for method in defined(&problem).filter(|method| method.against == Against::Baseline) {
        let answer = explain(method, &problem, &settings(method, &[], &[]));
        let what = format!("{} of {} {} {target:?} against itself", method.id, case.name, R::NAME);
        same(&what, &flat(&answer.scores), &vec![0.0; answer.scores.len()]);
        same(&format!("{what}: gap"), &[answer.gap.unwrap_or(0.0)], &[0.0]);
        met.add::<R>(method);
    }
}

#[test]
fn an_input_compared_with_itself_has_no_shares() {
    everywhere!(nothing_from_nothing).all(|method| method.against == Against::Baseline);
}

/// What scores features, not steps.
const OF_FEATURES: [&str; 2] = ["occlusion-feature", "timeshap-feature"];

fn later_steps<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target, met: &mut Met) {
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
            met.add::<R>(method);
        }
    }
}

#[test]
fn what_comes_later_gets_nothing() {
    everywhere!(later_steps).all(|method| !OF_FEATURES.contains(&method.id));
}

/// What scores steps, not features, unless it is asked to.
fn of_steps(method: &Method) -> bool {
    const OF_STEPS: [&str; 17] = [
        "gradient-norm",
        "occlusion-step",
        "reat",
        "reat-naive",
        "reat-linearised",
        "murdoch-szlam",
        "murdoch-szlam-beta",
        "contextual-decomposition",
        "agglomerative-cd",
        "shapley-exact",
        "shapley-permutation",
        "kernel-shap",
        "guided-shap",
        "owen",
        "timeshap-event",
        "lime",
        "mask",
    ];
    OF_STEPS.contains(&method.id)
}

fn a_feature_without_weights<R: Precision>(case: &Case, met: &mut Met) {
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
                met.add::<R>(method);
            }
        }
    }
}

#[test]
fn a_feature_that_nothing_reads_gets_nothing() {
    let mut met = Met::default();
    // Attention reads every feature.
    for case in conventions().iter().filter(|case| case.checkpoint.metadata.attention.is_none()) {
        a_feature_without_weights::<f64>(case, &mut met);
        a_feature_without_weights::<f32>(case, &mut met);
    }
    met.all(|method| !of_steps(method) && method.id != "timeshap-cell");
}

/// Two features that are read with the same weights and are the same everywhere get the same. What draws at random treats
/// them alike only on average; TimeSHAP's cells share what a group of them got.
fn features_that_are_the_same<R: Precision>(case: &Case, met: &mut Met) {
    let alike = |numbers: &mut [f64], columns: usize| numbers.chunks_mut(columns).for_each(|row| row[0] = row[1]);
    let mut tensors = weights(&case.checkpoint);
    for (name, shape, numbers) in &mut tensors {
        if name.contains(".weight_ih_l0") || name.starts_with("attention") {
            alike(numbers, shape.get(1).copied().unwrap_or(shape[0]));
        }
        if name.starts_with("attention") && shape.len() == 2 {
            let (first, second) = numbers.split_at_mut(shape[1]);
            first.copy_from_slice(&second[..shape[1]]);
        }
    }
    let checkpoint = import::read(write(&description(&case.file), &tensors)).unwrap();
    let network = Rc::new(Network::<R>::new(&checkpoint).unwrap());
    let (mut x, mut other) = (case.x.clone(), case.other.clone());
    for x in [&mut x, &mut other] {
        x.rows_mut().into_iter().for_each(|mut row| row[0] = row[1]);
    }
    for target in targets(&network, x.nrows()) {
        let problem = problem(&network, &x, &other, target);
        for method in defined(&problem).filter(|method| !random(method) && method.id != "timeshap-cell") {
            let answer = explain(method, &problem, &settings(method, &[], &[]));
            if answer.scores.ncols() == x.ncols() {
                let largest = answer.scores.iter().fold(0.0f64, |most, score| most.max(score.abs()));
                close(
                    &format!("{} of {} {} {target:?}: features alike", method.id, case.name, R::NAME),
                    &answer.scores.column(0).to_vec(),
                    &answer.scores.column(1).to_vec(),
                    largest * if R::NAME == "f64" { 1e-12 } else { 1e-4 },
                );
                met.add::<R>(method);
            }
        }
    }
}

#[test]
fn features_that_are_the_same_get_the_same() {
    let mut met = Met::default();
    for case in conventions() {
        features_that_are_the_same::<f64>(&case, &mut met);
        features_that_are_the_same::<f32>(&case, &mut met);
    }
    met.all(|method| !of_steps(method) && !random(method) && method.id != "timeshap-cell");
}

/// Draws at random.
fn random(method: &Method) -> bool {
    method.params.iter().any(|param| param.id == "seed")
}

#[test]
fn shares_of_a_difference_are_the_difference_of_the_shares() {
    fn law<R: Precision>(case: &Case, allowed: f64, met: &mut Met) {
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
            met.add::<R>(method);
        }
    }
    let mut met = Met::default();
    for case in conventions() {
        law::<f64>(&case, 1e-13, &mut met);
        law::<f32>(&case, 5e-6, &mut met);
    }
    met.all(|method| method.signed && method.id != "timeshap-cell");
}

fn again<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target, met: &mut Met) {
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
        met.add::<R>(method);
    }
}

#[test]
fn the_same_request_has_the_same_bits_twice() {
    everywhere!(again).all(|_| true);
}

fn occlusions<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target, met: &mut Met) {
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
        met.add::<R>(method);
    }
}

#[test]
fn occlusion_is_what_a_new_run_on_the_replaced_input_gives() {
    everywhere!(occlusions).all(|method| method.id.starts_with("occlusion"));
}

/// Another input of the case, as a person enters it.
fn another(case: &Case) -> String {
    match description(&case.file)["golden_text"].as_str() {
        Some(text) => text.chars().rev().collect(),
        None => table(&case.other),
    }
}

#[test]
fn slices_of_any_size_end_in_the_same_bits() {
    let mut met = Met::default();
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
                met.0.insert((method.id, precision));
            }
        }
        let (sliced, whole) = (sliced.trace().unwrap(), whole.trace().unwrap());
        assert_eq!(sliced.logits, whole.logits, "{}", case.name);
    }
    met.all(|_| true);
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

fn agnostic_methods_ask_for_scores<R: Precision>(case: &Case, network: &Rc<Network<R>>, target: Target, met: &mut Met) {
    let problem = problem(network, &case.x, &case.other, target);
    for method in defined(&problem).filter(|method| method.kind.access == Access::Agnostic) {
        let cost = explain(method, &problem, &settings(method, &[], &[])).cost;
        assert_eq!(cost.backward, 0, "{} of {}: an agnostic method took a derivative", method.id, case.name);
        met.add::<R>(method);
    }
}

#[test]
fn what_calls_itself_agnostic_takes_no_derivative() {
    everywhere!(agnostic_methods_ask_for_scores).all(|method| method.kind.access == Access::Agnostic);
}

#[test]
fn methods_that_take_derivatives_or_follow_the_cells_are_specific() {
    for method in METHODS {
        // Guided by gradients, a family that asks for scores only has a member that does not.
        let inside = ["Gradients", "Decomposition", "Propagation", "Masks"].contains(&method.family)
            || method.id == "guided-shap";
        assert_eq!(method.kind.access == Access::Specific, inside, "{} of the family {}", method.id, method.family);
    }
}
