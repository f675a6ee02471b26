//! Metrics on networks whose answers a hand can write down, and laws that every metric keeps on every convention.

use crate::cases::{close, conventions, explain, run, settings, waves, write};
use ndarray::{Array2, arr2};
use rnnscope::attribution::{self, Attribution, Given, METHODS, Method, Problem, Settings};
use rnnscope::import;
use rnnscope::metrics::{self, Claim, Curve, Job, Judge, METRICS, Measurement, Metric};
use rnnscope::network::{Network, Pair, Readout, Target};
use serde_json::json;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One relu or tanh unit: h_t = f(w · x_t + u h_{t−1}), F = v h (+ 0), read at the end or as a mean.
pub fn unit(activation: &str, w: &[f64], u: f64, v: f64, read_from: &str) -> Rc<Network<f64>> {
    let tensors = [
        ("rnn.weight_ih_l0", vec![1, w.len()], w.to_vec()),
        ("rnn.weight_hh_l0", vec![1, 1], vec![u]),
        ("rnn.bias_ih_l0", vec![1], vec![0.0]),
        ("rnn.bias_hh_l0", vec![1], vec![0.0]),
        ("head.weight", vec![1, 1], vec![v]),
        ("head.bias", vec![1], vec![0.25]),
    ];
    let tensors: Vec<_> =
        tensors.into_iter().map(|(name, shape, numbers)| (name.to_string(), shape, numbers)).collect();
    let features: Vec<_> = w.iter().map(|_| json!({"variable": "x", "role": "value"})).collect();
    let metadata = json!({
        "version": 1, "classes": ["yes"], "feature_names": vec!["x"; w.len()], "units": vec![""; w.len()], "features": features,
        "layers": [{"kind": "rnn", "activation": activation, "input": w.len(), "hidden": 1}], "head": {"on": read_from},
    });
    Rc::new(Network::new(&import::read(write(&metadata, &tensors)).unwrap()).unwrap())
}

/// F = v / T Σ_t w · x_t + 0.25 for w, x ≥ 0: linear, its parts known.
pub fn linear() -> (Rc<Network<f64>>, Array2<f64>) {
    let x = arr2(&[[0.5, 0.1], [2.0, 0.3], [0.2, 0.0], [1.0, 0.9], [0.4, 0.6]]);
    (unit("relu", &[1.0, 2.0], 0.0, 3.0, "mean-state"), x)
}

/// Shares of the linear network's score: v / T w_k x_tk.
fn shares(x: &Array2<f64>) -> Array2<f64> {
    let w = [1.0, 2.0];
    Array2::from_shape_fn(x.dim(), |(t, k)| 3.0 / x.nrows() as f64 * w[k] * x[(t, k)])
}

pub fn claim<R: Judge>(
    network: &Rc<Network<R>>,
    x: &Array2<f64>,
    baseline: &Array2<f64>,
    target: Target,
    method: &'static Method,
) -> Claim<R> {
    let pair = Rc::new(Pair { input: run(network, x), baseline: run(network, baseline) });
    let background = Rc::new(vec![baseline.mapv(R::from_f64), x.mapv(|v| R::from_f64(0.5 - v))]);
    let problem = Problem { background, ..Problem::new(pair, target) };
    let settings = settings(method, &[("steps", 8.0), ("tolerance", 1e-4), ("budget", 1000.0), ("samples", 32.0)], &[]);
    let answer = Rc::new(explain(method, &problem, &settings));
    Claim { problem, answer, method, settings }
}

pub fn last(x: &Array2<f64>) -> Target {
    Target { readout: Readout::Logit, class: 0, versus: 0, step: x.nrows() - 1, d: 0, unit: 0 }
}

/// Input × gradient of the linear network against zeros.
pub fn linear_claim() -> Claim<f64> {
    let (network, x) = linear();
    claim(&network, &x, &Array2::zeros(x.dim()), last(&x), attribution::find("input-gradient").unwrap())
}

/// The same with other bars.
pub fn with_bars(claim: &Claim<f64>, scores: Array2<f64>) -> Claim<f64> {
    Claim { answer: Rc::new(Attribution { scores, ..(*claim.answer).clone() }), ..claim.clone() }
}

