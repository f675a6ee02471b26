//! Traces: one line per series, its name at its end.

use super::key::{self, Entry, Mark};
use super::labels::Labels;
use super::page::{Bounds, Chart, Page, drawing};
use super::scale::Scale;
use super::theme::GAP;
use super::{Frame, Plot, reduce};
use crate::Result;
use crate::view::Lines;
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::series::LineSeries;

pub(super) const STROKE: f64 = 1.75;

impl Plot for Lines {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let steps = self.x_labels.len();
        let top = page.heading(&self.title, &self.y_label, 0.0)?;
        let entries = self.entries(|_| f64::NAN);
        let beside = key::room(page, &entries, top);
        let top = if beside.is_some() { top } else { key::above(page, &entries, top)? };

        let (low, high) = self.span();
        let left = page.axis_width(&Scale::ticked(low, high, 6));
        let right = page.width - beside.unwrap_or(2.0 * GAP);
        let cell = (right - left) / steps.max(1) as f64;
        let labels = Labels::plan(
            page,
            &self.x_labels,
            &self.x_label,
            (left, page.width - 2.0),
            cell,
            (page.height - top) * 0.45,
        );
        let area = Bounds { left, top: top + 4.0, right, bottom: (page.height - labels.height).max(top + 24.0) };
        let ticks = ((area.bottom - area.top) / 36.0) as usize;
        let mut chart =
            page.chart(area, Scale::plain(0.0, steps.max(1) as f64), Scale::ticked(low, high, ticks.max(3)))?;

        page.clip(Some(area));
        self.selection(page, &mut chart, low, high)?;
        if low < 0.0 && high > 0.0 {
            let zero = PathElement::new(vec![(0.0, 0.0), (steps as f64, 0.0)], page.theme.stroke(page.theme.line, 1.0));
            chart.draw_series([zero]).map_err(drawing)?;
        }
        let pixels = page.pixels(right - left);
        for (k, values) in self.values.chunks_exact(steps.max(1)).enumerate() {
            // Dashes of a line that is folded into pixels would be noise.
            page.dash(if steps > 2 * pixels { &[] } else { page.theme.dash(k) });
            for line in reduce::envelope(values, pixels) {
                let style = page.theme.stroke(page.theme.series(k), STROKE);
                // A single number between gaps is a dot: a line needs two.
                if let [point] = line[..] {
                    chart.draw_series([Circle::new(point, page.px(1.5), style.filled())]).map_err(drawing)?;
                } else {
                    chart.draw_series(LineSeries::new(line, style)).map_err(drawing)?;
                }
            }
        }
        page.dash(&[]);
        self.dots(page, &mut chart)?;
        page.clip(None);

        if beside.is_some() {
            let y = |value: f64| f64::from(chart.backend_coord(&(0.0, value)).1) / page.theme.scale;
            let last = right - ((right - left) / steps.max(1) as f64 / 2.0).min(20.0) + 3.0;
            key::beside(page, &self.entries(y), area, last)?;
        }
        labels.draw(page, left, right, cell, area.bottom)?;
        Ok(page.frame(&chart, steps, 1, false))
    }
}

impl Lines {
    /// The vertical axis, never empty, with a little air.
    fn span(&self) -> (f64, f64) {
        let (low, high) = (f64::from(self.low), f64::from(self.high));
        if !(low.is_finite() && high.is_finite() && low < high) {
            return (-1.0, 1.0);
        }
        let air = (high - low) * 0.04;
        (if low == 0.0 { low } else { low - air }, high + air)
    }

    /// A band behind the selected step.
    fn selection(&self, page: &Page, chart: &mut Chart, low: f64, high: f64) -> Result<()> {
        let Some(step) = page.step.filter(|step| *step < self.x_labels.len()) else { return Ok(()) };
        let x = step as f64;
        let wide = f64::from(chart.backend_coord(&(x + 1.0, low)).0 - chart.backend_coord(&(x, low)).0);
        if wide >= f64::from(page.px(3.0)) {
            let band = Rectangle::new([(x, low), (x + 1.0, high)], page.theme.stroke(page.theme.band, 1.0).filled());
            chart.draw_series([band]).map_err(drawing)?;
        }
        let middle = PathElement::new(vec![(x + 0.5, low), (x + 0.5, high)], page.theme.stroke(page.theme.ink, 1.0));
        chart.draw_series([middle]).map_err(drawing)?;
        Ok(())
    }

    /// A dot on every line at the selected step.
    fn dots(&self, page: &Page, chart: &mut Chart) -> Result<()> {
        let steps = self.x_labels.len();
        let Some(step) = page.step.filter(|step| *step < steps) else { return Ok(()) };
        for (k, values) in self.values.chunks_exact(steps).enumerate() {
            let value = f64::from(values[step]);
            if value.is_finite() {
                let at = (step as f64 + 0.5, value);
                let paper = page.theme.stroke(page.theme.paper, 1.0).filled();
                let color = page.theme.stroke(page.theme.series(k), 1.0).filled();
                chart.draw_series([Circle::new(at, page.px(4.5), paper)]).map_err(drawing)?;
                chart.draw_series([Circle::new(at, page.px(3.0), color)]).map_err(drawing)?;
            }
        }
        Ok(())
    }

    /// Names in the order of the series, each with the height at which its line ends.
    fn entries(&self, y: impl Fn(f64) -> f64) -> Vec<Entry<'_>> {
        let end = |values: &[f32]| values.iter().rev().find(|v| v.is_finite()).map_or(0.0, |v| f64::from(*v));
        let ends = self.values.chunks_exact(self.x_labels.len().max(1)).map(|values| y(end(values)));
        let ends = ends.chain(std::iter::repeat(f64::NAN));
        self.series
            .iter()
            .zip(ends)
            .enumerate()
            .map(|(k, (name, end))| Entry { name, mark: Mark::Line(k), end })
            .collect()
    }
}
