//! What the page shows, end to end: a shipped file, the text or table as a person enters it, PyTorch's numbers.

use crate::cases::{SHIPPED, request};
use ndarray::Array2;
use rnnscope::session::{Answer, BaselineRequest, MeasurementRequest, Request, Session, Weight};
use safetensors::SafeTensors;

/// What PyTorch says of one network: three inputs.
struct Golden {
    bytes: Vec<u8>,
    words: serde_json::Value,
}

impl Golden {
    fn of(id: &str) -> Golden {
        let bytes = std::fs::read(format!("tests/golden/{id}.safetensors")).unwrap();
        let (_, fields) = SafeTensors::read_metadata(&bytes).unwrap();
        let words = serde_json::from_str(&fields.metadata().as_ref().unwrap()["golden"]).unwrap();
        Golden { bytes, words }
    }

    fn numbers(&self, n: usize, name: &str) -> Vec<f64> {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let tensor = file.tensor(&format!("{n}_{name}")).unwrap();
        let (words, _) = tensor.data().as_chunks::<8>();
        words
            .iter()
            .map(|word| {
                if tensor.dtype() == safetensors::Dtype::I64 {
                    i64::from_le_bytes(*word) as f64
                } else {
                    f64::from_le_bytes(*word)
                }
            })
            .collect()
    }

    /// [T, I] or [T, C].
    fn matrix(&self, n: usize, name: &str) -> Array2<f64> {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let shape = file.tensor(&format!("{n}_{name}")).unwrap().shape().to_vec();
        Array2::from_shape_vec((shape[0], shape[1]), self.numbers(n, name)).unwrap()
    }

    /// Makes one of the three inputs the session's.
    fn enter(&self, n: usize, session: &mut Session) {
        match (self.words[format!("text_{n}")].as_str(), self.words[format!("csv_{n}")].as_str()) {
            (Some(text), _) => session.read_text(text).unwrap(),
            (_, Some(table)) => session.read_series(table).unwrap(),
            _ => panic!("input {n} has neither text nor table"),
        };
        session.start_trace().unwrap();
        finish(session);
    }

    /// The logit that was explained.
    fn class(&self, n: usize, classes: usize) -> usize {
        (self.numbers(n, "target")[0] as usize).min(classes - 1)
    }
}

fn open(id: &str) -> Session {
    Session::open(std::fs::read(format!("www/models/{id}.safetensors")).unwrap()).unwrap()
}

fn finish(session: &mut Session) {
    while !session.advance(1000).unwrap().done {}
}

fn ask(session: &mut Session, request: Request) -> Answer {
    session.start_attribution(request).unwrap();
    finish(session);
    session.attribution().unwrap()
}

