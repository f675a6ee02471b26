//! What a memory is made of while it is read: the shares of the steps that wrote it, stacked.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// `values [S, T]`: S streams over T steps; at every step they add up to `total [T]`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct River {
    /// Heading, such as "Cell state c of unit 17".
    pub title: String,
    /// "character", "word" or "hour".
    pub x_label: String,
    /// What is stacked: "cell state".
    pub y_label: String,
    /// [T].
    #[serde(skip)]
    pub x_labels: Labels,
    /// [S] which step wrote the stream.
    #[serde(skip)]
    pub series: Labels,
    /// The last stream is that of all others.
    pub others: bool,
    /// [S, T].
    #[serde(skip)]
    pub values: Vec<f32>,
    /// [T] the state itself.
    #[serde(skip)]
    pub total: Vec<f32>,
}

impl View for River {
    const KIND: &'static str = "river";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values), ("total", &self.total)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values), ("total", &mut self.total)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("x_labels", &self.x_labels), ("series", &self.series)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("x_labels", &mut self.x_labels), ("series", &mut self.series)]
    }

    fn check(&self) -> Result<(), String> {
        let steps = self.x_labels.len();
        same_length("values", self.values.len(), self.series.len() * steps)?;
        same_length("total", self.total.len(), steps)
    }

    fn summary(&self) -> String {
        let Some(last) = self.x_labels.len().checked_sub(1) else { return format!("{}: no steps.", self.title) };
        let share = |s: usize| self.values[s * (last + 1) + last];
        let order =
            crate::math::descending(&(0..self.series.len()).map(|s| f64::from(share(s).abs())).collect::<Vec<f64>>());
        let top: Vec<String> =
            order.iter().take(4).map(|&s| format!("{} {}", self.series[s], readable(share(s)))).collect();
        format!(
            "{} over {} steps, by the {} that wrote it; at the end it is {}, most of it from {}.",
            self.title,
            last + 1,
            self.x_label,
            readable(self.total[last]),
            top.join(", ")
        )
    }

    fn table(&self) -> Table {
        let steps = self.x_labels.len();
        let columns = ["step".to_string(), self.x_label.clone(), self.y_label.clone()]
            .into_iter()
            .chain(self.series.iter().cloned())
            .collect();
        let row = |t: usize| {
            let shares = (0..self.series.len()).map(|s| readable(self.values[s * steps + t]));
            [(t + 1).to_string(), self.x_labels[t].clone(), readable(self.total[t])].into_iter().chain(shares).collect()
        };
        Table { title: self.title.clone(), columns, rows: (0..steps).map(row).collect() }
    }
}
