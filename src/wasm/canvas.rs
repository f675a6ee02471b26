//! A canvas as a surface: the Plotters backend for canvases, and what that lacks.

use crate::plot::{Area, Drawn, Image, Pen, Point, Refused, Style, Surface, Writing};
use crate::{Error, Result};
use js_sys::{Array, Reflect};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, DrawingBackend, DrawingErrorKind, FontTransform};
use plotters_canvas::CanvasBackend;
use std::cell::RefCell;
use std::collections::HashMap;
use std::f64::consts::FRAC_PI_2;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Measured texts that are kept; a page shows the same few over and over.
const KEPT_WIDTHS: usize = 8192;

thread_local! {
    /// Widths by font and text, for a font size of 100: measuring costs more than looking up.
    static WIDTHS: RefCell<HashMap<String, f64>> = RefCell::new(HashMap::new());
    /// Where images wait to be stretched.
    static SCRATCH: RefCell<Option<HtmlCanvasElement>> = const { RefCell::new(None) };
}

/// A canvas whose size is that of the style.
pub(super) struct Canvas {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    plotters: CanvasBackend,
    scale: f64,
    dashed: bool,
    /// That of the context: to set it makes the browser look for changed styles of the page, even if it is the same.
    font: RefCell<String>,
}

impl Canvas {
    /// Sizes and clears the canvas.
    pub fn new(canvas: HtmlCanvasElement, style: &Style) -> Result<Canvas> {
        let none = || Error::request("canvas", "one with a 2d context", "none");
        let context = canvas.get_context("2d").ok().flatten().ok_or_else(none)?;
        let context = context.dyn_into::<CanvasRenderingContext2d>().map_err(|_| none())?;
        let (width, height) = (style.device_width(), style.device_height());
        if canvas.width() == width && canvas.height() == height {
            context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
        } else {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        context.set_line_join("round");
        // The start of a text is its left end here, whatever the language of the page.
        let _ = Reflect::set(&context, &JsValue::from_str("direction"), &JsValue::from_str("ltr"));
        let plotters = CanvasBackend::with_canvas_object(canvas.clone()).ok_or_else(none)?;
        Ok(Canvas { canvas, context, plotters, scale: style.pixel_ratio, dashed: false, font: RefCell::default() })
    }

    /// A level or upright line as a rectangle: sharp at every width, which a stroke is not.
    fn straight(&self, from: BackendCoord, to: BackendCoord, color: BackendColor, width: u32) -> bool {
        let area = Area::between(from, to);
        if self.dashed || (area.width() > 0 && area.height() > 0) {
            return false;
        }
        let (thick, before) = (f64::from(width), f64::from(width / 2));
        let (x, y) = (f64::from(area.left), f64::from(area.top));
        self.context.set_fill_style_str(&css(color));
        if area.width() == 0 {
            self.context.fill_rect(x - before, y, thick, f64::from(area.height()) + 1.0);
        } else {
            self.context.fill_rect(x, y - before, f64::from(area.width()) + 1.0, thick);
        }
        true
    }

    /// The font of what is written or measured from now on.
    fn set_font(&self, style: &str, size: f64, family: &str) {
        let font = format!("{style} {size}px {family}");
        if *self.font.borrow() != font {
            self.context.set_font(&font);
            self.font.replace(font);
        }
    }

    fn stretch(&self, area: Area, image: &Image) -> std::result::Result<(), JsValue> {
        let (width, height) = (image.columns as u32, image.rows as u32);
        let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&image.rgba), width, height)?;
        let scratch = self.scratch()?;
        scratch.set_width(width);
        scratch.set_height(height);
        let none = || JsValue::from_str("no scratch canvas");
        let context = scratch.get_context("2d")?.ok_or_else(none)?.dyn_into::<CanvasRenderingContext2d>()?;
        context.put_image_data(&data, 0.0, 0.0)?;
        self.context.set_image_smoothing_enabled(false);
        let (x, y) = (f64::from(area.left), f64::from(area.top));
        let (wide, high) = (f64::from(area.width()), f64::from(area.height()));
        self.context.draw_image_with_html_canvas_element_and_dw_and_dh(&scratch, x, y, wide, high)
    }

    /// A canvas that is in no document.
    fn scratch(&self) -> std::result::Result<HtmlCanvasElement, JsValue> {
        if let Some(kept) = SCRATCH.with_borrow(Clone::clone) {
            return Ok(kept);
        }
        let document = self.canvas.owner_document().ok_or_else(|| JsValue::from_str("the canvas has no document"))?;
        let fresh = document.create_element("canvas")?.dyn_into::<HtmlCanvasElement>()?;
        SCRATCH.set(Some(fresh.clone()));
        Ok(fresh)
    }
}

impl Surface for Canvas {
    fn size(&self) -> (u32, u32) {
        (self.canvas.width(), self.canvas.height())
    }

