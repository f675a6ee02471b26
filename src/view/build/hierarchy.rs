//! A tree of phrases.

use super::largest;
use crate::attribution::Span;
use crate::view::{Hierarchy, Labels};

/// The spans of an answer over its steps; none if the method has none.
pub fn hierarchy(title: String, x_label: &str, unit: &str, labels: Labels, spans: &[Span]) -> Option<Hierarchy> {
    if spans.is_empty() {
        return None;
    }
    let each = |pick: fn(&Span) -> f64| spans.iter().map(|span| pick(span) as f32).collect::<Vec<f32>>();
    let (scores, errors) = (each(|span| span.score), each(|span| span.error));
    let sampled = errors.iter().any(|error| *error != 0.0);
    Some(Hierarchy {
        title,
        x_label: x_label.into(),
        unit: unit.into(),
        labels,
        limit: largest(&scores),
        from: each(|span| span.from as f64),
        to: each(|span| span.to as f64),
        level: each(|span| span.level as f64),
        scores,
        errors: if sampled { errors } else { Vec::new() },
    })
}
