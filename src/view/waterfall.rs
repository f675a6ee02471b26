//! From the score of the baseline to the score of the input, bar by bar; the gap is the last bar.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// `values [N]`: each bar starts where the one before it ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Waterfall {
    /// Heading.
    pub title: String,
    /// Unit of the score.
    pub unit: String,
    /// What is explained, such as "logit of positive".
    pub target: String,
    /// Name of the baseline.
    pub baseline: String,
    /// Score of the baseline: where the first bar starts.
    pub start: f32,
    /// Score of the input: where the last bar ends.
    pub end: f32,
    /// [N] largest first, then "n others".
    #[serde(skip)]
    pub labels: Labels,
    /// What belongs to no input, by name; after the inputs.
    pub remainder: Vec<(String, f32)>,
    /// What nothing explains; the last bar.
    pub gap: Option<f32>,
    /// [N]; with remainder and gap they sum to end − start.
    #[serde(skip)]
    pub values: Vec<f32>,
}

impl Waterfall {
    /// With what belongs to no input, between the inputs and the gap.
    pub fn with(mut self, remainder: Vec<(String, f32)>) -> Waterfall {
        self.remainder = remainder;
        self
    }

    /// The bars that belong to no input: their names, their values, and whether it is the gap, which is the last.
    pub fn extras(&self) -> Vec<(&str, f32, bool)> {
        let named = self.remainder.iter().map(|(label, value)| (label.as_str(), *value, false));
        named.chain(self.gap.map(|gap| ("unexplained", gap, true))).collect()
    }
}

impl View for Waterfall {
    const KIND: &'static str = "waterfall";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("labels", &self.labels)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("labels", &mut self.labels)]
    }

    fn check(&self) -> Result<(), String> {
        same_length("values", self.values.len(), self.labels.len())
    }

    fn summary(&self) -> String {
        let steps: Vec<String> = self
            .labels
            .iter()
            .zip(&self.values)
            .take(5)
            .map(|(label, value)| format!("{label} {}", readable(*value)))
            .collect();
        let rest: Vec<String> =
            self.extras().iter().map(|(label, value, _)| format!("; {label} {}", readable(*value))).collect();
        format!(
            "{}: from {} ({}) to {} ({}) by {} …{}",
            self.title,
            readable(self.start),
            self.baseline,
            readable(self.end),
            self.target,
            steps.join(", "),
            rest.concat()
        )
    }

    fn table(&self) -> Table {
        let mut level = self.start;
        let mut rows = vec![vec![self.baseline.clone(), String::new(), readable(self.start)]];
        let bars = self.labels.iter().map(String::as_str).zip(self.values.iter().copied());
        for (label, value) in bars.chain(self.extras().into_iter().map(|(label, value, _)| (label, value))) {
            level += value;
            rows.push(vec![label.to_string(), readable(value), readable(level)]);
        }
        rows.push(vec![self.target.clone(), String::new(), readable(self.end)]);
        Table {
            title: self.title.clone(),
            columns: vec!["step".into(), self.unit.clone(), "score so far".into()],
            rows,
        }
    }
}
