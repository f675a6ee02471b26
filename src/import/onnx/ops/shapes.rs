//! What changes the shape alone: an axis of a signal keeps what it is made of, so that time is never lost in it.

use super::constants::value as of_sizes;
use crate::Result;
use crate::import::onnx::array::Array;
use crate::import::onnx::call::Call;
use crate::import::onnx::value::{Cell, Factor, Signal, Value, extent};
use std::rc::Rc;

type Axes = Vec<Vec<Factor>>;

/// A size of the new shape.
#[derive(Clone, Copy, PartialEq)]
enum Size {
    Is(Cell),
    /// Of the old axis with the same number.
    Kept,
    /// Whatever is left.
    Rest,
}

/// Regroups the factors of a signal; of constants, the numbers.
pub fn reshape(call: &mut Call) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let keep_zero = call.int("allowzero", 0) != 0;
    let size = |cell: &Cell| match cell {
        Cell::Number(0.0) if !keep_zero => Size::Kept,
        Cell::Number(-1.0) => Size::Rest,
        cell => Size::Is(*cell),
    };
    let sizes: Vec<Size> = match call.input(1)? {
        Value::Constant(shape) => shape.cells().iter().map(|n| size(&Cell::Number(*n))).collect(),
        Value::Sizes(shape) => shape.cells().iter().map(size).collect(),
        _ => return Err(call.refuse("a shape that the file does not fix", "constant shapes, or sizes of the input")),
    };
    to_shape(call, value, &sizes).map(|value| vec![value])
}

/// Two axes: those before `axis`, and the others.
pub fn flatten(call: &mut Call) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let axes = axes(call, &value)?;
    let axis = call.int("axis", 1);
    let axis =
        if axis < 0 { axis.saturating_add(axes.len() as i64) } else { axis }.clamp(0, axes.len() as i64) as usize;
    let (before, after) = axes.split_at(axis);
    with_axes(call, value, vec![before.concat(), after.concat()]).map(|value| vec![value])
}

/// Leaves out axes of size 1.
pub fn squeeze(call: &mut Call) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    if let Value::Filled(_) = value {
        return Ok(vec![value]);
    }
    let axes = axes(call, &value)?;
    let one = |axis: &Vec<Factor>| call.walk.size(axis) == Some(Cell::Number(1.0));
    let mut out: Vec<usize> = match call.ints("axes", 1)? {
        Some(given) => given.iter().map(|axis| call.axis(*axis, axes.len())).collect::<Result<_>>()?,
        None => (0..axes.len()).filter(|k| one(&axes[*k])).collect(),
    };
    out.sort_unstable();
    // A batch of unknown size is one input at a time here; time is not.
    let fits = |k: &usize| {
        one(&axes[*k])
            || (call.walk.size(&axes[*k]).is_some_and(|size| matches!(size, Cell::Size(_)))
                && call.walk.time.is_some()
                && !call.walk.is_time(&axes[*k]))
    };
    if let Some(k) = out.iter().find(|k| !fits(k)) {
        return Err(call.refuse(format!("leaves out axis {k}, which is not of size 1"), "axes of size 1"));
    }
    let kept =
        axes.into_iter().enumerate().filter(|(k, _)| out.binary_search(k).is_err()).map(|(_, axis)| axis).collect();
    with_axes(call, value, kept).map(|value| vec![value])
}

/// Adds axes of size 1.
pub fn unsqueeze(call: &mut Call) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    if let Value::Filled(_) = value {
        return Ok(vec![value]);
    }
    let given = call.ints("axes", 1)?.ok_or_else(|| call.refuse("no axes", "the axes to add"))?;
    let old = axes(call, &value)?;
    let rank = old.len().saturating_add(given.len());
    if rank > 16 {
        return Err(call.refuse(format!("rank {rank}"), "at most 16"));
    }
    let new = given.iter().map(|axis| call.axis(*axis, rank)).collect::<Result<Vec<_>>>()?;
    let mut old = old.into_iter();
    let axes = (0..rank).map(|k| if new.contains(&k) { Vec::new() } else { old.next().unwrap_or_default() }).collect();
    with_axes(call, value, axes).map(|value| vec![value])
}

/// What each axis is made of.
fn axes(call: &Call, value: &Value) -> Result<Axes> {
    let data = |shape: &[usize]| shape.iter().map(|n| vec![Factor::Data(*n)]).collect();
    match value {
        Value::Constant(array) => Ok(data(array.shape())),
        Value::Sizes(sizes) => Ok(data(sizes.shape())),
        Value::Tokens(axes) => Ok(axes.clone()),
        Value::Signal(signal) => Ok(signal.axes.clone()),
        _ => Err(call.refuse("the shape of a value whose shape is not known", "values of known shapes")),
    }
}

