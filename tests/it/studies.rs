//! Studies beside the answer: what the page shows of the inside of the cell adds up to the answer's own scores.

use crate::cases::request;
use rnnscope::session::{Inside, InsideRequest, Judgement, MeasurementRequest, ReasonsRequest, Request, Session};
use std::collections::BTreeMap;

const TEXT: &str = "the film is not bad at all , it is wonderful";

fn finish(session: &mut Session) {
    while !session.advance(1000).unwrap().done {}
}

/// A shipped network that has read a text and explained a request.
fn explained(id: &str, request: Request) -> Session {
    let mut session = Session::open(std::fs::read(format!("www/models/{id}.safetensors")).unwrap()).unwrap();
    session.read_text(TEXT).unwrap();
    session.start_trace().unwrap();
    finish(&mut session);
    session.start_attribution(request).unwrap();
    finish(&mut session);
    session
}

fn look(session: &mut Session, look: &str, layer: usize) -> Inside {
    session.start_inside(InsideRequest { look: look.into(), layer, direction: 0 }).unwrap();
    finish(session);
    session.inside("").unwrap()
}

#[test]
fn what_goes_through_the_outputs_is_the_difference_of_the_scores() {
    for (id, method, precision, tolerance) in [
        ("sentiment_lstm", "integrated-gradients", "f64", 1e-4),
        ("sentiment_bigru", "reat", "f32", 1e-3),
        ("prose_lstm_2x256", "input-gradient", "f32", 1e-3),
    ] {
        let mut session = explained(id, request(method, "logit", 0, "zeros", precision));
        let found = look(&mut session, "output", 0);
        let difference = found.score - found.baseline_score;
        assert!(difference.abs() > 0.01, "{id}: nothing to explain");
        let sum: f64 = found.heatmap.values.iter().map(|v| f64::from(*v)).sum();
        let allowed = tolerance * difference.abs();
        assert!((sum - difference).abs() < allowed, "{id}: {sum} of {difference}");
        assert!((found.total.unwrap() - difference + found.gap).abs() < 1e-9 && found.gap.abs() < allowed, "{id}");
        let answer = session.attribution().unwrap();
        assert!((answer.score - found.score).abs() < 1e-5, "{id}: the score of the shown answer");
        assert_eq!(found.heatmap.row_labels.len() * session.steps(), found.heatmap.values.len());
        assert_eq!(found.note.contains("single precision"), precision == "f64", "{}", found.note);
    }
}

/// What a metric says of the answer in this precision.
fn judged(id: &str, method: &str, metric: &str, precision: &str) -> Judgement {
    let others = vec!["a bad film".to_string(), "the best of all films".to_string()];
    let asked = request(method, "logit", 1, "zeros", precision);
    let mut session = explained(id, Request { background: others, ..asked });
    session.start_measurement(&MeasurementRequest { metric: metric.into(), params: BTreeMap::new() }).unwrap();
    finish(&mut session);
    session.measurement().unwrap()
}

#[test]
fn an_answer_in_double_precision_is_judged_in_single_and_says_so() {
    // Compared with a baseline, with nothing and with other inputs; the network alone is asked, and the method anew.
    for method in ["integrated-gradients", "reat", "expected-gradients"] {
        for metric in ["deletion", "sensitivity-n", "randomization"] {
            let [single, double] = ["f32", "f64"].map(|precision| judged("sentiment_bigru", method, metric, precision));
            let said = "Evaluated in single precision.";
            assert!(double.note.ends_with(said) && !single.note.contains(said), "{method} {metric}: {}", double.note);
            assert_eq!(single.numbers.len(), double.numbers.len());
            for (a, b) in single.numbers.iter().zip(&double.numbers) {
                let near = (a.value - b.value).abs() <= 1e-3 * a.value.abs().max(1.0);
                assert!(
                    near || a.value.is_nan() && b.value.is_nan(),
                    "{method} {metric} {}: {} {}",
                    a.label,
                    a.value,
                    b.value
                );
            }
            assert!(single.numbers.iter().any(|number| number.value.abs() > 0.01), "{method} {metric} found nothing");
        }
    }
}

