//! Series: another value of a variable at a step, within what is usual for it.

use super::{Edit, Space};
use crate::math::descending;
use ndarray::Array2;
use std::ops::Range;

/// So many standard deviations to either side are usual: 2 to 98 % of a normal distribution.
const SPREAD: f64 = 2.0;
/// Values between the least and the largest usual one.
const GRID: usize = 16;

/// One variable: where the network reads it, and what was charted.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its column of values, standardised and carried forward.
    pub value: usize,
    /// Its column that says whether it was measured.
    pub measured: Option<usize>,
    /// Standardised = (raw − mean) / std.
    pub mean: f64,
    /// See `mean`.
    pub std: f64,
    /// [T] raw; NaN = not measured.
    pub raw: Vec<f64>,
    /// A physical quantity is not below zero.
    pub positive: bool,
}

/// A series and what may be changed in it.
pub struct Values {
    x: Array2<f32>,
    variables: Vec<Variable>,
    clip: Option<f64>,
}

impl Values {
    /// Of the network's input [T, I] and the variables it is made of; standardised values are held within ± clip.
    pub fn new(x: Array2<f32>, variables: Vec<Variable>, clip: Option<f64>) -> Values {
        Values { x, variables, clip }
    }

    fn z(&self, variable: usize, raw: f64) -> f64 {
        let Variable { mean, std, .. } = &self.variables[variable];
        let z = (raw - mean) / std;
        self.clip.map_or(z, |clip| z.clamp(-clip, clip))
    }

    /// Usual values of a variable in its own unit, ascending.
    pub fn usual(&self, variable: usize) -> Vec<f64> {
        let Variable { mean, std, positive, .. } = &self.variables[variable];
        let low = if *positive { (mean - SPREAD * std).max(0.0) } else { mean - SPREAD * std };
        let high = mean + SPREAD * std;
        (0..=GRID).map(|n| readable(low + (high - low) * n as f64 / GRID as f64, (high - low) / 1000.0)).collect()
    }

    /// What may stand for a variable at a step: usual values, and nothing measured.
    pub fn alternatives(&self, variable: usize, step: usize) -> Vec<Edit> {
        let values = self.usual(variable).into_iter().chain([f64::NAN]);
        values.map(|raw| Edit::Value { step, variable, raw }).collect()
    }

    /// The steps that see the value charted at one.
    fn carried(&self, variable: usize, step: usize) -> Range<usize> {
        let raw = &self.variables[variable].raw;
        step..(step + 1..raw.len()).find(|t| !raw[*t].is_nan()).unwrap_or(raw.len())
    }
}

/// Rounded to a power of ten that is not above `fine`.
fn readable(value: f64, fine: f64) -> f64 {
    let mut steps = 1.0;
    while steps * fine < 1.0 && steps < 1e9 {
        steps *= 10.0;
    }
    (value * steps).round() / steps
}

impl Space for Values {
    fn edited(&self, edits: &[Edit]) -> Array2<f32> {
        let mut x = self.x.clone();
        for (v, variable) in self.variables.iter().enumerate() {
            let mut raw = variable.raw.clone();
            let mut touched = false;
            for edit in edits {
                if let Edit::Value { step, variable, raw: value } = edit
                    && *variable == v
                {
                    (raw[*step], touched) = (*value, true);
                }
            }
            let mut last = 0.0;
            for (t, raw) in raw.iter().enumerate().filter(|_| touched) {
                last = if raw.is_nan() { last } else { self.z(v, *raw) };
                x[(t, variable.value)] = last as f32;
                if let Some(column) = variable.measured {
                    x[(t, column)] = if raw.is_nan() { 0.0 } else { 1.0 };
                }
            }
        }
        x
    }

    /// Σ ∂m/∂x (z′ − x) over the steps that carry a charted value, for the least and the largest usual one.
    fn proposals(&self, edits: &[Edit], slope: &Array2<f32>, most: usize) -> Vec<Edit> {
        let (mut found, mut falls) = (Vec::new(), Vec::new());
        for (v, variable) in self.variables.iter().enumerate() {
            let usual = self.usual(v);
            // What was not charted stays so: nothing is measured silently.
            for step in (0..variable.raw.len()).filter(|t| !variable.raw[*t].is_nan()) {
                for raw in usual.first().into_iter().chain(usual.last()) {
                    let edit = Edit::Value { step, variable: v, raw: *raw };
                    let z = self.z(v, *raw);
                    let column = variable.value;
                    let change = |t: usize| f64::from(slope[(t, column)]) * (z - f64::from(self.x[(t, column)]));
                    let fall = -self.carried(v, step).map(change).sum::<f64>();
                    if fall > 0.0 && !edits.iter().any(|other| other.replaces(&edit)) {
                        found.push(edit);
                        falls.push(fall);
                    }
                }
            }
        }
        descending(&falls).into_iter().take(most).map(|k| found[k]).collect()
    }

    fn smaller(&self, edit: &Edit, most: usize) -> Vec<Edit> {
        let Edit::Value { step, variable, raw } = *edit else { return Vec::new() };
        let now = self.variables[variable].raw[step];
        if now.is_nan() || raw.is_nan() {
            return Vec::new();
        }
        let between = |n: usize| readable(now + (raw - now) * n as f64 / most as f64, (raw - now).abs() / 100.0);
        let value = |n: usize| Edit::Value { step, variable, raw: between(n) };
        (1..most).map(value).filter(|other| self.size(other) < self.size(edit)).collect()
    }

    /// |z′ − z|; of a measurement that comes or goes 1 more.
    fn size(&self, edit: &Edit) -> f64 {
        let Edit::Value { step, variable, raw } = *edit else { return f64::INFINITY };
        let carried = |at: usize| (0..=at).rev().map(|t| self.variables[variable].raw[t]).find(|raw| !raw.is_nan());
        let before = carried(step).map_or(0.0, |raw| self.z(variable, raw));
        match (raw.is_nan(), self.variables[variable].raw[step].is_nan()) {
            (true, true) => 0.0,
            (true, false) => {
                let earlier = step.checked_sub(1).and_then(carried);
                1.0 + (before - earlier.map_or(0.0, |raw| self.z(variable, raw))).abs()
            }
            (false, gap) => (self.z(variable, raw) - before).abs() + if gap { 1.0 } else { 0.0 },
        }
    }
}
