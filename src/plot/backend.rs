//! What Plotters draws on: a backend of ours that clips and measures text, so that Plotters never asks the document.
//!
//! Where a backend does not measure text itself, Plotters in the page adds a styled element to the document for every
//! label: slow, wrong in a worker, and blocked by a content security policy.

use super::area::{Area, Point};
use plotters_backend::text_anchor::Pos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontFamily,
    FontStyle, FontTransform,
};

/// What a surface answers when it is drawn on.
pub type Drawn = Result<(), DrawingErrorKind<Refused>>;

/// The surface could not do what it was asked.
#[derive(Debug)]
pub struct Refused(pub String);

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// How a line or an area looks.
#[derive(Clone, Copy)]
pub struct Pen {
    /// With opacity.
    pub color: BackendColor,
    /// In coordinates.
    pub width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// How text looks and hangs on its point.
#[derive(Clone)]
pub struct Writing {
    /// With opacity.
    pub color: BackendColor,
    /// In coordinates.
    pub size: f64,
    /// Of our own constants.
    pub family: String,
    /// Weight.
    pub style: FontStyle,
    /// Turned by quarters.
    pub transform: FontTransform,
    /// Which of its points hangs there.
    pub anchor: Pos,
}

impl BackendTextStyle for Writing {
    type FontError = Refused;

    fn color(&self) -> BackendColor {
        self.color
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn transform(&self) -> FontTransform {
        self.transform.clone()
    }

    fn style(&self) -> FontStyle {
        self.style
    }

    fn anchor(&self) -> Pos {
        self.anchor
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(&self.family)
    }

    fn layout_box(&self, _: &str) -> Result<((i32, i32), (i32, i32)), Refused> {
        Err(Refused("text is measured by the surface".into()))
    }

    fn draw<E, F: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _: &str,
        _: BackendCoord,
        _: F,
    ) -> Result<Result<(), E>, Refused> {
        Err(Refused("text is drawn by the surface".into()))
    }
}

/// A matrix of colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Pixels from left to right.
    pub columns: usize,
    /// Pixels from top to bottom.
    pub rows: usize,
    /// [rows, columns, 4] red, green, blue, opacity.
    pub rgba: Vec<u8>,
}

/// Something to draw on. Not generic in any style, so that pictures are compiled once for canvas and SVG.
pub trait Surface {
    /// Width and height in coordinates.
    fn size(&self) -> (u32, u32);

    /// Coordinates per CSS pixel.
    fn scale(&self) -> f64;

    /// Coordinates per pixel of the screen: nothing finer is seen.
    fn grain(&self) -> f64;

    /// Width of a line of text in coordinates; `size` is in coordinates too.
    fn text_width(&self, text: &str, font: &str, size: f64, bold: bool) -> f64;

    /// Lengths of dashes and gaps in coordinates from now on; empty for unbroken lines.
    fn dash(&mut self, lengths: &[f64]);

    /// A rectangle, filled or outlined.
    fn rect(&mut self, area: Area, pen: Pen, fill: bool) -> Drawn;

    /// A line through the points.
    fn path(&mut self, points: &[Point], pen: Pen) -> Drawn;

    /// A circle, filled or outlined.
    fn circle(&mut self, center: Point, radius: u32, pen: Pen, fill: bool) -> Drawn;

    /// A filled polygon.
    fn polygon(&mut self, points: &[Point], color: BackendColor) -> Drawn;

    /// A line of text.
    fn text(&mut self, text: &str, writing: &Writing, at: Point) -> Drawn;

    /// Many short lines in one go.
    fn strokes(&mut self, lines: &[(Point, Point)], color: BackendColor, width: u32) -> Drawn;

    /// The image stretched over the area, each pixel a sharp rectangle.
    fn image(&mut self, area: Area, image: &Image) -> Drawn;

    /// Ends the picture.
    fn finish(&mut self) -> Drawn;
}

/// A surface with a clip, as Plotters sees it.
pub(super) struct Backend<'a> {
    pub surface: Box<dyn Surface + 'a>,
    /// Lines and rectangles outside are not drawn; text always is.
    pub clip: Option<Area>,
}

fn pen<T: BackendStyle>(style: &T) -> Pen {
    Pen { color: style.color(), width: style.stroke_width() }
}

impl DrawingBackend for Backend<'_> {
    type ErrorType = Refused;

    fn get_size(&self) -> (u32, u32) {
        self.surface.size()
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        self.surface.finish()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<T: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &T) -> Drawn {
        self.line(&[from, to], pen(style))
    }

    fn draw_rect<T: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &T, fill: bool) -> Drawn {
        let area = Area::between(a, b);
        // An outline cut at the clip would show an edge where there is none; the ones drawn here lie inside.
        let seen = if fill { self.clip.map_or(Some(area), |clip| area.overlap(&clip)) } else { Some(area) };
        match seen {
            Some(area) if style.color().alpha > 0.0 => self.surface.rect(area, pen(style), fill),
            _ => Ok(()),
        }
    }

    fn draw_path<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &T) -> Drawn {
        self.line(&path.into_iter().collect::<Vec<Point>>(), pen(style))
    }

    fn draw_circle<T: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &T, fill: bool) -> Drawn {
        if self.clip.is_some_and(|clip| !clip.contains(center)) {
            return Ok(());
        }
        self.surface.circle(center, radius, pen(style), fill)
    }

    fn fill_polygon<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &T) -> Drawn {
        self.surface.polygon(&path.into_iter().collect::<Vec<Point>>(), style.color())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        let family = style.family().as_str().to_string();
        let writing = Writing {
            color: style.color(),
            size: style.size(),
            family,
            style: style.style(),
            transform: style.transform(),
            anchor: style.anchor(),
        };
        self.surface.text(text, &writing, at)
    }

    // Never the default: it would ask the document.
    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Refused>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = self.surface.text_width(text, style.family().as_str(), style.size(), bold);
        Ok((width.ceil() as u32, (style.size() * 1.25).ceil() as u32))
    }
}

impl Backend<'_> {
    /// A line, cut where it leaves the clip.
    fn line(&mut self, points: &[Point], pen: Pen) -> Drawn {
        if pen.color.alpha == 0.0 {
            return Ok(());
        }
        let Some(clip) = self.clip else { return self.surface.path(points, pen) };
        let mut piece: Vec<Point> = Vec::new();
        for pair in points.windows(2) {
            if let Some((start, end)) = clip.cut(pair[0], pair[1]) {
                if piece.last() != Some(&start) {
                    self.piece(&mut piece, pen)?;
                    piece.push(start);
                }
                piece.push(end);
            }
        }
        self.piece(&mut piece, pen)
    }

    /// Draws what was collected of a line and forgets it.
    fn piece(&mut self, piece: &mut Vec<Point>, pen: Pen) -> Drawn {
        if piece.len() > 1 {
            self.surface.path(piece, pen)?;
        }
        piece.clear();
        Ok(())
    }
}
