//! A sheet of paper with Plotters on it: text, charts, and the heading, all in CSS pixels.

use super::Frame;
use super::area::Area;
use super::backend::{Backend, Surface};
use super::scale::Scale;
use super::theme::{self, LINE, NOTHING, Style, TEXT, TITLE, Theme};
use crate::{Error, Result};
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::{Shift, cartesian::Cartesian2d};
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PathElement, PointCollection, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, ShapeStyle};
use std::cell::RefCell;
use std::rc::Rc;

pub(super) type Chart<'a> = ChartContext<'a, Backend<'a>, Cartesian2d<Scale, Scale>>;

/// A picture being drawn.
pub struct Page<'a> {
    pub(super) theme: Theme<'a>,
    /// CSS pixels.
    pub(super) width: f64,
    /// CSS pixels.
    pub(super) height: f64,
    /// The selected step, if any.
    pub(super) step: Option<usize>,
    /// The selected row, if any.
    pub(super) row: Option<usize>,
    /// Whether the heading is written.
    titled: bool,
    grain: f64,
    backend: Rc<RefCell<Backend<'a>>>,
    root: DrawingArea<Backend<'a>, Shift>,
}

/// How a piece of text looks and how it hangs on its point.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    pub size: f64,
    pub bold: bool,
    pub color: [u8; 3],
    pub h: HPos,
    pub v: VPos,
}

/// Where the plot area lies, CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Bounds {
    /// Whether both share a point.
    pub fn meets(&self, other: &Bounds) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