pub fn given(metric: &Metric, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Settings {
    let numbers = numbers.iter().map(|(id, x)| (id.to_string(), Given::Number(*x)));
    let given: BTreeMap<String, Given> =
        numbers.chain(words.iter().map(|(id, word)| (id.to_string(), Given::Word(word.to_string())))).collect();
    Settings::check(metric.params, &given).unwrap()
}

pub fn begin<R: Judge>(
    id: &str,
    claim: &Claim<R>,
    numbers: &[(&str, f64)],
    words: &[(&str, &str)],
) -> rnnscope::Result<Box<dyn Job>> {
    let metric = metrics::find(id).unwrap();
    metric.start(claim.clone(), &given(metric, numbers, words))
}

pub fn measure<R: Judge>(id: &str, claim: &Claim<R>, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Measurement {
    let mut job = begin(id, claim, numbers, words).unwrap();
    while job.advance().unwrap() {}
    assert_eq!(job.done(), job.total(), "{id}");
    job.measurement()
}

#[track_caller]
pub fn number(found: &Measurement, label: &str) -> f64 {
    found.numbers.iter().find(|number| number.label == label).unwrap_or_else(|| panic!("no {label} in {found:?}")).value
}

#[track_caller]
fn curve<'a>(found: &'a Measurement, label: &str) -> &'a Curve {
    found.curves.iter().find(|curve| curve.label == label).unwrap_or_else(|| panic!("no {label} in {found:?}"))
}

#[test]
fn the_deletion_curve_of_a_linear_network_is_what_is_left_of_the_sum() {
    let claim = linear_claim();
    let shares = shares(&claim.problem.pair.input.x.clone());
    close("shares", claim.answer.scores.as_slice().unwrap(), shares.as_slice().unwrap(), 1e-15);
    let found = measure("deletion", &claim, &[], &[("parts", "step")]);
    let mut steps: Vec<f64> = shares.rows().into_iter().map(|row| row.sum()).collect();
    steps.sort_by(|a, b| b.total_cmp(a));
    let left = |removed: &dyn Fn(usize) -> f64| {
        (0..=5).map(|n| 0.25 + steps.iter().sum::<f64>() - (0..n).map(removed).sum::<f64>()).collect::<Vec<f64>>()
    };
    let (falling, rising) = (left(&|k| steps[k]), left(&|k| steps[4 - k]));
    close("fractions", &curve(&found, "removed, largest first").x, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0], 1e-15);
    close("removed", &curve(&found, "removed, largest first").y, &falling, 1e-14);
    close("removed, smallest first", &curve(&found, "removed, smallest first").y, &rising, 1e-14);
    // Revealed: the baseline plus the largest so far.
    let revealed: Vec<f64> = (0..=5).map(|n| 0.25 + steps[..n].iter().sum::<f64>()).collect();
    close("revealed", &curve(&found, "revealed, largest first").y, &revealed, 1e-14);
    let area = |y: &[f64]| y.windows(2).map(|y| 0.2 * (y[0] + y[1]) / 2.0).sum::<f64>();
    close(
        "areas",
        &[number(&found, "deletion AUC"), number(&found, "insertion AUC")],
        &[area(&falling), area(&revealed)],
        1e-14,
    );
    // No order removes more than the order by size.
    let random = number(&found, "random AUC");
    assert!(number(&found, "deletion AUC") < random && random < number(&found, "insertion AUC"), "{found:?}");
    assert!(number(&found, "deletion, in deviations") > 0.5, "{found:?}");
    assert_eq!(curve(&found, "removed in random order").band.as_ref().unwrap().0.len(), 6);
    assert!(found.verdict.contains("faster than"), "{}", found.verdict);
    assert!(found.note.contains("seed 1") && found.note.contains("20 random orders"), "{}", found.note);
    // The opposite order is as bad as this one is good.
    let opposite = measure("deletion", &with_bars(&claim, -claim.answer.scores.clone()), &[], &[("parts", "step")]);
    close("opposite", &[number(&opposite, "deletion AUC")], &[number(&found, "insertion AUC")], 1e-14);
}

