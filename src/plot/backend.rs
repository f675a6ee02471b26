//! What Plotters draws on: a backend of ours that clips and measures text, so that Plotters never asks the document.
//!
//! Where a backend does not measure text itself, Plotters in the page adds a styled element to the document for every
//! label: slow, wrong in a worker, and blocked by a content security policy.

use super::area::{Area, Point};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

/// What a surface answers when it is drawn on.
pub type Drawn<S> = Result<(), DrawingErrorKind<<S as DrawingBackend>::ErrorType>>;

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

/// A backend that can do what pictures here need and Plotters does not ask for.
pub trait Surface: DrawingBackend {
    /// Coordinates per CSS pixel.
    fn scale(&self) -> f64;

    /// Coordinates per pixel of the screen: nothing finer is seen.
    fn grain(&self) -> f64;

    /// Width of a line of text in coordinates; `size` is in coordinates too.
    fn text_width(&self, text: &str, font: &str, size: f64, bold: bool) -> f64;

    /// Lengths of dashes and gaps in coordinates from now on; empty for unbroken lines.
    fn dash(&mut self, lengths: &[f64]);

    /// Many short lines in one go.
    fn strokes(&mut self, lines: &[(Point, Point)], color: BackendColor, width: u32) -> Drawn<Self>;

    /// The image stretched over the area, each pixel a sharp rectangle.
    fn image(&mut self, area: Area, image: &Image) -> Drawn<Self>;
}

/// A surface with a clip.
pub(super) struct Backend<S> {
    pub surface: S,
    /// Lines and rectangles outside are not drawn; text always is.
    pub clip: Option<Area>,
}

impl<S: Surface> DrawingBackend for Backend<S> {
    type ErrorType = S::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.surface.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<S> {
        self.surface.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<S> {
        self.surface.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn<S> {
        if self.clip.is_some_and(|clip| !clip.contains(point)) { Ok(()) } else { self.surface.draw_pixel(point, color) }
    }

    fn draw_line<T: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &T) -> Drawn<S> {
        self.draw_path([from, to], style)
    }

    fn draw_rect<T: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &T, fill: bool) -> Drawn<S> {
        let area = Area::between(a, b);
        // An outline cut at the clip would show an edge where there is none; the ones drawn here lie inside.
        let seen = if fill { self.clip.map_or(Some(area), |clip| area.overlap(&clip)) } else { Some(area) };
        match seen {
            Some(area) if style.color().alpha > 0.0 => {
                self.surface.draw_rect((area.left, area.top), (area.right, area.bottom), style, fill)
            }
            _ => Ok(()),
        }
    }

    fn draw_path<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &T) -> Drawn<S> {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let Some(clip) = self.clip else { return self.surface.draw_path(path, style) };
        let mut piece: Vec<Point> = Vec::new();
        let mut before = None;
        for point in path {
            let Some(from) = before.replace(point) else { continue };
            let part = clip.cut(from, point);
            if let Some((start, end)) = part {
                if piece.last() != Some(&start) {
                    self.piece(&mut piece, style)?;
                    piece.push(start);
                }
                piece.push(end);
            }
        }
        self.piece(&mut piece, style)
    }

    fn draw_circle<T: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &T, fill: bool) -> Drawn<S> {
        if self.clip.is_some_and(|clip| !clip.contains(center)) {
            return Ok(());
        }
        self.surface.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &T) -> Drawn<S> {
        self.surface.fill_polygon(path, style)
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn<S> {
        self.surface.draw_text(text, style, at)
    }

    // Never the default: it would ask the document.
    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<S::ErrorType>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = self.surface.text_width(text, style.family().as_str(), style.size(), bold);
        Ok((width.ceil() as u32, (style.size() * 1.25).ceil() as u32))
    }
}

impl<S: Surface> Backend<S> {
    /// Draws what was collected of a path and forgets it.
    fn piece<T: BackendStyle>(&mut self, piece: &mut Vec<Point>, style: &T) -> Drawn<S> {
        if piece.len() > 1 {
            self.surface.draw_path(piece.drain(..), style)?;
        }
        piece.clear();
        Ok(())
    }
}
