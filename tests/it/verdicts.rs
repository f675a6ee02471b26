//! What the metrics say in words: no sentence says more than its numbers, and none is missing.

use crate::cases::{conventions, request, run, session};
use crate::metrics::{begin, claim, last, linear, linear_claim, measure, number, unit, with_bars};
use ndarray::{Array2, arr2};
use rnnscope::attribution::{self, Attribution, Problem, Reduction};
use rnnscope::metrics::{Claim, METRICS};
use rnnscope::network::Network;
use rnnscope::session::MeasurementRequest;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Bars as sizes, without signs.
fn sizes(claim: &Claim<f64>) -> Claim<f64> {
    let scores = claim.answer.scores.mapv(f64::abs);
    let answer = Attribution { scores, reduction: Reduction::Norm, ..(*claim.answer).clone() };
    Claim { answer: Rc::new(answer), ..claim.clone() }
}

#[test]
fn every_verdict_is_a_sentence_also_where_nothing_can_be_compared() {
    let plain = linear_claim();
    let one = |x: f64| with_bars(&plain, Array2::from_elem(plain.answer.scores.dim(), x));
    let method = attribution::find("input-gradient").unwrap();
    // One part; a score that does not move.
    let (network, x) = linear();
    let single = x.slice(ndarray::s![1..2, ..]).to_owned();
    let short = claim(&network, &single, &Array2::zeros((1, 2)), last(&single), method);
    let flat = claim(&unit("relu", &[1.0, 2.0], 0.0, 0.0, "mean-state"), &x, &Array2::zeros(x.dim()), last(&x), method);
    let negative = with_bars(&plain, -plain.answer.scores.clone());
    let all = [
        ("plain", &plain),
        ("negative", &negative),
        ("zero", &one(0.0)),
        ("alike", &one(1.0)),
        ("sizes", &sizes(&plain)),
        ("one part", &short),
        ("flat", &flat),
    ];
    for metric in METRICS {
        for (what, claim) in all {
            for parts in ["step", "cell"] {
                for order in ["cascade", "alone"] {
                    let words = [("parts", parts), ("order", order)];
                    let words: Vec<_> =
                        words.into_iter().filter(|(id, _)| metric.params.iter().any(|param| param.id == *id)).collect();
                    let Ok(mut job) = begin(metric.id, claim, &[], &words) else { continue };
                    // Where there is work to do, nothing is known before it.
                    assert!(job.total() == 0 || job.measurement().verdict.is_empty(), "{} of {what}", metric.id);
                    while job.advance().unwrap() {}
                    let verdict = job.measurement().verdict;
                    let said = format!("{} of {what} by {parts}, {order}: {verdict}", metric.id);
                    assert!(verdict.ends_with('.') && !verdict.contains("NaN") && !verdict.contains("inf "), "{said}");
                }
            }
        }
    }
    for metric in ["deletion", "comprehensiveness"] {
        let found = measure(metric, &short, &[], &[("parts", "step")]);
        assert!(found.verdict.contains("Every order of the steps gives the same"), "{metric}: {}", found.verdict);
    }
}

#[test]
fn bars_that_point_the_wrong_way_are_said_to() {
    let plain = linear_claim();
    let opposite = with_bars(&plain, -plain.answer.scores.clone());
    for (words, length) in [([("perturbation", "block")], 3.0), ([("perturbation", "block")], 1.0)] {
        let found = measure("infidelity", &opposite, &[("length", length)], &words);
        assert!((number(&found, "best scale η") + 1.0).abs() < 1e-12, "{found:?}");
        assert_eq!(number(&found, "as a share, at the best scale"), 1.0, "turned round they would be other bars");
        assert!(found.verdict.contains("the wrong way") && !found.verdict.contains('%'), "{}", found.verdict);
        assert!(!measure("infidelity", &plain, &[], &words).verdict.contains("wrong way"));
    }
    let found = measure("sensitivity-n", &opposite, &[], &[]);
    assert!(found.verdict.contains("run against") && found.verdict.contains("-1.00"), "{}", found.verdict);
    assert!(measure("sensitivity-n", &plain, &[], &[]).verdict.contains("go along with what is lost"));
    // Bars in an order that has little to do with the shares.
    let turned = with_bars(&plain, arr2(&[[1.0, 9.0], [2.0, 1.0], [9.0, 3.0], [1.0, 1.0], [1.0, 2.0]]));
    let found = measure("sensitivity-n", &turned, &[], &[("parts", "step")]);
    let r = number(&found, "mean correlation");
    assert!(r < 0.3 && !found.verdict.contains("go along with"), "{r}: {}", found.verdict);
}

