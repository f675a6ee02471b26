//! Wrong and hostile files, inputs and requests: a named refusal with a place and a remedy, never a panic, and the
//! state from before still answers.

use crate::cases::{conventions, description, request, table, waves, weights, write};
use rnnscope::Error;
use rnnscope::import;
use rnnscope::session::{GatesRequest, Request, Selection, Session, Weight};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

type Tensors = Vec<(String, Vec<usize>, Vec<f64>)>;

fn bytes(convention: &str) -> Vec<u8> {
    std::fs::read(format!("tests/golden/conventions/{convention}.safetensors")).unwrap()
}

#[track_caller]
fn refused(what: &str, outcome: rnnscope::Result<Session>) -> Error {
    outcome.err().unwrap_or_else(|| panic!("{what} was opened"))
}

#[track_caller]
fn named(what: &str, error: &Error, code: &str, place: &str) {
    assert_eq!((error.code(), error.place()), (code, place), "{what}: {error}");
    assert!(error.remedy().len() > 10 && error.to_string().len() > 10, "{what}: {error} / {}", error.remedy());
}

/// Reads an input, traces it and asks for a gradient; whether that works does not matter here.
fn exercise(session: &mut Session) {
    (session.card(), session.controls());
    let _ = (session.gates_view(&GatesRequest::default()), session.advance_parity(1000), session.parity());
    let entered = session.read_series(&table(&waves((4, 4)))).or_else(|_| session.read_text("a é\n good"));
    if entered.is_err() || session.start_trace().is_err() || session.advance(100_000).is_err() {
        return;
    }
    let _ = (session.prediction(3), session.predictions_strip(), session.heatmap_view(&Selection::default()));
    if session.start_attribution(request("gradient", "logit", 0, "zeros", "f32")).is_ok()
        && session.advance(100_000).is_ok()
    {
        let _ = session.attribution();
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in ["rnn_tanh_h1_t1", "lstm_characters"] {
        let whole = bytes(name);
        assert!(Session::open(whole.clone()).is_ok(), "{name}");
        for end in 0..whole.len() {
            let error = refused(&format!("{name} cut after {end} bytes"), Session::open(whole[..end].to_vec()));
            let code = if end < 9 { "unsupported" } else { "bad-file" };
            assert_eq!(error.code(), code, "{name} cut after {end} bytes: {error}");
            assert!(!error.place().is_empty() && !error.remedy().is_empty(), "{name} cut after {end} bytes: {error}");
        }
    }
}

#[test]
fn no_flipped_bit_of_a_header_brings_it_down() {
    const SLOWEST: Duration = Duration::from_millis(100);
    for name in ["rnn_tanh_h1_t1", "gru_words"] {
        let whole = bytes(name);
        let header = 8 + u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
        let (mut opened, mut slowest) = (0, Duration::ZERO);
        for bit in 0..header * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                // Others work on this machine too: the best of three counts.
                let timed = || {
                    let start = Instant::now();
                    let outcome = Session::open(flipped.clone());
                    (start.elapsed(), outcome)
                };
                let (mut took, outcome) = timed();
                for _ in 0..2 {
                    took = if took > SLOWEST { timed().0 } else { took };
                }
                let open = outcome.is_ok();
                match outcome {
                    Ok(mut session) => exercise(&mut session),
                    Err(error) => assert!(
                        error.code() != "bug" && !error.place().is_empty() && !error.remedy().is_empty(),
                        "{error}"
                    ),
                }
                (took, open)
            }));
            let (took, open) =
                outcome.unwrap_or_else(|_| panic!("{name}: bit {bit} (byte {} of the file) brought it down", bit / 8));
            assert!(took < SLOWEST, "{name}: bit {bit} took {took:?}, {SLOWEST:?} allowed");
            (opened, slowest) = (opened + usize::from(open), slowest.max(took));
        }
        eprintln!("{name}: {opened} of {} flips still open; the slowest took {slowest:?}", header * 8);
    }
}

/// What is wrong, the convention it is made from, how, the code and the place of the refusal, and a part of its words.
type Fault = (&'static str, &'static str, fn(&mut Value, &mut Tensors), &'static str, &'static str, &'static str);

fn tensor<'a>(tensors: &'a mut Tensors, name: &str) -> &'a mut (String, Vec<usize>, Vec<f64>) {
    tensors.iter_mut().find(|(found, ..)| found == name).unwrap()
}

