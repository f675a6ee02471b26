//! A matrix as one image inside the axes.

use super::backend::Image;
use super::labels::Labels;
use super::marks::{Hatched, Raster};
use super::page::{Bounds, Chart, Hand, Page, drawing};
use super::scale::Scale;
use super::theme::{GAP, SMALL};
use super::{Frame, Plot, reduce};
use crate::Result;
use crate::view::{self, Heatmap};
use plotters::element::Rectangle;
use plotters::style::text_anchor::HPos;

/// Rows less high carry no label each.
const LABELLED: f64 = 12.0;

impl Plot for Heatmap {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let (rows, columns) = (self.row_labels.len(), self.col_labels.len());
        let top = super::legend::colors(page, (&self.title, &self.y_label), &self.unit, self.limit, self.signed)?;
        let widest = self.row_labels.iter().map(|label| page.text_width(label, SMALL, true)).fold(0.0, f64::max);
        let left = (widest + 2.0 * GAP).clamp(44.0, (page.width * 0.32).max(44.0));
        let right = page.width - 2.0 * GAP;
        let cell = (right - left) / columns.max(1) as f64;
        let labels = Labels::plan(
            page,
            &self.col_labels,
            &self.x_label,
            (left, page.width - 2.0),
            cell,
            (page.height - top) * 0.45,
        );
        let area = Bounds { left, top: top + 2.0, right, bottom: (page.height - labels.height).max(top + 24.0) };
        let mut chart = page.chart(area, Scale::plain(0.0, columns.max(1) as f64), Scale::rows(rows))?;

        let image = raster(self, page.dark(), page.pixels(area.right - area.left), page.pixels(area.bottom - area.top));
        let corners = [(0.0, 0.0), (columns as f64, rows as f64)];
        if rows * columns > 0 {
            chart.draw_series([Raster { corners, image }]).map_err(drawing)?;
        }
        self.hatches(page, &mut chart)?;
        self.outlines(page, &mut chart, area)?;
        self.rows(page, area)?;
        labels.draw(page, left, right, cell, area.bottom)?;
        Ok(page.frame(&chart, columns, rows, false))
    }
}

/// The values as colours, at most so many pixels: where several cells share a pixel, the strongest shows.
pub fn raster(view: &Heatmap, dark: bool, most_columns: usize, most_rows: usize) -> Image {
    let (rows, columns) = (view.row_labels.len(), view.col_labels.len());
    let (high, wide) = (rows.min(most_rows.max(1)), columns.min(most_columns.max(1)));
    let mut rgba = Vec::with_capacity(high * wide * 4);
    let mut strongest = vec![f32::NAN; wide];
    for y in 0..high {
        strongest.fill(f32::NAN);
        for row in reduce::share(rows, y, high) {
            let values = &view.values[row * columns..(row + 1) * columns];
            for (x, kept) in strongest.iter_mut().enumerate() {
                let cells = &values[reduce::share(columns, x, wide)];
                *kept = reduce::strongest(cells.iter().copied().chain([*kept]));
            }
        }
        for value in &strongest {
            let [r, g, b] = view::color(*value, view.limit, view.signed, dark);
            rgba.extend([r, g, b, 255]);
        }
    }
    Image { columns: wide, rows: high, rgba }
}

impl Heatmap {
    /// Strokes over what was filled in.
    fn hatches(&self, page: &Page, chart: &mut Chart) -> Result<()> {
        let columns = self.col_labels.len().max(1);
        let mut corners = Vec::new();
        for (row, cells) in self.filled.chunks(columns).enumerate() {
            let mut column = 0;
            for run in cells.chunk_by(|a, b| (*a > 0.5) == (*b > 0.5)) {
                if run[0] > 0.5 {
                    corners.push((column as f64, row as f64));
                    corners.push(((column + run.len()) as f64, (row + 1) as f64));
                }
                column += run.len();
            }
        }
        let color = super::theme::mix(page.theme.ink, page.theme.paper, 0.35);
        let style = page.theme.stroke(color, 0.75);
        let spacing = page.px(6.0);
        chart.draw_series([Hatched { corners, style, spacing }]).map_err(drawing)?;
        Ok(())
    }