/// The same numbers in other axes.
fn with_axes(call: &Call, value: Value, axes: Axes) -> Result<Value> {
    let shape: Vec<usize> = axes.iter().map(|axis| extent(axis)).collect();
    let value = match value {
        Value::Constant(array) => array.reshaped(shape).map(|array| Value::Constant(Rc::new(array))),
        Value::Sizes(sizes) => sizes.reshaped(shape).map(of_sizes),
        Value::Tokens(_) => Some(Value::Tokens(axes)),
        Value::Signal(signal) => {
            signal.rows.reshaped(shape).map(|rows| Value::Signal(Signal { axes, rows, ..signal.clone() }))
        }
        other => Some(other),
    };
    value.ok_or_else(|| call.refuse("a shape that its numbers do not fill", "shapes that fit"))
}

fn to_shape(call: &Call, value: Value, sizes: &[Size]) -> Result<Value> {
    let old = match &value {
        Value::Filled(_) => return Ok(value),
        value => axes(call, value)?,
    };
    let misfit = || {
        call.refuse(
            "a shape that takes time, batch and units apart in another way than they were put together",
            "a Reshape that keeps the order of the axes, such as [0, 0, -1]",
        )
    };
    let size = |(k, size): (usize, &Size)| match size {
        Size::Kept => old.get(k).and_then(|axis| call.walk.size(axis)).map(Some),
        Size::Is(cell) => Some(Some(*cell)),
        Size::Rest => Some(None),
    };
    let sizes: Vec<Option<Cell>> = sizes.iter().enumerate().map(size).collect::<Option<_>>().ok_or_else(misfit)?;
    if let Value::Constant(array) = &value {
        let shape = numbers(array, &sizes).ok_or_else(misfit)?;
        return array.reshaped(shape).map(|array| Value::Constant(Rc::new(array))).ok_or_else(misfit);
    }
    let rest = sizes.iter().position(Option::is_none);
    if rest.is_some_and(|rest| sizes[rest + 1..].contains(&None)) {
        return Err(misfit());
    }
    let mut factors: Vec<Factor> = old.concat();
    let mut front = Vec::new();
    for size in sizes[..rest.unwrap_or(sizes.len())].iter().flatten() {
        front.push(group(call, &mut factors, *size, false).ok_or_else(misfit)?);
    }
    let mut back = Vec::new();
    for size in sizes[rest.map_or(sizes.len(), |rest| rest + 1)..].iter().rev().flatten() {
        back.push(group(call, &mut factors, *size, true).ok_or_else(misfit)?);
    }
    if rest.is_some() {
        front.push(std::mem::take(&mut factors));
    } else if let Some(last) = front.last_mut() {
        // Axes of size 1 may be left.
        let ones = factors.iter().all(|factor| call.walk.size(&[*factor]) == Some(Cell::Number(1.0)));
        if !ones {
            return Err(misfit());
        }
        last.append(&mut factors);
    }
    front.extend(back.into_iter().rev());
    with_axes(call, value, front)
}

/// The factors from one end whose product is `size`.
fn group(call: &Call, factors: &mut Vec<Factor>, size: Cell, from_end: bool) -> Option<Vec<Factor>> {
    let mut group = Vec::new();
    loop {
        let whole = call.walk.size(&group) == Some(size);
        let next = if from_end { factors.last() } else { factors.first() }.copied();
        // An axis of size 1 goes to a group of its own where one is asked for.
        let one = next.is_some_and(|next| call.walk.size(&[next]) == Some(Cell::Number(1.0)));
        if whole && !(one && group.is_empty()) {
            return Some(group);
        }
        let next = next?;
        if from_end {
            factors.pop()
        } else {
            Some(factors.remove(0))
        };
        let (mut taken, mut left) = (next, None);
        if let (Factor::Data(n), Cell::Number(wanted), Some(Cell::Number(held))) = (next, size, call.walk.size(&group))
        {
            let missing = wanted / held;
            if missing.fract() == 0.0 && missing >= 1.0 && missing < n as f64 && n % (missing as usize) == 0 {
                let missing = missing as usize;
                (taken, left) = (Factor::Data(missing), Some(Factor::Data(n / missing)));
            }
        }
        if from_end {
            group.insert(0, taken)
        } else {
            group.push(taken)
        };
        match (left, from_end) {
            (Some(left), true) => factors.push(left),
            (Some(left), false) => factors.insert(0, left),
            (None, _) => {}
        }
    }
}

/// A shape of numbers alone, its rest computed.
fn numbers(array: &Array<f64>, sizes: &[Option<Cell>]) -> Option<Vec<usize>> {
    let count = array.cells().len();
    let mut product = 1usize;
    for size in sizes.iter().flatten() {
        let Cell::Number(n) = size else { return None };
        product = product.checked_mul(*n as usize)?;
    }
    let rest = count.checked_div(product).unwrap_or(0);
    Some(sizes.iter().map(|size| if let Some(Cell::Number(n)) = size { *n as usize } else { rest }).collect())
}
