//! What if, as the page shows it: every row and every flip is what the retyped input really brings.

use crate::cases::request;
use rnnscope::session::{AlternativesRequest, Session, TurnRequest};

fn samples(file: &str) -> Vec<String> {
    let list: serde_json::Value =
        serde_json::from_slice(&std::fs::read(format!("www/models/samples/{file}.json")).unwrap()).unwrap();
    list["samples"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_string()).collect()
}

fn finish(session: &mut Session) {
    while !session.advance(1000).unwrap().done {}
}

fn opened(id: &str) -> Session {
    Session::open(std::fs::read(format!("www/models/{id}.safetensors")).unwrap()).unwrap()
}

fn read(session: &mut Session, text: &str) {
    if session.step_name() == "hour" { session.read_series(text) } else { session.read_text(text) }.unwrap();
    session.start_trace().unwrap();
    finish(session);
}

/// The predicted class and its probability after the last step; of one output "not …" below a half.
fn said(session: &Session) -> (String, f64) {
    let best = session.prediction(session.steps() - 1).unwrap().classes[0].clone();
    let single = session.trace().unwrap().logits_at(0).len() == 1;
    match single && best.probability < 0.5 {
        true => (format!("not {}", best.label), 1.0 - best.probability),
        false => (best.label, best.probability),
    }
}

#[test]
fn what_stands_instead_brings_what_the_row_says() {
    for (id, file, at) in [
        ("sentiment_lstm", "sentiment", 4),
        ("sentiment_bigru", "sentiment", 1),
        ("icu_gru_1x64", "icu", 10),
        ("prose_gru_1x128", "prose", 30),
    ] {
        let mut session = opened(id);
        read(&mut session, &samples(file)[0]);
        session.start_alternatives(AlternativesRequest { step: at, variable: 0 }).unwrap();
        assert!(session.alternatives().unwrap().rows.is_empty());
        finish(&mut session);
        let found = session.alternatives().unwrap();
        assert!(found.rows.len() > 10, "{id}: {} rows", found.rows.len());
        assert_eq!((found.outcome.label.clone(), found.step), (said(&session).0, at), "{id}");
        if file != "icu" {
            assert!(found.rows.windows(2).all(|pair| pair[0].distance <= pair[1].distance), "{id}: nearest first");
        }
        for row in found.rows.iter().step_by(5) {
            let mut fresh = opened(id);
            read(&mut fresh, &row.text);
            let (label, probability) = said(&fresh);
            assert_eq!(row.outcome.label, label, "{id}: {}", row.label);
            assert!((row.outcome.probability - probability).abs() < 1e-5, "{id}: {} {probability}", row.label);
            assert_eq!(row.flips, label != found.outcome.label);
        }
    }
}

#[test]
fn a_flip_flips_when_it_is_read_and_its_text_is_what_it_says() {
    for (id, file) in [
        ("sentiment_lstm", "sentiment"),
        ("sentiment_bigru", "sentiment"),
        ("icu_gru_1x64", "icu"),
        ("icu_attention_lstm_1x64", "icu"),
        ("prose_gru_1x128", "prose"),
    ] {
        let (mut flipped, mut tried, mut places) = (0, 0, 0);
        let mut session = opened(id);
        for text in samples(file).iter().take(8) {
            let text: String = if file == "prose" { text.chars().take(60).collect() } else { text.clone() };
            read(&mut session, &text);
            let before = said(&session);
            let most = if file == "icu" { 12 } else { 6 };
            session.start_turn(&TurnRequest { into: None, edits: most }).unwrap();
            finish(&mut session);
            let Ok(turn) = session.turn() else { panic!("{id}: an end without a word") };
            assert_eq!(turn.before.label, before.0, "{id}");
            assert!(turn.runs <= 3000 && turn.changes.len() <= most, "{id}");
            tried += 1;
            if !turn.flips {
                continue;
            }
            (flipped, places) = (flipped + 1, places + turn.changes.len());
            assert!(turn.proven, "{id}: {:?}", turn.changes);
            read(&mut session, &turn.text);
            let (label, probability) = said(&session);
            assert_ne!(label, before.0, "{id}");
            assert_eq!(label, turn.after.label);
            assert!((probability - turn.after.probability).abs() < 1e-6);
        }
        println!("{id}: {flipped} of {tried} flip, {places} places");
        assert!(flipped * 2 > tried, "{id}: {flipped} of {tried}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let mut session = opened("sentiment_lstm");
    assert!(session.start_turn(&TurnRequest::default()).unwrap_err().to_string().contains("trace"));
    read(&mut session, "a good film");
    for (problem, named) in [
        (session.start_alternatives(AlternativesRequest { step: 3, variable: 0 }), "time step"),
        (session.start_alternatives(AlternativesRequest { step: 0, variable: 1 }), "variable"),
        (session.start_turn(&TurnRequest { into: Some(1), edits: 3 }), "wished outcome"),
        (session.start_turn(&TurnRequest { into: None, edits: 0 }), "edits"),
    ] {
        let problem = problem.unwrap_err().to_string();
        assert!(problem.contains(named), "{problem}");
    }
    // The former answer is what it was.
    session.start_attribution(request("gradient", "logit", 0, "zeros", "f32")).unwrap();
    finish(&mut session);
    let answer = session.attribution().unwrap();
    session.start_turn(&TurnRequest::default()).unwrap();
    finish(&mut session);
    assert_eq!(session.attribution().unwrap(), answer);
}
