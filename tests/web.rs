//! The boundary to JavaScript: every view on a real canvas, and what happens to objects that are none.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use js_sys::{Array, Float32Array, Reflect};
use rnnscope::session::{BaselineRequest, Request, Session, TargetRequest};
use rnnscope::view::{self, Bars, Heatmap, Labels, Lines, Token, View, Waterfall};
use rnnscope::wasm::draw::{color, draw, legend, summary, svg, table, text_color};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CanvasRenderingContext2d, Document, HtmlCanvasElement};

wasm_bindgen_test_configure!(run_in_browser);

fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}

fn canvas() -> HtmlCanvasElement {
    document().create_element("canvas").unwrap().dyn_into().unwrap()
}

fn plain(value: &impl Serialize) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap()
}

fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).unwrap();
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn number(object: &JsValue, name: &str) -> f64 {
    get(object, name).as_f64().unwrap()
}

/// A view as the worker sends it.
fn sent<V: View>(view: &V) -> JsValue {
    let object = plain(view);
    set(&object, "kind", V::KIND);
    for (name, numbers) in view.numbers() {
        set(&object, name, Float32Array::from(numbers));
    }
    for (name, labels) in view.labels() {
        set(&object, name, labels.iter().map(JsValue::from).collect::<js_sys::Array>());
    }
    object
}

fn style(width: f64, height: f64, ratio: f64) -> JsValue {
    let style = js_sys::Object::new().into();
    set(&style, "width", width);
    set(&style, "height", height);
    set(&style, "pixel_ratio", ratio);
    set(&style, "dark", false);
    set(&style, "font", "");
    set(&style, "selected_step", -1);
    set(&style, "selected_row", -1);
    set(&style, "reduced", false);
    style
}

fn names(n: usize) -> Labels {
    (0..n).map(|k| format!("w{k}")).collect()
}

fn lines() -> Lines {
    let values = (0..40).map(|k| (k as f32 * 0.3).sin()).collect();
    Lines {
        title: "Lines".into(),
        x_label: "word".into(),
        y_label: "activation".into(),
        x_labels: names(20),
        series: names(2),
        low: -1.0,
        high: 1.0,
        values,
    }
}

fn heatmap() -> Heatmap {
    let values = (0..60).map(|k| (k as f32 * 0.7).sin()).collect();
    let filled = (0..60).map(|k| f32::from(u8::from(k == 59))).collect();
    Heatmap {
        title: "Map".into(),
        col_labels: names(12),
        row_labels: names(5),
        signed: true,
        limit: 1.0,
        values,
        filled,
        ..Heatmap::default()
    }
}

fn bars() -> Bars {
    Bars {
        title: "Bars".into(),
        x_label: "word".into(),
        unit: "logits".into(),
        labels: names(4),
        signed: true,
        limit: 2.0,
        gap: Some(0.5),
        values: vec![2.0, -1.0, 0.5, 1.0],
        ..Bars::default()
    }
}

fn waterfall() -> Waterfall {
    Waterfall {
        title: "Fall".into(),
        start: 1.0,
        end: 2.5,
        labels: names(3),
        values: vec![2.0, -1.0, 0.5],
        ..Waterfall::default()
    }
}

fn everything() -> Vec<JsValue> {
    vec![sent(&lines()), sent(&heatmap()), sent(&bars()), sent(&waterfall())]
}

