//! Wrong texts, tables and requests: a named refusal with a place and a remedy, and the state from before still answers.

use crate::bad_input::{bytes, exercise, named};
use crate::cases::{conventions, request, table, waves};
use rnnscope::session::{Request, Selection, Session, Weight};

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

/// What the menu says of a method that is not defined here is what whoever asks for it all the same is told.
#[test]
fn a_method_that_is_not_defined_here_is_refused_in_its_own_words() {
    let mut refused = 0;
    let inputs = [("gru_words", "Good? don't GOOD x9 good."), ("lstm_characters", "a é\naa ")];
    for (convention, input) in inputs {
        let mut session = settled(convention, input);
        for method in session.controls().methods.into_iter().filter(|method| !method.available) {
            let error = session.start_attribution(request(method.id, "logit", 0, "zeros", "f32")).unwrap_err();
            assert_eq!((error.code(), error.place()), ("bad-request", "method"), "{}", method.id);
            assert_eq!(error.to_string(), method.reason.trim_end_matches('.'), "{}", method.id);
            refused += 1;
        }
    }
    assert!(refused > 3, "{refused}");
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
