//! Several quantities over time, one panel: activation traces.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// `values [S, T]`: S named series over T steps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lines {
    /// Heading, such as "Layer 1 · unit 17".
    pub title: String,
    /// "character", "word" or "hour".
    pub x_label: String,
    /// Quantity and unit of the vertical axis.
    pub y_label: String,
    /// [T] what stands at each step.
    #[serde(skip)]
    pub x_labels: Labels,
    /// [S] names of the series.
    #[serde(skip)]
    pub series: Labels,
    /// Lower end of the vertical axis.
    pub low: f32,
    /// Upper end of the vertical axis.
    pub high: f32,
    /// [S, T].
    #[serde(skip)]
    pub values: Vec<f32>,
}

impl View for Lines {
    const KIND: &'static str = "lines";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("x_labels", &self.x_labels), ("series", &self.series)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("x_labels", &mut self.x_labels), ("series", &mut self.series)]
    }

    fn check(&self) -> Result<(), String> {
        same_length("values", self.values.len(), self.series.len() * self.x_labels.len())
    }

    fn summary(&self) -> String {
        let steps = self.x_labels.len();
        let spans: Vec<String> = (self.series.iter().zip(self.values.chunks(steps.max(1))))
            .map(|(name, values)| {
                let low = values.iter().copied().fold(f32::INFINITY, f32::min);
                let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                format!("{name} from {} to {}", readable(low), readable(high))
            })
            .collect();
        format!("{} over {steps} steps: {}.", self.title, spans.join("; "))
    }

    fn table(&self) -> Table {
        let steps = self.x_labels.len();
        let columns =
            ["step".to_string(), self.x_label.clone()].into_iter().chain(self.series.iter().cloned()).collect();
        let row = |t: usize| {
            let values = (0..self.series.len()).map(|s| readable(self.values[s * steps + t]));
            [(t + 1).to_string(), self.x_labels[t].clone()].into_iter().chain(values).collect()
        };
        Table { title: self.title.clone(), columns, rows: (0..steps).map(row).collect() }
    }
}
