//! One question a file: what made this score? A registry lists the answers.
//!
//! A method is started on a problem (input, baseline, target) and becomes a job that is done unit by unit; the
//! partial answer can be read at any time. The gap between what the scores add up to and what they should is
//! measured and returned, never absorbed.

mod additive;
mod additive_job;
mod answer;
mod backward_job;
mod baseline;
mod expected_gradients;
mod gradient;
mod gradient_norm;
mod hierarchy;
mod input_gradient;
pub mod inside;
mod integrated_gradients;
mod kind;
mod lime;
mod linearised;
mod mask;
mod memory;
mod method;
mod murdoch_szlam;
mod occlusion;
mod pass;
mod piece;
mod plan;
mod problem;
mod propagation;
mod reading;
mod reat;
mod saliency_rescaling;
mod sampled;
mod settings;
mod shapley;
mod slope;
mod smoothgrad;
mod subject;
mod temporal_integrated_gradients;

pub use answer::{Attribution, Cost, Dimension, Part, Reduction, Span};
pub use baseline::{BASELINES, BaselineInfo, Material};
pub use kind::{Access, Kind, Origin, Scope};
pub use mask::MaskJob;
pub use method::{Against, Job, Method, Precision, Starter};
pub use problem::{Problem, reach};
pub use reat::word_units;
pub use settings::{Given, Param, ParamKind, Settings};
pub use shapley::Pruning;
pub use slope::Slope;
pub use smoothgrad::{Smoothing, smooth};
pub use subject::Subject;

use crate::{Error, Result};

/// The registry: a new method is one file and one line here.
pub const METHODS: &[&Method] = &[
    &integrated_gradients::INTEGRATED_GRADIENTS,
    &expected_gradients::EXPECTED_GRADIENTS,
    &temporal_integrated_gradients::TEMPORAL,
    &temporal_integrated_gradients::SEQUENTIAL,
    &input_gradient::INPUT_GRADIENT,
    &gradient::GRADIENT,
    &gradient_norm::GRADIENT_NORM,
    &smoothgrad::SMOOTHGRAD,
    &smoothgrad::SQUARED,
    &smoothgrad::VARGRAD,
    &saliency_rescaling::SALIENCY_RESCALING,
    &occlusion::STEP,
    &occlusion::FEATURE,
    &occlusion::CELL,
    &reat::REAT,
    &reat::NAIVE,
    &linearised::LINEARISED,
    &murdoch_szlam::GAMMA,
    &murdoch_szlam::BETA,
    &propagation::LRP,
    &propagation::DEEPLIFT,
    &propagation::CONTEXTUAL_DECOMPOSITION,
    &propagation::AGGLOMERATIVE,
    &shapley::EXACT,
    &shapley::PERMUTATION,
    &shapley::KERNEL,
    &shapley::GUIDED,
    &shapley::OWEN,
    &shapley::EVENTS,
    &shapley::FEATURES,
    &shapley::CELLS,
    &lime::LIME,
    &mask::MASK,
];

/// The method of this name.
pub fn find(id: &str) -> Result<&'static Method> {
    METHODS.iter().copied().find(|method| method.id == id).ok_or_else(|| {
        let known: Vec<&str> = METHODS.iter().map(|method| method.id).collect();
        Error::request("method", format!("one of {}", known.join(", ")), id)
    })
}
