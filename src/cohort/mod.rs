//! Many inputs at once: what a method says of a word or a variable on average, what went wrong and by whose doing, and
//! what the network loses when a part of every input is exchanged.

mod average;
mod culprits;
mod permutation;

pub use average::{Average, Occurrences, averages};
pub use culprits::{Culprit, culprits};
pub use permutation::{Exchange, Importance, Measure, Part};
