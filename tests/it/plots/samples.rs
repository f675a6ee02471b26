//! Views as the analyses make them, from closed formulae.

use rnnscope::view::{Bars, Heatmap, Lines, Waterfall};

const TEXT: &str = "I did not expect much , but this film is a wonderful and quietly devastating surprise from beginning to the end";

fn tokens(n: usize) -> Vec<String> {
    TEXT.split(' ').cycle().take(n).map(String::from).collect()
}

fn letters(n: usize) -> Vec<String> {
    TEXT.chars().cycle().take(n).map(|c| if c == ' ' { "␣".into() } else { c.to_string() }).collect()
}

fn wave(k: usize, t: usize) -> f32 {
    let (k, t) = (k as f32, t as f32);
    (0.9 * (t * (0.21 + 0.05 * k) + k).sin() + 0.3 * (t * 0.83 + k * k).cos()) * (0.45 + 0.5 * (t * 0.11 + k).sin().abs())
}

/// Gates and states of one unit.
pub fn gates(steps: usize) -> Lines {
    let series = ["input gate", "forget gate", "candidate", "output gate", "cell state", "tanh of cell", "hidden state"];
    let value = |k: usize, t: usize| match k {
        0 | 1 | 3 => 1.0 / (1.0 + (wave(k, t) * -3.0).exp2()),
        _ => wave(k, t),
    };
    Lines {
        title: "Layer 1 · unit 17".into(),
        x_label: "word".into(),
        y_label: "activation".into(),
        x_labels: tokens(steps),
        series: series.map(String::from).into(),
        low: -1.0,
        high: 1.0,
        values: (0..series.len()).flat_map(|k| (0..steps).map(move |t| value(k, t))).collect(),
    }
}

/// One noisy line with a single spike.
pub fn long(steps: usize) -> Lines {
    let noise = |t: usize| ((t as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5;
    let value = |t: usize| if t == steps / 3 { 0.95 } else { 0.3 * (t as f32 * 1e-4).sin() + 0.2 * noise(t) };
    Lines {
        title: "Layer 1 · unit 3".into(),
        x_label: "character".into(),
        y_label: "activation".into(),
        x_labels: letters(steps),
        series: vec!["hidden state".into()],
        low: -1.0,
        high: 1.0,
        values: (0..steps).map(value).collect(),
    }
}

/// Hidden state of some units.
pub fn units(rows: usize, steps: usize) -> Heatmap {
    Heatmap {
        title: "Layer 1 · hidden state".into(),
        x_label: "word".into(),
        y_label: "unit, by time of peak".into(),
        col_labels: tokens(steps),
        row_labels: (0..rows).map(|k| (k * 37 % 128).to_string()).collect(),
        unit: String::new(),
        signed: true,
        limit: 1.0,
        values: (0..rows).flat_map(|k| (0..steps).map(move |t| wave(k, t))).collect(),
        filled: Vec::new(),
    }
}

const FEATURES: [&str; 14] = [
    "heart rate", "systolic blood pressure", "respiratory rate", "temperature", "oxygen saturation", "Glasgow coma score",
    "urine", "creatinine", "lactate", "sodium", "white cell count", "bilirubin", "age", "mechanical ventilation",
];

/// Contributions of features in every hour of a stay, mostly not measured.
pub fn stay() -> Heatmap {
    let hours = 48;
    let measured = |k: usize, t: usize| (t * 7 + k * 5) % (1 + k) < 2;
    Heatmap {
        title: "Integrated gradients · logit of death in hospital".into(),
        x_label: "hour".into(),
        y_label: "feature".into(),
        col_labels: (0..hours).map(|t| t.to_string()).collect(),
        row_labels: FEATURES.map(String::from).into(),
        unit: "logits".into(),
        signed: true,
        limit: 0.35,
        values: (0..FEATURES.len()).flat_map(|k| (0..hours).map(move |t| 0.3 * wave(k, t) * if measured(k, t) { 1.0 } else { 0.3 })).collect(),
        filled: (0..FEATURES.len()).flat_map(|k| (0..hours).map(move |t| if measured(k, t) { 0.0 } else { 1.0 })).collect(),
    }
}

/// What every word contributed.
pub fn words() -> Bars {
    let values = vec![0.05, -0.12, -0.62, -0.18, 0.04, 0.01, 0.33, 0.08, 0.11, 0.03, 0.02, 1.42, 0.21, 0.37, -0.48, 0.66];
    Bars {
        title: "Integrated gradients · logit of positive".into(),
        x_label: "word".into(),
        unit: "logits".into(),
        labels: tokens(values.len()),
        signed: true,
        limit: 1.42,
        gap: Some(-0.23),
        values,
    }
}

/// What every character contributed.
pub fn characters(n: usize) -> Bars {
    Bars {
        title: "Occlusion · log-probability of “e”".into(),
        x_label: "character".into(),
        unit: "nats".into(),
        labels: letters(n),
        signed: true,
        limit: 1.0,
        gap: Some(0.4),
        values: (0..n).map(|t| wave(2, t).powi(3)).collect(),
    }
}

/// What every feature contributed, over all hours.
pub fn features() -> Bars {
    Bars {
        title: "Integrated gradients · logit of death in hospital, summed over 48 hours".into(),
        x_label: "feature".into(),
        unit: "logits".into(),
        labels: FEATURES.map(String::from).into(),
        signed: true,
        limit: 1.0,
        gap: Some(0.06),
        values: (0..FEATURES.len()).map(|k| 0.98 * 0.78_f32.powi(k as i32) * if k % 3 == 1 { -1.0 } else { 1.0 }).collect(),
    }
}

/// From the baseline to the input.
pub fn fall() -> Waterfall {
    let values = vec![1.42, 0.66, -0.62, -0.48, 0.37, 0.33, 0.21, -0.18, 0.32, -0.23];
    let names = ["wonderful", "surprise", "not", "devastating", "quietly", "this", "and", "expect", "17 others", "unexplained"];
    let start = -0.31;
    Waterfall {
        title: "From an empty text to this one".into(),
        unit: "logits".into(),
        target: "logit of positive".into(),
        baseline: "padding".into(),
        start,
        end: start + values.iter().sum::<f32>(),
        labels: names.map(String::from).into(),
        values,
    }
}

/// Numbers that are none, and labels that are long.
pub fn odd() -> Bars {
    let values = vec![f32::NAN, f32::INFINITY, -1e30, 1e-30, 0.0, f32::NEG_INFINITY];
    Bars {
        title: "A title that is far too long for any picture of this width, and goes on, and on, and on ".repeat(4),
        x_label: "word".into(),
        unit: "unit".repeat(40),
        labels: (0..values.len()).map(|k| "Donaudampfschifffahrt".repeat(k + 1)).collect(),
        signed: true,
        limit: f32::NAN,
        gap: Some(f32::NAN),
        values,
    }
}
