//! The same bars over several baselines: from the smallest to the largest, and where the sign turns.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// One range per bar, [N].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ribbon {
    /// Heading.
    pub title: String,
    /// What a bar stands for.
    pub x_label: String,
    /// Unit of the values.
    pub unit: String,
    /// [N].
    #[serde(skip)]
    pub labels: Labels,
    /// [N] smallest value.
    #[serde(skip)]
    pub low: Vec<f32>,
    /// [N] largest value.
    #[serde(skip)]
    pub high: Vec<f32>,
    /// [N].
    #[serde(skip)]
    pub mean: Vec<f32>,
    /// [N] 1 where the sign is not the same over all baselines.
    #[serde(skip)]
    pub flips: Vec<f32>,
}

impl View for Ribbon {
    const KIND: &'static str = "ribbon";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("low", &self.low), ("high", &self.high), ("mean", &self.mean), ("flips", &self.flips)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("low", &mut self.low), ("high", &mut self.high), ("mean", &mut self.mean), ("flips", &mut self.flips)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("labels", &self.labels)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("labels", &mut self.labels)]
    }

    fn check(&self) -> Result<(), String> {
        let count = self.labels.len();
        self.numbers().into_iter().try_for_each(|(name, numbers)| same_length(name, numbers.len(), count))
    }

    fn summary(&self) -> String {
        let turned: Vec<&str> = self
            .labels
            .iter()
            .zip(&self.flips)
            .filter(|(_, flip)| **flip > 0.5)
            .map(|(label, _)| label.as_str())
            .collect();
        let said = match turned.len() {
            0 => "none changes its sign".to_string(),
            n => format!("{n} change their sign: {}", turned[..n.min(8)].join(", ")),
        };
        format!(
            "{}, {} bars in {} from their smallest to their largest value; {said}.",
            self.title,
            self.labels.len(),
            self.unit
        )
    }

    fn table(&self) -> Table {
        let columns = ["#", &self.x_label, "smallest", "mean", "largest", "sign changes"].map(String::from).into();
        let row = |k: usize| {
            let flip = if self.flips[k] > 0.5 { "yes" } else { "" };
            vec![
                (k + 1).to_string(),
                self.labels[k].clone(),
                readable(self.low[k]),
                readable(self.mean[k]),
                readable(self.high[k]),
                flip.into(),
            ]
        };
        Table { title: self.title.clone(), columns, rows: (0..self.labels.len()).map(row).collect() }
    }
}
