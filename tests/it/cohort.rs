//! Many inputs at once: averages, culprits and exchanges are what their definitions say.

use crate::cases::{SHIPPED, conventions, network, request, run, targets};
use ndarray::Array2;
use rnnscope::cohort::{Exchange, Measure, Occurrences, Part, averages, culprits};
use rnnscope::math::Random;
use rnnscope::session::{Cohort, CohortRequest, Sample, Session};

fn texts(lines: &[(&str, &[f64])]) -> Vec<Occurrences> {
    let one = |(text, scores): &(&str, &[f64])| Occurrences {
        labels: text.split(' ').map(str::to_string).collect(),
        scores: scores.to_vec(),
    };
    lines.iter().map(one).collect()
}

#[test]
fn averages_are_the_means_of_the_scores_of_a_word() {
    let corpus = texts(&[("good film", &[2.0, 0.5]), ("not good", &[-1.0, -3.0]), ("film is good", &[0.0, 0.1, 1.0])]);
    let found = averages(&corpus);
    let of = |word: &str| found.iter().find(|one| one.label == word).unwrap();
    let good = of("good");
    assert_eq!((good.count, good.mean, good.positive), (3, 0.0, 2.0 / 3.0));
    assert!((good.deviation - 7f64.sqrt()).abs() < 1e-12 && (good.magnitude - 2.0).abs() < 1e-12);
    assert_eq!((good.negated, good.plain), (Some((1, -3.0)), 1.5));
    assert_eq!((of("film").mean, of("film").negated), (0.25, None));
    assert_eq!((of("not").count, of("not").deviation), (1, 0.0));
}

#[test]
fn a_negation_reaches_three_words() {
    let found = averages(&texts(&[("isn't a b c d", &[0.0, 1.0, 2.0, 3.0, 4.0])]));
    let negated: Vec<&str> = found.iter().filter(|one| one.negated.is_some()).map(|one| one.label.as_str()).collect();
    assert_eq!(negated, ["a", "b", "c"]);
}

#[test]
fn culprits_speak_for_the_wrong_class_most_guilty_first() {
    let found: Vec<(usize, f64)> = culprits(&[0.5, -2.0, 0.0, 3.0]).iter().map(|one| (one.part, one.score)).collect();
    assert_eq!(found, [(3, 3.0), (0, 0.5)]);
}

