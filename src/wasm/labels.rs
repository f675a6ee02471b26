//! Lists of labels on their way to and from JavaScript: arrays of strings there, crossing as one string, since every
//! string that crosses has a price of its own.

use crate::view::Labels;
use crate::{Error, Result};
use js_sys::{Array, JsString, Object};
use std::cell::RefCell;
use std::collections::VecDeque;
use wasm_bindgen::prelude::*;

/// What stands between two labels on the way; a list with a label that holds it crosses label by label.
const BETWEEN: &str = "\0";

/// Lists given last that are not made again: an answer has about so many, and the next one the same.
const REMEMBERED: usize = 8;

thread_local! {
    static GIVEN: RefCell<VecDeque<(Labels, JsValue)>> = const { RefCell::new(VecDeque::new()) };
}

/// An array of strings; frozen, since others may be given the same one.
pub(super) fn give(labels: &Labels) -> JsValue {
    GIVEN.with_borrow_mut(|given| {
        if let Some((_, list)) = given.iter().find(|(known, _)| known == labels) {
            return list.clone();
        }
        let list: JsValue = Object::freeze(array(labels).unchecked_ref::<Object>()).into();
        given.truncate(REMEMBERED - 1);
        given.push_front((labels.clone(), list.clone()));
        list
    })
}

fn array(labels: &[String]) -> JsValue {
    if labels.is_empty() || labels.iter().any(|label| label.contains(BETWEEN)) {
        return labels.iter().map(|label| JsValue::from_str(label)).collect::<Array>().into();
    }
    JsString::from(labels.join(BETWEEN)).split(BETWEEN).into()
}

#[wasm_bindgen]
extern "C" {
    /// An array whose elements may be anything: one that is no text may throw.
    type List;
    #[wasm_bindgen(method, catch)]
    fn join(this: &List, between: &str) -> std::result::Result<String, JsValue>;
}

/// The strings of an array; other elements as JavaScript writes them.
pub(super) fn take(name: &str, value: JsValue) -> Result<Labels> {
    let wrong = |found: JsValue| Error::request(name, "an array of strings", super::wire::described(&found));
    let array = value.dyn_into::<Array>().map_err(wrong)?;
    let joined = array.unchecked_ref::<List>().join(BETWEEN).map_err(wrong)?;
    let labels: Labels = joined.split(BETWEEN).map(String::from).collect();
    if labels.len() == array.length() as usize {
        return Ok(labels);
    }
    array.iter().map(|label| label.as_string().ok_or_else(|| wrong(label))).collect()
}
