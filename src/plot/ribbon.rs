//! The range of every bar over several baselines; hatched where its sign turns.

use super::labels::Labels;
use super::marks::Hatched;
use super::page::{Bounds, Page, drawing};
use super::scale::Scale;
use super::theme::GAP;
use super::{Frame, Plot};
use crate::Result;
use crate::view::Ribbon;
use plotters::element::{PathElement, Rectangle};

impl Plot for Ribbon {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let n = self.labels.len();
        let top = page.heading(&self.title, &self.unit, 0.0)?;
        let finite = self.low.iter().chain(&self.high).filter(|v| v.is_finite()).map(|v| f64::from(*v));
        let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if low < high { (low, high) } else { (-1.0, 1.0) };
        let air = (high - low) * 0.05;
        let (low, high) = (if low < 0.0 { low - air } else { low }, if high > 0.0 { high + air } else { high });
        let left = page.axis_width(&Scale::ticked(low, high, 6));
        let right = page.width - 2.0 * GAP;
        let cell = (right - left) / n.max(1) as f64;
        let labels =
            Labels::plan(page, &self.labels, &self.x_label, (left, page.width - 2.0), cell, (page.height - top) * 0.45);
        let area = Bounds { left, top: top + 2.0, right, bottom: (page.height - labels.height).max(top + 24.0) };
        let ticks = (((area.bottom - area.top) / 36.0) as usize).max(3);
        let mut chart = page.chart(area, Scale::plain(0.0, n.max(1) as f64), Scale::ticked(low, high, ticks))?;
        if let Some(step) = page.step.filter(|step| *step < n) {
            let band = Rectangle::new(
                [(step as f64, low), (step as f64 + 1.0, high)],
                page.theme.stroke(page.theme.band, 1.0).filled(),
            );
            chart.draw_series([band]).map_err(drawing)?;
        }
        let margin = if cell >= 3.0 { 0.18 } else { 0.0 };
        for k in (0..n).filter(|k| self.low[*k].is_finite() && self.high[*k].is_finite()) {
            let (from, to, x) = (f64::from(self.low[k]), f64::from(self.high[k]), k as f64);
            let corners = [(x + margin, from), (x + 1.0 - margin, to)];
            if self.flips[k] > 0.5 {
                let style = page.theme.stroke(page.theme.ink, 1.0);
                chart
                    .draw_series([Hatched { corners: corners.to_vec(), style, spacing: page.px(4.0) }])
                    .map_err(drawing)?;
                chart.draw_series([Rectangle::new(corners, style)]).map_err(drawing)?;
            } else {
                let fill = page.theme.stroke(page.theme.bar(self.mean[k], true), 1.0).filled();
                chart.draw_series([Rectangle::new(corners, fill)]).map_err(drawing)?;
            }
            if self.mean[k].is_finite() {
                let (y, reach) = (f64::from(self.mean[k]), if cell >= 3.0 { 0.06 } else { 0.0 });
                let mean = PathElement::new(
                    vec![(x + reach, y), (x + 1.0 - reach, y)],
                    page.theme.stroke(page.theme.ink, 2.0),
                );
                chart.draw_series([mean]).map_err(drawing)?;
            }
        }
        let zero = PathElement::new(vec![(0.0, 0.0), (n as f64, 0.0)], page.theme.stroke(page.theme.line, 1.0));
        chart.draw_series([zero]).map_err(drawing)?;
        labels.draw(page, left, right, cell, area.bottom)?;
        Ok(page.frame(&chart, n, 1, false))
    }
}
