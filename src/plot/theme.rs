//! Sizes, fonts and colours: the one place where CSS pixels become the backend's coordinates.

use crate::{Error, Result};
use plotters::style::{Color, FontFamily, FontStyle, RGBAColor, RGBColor, ShapeStyle, TextStyle};
use serde::Deserialize;

/// Used where the page names no font.
pub const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/// Height of a line of text, CSS pixels.
pub(super) const LINE: f64 = 16.0;
/// Axis labels and all other text.
pub(super) const TEXT: f64 = 12.0;
/// Numbers beside marks.
pub(super) const SMALL: f64 = 11.0;
/// The heading.
pub(super) const TITLE: f64 = 13.0;
/// Between things that do not belong together.
pub(super) const GAP: f64 = 8.0;

/// Browsers draw nothing, and say nothing, on canvases with longer sides.
const LONGEST_SIDE: f64 = 16_384.0;

/// How a picture is drawn; the page sends it with every view.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Style {
    /// CSS pixels.
    pub width: f64,
    /// CSS pixels.
    pub height: f64,
    /// Device pixels per CSS pixel.
    pub pixel_ratio: f64,
    /// Light marks on a dark page.
    pub dark: bool,
    /// A constant CSS font stack; empty for [`FONT`].
    pub font: String,
    /// The column that all panels share; −1 for none.
    pub selected_step: i32,
    /// The row of a heat map, −1 for none.
    pub selected_row: i32,
    /// Colour of text and lines where the system imposes one: `#rrggbb` or `rgb(r, g, b)`.
    pub foreground: Option<String>,
    /// Colour behind everything, or `transparent`.
    pub background: Option<String>,
    /// Fewer motions are wanted; pictures here never move.
    pub reduced: bool,
    /// Write the heading into the picture.
    pub title: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            width: 640.0,
            height: 320.0,
            pixel_ratio: 1.0,
            dark: false,
            font: String::new(),
            selected_step: -1,
            selected_row: -1,
            foreground: None,
            background: None,
            reduced: false,
            title: true,
        }
    }
}

impl Style {
    /// Err unless a picture of this size can be drawn.
    pub fn check(&self) -> Result<()> {
        let sides = [("width", self.width, 120.0), ("height", self.height, 80.0)];
        for (name, side, least) in sides {
            let most = (LONGEST_SIDE / self.pixel_ratio.max(1.0)).floor();
            if !(least..=most).contains(&side) {
                return Err(Error::request(name, format!("from {least} to {most} CSS pixels"), side));
            }
        }
        if !(0.25..=8.0).contains(&self.pixel_ratio) {
            return Err(Error::request("pixel_ratio", "from 0.25 to 8", self.pixel_ratio));
        }
        let plain = |c: char| c.is_alphanumeric() || " ,'\"-_".contains(c);
        if !self.font.chars().all(plain) {
            return Err(Error::request("font", "a list of font names", &self.font));
        }
        Ok(())
    }

    /// Width in device pixels.
    pub fn device_width(&self) -> u32 {
        (self.width * self.pixel_ratio).round() as u32
    }

    /// Height in device pixels.
    pub fn device_height(&self) -> u32 {
        (self.height * self.pixel_ratio).round() as u32
    }
}

/// Colours of the series, told apart by every kind of sight; 3 : 1 against the paper at least.
const SERIES_ON_LIGHT: [[u8; 3]; 7] =
    [[0, 107, 166], [213, 94, 0], [0, 146, 108], [166, 78, 140], [140, 108, 0], [64, 145, 200], [60, 60, 60]];
const SERIES_ON_DARK: [[u8; 3]; 7] =
    [[96, 184, 240], [240, 140, 60], [52, 196, 152], [226, 148, 196], [232, 208, 84], [150, 170, 255], [225, 225, 225]];

