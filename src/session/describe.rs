//! What is being read, and what the network makes of it, as plain data.

use super::{Content, Session};
use crate::math::{descending, exp, log_sum_exp, sigmoid};
use crate::view::{Labels, Token, readable};
use crate::{Error, Result};
use serde::Serialize;

/// Outputs that are listed.
const MOST_CLASSES: usize = 12;

/// The input as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputView {
    /// `characters`, `words` or `series`.
    pub kind: &'static str,
    /// T.
    pub n_steps: usize,
    /// [T] of a text.
    pub tokens: Vec<Token>,
    /// How many the vocabulary lacks.
    pub n_unknown: usize,
    /// [T] display-ready.
    pub labels: Vec<String>,
    /// Estimated peak of the trace.
    pub trace_bytes: usize,
    /// Of a series.
    pub series: Option<SeriesView>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// The series as it was charted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesView {
    /// [V].
    pub variables: Vec<String>,
    /// [V].
    pub units: Vec<String>,
    /// [T].
    pub hours: Vec<String>,
    /// Name and value of what does not change.
    pub fixed: Vec<(String, f64)>,
    /// [V, T] raw; NaN = not measured.
    #[serde(skip)]
    pub values: Vec<f32>,
    /// [V, T] 1 = measured.
    #[serde(skip)]
    pub measured: Vec<f32>,
}

/// What the network says at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// From 0.
    pub step: usize,
    /// The step's label.
    pub label: String,
    /// Most probable first, twelve at most.
    pub classes: Vec<ClassPrediction>,
    /// Probability given to the character that really follows.
    pub target_probability: Option<f64>,
    /// −ln of it.
    pub loss_nats: Option<f64>,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct ClassPrediction {
    pub label: String,
    pub class: usize,
    pub probability: f64,
    pub logit: f64,
}

/// The five most probable next characters of every step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Strip {
    /// T.
    pub n: usize,
    /// 5.
    pub top: usize,
    /// [T, 5].
    pub labels: Vec<String>,
    /// [T, 5].
    #[serde(skip)]
    pub probability: Vec<f32>,
    /// [T] probability of the character that really follows; NaN at the end.
    #[serde(skip)]
    pub truth: Vec<f32>,
    /// Mean loss over the text, nats per character; and in bits.
    pub mean_nats: f64,
    /// Share of positions where the most probable character was right.
    pub accuracy: f64,
}

/// A character that can be seen.
pub(super) fn visible(text: &str) -> String {
    match text {
        " " => "␣".into(),
        "\n" => "⏎".into(),
        "\t" => "⇥".into(),
        "\r" => "␍".into(),
        other => other.into(),
    }
}

impl Session {
    /// The current input.
    pub fn describe(&self) -> Result<InputView> {
        let content = self.content.as_ref().ok_or_else(|| Error::request("input", "chosen first", "none"))?;
        let tokens = self.tokens();
        let unknown: Vec<&Token> = tokens.iter().filter(|token| token.unknown).collect();
        let mut warnings = Vec::new();
        if let Some(first) = unknown.first() {
            let read_as = if self.checkpoint.metadata.input.unknown.is_some() {
                "read as “unknown”"
            } else {
                "read as nothing"
            };
            warnings.push(format!(
                "{} {}{} unknown to the model, {read_as}; the first is “{}”",
                unknown.len(),
                self.step_name(),
                if unknown.len() == 1 { " is" } else { "s are" },
                visible(&first.label)
            ));
        }
        if let Some(longest) = self.checkpoint.metadata.input.max_length.filter(|longest| self.steps() > *longest) {
            warnings.push(format!(
                "{} {}s; the network was trained on at most {longest}",
                self.steps(),
                self.step_name()
            ));
        }
        let series = match content {
            Content::Series(series) => {
                warnings.extend(series.warnings.iter().cloned());
                let flat = || series.values.iter().flatten();
                Some(SeriesView {
                    variables: series.variables.clone(),
                    units: series.units.clone(),
                    hours: self.labels().to_vec(),
                    fixed: series.fixed.iter().map(|(name, value)| (name.clone(), *value)).collect(),
                    values: flat().map(|v| *v as f32).collect(),
                    measured: flat().map(|v| if v.is_nan() { 0.0 } else { 1.0 }).collect(),
                })
            }
            Content::Text(_) => None,
        };
        let kind = self.checkpoint.metadata.input.kind.id();
        let n_unknown = unknown.len();
        Ok(InputView {
            kind,
            n_steps: self.steps(),
            n_unknown,
            labels: self.labels().to_vec(),
            trace_bytes: self.steps().saturating_mul(self.bytes_per_step()),
            tokens,
            series,
            warnings,
        })
    }

