//! A tree of phrases over the steps: the whole on top, its parts beneath, each as wide as what it reads.

use super::backend::Image;
use super::labels::Labels;
use super::marks::Raster;
use super::page::{Bounds, Chart, Hand, Page, drawing};
use super::scale::{Scale, signed};
use super::theme::{GAP, SMALL};
use super::{Frame, Plot, legend, reduce};
use crate::Result;
use crate::view::{self, Hierarchy};
use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::HPos;

/// Of the edge that says the sign a second time, CSS pixels.
const EDGE: f64 = 2.0;
/// Lower rows carry no numbers.
const NUMBERED: f64 = 14.0;

impl Plot for Hierarchy {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let (steps, levels) = (self.labels.len(), self.levels());
        let top = legend::colors(page, (&self.title, ""), &self.unit, self.limit, true)?;
        let (left, right) = (2.0 * GAP, page.width - 2.0 * GAP);
        let cell = (right - left) / steps.max(1) as f64;
        let labels =
            Labels::plan(page, &self.labels, &self.x_label, (left, page.width - 2.0), cell, (page.height - top) * 0.45);
        let area = Bounds { left, top: top + 2.0, right, bottom: (page.height - labels.height).max(top + 24.0) };
        let mut chart = page.chart(area, Scale::plain(0.0, steps.max(1) as f64), Scale::rows(levels))?;
        if let Some(step) = page.step.filter(|step| *step < steps) {
            let corners = [(step as f64, 0.0), (step as f64 + 1.0, levels.max(1) as f64)];
            chart
                .draw_series([Rectangle::new(corners, page.theme.stroke(page.theme.band, 1.0).filled())])
                .map_err(drawing)?;
        }
        if page.pixels(right - left) < 2 * steps {
            self.folded(page, &mut chart, page.pixels(right - left))?;
        } else {
            self.nodes(page, &mut chart, area)?;
        }
        labels.draw(page, left, right, cell, area.bottom)?;
        Ok(page.frame(&chart, steps, levels, false))
    }
}

impl Hierarchy {
    /// Every node by itself.
    fn nodes(&self, page: &Page, chart: &mut Chart, area: Bounds) -> Result<()> {
        let levels = self.levels().max(1) as f64;
        let (cell, high) =
            ((area.right - area.left) / self.labels.len().max(1) as f64, (area.bottom - area.top) / levels);
        // Of a level's height: between the levels, and of the edge.
        let (air, edge) = ((1.5 / high).min(0.2), (EDGE / high).min(0.2));
        let side = (0.75 / cell).min(0.1);
        for k in 0..self.scores.len() {
            let (from, to, level, score) =
                (f64::from(self.from[k]), f64::from(self.to[k]), f64::from(self.level[k]), self.scores[k]);
            let (top, bottom) = (level + air, level + 1.0 - air);
            let color = view::color(score, self.limit, true, page.dark());
            // Where nothing stands beneath, a thread leads down to what is read.
            let beneath = (0..self.scores.len()).any(|other| {
                self.level[other] > self.level[k] && self.from[other] < self.to[k] && self.to[other] > self.from[k]
            });
            if !beneath && level + 1.0 < levels {
                let middle = (from + to) / 2.0;
                let thread =
                    PathElement::new(vec![(middle, bottom), (middle, levels)], page.theme.stroke(page.theme.grid, 1.0));
                chart.draw_series([thread]).map_err(drawing)?;
            }
            let corners = [(from + side, top), (to - side, bottom)];
            chart.draw_series([Rectangle::new(corners, page.theme.stroke(color, 1.0).filled())]).map_err(drawing)?;
            chart.draw_series([Rectangle::new(corners, page.theme.stroke(page.theme.grid, 1.0))]).map_err(drawing)?;
            if score != 0.0 && score.is_finite() {
                // The sign a second time: what raises is edged above, what lowers beneath.
                let y = if score > 0.0 { (top, top + edge) } else { (bottom - edge, bottom) };
                let strong = page.theme.stroke(page.theme.bar(score, true), 1.0).filled();
                chart.draw_series([Rectangle::new([(from + side, y.0), (to - side, y.1)], strong)]).map_err(drawing)?;
            }
            let said = signed(score);
            if score.is_finite() && high >= NUMBERED && page.text_width(&said, SMALL, false) + 4.0 <= cell * (to - from)
            {
                let (x, y) = (area.left + cell * (from + to) / 2.0, area.top + high * (level + 0.5));
                page.write(&said, x, y, Hand { h: HPos::Center, ..page.hand(SMALL, view::text_on(color)) })?;
            }
        }
        Ok(())
    }

    /// More steps than pixels: of every level the strongest node of each pixel.
    fn folded(&self, page: &Page, chart: &mut Chart, pixels: usize) -> Result<()> {
        let (steps, levels) = (self.labels.len(), self.levels());
        let mut cells = vec![None; pixels * levels];
        for k in 0..self.scores.len() {
            let at = |step: f32| (step as usize * pixels / steps).min(pixels - 1);
            let row = self.level[k] as usize * pixels;
            for cell in &mut cells[row + at(self.from[k])..=row + at(self.to[k] - 1.0)] {
                *cell = Some(reduce::strongest([cell.unwrap_or(f32::NAN), self.scores[k]].into_iter()));
            }
        }
        let rgba = cells.into_iter().flat_map(|cell: Option<f32>| {
            let [r, g, b] = cell.map_or(page.theme.paper, |score| view::color(score, self.limit, true, page.dark()));
            [r, g, b, 255]
        });
        let image = Image { columns: pixels, rows: levels, rgba: rgba.collect() };
        if levels > 0 {
            chart
                .draw_series([Raster { corners: [(0.0, 0.0), (steps as f64, levels as f64)], image }])
                .map_err(drawing)?;
        }
        Ok(())
    }
}
