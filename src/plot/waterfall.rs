//! From the baseline's score down to the input's, each bar beginning where the one above it ended.

use super::page::{Bounds, Hand, Page, drawing};
use super::rows::{self, Kind, Layout, Row};
use super::scale::{Scale, short};
use super::theme::{GAP, LINE, TEXT};
use super::{Frame, Plot};
use crate::Result;
use crate::view::Waterfall;
use plotters::element::PathElement;
use plotters::style::text_anchor::HPos;

impl Plot for Waterfall {
    fn heading(&self) -> &str {
        &self.title
    }

    fn plot(&self, page: &Page) -> Result<Frame> {
        let (n, extras) = (self.values.len(), self.extras());
        let all = n + extras.len();
        let mut rows: Vec<Row> = Vec::with_capacity(all);
        let mut level = f64::from(self.start);
        for (name, value) in self.labels.iter().zip(&self.values) {
            let row = Row { name, from: level, value: *value, error: 0.0, kind: Kind::Input };
            level = row.to();
            rows.push(row);
        }
        for extra in extras {
            let row = Row::extra(extra, level);
            level = row.to();
            rows.push(row);
        }
        let top = page.heading(&self.title, "", 0.0)?;
        // A caption above the rows and one beneath, then the axis.
        let small = page.height < rows::SMALLEST;
        let caption = if small { 2.0 } else { LINE + 4.0 };
        let axis = if small { LINE + 8.0 } else { 2.0 * LINE + 10.0 };
        let layout = Layout::new(page, &rows, top + caption, caption + axis);
        let Bounds { left, right, bottom, .. } = layout.area;

        let levels =
            rows.iter().flat_map(|row| [row.from, row.to()]).chain([f64::from(self.start), f64::from(self.end)]);
        let (least, most) =
            levels.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (least, most) = if least <= most { (least, most) } else { (0.0, 1.0) };
        let span = if most > least { most - least } else { 1.0 };
        let air = span * layout.air(page, &rows).max(0.05) * 1.25;
        let x = Scale::ticked(least - air, most + air, rows::ticks(&layout));
        let below = bottom + caption;
        rows::axis(page, &layout, &x, below, &self.unit)?;
        let (low, high) = (x.low, x.high);
        let mut chart = page.chart(layout.area, x.bare(), Scale::rows(all))?;

        // Connectors first: bars lie on them.
        let thin = page.theme.stroke(page.theme.line, 1.0);
        let joints = rows.windows(2).enumerate().filter(|(_, pair)| pair[1].from.is_finite());
        let connectors = joints.map(|(k, pair)| {
            PathElement::new(vec![(pair[1].from, k as f64 + 0.5), (pair[1].from, k as f64 + 1.5)], thin)
        });
        chart.draw_series(connectors).map_err(drawing)?;

        let at = |score: f64| left + (right - left) * (score - low) / (high - low);
        let (start, end) = (at(f64::from(self.start)), at(f64::from(self.end)));
        let (upper, lower) = (layout.area.top - caption / 2.0, bottom + caption / 2.0);
        page.dash(&[3.0, 3.0]);
        page.line((start, layout.area.top), (start, bottom), page.theme.stroke(page.theme.quiet, 1.0))?;
        page.line((end, layout.area.top), (end, bottom + 3.0), page.theme.stroke(page.theme.ink, 1.0))?;
        page.dash(&[]);
        rows::draw(page, &mut chart, &layout, &rows)?;
        if small {
            return Ok(rows::framed(page.frame(&chart, 1, n, true), all));
        }
        let says = |name: &str, score: f32| format!("{name}: {}", short(score));
        self.caption(page, &says(&self.baseline, self.start), start, upper, page.theme.quiet, false)?;
        self.caption(page, &says(&self.target, self.end), end, lower, page.theme.ink, true)?;
        Ok(rows::framed(page.frame(&chart, 1, n, true), all))
    }
}

impl Waterfall {
    /// A text centred on `x`, but inside the picture.
    fn caption(&self, page: &Page, text: &str, x: f64, y: f64, color: [u8; 3], bold: bool) -> Result<()> {
        let text = page.elide(text, page.width - 2.0 * GAP, TEXT, bold);
        let half = page.text_width(&text, TEXT, bold) / 2.0;
        let x = x.clamp(GAP + half, (page.width - GAP - half).max(GAP + half));
        page.write(&text, x, y, Hand { bold, h: HPos::Center, ..page.hand(TEXT, color) })
    }
}
