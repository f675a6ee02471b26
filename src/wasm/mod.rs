//! The page's door: convert, call, convert back. The only room that knows JavaScript.

mod error;
mod give;
mod session;

