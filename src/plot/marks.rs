//! Elements that Plotters lacks: images and hatched rectangles, placed by its axes.

use super::area::{Area, Point};
use super::backend::{Backend, Drawn, Image};
use plotters::element::{Drawable, PointCollection};
use plotters::style::ShapeStyle;
use plotters_backend::{BackendCoord, BackendStyle};

/// A matrix of colours between two corners.
pub(super) struct Raster<C> {
    pub corners: [C; 2],
    pub image: Image,
}

/// Rectangles filled with strokes; they say "not measured" and "not explained".
pub(super) struct Hatched<C> {
    /// Two corners of each.
    pub corners: Vec<C>,
    pub style: ShapeStyle,
    /// Between strokes along the axes, in coordinates.
    pub spacing: i32,
}

impl<'a, C> PointCollection<'a, C> for &'a Raster<C> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> &'a [C] {
        &self.corners
    }
}

impl<'a, C> PointCollection<'a, C> for &'a Hatched<C> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> &'a [C] {
        &self.corners
    }
}

impl<C> Drawable<Backend<'_>> for Raster<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, corners: I, backend: &mut Backend<'_>, _: (u32, u32)) -> Drawn {
        match corners.collect::<Vec<Point>>()[..] {
            [a, b] => backend.surface.image(Area::between(a, b), &self.image),
            _ => Ok(()),
        }
    }
}

impl<C> Drawable<Backend<'_>> for Hatched<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, corners: I, backend: &mut Backend<'_>, _: (u32, u32)) -> Drawn {
        let corners: Vec<Point> = corners.collect();
        let strokes: Vec<(Point, Point)> = corners
            .chunks_exact(2)
            .filter_map(|pair| {
                let area = Area::between(pair[0], pair[1]);
                backend.clip.map_or(Some(area), |clip| area.overlap(&clip))
            })
            .flat_map(|area| area.hatch(self.spacing))
            .collect();
        backend.surface.strokes(&strokes, BackendStyle::color(&self.style), self.style.stroke_width)
    }
}
