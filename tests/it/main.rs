//! Tests across rooms, and of the sources themselves. They read files, so they run natively only.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::disallowed_methods,
    reason = "native only: clocks work, and the platform's functions are the reference"
)]

mod additive;
mod allocation;
mod bad_input;
mod bad_requests;
mod card;
mod cases;
mod cohort;
mod configurations;
mod counterfactual;
mod foreign;
mod formats;
mod gates;
mod golden;
mod golden_networks;
mod gradients;
mod hostile;
mod inside;
mod keras;
mod laws;
mod mask;
mod methods;
mod metrics;
mod metrics_captum;
mod onnx;
mod onnx_hostile;
mod parity;
mod passes;
mod plots;
mod propagation;
mod propagation_golden;
mod randomization;
mod same;
mod session;
mod shapley;
mod shapley_golden;
mod stamp;
mod studies;
mod tidy;
mod timeshap;
mod verdicts;
mod whatif;
