//! Views as the analyses make them, from closed formulae.

use rnnscope::view::{Bars, Curves, Heatmap, Hierarchy, Labels, Lines, Ribbon, River, Waterfall};

const TEXT: &str =
    "I did not expect much , but this film is a wonderful and quietly devastating surprise from beginning to the end";

fn tokens(n: usize) -> Labels {
    TEXT.split(' ').cycle().take(n).map(String::from).collect()
}

fn letters(n: usize) -> Labels {
    TEXT.chars().cycle().take(n).map(|c| if c == ' ' { "␣".into() } else { c.to_string() }).collect()
}

fn wave(k: usize, t: usize) -> f32 {
    let (k, t) = (k as f32, t as f32);
    (0.9 * (t * (0.21 + 0.05 * k) + k).sin() + 0.3 * (t * 0.83 + k * k).cos())
        * (0.45 + 0.5 * (t * 0.11 + k).sin().abs())
}

/// Gates and states of one unit.
pub fn gates(steps: usize) -> Lines {
    let series =
        ["input gate", "forget gate", "candidate", "output gate", "cell state", "tanh of cell", "hidden state"];
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
        series: vec!["hidden state".into()].into(),
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
    "heart rate",
    "systolic blood pressure",
    "respiratory rate",
    "temperature",
    "oxygen saturation",
    "Glasgow coma score",
    "urine",
    "creatinine",
    "lactate",
    "sodium",
    "white cell count",
    "bilirubin",
    "age",
    "mechanical ventilation",
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
        values: (0..FEATURES.len())
            .flat_map(|k| (0..hours).map(move |t| 0.3 * wave(k, t) * if measured(k, t) { 1.0 } else { 0.3 }))
            .collect(),
        filled: (0..FEATURES.len())
            .flat_map(|k| (0..hours).map(move |t| if measured(k, t) { 0.0 } else { 1.0 }))
            .collect(),
    }
}

/// What every word contributed.
pub fn words() -> Bars {
    let values =
        vec![0.05, -0.12, -0.62, -0.18, 0.04, 0.01, 0.33, 0.08, 0.11, 0.03, 0.02, 1.42, 0.21, 0.37, -0.48, 0.66];
    Bars {
        title: "Integrated gradients · logit of positive".into(),
        x_label: "word".into(),
        unit: "logits".into(),
        labels: tokens(values.len()),
        signed: true,
        limit: 1.42,
        gap: Some(-0.23),
        values,
        ..Bars::default()
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
        ..Bars::default()
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
        values: (0..FEATURES.len())
            .map(|k| 0.98 * 0.78_f32.powi(k as i32) * if k % 3 == 1 { -1.0 } else { 1.0 })
            .collect(),
        ..Bars::default()
    }
}

/// From the baseline to the input.
pub fn fall() -> Waterfall {
    let values = vec![1.42, 0.66, -0.62, -0.48, 0.37, 0.33, 0.21, -0.18, 0.32];
    let names = ["wonderful", "surprise", "not", "devastating", "quietly", "this", "and", "expect", "17 others"];
    let start = -0.31;
    Waterfall {
        title: "From an empty text to this one".into(),
        unit: "logits".into(),
        target: "logit of positive".into(),
        baseline: "padding".into(),
        start,
        end: start + values.iter().sum::<f32>() - 0.23,
        labels: names.map(String::from).into(),
        remainder: Vec::new(),
        gap: Some(-0.23),
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
        ..Bars::default()
    }
}

/// Estimated bars: whiskers, what belongs to no word, and two words in dispute.
pub fn estimated() -> Bars {
    let errors = (0..words().values.len()).map(|k| if k == 5 { f32::NAN } else { 0.03 + 0.02 * k as f32 }).collect();
    let mut bars = words().with(errors, vec![("bias".into(), 0.31), ("initial state".into(), -0.12)]);
    bars.disputed = vec![0.0; bars.values.len()];
    (bars.disputed[2], bars.disputed[3], bars.disputed[14]) = (1.0, 1.0, 1.0);
    bars
}

/// Features with whiskers and a bias.
pub fn features_estimated() -> Bars {
    let errors = (0..FEATURES.len()).map(|k| 0.02 * (k % 4) as f32).collect();
    features().with(errors, vec![("bias".into(), -0.4)])
}

/// From the baseline to the input, past what belongs to no word.
pub fn fall_remainder() -> Waterfall {
    let mut view = fall().with(vec![("initial state".into(), -0.2), ("ε".into(), 0.05)]);
    view.end -= 0.15;
    view
}

