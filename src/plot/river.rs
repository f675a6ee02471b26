//! A memory as a river: what each step wrote, stacked up above zero and down below it, and the state as the line.

use super::key::{self, Entry, Mark};
use super::labels::Labels;
use super::lines::STROKE;
use super::page::{Bounds, Chart, Page, drawing};
use super::reduce;
use super::scale::Scale;
use super::theme::{GAP, Theme, mix, rgb};
use super::{Frame, Plot};
use crate::Result;
use crate::view::River;
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::series::LineSeries;
use plotters::style::Color;

impl Plot for River {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let steps = self.x_labels.len();
        let top = page.heading(&self.title, &self.y_label, 0.0)?;
        let entries = self.entries(page, |_| f64::NAN);
        let beside = key::room(page, &entries, top);
        let top = if beside.is_some() { top } else { key::above(page, &entries, top)? };
        let stacks: Vec<(f64, f64)> = (0..steps).map(|t| self.stack(t)).collect();
        let (low, high) = self.span(&stacks);
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
        let ticks = (((area.bottom - area.top) / 36.0) as usize).max(3);
        let mut chart = page.chart(area, Scale::plain(0.0, steps.max(1) as f64), Scale::ticked(low, high, ticks))?;
        if let Some(step) = page.step.filter(|step| *step < steps) {
            let band = Rectangle::new(
                [(step as f64, low), (step as f64 + 1.0, high)],
                page.theme.stroke(page.theme.band, 1.0).filled(),
            );
            chart.draw_series([band]).map_err(drawing)?;
        }
        // Of the steps that share a pixel, the one with the highest stack stands for all.
        let pixels = page.pixels(right - left);
        let shown: Vec<usize> = match steps > pixels {
            true => (0..pixels)
                .filter_map(|pixel| {
                    reduce::share(steps, pixel, pixels).max_by(|a, b| size(stacks[*a]).total_cmp(&size(stacks[*b])))
                })
                .collect(),
            false => (0..steps).collect(),
        };
        self.streams(page, &mut chart, &shown)?;
        let zero = PathElement::new(vec![(0.0, 0.0), (steps as f64, 0.0)], page.theme.stroke(page.theme.line, 1.0));
        chart.draw_series([zero]).map_err(drawing)?;
        for line in reduce::envelope(&self.total, pixels) {
            chart
                .draw_series(LineSeries::new(line.clone(), page.theme.stroke(page.theme.paper, 2.5 * STROKE)))
                .map_err(drawing)?;
            chart.draw_series(LineSeries::new(line, page.theme.stroke(page.theme.ink, STROKE))).map_err(drawing)?;
        }
        if beside.is_some() {
            let y = |value: f64| f64::from(chart.backend_coord(&(0.0, value)).1) / page.theme.scale;
            key::beside(page, &self.entries(page, y), area, right)?;
        }
        labels.draw(page, left, right, cell, area.bottom)?;
        Ok(page.frame(&chart, steps, 1, false))
    }
}

/// Of both sides together.
fn size((below, above): (f64, f64)) -> f64 {
    above - below
}

impl River {
    fn at(&self, stream: usize, step: usize) -> f64 {
        let value = f64::from(self.values[stream * self.x_labels.len() + step]);
        if value.is_finite() { value } else { 0.0 }
    }

    /// How far the streams reach down and up at a step.
    fn stack(&self, step: usize) -> (f64, f64) {
        (0..self.series.len())
            .map(|s| self.at(s, step))
            .fold((0.0, 0.0), |(below, above), v| (below + v.min(0.0), above + v.max(0.0)))
    }

    fn span(&self, stacks: &[(f64, f64)]) -> (f64, f64) {
        let totals =
            self.total.iter().filter(|v| v.is_finite()).map(|v| (f64::from(*v).min(0.0), f64::from(*v).max(0.0)));
        let (low, high) = stacks
            .iter()
            .copied()
            .chain(totals)
            .fold((0.0_f64, 0.0_f64), |(low, high), (a, b)| (low.min(a), high.max(b)));
        if low == high {
            return (-1.0, 1.0);
        }
        let air = (high - low) * 0.04;
        (if low < 0.0 { low - air } else { 0.0 }, if high > 0.0 { high + air } else { 0.0 })
    }

    /// Colour of a stream: hues in turn, paler in the second round; grey for the others.
    fn color(&self, theme: &Theme, stream: usize) -> [u8; 3] {
        const HUES: usize = 6;
        if self.others && stream + 1 == self.series.len() {
            return mix(theme.ink, theme.paper, 0.72);
        }
        mix(theme.series(stream % HUES), theme.paper, if stream < HUES { 0.12 } else { 0.5 })
    }

    /// Steps with straight edges: a share does not begin before it is written.
    fn streams(&self, page: &Page, chart: &mut Chart, shown: &[usize]) -> Result<()> {
        let steps = self.x_labels.len() as f64;
        let wide = steps / shown.len().max(1) as f64;
        let edge = page.theme.stroke(page.theme.paper, 1.0);
        for side in [1.0, -1.0] {
            let mut base = vec![0.0; shown.len()];
            for stream in 0..self.series.len() {
                let share = |k: usize| (self.at(stream, shown[k]) * side).max(0.0) * side;
                let mut k = 0;
                while k < shown.len() {
                    if share(k) == 0.0 {
                        k += 1;
                        continue;
                    }
                    let from = k;
                    while k < shown.len() && share(k) != 0.0 {
                        k += 1;
                    }
                    let sides = |k: usize| [k as f64 * wide, (k + 1) as f64 * wide];
                    let outer: Vec<(f64, f64)> =
                        (from..k).flat_map(|k| sides(k).map(|x| (x, base[k] + share(k)))).collect();
                    let inner = (from..k)
                        .rev()
                        .flat_map(|k| sides(k).into_iter().rev().map(move |x| (x, k)))
                        .map(|(x, k)| (x, base[k]));
                    let corners: Vec<(f64, f64)> = outer.iter().copied().chain(inner).collect();
                    chart
                        .draw_series([Polygon::new(corners, rgb(self.color(&page.theme, stream)).to_rgba())])
                        .map_err(drawing)?;
                    chart.draw_series([PathElement::new(outer, edge)]).map_err(drawing)?;
                }
                for (k, base) in base.iter_mut().enumerate() {
                    *base += share(k);
                }
            }
        }
        Ok(())
    }

    /// The streams and the state, each with the height at which it ends.
    fn entries(&self, page: &Page, y: impl Fn(f64) -> f64) -> Vec<Entry<'_>> {
        let last = self.x_labels.len().checked_sub(1);
        let (mut below, mut above) = (0.0, 0.0);
        let streams = self.series.iter().enumerate().map(|(s, name)| {
            let value = last.map_or(f64::NAN, |t| self.at(s, t));
            let base = if value < 0.0 { &mut below } else { &mut above };
            let end = y(*base + value / 2.0);
            *base += value;
            Entry { name, mark: Mark::Patch(self.color(&page.theme, s)), end }
        });
        let streams: Vec<Entry> = streams.collect();
        let total = last.map_or(f64::NAN, |t| y(f64::from(self.total[t])));
        std::iter::once(Entry { name: &self.y_label, mark: Mark::Total, end: total }).chain(streams).collect()
    }
}
