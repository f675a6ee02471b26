//! What moves numbers about without changing them.

use super::constants;
use crate::Result;
use crate::import::onnx::array::Array;
use crate::import::onnx::call::{Call, refuse};
use crate::import::onnx::tensor;
use crate::import::onnx::value::{Base, Cell, Factor, Signal, Value};
use crate::import::onnx::walk::every;
use std::rc::Rc;

const MOST_SIZES: usize = 64;

/// Its input.
pub fn same(call: &mut Call) -> Result<Vec<Value>> {
    Ok(vec![call.input(0)?])
}

/// Nothing, outside of training.
pub fn dropout(call: &mut Call) -> Result<Vec<Value>> {
    let training = match call.given(2) {
        None => false,
        Some(_) => call.constant(2)?.cells().iter().any(|x| *x != 0.0),
    };
    if training {
        return Err(call.refuse(
            "training_mode, in which numbers are dropped at random",
            "a network that was switched to evaluation",
        ));
    }
    same(call)
}

/// Every number is read in float64; only whole numbers lose something.
pub fn cast(call: &mut Call) -> Result<Vec<Value>> {
    match (call.input(0)?, tensor::counts(call.int("to", 1))) {
        (Value::Signal(_), true) => Err(call.refuse("states or values as whole numbers", "floating point")),
        (Value::Tokens(_), false) => {
            Err(call.refuse("tokens as real values", "word vectors or one-hot vectors of the tokens"))
        }
        (Value::Constant(array), true) => Ok(vec![Value::Constant(Rc::new(array.map(|x| x.trunc())))]),
        (value, _) => Ok(vec![value]),
    }
}

/// Axis k of the result is axis `perm[k]`.
pub fn transpose(call: &mut Call) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let rank = rank(&value);
    let order: Vec<usize> = match call.attribute("perm") {
        Some(attribute) => attribute.ints.iter().map(|k| usize::try_from(*k).unwrap_or(usize::MAX)).collect(),
        None => (0..rank).rev().collect(),
    };
    let moved = |axes: &[Vec<Factor>]| order.iter().map(|k| axes.get(*k).cloned()).collect::<Option<Vec<_>>>();
    let value = match value {
        Value::Constant(array) => array.transposed(&order).map(|array| Value::Constant(Rc::new(array))),
        Value::Sizes(sizes) => sizes.transposed(&order).map(Value::Sizes),
        Value::Tokens(axes) => {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            moved(&axes).filter(|_| sorted == (0..axes.len()).collect::<Vec<_>>()).map(Value::Tokens)
        }
        Value::Signal(signal) => signal
            .rows
            .transposed(&order)
            .and_then(|rows| Some(Value::Signal(Signal { axes: moved(&signal.axes)?, rows, ..signal }))),
        other => Some(other),
    };
    value
        .map(|value| vec![value])
        .ok_or_else(|| call.refuse(format!("the order {order:?} of its axes"), "every axis once"))
}

/// Number of axes.
pub fn rank(value: &Value) -> usize {
    match value {
        Value::Constant(array) => array.shape().len(),
        Value::Sizes(sizes) => sizes.shape().len(),
        Value::Tokens(axes) => axes.len(),
        Value::Signal(signal) => signal.axes.len(),
        Value::Filled(_) | Value::Unknown(_) => 0,
    }
}

