//! The same picture as text: a surface that writes SVG.

use super::area::{Area, Point};
use super::backend::{Drawn, Image, Pen, Surface, Writing};
use super::theme::Style;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, FontStyle, FontTransform};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Coordinates per CSS pixel: Plotters counts in whole ones, print shows quarters.
const SCALE: f64 = 4.0;

/// Writes into a string that it borrows.
pub(super) struct Svg<'a> {
    out: &'a mut String,
    size: (u32, u32),
    /// The attribute, ready to be written.
    dash: String,
}

impl<'a> Svg<'a> {
    /// `summary` is what a screen reader says.
    pub fn new(out: &'a mut String, style: &Style, title: &str, summary: &str) -> Svg<'a> {
        let (width, height) = (number(style.width), number(style.height));
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
             <title>{}</title>\n<desc>{}</desc>\n",
            escape(title),
            escape(summary)
        );
        let size = ((style.width * SCALE).round() as u32, (style.height * SCALE).round() as u32);
        Svg { out, size, dash: String::new() }
    }

    /// Strings never refuse.
    fn put(&mut self, line: std::fmt::Arguments) -> Drawn {
        let _ = self.out.write_fmt(line);
        self.out.push('\n');
        Ok(())
    }
}

impl Surface for Svg<'_> {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn finish(&mut self) -> Drawn {
        self.put(format_args!("</svg>"))
    }

    fn rect(&mut self, area: Area, pen: Pen, fill: bool) -> Drawn {
        let (x, y, width, height) = (css(area.left), css(area.top), css(area.width()), css(area.height()));
        let paint = if fill { format!("fill=\"{}\"", color(pen.color)) } else { stroke(pen, "") };
        self.put(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {paint}/>"))
    }

    fn path(&mut self, points: &[Point], pen: Pen) -> Drawn {
        let stroke = stroke(pen, &self.dash);
        self.put(format_args!("<polyline points=\"{}\" {stroke}/>", corners(points)))
    }

    fn circle(&mut self, (x, y): Point, radius: u32, pen: Pen, fill: bool) -> Drawn {
        let paint = if fill { format!("fill=\"{}\"", color(pen.color)) } else { stroke(pen, "") };
        let (x, y, radius) = (css(x), css(y), css(radius as i32));
        self.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {paint}/>"))
    }

    fn polygon(&mut self, points: &[Point], ink: BackendColor) -> Drawn {
        self.put(format_args!("<polygon points=\"{}\" fill=\"{}\"/>", corners(points), color(ink)))
    }

    fn text(&mut self, text: &str, style: &Writing, (x, y): Point) -> Drawn {
        let size = style.size / SCALE;
        let anchor = match style.anchor.h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // Not every program that opens SVG knows dominant-baseline; the shift is that of common sans fonts.
        let shift = size
            * match style.anchor.v_pos {
                VPos::Top => 0.78,
                VPos::Center => 0.35,
                VPos::Bottom => -0.22,
            };
        let angle = match style.transform {
            FontTransform::None => 0,
            FontTransform::Rotate90 => 90,
            FontTransform::Rotate180 => 180,
            FontTransform::Rotate270 => 270,
        };
        let (x, y) = (css(x), css(y));
        let turn = if angle == 0 { String::new() } else { format!(" transform=\"rotate({angle} {x} {y})\"") };
        let bold = if matches!(style.style, FontStyle::Bold) { " font-weight=\"bold\"" } else { "" };
        let (family, fill, dy) = (escape(&style.family), color(style.color), number(shift));
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" dy=\"{dy}\" text-anchor=\"{anchor}\" font-family=\"{family}\" font-size=\"{}\"{bold} fill=\"{fill}\"{turn}>{}</text>",
            number(size),
            escape(text)
        ))
    }

    fn scale(&self) -> f64 {
        SCALE
    }

    fn grain(&self) -> f64 {
        SCALE
    }

    fn text_width(&self, text: &str, _: &str, size: f64, bold: bool) -> f64 {
        size * text.chars().map(advance).sum::<f64>() * if bold { 1.08 } else { 1.0 }
    }

    fn dash(&mut self, lengths: &[f64]) {
        let lengths: Vec<String> = lengths.iter().map(|length| number(length / SCALE)).collect();
        self.dash =
            if lengths.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", lengths.join(" ")) };
    }

    fn strokes(&mut self, lines: &[(Point, Point)], ink: BackendColor, width: u32) -> Drawn {
        if lines.is_empty() {
            return Ok(());
        }
        let mut path = String::new();
        for (from, to) in lines {
            let _ = write!(path, "M{} {}L{} {}", css(from.0), css(from.1), css(to.0), css(to.1));
        }
        let width = css(width as i32);
        self.put(format_args!("<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"/>", color(ink)))
    }

    // One path per colour, neighbours of one colour in a row merged: a tenth of the size of a rectangle per cell.
    fn image(&mut self, area: Area, image: &Image) -> Drawn {
        let edge = |k: usize, n: usize, from: i32, to: i32| {
            f64::from(from) + f64::from(to - from) * k as f64 / n.max(1) as f64
        };
        let mut paths: BTreeMap<[u8; 3], String> = BTreeMap::new();
        for (y, row) in image.rgba.chunks_exact(4 * image.columns.max(1)).enumerate() {
            let (top, bottom) =
                (edge(y, image.rows, area.top, area.bottom), edge(y + 1, image.rows, area.top, area.bottom));
            let mut x = 0;
            let cells: Vec<[u8; 3]> = row.chunks_exact(4).map(|cell| [cell[0], cell[1], cell[2]]).collect();
            for run in cells.chunk_by(|a, b| a == b) {
                let (left, right) = (
                    edge(x, image.columns, area.left, area.right),
                    edge(x + run.len(), image.columns, area.left, area.right),
                );
                let (left, top, right, high) =
                    (number(left / SCALE), number(top / SCALE), number(right / SCALE), number((bottom - top) / SCALE));
                let _ = write!(paths.entry(run[0]).or_default(), "M{left} {top}H{right}v{high}H{left}z");
                x += run.len();
            }
        }
        self.put(format_args!("<g class=\"raster\" shape-rendering=\"crispEdges\">"))?;
        for (rgb, path) in paths {
            self.put(format_args!("<path fill=\"{}\" d=\"{path}\"/>", crate::view::css(rgb)))?;
        }
        self.put(format_args!("</g>"))
    }
}

/// Coordinates as CSS pixels.
fn css(coordinate: i32) -> String {
    number(f64::from(coordinate) / SCALE)
}

/// Two decimals at most.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

fn color(color: BackendColor) -> String {
    let (r, g, b) = color.rgb;
    let rgb = crate::view::css([r, g, b]);
    if color.alpha < 1.0 { format!("{rgb}\" fill-opacity=\"{}", number(color.alpha)) } else { rgb }
}

fn corners(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", css(*x), css(*y))).collect::<Vec<String>>().join(" ")
}

fn stroke(pen: Pen, dash: &str) -> String {
    let (r, g, b) = pen.color.rgb;
    let (rgb, width) = (crate::view::css([r, g, b]), css(pen.width as i32));
    format!("fill=\"none\" stroke=\"{rgb}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}")
}

/// Text of strangers as XML text: marked-up characters are written out, those that XML forbids replaced.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// Advance of a character in units of the font size: that of the wider common sans fonts, so that what is measured
/// here has room everywhere.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.29,
        'I' | '.' | ',' | ':' | ';' | '!' | ' ' | '·' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '\\' => 0.40,
        's' | 'c' | 'k' | 'v' | 'x' | 'y' | 'z' | 'J' | '?' => 0.56,
        '0'..='9' | 'a'..='z' if c != 'm' && c != 'w' => 0.63,
        'm' | 'M' | 'W' | '@' | '%' | '…' | '—' => 0.98,
        'w' | '+' | '−' | '=' | '<' | '>' | '~' => 0.83,
        'A'..='Z' => 0.70,
        c if c < '\u{2e80}' => 0.66,
        // Ideographs and pictures.
        _ => 1.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_text_is_text() {
        assert_eq!(escape("<script>\"&'\u{1}\u{ffff}"), "&lt;script&gt;&quot;&amp;&#39;\u{fffd}\u{fffd}");
    }

    #[test]
    fn numbers_are_short() {
        let said: Vec<String> = [1.0, 0.25, -0.001, 10.0, 2.346].map(number).into();
        assert_eq!(said, ["1", "0.25", "0", "10", "2.35"]);
    }
}
