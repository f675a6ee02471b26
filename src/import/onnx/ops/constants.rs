//! Constants, sizes, and the branches that depend on them.

use crate::Result;
use crate::import::onnx::array::Array;
use crate::import::onnx::call::Call;
use crate::import::onnx::tensor::decode;
use crate::import::onnx::value::{Cell, Factor, Value};
use std::rc::Rc;

const MOST_FILLED: usize = 1 << 20;

/// An array of the file.
pub fn constant(call: &mut Call) -> Result<Vec<Value>> {
    let Some(attribute) = call.node.attributes.first() else {
        return Err(call.refuse("a constant without a value", "value, value_float, value_int and their lists"));
    };
    let single = |x: f64| Array::new(Vec::new(), vec![x]);
    let array = match attribute.name {
        "value" => attribute.tensor.as_ref().map(decode).transpose()?,
        "value_float" => attribute.float.and_then(|x| single(f64::from(x))),
        "value_int" => attribute.int.and_then(|x| single(x as f64)),
        "value_floats" => Some(Array::list(attribute.floats.iter().map(|x| f64::from(*x)).collect())),
        "value_ints" => Some(Array::list(attribute.ints.iter().map(|x| *x as f64).collect())),
        _ => None,
    };
    match array {
        Some(array) => Ok(vec![Value::Constant(Rc::new(array))]),
        None => {
            Err(call
                .refuse(format!("a constant as {}", attribute.name), "value, value_float, value_int and their lists"))
        }
    }
}

/// The same number everywhere.
pub fn constant_of_shape(call: &mut Call) -> Result<Vec<Value>> {
    let fill = match call.attribute("value").and_then(|attribute| attribute.tensor.as_ref()) {
        Some(tensor) => decode(tensor)?.single().copied(),
        None => Some(0.0),
    };
    let fill = fill.ok_or_else(|| call.refuse("a value of more than one number", "one number"))?;
    filled(call, Cell::Number(fill), 0)
}

/// Repeats its input over a shape.
pub fn expand(call: &mut Call) -> Result<Vec<Value>> {
    let fill = match call.input(0)? {
        Value::Constant(array) => {
            let first = array.cells().first().copied();
            first.filter(|first| array.cells().iter().all(|x| x == first)).map(Cell::Number)
        }
        Value::Sizes(sizes) => sizes.single().copied(),
        Value::Filled(cell) => Some(cell),
        _ => None,
    };
    match fill {
        Some(fill) => filled(call, fill, 1),
        None => Err(call.refuse("repeats different numbers", "one number that is repeated")),
    }
}

/// `fill` in the shape that input k gives.
fn filled(call: &Call, fill: Cell, k: usize) -> Result<Vec<Value>> {
    if let (Value::Constant(shape), Cell::Number(x)) = (call.input(k)?, fill) {
        let shape: Vec<usize> = shape.cells().iter().map(|n| *n as usize).collect();
        let count = shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n)).filter(|n| *n <= MOST_FILLED);
        // An Expand of a larger input keeps that one's shape: then its own is of no use.
        let grown = k == 1 && matches!(call.input(0)?, Value::Constant(input) if input.cells().len() > 1);
        if let (Some(count), false) = (count, grown)
            && let Some(array) = Array::new(shape, vec![x; count])
        {
            return Ok(vec![Value::Constant(Rc::new(array))]);
        }
    }
    Ok(vec![Value::Filled(fill)])
}

/// Sizes of the axes, as far as they are fixed.
pub fn shape(call: &mut Call) -> Result<Vec<Value>> {
    let axes: Vec<Vec<Factor>> = match call.input(0)? {
        Value::Constant(array) => array.shape().iter().map(|n| vec![Factor::Data(*n)]).collect(),
        Value::Tokens(axes) => axes,
        Value::Signal(signal) => signal.axes,
        _ => return Err(call.refuse("the shape of a value whose shape is not known", "shapes of inputs and states")),
    };
    let rank = axes.len() as i64;
    let bound = |name: &str, default: i64| {
        let at = call.int(name, default);
        (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize
    };
    let axes = axes.get(bound("start", 0)..bound("end", rank)).unwrap_or_default();
    let sizes: Option<Vec<Cell>> = axes.iter().map(|axis| call.walk.size(axis)).collect();
    let sizes =
        sizes.ok_or_else(|| call.refuse("a size that is a product of sizes that are not fixed", "single sizes"))?;
    Ok(vec![value(Array::list(sizes))])
}

/// Numbers, if all sizes are.
pub fn value(sizes: Array<Cell>) -> Value {
    let number = |cell: &Cell| if let Cell::Number(x) = cell { Some(*x) } else { None };
    if sizes.cells().iter().all(|cell| number(cell).is_some()) {
        return Value::Constant(Rc::new(sizes.map(|cell| number(cell).unwrap_or_default())));
    }
    Value::Sizes(sizes)
}

/// Whether two numbers of the file are the same.
pub fn equal(call: &mut Call) -> Result<Vec<Value>> {
    let cell = |k: usize| -> Result<Cell> {
        let cell = match call.input(k)? {
            Value::Constant(array) => array.single().copied().map(Cell::Number),
            Value::Sizes(sizes) => sizes.single().copied(),
            Value::Filled(cell) => Some(cell),
            _ => None,
        };
        cell.ok_or_else(|| call.refuse("compares values that are no single numbers", "sizes"))
    };
    let same = match (cell(0)?, cell(1)?) {
        (Cell::Number(a), Cell::Number(b)) => a == b,
        (Cell::Size(a), Cell::Size(b)) if a == b => true,
        _ => {
            return Err(call.refuse(
                "compares a size of the input that the file does not fix",
                "sizes that are fixed: export with a fixed batch of 1, or without a Squeeze of an unknown axis",
            ));
        }
    };
    Ok(vec![Value::Constant(Rc::new(Array::list(vec![if same { 1.0 } else { 0.0 }])))])
}

/// The branch that a constant condition takes.
pub fn branch(call: &mut Call) -> Result<Vec<Value>> {
    let condition = call.constant(0)?;
    let condition =
        condition.single().ok_or_else(|| call.refuse("a condition of several numbers", "one truth value"))?;
    let taken = if *condition != 0.0 { "then_branch" } else { "else_branch" };
    let graph = call.attribute(taken).and_then(|attribute| attribute.graph.as_ref());
    let graph = graph.ok_or_else(|| call.refuse(format!("no {taken}"), "both branches"))?;
    let wanted: Vec<&str> = graph.outputs.iter().map(|output| output.name).collect();
    call.walk.run(graph, &wanted)?;
    let values = wanted.iter().map(|name| call.walk.value(name)).collect::<Option<Vec<_>>>();
    values.ok_or_else(|| call.refuse(format!("{taken} does not make what it promises"), "whole branches"))
}
