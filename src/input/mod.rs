//! Text and time series become steps: tokens with their numbers, values with their units and hours.

mod series;
mod text;

pub use series::{Column, Series, SeriesSpec};
pub use text::{Letters, Text, TextToken};

/// Longest input, steps.
pub const MOST_STEPS: usize = 100_000;
