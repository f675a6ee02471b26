//! Traces and attributions become views: labels, limits, sort order.

mod curves;
mod hierarchy;
mod matrix;
mod over_time;
mod river;

pub use curves::curves;
pub use hierarchy::hierarchy;
pub use matrix::matrix;
pub use over_time::over_time;
pub use river::river;

use super::{Bars, Heatmap, Labels, Lines, Text, Token, Waterfall};
use crate::cell::{Kind, Quantity};
use crate::math::descending;
use crate::network::Trace;
use crate::{Error, Result};
use ndarray::{Array2, Axis};

/// More columns than any screen has pixels are pooled.
const MOST_COLUMNS: usize = 4096;
/// Features in bars and waterfalls; the rest is one bar.
const MOST_BARS: usize = 16;

/// The largest finite size; one if all are zero.
fn largest(values: &[f32]) -> f32 {
    let larger = |most: f32, v: f32| if v.abs() > most && v.is_finite() { v.abs() } else { most };
    let (chunks, rest) = values.as_chunks::<8>();
    let mut most = [0.0f32; 8];
    for chunk in chunks {
        most.iter_mut().zip(chunk).for_each(|(most, v)| *most = larger(*most, *v));
    }
    let size = most.iter().chain(rest).fold(0.0, |most, v| larger(most, *v));
    if size == 0.0 { 1.0 } else { size }
}

/// Columns of a matrix of scores one after the other, as `order` says.
fn columns(scores: &Array2<f64>, order: impl Iterator<Item = usize> + Clone, steps: usize) -> Vec<f32> {
    let mut values = vec![0.0; order.clone().count() * steps];
    for (t, row) in scores.rows().into_iter().enumerate().take(steps) {
        for (at, k) in order.clone().enumerate() {
            values[at * steps + t] = row[k] as f32;
        }
    }
    values
}

/// What stands around a picture.
#[derive(Debug, Clone, Copy)]
pub struct Caption<'a> {
    /// Heading.
    pub title: &'a str,
    /// What a step, or a bar, stands for.
    pub x_label: &'a str,
    /// Of the values.
    pub unit: &'a str,
}

/// Gives all bars the largest limit of any, so that their heights can be compared.
pub fn one_scale<'a>(bars: impl Iterator<Item = &'a mut Bars>) {
    let bars: Vec<&mut Bars> = bars.collect();
    let limit = bars.iter().map(|bars| bars.limit).fold(0.0, f32::max);
    bars.into_iter().for_each(|bars| bars.limit = limit);
}

/// One unit's values of one quantity, [T].
pub fn unit_over_time(trace: &Trace<f32>, d: usize, quantity: usize, unit: usize) -> Vec<f32> {
    let records = trace.records();
    let hidden = records.hidden_state(d, 0, 0).len();
    (0..trace.steps()).map(|t| records.row(d, t, 0)[quantity * hidden + unit]).collect()
}

/// Coloured text; a closed range sets the colour scale, an open one the data.
pub fn text(caption: Caption<'_>, tokens: Vec<Token>, range: (f32, f32), values: Vec<f32>) -> Text {
    let closed = range.0.is_finite() && range.1.is_finite();
    let limit = if closed { range.1.abs().max(range.0.abs()) } else { largest(&values) };
    let Caption { title, x_label, unit } = caption;
    let (title, x_label, unit) = (title.into(), x_label.into(), unit.into());
    Text { title, x_label, tokens, unit, signed: range.0 < 0.0, limit, values }
}

/// Every quantity of one unit; internal ones are left out.
pub fn lines(
    title: String,
    x_label: &str,
    x_labels: Labels,
    quantities: &[Quantity],
    trace: &Trace<f32>,
    d: usize,
    unit: usize,
) -> Lines {
    let shown: Vec<usize> = (0..quantities.len()).filter(|q| quantities[*q].kind != Kind::Internal).collect();
    let values: Vec<f32> = shown.iter().flat_map(|q| unit_over_time(trace, d, *q, unit)).collect();
    let low = values.iter().copied().fold(-1.0f32, f32::min);
    let high = values.iter().copied().fold(1.0f32, f32::max);
    let series = shown.iter().map(|q| quantities[*q].label.to_string()).collect();
    Lines { title, x_label: x_label.into(), y_label: "activation".into(), x_labels, series, low, high, values }
}

