//! One bar per step, up for more and down for less; what belongs to no step stands apart, hatched.

use super::apart::Apart;
use super::labels::Labels;
use super::marks::Hatched;
use super::page::{Bounds, Chart, Hand, Page, drawing};
use super::scale::{Scale, beside};
use super::theme::{GAP, SMALL};
use super::{Frame, Plot, reduce};
use crate::Result;
use crate::math::descending;
use crate::view::Bars;
use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};

/// More bars stand side by side without numbers.
const MANY: usize = 60;
/// Narrower columns, CSS pixels, are not outlined one by one.
const OUTLINED: f64 = 8.0;
/// Share of a column that its bar takes.
pub(super) const FULL: f64 = 0.76;

impl Plot for Bars {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        // Where there is no order in time, names are read better below one another.
        let timeless = matches!(self.x_label.as_str(), "feature" | "variable") || self.x_label.ends_with(" type");
        if timeless && self.values.len() <= MANY { super::rows::features(self, page) } else { self.upright(page) }
    }
}

impl Bars {
    /// Ends of the value axis: all bars, whiskers and what stands apart fit.
    pub(super) fn span(&self) -> (f64, f64) {
        let limit = self.reach().filter(|v| v.is_finite()).fold(self.limit, |l, v| l.max(v.abs()));
        let limit = if limit.is_finite() && limit > 0.0 { f64::from(limit) } else { 1.0 };
        let negative = self.signed || self.reach().any(|v| v < 0.0);
        (if negative { -limit } else { 0.0 }, limit)
    }

    /// What stands at the tip of a bar.
    fn said(&self, value: f32) -> String {
        beside(value, self.signed)
    }

    /// Where the number of bar `k` hangs: its value, or the end of its whisker.
    fn tip_of(&self, k: usize) -> f32 {
        self.values[k] + self.error(k).copysign(self.values[k])
    }

    fn upright(&self, page: &Page) -> Result<Frame> {
        let n = self.values.len();
        let top = page.heading(&self.title, &self.unit, 0.0)?;
        let (low, high) = self.span();
        let left = page.axis_width(&Scale::ticked(low, high, 6));
        let wide = page.width - 2.0 * GAP - left;
        let room = (page.height - top) * 0.45;
        let apart = Apart::plan(page, &self.extras(), &self.labels, wide, room);
        let right = left + wide - apart.width();
        let cell = (right - left) / n.max(1) as f64;
        let end_of_labels = if apart.is_empty() { page.width - 2.0 } else { right + apart.space };
        let labels = Labels::plan(page, &self.labels, &self.x_label, (left, end_of_labels), cell, room);
        let bottom = (page.height - labels.height.max(apart.height)).max(top + 24.0);
        // Air for the numbers at the tips.
        let tall = (bottom - top).max(1.0);
        let air = (high - low) * if tall > 60.0 { 18.0 / (tall - 36.0) } else { 0.03 };
        let (low, high) = (if low < 0.0 { low - air } else { low }, high + air);
        // In columns: what stands apart has its place behind the last one.
        let columns = n.max(1) as f64;
        let area = Bounds { left, top: top + 2.0, right: left + wide, bottom };
        let ticks = (((bottom - top) / 36.0) as usize).max(3);
        let end = columns * wide / (right - left);
        let mut chart = page.chart(area, Scale::plain(0.0, end), Scale::ticked(low, high, ticks))?;

        if let Some(step) = page.step.filter(|step| *step < n) {
            let band = page.theme.stroke(page.theme.band, 1.0).filled();
            let half = (1.5 / cell - 0.5).max(0.0);
            let corners = [(step as f64 - half, low), (step as f64 + 1.0 + half, high)];
            chart.draw_series([Rectangle::new(corners, band)]).map_err(drawing)?;
        }
        self.columns(page, &mut chart, cell)?;
        self.whiskers(page, &mut chart, cell)?;
        self.disputes(page, &mut chart, cell, (low, high))?;
        for (k, (label, value, gap)) in self.extras().into_iter().enumerate() {
            let x = right + apart.space + apart.each * (k as f64 + 0.5);
            let (middle, half) = ((x - left) / cell, apart.bar / cell * FULL / 2.0);
            standing_apart(
                page,
                &mut chart,
                [(middle - half, 0.0), (middle + half, f64::from(value))],
                (!gap).then_some(value),
            )?;
            apart.label(page, label, x, bottom)?;
            if page.text_width(&self.said(value), SMALL, false) <= apart.each {
                self.tip(page, &chart, x, value, value, false)?;
            }
        }
        let zero = PathElement::new(vec![(0.0, 0.0), (end, 0.0)], page.theme.stroke(page.theme.line, 1.0));
        chart.draw_series([zero]).map_err(drawing)?;
        self.numbers(page, &chart, left, cell)?;
        labels.draw(page, left, right, cell, bottom)?;
        let frame = page.frame(&chart, n, 1, false);
        let more_from = right + apart.space;
        Ok(Frame {
            right: frame.left + (frame.right - frame.left) * columns / end,
            more: self.extras().len(),
            more_from,
            more_to: left + wide,
            ..frame
        })
    }

