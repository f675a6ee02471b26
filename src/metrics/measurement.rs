//! What a metric found, finished or so far.

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurement {
    /// The most telling first.
    pub numbers: Vec<Number>,
    /// Over one common axis; empty if there is nothing to draw.
    pub curves: Vec<Curve>,
    /// What x is.
    pub x_label: String,
    /// What y is, with its unit.
    pub y_label: String,
    /// One plain sentence; empty before anything is known.
    pub verdict: String,
    /// Operator, seed, samples.
    pub note: String,
}

/// One number with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// For people.
    pub label: String,
    /// NaN where it is not defined, or not yet.
    pub value: f64,
    /// Standard deviation, where it was drawn more than once.
    pub spread: Option<f64>,
    /// How to read it.
    pub note: String,
}

/// One line of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// For people.
    pub label: String,
    /// Ascending.
    pub x: Vec<f64>,
    /// As many; NaN where it is not defined.
    pub y: Vec<f64>,
    /// (lower, upper), as many each: mean ± one standard deviation.
    pub band: Option<(Vec<f64>, Vec<f64>)>,
}

impl Number {
    /// A number that was computed once.
    pub(super) fn new(label: impl Into<String>, value: f64, note: impl Into<String>) -> Number {
        Number { label: label.into(), value, spread: None, note: note.into() }
    }

    /// The mean of several.
    pub(super) fn drawn(label: impl Into<String>, values: &[f64], note: impl Into<String>) -> Number {
        let spread = (values.len() > 1).then(|| super::statistics::deviation(values));
        Number { label: label.into(), value: super::statistics::mean(values), spread, note: note.into() }
    }
}

impl Curve {
    /// A line.
    pub(super) fn new(label: impl Into<String>, x: Vec<f64>, y: Vec<f64>) -> Curve {
        Curve { label: label.into(), x, y, band: None }
    }

    /// The mean of several lines over the same x, with a band of one standard deviation.
    pub(super) fn drawn(label: impl Into<String>, x: Vec<f64>, lines: &[Vec<f64>]) -> Curve {
        let (mean, deviation) = super::statistics::across(lines);
        let edge = |sign: f64| mean.iter().zip(&deviation).map(|(mean, deviation)| mean + sign * deviation).collect();
        Curve { label: label.into(), x, band: Some((edge(-1.0), edge(1.0))), y: mean }
    }
}