/// Side by side along an axis.
pub fn concat(call: &mut Call) -> Result<Vec<Value>> {
    let parts = (0..call.inputs.len()).map(|k| call.input(k)).collect::<Result<Vec<_>>>()?;
    let Some(first) = parts.first().cloned() else {
        return Err(call.refuse("nothing to put together", "at least one part"));
    };
    let cell = |value: &Value| if let Value::Filled(cell) = value { Some(*cell) } else { None };
    if let Some(fill) = cell(&first) {
        return match parts.iter().all(|part| cell(part) == Some(fill)) {
            true => Ok(vec![first]),
            false => Err(call.refuse("parts of which some have a shape that is not fixed", "parts of known shapes")),
        };
    }
    let axis = call.axis(call.int("axis", 0), rank(&first))?;
    let apart = || call.refuse("parts that do not fit together", "parts that agree in all other axes");
    if matches!(first, Value::Signal(_)) {
        let signals: Option<Vec<Signal>> =
            parts.into_iter().map(|part| if let Value::Signal(signal) = part { Some(signal) } else { None }).collect();
        let signals = signals.ok_or_else(|| call.refuse("states beside constants", "states beside states"))?;
        return join(call, signals, axis).map(|signal| vec![Value::Signal(signal)]);
    }
    let constants: Option<Vec<&Array<f64>>> =
        parts.iter().map(|part| if let Value::Constant(array) = part { Some(&**array) } else { None }).collect();
    if let Some(constants) = constants {
        let joined = Array::joined(&constants, axis).ok_or_else(apart)?;
        return Ok(vec![Value::Constant(Rc::new(joined))]);
    }
    let sizes: Option<Vec<Array<Cell>>> = parts
        .iter()
        .map(|part| match part {
            Value::Constant(array) if array.cells().len() <= MOST_SIZES => Some(array.map(|x| Cell::Number(*x))),
            Value::Sizes(sizes) => Some(sizes.clone()),
            _ => None,
        })
        .collect();
    let sizes = sizes.ok_or_else(apart)?;
    let joined = Array::joined(&sizes.iter().collect::<Vec<_>>(), axis).ok_or_else(apart)?;
    Ok(vec![constants::value(joined)])
}

fn join(call: &mut Call, signals: Vec<Signal>, axis: usize) -> Result<Signal> {
    let node = call.node;
    let apart = || {
        refuse(node, "states that do not fit together", "states that agree in all other axes, joined along their units")
    };
    let mut parts = signals.into_iter();
    let mut joined = parts.next().ok_or_else(apart)?;
    for part in parts {
        let others = |signal: &Signal| {
            signal.axes.iter().enumerate().filter(|(k, _)| *k != axis).map(|(_, axis)| axis.clone()).collect::<Vec<_>>()
        };
        let data = |signal: &Signal| {
            signal.axes.get(axis).is_some_and(|axis| axis.iter().all(|factor| matches!(factor, Factor::Data(_))))
        };
        if joined.ended.is_some()
            || part.ended.is_some()
            || others(&joined) != others(&part)
            || !data(&joined)
            || !data(&part)
        {
            return Err(apart());
        }
        let offset = joined.map.rows();
        let columns = joined.map.columns.len() + part.map.columns.len();
        let dense = joined.map.affine.is_some() || part.map.affine.is_some();
        let cells = (offset + part.map.rows()).saturating_mul(if dense { columns } else { 1 });
        call.walk.spend(cells, call.node.op)?;
        let map =
            if Rc::ptr_eq(&joined.map, &part.map) { joined.map.clone() } else { Rc::new(joined.map.and(&part.map)) };
        let shift = if Rc::ptr_eq(&map, &joined.map) { 0 } else { offset };
        let rows = Array::joined(&[&joined.rows, &part.rows.map(|row| row + shift)], axis).ok_or_else(apart)?;
        let mut axes = joined.axes.clone();
        axes[axis] = vec![Factor::Data(rows.shape()[axis])];
        joined = Signal { axes, rows, map, ended: None };
    }
    Ok(joined)
}

/// Tokens as rows of the identity.
pub fn one_hot(call: &mut Call) -> Result<Vec<Value>> {
    let Value::Tokens(mut axes) = call.input(0)? else {
        return Err(call.refuse("one-hot vectors of something else than the input", "tokens of the input"));
    };
    let depth = call.constant(1)?.single().copied().unwrap_or(0.0) as usize;
    let axis = call.int("axis", -1);
    let last = axis == -1 || axis == axes.len() as i64;
    if call.constant(2)?.cells() != [0.0, 1.0] || !last || depth == 0 || depth > crate::import::metadata::LARGEST_SIZE {
        return Err(call
            .refuse("values other than 0 and 1, another axis than the last, or no entries", "plain one-hot vectors"));
    }
    if call.walk.table.is_some() || call.walk.one_hot {
        return Err(call.refuse("tokens that are read twice", "one reading of the tokens"));
    }
    axes.push(vec![Factor::Data(depth)]);
    let signal =
        Signal::new(axes, every(Base::Input, depth)).ok_or_else(|| call.refuse("no entries", "at least one"))?;
    (call.walk.one_hot, call.walk.features) = (true, Some(depth));
    Ok(vec![Value::Signal(signal)])
}