    /// One standard error up and down, where bars are wide enough to carry one.
    fn whiskers(&self, page: &Page, chart: &mut Chart, cell: f64) -> Result<()> {
        if cell < 3.0 {
            return Ok(());
        }
        let style = page.theme.stroke(page.theme.ink, 1.0);
        let cap = (cell * 0.18).min(4.0) / cell;
        let drawn = (0..self.values.len()).filter(|k| self.error(*k) > 0.0 && self.values[*k].is_finite());
        let strokes = drawn.flat_map(|k| {
            let (x, value, error) = (k as f64 + 0.5, f64::from(self.values[k]), f64::from(self.error(k)));
            let line = |from: (f64, f64), to: (f64, f64)| PathElement::new(vec![from, to], style);
            let ends = [value - error, value + error];
            [
                line((x, ends[0]), (x, ends[1])),
                line((x - cap, ends[0]), (x + cap, ends[0])),
                line((x - cap, ends[1]), (x + cap, ends[1])),
            ]
        });
        chart.draw_series(strokes).map_err(drawing)?;
        Ok(())
    }

    /// An outline around neighbouring columns that are in dispute; beneath narrow ones a line.
    fn disputes(&self, page: &Page, chart: &mut Chart, cell: f64, (low, high): (f64, f64)) -> Result<()> {
        let mut column = 0;
        let narrow = cell < OUTLINED;
        page.dash(if narrow { &[] } else { &[3.0, 2.0] });
        for run in self.disputed.chunk_by(|a, b| (*a > 0.5) == (*b > 0.5)) {
            if run[0] > 0.5 {
                let (from, to) = (column as f64, (column + run.len()) as f64);
                let around = vec![(from, low), (from, high), (to, high), (to, low), (from, low)];
                let (mark, wide) = if narrow { (vec![(from, low), (to, low)], 2.0) } else { (around, 1.0) };
                chart
                    .draw_series([PathElement::new(mark, page.theme.stroke(page.theme.ink, wide))])
                    .map_err(drawing)?;
            }
            column += run.len();
        }
        page.dash(&[]);
        Ok(())
    }

    /// The bars themselves; where several share a pixel, the reach of all of them.
    fn columns(&self, page: &Page, chart: &mut Chart, cell: f64) -> Result<()> {
        let n = self.values.len();
        let pixels = page.pixels(cell * n as f64);
        let fill = |value: f32| page.theme.stroke(page.theme.bar(value, self.signed), 1.0).filled();
        let bar = |from: f64, to: f64, value: f32| Rectangle::new([(from, 0.0), (to, f64::from(value))], fill(value));
        if n <= pixels {
            let margin = if cell >= 3.0 { (1.0 - FULL) / 2.0 } else { 0.0 };
            let bars = self.values.iter().enumerate().filter(|(_, v)| v.is_finite() && **v != 0.0);
            let bars = bars.map(|(k, v)| bar(k as f64 + margin, k as f64 + 1.0 - margin, *v));
            chart.draw_series(bars).map_err(drawing)?;
            return Ok(());
        }
        for pixel in 0..pixels {
            let steps = reduce::share(n, pixel, pixels);
            let (from, to) = (steps.start as f64, steps.end as f64);
            let finite = || self.values[steps.clone()].iter().copied().filter(|v| v.is_finite());
            let reach = [finite().fold(0.0, f32::min), finite().fold(0.0, f32::max)];
            let bars = reach.into_iter().filter(|v| *v != 0.0).map(|v| bar(from, to, v));
            chart.draw_series(bars).map_err(drawing)?;
        }
        Ok(())
    }

