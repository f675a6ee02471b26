//! A metric at work on the shown answer.

use super::posing::{Posing, SINGLE};
use crate::Result;
use crate::attribution::{Attribution, Method, Settings};
use crate::metrics::{Claim, Job, Measurement, Metric};
use std::rc::Rc;

/// The question is posed, then the metric judges the answer to it.
pub(super) struct Judging {
    pub(super) metric: &'static Metric,
    settings: Settings,
    /// Of the method.
    asked: (&'static Method, Settings),
    answer: Rc<Attribution>,
    posing: Posing,
    job: Option<Box<dyn Job>>,
}

impl Judging {
    /// Fails at once where the question is posed already and the metric refuses it.
    pub(super) fn new(
        metric: &'static Metric,
        settings: Settings,
        answer: Rc<Attribution>,
        posing: Posing,
    ) -> Result<Judging> {
        let asked = posing.asked();
        let mut judging = Judging { metric, settings, asked, answer, posing, job: None };
        judging.begin()?;
        Ok(judging)
    }

    fn begin(&mut self) -> Result<()> {
        let Some(problem) = self.posing.posed() else { return Ok(()) };
        let (method, settings) = self.asked.clone();
        let claim = Claim { problem: problem.clone(), answer: self.answer.clone(), method, settings };
        self.job = Some(self.metric.start(claim, &self.settings)?);
        Ok(())
    }

    /// Does one unit; false when nothing is left.
    pub(super) fn advance(&mut self) -> Result<bool> {
        match &mut self.job {
            Some(job) => job.advance(),
            None => {
                self.posing.advance();
                self.begin()?;
                Ok(true)
            }
        }
    }

    /// Units done and in all.
    pub(super) fn progress(&self) -> (usize, usize) {
        self.job.as_ref().map_or_else(|| self.posing.progress(), |job| (job.done(), job.total()))
    }

    /// What is known so far; none before the metric began.
    pub(super) fn measurement(&self) -> Option<Measurement> {
        let mut found = self.job.as_ref()?.measurement();
        if self.posing.other {
            let end = if found.note.is_empty() || found.note.ends_with('.') { "" } else { "." };
            found.note = format!("{}{end} {SINGLE}", found.note).trim_start().to_string();
        }
        Some(found)
    }
}
