//! The page's door: convert, call, convert back. The only room that knows JavaScript.
//!
//! Two modules are built from it: what draws and answers (feature `page`), and what reads other frameworks' files
//! (feature `formats`), which is fetched when such a file is opened.

#[cfg(feature = "page")]
mod canvas;
#[cfg(feature = "formats")]
pub mod convert;
#[cfg(feature = "page")]
pub mod draw;
mod error;
#[cfg(feature = "page")]
mod give;
#[cfg(feature = "page")]
mod labels;
#[cfg(feature = "page")]
pub mod session;
pub mod upload;
#[cfg(feature = "page")]
mod wire;