    /// Values at the tips, the largest first, where nothing is in their way; always that of the selected step.
    fn numbers(&self, page: &Page, chart: &Chart, left: f64, cell: f64) -> Result<()> {
        // One sort for the whole module: each costs the page ten kilobytes.
        let mut order = descending(&self.values.iter().map(|v| f64::from(v.abs())).collect::<Vec<f64>>());
        let least = self.values.iter().fold(0.0, |most: f32, v| most.max(v.abs())) * 0.05;
        order.retain(|k| self.values[*k].abs() >= least && self.values[*k].is_finite());
        order.truncate(if self.values.len() <= MANY { MANY } else { 0 });
        let chosen = page.step.filter(|k| self.values.get(*k).is_some_and(|v| v.is_finite()));
        let y = |value: f32| f64::from(chart.backend_coord(&(0.0, f64::from(value))).1) / page.theme.scale;
        let mut taken: Vec<Bounds> = Vec::new();
        for k in chosen.into_iter().chain(order) {
            let (value, first) = (self.values[k], taken.is_empty() && chosen == Some(k));
            let half = page.text_width(&self.said(value), SMALL, true) / 2.0 + 1.0;
            let x = (left + cell * (k as f64 + 0.5)).clamp(left + half, (page.width - half - 2.0).max(left + half));
            let tip = y(self.tip_of(k));
            let (top, bottom) =
                if value < 0.0 { (tip + 2.0, tip + 4.0 + SMALL) } else { (tip - 4.0 - SMALL, tip - 2.0) };
            let place = Bounds { left: x - half, top, right: x + half, bottom };
            let from = (((place.left - left) / cell).floor().max(0.0)) as usize;
            let to = (((place.right - left) / cell).ceil() as usize).min(self.values.len());
            let blocked = (from..to).any(|other| {
                let reach = (y(self.tip_of(other)), y(0.0));
                other != k && reach.0.min(reach.1) < bottom && reach.0.max(reach.1) > top
            });
            let free = !blocked && !taken.iter().any(|other| place.meets(other));
            if first || (free && chosen != Some(k)) {
                if first && blocked {
                    let v = if value < 0.0 { VPos::Top } else { VPos::Bottom };
                    let at = if value < 0.0 { tip + 3.0 } else { tip - 3.0 };
                    page.clear(
                        &self.said(value),
                        x,
                        at,
                        Hand { bold: true, h: HPos::Center, v, ..page.hand(SMALL, page.theme.ink) },
                    )?;
                }
                self.tip(page, chart, x, value, self.tip_of(k), first)?;
                taken.push(place);
            }
        }
        Ok(())
    }

    /// The number at the tip of a bar.
    fn tip(&self, page: &Page, chart: &Chart, x: f64, value: f32, tip: f32, bold: bool) -> Result<()> {
        let y = f64::from(chart.backend_coord(&(0.0, f64::from(tip))).1) / page.theme.scale;
        let color = if bold { page.theme.ink } else { page.theme.quiet };
        let (y, v) = if value < 0.0 { (y + 3.0, VPos::Top) } else { (y - 3.0, VPos::Bottom) };
        // Numbers are wider than the outlines of what is in dispute.
        if self.disputed.iter().any(|d| *d > 0.5) {
            page.clear(&self.said(value), x, y, Hand { bold, h: HPos::Center, v, ..page.hand(SMALL, color) })?;
        }
        page.write(&self.said(value), x, y, Hand { bold, h: HPos::Center, v, ..page.hand(SMALL, color) })
    }
}

/// A bar that belongs to no input: an outline filled with strokes; grey if nothing explains it, else in the colour of
/// its sign.
pub(super) fn standing_apart(
    page: &Page,
    chart: &mut Chart,
    corners: [(f64, f64); 2],
    named: Option<f32>,
) -> Result<()> {
    let color = named.map_or(page.theme.quiet, |value| page.theme.bar(value, true));
    let style = page.theme.stroke(color, 1.0);
    chart.draw_series([Hatched { corners: corners.to_vec(), style, spacing: page.px(5.0) }]).map_err(drawing)?;
    chart.draw_series([Rectangle::new(corners, style)]).map_err(drawing)?;
    Ok(())
}
