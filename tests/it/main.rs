//! Tests across rooms, and of the sources themselves. They read files, so they run natively only.
#![cfg(not(target_arch = "wasm32"))]

mod stamp;
mod tidy;
mod golden;
