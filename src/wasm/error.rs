//! The only place where an error becomes JavaScript's: a real `Error` with code, place and remedy.

use crate::Error;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

impl From<Error> for JsValue {
    fn from(error: Error) -> JsValue {
        let thrown = js_sys::Error::new(&error.to_string());
        for (name, value) in
            [("name", "RnnscopeError"), ("code", error.code()), ("place", error.place()), ("remedy", &error.remedy())]
        {
            // Setting a property of a fresh object cannot fail.
            let _ = Reflect::set(&thrown, &JsValue::from_str(name), &JsValue::from_str(value));
        }
        thrown.into()
    }
}
