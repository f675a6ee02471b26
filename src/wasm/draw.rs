//! The main thread's door: views become pictures, tables and sentences. No session is needed.

use super::canvas::Canvas;
use super::give::plain;
use super::wire::{kind, take, take_view};
use crate::plot::{self, Style};
use crate::view::{self, Bars, Curves, Heatmap, Hierarchy, Lines, Ribbon, River, Text, View, Waterfall};
use crate::{Error, Result};
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

type Outcome<T> = std::result::Result<T, JsValue>;

/// Stops of the colour strip that the page shows.
const STOPS: usize = 33;

/// Calls `$body` with the view that `$object` says it is; `$text` is what happens to coloured text.
macro_rules! with_view {
    ($object:expr, $view:ident => $body:expr, $text:expr) => {
        match kind($object).as_str() {
            Lines::KIND => take_view::<Lines>($object).and_then(|$view| $body),
            Heatmap::KIND => take_view::<Heatmap>($object).and_then(|$view| $body),
            Bars::KIND => take_view::<Bars>($object).and_then(|$view| $body),
            Waterfall::KIND => take_view::<Waterfall>($object).and_then(|$view| $body),
            Curves::KIND => take_view::<Curves>($object).and_then(|$view| $body),
            Hierarchy::KIND => take_view::<Hierarchy>($object).and_then(|$view| $body),
            River::KIND => take_view::<River>($object).and_then(|$view| $body),
            Ribbon::KIND => take_view::<Ribbon>($object).and_then(|$view| $body),
            Text::KIND => $text,
            other => Err(Error::request("kind", format!("one of {}, text", plot::KINDS.join(", ")), other)),
        }
    };
}

/// Coloured text is no picture.
fn no_picture<T>() -> Result<T> {
    Err(Error::request("kind", format!("one of {}", plot::KINDS.join(", ")), Text::KIND))
}

/// Draws a view and returns its frame; sets the size of the canvas.
#[wasm_bindgen]
pub fn draw(view: &JsValue, canvas: JsValue, style: JsValue) -> Outcome<JsValue> {
    let style: Style = take("style", style)?;
    style.check()?;
    let wrong = |_| Error::request("canvas", "an HTMLCanvasElement", "something else");
    let canvas = canvas.dyn_into::<HtmlCanvasElement>().map_err(wrong)?;
    let onto = || Canvas::new(canvas.clone(), &style).map(Box::new);
    let frame = with_view!(view, view => plot::draw(&view, onto()?, &style), no_picture())?;
    plain(&frame)
}

/// The same picture as SVG.
#[wasm_bindgen]
pub fn svg(view: &JsValue, style: JsValue) -> Outcome<String> {
    let style: Style = take("style", style)?;
    let (text, _) = with_view!(view, view => plot::svg(&view, &style), no_picture())?;
    Ok(text)
}

/// The numbers behind a view as rows of text.
#[wasm_bindgen]
pub fn table(view: &JsValue) -> Outcome<JsValue> {
    plain(&with_view!(view, view => Ok(view.table()), take_view::<Text>(view).map(|view| view.table()))?)
}

/// One sentence that says what the picture shows.
#[wasm_bindgen]
pub fn summary(view: &JsValue) -> Outcome<String> {
    Ok(with_view!(view, view => Ok(view.summary()), take_view::<Text>(view).map(|view| view.summary()))?)
}

/// Colour of a value, `#rrggbb`.
#[wasm_bindgen]
pub fn color(value: f32, limit: f32, signed: bool, dark: bool) -> String {
    view::css(view::color(value, limit, signed, dark))
}

/// Black or white, whichever is read better on that colour.
#[wasm_bindgen]
pub fn text_color(value: f32, limit: f32, signed: bool, dark: bool) -> String {
    view::css(view::text_on(view::color(value, limit, signed, dark)))
}

/// Colours of the scale from its lower end to its upper end.
#[wasm_bindgen]
pub fn legend(signed: bool, dark: bool) -> Vec<String> {
    view::legend(STOPS, signed, dark).into_iter().map(view::css).collect()
}
