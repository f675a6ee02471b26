//! rnnscope: see why a recurrent network said that, with the error of every explanation shown beside it.
//!
//! bytes of a model file → `import` → Checkpoint → `network` → Network; an input → `input` → Sequence;
//! Network and Sequence → Trace and `attribution`, judged by `metrics` → `view` (plain data) → `plot` → canvas or SVG.
//!
//! Letters used in every shape: **T** time steps, **I** input features (or embedding size), **H** hidden units,
//! **G** gate blocks of a weight matrix, **R** recorded quantities of a cell, **C** classes or vocabulary,
//! **L** layers, **D** layer × direction, **B** variants of one input computed together.

pub mod attribution;
pub mod cell;
pub mod cohort;
pub mod counterfactual;
pub mod error;
pub mod import;
pub mod input;
pub mod math;
pub mod metrics;
pub mod network;
pub mod plot;
pub mod session;
pub mod view;

#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use error::{Error, Result};
