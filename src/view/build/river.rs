//! A memory by the steps that wrote it.

use super::numbered;
use crate::attribution::inside::Ledger;
use crate::math::descending;
use crate::view::{Labels, River};

/// Streams with a name; the rest is one stream.
const MOST_STREAMS: usize = 12;

/// The ledger of one unit: the steps that wrote most of it by name, in the order of reading, then the others.
pub fn river(title: String, x_label: &str, y_label: &str, labels: Labels, ledger: &Ledger) -> River {
    let shares = &ledger.shares;
    let (steps, writers) = shares.dim();
    // How much of the state came from each step, over all steps that read it.
    let weight: Vec<f64> = shares.columns().into_iter().map(|column| column.iter().map(|v| v.abs()).sum()).collect();
    let order = descending(&weight);
    let mut named: Vec<usize> = order.iter().copied().take(MOST_STREAMS).filter(|s| weight[*s] > 0.0).collect();
    named =
        descending(&named.iter().map(|s| -(*s as f64)).collect::<Vec<f64>>()).into_iter().map(|k| named[k]).collect();
    let rest: Vec<usize> = order.iter().copied().skip(MOST_STREAMS).collect();
    let names = numbered(&labels);
    let mut series: Vec<String> = named.iter().map(|s| names.get(*s).cloned().unwrap_or_default()).collect();
    let mut values: Vec<f32> =
        named.iter().flat_map(|s| shares.column(*s).iter().map(|v| *v as f32).collect::<Vec<f32>>()).collect();
    let others = writers > MOST_STREAMS;
    if others {
        series.push(format!("{} others", rest.len()));
        values.extend((0..steps).map(|t| rest.iter().map(|s| shares[(t, *s)]).sum::<f64>() as f32));
    }
    let total = ledger.values.iter().map(|v| *v as f32).collect();
    River {
        title,
        x_label: x_label.into(),
        y_label: y_label.into(),
        x_labels: labels,
        series: series.into(),
        others,
        values,
        total,
    }
}
