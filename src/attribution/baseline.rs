//! What the input is compared with: always named, always shown.

use crate::{Error, Result};
use ndarray::{Array2, ArrayView1, Axis};

/// What a baseline can be made of.
pub struct Material<'a> {
    /// The input, [T, I], standardised.
    pub x: &'a Array2<f64>,
    /// Word vectors, [V, I]; none for one-hot input or a series.
    pub embedding: Option<&'a Array2<f64>>,
    /// Row of the padding entry.
    pub padding: Option<usize>,
    /// A series of values rather than text.
    pub series: bool,
    /// Of a series: inputs that stay as they are when nothing is measured (age, unit), [I].
    pub fixed: Vec<bool>,
    /// Another input, [T', I].
    pub sample: Option<&'a Array2<f64>>,
}

/// A baseline with its name.
pub struct BaselineInfo {
    /// Stable.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it is, for text and for a series.
    pub about: [&'static str; 2],
    /// Does an input have it? Asked with whether it is a series and whether its vocabulary has padding.
    pub suits: fn(series: bool, padding: bool) -> bool,
    /// [T, I], or why there is none.
    pub make: fn(&Material<'_>) -> Result<Array2<f64>>,
}

/// The registry.
pub const BASELINES: &[BaselineInfo] = &[
    BaselineInfo {
        id: "zeros",
        label: "zeros",
        about: [
            "every input vector is zero: no token at all",
            "every standardised input is zero: each value at its mean over all patients, nothing measured",
        ],
        suits: |_, _| true,
        make: |m| Ok(Array2::zeros(m.x.dim())),
    },
    BaselineInfo {
        id: "mean",
        label: "mean",
        about: [
            "every step is the mean vector of the vocabulary",
            "every feature stays at its own mean over this series",
        ],
        suits: |_, _| true,
        make: mean,
    },
    BaselineInfo {
        id: "padding",
        label: "padding",
        about: [
            "every step is the vocabulary's padding entry",
            "nothing was ever measured; what does not change (age, unit) stays",
        ],
        suits: |series, padding| series || padding,
        make: padding,
    },
    BaselineInfo {
        id: "carry-forward",
        label: "last value carried forward",
        about: ["", "every step repeats the step before it; the first is zero: what counts is what is new"],
        suits: |series, _| series,
        make: carry_forward,
    },
    BaselineInfo {
        id: "sample",
        label: "another sample",
        about: [
            "another text, cut or padded with zeros to the same length",
            "another series, cut or padded with zeros to the same length",
        ],
        suits: |_, _| true,
        make: sample,
    },
];

fn mean(m: &Material<'_>) -> Result<Array2<f64>> {
    let (steps, features) = m.x.dim();
    let row = match m.embedding {
        Some(table) => table.mean_axis(Axis(0)),
        None if m.series => m.x.mean_axis(Axis(0)),
        // One-hot: every character as likely as any other.
        None => Some(ndarray::Array1::from_elem(features, 1.0 / features as f64)),
    };
    let row = row.ok_or_else(|| Error::request("baseline", "made of at least one step", "an empty input"))?;
    Ok(repeat(row.view(), steps))
}

fn padding(m: &Material<'_>) -> Result<Array2<f64>> {
    if m.series {
        return Ok(Array2::from_shape_fn(
            m.x.dim(),
            |(t, k)| if m.fixed.get(k) == Some(&true) { m.x[(t, k)] } else { 0.0 },
        ));
    }
    match (m.embedding, m.padding) {
        (Some(table), Some(row)) => Ok(repeat(table.row(row), m.x.nrows())),
        _ => Err(Error::request("baseline", "one that this model has: its vocabulary has no padding entry", "padding")),
    }
}

fn carry_forward(m: &Material<'_>) -> Result<Array2<f64>> {
    if !m.series {
        return Err(Error::request("baseline", "one for text", "last value carried forward"));
    }
    Ok(Array2::from_shape_fn(m.x.dim(), |(t, k)| if t == 0 { 0.0 } else { m.x[(t - 1, k)] }))
}

fn sample(m: &Material<'_>) -> Result<Array2<f64>> {
    let sample = m.sample.ok_or_else(|| Error::request("baseline", "given: choose the other sample", "none"))?;
    if sample.ncols() != m.x.ncols() {
        return Err(Error::request(
            "baseline sample",
            format!("of {} features, as the input", m.x.ncols()),
            sample.ncols(),
        ));
    }
    Ok(Array2::from_shape_fn(m.x.dim(), |at| sample.get(at).copied().unwrap_or(0.0)))
}

fn repeat(row: ArrayView1<'_, f64>, steps: usize) -> Array2<f64> {
    Array2::from_shape_fn((steps, row.len()), |(_, k)| row[k])
}
