//! The study that reads many inputs: each is traced and explained, mistakes are asked about, and at last parts are
//! exchanged between the inputs.

use super::cohort::{Cohort, Culprit, Found, Mistake, Row, Sample};
use super::study::{self, Study};
use super::{Request, Session};
use crate::attribution::Reduction;
use crate::cohort::{Average, Exchange, Measure, Occurrences, Part, averages, culprits};
use crate::import::InputKind;
use crate::math::descending;
use crate::network::{Readout, Trace};
use crate::view::{
    Labels,
    build::{self, Caption},
};
use crate::{Error, Result};
use std::rc::Rc;

/// Words that are drawn, culprits that are named, stretches of time that are exchanged, and how often.
const WORDS: usize = 24;
const NAMED: usize = 5;
const STRETCHES: usize = 6;
const REPEATS: usize = 10;
const SEED: u64 = 1;

/// What the reader is at.
enum Stage {
    Next,
    Tracing,
    /// The question of the page.
    Explaining,
    /// Why the wrong class rather than the right one: (wrong, right).
    Blaming(usize, usize),
    Exchanging(Box<Exchange<f32>>, Vec<String>, usize),
    Done,
}

/// The study.
pub(super) struct Reading {
    reader: Session,
    request: Request,
    samples: Vec<Sample>,
    stage: Stage,
    /// Number of the sample that is read.
    at: usize,
    traces: Vec<Rc<Trace<f32>>>,
    measures: Vec<Measure>,
    corpus: Vec<Occurrences>,
    found: Cohort,
}

impl Reading {
    /// `reader` has read nothing yet.
    pub(super) fn new(reader: Session, request: Request, samples: Vec<Sample>, found: Cohort) -> Reading {
        let (traces, measures, corpus) = (Vec::new(), Vec::new(), Vec::new());
        Reading { reader, request, samples, stage: Stage::Next, at: 0, traces, measures, corpus, found }
    }

    /// Reads the sample; what cannot be read is left out, and named.
    fn open(&mut self) -> Result<()> {
        let Sample { text, .. } = &self.samples[self.at];
        if self.reader.is_series() { self.reader.read_series(text) } else { self.reader.read_text(text) }?;
        self.reader.start_trace()
    }

    fn leave_out(&mut self, error: &Error) {
        self.found.left_out.push((self.samples[self.at].title.clone(), error.to_string()));
        self.next();
    }

    fn next(&mut self) {
        (self.at, self.stage) = (self.at + 1, Stage::Next);
        self.found.read = self.at;
    }

    /// Does a unit of what the reader is at; true when that is finished.
    fn step(&mut self) -> Result<bool> {
        Ok(self.reader.advance(1)?.done)
    }

    /// Names and scores of the parts that the answer of the reader is about.
    fn parts(&self) -> Result<(Labels, Vec<f64>)> {
        let Some(answer) = &self.reader.answer else { return Ok(Default::default()) };
        self.reader.parts_of(answer).map(|(_, names, scores)| (names, scores))
    }

    /// The sample is traced: what the network says of it, and whether that is right.
    fn judge(&mut self) -> Result<()> {
        let trace = self.reader.need_trace()?.clone();
        let mut target = self.reader.target(&self.request.target)?;
        let truth = self.samples[self.at].label.as_deref().and_then(|label| self.reader.class_named(label));
        let single = self.reader.narrow.classes() == 1;
        let measure = match truth {
            None => Measure::Move(target),
            Some(class) if single => {
                (target.readout, target.class) = (Readout::Logit, 0);
                Measure::Cross(target, class == 1)
            }
            Some(class) => {
                (target.readout, target.class) = (Readout::LogProbability, class);
                Measure::Loss(target)
            }
        };
        self.traces.push(trace);
        self.measures.push(measure);
        Ok(())
    }

    /// The class that the network says, the right one, and the probability that it gives to what it says.
    fn verdict(&self) -> Result<Option<(usize, usize, f64)>> {
        let Some(truth) = self.samples[self.at].label.as_deref().and_then(|label| self.reader.class_named(label))
        else {
            return Ok(None);
        };
        let said = self.reader.prediction(self.reader.steps().saturating_sub(1))?;
        let Some(best) = said.classes.first() else { return Ok(None) };
        Ok(Some(match self.reader.narrow.classes() {
            1 if best.probability < 0.5 => (0, truth, 1.0 - best.probability),
            1 => (1, truth, best.probability),
            _ => (best.class, truth, best.probability),
        }))
    }

    /// Do the bars of the answer speak for or against a score?
    fn speaks(&self) -> Result<bool> {
        let signed = crate::attribution::find(&self.request.method)?.signed;
        Ok(signed && self.reader.answer.as_ref().is_some_and(|answer| answer.reduction == Reduction::Sum))
    }