impl<'a> Page<'a> {
    /// Paints the paper.
    pub(super) fn new(surface: Box<dyn Surface + 'a>, style: &'a Style) -> Result<Page<'a>> {
        let (scale, grain) = (surface.scale(), surface.grain());
        let backend = Rc::new(RefCell::new(Backend { surface, clip: None }));
        let root = DrawingArea::from(&backend);
        let page = Page {
            theme: Theme::new(style, scale)?,
            width: style.width,
            height: style.height,
            step: usize::try_from(style.selected_step).ok(),
            row: usize::try_from(style.selected_row).ok(),
            titled: style.title,
            grain,
            backend,
            root,
        };
        if page.theme.painted {
            page.root.fill(&theme::rgb(page.theme.paper)).map_err(drawing)?;
        }
        Ok(page)
    }

    /// Ends the picture.
    pub(super) fn present(&self) -> Result<()> {
        self.root.present().map_err(drawing)
    }

    /// CSS pixels in coordinates.
    pub(super) fn px(&self, css: f64) -> i32 {
        (css * self.theme.scale).round() as i32
    }

    /// Pixels of the screen in so many CSS pixels.
    pub(super) fn pixels(&self, css: f64) -> usize {
        ((css * self.theme.scale / self.grain) as usize).max(1)
    }

    /// Width of text in CSS pixels.
    pub(super) fn text_width(&self, text: &str, size: f64, bold: bool) -> f64 {
        let size = size * self.theme.scale;
        let measured = self.backend.try_borrow().map(|b| b.surface.text_width(text, self.theme.font, size, bold));
        measured.unwrap_or(size * text.chars().count() as f64) / self.theme.scale
    }

    /// Text that fits into `room`, its end replaced by … if it must be; empty if nothing of it fits.
    pub(super) fn elide(&self, text: &str, room: f64, size: f64, bold: bool) -> String {
        let width = self.text_width(text, size, bold);
        if width <= room {
            return text.to_string();
        }
        let letters: Vec<char> = text.chars().collect();
        let mut kept = (letters.len() as f64 * room / width) as usize;
        while kept > 0 {
            let short: String = letters[..kept].iter().collect::<String>().trim_end().to_string() + "…";
            if self.text_width(&short, size, bold) <= room {
                return short;
            }
            kept -= 1;
        }
        String::new()
    }

    /// Ordinary text in the given colour, hanging on its left middle.
    pub(super) fn hand(&self, size: f64, color: [u8; 3]) -> Hand {
        Hand { size, bold: false, color, h: HPos::Left, v: VPos::Center }
    }

    /// Writes.
    pub(super) fn write(&self, text: &str, x: f64, y: f64, hand: Hand) -> Result<()> {
        self.write_turned(text, x, y, hand, FontTransform::None)
    }

    /// Writes upwards: the text reads from below, and hangs on its right end.
    pub(super) fn write_up(&self, text: &str, x: f64, y: f64, hand: Hand) -> Result<()> {
        self.write_turned(text, x, y, Hand { h: HPos::Right, v: VPos::Center, ..hand }, FontTransform::Rotate270)
    }

    /// Paper behind text that would otherwise lie on marks.
    pub(super) fn clear(&self, text: &str, x: f64, y: f64, hand: Hand) -> Result<()> {
        let (width, high) = (self.text_width(text, hand.size, hand.bold) + 2.0, hand.size + 1.0);
        let left = match hand.h {
            HPos::Left => x - 1.0,
            HPos::Center => x - width / 2.0,
            HPos::Right => x - width + 1.0,
        };
        let top = match hand.v {
            VPos::Top => y,
            VPos::Center => y - high / 2.0,
            VPos::Bottom => y - high,
        };
        let area = Bounds { left, top, right: left + width, bottom: top + high };
        self.rectangle(area, self.theme.stroke(self.theme.paper, 1.0).filled())
    }

    fn write_turned(&self, text: &str, x: f64, y: f64, hand: Hand, turn: FontTransform) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let style = self.theme.text(hand.size, hand.bold, hand.color).transform(turn).pos(Pos::new(hand.h, hand.v));
        self.root.draw_text(text, &style, (self.px(x), self.px(y))).map_err(drawing)
    }

    /// A line between two points.
    pub(super) fn line(&self, from: (f64, f64), to: (f64, f64), style: ShapeStyle) -> Result<()> {
        let points = vec![(self.px(from.0), self.px(from.1)), (self.px(to.0), self.px(to.1))];
        self.root.draw(&PathElement::new(points, style)).map_err(drawing)
    }

    /// A rectangle, filled if the style says so.
    pub(super) fn rectangle(&self, area: Bounds, style: ShapeStyle) -> Result<()> {
        let corners = [(self.px(area.left), self.px(area.top)), (self.px(area.right), self.px(area.bottom))];
        self.mark(&Rectangle::new(corners, style))
    }

    /// Any element in coordinates.
    pub(super) fn mark<E>(&self, element: &E) -> Result<()>
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<Backend<'a>>,
    {
        self.root.draw(element).map_err(drawing)
    }

    /// Dashes from now on, CSS pixels.
    pub(super) fn dash(&self, lengths: &[f64]) {
        let lengths: Vec<f64> = lengths.iter().map(|length| length * self.theme.scale).collect();
        if let Ok(mut backend) = self.backend.try_borrow_mut() {
            backend.surface.dash(&lengths);
        }
    }

    /// Draws inside the area only, or everywhere again.
    pub(super) fn clip(&self, area: Option<Bounds>) {
        let clip = area.map(|a| Area {
            left: self.px(a.left),
            top: self.px(a.top),
            right: self.px(a.right),
            bottom: self.px(a.bottom),
        });
        if let Ok(mut backend) = self.backend.try_borrow_mut() {
            backend.clip = clip;
        }
    }

    /// Heading and, beneath it, what the vertical axis shows. Returns how far down they reach.
    pub(super) fn heading(&self, title: &str, axis: &str, room_at_right: f64) -> Result<f64> {
        let mut y = 6.0;
        let room = self.width - 16.0;
        // Small pictures need their room for the plot.
        let axis = if self.height < 110.0 { "" } else { axis };
        if self.titled && !title.is_empty() && self.height >= 150.0 {
            let hand = Hand { bold: true, v: VPos::Center, ..self.hand(TITLE, self.theme.ink) };
            self.write(&self.elide(title, room, TITLE, true), 8.0, y + LINE / 2.0, hand)?;
            y += LINE + 4.0;
        }
        if !axis.is_empty() {
            let text = self.elide(axis, room - room_at_right, TEXT, false);
            self.write(&text, 8.0, y + LINE / 2.0, self.hand(TEXT, self.theme.quiet))?;
        }
        Ok(if axis.is_empty() && (room_at_right == 0.0 || self.height < 110.0) { y + 2.0 } else { y + LINE + 4.0 })
    }

    /// A chart whose plot area is the box, with grid lines and labels at the ticks of one axis.
    pub(super) fn chart(&self, area: Bounds, x: Scale, y: Scale) -> Result<Chart<'a>> {
        let (width, height) = (self.px(self.width), self.px(self.height));
        // Plotters ends the axis one coordinate before the area does.
        let right = width - self.px(area.right) - 1;
        let bottom = height - self.px(area.bottom) - 1;
        let mut chart = ChartBuilder::on(&self.root)
            .margin_top(self.px(area.top))
            .margin_right(right.max(0))
            .set_label_area_size(LabelAreaPosition::Left, self.px(area.left))
            .set_label_area_size(LabelAreaPosition::Bottom, bottom.max(1))
            .build_cartesian_2d(x, y)
            .map_err(drawing)?;
        let label = self.theme.text(TEXT, false, self.theme.quiet);
        let tick = self.px(3.0);
        chart
            .configure_mesh()
            .bold_line_style(self.theme.stroke(self.theme.grid, 1.0))
            .light_line_style(NOTHING)
            .axis_style(NOTHING)
            .set_all_tick_mark_size(tick)
            .label_style(label)
            .draw()
            .map_err(drawing)?;
        Ok(chart)
    }

    /// The plot area of a chart, to the pixel.
    pub(super) fn frame(&self, chart: &Chart, columns: usize, rows: usize, horizontal: bool) -> Frame {
        let (x, y) = (chart.plotting_area().get_x_axis_pixel_range(), chart.plotting_area().get_y_axis_pixel_range());
        let css = |coordinate: i32| f64::from(coordinate) / self.theme.scale;
        Frame {
            left: css(x.start),
            top: css(y.start),
            right: css(x.end),
            bottom: css(y.end),
            columns,
            rows,
            horizontal,
            more: 0,
            more_from: 0.0,
            more_to: 0.0,
        }
    }

    /// Light marks on dark paper.
    pub(super) fn dark(&self) -> bool {
        self.theme.dark
    }

    /// Width that the labels of a vertical axis need at its left.
    pub(super) fn axis_width(&self, scale: &Scale) -> f64 {
        let widest = scale.labels().iter().map(|label| self.text_width(label, TEXT, false)).fold(0.0, f64::max);
        (widest + 14.0).max(44.0)
    }
}

/// What Plotters reports is our fault: sizes and lengths were checked before.
pub(super) fn drawing(error: impl std::fmt::Display) -> Error {
    Error::Bug { place: "plot", problem: error.to_string() }
}
