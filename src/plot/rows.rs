//! Bars that lie below one another, each with its name at the left and its value at its tip.

use super::Frame;
use super::bars::standing_apart;
use super::page::{Bounds, Chart, Hand, Page, drawing};
use super::scale::{Scale, beside};
use super::theme::{GAP, LINE, SMALL, TEXT};
use crate::Result;
use crate::view::Bars;
use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::HPos;

/// Of a bar within its row.
const FULL: f64 = 0.7;

/// Lower pictures have no captions.
pub(super) const SMALLEST: f64 = 150.0;

/// One bar of a horizontal picture.
pub(super) struct Row<'a> {
    pub name: &'a str,
    pub from: f64,
    pub value: f32,
    /// Standard error; 0 for none.
    pub error: f32,
    pub kind: Kind,
}

/// What a row stands for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// For or against the score.
    Input,
    /// An input's size, for and against nothing.
    Size,
    /// Something that belongs to no input.
    Remainder,
    /// What all others leave.
    Gap,
}

impl<'a> Row<'a> {
    /// A bar that belongs to no input.
    pub fn extra((name, value, gap): (&'a str, f32, bool), from: f64) -> Row<'a> {
        Row { name, from, value, error: 0.0, kind: if gap { Kind::Gap } else { Kind::Remainder } }
    }

    pub fn to(&self) -> f64 {
        self.from + f64::from(self.value)
    }

    /// What stands at its tip.
    fn said(&self) -> String {
        beside(self.value, self.kind != Kind::Size)
    }
}

/// Where rows lie: CSS pixels.
pub(super) struct Layout {
    pub area: Bounds,
    pub high: f64,
    /// Size of the text, or none if rows are too low for it.
    pub text: Option<f64>,
}

impl Layout {
    /// `above`: where the first row begins; `below`: what axis and captions need.
    pub fn new(page: &Page, rows: &[Row], above: f64, below: f64) -> Layout {
        let bottom = (page.height - below).max(above + 24.0);
        let high = (bottom - above) / rows.len().max(1) as f64;
        let text = [TEXT, SMALL, 10.0, 9.0].into_iter().find(|size| size + 1.0 <= high);
        let size = text.unwrap_or(SMALL);
        let widest = rows.iter().map(|row| page.text_width(row.name, size, true)).fold(0.0, f64::max);
        let left = if text.is_some() { (widest + 2.0 * GAP).min(page.width * 0.36) } else { 2.0 * GAP };
        Layout { area: Bounds { left, top: above, right: page.width - 2.0 * GAP, bottom }, high, text }
    }

    /// Room that the numbers at the tips need on either side, as shares of the width.
    pub fn air(&self, page: &Page, rows: &[Row]) -> f64 {
        let widest = rows.iter().map(|row| page.text_width(&row.said(), SMALL, true)).fold(0.0, f64::max);
        let wide = (self.area.right - self.area.left).max(1.0);
        if self.text.is_some() { ((widest + 10.0) / wide).min(0.3) } else { 0.03 }
    }
}

/// The rows with names and values; `chart` has one unit per row, from the top.
pub(super) fn draw(page: &Page, chart: &mut Chart, layout: &Layout, rows: &[Row]) -> Result<()> {
    let Layout { area, high, text } = layout;
    for (k, row) in rows.iter().enumerate() {
        let (y, to) = (k as f64 + 0.5, row.to());
        if !to.is_finite() {
            continue;
        }
        let corners = [(row.from, y - FULL / 2.0), (to, y + FULL / 2.0)];
        let input = matches!(row.kind, Kind::Input | Kind::Size);
        if !input {
            standing_apart(page, chart, corners, (row.kind == Kind::Remainder).then_some(row.value))?;
        } else if row.value != 0.0 {
            let fill = page.theme.stroke(page.theme.bar(row.value, row.kind == Kind::Input), 1.0).filled();
            chart.draw_series([Rectangle::new(corners, fill)]).map_err(drawing)?;
        }
        whisker(page, chart, row, y)?;
        let Some(size) = *text else { continue };
        let middle = area.top + high * y;
        let color = if input { page.theme.ink } else { page.theme.quiet };
        let name = page.elide(row.name, area.left - GAP - 4.0, size, false);
        page.write(&name, area.left - 8.0, middle, Hand { h: HPos::Right, ..page.hand(size, color) })?;
        let tip =
            f64::from(chart.backend_coord(&(to + f64::from(row.error.copysign(row.value)), 0.0)).0) / page.theme.scale;
        let (x, h) = if row.value < 0.0 { (tip - 4.0, HPos::Right) } else { (tip + 4.0, HPos::Left) };
        page.clear(&row.said(), x, middle, Hand { h, ..page.hand(size.min(SMALL), page.theme.quiet) })?;
        page.write(&row.said(), x, middle, Hand { h, ..page.hand(size.min(SMALL), page.theme.quiet) })?;
    }
    Ok(())
}

/// One standard error to either side.
fn whisker(page: &Page, chart: &mut Chart, row: &Row, y: f64) -> Result<()> {
    let (to, error) = (row.to(), f64::from(row.error));
    if error <= 0.0 {
        return Ok(());
    }
    let line =
        |from: (f64, f64), to: (f64, f64)| PathElement::new(vec![from, to], page.theme.stroke(page.theme.ink, 1.0));
    let cap = |x: f64| line((x, y - 0.15), (x, y + 0.15));
    chart.draw_series([line((to - error, y), (to + error, y)), cap(to - error), cap(to + error)]).map_err(drawing)?;
    Ok(())
}

/// The value axis of a horizontal picture: grid lines and numbers beneath.
pub(super) fn axis(page: &Page, layout: &Layout, scale: &Scale, bottom: f64, unit: &str) -> Result<()> {
    let Bounds { left, top, right, .. } = layout.area;
    let at = |value: f64| left + (right - left) * (value - scale.low) / (scale.high - scale.low);
    for (value, label) in scale.ticks().iter().zip(scale.labels()) {
        let x = at(*value);
        page.line((x, top), (x, bottom), page.theme.stroke(page.theme.grid, 1.0))?;
        page.write(
            &label,
            x,
            bottom + 5.0 + LINE / 2.0,
            Hand { h: HPos::Center, ..page.hand(TEXT, page.theme.quiet) },
        )?;
    }
    if page.height < SMALLEST {
        return Ok(());
    }
    let hand = Hand { h: HPos::Center, ..page.hand(TEXT, page.theme.quiet) };
    page.write(unit, (left + right) / 2.0, bottom + 5.0 + LINE * 1.5, hand)
}

/// At most so many ticks in the width.
pub(super) fn ticks(layout: &Layout) -> usize {
    (((layout.area.right - layout.area.left) / 72.0) as usize).clamp(2, 9)
}

/// Features, largest first, around a zero line.
pub(super) fn features(view: &Bars, page: &Page) -> Result<Frame> {
    let n = view.values.len();
    let kind = if view.signed { Kind::Input } else { Kind::Size };
    let bars = view.labels.iter().zip(&view.values).enumerate();
    let mut rows: Vec<Row> =
        bars.map(|(k, (name, value))| Row { name, from: 0.0, value: *value, error: view.error(k), kind }).collect();
    rows.extend(view.extras().into_iter().map(|extra| Row::extra(extra, 0.0)));
    let top = page.heading(&view.title, "", 0.0)?;
    let layout =
        Layout::new(page, &rows, top + 2.0, if page.height < SMALLEST { LINE + 8.0 } else { 2.0 * LINE + 10.0 });
    let (low, high) = view.span();
    let air = (high - low) * layout.air(page, &rows);
    let (low, high) = (if low < 0.0 { low - air } else { low }, high + air);
    let x = Scale::ticked(low, high, ticks(&layout));
    axis(page, &layout, &x, layout.area.bottom, &view.unit)?;
    let mut chart = page.chart(layout.area, x.bare(), Scale::rows(rows.len()))?;
    if n < rows.len() {
        // What belongs to no feature stands apart.
        let line = PathElement::new(vec![(low, n as f64), (high, n as f64)], page.theme.stroke(page.theme.grid, 1.0));
        chart.draw_series([line]).map_err(drawing)?;
    }
    draw(page, &mut chart, &layout, &rows)?;
    let zero = vec![(0.0, 0.0), (0.0, rows.len() as f64)];
    chart.draw_series([PathElement::new(zero, page.theme.stroke(page.theme.line, 1.0))]).map_err(drawing)?;
    Ok(framed(page.frame(&chart, 1, n, true), rows.len()))
}

/// The frame of `all` rows: those of no input are counted apart.
pub(super) fn framed(frame: Frame, all: usize) -> Frame {
    if all <= frame.rows {
        return frame;
    }
    let bottom = frame.top + (frame.bottom - frame.top) * frame.rows as f64 / all as f64;
    Frame { bottom, more: all - frame.rows, more_from: bottom, more_to: frame.bottom, ..frame }
}