    /// Asks why the wrong class rather than the right one.
    fn blame(&mut self, wrong: usize, right: usize) -> Result<()> {
        let mut request = self.request.clone();
        let single = self.reader.narrow.classes() == 1;
        request.target.readout = if single { "logit".into() } else { "difference".into() };
        (request.target.class, request.target.versus) = if single { (0, 0) } else { (wrong, right) };
        self.reader.start_attribution(request)
    }

    /// Notes a mistake by what spoke for it.
    fn accuse(&mut self, wrong: usize, right: usize) -> Result<()> {
        let (labels, mut scores) = self.parts()?;
        let single = self.reader.narrow.classes() == 1;
        if single && wrong == 0 {
            scores.iter_mut().for_each(|score| *score = -*score); // the one logit speaks for the class that is right
        }
        let named = culprits(&scores).into_iter().take(NAMED);
        let culprits = named.map(|one| Culprit { label: labels[one.part].clone(), score: one.score }).collect();
        self.note(wrong, right, scores.iter().sum(), culprits)
    }

    /// Notes a mistake, and how much spoke for the wrong class.
    fn note(&mut self, said: usize, truth: usize, wrong: f64, culprits: Vec<Culprit>) -> Result<()> {
        let classes = self.reader.class_labels();
        let name = |class: usize| match (self.reader.narrow.classes(), class) {
            (1, 0) => format!("not {}", classes[0]),
            (1, _) => classes[0].clone(),
            _ => classes.get(class).cloned().unwrap_or_default(),
        };
        let (said, truth) = (name(said), name(truth));
        let probability = self.verdict()?.map_or(f64::NAN, |(.., probability)| probability);
        let title = self.samples[self.at].title.clone();
        self.found.mistakes.push(Mistake { index: self.at, title, truth, said, probability, wrong, culprits });
        Ok(())
    }

    /// What can be exchanged between the inputs, if anything: names of the parts, and how many of them are columns.
    fn exchange(&mut self) -> Stage {
        let reader = &self.reader;
        if !reader.is_series() {
            self.found.exchanged = format!(
                "Parts are exchanged between series only: a {} of one text has no counterpart in another.",
                reader.step_name()
            );
            return Stage::Done;
        }
        let (mut names, mut parts): (Vec<String>, Vec<Part>) = (Vec::new(), Vec::new());
        for (k, column) in reader.spec.columns.iter().enumerate() {
            match names.iter().position(|name| *name == column.variable) {
                Some(known) => {
                    if let Part::Columns(columns) = &mut parts[known] {
                        columns.push(k);
                    }
                }
                None => {
                    names.push(column.variable.clone());
                    parts.push(Part::Columns(vec![k]));
                }
            }
        }
        let (variables, steps) = (parts.len(), reader.steps());
        let length = steps.div_ceil(STRETCHES).max(1);
        for from in (0..steps).step_by(length) {
            let to = (from + length).min(steps);
            names.push(format!("{}–{}", from + 1, to));
            parts.push(Part::Steps(from..to));
        }
        // Where some labels are known, only those inputs can tell what is lost.
        let known = self.measures.iter().any(|measure| !matches!(measure, Measure::Move(_)));
        let usable = |measure: &Measure| !known || !matches!(measure, Measure::Move(_));
        let chosen: Vec<usize> = (0..self.measures.len()).filter(|s| usable(&self.measures[*s])).collect();
        let traces: Vec<Rc<Trace<f32>>> = chosen.iter().map(|s| self.traces[*s].clone()).collect();
        let measures = chosen.iter().map(|s| self.measures[*s]).collect();
        let Some(exchange) = Exchange::new(&traces, measures, parts, REPEATS, SEED) else {
            self.found.exchanged = "Nothing was exchanged: that takes two inputs of one length.".into();
            return Stage::Done;
        };
        let what = if known {
            "by how much the loss (nats) grows; below zero, chance helped".to_string()
        } else {
            format!("by how much the score moves ({}), since no right answers are known", self.found.unit)
        };
        self.found.exchanged = format!(
            "Each part of every input was replaced by that of another one, drawn {REPEATS} times (seed {SEED}): {what}. Whiskers are one standard deviation over the draws. Parts that go together are exchanged apart, so what they share may be missing from both."
        );
        Stage::Exchanging(Box::new(exchange), names, variables)
    }

    /// Where to read on, after the question of the page is answered.
    fn answered(&mut self) -> Result<Stage> {
        let (labels, scores) = self.parts()?;
        let words = self.reader.checkpoint.metadata.input.kind == InputKind::Words;
        let labels = labels.iter().map(|label| if words { label.to_lowercase() } else { label.clone() }).collect();
        self.corpus.push(Occurrences { labels, scores });
        let Some((said, truth, _)) = self.verdict()? else { return Ok(Stage::Next) };
        self.found.labelled += 1;
        if said == truth {
            self.found.right += 1;
            return Ok(Stage::Next);
        }
        if !self.speaks()? {
            self.found.unblamed = format!(
                "{} gives sizes without a sign, which cannot speak for one class against another: choose a method with shares to see what misled the network.",
                self.found.method
            );
            self.note(said, truth, 0.0, Vec::new())?;
            return Ok(Stage::Next);
        }
        self.blame(said, truth)?;
        Ok(Stage::Blaming(said, truth))
    }
}