const FAULTS: &[Fault] = &[
    (
        "a missing tensor",
        "lstm_h3_t7",
        |_, t| t.retain(|(name, ..)| name != "rnn.weight_hh_l0"),
        "bad-file",
        "rnn.weight_hh_l0",
        "no such tensor",
    ),
    (
        "a transposed tensor",
        "lstm_h3_t7",
        |_, t| tensor(t, "rnn.weight_ih_l0").1.reverse(),
        "bad-file",
        "rnn.weight_ih_l0",
        "expected shape [12, 4], found [4, 12]",
    ),
    (
        "a NaN",
        "lstm_h3_t7",
        |_, t| tensor(t, "rnn.weight_hh_l0").2[7] = f64::NAN,
        "bad-file",
        "rnn.weight_hh_l0",
        "element 7 is NaN",
    ),
    (
        "an infinity",
        "gru_words",
        |_, t| tensor(t, "embedding.weight").2[3] = f64::NEG_INFINITY,
        "bad-file",
        "embedding.weight",
        "element 3 is -inf",
    ),
    (
        "an unknown cell",
        "lstm_h3_t7",
        |m, _| m["layers"][0]["kind"] = json!("mamba"),
        "unsupported",
        "layers.kind",
        "mamba",
    ),
    (
        "an unknown activation",
        "rnn_tanh_h3_l2",
        |m, _| m["layers"][0]["activation"] = json!("gelu"),
        "unsupported",
        "layers.activation",
        "gelu",
    ),
    (
        "an unknown gate order",
        "lstm_h3_t7",
        |m, _| m["layers"][0]["gate_order"] = json!("iffo"),
        "unsupported",
        "layers.gate_order",
        "iffo",
    ),
    (
        "an unknown update gate",
        "gru_h3_t7",
        |m, _| m["layers"][0]["update_gate"] = json!("half"),
        "unsupported",
        "layers.update_gate",
        "half",
    ),
    (
        "an unknown head",
        "lstm_h3_t7",
        |m, _| m["head"]["on"] = json!("median-state"),
        "bad-file",
        "__metadata__.rnnscope",
        "median-state",
    ),
    (
        "an unknown kind of input",
        "lstm_h3_t7",
        |m, _| m["input"]["kind"] = json!("pictures"),
        "bad-file",
        "__metadata__.rnnscope",
        "pictures",
    ),
    (
        "an unknown tokenizer",
        "gru_words",
        |m, _| m["input"]["tokenizer"] = json!("bpe"),
        "unsupported",
        "input.tokenizer",
        "bpe",
    ),
    ("a later version", "lstm_h3_t7", |m, _| m["version"] = json!(2), "unsupported", "metadata version", "2"),
    (
        "a vocabulary shorter than the inputs",
        "lstm_characters",
        |m, _| drop(m["vocab"].as_array_mut().unwrap().pop()),
        "bad-file",
        "vocab",
        "3 entries, 4 inputs",
    ),
    (
        "a vocabulary shorter than the embedding",
        "gru_words",
        |m, _| drop(m["vocab"].as_array_mut().unwrap().pop()),
        "bad-file",
        "embedding.weight",
        "expected shape [4, 4], found [5, 4]",
    ),
    ("no vocabulary", "lstm_characters", |m, _| m["vocab"] = json!([]), "bad-file", "vocab", "needs its vocabulary"),
    ("no classes", "lstm_h3_t7", |m, _| m["classes"] = json!([]), "bad-file", "classes", "names of its classes"),
    (
        "more classes than outputs",
        "lstm_h3_t7",
        |m, _| m["classes"] = json!(["a", "b", "c", "d"]),
        "bad-file",
        "head.weight",
        "expected shape [4, 3], found [3, 3]",
    ),
    ("no layers", "lstm_h3_t7", |m, _| m["layers"] = json!([]), "bad-file", "layers", "0 layers"),
    (
        "65 layers",
        "lstm_h3_t7",
        |m, _| m["layers"] = Value::Array(vec![m["layers"][0].clone(); 65]),
        "bad-file",
        "layers",
        "65 layers",
    ),
    ("no units", "lstm_h3_t7", |m, _| m["layers"][0]["hidden"] = json!(0), "bad-file", "layers[0].hidden", "0"),
    (
        "2^40 units",
        "lstm_h3_t7",
        |m, _| m["layers"][0]["hidden"] = json!(1u64 << 40),
        "bad-file",
        "layers[0].hidden",
        "1099511627776",
    ),
    (
        "2^20 units that the file lacks",
        "lstm_h3_t7",
        |m, _| m["layers"][0]["hidden"] = json!(1 << 20),
        "bad-file",
        "rnn.weight_ih_l0",
        "expected shape",
    ),
    (
        "layers that do not fit",
        "lstm_h5_l2",
        |m, _| m["layers"][1]["input"] = json!(4),
        "bad-file",
        "layers[1].input",
        "5 come from below",
    ),
    (
        "too few names",
        "lstm_h3_t7",
        |m, _| drop(m["feature_names"].as_array_mut().unwrap().pop()),
        "bad-file",
        "feature_names",
        "3 entries for 4 inputs",
    ),
    (
        "too few means",
        "lstm_h3_t7",
        |m, _| m["input"]["normalisation"]["mean"] = json!([0.0]),
        "bad-file",
        "input.normalisation.mean",
        "1 entries for 4 inputs",
    ),
    (
        "a deviation of zero",
        "lstm_h3_t7",
        |m, _| m["input"]["normalisation"]["std"][2] = json!(0.0),
        "bad-file",
        "input.normalisation.std[2]",
        "above zero",
    ),
    (
        "a clip below zero",
        "lstm_h3_t7",
        |m, _| m["input"]["normalisation"]["clip"] = json!(-5.0),
        "bad-file",
        "input.normalisation.clip",
        "above zero",
    ),
    (
        "a list for a name",
        "lstm_h3_t7",
        |m, _| m["name"] = json!(["a"]),
        "bad-file",
        "__metadata__.rnnscope",
        "expected a string",
    ),
];

