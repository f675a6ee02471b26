//! A matrix as an image: units × time, features × hours.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// `values [R, C]`, drawn in one blit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Heatmap {
    /// Heading.
    pub title: String,
    /// What a column is: "character", "word", "hour".
    pub x_label: String,
    /// What a row is: "unit", "feature".
    pub y_label: String,
    /// [C].
    #[serde(skip)]
    pub col_labels: Labels,
    /// [R] from top to bottom.
    #[serde(skip)]
    pub row_labels: Labels,
    /// Unit of the values, such as "logits"; empty if they have none.
    pub unit: String,
    /// Diverging colours around zero, or sequential from zero.
    pub signed: bool,
    /// The value at the end of the colour scale; the scale is symmetric if signed.
    pub limit: f32,
    /// [R, C].
    #[serde(skip)]
    pub values: Vec<f32>,
    /// [R, C], or empty: 1 where the input was filled in rather than measured; drawn hatched.
    #[serde(skip)]
    pub filled: Vec<f32>,
}

impl View for Heatmap {
    const KIND: &'static str = "heatmap";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values), ("filled", &self.filled)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values), ("filled", &mut self.filled)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("col_labels", &self.col_labels), ("row_labels", &self.row_labels)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("col_labels", &mut self.col_labels), ("row_labels", &mut self.row_labels)]
    }

    fn check(&self) -> Result<(), String> {
        let cells = self.row_labels.len() * self.col_labels.len();
        same_length("values", self.values.len(), cells)?;
        if self.filled.is_empty() { Ok(()) } else { same_length("filled", self.filled.len(), cells) }
    }

    fn summary(&self) -> String {
        let columns = self.col_labels.len().max(1);
        let strongest = self.values.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let at = strongest.map(|(k, v)| {
            format!(
                "; the strongest is {} {} at {} {}: {}",
                self.y_label,
                self.row_labels[k / columns],
                self.x_label,
                self.col_labels[k % columns],
                readable(*v)
            )
        });
        format!(
            "{}, {} rows by {} columns{}.",
            self.title,
            self.row_labels.len(),
            self.col_labels.len(),
            at.unwrap_or_default()
        )
    }

    fn table(&self) -> Table {
        let columns = std::iter::once(self.y_label.clone()).chain(self.col_labels.iter().cloned()).collect();
        let rows = self.row_labels.iter().zip(self.values.chunks(self.col_labels.len().max(1)));
        let row = |(label, values): (&String, &[f32])| {
            std::iter::once(label.clone()).chain(values.iter().map(|v| readable(*v))).collect()
        };
        Table { title: self.title.clone(), columns, rows: rows.map(row).collect() }
    }
}
