//! The weights of a layer, gate by gate: each block under its name, as a picture and in numbers.

use super::Session;
use crate::math::{Matrix, spectral_norm};
use crate::view::{Heatmap, Labels, build};
use crate::{Error, Result};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Products that the spectral norms of one view may take, so that it is one slice of work.
const MOST_PRODUCTS: usize = 32_000_000;

/// Which weights are looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GatesRequest {
    /// From the input, from 0.
    pub layer: usize,
    /// 0 forward, 1 backward.
    pub direction: usize,
    /// `input` or `recurrent`; empty = input.
    pub which: String,
}

/// The blocks of one matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Gates {
    pub title: String,
    pub equations: &'static str,
    pub blocks: Vec<GateBlock>,
}

/// One block, [H, I] or [H, H].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct GateBlock {
    /// As the cell names it.
    pub gate: &'static str,
    pub rows: usize,
    pub columns: usize,
    /// √Σ w².
    pub frobenius: f64,
    /// max |w|.
    pub largest: f64,
    /// Largest singular value; none where it did not settle within a slice of work.
    pub spectral: Option<f64>,
    /// Mean over the units of both biases together.
    pub bias: f64,
    #[serde(skip)]
    pub heatmap: Heatmap,
}

impl Session {
    /// The weights of one layer and direction by gate, on one scale of colours.
    pub fn gates_view(&self, request: &GatesRequest) -> Result<Gates> {
        let selection =
            super::Selection { layer: request.layer, direction: request.direction, ..super::Selection::default() };
        self.selected(&selection)?;
        let layer = &self.narrow.layers[request.layer];
        let direction = &layer.directions[request.direction];
        let (cell, hidden) = (layer.cell, layer.hidden);
        let (symbol, columns, weights) = match request.which.as_str() {
            "" | "input" => ("W", self.names_below(request.layer), joined(&direction.input)),
            "recurrent" => ("U", unit_names(hidden), direction.recurrent.rows()),
            other => return Err(Error::request("which", "input or recurrent", other)),
        };
        let width = columns.len();
        let largest = |weights: &[f32]| weights.iter().fold(0.0f32, |most, w| most.max(w.abs()));
        let limit = largest(&weights).max(f32::MIN_POSITIVE);
        let (kind, x_label) = if symbol == "W" { ("input", "input") } else { ("recurrent", "unit before") };
        let title = format!("{kind} weights {symbol} of {}", self.place(&selection));
        let products = MOST_PRODUCTS / cell.gates().len();
        let block = |(g, gate): (usize, &&'static str)| {
            let rows = &weights[g * hidden * width..(g + 1) * hidden * width];
            let bias = direction.bias.iter().zip(direction.recurrent.bias()).skip(g * hidden).take(hidden);
            let values = Array2::from_shape_vec((hidden, width), rows.to_vec())
                .map_err(|error| Error::Bug { place: "gates", problem: error.to_string() })?;
            let title = format!("{gate}: {title}");
            Ok(GateBlock {
                gate,
                rows: hidden,
                columns: width,
                frobenius: rows.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>().sqrt(),
                largest: f64::from(largest(rows)),
                spectral: spectral_norm(rows, width, products),
                bias: bias.map(|(x, h)| f64::from(*x) + f64::from(*h)).sum::<f64>() / hidden.max(1) as f64,
                heatmap: build::matrix(title, (x_label, &columns), ("unit", &unit_names(hidden)), limit, values),
            })
        };
        let blocks = cell.gates().iter().enumerate().map(block).collect::<Result<_>>()?;
        Ok(Gates { title, equations: cell.equations(), blocks })
    }

    /// What each input of a layer is called.
    fn names_below(&self, layer: usize) -> Labels {
        let Some(below) = layer.checked_sub(1).and_then(|l| self.narrow.layers.get(l)) else {
            return self.input_names();
        };
        let directions: &[&str] = if below.directions.len() > 1 { &["forward ", "backward "] } else { &[""] };
        let named = |way: &&str| (0..below.hidden).map(|k| format!("{way}unit {k}")).collect::<Vec<_>>();
        directions.iter().flat_map(named).collect()
    }
}

fn unit_names(hidden: usize) -> Labels {
    (0..hidden).map(|k| k.to_string()).collect()
}

/// [G·H, I] of a matrix that is kept in parts [G·H, Iₚ].
fn joined(parts: &[Matrix<f32>]) -> Vec<f32> {
    let rows: Vec<Vec<f32>> = parts.iter().map(|part| part.rows()).collect();
    let count = parts.first().map_or(0, |part| part.outputs());
    let row = |n: usize| {
        parts.iter().zip(&rows).flat_map(move |(part, rows)| rows[n * part.inputs()..(n + 1) * part.inputs()].to_vec())
    };
    (0..count).flat_map(row).collect()
}
