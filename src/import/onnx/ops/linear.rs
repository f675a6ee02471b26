//! Affine operations: they are folded into the map of a signal, y = A s + b.

use crate::Result;
use crate::import::checkpoint::{dense, each};
use crate::import::onnx::array::Array;
use crate::import::onnx::call::Call;
use crate::import::onnx::value::{Cell, Factor, Map, Signal, Value, extent};
use std::rc::Rc;

const ONE_WEIGHT: &str = "states times constant weights";

/// Y = α A B + β C
pub fn gemm(call: &mut Call) -> Result<Vec<Value>> {
    let scale = |name: &str| call.attribute(name).and_then(|a| a.float).map_or(1.0, f64::from);
    let (alpha, beta) = (scale("alpha"), scale("beta"));
    if call.int("transA", 0) != 0 {
        return Err(call.refuse("states that are transposed", "transA = 0"));
    }
    let weight = call.constant(1)?;
    let weight = if call.int("transB", 0) != 0 { (*weight).clone() } else { transposed(call, &weight)? };
    let product = product(call, &weight.map(|w| w * alpha))?;
    match call.given(2) {
        None => Ok(vec![Value::Signal(product)]),
        Some(_) => {
            let bias = call.constant(2)?.map(|b| b * beta);
            elementwise(call, &product, &bias, |row, b| *row += b, false).map(|signal| vec![Value::Signal(signal)])
        }
    }
}

/// Y = A B, B [K, N]
pub fn matmul(call: &mut Call) -> Result<Vec<Value>> {
    let weight = transposed(call, &*call.constant(1)?)?;
    Ok(vec![Value::Signal(product(call, &weight)?)])
}

fn transposed(call: &Call, weight: &Array<f64>) -> Result<Array<f64>> {
    weight.transposed(&[1, 0]).ok_or_else(|| call.refuse(format!("weights of shape {:?}", weight.shape()), "a matrix"))
}

/// W s along the last axis; W [N, K].
fn product(call: &mut Call, weight: &Array<f64>) -> Result<Signal> {
    let signal = signal(call, call.input(0)?)?;
    let &[outputs, inputs] = weight.shape() else {
        return Err(call.refuse(format!("weights of shape {:?}", weight.shape()), "a matrix"));
    };
    let last = signal.axes.last().map_or(&[][..], Vec::as_slice);
    let open = last.iter().any(|factor| {
        call.walk.size(&[*factor]).is_none_or(|size| matches!(factor, Factor::Axis(_)) && size != Cell::Number(1.0))
    });
    if open || extent(last) != inputs || signal.rows.cells().len() != inputs {
        let found = format!("weights [{inputs}, {outputs}] on a last axis of {} units", extent(last));
        return Err(call.refuse(found, "a linear layer on the units of one step (time is not flattened into them)"));
    }
    bounded(call, outputs, signal.map.columns.len())?;
    let map = signal.map.product(signal.rows.cells(), weight.cells(), vec![0.0; outputs]);
    let mut axes = signal.axes.clone();
    if let Some(last) = axes.last_mut() {
        *last = vec![Factor::Data(outputs)];
    }
    let shape = axes.iter().map(|axis| extent(axis)).collect();
    let rows = Array::new(shape, (0..outputs).collect()).ok_or_else(|| call.refuse("no outputs", "at least one"))?;
    Ok(Signal { axes, rows, map: Rc::new(map), ended: None })
}

/// Accounts for a matrix before it is made.
fn bounded(call: &mut Call, rows: usize, columns: usize) -> Result<()> {
    call.walk.spend(rows.saturating_mul(columns), call.node.op)
}

/// States that nothing has ended yet.
fn signal(call: &Call, value: Value) -> Result<Signal> {
    match value {
        Value::Signal(Signal { ended: Some(op), .. }) => {
            Err(call.refuse(format!("goes on after the {op}"), "a network that ends there"))
        }
        Value::Signal(signal) => Ok(signal),
        _ => Err(call.refuse("none of its inputs is made from the states", ONE_WEIGHT)),
    }
}

pub fn add(call: &mut Call) -> Result<Vec<Value>> {
    if let (Value::Signal(a), Value::Signal(b)) = (call.input(0)?, call.input(1)?) {
        let (a, b) = (signal(call, Value::Signal(a))?, signal(call, Value::Signal(b))?);
        return sum(call, &a, &b).map(|signal| vec![Value::Signal(signal)]);
    }
    either(call, |a, b| a + b, |row, b| *row += b, false)
}

pub fn multiply(call: &mut Call) -> Result<Vec<Value>> {
    either(call, |a, b| a * b, |row, b| *row *= b, true)
}

pub fn subtract(call: &mut Call) -> Result<Vec<Value>> {
    from_left(call)?;
    either(call, |a, b| a - b, |row, b| *row -= b, false)
}

pub fn divide(call: &mut Call) -> Result<Vec<Value>> {
    from_left(call)?;
    if let (Value::Constant(a), Value::Constant(b)) = (call.input(0)?, call.input(1)?) {
        let whole = |array: &Array<f64>| array.cells().iter().all(|x| x.fract() == 0.0);
        if let (true, true, Some(divisor)) = (whole(&a), whole(&b), b.cells().first())
            && (b.cells().len() > 1 || a.cells().iter().any(|a| (a / divisor).fract() != 0.0))
        {
            return Err(call.refuse("whole numbers, whose quotient depends on their type", "constants that are folded"));
        }
    }
    either(call, |a, b| a / b, |row, b| *row /= b, true)
}

