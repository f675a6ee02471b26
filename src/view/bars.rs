//! One bar per step or feature: the shares of a decision, and what they leave unexplained.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// `values [N]` with a label each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bars {
    /// Heading, such as "Integrated gradients · logit of positive".
    pub title: String,
    /// What a bar stands for: "word", "character", "hour", "feature".
    pub x_label: String,
    /// Unit of the values: "logits", "nats", "probability".
    pub unit: String,
    /// [N].
    #[serde(skip)]
    pub labels: Labels,
    /// Signed (diverging) or a magnitude (sequential).
    pub signed: bool,
    /// Half height of the axis; at least the largest absolute value.
    pub limit: f32,
    /// What belongs to no input, by name: bias, initial state, ε of a rule. Drawn after the inputs, outlined.
    pub remainder: Vec<(String, f32)>,
    /// What neither bars nor remainder explain; none if the method promises no sum.
    pub gap: Option<f32>,
    /// [N].
    #[serde(skip)]
    pub values: Vec<f32>,
    /// [N], or empty: standard errors, drawn as whiskers; not a number where a bar has none.
    #[serde(skip)]
    pub errors: Vec<f32>,
    /// [N], or empty: 1 where methods are in dispute; such columns are outlined, or underlined where they are narrow.
    #[serde(skip)]
    pub disputed: Vec<f32>,
}

impl Bars {
    /// With standard errors (empty for none) and what belongs to no input; the axis has room for both.
    pub fn with(mut self, errors: Vec<f32>, remainder: Vec<(String, f32)>) -> Bars {
        (self.errors, self.remainder) = (errors, remainder);
        self.limit = self.reach().filter(|v| v.is_finite()).fold(self.limit, |limit, v| limit.max(v.abs()));
        self
    }

    /// Every value that the axis has to show: bars with their whiskers, remainder, gap.
    pub fn reach(&self) -> impl Iterator<Item = f32> + '_ {
        let tips =
            (0..self.values.len()).flat_map(|k| [self.values[k] - self.error(k), self.values[k] + self.error(k)]);
        tips.chain(self.remainder.iter().map(|(_, value)| *value)).chain(self.gap)
    }

    /// Standard error of bar `k`; 0 where it has none.
    pub fn error(&self, k: usize) -> f32 {
        self.errors.get(k).copied().filter(|error| error.is_finite()).unwrap_or(0.0)
    }

    /// The bars that belong to no input: their names, their values, and whether it is the gap, which is the last.
    pub fn extras(&self) -> Vec<(&str, f32, bool)> {
        let named = self.remainder.iter().map(|(label, value)| (label.as_str(), *value, false));
        named.chain(self.gap.map(|gap| ("unexplained", gap, true))).collect()
    }
}

impl View for Bars {
    const KIND: &'static str = "bars";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values), ("errors", &self.errors), ("disputed", &self.disputed)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values), ("errors", &mut self.errors), ("disputed", &mut self.disputed)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("labels", &self.labels)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("labels", &mut self.labels)]
    }

    fn check(&self) -> Result<(), String> {
        let count = self.labels.len();
        same_length("values", self.values.len(), count)?;
        for (name, numbers) in [("errors", &self.errors), ("disputed", &self.disputed)] {
            if !numbers.is_empty() {
                same_length(name, numbers.len(), count)?;
            }
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let order = crate::math::descending(&self.values.iter().map(|v| f64::from(v.abs())).collect::<Vec<f64>>());
        let top: Vec<String> =
            order.iter().take(5).map(|&k| format!("{} {}", self.labels[k], readable(self.values[k]))).collect();
        let mut said =
            format!("{}, {} bars in {}; the largest: {}.", self.title, self.values.len(), self.unit, top.join(", "));
        let worst = (0..self.values.len()).map(|k| self.error(k)).fold(0.0, f32::max);
        if worst > 0.0 {
            said.push_str(&format!(" Whiskers: plus and minus one standard error, at most {}.", readable(worst)));
        }
        let disputed = self.disputed.iter().filter(|d| **d > 0.5).count();
        if disputed > 0 {
            said.push_str(&format!(" In dispute between methods: {disputed}."));
        }
        let named: Vec<String> =
            self.remainder.iter().map(|(label, value)| format!("{label} {}", readable(*value))).collect();
        if !named.is_empty() {
            said.push_str(&format!(" Of no {}: {}.", self.x_label, named.join(", ")));
        }
        if let Some(gap) = self.gap {
            said.push_str(&format!(" Unexplained: {}.", readable(gap)));
        }
        said
    }

    fn table(&self) -> Table {
        let mut columns: Vec<String> = vec!["#".into(), self.x_label.clone(), self.unit.clone()];
        let (whiskers, marks) = (!self.errors.is_empty(), !self.disputed.is_empty());
        columns.extend(whiskers.then(|| "± standard error".into()));
        columns.extend(marks.then(|| "in dispute".into()));
        let row = |number: String, label: &str, value: f32, k: Option<usize>| {
            let mut row = vec![number, label.to_string(), readable(value)];
            row.extend(whiskers.then(|| k.map(|k| readable(self.errors[k])).unwrap_or_default()));
            row.extend(marks.then(|| k.filter(|k| self.disputed[*k] > 0.5).map(|_| "yes".into()).unwrap_or_default()));
            row
        };
        let bars = self
            .labels
            .iter()
            .zip(&self.values)
            .enumerate()
            .map(|(k, (label, value))| row((k + 1).to_string(), label, *value, Some(k)));
        let rows = bars
            .chain(self.extras().into_iter().map(|(label, value, _)| row(String::new(), label, value, None)))
            .collect();
        Table { title: self.title.clone(), columns, rows }
    }
}