#[test]
fn bars_without_signs_are_held_to_the_size_of_the_effect() {
    // F = 0.25 − Σ shares: whatever is removed raises the score.
    let (_, x) = linear();
    let falling = unit("relu", &[1.0, 2.0], 0.0, -3.0, "mean-state");
    let method = attribution::find("input-gradient").unwrap();
    let signed = claim(&falling, &x, &Array2::zeros(x.dim()), last(&x), method);
    let sizes = sizes(&signed);
    let found = measure("sensitivity-n", &sizes, &[], &[("parts", "cell")]);
    assert!((number(&found, "mean correlation") - 1.0).abs() < 1e-12, "{found:?}");
    assert!(found.verdict.contains("how far the score moves") && found.verdict.contains("no signs"), "{found:?}");
    let found = measure("deletion", &sizes, &[], &[("parts", "cell")]);
    assert!(number(&found, "deletion AUC") < number(&found, "random AUC"), "{found:?}");
    assert!(found.verdict.contains("moves the score faster than all 20"), "{}", found.verdict);
    assert!(found.verdict.contains("no signs") && found.y_label.contains("any move"), "{found:?}");
    // As many logits are moved as the signed bars of the opposite score say are lost.
    let rising = claim(&linear().0, &x, &Array2::zeros(x.dim()), last(&x), method);
    let lost = measure("deletion", &rising, &[], &[("parts", "cell")]);
    let moved = |found: &rnnscope::metrics::Measurement| found.curves[0].y[0] - number(found, "deletion AUC");
    assert!((moved(&found) - moved(&lost)).abs() < 1e-12, "{found:?} {lost:?}");
    let words = [("parts", "cell"), ("score", "target")];
    let found = measure("comprehensiveness", &sizes, &[], &words);
    let (own, random) = (number(&found, "comprehensiveness"), number(&found, "comprehensiveness, random order"));
    assert!(own > random && random > 0.0 && found.verdict.contains("no signs"), "{found:?}");
    // Bars with signs say which way: the same sizes as shares of a rise are wrong throughout.
    let wrong = measure("deletion", &with_bars(&signed, -signed.answer.scores.clone()), &[], &[("parts", "cell")]);
    assert!(wrong.verdict.contains("lowers the score faster than 0 of 20"), "{}", wrong.verdict);
    assert!(!wrong.verdict.contains("no signs"), "{}", wrong.verdict);
}

#[test]
fn padding_that_was_there_already_and_what_padding_is_are_said() {
    let (network, mut x) = linear();
    x.row_mut(1).fill(0.0);
    let other = Array2::from_elem(x.dim(), 0.25);
    let integrated = attribution::find("occlusion-step").unwrap();
    let taken = claim(&network, &x, &other, last(&x), integrated);
    let found = measure("padding", &taken, &[], &[]);
    let share = 100.0 * number(&found, "on padding in the input");
    let said = format!("(zeros, at 1 of its steps) takes {share:.1} % of the bars.");
    assert!(share > 1.0 && found.verdict.ends_with(&said), "{share}: {}", found.verdict);
    // Against zeros it gets nothing, which is said too.
    let none = claim(&network, &x, &Array2::zeros(x.dim()), last(&x), integrated);
    let verdict = measure("padding", &none, &[], &[]).verdict;
    assert!(verdict.ends_with("(zeros, at 1 of its steps) gets no bar."), "{verdict}");
    assert!(!measure("padding", &linear_claim(), &[], &[]).verdict.contains("already"));

    let case = conventions().into_iter().find(|case| case.name == "gru_words").unwrap();
    let named = |padding: Option<&str>| {
        let mut network = Network::<f64>::new(&case.checkpoint).unwrap();
        let mut metadata = (*network.metadata).clone();
        metadata.input.padding = padding.map(String::from);
        network.metadata = Rc::new(metadata);
        let network = Rc::new(network);
        let zeros = Array2::zeros(case.x.dim());
        let method = attribution::find("input-gradient").unwrap();
        measure("padding", &claim(&network, &case.x, &zeros, last(&case.x), method), &[], &[]).note
    };
    let first = case.checkpoint.metadata.vocab[0].clone();
    assert!(named(Some(&first)).contains("the padding entry"), "{}", named(Some(&first)));
    assert!(named(Some("in no vocabulary")).contains("of zeros"), "{}", named(Some("in no vocabulary")));
    assert!(named(None).contains("of zeros"));
}

#[test]
fn a_metric_says_before_it_is_started_where_it_is_not_defined() {
    let (mut refused, mut begun) = (0, 0);
    for case in conventions() {
        let mut session = session(&case);
        session.start_trace().unwrap();
        while !session.advance(1000).unwrap().done {}
        session.start_attribution(request("input-gradient", "logit", 0, "zeros", "f64")).unwrap();
        while !session.advance(1000).unwrap().done {}
        let controls = session.controls();
        assert_eq!(controls.metrics.len(), METRICS.len());
        for control in controls.metrics {
            let asked = MeasurementRequest { metric: control.id.into(), params: BTreeMap::new() };
            let what = format!("{} of {}", control.id, case.name);
            assert_eq!(control.available, control.reason.is_empty(), "{what}");
            if !control.available {
                let error = session.start_measurement(&asked).unwrap_err().to_string();
                assert_eq!(error, control.reason.trim_end_matches('.'), "{what}");
                refused += 1;
            }
        }
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let pair = rnnscope::network::Pair { input: run(&network, &case.x), baseline: run(&network, &case.other) };
        let subject = Problem::new(Rc::new(pair), last(&case.x)).subject();
        for metric in METRICS {
            let reason = (metric.refuses)(&subject);
            let two_ways = network.bidirectional() || case.x.nrows() == 1;
            assert_eq!(reason.is_some(), metric.id == "transient" && two_ways, "{} of {}", metric.id, case.name);
            begun += usize::from(reason.is_none());
        }
    }
    assert!(refused >= 10 && begun >= 200, "{refused} refused, {begun} not");
}