#[test]
fn exchanges_are_what_their_definition_says() {
    const REPEATS: usize = 3;
    const SEED: u64 = 7;
    let mut tried = 0;
    for case in conventions().into_iter().filter(|case| case.x.nrows() > 2) {
        let network = network::<f64>(&case);
        if !network.series() {
            continue;
        }
        tried += 1;
        let target = targets(&network, case.x.nrows())[0];
        let inputs: Vec<Array2<f64>> = (0..40)
            .map(|k| case.x.mapv(|v| v + (1.3 * f64::from(k)).sin()) + &case.other * (0.1 * f64::from(k)))
            .collect();
        let traces: Vec<_> = inputs.iter().map(|x| run(&network, x)).collect();
        let parts = vec![Part::Columns(vec![0]), Part::Steps(1..3)];
        let measures = vec![Measure::Move(target); inputs.len()];
        let mut exchange = Exchange::new(&traces, measures, parts.clone(), REPEATS, SEED).unwrap();
        while exchange.advance() {}
        let found = exchange.importances();
        let mut random = Random::new(SEED);
        let score = |x: &Array2<f64>| run(&network, x).score(&target).unwrap();
        for (part, found) in parts.iter().zip(&found) {
            let means: Vec<f64> = (0..REPEATS)
                .map(|_| {
                    let mut order: Vec<usize> = (0..inputs.len()).collect();
                    random.shuffle(&mut order);
                    let moved = inputs.iter().zip(&order).map(|(x, other)| {
                        let mut mixed = x.clone();
                        for ((t, i), value) in mixed.indexed_iter_mut() {
                            let ours = match part {
                                Part::Columns(columns) => columns.contains(&i),
                                Part::Steps(steps) => steps.contains(&t),
                            };
                            if ours {
                                *value = inputs[*other][(t, i)];
                            }
                        }
                        (score(&mixed) - score(x)).abs()
                    });
                    moved.sum::<f64>() / inputs.len() as f64
                })
                .collect();
            let mean = means.iter().sum::<f64>() / REPEATS as f64;
            let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (REPEATS - 1) as f64;
            assert!((found.mean - mean).abs() < 1e-12 * mean.max(1.0), "{}: {} for {mean}", case.name, found.mean);
            assert!((found.deviation - variance.sqrt()).abs() < 1e-10, "{}", case.name);
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn what_a_network_does_not_read_is_worth_nothing() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h5_l2").unwrap();
    let network = network::<f32>(&case);
    let target = targets(&network, case.x.nrows())[0];
    let traces: Vec<_> = [1.0, -0.5, 2.0].iter().map(|scale| run(&network, &(&case.x * *scale))).collect();
    // Steps behind the last one of a network that reads no column beyond its own: nothing is exchanged.
    let parts = vec![Part::Columns(vec![]), Part::Columns((0..case.x.ncols()).collect())];
    let mut exchange = Exchange::new(&traces, vec![Measure::Move(target); 3], parts, 5, 1).unwrap();
    while exchange.advance() {}
    let found = exchange.importances();
    assert_eq!((found[0].mean, found[0].deviation), (0.0, 0.0));
    assert!(found[1].mean > 0.0, "this test says nothing");
    assert!(Exchange::new(&traces[..1], vec![Measure::Move(target)], vec![Part::Steps(0..1)], 5, 1).is_none());
}

#[test]
fn the_loss_of_one_output_is_the_cross_entropy() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_one_logit").unwrap();
    let network = network::<f64>(&case);
    let target = targets(&network, case.x.nrows())[0];
    let traces: Vec<_> = [1.0, -2.0].iter().map(|scale| run(&network, &(&case.x * *scale))).collect();
    let z: Vec<f64> = traces.iter().map(|trace| trace.score(&target).unwrap()).collect();
    let loss = |z: f64, high: bool| -(1.0 / (1.0 + (if high { -z } else { z }).exp())).ln();
    let everything = vec![Part::Columns((0..case.x.ncols()).collect())];
    let measures = vec![Measure::Cross(target, true), Measure::Cross(target, false)];
    let mut exchange = Exchange::new(&traces, measures, everything, 1, 3).unwrap();
    while exchange.advance() {}
    let (kept, swapped) = (0.0, (loss(z[1], true) - loss(z[0], true) + loss(z[0], false) - loss(z[1], false)) / 2.0);
    let found = exchange.importances()[0].mean;
    assert!((found - kept).abs() < 1e-12 || (found - swapped).abs() < 1e-12, "{found}: neither {kept} nor {swapped}");
}

/// The shipped samples of a model.
fn shipped(id: &str) -> Vec<Sample> {
    let index: serde_json::Value = serde_json::from_slice(&std::fs::read("www/models/index.json").unwrap()).unwrap();
    let model = index["models"].as_array().unwrap().iter().find(|model| model["id"] == id).unwrap();
    let path = format!("www/models/{}", model["samples"].as_str().unwrap());
    let list: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_string);
    let sample = |one: &serde_json::Value| Sample {
        title: text(&one["title"]).unwrap(),
        text: text(&one["text"]).unwrap(),
        label: text(&one["label"]),
    };
    list["samples"].as_array().unwrap().iter().map(sample).collect()
}

fn read(id: &str, method: &str, samples: Vec<Sample>, more: &str) -> Cohort {
    let mut session = Session::open(std::fs::read(format!("www/models/{id}.safetensors")).unwrap()).unwrap();
    let text = &samples[0].text;
    if id.starts_with("icu") { session.read_series(text) } else { session.read_text(text) }.unwrap();
    session.start_trace().unwrap();
    while !session.advance(1000).unwrap().done {}
    session.start_attribution(request(method, "logit", 0, "zeros", "f32")).unwrap();
    while !session.advance(1000).unwrap().done {}
    session.start_cohort(CohortRequest { samples, more: more.into() }).unwrap();
    assert!(session.cohort().is_err(), "nothing has been read yet");
    while !session.advance(50).unwrap().done {
        if let Ok(found) = session.cohort() {
            assert!(found.read <= found.of);
        }
    }
    session.cohort().unwrap()
}

