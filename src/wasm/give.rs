//! Values on their way to JavaScript: words as plain objects, numbers as typed arrays, labels as lists.

use super::labels;
use crate::view::View;
use js_sys::{Float32Array, Reflect};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::JsValue;

type Outcome<T> = std::result::Result<T, JsValue>;

/// A small serde object; `None` becomes null.
pub(super) fn plain(value: &impl Serialize) -> Outcome<JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(JsValue::from)
}

/// A copy as a typed array of its own buffer, so that it can be transferred.
pub(super) fn numbers(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

thread_local! {
    /// Names of properties that crossed already.
    static NAMES: RefCell<HashMap<&'static str, JsValue>> = RefCell::default();
}

/// Sets a property.
pub(super) fn put(object: &JsValue, name: &'static str, value: &JsValue) -> Outcome<()> {
    NAMES.with_borrow_mut(|names| {
        let name = names.entry(name).or_insert_with(|| JsValue::from_str(name));
        Reflect::set(object, name, value).map(|_| ())
    })
}

/// A view: its words, its numbers, its labels, its kind.
pub(super) fn view<V: View>(view: &V) -> Outcome<JsValue> {
    let object = plain(view)?;
    put(&object, "kind", &JsValue::from_str(V::KIND))?;
    for (name, values) in view.numbers() {
        put(&object, name, &numbers(values))?;
    }
    for (name, list) in view.labels() {
        put(&object, name, &labels::give(list))?;
    }
    Ok(object)
}