    /// Around the selected column and row, with a halo of paper that is seen on every colour.
    fn outlines(&self, page: &Page, chart: &mut Chart, area: Bounds) -> Result<()> {
        let (rows, columns) = (self.row_labels.len(), self.col_labels.len());
        let column = page.step.filter(|k| *k < columns).map(|k| [(k as f64, 0.0), (k as f64 + 1.0, rows as f64)]);
        let row = page.row.filter(|k| *k < rows).map(|k| [(0.0, k as f64), (columns as f64, k as f64 + 1.0)]);
        let thin =
            ((area.right - area.left) / columns.max(1) as f64).min((area.bottom - area.top) / rows.max(1) as f64) < 4.0;
        for corners in [column, row].into_iter().flatten() {
            // Around cells of few pixels a halo would hide the neighbours.
            if !thin {
                let halo = Rectangle::new(corners, page.theme.stroke(page.theme.paper, 4.0));
                chart.draw_series([halo]).map_err(drawing)?;
            }
            let line = Rectangle::new(corners, page.theme.stroke(page.theme.ink, 1.5));
            chart.draw_series([line]).map_err(drawing)?;
        }
        Ok(())
    }

    /// The names of the rows, or of as many as fit; of the selected one in any case.
    fn rows(&self, page: &Page, area: Bounds) -> Result<()> {
        let rows = self.row_labels.len();
        let high = (area.bottom - area.top) / rows.max(1) as f64;
        let stride = (LABELLED / high).ceil().max(1.0) as usize;
        let selected = page.row.filter(|row| *row < rows);
        for (row, label) in self.row_labels.iter().enumerate() {
            let chosen = selected == Some(row);
            let crowded = selected.is_some_and(|s| (s as f64 - row as f64).abs() * high < LABELLED);
            if !chosen && (row % stride != 0 || crowded) {
                continue;
            }
            let color = if chosen { page.theme.ink } else { page.theme.quiet };
            let hand = Hand { bold: chosen, h: HPos::Right, ..page.hand(SMALL, color) };
            let text = page.elide(label, area.left - GAP - 4.0, SMALL, chosen);
            page.write(&text, area.left - 6.0, area.top + high * (row as f64 + 0.5), hand)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(rows: usize, columns: usize, values: Vec<f32>) -> Heatmap {
        let names = |n: usize| (0..n).map(|k| k.to_string()).collect();
        Heatmap {
            col_labels: names(columns),
            row_labels: names(rows),
            signed: true,
            limit: 1.0,
            values,
            ..Heatmap::default()
        }
    }

    #[test]
    fn a_pixel_is_the_colour_of_its_cell() {
        let image = raster(&view(2, 2, vec![1.0, -1.0, 0.0, f32::NAN]), false, 100, 100);
        assert_eq!((image.columns, image.rows), (2, 2));
        for (k, value) in [1.0, -1.0, 0.0, f32::NAN].into_iter().enumerate() {
            assert_eq!(image.rgba[4 * k..4 * k + 3], view::color(value, 1.0, true, false));
        }
    }

    #[test]
    fn a_spike_survives_few_pixels() {
        let mut values = vec![0.1; 10_000];
        values[6_543] = -1.0;
        let image = raster(&view(10, 1000, values), false, 100, 5);
        assert_eq!((image.columns, image.rows), (100, 5));
        let strongest = view::color(-1.0, 1.0, true, false);
        assert_eq!(image.rgba.chunks(4).filter(|pixel| pixel[..3] == strongest).count(), 1);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(raster(&view(0, 0, vec![]), false, 10, 10).rgba.is_empty());
    }
}