#[test]
fn a_removed_part_is_what_a_new_run_on_the_replaced_input_gives() {
    fn law<R: Judge>(network: &Rc<Network<R>>, x: &Array2<f64>, other: &Array2<f64>, name: &str) {
        // Halfway too, where the score can be of any step.
        for step in
            [x.nrows() - 1, x.nrows() / 2].into_iter().filter(|step| network.every_step() || *step == x.nrows() - 1)
        {
            curves(network, x, other, Target { class: network.classes() - 1, step, ..last(x) }, name);
        }
    }
    fn curves<R: Judge>(network: &Rc<Network<R>>, x: &Array2<f64>, other: &Array2<f64>, target: Target, name: &str) {
        let claim = claim(network, x, other, target, attribution::find("input-gradient").unwrap());
        let score = |x: &Array2<f64>| run(network, x).score(&claim.problem.target).unwrap();
        let steps = claim.answer.reduced();
        let mut order: Vec<usize> = (0..claim.problem.steps()).collect();
        order.sort_by(|a, b| steps[*b].total_cmp(&steps[*a]));
        let mut replaced = x.clone();
        let mut expected = vec![score(x)];
        for t in order {
            replaced.row_mut(t).assign(&other.row(t));
            expected.push(score(&replaced));
        }
        let found = measure("deletion", &claim, &[("points", 200.0), ("orders", 2.0)], &[("parts", "step")]);
        let allowed = if R::NAME == "f64" { 1e-13 } else { 5e-6 };
        close(&format!("{name} {}", R::NAME), &curve(&found, "removed, largest first").y, &expected, allowed);
    }
    for case in conventions() {
        law(&Rc::new(Network::<f64>::new(&case.checkpoint).unwrap()), &case.x, &case.other, &case.name);
        law(&Rc::new(Network::<f32>::new(&case.checkpoint).unwrap()), &case.x, &case.other, &case.name);
    }
}

#[test]
fn cells_and_features_are_removed_as_the_bars_are() {
    let claim = linear_claim();
    let shares = shares(&claim.problem.pair.input.x.clone());
    // One cell is the baseline's already: nine are left.
    let found = measure("deletion", &claim, &[("points", 9.0)], &[]);
    let mut cells: Vec<f64> = shares.iter().copied().filter(|share| *share != 0.0).collect();
    cells.sort_by(|a, b| b.total_cmp(a));
    let falling: Vec<f64> = (0..=9).map(|n| 0.25 + cells[n..].iter().sum::<f64>()).collect();
    close("cells", &curve(&found, "removed, largest first").y, &falling, 1e-14);
    assert!(found.x_label.contains("cells"), "{}", found.x_label);
    let found = measure("deletion", &claim, &[], &[("parts", "feature")]);
    let (a, b) = (shares.column(0).sum(), shares.column(1).sum());
    close("features", &curve(&found, "removed, largest first").y, &[0.25 + a + b, 0.25 + a.min(b), 0.25], 1e-14);
    // Scores of steps are no scores of features.
    let (network, x) = linear();
    let steps =
        self::claim(&network, &x, &Array2::zeros(x.dim()), last(&x), attribution::find("occlusion-step").unwrap());
    assert_eq!(begin("deletion", &steps, &[], &[("parts", "feature")]).err().unwrap().code(), "bad-request");
    assert!(measure("deletion", &steps, &[], &[]).x_label.contains("steps"));
    // Nothing differs, nothing can be removed.
    let same = self::claim(&network, &x, &x, last(&x), attribution::find("input-gradient").unwrap());
    assert!(begin("deletion", &same, &[], &[]).err().unwrap().to_string().contains("another baseline"));
}

#[test]
fn comprehensiveness_and_sufficiency_by_hand() {
    let claim = linear_claim();
    let shares = shares(&claim.problem.pair.input.x.clone());
    let mut steps: Vec<f64> = shares.rows().into_iter().map(|row| row.sum()).collect();
    steps.sort_by(|a, b| b.total_cmp(a));
    let all: f64 = steps.iter().sum();
    // 1, 5, 10 and 20 % of five steps are one step, 50 % are three.
    let tops = [1, 1, 1, 1, 3].map(|k| steps[..k].iter().sum::<f64>());
    let found = measure("comprehensiveness", &claim, &[], &[("parts", "step"), ("score", "target")]);
    close("comprehensiveness", &[number(&found, "comprehensiveness")], &[tops.iter().sum::<f64>() / 5.0], 1e-14);
    close(
        "sufficiency",
        &[number(&found, "sufficiency")],
        &[tops.iter().map(|top| all - top).sum::<f64>() / 5.0],
        1e-14,
    );
    assert!(number(&found, "comprehensiveness") > number(&found, "comprehensiveness, random order"), "{found:?}");
    assert!(number(&found, "sufficiency") < number(&found, "sufficiency, random order"), "{found:?}");
    // On the probability, of one logistic output.
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let found = measure("comprehensiveness", &claim, &[], &[("parts", "step")]);
    let lost: Vec<f64> = tops.iter().map(|top| sigmoid(all + 0.25) - sigmoid(all + 0.25 - top)).collect();
    close("probability", &curve(&found, "lost without the top").y, &lost, 1e-14);
    assert_eq!(found.y_label, "score lost (probability)");
}

