//! A node and the values of its inputs, as an operation sees them.

use super::array::Array;
use super::model::{Attribute, Node};
use super::value::Value;
use super::walk::Walk;
use crate::{Error, Result};
use std::rc::Rc;

/// "node `/lstm/LSTM` (LSTM)".
pub fn place(node: &Node) -> String {
    let name = if node.name.is_empty() { node.outputs.first().copied().unwrap_or_default() } else { node.name };
    format!("node `{name}` ({})", node.op)
}

/// What a node does that a network here cannot.
pub fn refuse(node: &Node, found: impl Into<String>, known: impl Into<String>) -> Error {
    Error::unsupported(place(node), found, known)
}

/// A node with its inputs' values.
pub struct Call<'w, 'a> {
    pub walk: &'w mut Walk<'a>,
    pub node: &'a Node<'a>,
    pub inputs: Vec<Option<Value>>,
}

impl<'a> Call<'_, 'a> {
    /// Input k, which must be there.
    pub fn input(&self, k: usize) -> Result<Value> {
        self.given(k).ok_or_else(|| self.refuse(format!("has no input {k}"), "all inputs of the operation"))
    }

    /// Input k, if it is there.
    pub fn given(&self, k: usize) -> Option<Value> {
        self.inputs.get(k).cloned().flatten()
    }

    pub fn attribute(&self, name: &str) -> Option<&'a Attribute<'a>> {
        self.node.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.int).unwrap_or(default)
    }

    pub fn refuse(&self, found: impl Into<String>, known: impl Into<String>) -> Error {
        refuse(self.node, found, known)
    }

    /// Input k, which must be numbers that the file fixes.
    pub fn constant(&self, k: usize) -> Result<Rc<Array<f64>>> {
        match self.input(k)? {
            Value::Constant(array) => Ok(array),
            _ => Err(self.refuse(format!("input {k} is not a constant of the file"), "constants there")),
        }
    }

    /// Whole numbers from an attribute (older operation sets) or from input k.
    pub fn ints(&self, name: &str, k: usize) -> Result<Option<Vec<i64>>> {
        match self.attribute(name) {
            Some(attribute) => Ok(Some(attribute.ints.clone())),
            None if self.given(k).is_none() => Ok(None),
            None => Ok(Some(self.constant(k)?.cells().iter().map(|x| *x as i64).collect())),
        }
    }

    /// An axis counted from either end.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let axis = if axis < 0 { axis.checked_add_unsigned(rank as u64) } else { Some(axis) };
        axis.and_then(|axis| usize::try_from(axis).ok())
            .filter(|axis| *axis < rank)
            .ok_or_else(|| self.refuse(format!("an axis outside of rank {rank}"), "an axis that is there"))
    }
}
