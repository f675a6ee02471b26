//! Curves over a numeric axis, each with its name, some with a band.

use super::key::{self, Entry, Mark};
use super::lines::STROKE;
use super::page::{Bounds, Chart, Hand, Page, drawing};
use super::scale::Scale;
use super::theme::{GAP, LINE, TEXT, rgb};
use super::{Frame, Plot, reduce};
use crate::Result;
use crate::view::Curves;
use plotters::element::{Circle, PathElement, Polygon};
use plotters::series::LineSeries;
use plotters::style::{Color, text_anchor::HPos};

/// Opacity of a band.
const BAND: f64 = 0.16;

impl Plot for Curves {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let top = page.heading(&self.title, &self.y_label, 0.0)?;
        let entries = self.entries(|_| f64::NAN);
        let beside = key::room(page, &entries, top);
        let top = if beside.is_some() { top } else { key::above(page, &entries, top)? };
        let (low, high) = span(self.y.iter().chain(&self.low).chain(&self.high), 0.05);
        let (first, last) = span(self.x.iter(), 0.0);
        let left = page.axis_width(&Scale::ticked(low, high, 6));
        let right = page.width - beside.unwrap_or(2.0 * GAP);
        let below = if page.height < 150.0 { LINE + 8.0 } else { 2.0 * LINE + 10.0 };
        let area = Bounds { left, top: top + 4.0, right, bottom: (page.height - below).max(top + 28.0) };
        let ticks = (((area.bottom - area.top) / 36.0) as usize).max(3);
        let x = Scale::ticked(first, last, (((right - left) / 56.0) as usize).clamp(2, 9));
        self.axis(page, area, &x, below)?;
        let mut chart = page.chart(area, x.bare(), Scale::ticked(low, high, ticks))?;
        if low < 0.0 && high > 0.0 {
            let zero = PathElement::new(vec![(first, 0.0), (last, 0.0)], page.theme.stroke(page.theme.line, 1.0));
            chart.draw_series([zero]).map_err(drawing)?;
        }
        let pixels = page.pixels(right - left);
        for (k, range) in self.ranges().enumerate() {
            self.band(page, &mut chart, k, range)?;
        }
        for (k, range) in self.ranges().enumerate() {
            page.dash(page.theme.crossing(k));
            let style = page.theme.stroke(page.theme.series(k), STROKE);
            let x = &self.x[range.clone()];
            for line in reduce::envelope(&self.y[range], pixels) {
                // The envelope counts points; here they have places.
                let line: Vec<(f64, f64)> = line
                    .into_iter()
                    .map(|(at, y)| (f64::from(x[at as usize]), y))
                    .filter(|(x, _)| x.is_finite())
                    .collect();
                match line[..] {
                    [] => Ok(()),
                    [point] => chart.draw_series([Circle::new(point, page.px(2.0), style.filled())]).map(|_| ()),
                    _ => chart.draw_series(LineSeries::new(line, style)).map(|_| ()),
                }
                .map_err(drawing)?;
            }
        }
        page.dash(&[]);
        if beside.is_some() {
            let y = |value: f64| f64::from(chart.backend_coord(&(first, value)).1) / page.theme.scale;
            key::beside(page, &self.entries(y), area, right)?;
        }
        Ok(page.frame(&chart, 1, 1, false))
    }
}

/// The least and the largest, with air around them; never empty.
fn span<'a>(values: impl Iterator<Item = &'a f32>, air: f64) -> (f64, f64) {
    let finite = values.filter(|v| v.is_finite()).map(|v| f64::from(*v));
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let air = if high > low { (high - low) * air } else { low.abs().max(1.0) * 0.5 };
    (low - air, high + air)
}

impl Curves {
    /// Between the edges, wherever both are known.
    fn band(&self, page: &Page, chart: &mut Chart, k: usize, range: std::ops::Range<usize>) -> Result<()> {
        if self.low.is_empty() {
            return Ok(());
        }
        let known: Vec<usize> =
            range.filter(|p| [self.x[*p], self.low[*p], self.high[*p]].iter().all(|v| v.is_finite())).collect();
        // More corners than pixels would only cost.
        let stride = known.len() / 2000 + 1;
        let point = |edge: &[f32], p: usize| (f64::from(self.x[p]), f64::from(edge[p]));
        let kept = || known.iter().step_by(stride).copied();
        let corners: Vec<(f64, f64)> =
            kept().map(|p| point(&self.high, p)).chain(kept().rev().map(|p| point(&self.low, p))).collect();
        if corners.len() > 2 {
            chart.draw_series([Polygon::new(corners, rgb(page.theme.series(k)).mix(BAND))]).map_err(drawing)?;
        }
        Ok(())
    }

    /// Round numbers beneath, and what they are.
    fn axis(&self, page: &Page, area: Bounds, x: &Scale, below: f64) -> Result<()> {
        let wide = area.right - area.left;
        for (value, label) in x.ticks().iter().zip(x.labels()) {
            let at = area.left + wide * (value - x.low) / (x.high - x.low);
            let half = page.text_width(&label, TEXT, false) / 2.0;
            page.line((at, area.bottom), (at, area.bottom + 4.0), page.theme.stroke(page.theme.line, 1.0))?;
            let text = at.min(page.width - half - 2.0);
            page.write(
                &label,
                text,
                area.bottom + 5.0 + LINE / 2.0,
                Hand { h: HPos::Center, ..page.hand(TEXT, page.theme.quiet) },
            )?;
        }
        if below < 2.0 * LINE {
            return Ok(());
        }
        let name = page.elide(&self.x_label, page.width - 2.0 * GAP, TEXT, false);
        let half = page.text_width(&name, TEXT, false) / 2.0;
        let middle = ((area.left + area.right) / 2.0).clamp(GAP + half, (page.width - GAP - half).max(GAP + half));
        page.write(
            &name,
            middle,
            area.bottom + 5.0 + LINE * 1.5,
            Hand { h: HPos::Center, ..page.hand(TEXT, page.theme.quiet) },
        )
    }

    /// Names in the order of the curves, each with the height at which it ends.
    fn entries(&self, y: impl Fn(f64) -> f64) -> Vec<Entry<'_>> {
        let end = |range: std::ops::Range<usize>| {
            self.y[range].iter().rev().find(|v| v.is_finite()).map_or(f64::NAN, |v| y(f64::from(*v)))
        };
        let named = self.series.iter().zip(self.ranges()).enumerate();
        named.map(|(k, (name, range))| Entry { name, mark: Mark::Curve(k), end: end(range) }).collect()
    }
}
