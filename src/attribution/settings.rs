//! The controls of a method and their checked values.

use crate::{Error, Result};
use std::collections::BTreeMap;

/// One control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// Stable.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Its values.
    pub kind: ParamKind,
}

/// The values of a control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// A number in a range.
    Number {
        /// Lowest.
        low: f64,
        /// Highest.
        high: f64,
        /// Grid; 0 = any.
        step: f64,
        /// A slider should be logarithmic.
        log: bool,
        /// At first.
        default: f64,
    },
    /// One of several: (id, label); the first is the default.
    Choice(&'static [(&'static str, &'static str)]),
    /// Free text, empty at first; the words show what to write.
    Text(&'static str),
}

/// A checked value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a number.
    Number(f64),
    /// Index into the choices, and the id of that one.
    Choice(usize, &'static str),
    /// Free text.
    Text(String),
}

/// A value as it comes from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

/// The checked values of all controls of one method.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    values: Vec<(&'static str, Value)>,
}

impl Settings {
    /// Checks what was given against the controls; what was not given takes its default.
    pub fn check(params: &'static [Param], given: &BTreeMap<String, Given>) -> Result<Settings> {
        if let Some(stranger) = given.keys().find(|id| params.iter().all(|param| param.id != id.as_str())) {
            let known: Vec<&str> = params.iter().map(|param| param.id).collect();
            return Err(Error::request("setting", format!("one of: {}", known.join(", ")), stranger));
        }
        let value = |param: &Param| match (param.kind, given.get(param.id)) {
            (ParamKind::Number { default, .. }, None) => Ok(Value::Number(default)),
            (ParamKind::Choice(choices), None) => Ok(Value::Choice(0, choices[0].0)),
            (ParamKind::Text(_), None) => Ok(Value::Text(String::new())),
            (ParamKind::Text(_), Some(Given::Word(text))) => Ok(Value::Text(text.clone())),
            (ParamKind::Text(_), Some(other)) => Err(Error::request(param.label, "a text", shown(other))),
            (ParamKind::Number { low, high, .. }, Some(Given::Number(x))) if (low..=high).contains(x) => {
                Ok(Value::Number(*x))
            }
            (ParamKind::Number { low, high, .. }, Some(other)) => {
                Err(Error::request(param.label, format!("between {low} and {high}"), shown(other)))
            }
            (ParamKind::Choice(choices), Some(other)) => {
                let index = choices.iter().position(|(id, _)| matches!(other, Given::Word(word) if word == id));
                let known: Vec<&str> = choices.iter().map(|(id, _)| *id).collect();
                index
                    .map(|index| Value::Choice(index, choices[index].0))
                    .ok_or_else(|| Error::request(param.label, format!("one of {}", known.join(", ")), shown(other)))
            }
        };
        let values = params.iter().map(|param| Ok((param.id, value(param)?))).collect::<Result<_>>()?;
        Ok(Settings { values })
    }

    // A handful: a map of their own would cost the page its sort.
    fn value(&self, id: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
    }

    /// A number; 0 if there is none of this name.
    pub fn number(&self, id: &str) -> f64 {
        match self.value(id) {
            Some(Value::Number(x)) => *x,
            _ => 0.0,
        }
    }

    /// A free text; empty if there is none of this name.
    pub fn text(&self, id: &str) -> &str {
        match self.value(id) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The index of a choice; 0 if there is none of this name.
    pub fn choice(&self, id: &str) -> usize {
        match self.value(id) {
            Some(Value::Choice(index, _)) => *index,
            _ => 0,
        }
    }

    /// The id of a choice; empty if there is none of this name.
    pub fn chosen(&self, id: &str) -> &'static str {
        match self.value(id) {
            Some(Value::Choice(_, id)) => id,
            _ => "",
        }
    }
}

fn shown(given: &Given) -> String {
    match given {
        Given::Number(x) => x.to_string(),
        Given::Word(word) => format!("{word:?}"),
    }
}