/// Lengths of dash and gap, CSS pixels: the second cue beside the colour.
const DASHES: [&[f64]; 7] = [&[], &[], &[], &[6.0, 3.0], &[6.0, 3.0], &[2.0, 2.5], &[2.0, 2.5]];

/// The same for few lines that cross: each has its own from the first on.
const CROSSING: [&[f64]; 5] = [&[], &[7.0, 3.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0], &[4.0, 4.0]];

/// The colours and lengths of one picture.
pub(super) struct Theme<'a> {
    /// Backend coordinates per CSS pixel.
    pub scale: f64,
    pub dark: bool,
    pub font: &'a str,
    /// Text and outlines.
    pub ink: [u8; 3],
    /// Axis labels.
    pub quiet: [u8; 3],
    /// Zero lines and connectors.
    pub line: [u8; 3],
    /// Grid.
    pub grid: [u8; 3],
    /// Behind the selected step.
    pub band: [u8; 3],
    /// What is written on; also where nothing is filled.
    pub paper: [u8; 3],
    /// Whether the paper is painted.
    pub painted: bool,
}

impl<'a> Theme<'a> {
    pub fn new(style: &'a Style, scale: f64) -> Result<Theme<'a>> {
        let (ink, paper) = if style.dark { ([232, 235, 239], [21, 24, 29]) } else { ([28, 33, 39], [255, 255, 255]) };
        let ink = style.foreground.as_deref().map_or(Ok(ink), |color| parse("foreground", color))?;
        let painted = style.background.as_deref() != Some("transparent");
        let paper = match style.background.as_deref() {
            Some(color) if painted => parse("background", color)?,
            _ => paper,
        };
        Ok(Theme {
            scale,
            dark: style.dark,
            font: if style.font.is_empty() { FONT } else { &style.font },
            ink,
            quiet: mix(ink, paper, 0.30),
            line: mix(ink, paper, 0.55),
            grid: mix(ink, paper, 0.88),
            band: mix(ink, paper, 0.92),
            paper,
            painted,
        })
    }

    /// Colour of series `k`.
    pub fn series(&self, k: usize) -> [u8; 3] {
        let colors = if self.dark { &SERIES_ON_DARK } else { &SERIES_ON_LIGHT };
        colors[k % colors.len()]
    }

    /// Dash of series `k`; beyond the colours, dashes tell them apart.
    pub fn dash(&self, k: usize) -> &'static [f64] {
        DASHES[(k + k / DASHES.len() * 3) % DASHES.len()]
    }

    /// Dash of curve `k` among few that cross.
    pub fn crossing(&self, k: usize) -> &'static [f64] {
        CROSSING[k % CROSSING.len()]
    }

    /// Rising and falling bars: the ends of the diverging scale, strong enough to stand on the paper. Bars without a
    /// sign: the same strength of the other scale.
    pub fn bar(&self, value: f32, signed: bool) -> [u8; 3] {
        let strong: f32 = if self.dark { 0.75 } else { 0.62 };
        crate::view::color(if signed { strong.copysign(value) } else { strong }, 1.0, signed, self.dark)
    }

    pub fn text(&self, size: f64, bold: bool, color: [u8; 3]) -> TextStyle<'a> {
        let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
        let text = TextStyle::from((FontFamily::Name(self.font), size * self.scale, style));
        TextStyle { color: rgb(color).to_backend_color(), ..text }
    }

    /// A stroke of `width` CSS pixels.
    pub fn stroke(&self, color: [u8; 3], width: f64) -> ShapeStyle {
        ShapeStyle { color: rgb(color).to_rgba(), filled: false, stroke_width: self.width(width) }
    }

    /// `width` CSS pixels in coordinates, one at least.
    pub fn width(&self, width: f64) -> u32 {
        (width * self.scale).round().max(1.0) as u32
    }
}

/// Transparent, which backends skip.
pub(super) const NOTHING: RGBAColor = RGBAColor(0, 0, 0, 0.0);

pub(super) fn rgb([r, g, b]: [u8; 3]) -> RGBColor {
    RGBColor(r, g, b)
}