    /// [T] of a text; empty for a series.
    pub(super) fn tokens(&self) -> Vec<Token> {
        match &self.content {
            Some(Content::Text(text)) => text
                .tokens
                .iter()
                .map(|t| Token { label: t.label.clone(), before: t.before.clone(), unknown: t.unknown })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// [T] what stands at each step.
    pub(super) fn labels(&self) -> Labels {
        let labels = || match &self.content {
            Some(Content::Text(text)) => text.tokens.iter().map(|token| visible(&token.label)).collect(),
            _ => (0..self.steps()).map(|t| t.to_string()).collect(),
        };
        self.labels.get_or_init(labels).clone()
    }

    /// Names of the outputs.
    pub(super) fn class_labels(&self) -> Vec<String> {
        let metadata = &self.checkpoint.metadata;
        if metadata.task == "language-model" {
            metadata.vocab.iter().map(|entry| visible(entry)).collect()
        } else {
            metadata.classes.clone()
        }
    }

    fn language_model(&self) -> bool {
        self.checkpoint.metadata.task == "language-model"
    }

    /// Entry of the vocabulary at a step.
    fn id_at(&self, step: usize) -> Option<usize> {
        match &self.content {
            Some(Content::Text(text)) => text.tokens.get(step).and_then(|token| token.id),
            _ => None,
        }
    }

    /// What the network says at a step.
    pub fn prediction(&self, step: usize) -> Result<Prediction> {
        let trace = self.need_trace()?;
        if step >= trace.steps() {
            return Err(Error::request("time step", format!("between 1 and {}", trace.steps()), step + 1));
        }
        let logits = trace.logits_at(step);
        let all = log_sum_exp(logits);
        let labels = self.class_labels();
        let probability =
            |c: usize| if logits.len() == 1 { sigmoid(f64::from(logits[0])) } else { exp(f64::from(logits[c]) - all) };
        let probabilities: Vec<f64> = (0..logits.len()).map(probability).collect();
        let class = |c: usize| ClassPrediction {
            label: labels.get(c).cloned().unwrap_or_default(),
            class: c,
            probability: probabilities[c],
            logit: f64::from(logits[c]),
        };
        let classes = descending(&probabilities).into_iter().take(MOST_CLASSES).map(class).collect();
        let next = if self.language_model() { self.id_at(step + 1) } else { None };
        Ok(Prediction {
            step,
            label: self.labels().get(step).cloned().unwrap_or_default(),
            classes,
            target_probability: next.map(probability),
            loss_nats: next.map(|c| all - f64::from(logits[c])),
        })
    }

    /// The five most probable next characters of every step, and the loss over the text (M19).
    pub fn predictions_strip(&self) -> Result<Strip> {
        const TOP: usize = 5;
        let trace = self.need_trace()?;
        if !self.language_model() {
            return Err(Error::request("strip", "asked for of a language model", "a classifier"));
        }
        let labels = self.class_labels();
        let steps = trace.steps();
        let top = TOP.min(labels.len());
        let mut strip = Strip {
            n: steps,
            top,
            labels: Vec::new(),
            probability: Vec::new(),
            truth: Vec::new(),
            mean_nats: f64::NAN,
            accuracy: f64::NAN,
        };
        let (mut loss, mut right, mut counted) = (0.0, 0, 0);
        for t in 0..steps {
            let logits = trace.logits_at(t);
            let all = log_sum_exp(logits);
            let order = descending(&logits.iter().map(|z| f64::from(*z)).collect::<Vec<f64>>());
            for c in order.iter().take(top) {
                strip.labels.push(labels[*c].clone());
                strip.probability.push(exp(f64::from(logits[*c]) - all) as f32);
            }
            let next = self.id_at(t + 1);
            strip.truth.push(next.map_or(f32::NAN, |c| exp(f64::from(logits[c]) - all) as f32));
            if let Some(c) = next {
                loss += all - f64::from(logits[c]);
                right += usize::from(order[0] == c);
                counted += 1;
            }
        }
        if counted > 0 {
            (strip.mean_nats, strip.accuracy) = (loss / counted as f64, right as f64 / counted as f64);
        }
        Ok(strip)
    }

    /// A score as the page writes it.
    pub(super) fn written(value: f64) -> String {
        readable(value as f32)
    }
}