/// Units × time of the quantity at `index` of layer × direction `d`, rows by `index`, by when they `peak`, or `similar` ones together.
pub fn heatmap(
    caption: Caption<'_>,
    labels: Labels,
    quantity: &Quantity,
    order: &str,
    trace: &Trace<f32>,
    (d, index): (usize, usize),
) -> Result<Heatmap> {
    let matrix = pooled(trace.quantity(d, index).reversed_axes().as_standard_layout().to_owned(), MOST_COLUMNS);
    let (units, columns) = matrix.dim();
    let mut rows: Vec<usize> = (0..units).collect();
    match order {
        "" | "index" => {}
        "peak" => {
            let peak = |u: usize| {
                matrix
                    .row(u)
                    .iter()
                    .enumerate()
                    .fold((0, 0.0f32), |best, (t, v)| if v.abs() > best.1 { (t, v.abs()) } else { best })
                    .0
            };
            rows = descending(&(0..units).map(|u| -(peak(u) as f64)).collect::<Vec<f64>>());
        }
        "similar" => {
            rows = descending(&first_component(&matrix).into_iter().map(f64::from).collect::<Vec<f64>>());
        }
        other => return Err(Error::request("order", "one of index, peak, similar", other)),
    }
    let values: Vec<f32> = rows.iter().flat_map(|u| matrix.row(*u).to_vec()).collect();
    let closed = quantity.range.1.is_finite();
    let steps = labels.len();
    let col_labels = if columns == steps {
        labels
    } else {
        (0..columns).map(|c| format!("{} from {}", caption.x_label, c * steps / columns + 1)).collect()
    };
    let limit = if closed { quantity.range.1 } else { largest(&values) };
    Ok(Heatmap {
        title: caption.title.into(),
        x_label: caption.x_label.into(),
        y_label: "unit".into(),
        col_labels,
        row_labels: rows.iter().map(usize::to_string).collect(),
        unit: caption.unit.into(),
        signed: quantity.range.0 < 0.0,
        limit,
        values,
        filled: Vec::new(),
    })
}

/// At most `most` columns: of each group of columns the value farthest from zero.
fn pooled(matrix: Array2<f32>, most: usize) -> Array2<f32> {
    let (rows, columns) = matrix.dim();
    if columns <= most {
        return matrix;
    }
    Array2::from_shape_fn((rows, most), |(r, c)| {
        let group = c * columns / most..((c + 1) * columns / most).max(c * columns / most + 1);
        group.map(|k| matrix[(r, k)]).fold(0.0f32, |best, v| if v.abs() > best.abs() { v } else { best })
    })
}

/// Each row's coordinate on the first principal component of the rows, by power iteration.
fn first_component(matrix: &Array2<f32>) -> Vec<f32> {
    let Some(mean) = matrix.mean_axis(Axis(0)) else { return Vec::new() };
    let centred = matrix - &mean;
    let mut direction = ndarray::Array1::from_shape_fn(matrix.ncols(), |t| 1.0 + (t % 7) as f32);
    for _ in 0..30 {
        let next = centred.t().dot(&centred.dot(&direction));
        let size = next.dot(&next).sqrt();
        if size == 0.0 {
            break;
        }
        direction = next / size;
    }
    centred.dot(&direction).to_vec()
}

/// One bar a step.
pub fn bars(caption: Caption<'_>, labels: Labels, signed: bool, gap: Option<f32>, values: Vec<f32>) -> Bars {
    let Caption { title, x_label, unit } = caption;
    let (title, x_label, unit) = (title.into(), x_label.into(), unit.into());
    let limit = largest(&values).max(gap.map_or(0.0, f32::abs));
    Bars { title, x_label, unit, labels, signed, limit, gap, values, ..Bars::default() }
}

/// Σ f(score) over time of each feature.
fn feature_sums(scores: &Array2<f64>, f: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; scores.ncols()];
    for row in scores.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, score)| *sum += f(*score));
    }
    sums
}

/// Features in the order of their weight over time.
pub fn by_weight(scores: &Array2<f64>) -> Vec<usize> {
    descending(&feature_sums(scores, f64::abs))
}

/// The score of each feature, summed over time.
pub fn totals(scores: &Array2<f64>) -> Vec<f64> {
    feature_sums(scores, |score| score)
}

