//! Traces: one line per series, its name at its end.

use super::labels::Labels;
use super::page::{Bounds, Chart, Page, drawing};
use super::scale::Scale;
use super::theme::{GAP, LINE, TEXT};
use super::{Frame, Plot, reduce};
use crate::Result;
use crate::math::descending;
use crate::view::Lines;
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::series::LineSeries;

/// Of the sample of a line beside its name, CSS pixels.
const SAMPLE: f64 = 18.0;
/// Names at the right end need a picture at least so wide.
const WIDE: f64 = 420.0;
const STROKE: f64 = 1.75;

impl Plot for Lines {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let steps = self.x_labels.len();
        let top = page.heading(&self.title, &self.y_label, 0.0)?;
        let widest = self.series.iter().map(|name| page.text_width(name, TEXT, false)).fold(0.0, f64::max);
        let beside = SAMPLE + 6.0 + widest + 2.0 * GAP;
        let at_end = page.width >= WIDE
            && beside <= page.width * 0.3
            && self.series.len() as f64 * LINE <= (page.height - top) * 0.7;
        let top = if at_end { top } else { self.legend(page, top)? };

        let (low, high) = self.span();
        let left = page.axis_width(&Scale::ticked(low, high, 6));
        let right = page.width - if at_end { beside } else { 2.0 * GAP };
        let cell = (right - left) / steps.max(1) as f64;
        let labels = Labels::plan(page, &self.x_labels, &self.x_label, left, cell, (page.height - top) * 0.45);
        let area = Bounds { left, top: top + 4.0, right, bottom: (page.height - labels.height).max(top + 24.0) };
        let ticks = ((area.bottom - area.top) / 36.0) as usize;
        let mut chart = page.chart(area, Scale::plain(0.0, steps.max(1) as f64), Scale::ticked(low, high, ticks.max(3)))?;

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

        if at_end {
            self.names(page, &chart, right)?;
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

    /// The sample of a line and its name.
    fn name(&self, page: &Page, k: usize, x: f64, y: f64) -> Result<()> {
        page.dash(page.theme.dash(k));
        page.line((x, y), (x + SAMPLE, y), page.theme.stroke(page.theme.series(k), STROKE + 0.25))?;
        page.dash(&[]);
        page.write(&self.series[k], x + SAMPLE + 6.0, y, page.hand(TEXT, page.theme.ink))
    }

    /// Names at the right, each as near to the end of its line as the others allow.
    fn names(&self, page: &Page, chart: &Chart, right: f64) -> Result<()> {
        let steps = self.x_labels.len().max(1);
        let end = |values: &[f32]| values.iter().rev().find(|v| v.is_finite()).map_or(0.0, |v| f64::from(*v));
        let y = |value: f64| f64::from(chart.backend_coord(&(0.0, value)).1) / page.theme.scale;
        let ends: Vec<f64> = self.values.chunks_exact(steps).map(|values| y(end(values))).collect();
        // The uppermost first.
        let order = descending(&ends.iter().map(|y| -y).collect::<Vec<f64>>());
        let places: Vec<(usize, f64)> = order.into_iter().map(|k| (k, ends[k])).collect();
        let area = page.frame(chart, steps, 1, false);
        let wanted: Vec<f64> = places.iter().map(|(_, y)| *y).collect();
        for ((k, wanted), y) in places.iter().zip(apart(&wanted, area.top, area.bottom)) {
            let leader = page.theme.stroke(page.theme.series(*k), 1.0);
            if (wanted - y).abs() > 3.0 && wanted.is_finite() {
                let from = right - ((right - area.left) / steps as f64 / 2.0).min(20.0) + 3.0;
                page.line((from, wanted.clamp(area.top, area.bottom)), (right + GAP - 1.0, y), leader)?;
            }
            self.name(page, *k, right + GAP, y)?;
        }
        Ok(())
    }

    /// Names in rows above the lines, where there is no room beside them. Returns how far down they reach.
    fn legend(&self, page: &Page, top: f64) -> Result<f64> {
        let (mut x, mut y) = (GAP, top + LINE / 2.0);
        if page.height < 150.0 {
            return Ok(top);
        }
        for k in 0..self.series.len() {
            let width = SAMPLE + 6.0 + page.text_width(&self.series[k], TEXT, false) + 2.0 * GAP;
            if x + width > page.width && x > GAP {
                (x, y) = (GAP, y + LINE + 2.0);
            }
            // The lines come first; the table names them all.
            if y > page.height * 0.45 {
                return Ok(y - LINE / 2.0);
            }
            self.name(page, k, x, y)?;
            x += width;
        }
        Ok(y + LINE / 2.0 + 2.0)
    }
}

/// Positions in the same order, a line's height apart, between top and bottom.
fn apart(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places: Vec<f64> = wanted.iter().map(|y| if y.is_finite() { *y } else { bottom }).collect();
    // Clusters of touching labels sit around the mean of what they want.
    let mut clusters: Vec<(f64, usize)> = Vec::new();
    for y in &places {
        let mut cluster = (*y, 1_usize);
        while let Some((mean, n)) = clusters.last().copied() {
            if cluster.0 - mean >= LINE * (cluster.1 + n) as f64 / 2.0 {
                break;
            }
            clusters.pop();
            let all = (n + cluster.1) as f64;
            cluster = ((mean * n as f64 + cluster.0 * cluster.1 as f64) / all, n + cluster.1);
        }
        clusters.push(cluster);
    }
    let stack = clusters.iter().flat_map(|(mean, n)| (0..*n).map(move |k| mean + LINE * (k as f64 - (*n as f64 - 1.0) / 2.0)));
    for (place, y) in places.iter_mut().zip(stack) {
        *place = y;
    }
    let mut floor = top + LINE / 2.0;
    for place in &mut places {
        *place = place.max(floor);
        floor = *place + LINE;
    }
    let mut ceiling = bottom - LINE / 2.0;
    for place in places.iter_mut().rev() {
        *place = place.min(ceiling);
        ceiling = *place - LINE;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_apart_and_near() {
        let places = apart(&[50.0, 52.0, 53.0, 150.0], 0.0, 200.0);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
        assert!((places[1] - 51.7).abs() < 1.0 && places[3] == 150.0, "{places:?}");
        let edge = apart(&[199.0, 200.0, 200.0], 0.0, 200.0);
        assert!(edge[2] <= 192.0 && edge[0] >= 8.0 && edge.windows(2).all(|p| p[1] - p[0] >= LINE - 1e-9), "{edge:?}");
    }
}