#[test]
fn what_is_wrong_with_a_file_is_named_with_its_place() {
    for (what, convention, spoil, code, place, words) in FAULTS {
        let file = bytes(convention);
        let (mut metadata, mut tensors) = (description(&file), weights(&import::read(file.clone()).unwrap()));
        assert!(Session::open(write(&metadata, &tensors)).is_ok(), "{convention} as it is");
        spoil(&mut metadata, &mut tensors);
        let error = refused(what, Session::open(write(&metadata, &tensors)));
        named(what, &error, code, place);
        assert!(error.to_string().contains(words), "{what}: {error}");
    }
}

/// A container with this header and as many bytes of data.
fn container(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[test]
fn hostile_containers_are_refused() {
    let two_to_60 = 1u64 << 60;
    let deep = format!(r#"{{"__metadata__":{{"rnnscope":"{{\"training\":{}"}}}}"#, "[".repeat(100_000));
    let cases = [
        (
            "a shape of 2^60",
            container(&format!(r#"{{"w":{{"dtype":"F32","shape":[{two_to_60}],"data_offsets":[0,8]}}}}"#), 8),
            "header",
        ),
        (
            "a shape that overflows",
            container(
                &format!(r#"{{"w":{{"dtype":"F32","shape":[{two_to_60},{two_to_60}],"data_offsets":[0,8]}}}}"#),
                8,
            ),
            "header",
        ),
        (
            "offsets beyond the end",
            container(&format!(r#"{{"w":{{"dtype":"F32","shape":[2],"data_offsets":[0,{two_to_60}]}}}}"#), 8),
            "header",
        ),
        (
            "offsets the wrong way round",
            container(r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8),
            "header",
        ),
        ("a header without an end", container("{", 8), "header"),
        (
            "no metadata and no layer",
            container(r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8),
            "layers",
        ),
        ("metadata that are no JSON", container(r#"{"__metadata__":{"rnnscope":"lstm"}}"#, 0), "__metadata__.rnnscope"),
        ("metadata nested 100,000 deep", container(&deep, 0), "__metadata__.rnnscope"),
        (
            "a long name",
            container(&format!(r#"{{"{}":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}}}"#, "w".repeat(600)), 8),
            "header",
        ),
        (
            "a rank of nine",
            container(r#"{"w":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}"#, 8),
            "w",
        ),
        ("a header of 2^64 bytes", [vec![0xff; 8], b"{}".to_vec()].concat(), "byte 0"),
    ];
    for (what, bytes, place) in cases {
        named(what, &refused(what, Session::open(bytes)), "bad-file", place);
    }
}

#[test]
fn other_formats_are_called_by_their_names() {
    let cases: [(&[u8], &str); 7] = [
        (b"PK\x03\x04 archive", "zip"),
        (b"\x80\x02}q\x00.", "pickle"),
        (b"\x80\x04\x95\x0b\x00", "pickle"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"", "not a file that we recognise"),
        (b"<!DOCTYPE html><title>404</title>", "not a file that we recognise"),
    ];
    for (bytes, name) in cases {
        let error = refused(name, Session::open(bytes.to_vec()));
        named(name, &error, "unsupported", "byte 0");
        assert!(error.to_string().contains(name), "{name}: {error}");
        assert!(error.remedy().contains("safetensors"), "{name}: {}", error.remedy());
    }
}

#[test]
fn markup_in_names_stays_text_and_strange_lists_do_no_harm() {
    const MARKUP: &str = "<img src=x onerror=alert(1)>";
    let file = bytes("lstm_h3_t7");
    let (mut metadata, tensors) = (description(&file), weights(&import::read(file.clone()).unwrap()));
    for name in ["name", "title"] {
        metadata[name] = json!(MARKUP);
    }
    metadata["classes"][0] = json!(MARKUP);
    metadata["feature_names"][0] = json!(MARKUP);
    metadata["training"] = json!({"metric": {"name": MARKUP, "value": MARKUP}});
    let mut session = Session::open(write(&metadata, &tensors)).unwrap();
    let card = session.card();
    assert_eq!([&card.name, &card.title, &card.classes[0], &card.features[0].name], [MARKUP; 4]);
    assert!(card.rows.contains(&(MARKUP.into(), MARKUP.into())), "{:?}", card.rows);
    exercise(&mut session);
    // Lists of a series in a text model, without the names that a series would need.
    let file = bytes("lstm_characters");
    let (mut metadata, tensors) = (description(&file), weights(&import::read(file.clone()).unwrap()));
    metadata["features"] = json!([{"variable": "x", "role": "value"}, {"variable": "y", "role": "static"}]);
    exercise(&mut Session::open(write(&metadata, &tensors)).unwrap());
}

/// Everything that a session answers.
fn state(session: &Session) -> String {
    let last = session.steps() - 1;
    format!(
        "{:?} {:?} {:?} {:?}",
        session.describe(),
        session.prediction(last),
        session.attribution(),
        session.heatmap_view(&Selection::default())
    )
}

/// A session with an input, its trace and an answer.
fn settled(convention: &str, input: &str) -> Session {
    let mut session = Session::open(bytes(convention)).unwrap();
    session.read_text(input).or_else(|_| session.read_series(input)).unwrap();
    session.start_trace().unwrap();
    while !session.advance(1000).unwrap().done {}
    session.start_attribution(request("integrated-gradients", "logit", 0, "zeros", "f32")).unwrap();
    while !session.advance(1000).unwrap().done {}
    assert!(session.attribution().is_ok());
    session
}

/// Refuses with this place, and then still says what it said before.
#[track_caller]
fn harmless<T>(
    session: &mut Session,
    what: &str,
    place: &str,
    action: impl FnOnce(&mut Session) -> rnnscope::Result<T>,
) {
    let before = state(session);
    let error = action(session).err().unwrap_or_else(|| panic!("{what} was accepted"));
    named(what, &error, "bad-request", place);
    assert_eq!(state(session), before, "after {what}");
}

#[test]
fn wrong_texts_are_refused_and_strange_ones_read() {
    let mut characters = settled("lstm_characters", "a é\naa ");
    harmless(&mut characters, "an empty text", "text", |s| s.read_text(""));
    harmless(&mut characters, "100,001 characters", "text", |s| s.read_text(&"a".repeat(100_001)));
    harmless(&mut characters, "a table for text", "input", |s| s.read_series("step,x0\n0,1\n"));
    harmless(&mut characters, "a value of a text", "input", |s| s.set_value(0, 0, 1.0));
    let mut words = settled("gru_words", "Good? don't GOOD x9 good.");
    harmless(&mut words, "spaces only", "text", |s| s.read_text(" \n\t \u{a0}"));
    harmless(&mut words, "100,001 words", "text", |s| s.read_text(&"a ".repeat(100_001)));
    let read = characters.read_text("aé🦀\0ß\u{301}").unwrap();
    assert_eq!((read.n_steps, read.n_unknown), (6, 4), "{:?}", read.warnings);
    assert!(read.warnings.iter().any(|warning| warning.contains("read as nothing")), "{:?}", read.warnings);
    exercise(&mut characters);
    let read = words.read_text("\0 é 🦀🦀 <b>").unwrap();
    assert_eq!((read.n_steps, read.n_unknown), (7, 7), "{:?}", read.tokens);
    assert_eq!(characters.read_text(&"a".repeat(100_000)).unwrap().n_steps, 100_000);
}

#[test]
fn wrong_tables_are_refused_and_incomplete_ones_read() {
    let mut series = settled("lstm_every_step", &table(&waves((6, 4))));
    let cases = [
        ("nothing", "", "series"),
        ("a header alone", "step,x0\n", "series"),
        ("a text", "once upon a time", "header line"),
        ("no known variable", "step,y0\n0,1\n", "header line"),
        ("a word for a number", "step,x0\n0,one\n", "line 2, x0"),
        ("an infinity", "step,x0\n0,inf\n", "line 2, x0"),
        ("a number beyond all", "step,x0\n0,1e999\n", "line 2, x0"),
        ("too many cells", "step,x0\n0,1,2\n", "line 2"),
        ("too few cells", "step,x0,x1\n0,1\n", "line 2"),
        ("a wrong static", "# age=old\nstep,x0\n0,1\n", "line 1"),
        ("an infinite static", "# age=inf\nstep,x0\n0,1\n", "line 1"),
        ("a static that is no number", "# age=NaN\nstep,x0\n0,1\n", "line 1"),
    ];
    for (what, text, place) in cases {
        harmless(&mut series, what, place, |s| s.read_series(text));
    }
    harmless(&mut series, "100,001 steps", "series", |s| {
        s.read_series(&format!("step,x0\n{}", "0,1\n".repeat(100_001)))
    });
    harmless(&mut series, "a text", "input", |s| s.read_text("good"));
    harmless(&mut series, "a fifth variable", "value", |s| s.set_value(4, 0, 1.0));
    harmless(&mut series, "a seventh step", "value", |s| s.set_value(0, 6, 1.0));
    harmless(&mut series, "an infinite value", "value", |s| s.set_value(0, 0, f64::INFINITY));
    let read = series.read_series("step,x2,weather\n0,1.5,3\n1,,\n").unwrap();
    assert_eq!(read.n_steps, 2);
    assert!(
        read.warnings.iter().any(|warning| warning.contains("never measured") && warning.contains("x0, x1, x3")),
        "{:?}",
        read.warnings
    );
    assert!(read.warnings.iter().any(|warning| warning.contains("weather")), "{:?}", read.warnings);
    exercise(&mut series);
}

#[test]
fn wrong_requests_are_refused_and_the_former_answer_stays() {
    fn setting(request: &mut Request, id: &str, weight: Weight) {
        request.params.insert(id.into(), weight);
    }
    type Spoil = fn(&mut Request);
    let cases: [(&str, &str, Spoil); 24] = [
        ("a step beyond the end", "time step", |r| r.target.step = 7),
        ("the largest step", "time step", |r| r.target.step = i64::from(u32::MAX) - 1),
        ("a class too many", "class", |r| r.target.class = 4),
        ("a class compared with itself", "class to compare with", |r| {
            (r.target.readout, r.target.class, r.target.versus) = ("difference".into(), 1, 1)
        }),
        ("a class compared with none", "class to compare with", |r| {
            (r.target.readout, r.target.versus) = ("difference".into(), 4)
        }),
        ("an unknown readout", "target", |r| r.target.readout = "entropy".into()),
        ("an unknown unit", "unit", |r| (r.target.readout, r.target.unit) = ("hidden".into(), 3)),
        ("an unknown layer", "layer", |r| (r.target.readout, r.target.layer) = ("hidden".into(), 1)),
        ("an unknown direction", "layer", |r| (r.target.readout, r.target.direction) = ("hidden".into(), 1)),
        ("an unknown method", "method", |r| r.method = "tarot".into()),
        ("a method for series", "method", |r| r.method = "occlusion-feature".into()),
        ("an unknown setting", "setting", |r| setting(r, "luck", Weight::Number(1.0))),
        ("a setting of another method", "setting", |r| {
            (r.method, r.params) = ("gradient".into(), [("steps".into(), Weight::Number(8.0))].into())
        }),
        ("no steps", "Steps at first", |r| setting(r, "steps", Weight::Number(0.0))),
        ("too many steps", "Steps at first", |r| setting(r, "steps", Weight::Number(1e9))),
        ("steps that are no number", "Steps at first", |r| setting(r, "steps", Weight::Number(f64::NAN))),
        ("a word for a number", "Tolerance", |r| setting(r, "tolerance", Weight::Word("small".into()))),
        ("an infinite budget", "At most", |r| setting(r, "budget", Weight::Number(f64::INFINITY))),
        ("an unknown rule", "Rule", |r| setting(r, "rule", Weight::Word("simpson".into()))),
        ("a number for a word", "Rule", |r| setting(r, "rule", Weight::Number(1.0))),
        ("an unknown baseline", "baseline", |r| r.baseline.id = "ones".into()),
        ("padding that a vocabulary lacks", "baseline", |r| r.baseline.id = "padding".into()),
        ("a baseline that is not given", "baseline", |r| r.baseline.id = "sample".into()),
        ("an unknown precision", "precision", |r| r.precision = "f16".into()),
    ];
    let mut text = settled("lstm_characters", "a é\naa ");
    for (what, place, spoil) in cases {
        let mut asked = request("integrated-gradients", "logit", 0, "zeros", "f32");
        spoil(&mut asked);
        harmless(&mut text, what, place, |s| s.start_attribution(asked));
    }
    let sample = |of: &str| {
        let mut asked = request("integrated-gradients", "logit", 0, "sample", "f32");
        asked.baseline.sample = Some(of.into());
        asked
    };
    harmless(&mut text, "an empty sample", "text", |s| s.start_attribution(sample("")));
    harmless(&mut text, "a prediction beyond the end", "time step", |s| s.prediction(7));
    harmless(&mut text, "a unit that is not there", "unit", |s| {
        s.value(&Selection { unit: 3, ..Selection::default() }, 0)
    });
    harmless(&mut text, "a quantity that is not there", "quantity", |s| {
        s.lines_view(&Selection { quantity: "reset_gate".into(), ..Selection::default() })
            .and(s.heatmap_view(&Selection { quantity: "reset_gate".into(), ..Selection::default() }))
    });
    let mut series = settled("lstm_every_step", &table(&waves((6, 4))));
    harmless(&mut series, "a text as a series' sample", "header line", |s| {
        s.start_attribution(sample("once upon a time"))
    });
    harmless(&mut series, "a strip of a classifier", "strip", |s| s.predictions_strip());
    // And the next right request is answered.
    text.start_attribution(request("gradient", "hidden", 0, "zeros", "f64")).unwrap();
    while !text.advance(3).unwrap().done {}
    assert_eq!(text.attribution().unwrap().method, "Gradient");
}

#[test]
fn questions_before_their_time_are_refused() {
    for case in conventions() {
        let mut session = Session::open(case.file.clone()).unwrap();
        let errors = [
            (session.describe().err(), "input"),
            (session.start_trace().err(), "input"),
            (session.start_attribution(request("gradient", "logit", 0, "zeros", "f32")).err(), "input"),
            (session.attribution().err(), "answer"),
            (session.prediction(0).err(), "view"),
            (session.heatmap_view(&Selection::default()).err(), "view"),
        ];
        for (error, place) in errors {
            named(&case.name, &error.unwrap(), "bad-request", place);
        }
        assert!(session.advance(10).unwrap().done, "{}: nothing was begun", case.name);
    }
}
