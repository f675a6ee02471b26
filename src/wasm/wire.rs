//! Values coming from JavaScript: views are checked here, once, and trusted from here on.

use super::labels;
use crate::view::View;
use crate::{Error, Result};
use js_sys::{Float32Array, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// What drawing function takes this object.
pub(super) fn kind(object: &JsValue) -> String {
    get(object, "kind").as_string().unwrap_or_default()
}

/// A view whose words, numbers and lengths are as they must be.
pub(super) fn take_view<V: View>(object: &JsValue) -> Result<V> {
    let mut view: V = take("view", object.clone())?;
    for (name, numbers) in view.numbers_mut() {
        let value = get(object, name);
        // An optional field may be left out; the check below knows which ones are needed.
        if value.is_null() || value.is_undefined() {
            continue;
        }
        let array = value.dyn_into::<Float32Array>();
        *numbers = array.map_err(|other| Error::request(name, "a Float32Array", described(&other)))?.to_vec();
    }
    for (name, list) in view.labels_mut() {
        *list = labels::take(name, get(object, name))?;
    }
    view.check().map_err(|problem| Error::request("view", "consistent", problem))?;
    Ok(view)
}

/// A small serde object.
pub(super) fn take<T: DeserializeOwned>(name: &str, value: JsValue) -> Result<T> {
    serde_wasm_bindgen::from_value(value)
        .map_err(|error| Error::request(name, "an object of the documented form", error))
}

/// A property; undefined if there is none, or if this is no object.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Its class or type, for messages.
pub(super) fn described(value: &JsValue) -> String {
    match value.dyn_ref::<js_sys::Object>() {
        Some(object) => String::from(object.constructor().name()),
        None => value.js_typeof().as_string().unwrap_or_default(),
    }
}