/// A single word that was all that was read.
pub fn single() -> Bars {
    Bars {
        labels: vec!["wonderful".into()].into(),
        values: vec![-0.4],
        title: "One word".into(),
        x_label: "word".into(),
        signed: true,
        limit: 0.4,
        ..words()
    }
    .with(vec![0.2], vec![("ε".into(), 0.01)])
}

/// What is left of a score as words are taken away: by rank, and by chance.
pub fn curves() -> Curves {
    let n = 21;
    let x = |k: usize| k as f32 / 20.0;
    let chance = |k: usize| 1.8 - 1.2 * x(k);
    let deletion = |k: usize| if k == 13 { f32::NAN } else { 1.8 * (1.0 - x(k)).powi(3) - 0.3 };
    let insertion = |k: usize| 1.8 - 2.1 * (1.0 - x(k)).powi(4);
    let spread = |k: usize| 0.4 * x(k) * (1.0 - x(k)) + 0.05;
    let all = |f: &dyn Fn(usize) -> f32| (0..n).map(f).collect::<Vec<f32>>();
    let none = vec![f32::NAN; n];
    Curves {
        title: "Deletion and insertion".into(),
        x_label: "share of words taken away".into(),
        y_label: "logit of positive".into(),
        series: ["largest first", "smallest first", "at random"].map(String::from).into(),
        counts: vec![n; 3],
        x: [all(&x), all(&x), all(&x)].concat(),
        y: [all(&deletion), all(&insertion), all(&chance)].concat(),
        low: [none.clone(), none.clone(), all(&|k| chance(k) - spread(k))].concat(),
        high: [none.clone(), none, all(&|k| chance(k) + spread(k))].concat(),
    }
}

/// Words joined in pairs, and pairs of pairs, up to the whole.
pub fn tree(words: usize) -> Hierarchy {
    let mut spans: Vec<(usize, usize, usize)> = Vec::new();
    fn grow(from: usize, to: usize, level: usize, spans: &mut Vec<(usize, usize, usize)>) {
        spans.push((from, to, level));
        if to - from > 1 {
            let middle = from + (to - from).div_ceil(2);
            grow(from, middle, level + 1, spans);
            grow(middle, to, level + 1, spans);
        }
    }
    if words > 0 {
        grow(0, words, 0, &mut spans);
    }
    let score = |from: usize, to: usize| (from..to).map(|t| wave(2, t)).sum::<f32>();
    let scores: Vec<f32> = spans.iter().map(|(from, to, _)| score(*from, *to)).collect();
    Hierarchy {
        title: "Phrases · logit of positive".into(),
        x_label: "word".into(),
        unit: "logits".into(),
        labels: tokens(words),
        limit: scores.iter().fold(0.1, |limit: f32, v| limit.max(v.abs())),
        from: spans.iter().map(|span| span.0 as f32).collect(),
        to: spans.iter().map(|span| span.1 as f32).collect(),
        level: spans.iter().map(|span| span.2 as f32).collect(),
        scores,
        errors: Vec::new(),
    }
}

/// A memory that forgets: what step s wrote fades, by streams of three writers each.
pub fn memory(steps: usize) -> River {
    let streams = 8;
    let share =
        |s: usize, t: usize| if t < 2 * s { 0.0 } else { wave(s, 3) * 0.86_f32.powi((t - 2 * s).min(200) as i32) };
    let values: Vec<f32> = (0..streams).flat_map(|s| (0..steps).map(move |t| share(s, t))).collect();
    let names = tokens(2 * streams);
    River {
        title: "Cell state c of unit 17".into(),
        x_label: "word".into(),
        y_label: "cell state".into(),
        x_labels: tokens(steps),
        series: (0..streams)
            .map(|s| if s + 1 == streams { "9 others".into() } else { format!("{} ({})", names[2 * s], 2 * s + 1) })
            .collect(),
        others: true,
        total: (0..steps).map(|t| (0..streams).map(|s| values[s * steps + t]).sum()).collect(),
        values,
    }
}

/// Bars over several baselines.
pub fn ranges() -> Ribbon {
    let mean = words().values;
    let wide = |k: usize| 0.08 + 0.25 * wave(1, k).abs();
    let low: Vec<f32> = mean.iter().enumerate().map(|(k, v)| v - wide(k)).collect();
    let high: Vec<f32> = mean.iter().enumerate().map(|(k, v)| v + wide(k)).collect();
    let flips = low.iter().zip(&high).map(|(low, high)| if *low < 0.0 && *high > 0.0 { 1.0 } else { 0.0 }).collect();
    Ribbon {
        title: "Over 5 baselines · logit of positive".into(),
        x_label: "word".into(),
        unit: "logits".into(),
        labels: tokens(mean.len()),
        low,
        high,
        mean,
        flips,
    }
}