#[test]
fn the_bars_of_a_linear_network_are_true_of_every_subset() {
    let claim = linear_claim();
    for parts in ["step", "cell"] {
        let found = measure("sensitivity-n", &claim, &[], &[("parts", parts)]);
        let y = &curve(&found, "correlation").y;
        close(parts, y, &vec![1.0; y.len()], 1e-12);
        assert_eq!(curve(&found, "correlation").x[0], 1.0);
    }
    // Bars of the wrong sign correlate the other way.
    let opposite = measure("sensitivity-n", &with_bars(&claim, -claim.answer.scores.clone()), &[], &[]);
    close("opposite", &[number(&opposite, "mean correlation")], &[-1.0], 1e-12);
}

#[test]
fn the_exact_gradient_of_a_linear_score_has_no_infidelity() {
    let (network, x) = linear();
    // Above zero throughout, so that noise stays where the network is linear.
    let x = x.mapv(|v| v + 4.0);
    for id in ["input-gradient", "gradient", "integrated-gradients"] {
        let claim = claim(&network, &x, &Array2::zeros(x.dim()), last(&x), attribution::find(id).unwrap());
        for perturbation in ["block", "gaussian"] {
            let found = measure("infidelity", &claim, &[], &[("perturbation", perturbation)]);
            close(&format!("{id} {perturbation}"), &[number(&found, "infidelity")], &[0.0], 1e-26);
            close(&format!("{id} {perturbation}: scale"), &[number(&found, "best scale η")], &[1.0], 1e-12);
        }
        // Twice too long: a quarter of the error at … the scale mends it.
        let doubled = measure("infidelity", &with_bars(&claim, 2.0 * &claim.answer.scores), &[], &[]);
        close(id, &[number(&doubled, "best scale η"), number(&doubled, "as a share")], &[0.5, 1.0], 1e-12);
        close(id, &[number(&doubled, "infidelity at the best scale")], &[0.0], 1e-24);
    }
    // The same slope by the table's own units: Δx is in standard deviations, 5 and 0.1 units each.
    let gradient = attribution::find("gradient").unwrap();
    let plain = claim(&network, &x, &Array2::zeros(x.dim()), last(&x), gradient);
    let problem = Problem { raw_scale: vec![5.0, 0.1], ..plain.problem.clone() };
    let settings = settings(gradient, &[], &[("unit", "raw")]);
    let raw = Claim { answer: Rc::new(explain(gradient, &problem, &settings)), problem, settings, ..plain.clone() };
    close("raw", &[raw.answer.scores[(0, 0)] * 5.0], &[plain.answer.scores[(0, 0)]], 1e-15);
    for perturbation in ["block", "gaussian"] {
        let found = measure("infidelity", &raw, &[], &[("perturbation", perturbation)]);
        close(&format!("raw, {perturbation}"), &[number(&found, "infidelity")], &[0.0], 1e-26);
    }
    let steps = claim(&network, &x, &Array2::zeros(x.dim()), last(&x), attribution::find("occlusion-step").unwrap());
    close("occlusion", &[number(&measure("infidelity", &steps, &[("length", 1.0)], &[]), "infidelity")], &[0.0], 1e-26);
    assert!(
        begin("infidelity", &steps, &[], &[("perturbation", "gaussian")]).err().unwrap().to_string().contains("blocks")
    );
}

