//! The page's door: convert, call, convert back. The only room that knows JavaScript.

mod canvas;
pub mod draw;
mod error;
mod give;
pub mod session;
mod wire;
