//! Studies: work beside the answer, in slices, about the question that the shown answer answers.

use super::{Alternatives, Turn, cohort, inside};
use super::{Progress, Session};
use crate::{Error, Result};

/// One study under way.
pub(super) trait Study {
    /// Does one unit; false when nothing is left.
    fn advance(&mut self) -> Result<bool>;
    /// Units done and in all.
    fn progress(&self) -> (usize, usize);
    /// What is known so far; none before there is something to show.
    fn found(&self) -> Option<Found>;
}

/// What a study brought.
pub(super) enum Found {
    Inside(inside::Found),
    Cohort(Box<cohort::Found>),
    Alternatives(Box<Alternatives>),
    Turn(Box<Turn>),
}

/// What the studies brought last, one of each kind.
#[derive(Default)]
pub(super) struct Studies {
    pub(super) running: Option<Box<dyn Study>>,
    pub(super) inside: Option<inside::Found>,
    pub(super) cohort: Option<Box<cohort::Found>>,
    pub(super) alternatives: Option<Box<Alternatives>>,
    pub(super) turn: Option<Box<Turn>>,
}

impl Studies {
    /// Begins one. What a former study of its kind found has to be forgotten before.
    pub(super) fn begin(&mut self, study: Box<dyn Study>) {
        self.running = Some(study);
    }

    /// Puts away what the running study has found.
    pub(super) fn keep(&mut self) {
        match self.running.as_ref().and_then(|study| study.found()) {
            Some(Found::Inside(found)) => self.inside = Some(found),
            Some(Found::Cohort(found)) => self.cohort = Some(found),
            Some(Found::Alternatives(found)) => self.alternatives = Some(found),
            Some(Found::Turn(found)) => self.turn = Some(found),
            None => {}
        }
    }
}

impl Session {
    /// Does about `units` units of the study that was begun.
    pub(super) fn advance_study(&mut self, is_time: &mut dyn FnMut() -> bool) -> Result<Progress> {
        let nothing = || Error::Bug { place: "study", problem: "none was begun".into() };
        let mut more = self.studies.running.as_mut().ok_or_else(nothing)?.advance()?;
        while more && is_time() {
            more = self.studies.running.as_mut().ok_or_else(nothing)?.advance()?;
        }
        let (done, total) = self.studies.running.as_ref().ok_or_else(nothing)?.progress();
        if !more {
            self.studies.keep();
            self.studies.running = None;
            return Ok(Progress { done: true, fraction: 1.0, note: String::new(), units_left: 0 });
        }
        Ok(Progress {
            done: false,
            fraction: (done as f64 / total.max(1) as f64).min(0.999),
            note: String::new(),
            units_left: total.saturating_sub(done),
        })
    }
}