/// One bar a feature: its sum over time, heaviest first as `order` says, the light ones together.
pub fn features(
    caption: Caption<'_>,
    names: &[String],
    signed: bool,
    gap: Option<f32>,
    order: &[usize],
    totals: &[f64],
) -> Bars {
    let total = |k: &usize| totals[*k] as f32;
    let shown = order.len().min(MOST_BARS);
    let mut labels: Vec<String> = order[..shown].iter().map(|k| names.get(*k).cloned().unwrap_or_default()).collect();
    let mut values: Vec<f32> = order[..shown].iter().map(total).collect();
    if shown < order.len() {
        labels.push(format!("{} others", order.len() - shown));
        values.push(order[shown..].iter().map(total).sum());
    }
    bars(Caption { x_label: "feature", ..caption }, labels.into(), signed, gap, values)
}

/// Standard errors of the bars that `features` makes, from one a feature (none: empty); light features may err together.
pub fn feature_errors(order: &[usize], errors: &[f64]) -> Vec<f32> {
    let shown = order.len().min(MOST_BARS).min(errors.len());
    let error = |k: &usize| errors[*k];
    let rest = (0 < shown && shown < order.len()).then(|| order[shown..].iter().map(error).sum::<f64>());
    order[..shown].iter().map(error).chain(rest).map(|error| error as f32).collect()
}

/// Features × time, heaviest feature on top as `order` says; hatched where what was read of a feature, [T] or nothing, is missing.
pub fn feature_map<'a>(
    caption: Caption<'_>,
    names: &[String],
    labels: Labels,
    signed: bool,
    order: &[usize],
    scores: &Array2<f64>,
    as_read: impl Fn(usize) -> &'a [f64],
) -> Heatmap {
    let steps = scores.nrows();
    let values = columns(scores, order.iter().copied(), steps);
    let mut filled = Vec::new();
    for (row, k) in order.iter().enumerate() {
        for (t, _) in as_read(*k).iter().enumerate().take(steps).filter(|(_, read)| read.is_nan()) {
            filled.resize(scores.len(), 0.0);
            filled[row * steps + t] = 1.0;
        }
    }
    Heatmap {
        title: caption.title.into(),
        x_label: caption.x_label.into(),
        y_label: "feature".into(),
        col_labels: labels,
        row_labels: order.iter().map(|k| names.get(*k).cloned().unwrap_or_default()).collect(),
        unit: caption.unit.into(),
        signed,
        limit: largest(&values),
        values,
        filled,
    }
}

/// Inputs × time in the network's terms: what a baseline looks like.
pub fn inputs(title: String, x_label: &str, names: Labels, labels: Labels, x: &Array2<f64>) -> Heatmap {
    let steps = x.nrows().min(MOST_COLUMNS).min(labels.len());
    let values = columns(x, 0..x.ncols(), steps);
    Heatmap {
        title,
        x_label: x_label.into(),
        y_label: "input".into(),
        col_labels: if steps == labels.len() { labels } else { labels[..steps].to_vec().into() },
        row_labels: if x.ncols() == names.len() { names } else { names.iter().take(x.ncols()).cloned().collect() },
        unit: String::new(),
        signed: true,
        limit: largest(&values),
        values,
        filled: Vec::new(),
    }
}

/// Labels told apart by their place: "the (4)".
pub fn numbered(labels: &[String]) -> Labels {
    labels.iter().enumerate().map(|(t, label)| format!("{label} ({})", t + 1)).collect()
}

/// From the baseline's score to the input's: heaviest parts first, then the others, then the gap.
pub fn waterfall(
    caption: Caption<'_>,
    (baseline, start): (&str, f64),
    (target, end): (&str, f64),
    names: &[String],
    parts: &[f64],
    gap: f64,
) -> Waterfall {
    let order = descending(&parts.iter().map(|part| part.abs()).collect::<Vec<f64>>());
    let shown = order.len().min(MOST_BARS - 4);
    let mut labels: Vec<String> = order[..shown].iter().map(|k| names.get(*k).cloned().unwrap_or_default()).collect();
    let mut values: Vec<f32> = order[..shown].iter().map(|k| parts[*k] as f32).collect();
    if shown < order.len() {
        labels.push(format!("{} others", order.len() - shown));
        values.push(order[shown..].iter().map(|k| parts[*k]).sum::<f64>() as f32);
    }
    Waterfall {
        title: caption.title.into(),
        unit: caption.unit.into(),
        target: target.into(),
        baseline: baseline.into(),
        start: start as f32,
        end: end as f32,
        labels: labels.into(),
        remainder: Vec::new(),
        gap: Some(gap as f32),
        values,
    }
}
