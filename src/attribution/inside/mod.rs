//! Inside the cell: what was written and kept, what the gates did for a score, and what went through a layer.

mod conductance;
mod gates;
mod ledger;
mod panel;
mod unrolled;

pub use conductance::{Conductance, ConductanceJob, Through};
pub use gates::{Factor, Gates, GatesJob, ProductRule, gates};
pub use ledger::{Ledger, ledger};