#[test]
fn the_gradient_of_a_linear_score_does_not_move() {
    let (network, x) = linear();
    let x = x.mapv(|v| v + 1.0);
    let zeros = Array2::zeros(x.dim());
    let gradient = claim(&network, &x, &zeros, last(&x), attribution::find("gradient").unwrap());
    assert_eq!(number(&measure("max-sensitivity", &gradient, &[], &[]), "max-sensitivity"), 0.0);
    // φ = x ⊙ β moves with x: ‖δ ⊙ β‖ / ‖x ⊙ β‖ ≤ 0.02 range ‖β‖ / ‖x ⊙ β‖.
    let product = claim(&network, &x, &zeros, last(&x), attribution::find("input-gradient").unwrap());
    let found = measure("max-sensitivity", &product, &[], &[]);
    let norm = |values: &Array2<f64>| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    let bound = 0.02 * 2.0 * norm(&gradient.answer.scores) / norm(&product.answer.scores);
    let most = number(&found, "max-sensitivity");
    assert!(most > 0.3 * bound && most <= bound, "{most} of at most {bound}");
    assert!(number(&found, "mean") <= most && found.curves[0].y.len() == 10);
}

#[test]
fn padding_after_the_target_gets_nothing_and_padding_that_is_read_is_said_to_be() {
    let every_step = unit("relu", &[1.0, 2.0], 0.5, 3.0, "every-step");
    let (mean_state, x) = linear();
    let zeros = Array2::zeros(x.dim());
    let method = attribution::find("input-gradient").unwrap();
    let early = claim(&every_step, &x, &zeros, Target { step: 2, ..last(&x) }, method);
    let found = measure("padding", &early, &[], &[]);
    for label in
        ["on steps after the target’s", "on appended padding", "largest change of another bar", "change of the score"]
    {
        assert_eq!(number(&found, label), 0.0, "{label}");
    }
    assert!(found.verdict.contains("exactly zero"), "{}", found.verdict);
    // A method that puts something there is caught.
    let mut wrong = early.answer.scores.clone();
    wrong[(4, 1)] = 1e-3;
    let found = measure("padding", &with_bars(&early, wrong), &[], &[]);
    assert_eq!(number(&found, "on steps after the target’s"), 1e-3);
    assert!(found.verdict.contains("should be zero"), "{}", found.verdict);
    // A mean over more steps is another mean: F goes from S + b to S · 5/10 + b.
    let read = claim(&mean_state, &x, &zeros, last(&x), method);
    let found = measure("padding", &read, &[("steps", 5.0)], &[]);
    let sum: f64 = shares(&x).sum();
    close("score", &[number(&found, "change of the score")], &[-sum / 2.0], 1e-14);
    assert_eq!(number(&found, "on appended padding"), 0.0);
    assert!(found.verdict.contains("reads padding"), "{}", found.verdict);
}

#[test]
fn a_network_that_wakes_up_is_told_from_one_that_does_not() {
    let method = attribution::find("integrated-gradients").unwrap();
    let x = Array2::from_elem((12, 1), 1.0);
    let zeros = Array2::zeros(x.dim());
    // h_t = tanh(3 h_{t−1} + x_t): whatever comes first latches the state, and what comes later finds it latched.
    let latch = claim(&unit("tanh", &[1.0], 3.0, 1.0, "last-state"), &x, &zeros, last(&x), method);
    let found = measure("transient", &latch, &[("first", 3.0)], &[]);
    assert!(number(&found, "share at the start") > 0.9, "{found:?}");
    assert!(number(&found, "share after the lead-in") < 0.01, "{found:?}");
    assert!(number(&found, "transient") > 0.9 && found.verdict.contains("not the input"), "{found:?}");
    assert_eq!(number(&found, "steps until settled"), 1.0, "{found:?}");
    // h_t = 0.8 h_{t−1} + x_t is linear: the state before the first step changes no share.
    let linear = claim(&unit("relu", &[1.0], 0.8, 1.0, "last-state"), &x, &zeros, last(&x), method);
    let found = measure("transient", &linear, &[], &[]);
    close("linear", &[number(&found, "transient")], &[0.0], 1e-14);
    assert!(found.verdict.contains("no sign of a transient"), "{}", found.verdict);
    // 0.8^n ≤ 0.1 from n = 11 on: h differs by 0.8^(t+1) of what it did before the first step.
    assert_eq!(number(&found, "steps until settled"), 10.0);
    // Shares 0.8^(11 − t).
    let share = |t: usize| 0.8f64.powi(11 - t as i32) * 0.2 / (1.0 - 0.8f64.powi(12));
    close(
        "shares",
        &curve(&found, "share of the bars, at the start").y,
        &(0..12).map(share).collect::<Vec<_>>(),
        1e-14,
    );
}