/// `share` of the way from `a` to `b`.
pub(super) fn mix(a: [u8; 3], b: [u8; 3], share: f64) -> [u8; 3] {
    std::array::from_fn(|c| (f64::from(a[c]) * (1.0 - share) + f64::from(b[c]) * share).round() as u8)
}

/// A colour as `getComputedStyle` or a style sheet writes it.
fn parse(name: &str, color: &str) -> Result<[u8; 3]> {
    let wrong = || Error::request(name, "#rrggbb or rgb(r, g, b)", color);
    let text = color.trim();
    if let Some(hex) = text.strip_prefix('#') {
        let number = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
        return match hex.len() {
            6 => Ok([(number >> 16) as u8, (number >> 8) as u8, number as u8]),
            3 => Ok([(number >> 8 & 15) as u8 * 17, (number >> 4 & 15) as u8 * 17, (number & 15) as u8 * 17]),
            _ => Err(wrong()),
        };
    }
    let inner = text.strip_prefix("rgb").and_then(|rest| rest.split_once('(')).ok_or_else(wrong)?.1;
    let numbers = inner.trim_end_matches(')').split(|c: char| c == ',' || c == '/' || c.is_whitespace());
    let channels: Vec<u8> = numbers
        .filter(|part| !part.is_empty())
        .take(3)
        .map(|part| part.parse::<f64>().map(|c| c.round().clamp(0.0, 255.0) as u8).map_err(|_| wrong()))
        .collect::<Result<_>>()?;
    channels.try_into().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::contrast;

    #[test]
    fn marks_and_text_stand_out() {
        for dark in [false, true] {
            let style = Style { dark, ..Style::default() };
            let theme = Theme::new(&style, 1.0).unwrap();
            for k in 0..SERIES_ON_LIGHT.len() {
                let found = contrast(theme.series(k), theme.paper);
                assert!(found >= 3.0, "series {k}: {found}, dark {dark}");
            }
            for (name, color, least) in
                [("ink", theme.ink, 7.0), ("quiet", theme.quiet, 4.5), ("line", theme.line, 2.0)]
            {
                let found = contrast(color, theme.paper);
                assert!(found >= least, "{name}: {found}, dark {dark}");
            }
            for (value, signed) in [(-1.0, true), (1.0, true), (1.0, false)] {
                let found = contrast(theme.bar(value, signed), theme.paper);
                assert!(found >= 3.0, "bars: {found}, dark {dark}");
            }
        }
    }

    #[test]
    fn colours_of_the_page_are_read() {
        assert_eq!(parse("foreground", "#0a1B2c").unwrap(), [10, 27, 44]);
        assert_eq!(parse("foreground", "#fff").unwrap(), [255; 3]);
        assert_eq!(parse("foreground", " rgb(1, 2, 3)").unwrap(), [1, 2, 3]);
        assert_eq!(parse("foreground", "rgba(1 2 300 / 0.5)").unwrap(), [1, 2, 255]);
        for wrong in ["", "red", "#12", "#gggggg", "rgb(1,2)", "rgb(a,b,c)", "#ééé"] {
            assert_eq!(parse("foreground", wrong).unwrap_err().code(), "bad-request", "{wrong}");
        }
    }

    #[test]
    fn sizes_that_cannot_be_drawn_are_refused() {
        let good = Style::default();
        good.check().unwrap();
        let bad = [
            Style { width: 0.0, ..good.clone() },
            Style { width: f64::NAN, ..good.clone() },
            Style { height: 1e9, ..good.clone() },
            Style { width: 9000.0, pixel_ratio: 2.0, ..good.clone() },
            Style { pixel_ratio: 0.0, ..good.clone() },
            Style { font: "a; background: url(x)".into(), ..good.clone() },
        ];
        for style in bad {
            assert_eq!(style.check().unwrap_err().code(), "bad-request", "{style:?}");
        }
    }
}
