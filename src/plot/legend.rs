//! The strip that explains the colours.

use super::backend::Image;
use super::marks::Raster;
use super::page::{Bounds, Hand, Page};
use super::scale::short;
use super::theme::{GAP, LINE, TEXT};
use crate::Result;
use crate::view;
use plotters::style::text_anchor::HPos;

/// Its width, CSS pixels.
const STRIP: f64 = 96.0;

/// The heading (title, what the vertical axis shows), and at its right the strip. Returns how far down they reach.
pub(super) fn colors(page: &Page, (title, axis): (&str, &str), unit: &str, limit: f32, signed: bool) -> Result<f64> {
    let high = short(limit);
    let low = if signed { format!("−{high}") } else { "0".to_string() };
    let high = if unit.is_empty() { high } else { format!("{high} {unit}") };
    let high = page.elide(&high, page.width * 0.3, TEXT, false);
    let (low_width, high_width) = (page.text_width(&low, TEXT, false), page.text_width(&high, TEXT, false));
    let room = low_width + STRIP + high_width + 12.0;
    let bottom = page.heading(title, axis, room + 2.0 * GAP)?;
    if room > page.width || page.height < 110.0 {
        return Ok(bottom);
    }
    let (right, y) = (page.width - 2.0 * GAP, bottom - 4.0 - LINE / 2.0);
    let hand = Hand { h: HPos::Right, ..page.hand(TEXT, page.theme.quiet) };
    page.write(&high, right - high_width, y, page.hand(TEXT, page.theme.quiet))?;
    let (to, from) = (right - high_width - 6.0, right - high_width - 6.0 - STRIP);
    let image = Image { columns: 48, rows: 1, rgba: strip(48, signed, page.dark()) };
    let corners = [(page.px(from), page.px(y - 5.0)), (page.px(to), page.px(y + 5.0))];
    page.mark(&Raster { corners, image })?;
    page.rectangle(
        Bounds { left: from, top: y - 5.0, right: to, bottom: y + 5.0 },
        page.theme.stroke(page.theme.line, 1.0),
    )?;
    page.write(&low, from - 6.0, y, hand)?;
    Ok(bottom)
}

fn strip(n: usize, signed: bool, dark: bool) -> Vec<u8> {
    view::legend(n, signed, dark).into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect()
}