#[test]
fn all_factors_together_are_the_sums_of_their_units() {
    for (id, count) in [("sentiment_lstm", 6), ("sentiment_bigru", 5)] {
        let mut session = explained(id, request("integrated-gradients", "logit", 1, "zeros", "f32"));
        for rule in ["gates", "gates-gradient"] {
            let all = look(&mut session, rule, 0);
            assert_eq!((all.factors.len(), all.heatmap.row_labels.len()), (count, count), "{id}");
            let steps = session.steps();
            for (q, factor) in all.factors.iter().enumerate() {
                let one = session.inside(factor.id).unwrap();
                assert_eq!(one.factor, factor.id);
                let scale = f64::from(one.heatmap.limit);
                for t in 0..steps {
                    let units = one.heatmap.row_labels.len();
                    let sum: f64 = (0..units).map(|k| f64::from(one.heatmap.values[k * steps + t])).sum();
                    let total = f64::from(all.heatmap.values[q * steps + t]);
                    assert!((sum - total).abs() < 1e-4 * scale.max(1e-3), "{id} {} {t}: {sum} {total}", factor.id);
                }
            }
            assert_eq!(rule == "gates", all.gap < 1e-5, "{id}: only halves leave nothing: {}", all.gap);
            assert!(session.inside("no such gate").is_err());
        }
    }
}

#[test]
fn the_units_of_a_word_add_up_to_its_score() {
    for id in ["sentiment_lstm", "sentiment_bigru"] {
        let session = explained(id, request("reat", "logit", 1, "zeros", "f32"));
        let bars = session.attribution().unwrap().bars.unwrap();
        for step in 0..session.steps() {
            let units = session.word_units(step).unwrap();
            let sum: f64 = units.values.iter().map(|v| f64::from(*v)).sum();
            assert!((sum - f64::from(bars.values[step])).abs() < 1e-5, "{id} {step}: {sum} of {}", bars.values[step]);
        }
        assert!(session.word_units(session.steps()).is_err());
    }
}