impl Study for Reading {
    fn advance(&mut self) -> Result<bool> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Next if self.at == self.samples.len() => self.stage = self.exchange(),
            Stage::Next => match self.open() {
                Ok(()) => self.stage = Stage::Tracing,
                Err(error) => self.leave_out(&error),
            },
            Stage::Tracing => {
                self.stage = Stage::Tracing;
                if self.step()? {
                    match self.judge().and_then(|()| self.reader.start_attribution(self.request.clone())) {
                        Ok(()) => self.stage = Stage::Explaining,
                        Err(error) => self.leave_out(&error),
                    }
                }
            }
            Stage::Explaining => {
                self.stage = Stage::Explaining;
                if self.step()? {
                    match self.answered()? {
                        Stage::Next => self.next(),
                        stage => self.stage = stage,
                    }
                }
            }
            Stage::Blaming(wrong, right) => {
                self.stage = Stage::Blaming(wrong, right);
                if self.step()? {
                    self.accuse(wrong, right)?;
                    self.next();
                }
            }
            Stage::Exchanging(mut exchange, names, variables) => {
                let more = exchange.advance();
                self.stage = Stage::Exchanging(exchange, names, variables);
                return Ok(more);
            }
            Stage::Done => return Ok(false),
        }
        Ok(true)
    }

    fn progress(&self) -> (usize, usize) {
        match &self.stage {
            Stage::Exchanging(exchange, ..) => {
                let (done, total) = exchange.progress();
                (total + done, 2 * total)
            }
            _ => (self.at, 2 * self.samples.len()),
        }
    }

    fn found(&self) -> Option<study::Found> {
        if self.corpus.is_empty() && self.found.left_out.is_empty() {
            return None;
        }
        let mut found = self.found.clone();
        let all = averages(&self.corpus);
        let row = |one: &Average| Row {
            label: one.label.clone(),
            count: one.count,
            mean: one.mean,
            deviation: one.deviation,
            positive: one.positive,
            negated: one.negated,
            plain: one.plain,
        };
        // What is heavy and frequent comes first.
        let order = descending(&all.iter().map(|one| one.magnitude * (one.count as f64).sqrt()).collect::<Vec<_>>());
        found.averages = order.iter().map(|k| row(&all[*k])).collect();
        let worst = descending(&found.mistakes.iter().map(|mistake| mistake.wrong).collect::<Vec<_>>());
        found.mistakes = worst.iter().map(|k| self.found.mistakes[*k].clone()).collect();
        let bars = |title: String, label: &str, unit: &str, names: Labels, values: Vec<f32>, errors: Vec<f32>| {
            let signed = values.iter().any(|value| *value < 0.0);
            build::bars(Caption { title: &title, x_label: label, unit }, names, signed, None, values)
                .with(errors, Vec::new())
        };
        let shown: Vec<&Row> = found.averages.iter().take(WORDS).collect();
        let error =
            |row: &&Row| if row.count > 1 { (row.deviation / (row.count as f64).sqrt()) as f32 } else { f32::NAN };
        let kind =
            if self.reader.is_series() { "variable".to_string() } else { format!("{} type", self.reader.step_name()) };
        let pictures = vec![bars(
            format!("mean score by {kind}, {}", found.target),
            &kind,
            &found.unit,
            shown.iter().map(|row| format!("{} ×{}", row.label, row.count)).collect(),
            shown.iter().map(|row| row.mean as f32).collect(),
            shown.iter().map(error).collect(),
        )];
        found.pictures = pictures;
        if let Stage::Exchanging(exchange, names, variables) = &self.stage {
            let importances = exchange.importances();
            let moved = self.reader.target_label().map(|(_, unit)| unit).unwrap_or_default();
            let unit = if found.labelled > 0 { "nats" } else { moved.as_str() };
            let means: Vec<f64> = importances.iter().map(|one| one.mean).collect();
            let mut picture = |title: &str, label: &str, chosen: Vec<usize>| {
                if chosen.is_empty() {
                    return;
                }
                let values = chosen.iter().map(|k| means[*k] as f32).collect();
                let errors = chosen.iter().map(|k| importances[*k].deviation as f32).collect();
                found.pictures.push(bars(
                    title.into(),
                    label,
                    unit,
                    chosen.iter().map(|k| names[*k].clone()).collect(),
                    values,
                    errors,
                ));
            };
            let first = (*variables).min(means.len());
            let (heaviest, stretches) = (descending(&means[..first]), first..means.len());
            picture("exchanged: one variable", "variable", heaviest.into_iter().take(WORDS).collect());
            picture("exchanged: one stretch of time", self.reader.step_name(), stretches.collect());
        }
        Some(study::Found::Cohort(Box::new(Found(found))))
    }
}