#[test]
fn every_metric_keeps_its_bits_in_slices_and_when_read_between() {
    /// Was it measured, or refused?
    fn law<R: Judge>(claim: &Claim<R>, metric: &'static Metric, what: &str) -> bool {
        let few = [
            ("orders", 2.0),
            ("subsets", 3.0),
            ("sizes", 3.0),
            ("samples", 3.0),
            ("draws", 1.0),
            ("points", 4.0),
            ("first", 1.0),
        ];
        let numbers: Vec<_> =
            few.into_iter().filter(|(id, _)| metric.params.iter().any(|param| param.id == *id)).collect();
        let Ok(mut once) = begin(metric.id, claim, &numbers, &[]) else { return false };
        while once.advance().unwrap() {}
        let mut read = begin(metric.id, claim, &numbers, &[]).unwrap();
        let mut done = 0;
        loop {
            let partial = read.measurement();
            assert!(partial.curves.iter().all(|curve| curve.x.len() == curve.y.len()), "{what}: {partial:?}");
            assert!(
                read.done() <= read.total() && read.done() >= done,
                "{what}: {} after {done} of {}",
                read.done(),
                read.total()
            );
            done = read.done();
            if !read.advance().unwrap() {
                break;
            }
        }
        // NaN is not NaN; as text it is.
        assert_eq!(format!("{:?}", once.measurement()), format!("{:?}", read.measurement()), "{what}");
        assert!(!once.advance().unwrap(), "{what}: nothing is left");
        assert!(!once.measurement().note.is_empty() && once.done() == once.total(), "{what}");
        let verdict = once.measurement().verdict;
        assert!(verdict.ends_with('.') && !verdict.contains("NaN"), "{what}: {verdict:?}");
        true
    }
    let mut measured = BTreeMap::new();
    for case in conventions() {
        let (wide, narrow) = (
            Rc::new(Network::<f64>::new(&case.checkpoint).unwrap()),
            Rc::new(Network::<f32>::new(&case.checkpoint).unwrap()),
        );
        let target = Target { class: wide.classes() - 1, ..last(&case.x) };
        // The cheap methods everywhere; all of them on a few conventions.
        let cheap = ["input-gradient", "gradient", "occlusion-step", "occlusion-feature"];
        let some = ["lstm_characters", "gru_words", "gru_attention_every_step", "lstm_both_h3", "rnn_tanh_h3_l2"]
            .contains(&case.name.as_str());
        for method in METHODS.iter().copied().filter(|method| some || cheap.contains(&method.id)) {
            for metric in METRICS {
                let what = format!("{} of {} of {}", metric.id, method.id, case.name);
                let subject = Problem::new(
                    Rc::new(Pair { input: run(&wide, &case.x), baseline: run(&wide, &case.other) }),
                    target,
                )
                .subject();
                if (method.refuses)(&subject).is_none() {
                    let there = law(&claim(&wide, &case.x, &case.other, target, method), metric, &what);
                    let alike =
                        law(&claim(&narrow, &case.x, &case.other, target, method), metric, &format!("{what} f32"));
                    assert_eq!(there, alike, "{what}: refused in one precision");
                    *measured.entry(metric.id).or_insert(0) += usize::from(there);
                }
            }
        }
    }
    assert!(measured.len() == METRICS.len() && measured.values().all(|n| *n > 50), "{measured:?}");
}

#[test]
fn metrics_are_found_by_name_and_say_what_they_are() {
    assert_eq!(metrics::find("truth").err().unwrap().place(), "metric");
    for metric in METRICS {
        assert_eq!(metrics::find(metric.id).unwrap().label, metric.label);
        for text in [metric.label, metric.question, metric.formula, metric.caveat, metric.cost] {
            assert!(!text.is_empty(), "{}", metric.id);
        }
        assert!(
            metric.question.ends_with('?') && Settings::check(metric.params, &BTreeMap::new()).is_ok(),
            "{}",
            metric.id
        );
    }
    let claim = linear_claim();
    assert_eq!(begin("deletion", &with_bars(&claim, waves((3, 2))), &[], &[]).err().unwrap().place(), "answer");
}