#[test]
fn few_reasons_hold_the_share_and_marks_are_counted_apart() {
    let session = explained("sentiment_lstm", request("integrated-gradients", "logit", 1, "zeros", "f32"));
    let bars = session.attribution().unwrap().bars.unwrap();
    let size = |mass: &str, v: f64| match mass {
        "positive" => v.max(0.0),
        "negative" => (-v).max(0.0),
        _ => v.abs(),
    };
    let asked =
        |share, mass: &str, marked: &[usize]| ReasonsRequest { share, mass: mass.into(), marked: marked.into() };
    for mass in ["absolute", "positive", "negative"] {
        for share in [0.3, 0.8, 1.0] {
            let found = session.reasons(&asked(share, mass, &[])).unwrap();
            assert_eq!(found.parts.len(), session.steps());
            let sizes: Vec<f64> = bars.values.iter().map(|v| size(mass, f64::from(*v))).collect();
            let held: f64 = found.chosen.iter().map(|k| sizes[*k]).sum();
            let total: f64 = sizes.iter().sum();
            assert!((held / total - found.reached).abs() < 1e-5 && found.reached > share - 1e-12, "{mass} {share}");
            // The largest ones, and the last of them was needed.
            let least = found.chosen.iter().map(|k| sizes[*k]).fold(f64::INFINITY, f64::min);
            assert!((0..sizes.len()).all(|k| found.chosen.contains(&k) || sizes[k] <= least), "{mass} {share}");
            assert!((held - least) / total < share, "{mass} {share}: one fewer would do");
            assert!(found.plausibility.is_none(), "nothing was marked");
        }
    }
    let top = session.reasons(&asked(0.5, "absolute", &[])).unwrap().chosen;
    let found = session.reasons(&asked(0.5, "absolute", &top)).unwrap().plausibility.unwrap();
    assert_eq!((found.auprc, found.iou), (1.0, 1.0), "what was expected came first");
    assert!((found.chance - top.len() as f64 / session.steps() as f64).abs() < 1e-12);
    let all: Vec<usize> = (0..session.steps()).collect();
    assert!(session.reasons(&asked(0.5, "absolute", &all)).unwrap().plausibility.is_none());
    for (wrong, word) in [
        (asked(1.5, "absolute", &[]), "share"),
        (asked(0.5, "most", &[]), "mass"),
        (asked(0.5, "absolute", &[99]), "mark"),
    ] {
        let error = session.reasons(&wrong).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn the_referee_is_exact_and_holds_every_method_against_it() {
    let question = || request("input-gradient", "logit", 1, "zeros", "f64");
    for (text, groups) in [(TEXT.to_string(), 11), (TEXT.repeat(4), 14)] {
        let mut session = explained("sentiment_lstm", question());
        session.read_text(&text).unwrap();
        session.start_trace().unwrap();
        finish(&mut session);
        session.start_attribution(question()).unwrap();
        finish(&mut session);
        session.keep_answer("gradient").unwrap();
        let bars = session.attribution().unwrap().bars.unwrap();
        assert!(session.compare().unwrap().referee.is_none(), "none was asked for");
        let asked = session.referee_request().unwrap();
        session.start_attribution(asked.request).unwrap();
        finish(&mut session);
        session.keep_referee(&asked.label).unwrap();
        session.keep_answer(&asked.label).unwrap();
        let exact = session.attribution().unwrap().bars.unwrap();
        let found = session.compare().unwrap().referee.unwrap();
        assert_eq!(found.groups, groups);
        let own = &found.rows[1];
        assert_eq!((own.top, own.sign), (1.0, Some(1.0)), "the referee agrees with itself");
        assert!(own.spearman.unwrap() > 1.0 - 1e-9 && own.scaled.unwrap() < 1e-9);
        assert!(found.verdict.contains(": gradient,"), "it is no party: {}", found.verdict);
        // By hand: the bars of a group added up, then the share of equal signs.
        let length = session.steps().div_ceil(found.groups);
        let sums = |values: &[f32]| values.chunks(length).map(|g| g.iter().sum::<f32>()).collect::<Vec<f32>>();
        let (a, b) = (sums(&bars.values), sums(&exact.values));
        let same = a.iter().zip(&b).filter(|(a, b)| (**a > 0.0) == (**b > 0.0)).count();
        assert!((found.rows[0].sign.unwrap() - same as f64 / a.len() as f64).abs() < 1e-9);
        assert!(found.rows[0].scaled.unwrap() > 0.01, "a gradient is not exact");
        session.drop_answers();
        assert!(session.compare().unwrap().referee.is_none());
    }
}

#[test]
fn what_cannot_be_looked_at_is_said() {
    let mut session = explained("sentiment_lstm", request("reat", "logit", 0, "zeros", "f32"));
    let asked = |look: &str, layer| InsideRequest { look: look.into(), layer, direction: 0 };
    for (wrong, word) in [(asked("gate", 0), "memory"), (asked("gates", 7), "layer")] {
        let error = session.start_inside(wrong).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert!(session.inside("").is_err(), "nothing was looked at");
    look(&mut session, "memory", 0);
    session.read_text("another text").unwrap();
    assert!(session.inside("").is_err(), "it was another text");
    let mut vanilla = explained("prose_rnn_1x128", request("input-gradient", "logit", 0, "zeros", "f32"));
    let error = vanilla.start_inside(asked("gates", 0));
    let error = error
        .and_then(|()| {
            while !vanilla.advance(1000)?.done {}
            Ok(())
        })
        .unwrap_err()
        .to_string();
    assert!(error.contains("vanilla"), "{error}");
}
