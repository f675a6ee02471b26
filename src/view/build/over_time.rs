//! Rows of scores along the input: gates, units.

use super::{MOST_COLUMNS, largest, pooled};
use crate::view::{Heatmap, Labels};
use ndarray::Array2;

/// `scores` [T, R] as rows over time, signed, on a scale of their own; a very long input is pooled, and its columns are
/// then called by the step that they begin with.
pub fn over_time(
    title: String,
    (x_label, labels): (&str, Labels),
    (y_label, rows): (&str, Labels),
    unit: &str,
    scores: &Array2<f64>,
) -> Heatmap {
    let steps = scores.nrows();
    let matrix = pooled(scores.t().mapv(|score| score as f32), MOST_COLUMNS);
    let columns = matrix.ncols();
    let from = |c: usize| format!("{x_label} from {}", c * steps / columns + 1);
    let col_labels = if columns == steps { labels } else { (0..columns).map(from).collect() };
    let values: Vec<f32> = matrix.iter().copied().collect();
    Heatmap {
        title,
        x_label: x_label.into(),
        y_label: y_label.into(),
        col_labels,
        row_labels: rows,
        unit: unit.into(),
        signed: true,
        limit: largest(&values),
        values,
        filled: Vec::new(),
    }
}
