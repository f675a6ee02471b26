//! Data becomes marks on any Plotters backend.
//!
//! [`draw`] takes any view and any [`Surface`]: a canvas in the page, or the SVG of [`svg`]. Plotters draws axes, lines
//! and bars; `backend` keeps it from asking the document, and `theme` is the only place that knows device pixels.

mod apart;
mod area;
mod backend;
mod bars;
mod curves;
mod frame;
mod heatmap;
mod hierarchy;
mod key;
mod labels;
mod legend;
mod lines;
mod marks;
mod page;
mod reduce;
mod ribbon;
mod river;
mod rows;
mod scale;
mod svg;
mod theme;
mod waterfall;

pub use area::{Area, Point};
pub use backend::{Drawn, Image, Pen, Refused, Surface, Writing};
pub use frame::Frame;
pub use heatmap::raster;
pub use theme::{FONT, Style};

use crate::view::{Bars, Curves, Heatmap, Hierarchy, Lines, Ribbon, River, View, Waterfall};
use crate::{Error, Result};
use page::Page;

/// The views that have a picture, by their kind. Text is coloured by the page itself.
pub const KINDS: &[&str] = &[
    Lines::KIND,
    Heatmap::KIND,
    Bars::KIND,
    Waterfall::KIND,
    Curves::KIND,
    Hierarchy::KIND,
    River::KIND,
    Ribbon::KIND,
];

/// A view that can be drawn.
pub trait Plot: View {
    /// What the picture is called.
    fn heading(&self) -> &str;

    /// Draws it and tells where the plot area is; trusts a checked view.
    fn plot(&self, page: &Page) -> Result<Frame>;
}

/// Draws `view` on `surface`, whose size must be that of the style.
pub fn draw<V: Plot>(view: &V, surface: Box<dyn Surface + '_>, style: &Style) -> Result<Frame> {
    style.check()?;
    view.check().map_err(|problem| Error::request("view", "consistent", problem))?;
    let page = Page::new(surface, style)?;
    let frame = view.plot(&page)?;
    page.present()?;
    Ok(frame)
}

/// The picture as SVG, and where its plot area is.
pub fn svg<V: Plot>(view: &V, style: &Style) -> Result<(String, Frame)> {
    style.check()?;
    view.check().map_err(|problem| Error::request("view", "consistent", problem))?;
    let mut out = String::new();
    let summary = view.summary();
    let surface = svg::Svg::new(&mut out, style, view.heading(), &summary);
    let frame = draw(view, Box::new(surface), style)?;
    Ok((out, frame))
}
