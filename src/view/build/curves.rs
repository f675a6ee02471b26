//! What a metric drew.

use crate::metrics::Measurement;
use crate::view::Curves;

/// The curves of a measurement; none if it drew nothing.
pub fn curves(title: String, measurement: &Measurement) -> Option<Curves> {
    let curves = &measurement.curves;
    if curves.is_empty() {
        return None;
    }
    let flat = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<f32>>();
    let banded = curves.iter().any(|curve| curve.band.is_some());
    let edge = |upper: bool| -> Vec<f32> {
        let edges = curves.iter().filter(|_| banded).flat_map(|curve| match &curve.band {
            Some((low, high)) => flat(if upper { high } else { low }),
            None => vec![f32::NAN; curve.x.len()],
        });
        edges.collect()
    };
    Some(Curves {
        title,
        x_label: measurement.x_label.clone(),
        y_label: measurement.y_label.clone(),
        series: curves.iter().map(|curve| curve.label.clone()).collect(),
        counts: curves.iter().map(|curve| curve.x.len()).collect(),
        x: curves.iter().flat_map(|curve| flat(&curve.x)).collect(),
        y: curves.iter().flat_map(|curve| flat(&curve.y)).collect(),
        low: edge(false),
        high: edge(true),
    })
}