fn from_left(call: &Call) -> Result<()> {
    match (call.input(0)?, call.input(1)?) {
        (Value::Signal(_) | Value::Constant(_), Value::Constant(_)) => Ok(()),
        _ => {
            Err(call.refuse("a constant minus or over states, or states over states", "states minus or over constants"))
        }
    }
}

/// Constants with constants, or states with constants on either side.
fn either(
    call: &mut Call,
    numbers: fn(f64, f64) -> f64,
    change: fn(&mut f64, f64),
    weights_too: bool,
) -> Result<Vec<Value>> {
    let (states, constant) = match (call.input(0)?, call.input(1)?) {
        (Value::Constant(a), Value::Constant(b)) => {
            let shape = if a.cells().len() >= b.cells().len() { a.shape() } else { b.shape() };
            let pairs = spread(&a, shape).zip(spread(&b, shape));
            let cells = pairs.map(|(a, b)| a.iter().zip(&b).map(|(a, b)| numbers(*a, *b)).collect());
            let array = cells.and_then(|cells| Array::new(shape.to_vec(), cells));
            return array.map(|array| vec![Value::Constant(Rc::new(array))]).ok_or_else(|| {
                call.refuse("constants whose shapes do not fit", "shapes of which one fits into the other")
            });
        }
        (Value::Signal(signal), Value::Constant(b)) => (Value::Signal(signal), b),
        (Value::Constant(b), Value::Signal(signal)) => (Value::Signal(signal), b),
        (Value::Signal(_), Value::Signal(_)) => {
            return Err(call.refuse(
                "states with states (attention, gates or a normalisation outside of the layers)",
                "states with constants",
            ));
        }
        _ => return Err(call.refuse("sizes or tokens", "states and constants")),
    };
    let states = signal(call, states)?;
    elementwise(call, &states, &constant, change, weights_too).map(|signal| vec![Value::Signal(signal)])
}

/// Cells of a constant in a larger shape.
fn spread(constant: &Array<f64>, shape: &[usize]) -> Option<Vec<f64>> {
    let missing = shape.len().checked_sub(constant.shape().len())?;
    let strides = dense(constant.shape(), true)?;
    let mut steps = vec![0; missing];
    for ((n, step), wanted) in constant.shape().iter().zip(strides).zip(&shape[missing..]) {
        match (*n == *wanted, *n) {
            (true, _) => steps.push(step),
            (false, 1) => steps.push(0),
            _ => return None,
        }
    }
    let mut cells = Vec::new();
    each(shape, &steps, |at| cells.extend(constant.cells().get(at)));
    Some(cells)
}

/// Changes b of every cell, and A where the change scales.
fn elementwise(
    call: &mut Call,
    signal: &Signal,
    constant: &Array<f64>,
    change: fn(&mut f64, f64),
    weights_too: bool,
) -> Result<Signal> {
    // A constant that is longer along time or batch does not fit the shape, in which these are 1.
    let numbers = spread(constant, signal.rows.shape()).ok_or_else(|| {
        call.refuse(
            format!("a constant of shape {:?} on units {:?}", constant.shape(), signal.rows.shape()),
            "one number for each unit",
        )
    })?;
    bounded(call, numbers.len(), signal.map.columns.len())?;
    let (mut matrix, mut sums) = (Vec::new(), Vec::new());
    for (row, number) in signal.rows.cells().iter().zip(&numbers) {
        let (mut weights, mut bias) = signal.map.row(*row);
        if weights_too {
            weights.iter_mut().for_each(|w| change(w, *number));
        }
        change(&mut bias, *number);
        matrix.extend(weights);
        sums.push(bias);
    }
    changed(signal, Map { columns: signal.map.columns.clone(), affine: Some((matrix, sums)) })
        .ok_or_else(|| call.refuse("no units", "at least one"))
}

/// The sum of two signals, unit by unit.
fn sum(call: &mut Call, a: &Signal, b: &Signal) -> Result<Signal> {
    if a.axes != b.axes {
        return Err(call.refuse("adds states of different shapes", "the same shapes"));
    }
    let both = a.map.and(&b.map);
    let offset = a.map.rows();
    bounded(call, a.rows.cells().len(), both.columns.len())?;
    let (mut matrix, mut sums) = (Vec::new(), Vec::new());
    for (left, right) in a.rows.cells().iter().zip(b.rows.cells()) {
        let ((weights, bias), (more, shift)) = (both.row(*left), both.row(right + offset));
        matrix.extend(weights.iter().zip(&more).map(|(a, b)| a + b));
        sums.push(bias + shift);
    }
    changed(a, Map { columns: both.columns, affine: Some((matrix, sums)) })
        .ok_or_else(|| call.refuse("no units", "at least one"))
}

/// The same axes over a new map, whose rows are the cells.
fn changed(signal: &Signal, map: Map) -> Option<Signal> {
    let rows = Array::new(signal.rows.shape().to_vec(), (0..map.rows()).collect())?;
    Some(Signal { rows, map: Rc::new(map), ..signal.clone() })
}
