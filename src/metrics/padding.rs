//! Padding: what says nothing must get nothing.
//!
//! Padding is appended to the input, the baseline and every other input alike, and the method is asked again. Where the
//! score cannot see it (a network that reads forwards only, a score of an earlier step), it must get exactly zero and
//! change no bar. Where the network reads it, the numbers say how much it takes.

use super::metric::refused;
use super::rerun::{Question, Rerun};
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Attribution, Param, ParamKind, Settings};
use crate::network::{Network, Readout, Target};
use ndarray::{Array2, Axis, concatenate, s};

const STEPS: Param = Param {
    id: "steps",
    label: "Steps of padding",
    help: "How many steps are appended.",
    kind: ParamKind::Number { low: 1.0, high: 200.0, step: 1.0, log: true, default: 5.0 },
};

/// The metric.
pub const PADDING: Metric = Metric {
    id: "padding",
    label: "Padding",
    question: "Do steps that say nothing, or come too late for the score, get exactly zero?",
    formula: "Σ|φ| over steps after the target’s; Σ|φ| over appended padding and max|φ_t with padding − φ_t|",
    caveat: "Padding is the vocabulary’s padding entry, or zeros. This program’s networks read every step, as exported; a network that was trained with masking should be given its input without padding.",
    cost: "the method once",
    params: &[STEPS],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let (x, target) = (&claim.problem.pair.input.x, claim.problem.target);
    let steps = x.nrows();
    if claim.answer.scores.nrows() != steps {
        return refused("This method scores features, so padding has no bar; choose a method that scores steps.");
    }
    let appended = settings.number("steps") as usize;
    let network = claim.problem.pair.input.network.clone();
    let (padding, name) = padding(&network);
    let row = padding.row(0);
    let present = (0..claim.problem.steps()).filter(|t| x.row(*t) == row).collect();
    // Heads that read once read at the end.
    let at_end = !network.every_step() && target.readout != Readout::Hidden;
    let blind = !network.bidirectional() && !at_end;
    let rows = padding.broadcast((appended, x.ncols())).map(|rows| rows.to_owned()).unwrap_or_default();
    let mut question = Question::of(&claim).map(|x| concatenate(Axis(0), &[x.view(), rows.view()]).unwrap_or_default());
    if !question.labels.is_empty() {
        question.labels.resize(steps + appended, String::new());
    }
    let target = Target { step: if at_end { steps + appended - 1 } else { target.step }, ..target };
    let rerun = Rerun::new(&claim, Question { target, ..question });
    Ok(Box::new(PaddingJob { claim, appended, name, present, blind, rerun, padded: None }))
}

/// [1, I]: the padding entry, or zeros where the vocabulary has none; and which of them it is.
fn padding<R: Judge>(network: &Network<R>) -> (Array2<R>, &'static str) {
    let entry = network
        .metadata
        .input
        .padding
        .as_ref()
        .and_then(|entry| network.metadata.vocab.iter().position(|word| word == entry));
    (network.encode(&[entry]), if entry.is_some() { "the padding entry" } else { "zeros" })
}

struct PaddingJob<R: 'static> {
    claim: Claim<R>,
    appended: usize,
    /// What padding is.
    name: &'static str,
    /// Steps of the input itself that are padding.
    present: Vec<usize>,
    /// Can the score not see what is appended?
    blind: bool,
    rerun: Rerun<R>,
    padded: Option<Attribution>,
}

impl<R: Judge> PaddingJob<R> {
    /// Of the padding that was in the input already.
    fn already(&self, present: f64, all: f64) -> String {
        let (steps, name) = (self.present.len(), self.name);
        let share = if present == 0.0 {
            "gets no bar".to_string()
        } else {
            format!("takes {:.1} % of the bars", 100.0 * present / all)
        };
        format!(" Padding that the input has already ({name}, at {steps} of its steps) {share}.")
    }
}

impl<R: Judge> Job for PaddingJob<R> {
    fn total(&self) -> usize {
        100
    }

    fn done(&self) -> usize {
        if self.padded.is_some() { 100 } else { self.rerun.percent() }
    }

    fn advance(&mut self) -> Result<bool> {
        if self.padded.is_none() {
            self.padded = self.rerun.advance()?;
        }
        Ok(self.padded.is_none())
    }

    fn measurement(&self) -> Measurement {
        let sum = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |sum, v| sum + v.abs());
        let bars = self.claim.answer.reduced();
        let (steps, seen) = (bars.len(), self.claim.problem.steps());
        let late = sum(&mut self.claim.answer.scores.slice(s![seen.., ..]).iter().copied());
        let present = sum(&mut self.present.iter().map(|t| bars[*t]));
        let all = sum(&mut bars.iter().copied());
        let unknown = (f64::NAN, f64::NAN, f64::NAN, Vec::new());
        let (appended, moved, score, padded) = self.padded.as_ref().map_or(unknown, |padded| {
            let appended = sum(&mut padded.scores.slice(s![steps.., ..]).iter().copied());
            let moved = padded
                .scores
                .slice(s![..steps, ..])
                .iter()
                .zip(&self.claim.answer.scores)
                .fold(0.0f64, |most, (a, b)| most.max((a - b).abs()));
            (appended, moved, padded.score - self.claim.answer.score, padded.reduced())
        });
        let share = appended / sum(&mut padded.iter().copied());
        let mut numbers = vec![
            Number::new("on appended padding", appended, "Σ|φ|; zero where the score cannot see it"),
            Number::new("largest change of another bar", moved, "zero where the score cannot see the padding"),
            Number::new("change of the score", score, "what the network itself does with padding"),
        ];
        if seen < steps {
            numbers.insert(
                0,
                Number::new(
                    "on steps after the target’s",
                    late,
                    format!("Σ|φ| over {} steps; must be zero", steps - seen),
                ),
            );
        }
        if !self.present.is_empty() {
            numbers.push(Number::new(
                "on padding in the input",
                present / all,
                format!("share of Σ|φ| on {} steps of the input that are padding", self.present.len()),
            ));
        }
        let zero = late == 0.0 && appended == 0.0 && moved == 0.0 && score == 0.0;
        let mut verdict = match (self.padded.is_some(), self.blind) {
            (false, _) => String::new(),
            (true, true) if zero => {
                "What the score cannot see gets exactly zero, and padding after it changes nothing.".to_string()
            }
            (true, true) => format!(
                "Steps that the score cannot see get {:.3e}, and padding after them moves a bar by up to {moved:.3e}: both should be zero.",
                late + appended
            ),
            (true, false) if share.is_nan() || appended == 0.0 => format!(
                "The network reads padding like any other step: the score moves by {score:.4}; the padding itself gets no bar."
            ),
            (true, false) => format!(
                "The network reads padding like any other step: the score moves by {score:.4}, and the padding takes {:.1} % of the bars.",
                100.0 * share
            ),
        };
        if self.padded.is_some() && !self.present.is_empty() {
            verdict += &self.already(present, all);
        }
        let axis = |bars: &[f64]| (1..=bars.len()).map(|t| t as f64).collect::<Vec<f64>>();
        let mut curves = vec![Curve::new("as asked", axis(&bars), bars)];
        if !padded.is_empty() {
            curves.push(Curve::new("with padding", axis(&padded), padded));
        }
        let note = format!("{} steps of {} appended to input and baseline alike", self.appended, self.name);
        Measurement { numbers, curves, x_label: "step".into(), y_label: "φ".into(), verdict, note }
    }
}
