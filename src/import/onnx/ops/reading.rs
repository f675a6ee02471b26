//! How the states are read: their mean or largest value over the steps, and what ends the network.

use crate::Result;
use crate::import::onnx::array::Array;
use crate::import::onnx::call::Call;
use crate::import::onnx::value::{Cell, Factor, Signal, Value, When, extent};

/// Over time.
pub fn mean(call: &mut Call) -> Result<Vec<Value>> {
    pooled(call, When::Mean)
}

/// Over time, of the states themselves.
pub fn max(call: &mut Call) -> Result<Vec<Value>> {
    pooled(call, When::Max)
}

fn pooled(call: &Call, when: When) -> Result<Vec<Value>> {
    const KNOWN: &str = "the mean or largest value over all steps";
    let Value::Signal(signal) = call.input(0)? else { return Err(call.refuse("constants or sizes", KNOWN)) };
    let axes = call.ints("axes", 1)?.unwrap_or_default();
    let [axis] = axes.as_slice() else { return Err(call.refuse(format!("{} axes", axes.len()), KNOWN)) };
    let axis = call.axis(*axis, signal.axes.len())?;
    let every = signal.columns().iter().all(|column| column.when == When::Every);
    if signal.ended.is_some() || !every || !signal.axes.get(axis).is_some_and(|axis| call.walk.is_time(axis)) {
        return Err(call.refuse("another axis than time", KNOWN));
    }
    if when == When::Max && signal.map.affine.is_some() {
        return Err(call.refuse(
            "the largest value of what a linear layer makes of the states",
            "the largest states, then the linear layer",
        ));
    }
    let mut read = signal.read(when);
    if call.int("keepdims", 1) != 0 {
        read.axes[axis] = Vec::new();
    } else {
        read.axes.remove(axis);
    }
    let shape = read.axes.iter().map(|axis| extent(axis)).collect();
    let rows: Option<Array<usize>> = read.rows.reshaped(shape);
    rows.map(|rows| vec![Value::Signal(Signal { rows, ..read })]).ok_or_else(|| call.refuse("no units", KNOWN))
}

/// Softmax, LogSoftmax or Sigmoid: the head's outputs are read before it.
pub fn end(call: &mut Call) -> Result<Vec<Value>> {
    let Value::Signal(signal) = call.input(0)? else {
        return Err(call.refuse("constants or sizes", "outputs of the network"));
    };
    if signal.ended.is_some() {
        return Err(call.refuse("follows another one", "one Softmax or Sigmoid at the end"));
    }
    let outputs = signal.rows.cells().len();
    if call.node.op == "Sigmoid" {
        if outputs != 1 {
            let known = "Sigmoid after one output, Softmax after several; export without it to see the sums";
            return Err(call.refuse(format!("{outputs} independent probabilities"), known));
        }
    } else {
        // Before operation set 13 it ran over all axes from `axis` on.
        let old = call.walk.opset < 13;
        let axis = call.axis(call.int("axis", if old { 1 } else { -1 }), signal.axes.len())?;
        let last = if old { signal.axes.len() } else { axis + 1 };
        let over: Vec<Factor> = signal.axes.get(axis..last).unwrap_or_default().concat();
        let open = over
            .iter()
            .any(|factor| matches!(factor, Factor::Axis(_)) && call.walk.size(&[*factor]) != Some(Cell::Number(1.0)));
        if open || extent(&over) != outputs || outputs < 2 {
            return Err(call.refuse(
                "a softmax over something else than the outputs of a step",
                "a softmax over two or more outputs",
            ));
        }
    }
    Ok(vec![Value::Signal(Signal { ended: Some(call.node.op.into()), ..signal })])
}
