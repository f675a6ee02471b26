//! What would the network say otherwise: other entries at one step, and the smallest edit that flips what it predicts.
//!
//! The gradient proposes (HotFlip, Ebrahimi et al. 2018: Δm ≈ ⟨∂m/∂x, x′ − x⟩), runs of the network decide. Everything
//! is in f32, as what the page shows of a prediction is.

mod contrast;
mod edit;
mod runs;
mod search;
mod space;
mod values;
mod words;

pub use contrast::{Contrast, predicted, probability};
pub use edit::Edit;
pub use runs::Runs;
pub use search::{Limits, Search, Turned};
pub use space::Space;
pub use values::{Values, Variable};
pub use words::Words;