fn with(mut request: Request, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Request {
    request.params.extend(numbers.iter().map(|(id, x)| (id.to_string(), Weight::Number(*x))));
    request.params.extend(words.iter().map(|(id, word)| (id.to_string(), Weight::Word(word.to_string()))));
    request
}

/// As a share of the largest golden number.
#[track_caller]
fn close(what: &str, found: &[f32], golden: &[f64], tolerance: f64) {
    assert_eq!(found.len(), golden.len(), "{what}: lengths");
    let scale = golden.iter().fold(1e-3f64, |scale, g| scale.max(g.abs()));
    for (k, (f, g)) in found.iter().zip(golden).enumerate() {
        let error = (f64::from(*f) - g).abs() / scale;
        assert!(
            error <= tolerance,
            "{what}: number {k} is {f} instead of {g}: {error:.1e} of the largest, {tolerance:.0e} allowed"
        );
    }
}

fn sums(matrix: &Array2<f64>) -> Vec<f64> {
    matrix.rows().into_iter().map(|row| row.sum()).collect()
}

fn norms(matrix: &Array2<f64>) -> Vec<f64> {
    matrix.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect()
}

#[test]
fn the_bars_of_every_shipped_network_are_pytorchs() {
    for id in SHIPPED {
        let (golden, mut session) = (Golden::of(id), open(id));
        let classes = session.controls().classes.len();
        for n in 0..3 {
            golden.enter(n, &mut session);
            let logits = golden.numbers(n, "logits");
            let steps = session.steps();
            let last = &logits[logits.len() - classes..];
            let shown = session.prediction(steps - 1).unwrap();
            for class in &shown.classes {
                let z = last[class.class];
                assert!(
                    (class.logit - z).abs() <= 2e-5 * z.abs().max(1.0),
                    "{id} {n}: logit of {} is {} instead of {z}",
                    class.label,
                    class.logit
                );
            }
            for precision in ["f32", "f64"] {
                // The bars themselves are kept in single precision, and so are the word vectors.
                let tolerance = if precision == "f32" { 5e-4 } else { 2e-6 };
                let asked = |method: &str| request(method, "logit", golden.class(n, classes), "zeros", precision);
                let what = |method: &str| format!("{id} {n} {method} {precision}");
                let gradient = ask(&mut session, asked("gradient"));
                close(&what("gradient"), &gradient.bars.unwrap().values, &norms(&golden.matrix(n, "grad")), tolerance);
                let occlusion = ask(&mut session, asked("occlusion-step"));
                close(&what("occlusion"), &occlusion.bars.unwrap().values, &golden.numbers(n, "occlusion"), tolerance);
                // The largest networks once: integration takes 64 passes.
                if n == 0 {
                    let path = ask(
                        &mut session,
                        with(
                            asked("integrated-gradients"),
                            &[("steps", 64.0), ("tolerance", 0.0)],
                            &[("rule", "midpoint")],
                        ),
                    );
                    let ig = golden.matrix(n, "ig");
                    close(&what("integrated gradients"), &path.bars.as_ref().unwrap().values, &sums(&ig), tolerance);
                    let score = golden.numbers(n, "score");
                    close(&what("scores"), &[path.score as f32, path.baseline_score as f32], &score, tolerance);
                    let gap = score[0] - score[1] - ig.sum();
                    let found = path.gap.unwrap();
                    assert!(
                        (found - gap).abs() <= tolerance * score[0].abs().max(1.0) * 10.0,
                        "{}: gap {found} instead of {gap}",
                        what("integrated gradients")
                    );
                    assert_eq!(
                        path.bars.unwrap().gap,
                        Some(found as f32),
                        "{}: the gap that is drawn",
                        what("integrated gradients")
                    );
                }
            }
        }
    }
}

#[test]
fn the_loss_over_a_text_is_pytorchs_in_nats() {
    for id in SHIPPED.iter().filter(|id| id.contains("prose") || id.starts_with("c_")) {
        let (golden, mut session) = (Golden::of(id), open(id));
        for n in 0..3 {
            golden.enter(n, &mut session);
            let (logits, ids) = (golden.matrix(n, "logits"), golden.numbers(n, "ids"));
            let loss =
                |t: usize| logits.row(t).iter().map(|z| z.exp()).sum::<f64>().ln() - logits[(t, ids[t + 1] as usize)];
            let losses: Vec<f64> = (0..ids.len() - 1).map(loss).collect();
            let mean = losses.iter().sum::<f64>() / losses.len() as f64;
            let strip = session.predictions_strip().unwrap();
            assert!(
                (strip.mean_nats - mean).abs() <= 1e-5 * mean,
                "{id} {n}: {} nats instead of {mean}",
                strip.mean_nats
            );
            let best =
                |t: usize| (0..logits.ncols()).max_by(|a, b| logits[(t, *a)].total_cmp(&logits[(t, *b)])).unwrap();
            let right =
                (0..losses.len()).filter(|t| best(*t) == ids[t + 1] as usize).count() as f64 / losses.len() as f64;
            assert!((strip.accuracy - right).abs() < 1e-12, "{id} {n}: accuracy {} instead of {right}", strip.accuracy);
            for (t, loss) in losses.iter().enumerate() {
                let shown = session.prediction(t).unwrap().loss_nats.unwrap();
                assert!(
                    (shown - loss).abs() <= 1e-4 * loss.max(1.0),
                    "{id} {n} step {t}: {shown} nats instead of {loss}"
                );
                let truth = f64::from(strip.truth[t]);
                assert!(
                    (truth - (-loss).exp()).abs() <= 1e-5,
                    "{id} {n} step {t}: probability {truth} instead of {}",
                    (-loss).exp()
                );
            }
            assert!(strip.truth[ids.len() - 1].is_nan(), "{id} {n}: nothing follows the last character");
        }
    }
}

#[test]
fn refined_steps_close_the_gap_that_64_midpoints_leave() {
    for id in ["prose_lstm_2x256", "c_lstm_2x256"] {
        let (golden, mut session) = (Golden::of(id), open(id));
        let classes = session.controls().classes.len();
        for n in 0..3 {
            golden.enter(n, &mut session);
            let asked = request("integrated-gradients", "logit", golden.class(n, classes), "zeros", "f32");
            let refined = ask(&mut session, with(asked, &[("tolerance", 0.01), ("budget", 4000.0)], &[]));
            let (gap, difference) = (refined.gap.unwrap(), refined.score - refined.baseline_score);
            let score = golden.numbers(n, "score");
            let plain = score[0] - score[1] - golden.matrix(n, "ig").sum();
            let figures = format!(
                "{id} {n}: {} steps leave {gap:.4} of {difference:.3}; 64 midpoints leave {plain:.4}",
                refined.backward_passes
            );
            eprintln!("{figures}");
            assert!(refined.converged && gap.abs() <= 0.01 * difference.abs(), "{figures}");
            assert!(refined.backward_passes <= 4000, "{figures}");
            // The prose network bends on every way from its baseline; that of C only on some.
            let missed = plain.abs() > 0.01 * difference.abs();
            assert!(missed || id.starts_with("c_"), "{figures}");
        }
    }
}

/// The first partial answer with anything in it.
fn first_seen(session: &mut Session, asked: Request) -> Answer {
    let before = session.attribution().ok();
    session.start_attribution(asked).unwrap();
    loop {
        assert!(!session.advance(1).unwrap().done);
        let Some(answer) = session.attribution().ok().filter(|answer| Some(answer) != before.as_ref()) else {
            continue;
        };
        if answer.bars.as_ref().unwrap().values.iter().any(|value| *value != 0.0) {
            return answer;
        }
    }
}

#[test]
fn of_a_long_text_the_slope_at_the_input_is_seen_first() {
    let mut session = open("c_lstm_2x256");
    let text = "for (i = 0; i < n; i++) sum += a[i];\n".repeat(4);
    session.read_text(&text).unwrap();
    session.start_trace().unwrap();
    finish(&mut session);
    let asked = with(request("integrated-gradients", "logit", 3, "zeros", "f32"), &[("budget", 17.0)], &[]);
    let glance = first_seen(&mut session, asked);
    assert_eq!((glance.forward_passes, glance.backward_passes, glance.converged), (0, 1, false));
    assert!(glance.note.starts_with("the slope at the input"), "{}", glance.note);
    finish(&mut session);
    let whole = session.attribution().unwrap();
    assert!(whole.backward_passes == whole.forward_passes + 1 && whole.backward_passes <= 17);
    let slope = ask(&mut session, request("input-gradient", "logit", 3, "zeros", "f32"));
    assert_eq!(glance.bars.unwrap().values, slope.bars.unwrap().values);

    // The same for the coalitions that it guides; and the gradient without noise until a noisy one is there.
    for (method, plain) in [("guided-shap", "input-gradient"), ("smoothgrad", "gradient")] {
        let glance = first_seen(&mut session, request(method, "logit", 3, "zeros", "f32"));
        assert_eq!((glance.forward_passes, glance.backward_passes, glance.converged), (0, 1, false), "{method}");
        session.cancel();
        let plain = ask(&mut session, request(plain, "logit", 3, "zeros", "f32"));
        assert_eq!(glance.bars.unwrap().values, plain.bars.unwrap().values, "{method}");
    }

    // The same against other samples, before any of them is scored.
    let other = text.replace("sum", "was");
    let expected = request("expected-gradients", "logit", 3, "zeros", "f32");
    let asked = with(Request { background: vec![other.clone(); 2], ..expected }, &[("budget", 3.0)], &[]);
    let glance = first_seen(&mut session, asked);
    assert_eq!((glance.forward_passes, glance.backward_passes, glance.converged), (0, 1, false));
    assert!(glance.gap.is_none() && glance.baseline_score.is_nan(), "no other sample is scored yet");
    assert!(glance.note.starts_with("the slope at the input"), "{}", glance.note);
    finish(&mut session);
    let against = Request {
        baseline: BaselineRequest { id: "sample".into(), sample: Some(other) },
        ..request("input-gradient", "logit", 3, "zeros", "f32")
    };
    let slope = ask(&mut session, against);
    let (seen, slope) = (glance.bars.unwrap().values, slope.bars.unwrap().values);
    let largest = slope.iter().fold(0.0f32, |most, v| most.max(v.abs()));
    assert!(seen.iter().zip(&slope).all(|(a, b)| (a - b).abs() < 1e-5 * largest), "{seen:?} {slope:?}");
}

#[test]
fn of_a_longer_text_the_slope_is_seen_before_the_baseline_is_traced() {
    let text = "for (i = 0; i < n; i++) sum += a[i];\n".repeat(8);
    for (method, budget) in [("integrated-gradients", "budget"), ("kernel-shap", "samples")] {
        let mut session = open("c_lstm_2x256");
        session.read_text(&text).unwrap();
        session.start_trace().unwrap();
        finish(&mut session);
        let asked = with(request(method, "logit", 3, "zeros", "f32"), &[(budget, 8.0)], &[]);
        let glance = first_seen(&mut session, asked.clone());
        assert_eq!((glance.forward_passes, glance.backward_passes, glance.converged), (0, 1, false), "{method}");
        assert!(glance.baseline_score.is_nan() && glance.gap.is_none() && glance.waterfall.is_none(), "{method}");
        assert!(glance.note.starts_with("the slope at the input"), "{}", glance.note);
        finish(&mut session);
        let whole = session.attribution().unwrap();
        assert!(whole.gap.is_some() && whole.backward_passes <= 8, "{method}: {}", whole.backward_passes);
        // From now on the baseline is known: what is found is the same.
        let again = ask(&mut session, asked.clone());
        assert_eq!((again.bars, again.score, again.baseline_score), (whole.bars, whole.score, whole.baseline_score));
        let slope = ask(&mut session, request("input-gradient", "logit", 3, "zeros", "f32"));
        assert_eq!(glance.bars.unwrap().values, slope.bars.unwrap().values, "{method}");

        // Given up before the baseline is traced, it stays, and can be judged.
        let other = Request { baseline: BaselineRequest { id: "mean".into(), sample: None }, ..asked };
        let seen = first_seen(&mut session, other);
        session.cancel();
        let kept = session.attribution().unwrap();
        assert_eq!((&kept.note, kept.bars), (&seen.note, seen.bars), "{method}");
        assert!(kept.note.starts_with("the slope at the input"), "{}", kept.note);
        if method != "integrated-gradients" {
            continue; // the same for all, and slow
        }
        let judged = MeasurementRequest { metric: "comprehensiveness".into(), params: Default::default() };
        session.start_measurement(&judged).unwrap();
        finish(&mut session);
        assert!(session.measurement().is_ok(), "{method}");
    }
}

/// Units of work until an answer has begun.
fn units_until_begun(session: &mut Session, asked: Request) -> usize {
    let before = session.attribution().ok();
    session.start_attribution(asked).unwrap();
    (1..).find(|_| session.advance(1).unwrap().done || session.attribution().ok() != before).unwrap()
}

#[test]
fn a_baseline_that_an_edit_leaves_alone_is_traced_once() {
    let of = |text: &str, session: &mut Session| {
        session.read_text(text).unwrap();
        session.start_trace().unwrap();
        finish(session);
    };
    let asked = |baseline: &str| request("deeplift", "logit", 1, baseline, "f32");
    let mut session = open("sentiment_lstm");
    of("a wise and gentle film", &mut session);
    let traced = units_until_begun(&mut session, asked("zeros"));
    finish(&mut session);
    // Words change, the length stays: what zeros are compared with stays as well.
    of("a dull and gentle film", &mut session);
    let known = units_until_begun(&mut session, asked("zeros"));
    assert!(known < 4 && known < traced, "{known} units, {traced} before");
    finish(&mut session);
    let answers = [session.attribution().unwrap(), ask(&mut session, asked("mean"))];
    // Neither another baseline nor another length has anything to do with it.
    of("a dull film", &mut session);
    assert!(units_until_begun(&mut session, asked("mean")) > 3);
    let mut fresh = open("sentiment_lstm");
    for (answer, baseline) in answers.into_iter().zip(["zeros", "mean"]) {
        of("a dull and gentle film", &mut fresh);
        assert_eq!(ask(&mut fresh, asked(baseline)), answer, "{baseline}");
        fresh = open("sentiment_lstm");
    }
}

#[test]
fn an_answer_keeps_its_own_labels_until_the_next_one_has_begun() {
    let (golden, mut session) = (Golden::of("sentiment_lstm"), open("sentiment_lstm"));
    golden.enter(0, &mut session);
    let first = ask(&mut session, request("occlusion-step", "logit", 1, "zeros", "f32"));
    session.start_attribution(request("input-gradient", "logit", 0, "mean", "f32")).unwrap();
    assert_eq!(session.attribution().unwrap(), first, "before the next one has begun");
    session.advance(1).unwrap();
    session.cancel();
    assert_eq!(session.attribution().unwrap(), first, "after the next one was given up");
}

#[test]
fn what_an_answer_compares_with_is_told_beside_it() {
    let (golden, mut session) = (Golden::of("sentiment_lstm"), open("sentiment_lstm"));
    golden.enter(0, &mut session);
    assert!(session.baseline_view().unwrap_err().to_string().contains("after an attribution"));
    for baseline in ["zeros", "mean"] {
        ask(&mut session, request("deeplift", "logit", 1, baseline, "f32"));
        let view = session.baseline_view().unwrap();
        assert_eq!((view.title.as_str(), view.col_labels.len()), (&*format!("Baseline: {baseline}"), session.steps()));
        assert_eq!(view.values.len(), view.row_labels.len() * session.steps());
        assert_eq!(view.values.iter().all(|value| *value == 0.0), baseline == "zeros");
    }
    // An input of another length has not been compared with anything.
    session.read_text("a wise film").unwrap();
    assert!(session.baseline_view().is_err());
}

#[test]
fn what_was_not_measured_is_hatched() {
    let mut icu = open("icu_gru_1x64");
    Golden::of("icu_gru_1x64").enter(0, &mut icu);
    let mut series = Session::open(std::fs::read("tests/golden/exported/series_gru_1x6.safetensors").unwrap()).unwrap();
    let complete = "step,HR,Temp,MAP\n0,80,37,70\n1,90,38,60\n2,85,37,65\n";
    let lacking = "step,HR,Temp,MAP\n0,80,37,70\n1,,38,60\n2,85,37,\n";
    let mut heatmap = |text: &str| {
        let read = series.read_series(text).unwrap().series.unwrap();
        let map = ask(&mut series, request("input-gradient", "logit", 0, "zeros", "f32")).heatmap.unwrap();
        for (row, name) in map.row_labels.iter().enumerate().filter(|_| !map.filled.is_empty()) {
            let Some(v) = read.variables.iter().position(|variable| variable == name) else { continue };
            let measured = &read.measured[v * 3..v * 3 + 3];
            assert!(
                map.filled[row * 3..row * 3 + 3]
                    .iter()
                    .zip(measured)
                    .all(|(filled, measured)| filled + measured == 1.0)
            );
        }
        map.filled
    };
    assert!(heatmap(complete).is_empty(), "nothing to hatch");
    assert_eq!(heatmap(lacking).iter().sum::<f32>(), 2.0);
    let map = ask(&mut icu, request("input-gradient", "logit", 0, "zeros", "f32")).heatmap.unwrap();
    assert_eq!(map.filled.len(), map.values.len());
}

/// Every method of two models: what is no share of the score has neither its sign nor its unit.
#[test]
fn bars_have_the_sign_and_the_unit_of_their_method() {
    let mut unsigned = 0;
    for id in ["sentiment_lstm", "icu_gru_1x64"] {
        let (mut session, golden) = (open(id), Golden::of(id));
        golden.enter(0, &mut session);
        let other = golden.words["text_1"].as_str().or(golden.words["csv_1"].as_str()).unwrap();
        for method in session.controls().methods.into_iter().filter(|method| method.available) {
            let mut asked = request(method.id, "logit", 0, "zeros", "f32");
            if method.uses_background {
                asked.background = vec![other.to_string()];
            }
            session.start_attribution(asked).unwrap();
            // A first answer will do.
            let shown = |session: &Session| session.attribution().is_ok_and(|answer| answer.method == method.label);
            while !shown(&session) && !session.advance(200).unwrap().done {}
            let answer = session.attribution().unwrap();
            let unit = answer.unit.as_str();
            assert_eq!(answer.score_unit, "logits", "{id}, {}: the score itself is in its own unit", method.id);
            let shown = [answer.bars.as_ref(), answer.features.as_ref()];
            for bars in shown.into_iter().flatten() {
                assert_eq!(bars.unit, unit, "{id}, {}", method.id);
                assert!(!bars.signed || method.signed, "{id}, {}: signed bars", method.id);
            }
            assert_eq!(unit == "logits", method.signed && !["gradient", "smoothgrad"].contains(&method.id), "{unit}");
            if let Some(text) = &answer.text {
                assert!(!text.signed || method.signed, "{id}, {}: signed text", method.id);
            }
            unsigned += usize::from(!method.signed);
        }
    }
    assert_eq!(unsigned, 2 * 5);
}

/// A slope by an input's own unit is that by its standard deviation, divided by it, and says so.
#[test]
fn a_slope_may_be_in_the_units_of_the_table() {
    let mut session = open("icu_gru_1x64");
    Golden::of("icu_gru_1x64").enter(0, &mut session);
    let asked = |unit: &str| with(request("gradient", "logit", 0, "zeros", "f64"), &[], &[("unit", unit)]);
    let (standard, raw) = (ask(&mut session, asked("standardised")), ask(&mut session, asked("raw")));
    assert_eq!(standard.unit, "logits per standard deviation");
    assert_eq!(raw.unit, "logits per own unit");
    let (standard, raw) = (standard.heatmap.unwrap(), raw.heatmap.unwrap());
    let file = std::fs::read("www/models/icu_gru_1x64.safetensors").unwrap();
    let metadata = rnnscope::import::read(file).unwrap().metadata;
    let scale = metadata.input.normalisation.unwrap();
    let row = |map: &rnnscope::view::Heatmap, name: &String| {
        let (steps, at) = (map.col_labels.len(), map.row_labels.iter().position(|label| label == name).unwrap());
        map.values[at * steps..][..steps].to_vec()
    };
    for (name, std) in metadata.feature_names.iter().zip(&scale.std) {
        for (raw, standard) in row(&raw, name).into_iter().zip(row(&standard, name)) {
            let (raw, standard) = (f64::from(raw) * std, f64::from(standard));
            assert!((raw - standard).abs() <= 1e-6 * standard.abs(), "{name}: {raw} instead of {standard}");
        }
    }
    assert!(scale.std.iter().filter(|std| (**std - 1.0).abs() > 0.1).count() > 20);
}

/// Other samples of another length are made to fit, and that is said.
#[test]
fn samples_of_another_length_are_made_to_fit_and_named() {
    let mut session = open("sentiment_lstm");
    session.read_text("a good film").unwrap();
    session.start_trace().unwrap();
    finish(&mut session);
    let asked = |background: &[&str]| Request {
        background: background.iter().map(|text| text.to_string()).collect(),
        ..request("expected-gradients", "logit", 0, "zeros", "f32")
    };
    let some = ask(&mut session, asked(&["a bad film", "bad", "it was a very bad film"]));
    assert!(some.note.contains("2 of 3 other samples had another length"), "{}", some.note);
    let same = ask(&mut session, asked(&["a bad film"]));
    assert!(!same.note.contains("length"), "{}", same.note);
}

/// What several parts are given together: a sum where that is theirs, said to be less where it is not.
#[test]
fn the_score_of_a_phrase_says_whether_it_is_its_own() {
    let mut session = open("sentiment_lstm");
    session.read_text("not a very good film at all").unwrap();
    session.start_trace().unwrap();
    finish(&mut session);
    for (method, exact) in [("integrated-gradients", true), ("reat", true), ("shapley-exact", false)] {
        ask(&mut session, request(method, "logit", 0, "zeros", "f32"));
        let span = session.span_score(1, 4).unwrap();
        assert_eq!(span.exact, exact, "{method}: {}", span.note);
    }
}

/// The same bars over twenty baselines, other samples of another length among them, as the page asks for them.
#[test]
fn a_ribbon_may_be_over_twenty_baselines() {
    let mut session = open("sentiment_lstm");
    session.read_text("not a very good film at all").unwrap();
    session.start_trace().unwrap();
    finish(&mut session);
    let text = std::fs::read("www/models/samples/sentiment.json").unwrap();
    let samples: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let others: Vec<&str> =
        samples["samples"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).take(20).collect();
    session.drop_answers();
    for (k, other) in others.iter().enumerate() {
        let baseline = BaselineRequest { id: "sample".into(), sample: Some(other.to_string()) };
        ask(&mut session, Request { baseline, ..request("input-gradient", "logit", 0, "zeros", "f32") });
        session.keep_answer(&format!("sample {k}")).unwrap();
    }
    let found = session.compare().unwrap();
    let mut scores: Vec<f64> = found.rows.iter().map(|row| row.baseline_score).collect();
    scores.sort_by(f64::total_cmp);
    scores.dedup();
    assert_eq!((found.rows.len(), scores.len()), (others.len(), others.len()));
    let ribbon = found.ribbon.unwrap();
    for t in 0..session.steps() {
        let bars = || found.rows.iter().map(|row| row.bars.values[t]);
        let (low, high) = (bars().fold(f32::INFINITY, f32::min), bars().fold(f32::NEG_INFINITY, f32::max));
        assert_eq!((ribbon.low[t], ribbon.high[t]), (low, high), "step {t}");
        assert!(ribbon.flips[t] == 0.0 || (low < 0.0 && high > 0.0), "step {t}: {low} to {high}");
    }
}
