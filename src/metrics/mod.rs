//! Is the answer any good? One test a file; a registry lists those that need passes.
//!
//! A metric is started on a claim (an answer and its question) and becomes a job that is done unit by unit; what it
//! measured can be read at any time. Agreement, ribbon, completeness, selection and summary are plain functions of bars.

mod agreement;
mod claim;
mod completeness;
mod comprehensiveness;
mod controls;
mod deletion;
mod infidelity;
mod max_sensitivity;
mod measurement;
mod metric;
mod opinion;
mod padding;
mod parts;
mod randomization;
mod rerun;
mod ribbon;
mod scoring;
mod selection;
mod sensitivity_n;
pub mod statistics;
mod summary;
mod transient;

pub use agreement::{Agreement, Dispute, Distance, IN_DISPUTE, agreement, referee};
pub use claim::Claim;
pub use completeness::{Completeness, completeness};
pub use measurement::{Curve, Measurement, Number};
pub use metric::{Job, Judge, Metric, Starter};
pub use opinion::Opinion;
pub use ribbon::{Ribbon, ribbon};
pub use selection::{Mass, Plausibility, plausibility, selection};
pub use summary::{Summary, summary};

use crate::{Error, Result};

macro_rules! registry {
    ($($file:ident::$METRIC:ident),* $(,)?) => {
        /// The registry.
        pub const METRICS: &[&Metric] = &[$(&$file::$METRIC),*];
        /// How each begins in f64: apart, so that a program that judges in f32 only, as the page does, holds one of
        /// the two.
        const DOUBLE: &[(&str, Starter<f64>)] = &[$(($file::$METRIC.id, $file::start)),*];
    };
}

// A new metric is one file and one line here.
registry![
    deletion::DELETION,
    comprehensiveness::COMPREHENSIVENESS,
    sensitivity_n::SENSITIVITY_N,
    infidelity::INFIDELITY,
    max_sensitivity::MAX_SENSITIVITY,
    randomization::RANDOMIZATION,
    padding::PADDING,
    transient::TRANSIENT,
];

/// The metric of this name.
pub fn find(id: &str) -> Result<&'static Metric> {
    METRICS.iter().copied().find(|metric| metric.id == id).ok_or_else(|| {
        let known: Vec<&str> = METRICS.iter().map(|metric| metric.id).collect();
        Error::request("metric", format!("one of {}", known.join(", ")), id)
    })
}
