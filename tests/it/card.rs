//! The model card counts every weight once, and names what nothing reads.

use rnnscope::session::{Card, Session};
use std::fs;

fn cards(folder: &str) -> Vec<(String, Card)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cards: Vec<(String, Card)> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "safetensors"))
        .map(|path| (path.display().to_string(), Session::open(fs::read(&path).unwrap()).unwrap().card()))
        .collect();
    cards.sort_by(|a, b| a.0.cmp(&b.0));
    cards
}

#[test]
fn every_weight_stands_on_the_card_once() {
    for (path, card) in cards("www/models").into_iter().chain(cards("tests/golden/exported")) {
        let counted = card.layers.iter().map(|layer| layer.parameters).sum::<usize>()
            + card.parts.iter().map(|part| part.parameters).sum::<usize>();
        assert_eq!(counted, card.parameters, "{path}");
        let tensors =
            card.layers.iter().flat_map(|layer| &layer.tensors).chain(card.parts.iter().flat_map(|part| &part.tensors));
        let stored: usize = tensors.map(|(_, shape)| shape.iter().product::<usize>()).sum();
        assert_eq!(stored, card.parameters, "{path}");
        assert!(card.unread.is_empty(), "{path}: {:?}", card.unread);
        assert_eq!(card.weights_hash.len(), 64, "{path}");
    }
}

#[test]
fn what_nothing_reads_is_named() {
    for (path, card) in cards("tests/golden/conventions") {
        // They hold their own goldens.
        assert!(
            !card.unread.is_empty() && card.unread.iter().all(|(name, _)| name.starts_with("golden.")),
            "{path}: {:?}",
            card.unread
        );
    }
}

#[test]
fn examples_and_notes_of_the_exporter_are_on_the_card() {
    let card = Session::open(fs::read("tests/golden/exported/series_gru_1x6.safetensors").unwrap()).unwrap().card();
    assert_eq!(card.examples, 3);
    assert_eq!(card.notes.len(), 2);
    assert!(card.notes[0].contains("sigmoid") && card.notes[1].contains("float32"), "{:?}", card.notes);
    let part = &card.parts[0];
    assert_eq!((part.name, part.about.as_str()), ("read-out", "linear, of the state of every step"));
    assert!(card.rows.contains(&("stored as".into(), "F32 (6 tensors)".into())), "{:?}", card.rows);
}
