//! A matrix of weights.

use super::pooled;
use crate::view::{Heatmap, Labels};
use ndarray::Array2;

/// Most rows and columns that are sent to the page, which has fewer pixels for them.
const MOST: usize = 512;

/// `values` [R, C] under their names; of neighbours that share a cell the one farthest from zero shows.
pub fn matrix(
    title: String,
    (x_label, columns): (&str, &[String]),
    (y_label, rows): (&str, &[String]),
    limit: f32,
    values: Array2<f32>,
) -> Heatmap {
    let pooled = pooled(pooled(values, MOST).reversed_axes(), MOST).reversed_axes();
    let names = |names: &[String], shown: usize| -> Labels {
        let first = |k: usize| names.get(k * names.len() / shown.max(1)).cloned().unwrap_or_default();
        if shown == names.len() {
            names.to_vec().into()
        } else {
            (0..shown).map(|k| format!("from {}", first(k))).collect()
        }
    };
    Heatmap {
        title,
        x_label: x_label.into(),
        y_label: y_label.into(),
        col_labels: names(columns, pooled.ncols()),
        row_labels: names(rows, pooled.nrows()),
        unit: String::new(),
        signed: true,
        limit,
        values: pooled.iter().copied().collect(),
        filled: Vec::new(),
    }
}