#[test]
fn shipped_samples_are_read_and_mistakes_have_culprits() {
    let list: serde_json::Value =
        serde_json::from_slice(&std::fs::read("www/models/samples/sentiment.json").unwrap()).unwrap();
    let notes: Vec<&str> =
        list["samples"].as_array().unwrap().iter().map(|one| one["note"].as_str().unwrap()).collect();
    assert!(notes.iter().any(|note| note.contains("is wrong")));
    for id in SHIPPED.iter().filter(|id| id.starts_with("sentiment")) {
        let samples = shipped(id);
        let found = read(id, "reat", samples.clone(), "positive\tnot bad at all\nno label here\npositive\t\n");
        assert_eq!((found.of, found.read, found.labelled), (30, 30, 29), "{id}");
        assert_eq!(found.right + found.mistakes.len(), 29, "{id}");
        assert!(!found.mistakes.is_empty(), "{id}: nothing to blame");
        for mistake in &found.mistakes {
            assert_ne!(mistake.truth, mistake.said);
            assert!(mistake.probability > 0.5 && !mistake.culprits.is_empty(), "{id}: {}", mistake.title);
            assert!(mistake.culprits.windows(2).all(|pair| pair[0].score >= pair[1].score));
            assert!(mistake.index == 28 || mistake.title == samples[mistake.index].title);
            // What the samples' notes say was found by PyTorch.
            let known = notes.get(mistake.index).is_none_or(|note| !note.contains("sentiment_lstm is right"));
            assert!(known || *id != "sentiment_lstm", "{}: the note says that it is right", mistake.title);
        }
        let words = &found.averages;
        assert!(words.iter().any(|row| row.negated.is_some()), "{id}");
        // REAT of a word, by hand: the mean over all places where it stands.
        let total: f64 = words.iter().map(|row| row.mean * row.count as f64).sum();
        assert!(total.is_finite() && words.iter().map(|row| row.count).sum::<usize>() > 300);
        assert!(found.exchanged.contains("series only") && found.pictures.len() == 1, "{}", found.exchanged);
    }
}

/// Sizes speak for no class: mistakes are listed, and nothing is blamed.
#[test]
fn sizes_without_a_sign_are_not_blamed() {
    for method in ["gradient", "gradient-norm"] {
        let found = read("sentiment_lstm", method, shipped("sentiment_lstm"), "");
        assert!(!found.mistakes.is_empty() && found.mistakes.iter().all(|one| one.culprits.is_empty()), "{method}");
        assert!(found.unblamed.contains("without a sign"), "{method}: {}", found.unblamed);
        assert!(found.unit.contains("per unit of input") && found.pictures[0].unit == found.unit, "{}", found.unit);
    }
    assert_eq!(read("sentiment_lstm", "reat", shipped("sentiment_lstm")[..2].to_vec(), "").unblamed, "");
}

#[test]
fn stays_are_exchanged_by_variable_and_by_hours() {
    for id in SHIPPED.iter().filter(|id| id.starts_with("icu")) {
        let found = read(id, "input-gradient", shipped(id), "");
        assert_eq!((found.read, found.labelled, found.mistakes.len()), (6, 0, 0), "{id}");
        assert_eq!(found.pictures.len(), 3, "{id}: {}", found.exchanged);
        for picture in &found.pictures[1..] {
            assert!(
                picture.values.iter().all(|v| *v >= 0.0) && picture.values.iter().any(|v| *v > 0.0),
                "{}",
                picture.title
            );
        }
        assert_eq!(found.pictures[2].labels.first().map(String::as_str), Some("1–8"));
        // The same again has the same bits.
        assert_eq!(read(id, "input-gradient", shipped(id), "").pictures, found.pictures);
    }
}

#[test]
fn what_cannot_be_read_is_left_out_and_named() {
    let mut samples = shipped("icu_gru_1x64");
    samples[2].text = "no table".into();
    let found = read("icu_gru_1x64", "input-gradient", samples.clone(), "");
    assert_eq!((found.left_out.len(), found.read), (1, 6));
    assert_eq!(found.left_out[0].0, samples[2].title);
    let mut session = Session::open(std::fs::read("www/models/icu_gru_1x64.safetensors").unwrap()).unwrap();
    let early = session.start_cohort(CohortRequest { samples: samples.clone(), more: String::new() }).unwrap_err();
    assert!(early.to_string().contains("answer"), "{early}");
}
