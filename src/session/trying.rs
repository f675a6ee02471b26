//! The studies of what if, and their words: runs become rows, edits become an input that can be typed.

use super::describe::visible;
use super::study::{self, Study};
use super::whatif::{Alternative, Alternatives, AlternativesRequest, Change, Outcome, Turn};
use super::{Content, Session};
use crate::Result;
use crate::counterfactual::{Edit, Runs, Search, Space, Turned, predicted, probability};
use crate::network::Trace;
use std::rc::Rc;

/// The input, what may be put into it, and the step whose output counts.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) trace: Rc<Trace<f32>>,
    pub(super) space: Rc<dyn Space>,
    pub(super) reach: usize,
    pub(super) step: usize,
}

/// Something else is put at one step.
pub(super) struct Trying {
    pub(super) edits: Vec<Edit>,
    pub(super) runs: Runs,
    pub(super) session: Session,
    pub(super) place: Place,
    pub(super) request: AlternativesRequest,
}

/// A flip is looked for.
pub(super) struct Turning {
    pub(super) search: Search,
    pub(super) session: Session,
    pub(super) place: Place,
    /// Once the search has ended.
    pub(super) proven: Option<Turn>,
}

impl Session {
    fn outcome(&self, logits: &[f32], outcome: usize) -> Outcome {
        let classes = self.class_labels();
        let label = match (logits.len(), outcome) {
            (1, 0) => format!("not {}", classes.first().map_or("", String::as_str)),
            (1, _) => classes.first().cloned().unwrap_or_default(),
            _ => classes.get(outcome).cloned().unwrap_or_default(),
        };
        Outcome { label, probability: probability(logits, outcome) }
    }

    /// What an edit puts in.
    fn put(&self, edit: &Edit) -> String {
        match edit {
            Edit::Entry { entry, .. } => visible(&self.checkpoint.metadata.vocab[*entry]),
            Edit::Value { raw, .. } if raw.is_nan() => "not measured".into(),
            Edit::Value { raw, .. } => Session::written(*raw),
        }
    }

    fn change(&self, edit: &Edit) -> Change {
        let (step, to) = (edit.step(), self.put(edit));
        match (&self.content, edit) {
            (Some(Content::Series(series)), Edit::Value { variable, .. }) => {
                let (name, unit) = (&series.variables[*variable], &series.units[*variable]);
                let raw = series.values[*variable][step];
                let from = if raw.is_nan() { "not measured".into() } else { Session::written(raw) };
                let name = if unit.is_empty() { name.clone() } else { format!("{name}, {unit}") };
                Change { step, name, from, to }
            }
            _ => Change { step, name: String::new(), from: self.labels().get(step).cloned().unwrap_or_default(), to },
        }
    }

    /// The whole input after some edits, as it would be typed.
    fn retyped(&self, edits: &[Edit]) -> String {
        let entry = |t: usize| {
            edits.iter().find_map(|edit| match edit {
                Edit::Entry { step, entry } if *step == t => Some(self.checkpoint.metadata.vocab[*entry].as_str()),
                _ => None,
            })
        };
        match &self.content {
            Some(Content::Text(text)) => {
                let mut typed = String::new();
                let words = !self.checkpoint.metadata.input.kind.id().starts_with("char");
                for (t, token) in text.tokens.iter().enumerate() {
                    typed.push_str(&token.before);
                    let word = entry(t).unwrap_or(&token.label);
                    // Two words that nothing parts would be read as one.
                    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                    let edited = entry(t).is_some() || (t > 0 && entry(t - 1).is_some());
                    if words && edited && letter(typed.chars().next_back()) && letter(word.chars().next()) {
                        typed.push(' ');
                    }
                    typed.push_str(word);
                }
                typed
            }
            Some(Content::Series(series)) => {
                let fixed: String = series.fixed.iter().map(|(name, value)| format!("# {name}={value}\n")).collect();
                let value = |v: usize, t: usize| {
                    let edited = edits.iter().find_map(|edit| match edit {
                        Edit::Value { step, variable, raw } if (*step, *variable) == (t, v) => Some(*raw),
                        _ => None,
                    });
                    let raw = edited.unwrap_or(series.values[v][t]);
                    if raw.is_nan() { ",".to_string() } else { format!(",{raw}") }
                };
                let variables = 0..series.variables.len();
                let row = |t: usize| variables.clone().map(|v| value(v, t)).collect::<String>();
                let rows: String = (0..series.steps()).map(|t| format!("{t}{}\n", row(t))).collect();
                format!("{fixed}hour,{}\n{rows}", series.variables.join(","))
            }
            None => String::new(),
        }
    }

    /// Reads and runs the retyped input: what is predicted of it.
    fn read_anew(&self, text: &str, step: usize) -> Result<Vec<f32>> {
        let mut fresh = self.sibling();
        if self.is_series() { fresh.read_series(text) } else { fresh.read_text(text) }?;
        fresh.start_trace()?;
        while !fresh.advance(usize::MAX >> 8)?.done {}
        let trace = fresh.need_trace()?;
        Ok(trace.logits_at(step.min(trace.steps() - 1)).to_vec())
    }
}

impl Study for Trying {
    fn advance(&mut self) -> Result<bool> {
        Ok(self.runs.advance())
    }

    fn progress(&self) -> (usize, usize) {
        self.runs.progress()
    }

    fn found(&self) -> Option<study::Found> {
        let (session, before) = (&self.session, self.place.trace.logits_at(self.place.step));
        let said = predicted(before);
        let row = |(edit, logits): (&Edit, &Option<Vec<f32>>)| {
            let logits = logits.as_ref()?;
            let then = predicted(logits);
            Some(Alternative {
                label: session.put(edit),
                distance: self.place.space.size(edit),
                probability: probability(logits, said),
                outcome: session.outcome(logits, then),
                flips: then != said,
                text: session.retyped(&[*edit]),
            })
        };
        let AlternativesRequest { step, variable } = self.request;
        let now = self.edits.first().map(|edit| session.change(edit).from).unwrap_or_default();
        let rows = self.edits.iter().zip(self.runs.logits()).filter_map(row).collect();
        let outcome = session.outcome(before, said);
        Some(study::Found::Alternatives(Box::new(Alternatives { step, variable, now, outcome, rows })))
    }
}

impl Turning {
    fn worded(&self, Turned { edits, logits, flips, runs }: &Turned) -> Turn {
        let (session, before) = (&self.session, self.place.trace.logits_at(self.place.step));
        Turn {
            before: session.outcome(before, predicted(before)),
            after: session.outcome(logits, predicted(logits)),
            flips: *flips,
            proven: false,
            changes: edits.iter().map(|edit| session.change(edit)).collect(),
            runs: *runs,
            text: session.retyped(edits),
        }
    }
}

impl Study for Turning {
    fn advance(&mut self) -> Result<bool> {
        if self.search.advance() {
            return Ok(true);
        }
        let found = self.search.found();
        let mut turn = self.worded(found);
        // What was found by runs from the middle is read as a person would type it.
        if turn.flips {
            let fresh = self.session.read_anew(&turn.text, self.place.step)?;
            turn.proven = predicted(&fresh) == predicted(&found.logits);
            turn.after = self.session.outcome(&fresh, predicted(&fresh));
        }
        self.proven = Some(turn);
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        self.search.progress()
    }

    fn found(&self) -> Option<study::Found> {
        let found = self.search.found();
        let turn = self.proven.clone().or_else(|| (!found.edits.is_empty()).then(|| self.worded(found)));
        // An end without an edit is an answer too.
        Some(study::Found::Turn(Box::new(turn?)))
    }
}