/// Colours of a row or column of device pixels.
fn pixels(canvas: &HtmlCanvasElement, x: f64, y: f64, width: f64, height: f64) -> Vec<[u8; 3]> {
    let context = canvas.get_context("2d").unwrap().unwrap().dyn_into::<CanvasRenderingContext2d>().unwrap();
    let data = context.get_image_data(x.floor(), y.floor(), width, height).unwrap().data();
    data.chunks(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

fn code(error: &JsValue) -> String {
    assert!(error.is_instance_of::<js_sys::Error>(), "{error:?}");
    get(error, "code").as_string().unwrap()
}

#[wasm_bindgen_test]
fn every_view_is_drawn_at_every_pixel_ratio() {
    for view in everything() {
        for ratio in [1.0, 1.25, 2.0] {
            let canvas = canvas();
            let frame = draw(&view, canvas.clone().into(), style(600.0, 300.0, ratio)).unwrap();
            assert_eq!((canvas.width(), canvas.height()), ((600.0 * ratio) as u32, (300.0 * ratio) as u32));
            let (left, right) = (number(&frame, "left"), number(&frame, "right"));
            let (top, bottom) = (number(&frame, "top"), number(&frame, "bottom"));
            assert!(
                0.0 < left && left < right && right <= 600.0 && 0.0 < top && top < bottom && bottom <= 300.0,
                "{frame:?}"
            );
            let seen = pixels(&canvas, 0.0, 0.0, 600.0 * ratio, 300.0 * ratio);
            let paper = seen.iter().filter(|pixel| **pixel == [255; 3]).count();
            assert!(
                paper > seen.len() / 10 && paper < seen.len() * 99 / 100,
                "{} of {} pixels are paper",
                paper,
                seen.len()
            );
        }
    }
}

#[wasm_bindgen_test]
fn a_cell_has_the_colour_of_its_value() {
    let view = heatmap();
    for ratio in [1.0, 1.5, 2.0] {
        let canvas = canvas();
        let frame = draw(&sent(&view), canvas.clone().into(), style(640.0, 300.0, ratio)).unwrap();
        let (left, top) = (number(&frame, "left"), number(&frame, "top"));
        let wide = (number(&frame, "right") - left) / number(&frame, "columns");
        let high = (number(&frame, "bottom") - top) / number(&frame, "rows");
        for row in 0..5 {
            // The last cell is hatched.
            for column in (0..12).filter(|column| row * 12 + column != 59) {
                let (x, y) = ((left + wide * (column as f64 + 0.5)) * ratio, (top + high * (row as f64 + 0.5)) * ratio);
                let [r, g, b] = pixels(&canvas, x, y, 1.0, 1.0)[0];
                let expected = color(view.values[row * 12 + column], 1.0, true, false);
                assert_eq!(format!("#{r:02x}{g:02x}{b:02x}"), expected, "row {row}, column {column}, ratio {ratio}");
            }
        }
    }
}

#[wasm_bindgen_test]
fn bars_are_as_high_as_their_values() {
    for ratio in [1.0, 2.0] {
        let canvas = canvas();
        let frame = draw(&sent(&bars()), canvas.clone().into(), style(500.0, 300.0, ratio)).unwrap();
        let (left, wide) = (number(&frame, "left"), (number(&frame, "right") - number(&frame, "left")) / 4.0);
        let high = |k: usize, value: f32| {
            let fill = view::color(0.62_f32.copysign(value), 1.0, true, false);
            let column = pixels(&canvas, (left + wide * (k as f64 + 0.5)) * ratio, 0.0, 1.0, 300.0 * ratio);
            column.iter().filter(|pixel| **pixel == fill).count() as f64
        };
        let values = bars().values;
        let unit = high(0, values[0]) / 2.0;
        assert!(unit > 20.0 * ratio, "{unit}");
        for (k, value) in values.iter().enumerate() {
            let (found, expected) = (high(k, *value), f64::from(value.abs()) * unit);
            // The zero line may cover a row of pixels.
            assert!((found - expected).abs() <= 2.0 * ratio, "bar {k}: {found}, {expected} expected");
        }
    }
}

#[wasm_bindgen_test]
async fn drawing_leaves_the_document_alone() {
    let seen =
        js_sys::Function::new_with_args("list", "globalThis.mutations = (globalThis.mutations || 0) + list.length");
    let watch = js_sys::Function::new_with_args(
        "seen",
        "globalThis.mutations = 0; const o = new MutationObserver(seen); o.observe(document, { childList: true, subtree: true, attributes: true }); return o",
    );
    let observer = watch.call1(&JsValue::NULL, &seen).unwrap();
    for view in everything() {
        draw(&view, canvas().into(), style(600.0, 300.0, 2.0)).unwrap();
        svg(&view, style(600.0, 300.0, 2.0)).unwrap();
    }
    let take = get(&observer, "takeRecords").dyn_into::<js_sys::Function>().unwrap();
    let records: Array = take.call0(&observer).unwrap().into();
    get(&observer, "disconnect").dyn_into::<js_sys::Function>().unwrap().call0(&observer).unwrap();
    let before = get(&js_sys::global(), "mutations").as_f64().unwrap();
    assert_eq!((records.length(), before), (0, 0.0), "{records:?}");
}

#[wasm_bindgen_test]
fn svg_tables_and_sentences_agree() {
    for view in everything() {
        let text = svg(&view, style(600.0, 300.0, 1.0)).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        let title = get(&view, "title").as_string().unwrap();
        assert!(text.contains(&title) && summary(&view).unwrap().contains(&title));
        let table = table(&view).unwrap();
        assert_eq!(get(&table, "title").as_string().unwrap(), title);
        assert!(Array::from(&get(&table, "rows")).length() > 1);
    }
    let words = view::Text {
        title: "Words".into(),
        tokens: vec![Token { label: "a".into(), ..Token::default() }],
        values: vec![1.0],
        ..view::Text::default()
    };
    assert!(summary(&sent(&words)).unwrap().contains("Words"));
    assert_eq!(Array::from(&get(&table(&sent(&words)).unwrap(), "rows")).length(), 1);
    assert_eq!(code(&svg(&sent(&words), style(600.0, 300.0, 1.0)).unwrap_err()), "bad-request");
}

#[wasm_bindgen_test]
fn wrong_objects_are_errors_not_traps() {
    let broken = |change: &dyn Fn(&JsValue)| {
        let view = sent(&bars());
        change(&view);
        view
    };
    let wrong = [
        broken(&|view| set(view, "values", Array::of2(&1.0.into(), &2.0.into()))),
        broken(&|view| set(view, "values", js_sys::Float64Array::new_with_length(4))),
        broken(&|view| set(view, "values", Float32Array::new_with_length(3))),
        broken(&|view| set(view, "values", JsValue::NULL)),
        broken(&|view| set(view, "values", "1,2,3,4")),
        broken(&|view| set(view, "labels", 7)),
        broken(&|view| set(view, "labels", "abcd")),
        broken(&|view| set(view, "labels", JsValue::UNDEFINED)),
        broken(&|view| set(view, "labels", names(3).iter().map(JsValue::from).collect::<Array>())),
        broken(&|view| {
            set(view, "labels", Array::of4(&"a".into(), &"b".into(), &"c".into(), &js_sys::Symbol::iterator()))
        }),
        broken(&|view| set(view, "kind", "pie")),
        broken(&|view| set(view, "kind", JsValue::UNDEFINED)),
        JsValue::NULL,
        JsValue::UNDEFINED,
        JsValue::from_f64(1.0),
        JsValue::from_str("bars"),
    ];
    for view in &wrong {
        let error = draw(view, canvas().into(), style(600.0, 300.0, 1.0)).unwrap_err();
        assert_eq!(code(&error), "bad-request", "{view:?}");
        assert!(!get(&error, "remedy").as_string().unwrap().is_empty());
        assert_eq!(code(&svg(view, style(600.0, 300.0, 1.0)).unwrap_err()), "bad-request");
        assert_eq!(code(&table(view).unwrap_err()), "bad-request");
        assert_eq!(code(&summary(view).unwrap_err()), "bad-request");
    }
    let good = sent(&bars());
    for canvas in [JsValue::NULL, document().create_element("div").unwrap().into()] {
        assert_eq!(code(&draw(&good, canvas, style(600.0, 300.0, 1.0)).unwrap_err()), "bad-request");
    }
    for style in [
        JsValue::NULL,
        style(0.0, 300.0, 1.0),
        style(f64::NAN, 300.0, 1.0),
        style(600.0, 1e9, 1.0),
        style(600.0, 300.0, 0.0),
    ] {
        assert_eq!(code(&draw(&good, canvas().into(), style).unwrap_err()), "bad-request");
    }
    draw(&good, canvas().into(), style(600.0, 300.0, 1.0)).unwrap();
}

#[wasm_bindgen_test]
fn labels_may_hold_any_character() {
    for label in ["", "\0", "a\0b", "ä \u{1F600}", ","] {
        let labels = vec![label.to_string(), "last".into()];
        let named =
            Bars { labels: labels.into(), values: vec![1.0, 2.0], errors: Vec::new(), disputed: Vec::new(), ..bars() };
        let rows = Array::from(&get(&table(&sent(&named)).unwrap(), "rows"));
        let of = |row: u32| Array::from(&rows.get(row)).get(1).as_string().unwrap();
        assert_eq!((of(0).as_str(), of(1).as_str()), (label, "last"), "{label:?}");
    }
}

#[wasm_bindgen_test]
fn odd_numbers_are_drawn() {
    let odd =
        Bars { values: vec![f32::NAN, f32::INFINITY, -1e30, 1e-30], limit: f32::NAN, gap: Some(f32::NAN), ..bars() };
    draw(&sent(&odd), canvas().into(), style(600.0, 300.0, 1.0)).unwrap();
    let empty = Bars { labels: Labels::default(), values: Vec::new(), ..bars() };
    draw(&sent(&empty), canvas().into(), style(120.0, 80.0, 1.0)).unwrap();
    let long = Lines { x_labels: names(100_000), series: names(1), values: vec![0.5; 100_000], ..lines() };
    draw(&sent(&long), canvas().into(), style(1200.0, 300.0, 2.0)).unwrap();
}

#[wasm_bindgen_test]
fn colours_are_those_of_the_pictures() {
    assert_eq!(color(0.0, 1.0, true, false), "#fafafa");
    assert_eq!(color(-1.0, 1.0, true, false), legend(true, false)[0]);
    assert_eq!(legend(true, true).len(), 33);
    assert_eq!(legend(true, true)[16], color(0.0, 1.0, true, true));
    assert_eq!(text_color(0.0, 1.0, true, false), "#000000");
    assert_eq!(text_color(1.0, 1.0, true, false), "#ffffff");
}

/// Sizes are 32 bits wide here: in double precision this text would need 5 GB, which wraps to half a gigabyte.
#[wasm_bindgen_test]
fn what_needs_more_than_sizes_can_count_is_refused() {
    let file = include_bytes!("../www/models/prose_lstm_2x256.safetensors");
    let mut session = Session::open(file.to_vec()).unwrap();
    let read = session.read_text(&"a".repeat(60_000)).unwrap();
    assert!(read.trace_bytes > 1 << 30, "{}", read.trace_bytes);
    let asked = Request {
        method: "integrated-gradients".into(),
        params: Default::default(),
        target: TargetRequest { readout: "logit".into(), step: -1, ..TargetRequest::default() },
        baseline: BaselineRequest { id: "zeros".into(), sample: None },
        background: Vec::new(),
        precision: "f64".into(),
    };
    let error = session.start_attribution(asked).unwrap_err();
    assert_eq!(error.code(), "too-large", "{error}");
}