    fn finish(&mut self) -> Drawn {
        Ok(())
    }

    fn rect(&mut self, area: Area, pen: Pen, fill: bool) -> Drawn {
        // Strokes of odd width are sharp between pixels.
        let shift = if fill { 0.0 } else { f64::from(pen.width % 2) / 2.0 };
        let _ = self.context.translate(shift, shift);
        let drawn =
            self.plotters.draw_rect((area.left, area.top), (area.right, area.bottom), &pen, fill).map_err(refused);
        let _ = self.context.translate(-shift, -shift);
        drawn
    }

    fn path(&mut self, points: &[Point], pen: Pen) -> Drawn {
        if let [from, to] = *points
            && self.straight(from, to, pen.color, pen.width)
        {
            return Ok(());
        }
        self.plotters.draw_path(points.iter().copied(), &pen).map_err(refused)
    }

    fn circle(&mut self, center: Point, radius: u32, pen: Pen, fill: bool) -> Drawn {
        self.plotters.draw_circle(center, radius, &pen, fill).map_err(refused)
    }

    fn polygon(&mut self, points: &[Point], color: BackendColor) -> Drawn {
        self.plotters.fill_polygon(points.iter().copied(), &color).map_err(refused)
    }

    // As the backend for canvases does it, which sets the font anew for every label.
    fn text(&mut self, text: &str, writing: &Writing, (x, y): Point) -> Drawn {
        let quarters = match writing.transform {
            FontTransform::None => 0.0,
            FontTransform::Rotate90 => 1.0,
            FontTransform::Rotate180 => 2.0,
            FontTransform::Rotate270 => 3.0,
        };
        self.set_font(writing.style.as_str(), writing.size, &writing.family);
        self.context.set_text_align(match writing.anchor.h_pos {
            HPos::Left => "start",
            HPos::Center => "center",
            HPos::Right => "end",
        });
        self.context.set_text_baseline(match writing.anchor.v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        });
        self.context.set_fill_style_str(&css(writing.color));
        let (x, y) = (f64::from(x), f64::from(y));
        let written = if quarters == 0.0 {
            self.context.fill_text(text, x, y)
        } else {
            self.context.save();
            let turned = self.context.translate(x, y).and_then(|()| self.context.rotate(quarters * FRAC_PI_2));
            let written = turned.and_then(|()| self.context.fill_text(text, 0.0, 0.0));
            self.context.restore();
            written
        };
        written.map_err(canvas_refused)
    }

    fn scale(&self) -> f64 {
        self.scale
    }

    fn grain(&self) -> f64 {
        1.0
    }

    fn text_width(&self, text: &str, font: &str, size: f64, bold: bool) -> f64 {
        let style = if bold { "bold" } else { "normal" };
        let key = format!("{style} 100px {font}\n{text}");
        let known = WIDTHS.with_borrow(|widths| widths.get(&key).copied());
        let width = known.unwrap_or_else(|| {
            self.set_font(style, 100.0, font);
            let measured =
                self.context.measure_text(text).map_or(60.0 * text.chars().count() as f64, |text| text.width());
            WIDTHS.with_borrow_mut(|widths| {
                if widths.len() >= KEPT_WIDTHS {
                    widths.clear();
                }
                widths.insert(key, measured);
            });
            measured
        });
        width * size / 100.0
    }

    fn dash(&mut self, lengths: &[f64]) {
        self.dashed = !lengths.is_empty();
        let list: Array = lengths.iter().map(|length| JsValue::from_f64(*length)).collect();
        // Lengths are finite and positive, so this cannot fail.
        let _ = self.context.set_line_dash(&list);
    }

    fn strokes(&mut self, lines: &[(Point, Point)], color: BackendColor, width: u32) -> Drawn {
        self.context.set_stroke_style_str(&css(color));
        self.context.set_line_width(f64::from(width));
        self.context.begin_path();
        for ((x0, y0), (x1, y1)) in lines {
            self.context.move_to(f64::from(*x0), f64::from(*y0));
            self.context.line_to(f64::from(*x1), f64::from(*y1));
        }
        self.context.stroke();
        Ok(())
    }

    fn image(&mut self, area: Area, image: &Image) -> Drawn {
        if image.columns == 0 || image.rows == 0 {
            return Ok(());
        }
        self.stretch(area, image).map_err(canvas_refused)
    }
}

fn css(color: BackendColor) -> String {
    let (r, g, b) = color.rgb;
    format!("rgba({r},{g},{b},{})", color.alpha)
}

fn canvas_refused(error: JsValue) -> DrawingErrorKind<Refused> {
    refused(format!("{error:?}"))
}

fn refused(error: impl std::fmt::Display) -> DrawingErrorKind<Refused> {
    DrawingErrorKind::DrawingError(Refused(format!("the canvas refused: {error}")))
}
