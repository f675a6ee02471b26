//! What a person should see, as plain data: labels, units, limits, sort order.
//!
//! No pixels and no networks. Words are serde fields; numbers are `Vec<f32>` fields that [`View::numbers`]
//! names, so that they cross to the page as typed arrays, and lists of labels are fields that [`View::labels`] names,
//! so that each crosses as one string. Matrices are row-major.

mod bars;
pub mod build;
mod color;
mod curves;
mod heatmap;
mod hierarchy;
mod labels;
mod lines;
mod ribbon;
mod river;
mod table;
mod text;
mod waterfall;

pub use bars::Bars;
pub use color::{color, contrast, css, legend, text_on};
pub use curves::Curves;
pub use heatmap::Heatmap;
pub use hierarchy::Hierarchy;
pub use labels::Labels;
pub use lines::Lines;
pub use ribbon::Ribbon;
pub use river::River;
pub use table::Table;
pub use text::{Text, Token};
pub use waterfall::Waterfall;

use serde::{Serialize, de::DeserializeOwned};

/// What all views have in common.
pub trait View: Serialize + DeserializeOwned {
    /// Which drawing function takes it.
    const KIND: &'static str;

    /// The numeric fields by name; they are skipped by serde and travel as typed arrays.
    fn numbers(&self) -> Vec<(&'static str, &[f32])>;

    /// The same fields, to be filled on arrival.
    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)>;

    /// The lists of labels by name; they are skipped by serde and travel as one string each.
    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        Vec::new()
    }

    /// The same fields, to be filled on arrival.
    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        Vec::new()
    }

    /// Err with the reason if lengths do not fit together; drawing trusts a checked view.
    fn check(&self) -> Result<(), String>;

    /// One sentence for people who do not see the picture.
    fn summary(&self) -> String;

    /// The same numbers as rows of text.
    fn table(&self) -> Table;
}

/// A number as people read it: four significant digits, no trailing zeros beyond them.
pub fn readable(value: f32) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if !value.is_finite() {
        value.to_string()
    } else if !(1e-4..1e6).contains(&size) {
        format!("{value:.3e}")
    } else {
        let digits = if size >= 1000.0 {
            0
        } else if size >= 100.0 {
            1
        } else if size >= 10.0 {
            2
        } else if size >= 1.0 {
            3
        } else {
            4
        };
        format!("{value:.digits$}")
    }
}

fn same_length(name: &str, found: usize, expected: usize) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{name}: {found} numbers, {expected} expected")) }
}
