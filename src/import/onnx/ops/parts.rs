//! Parts of a value: steps, units, rows of a table.

use super::constants;
use super::moves::rank;
use crate::Result;
use crate::import::onnx::call::Call;
use crate::import::onnx::value::{Base, Cell, Factor, Signal, Value, When, extent};
use crate::import::onnx::walk::every;
use std::rc::Rc;

const LONGEST_RANGE: i64 = 1 << 24;

/// Slices of an axis by their numbers: of a table by tokens, of the states by constants.
pub fn gather(call: &mut Call) -> Result<Vec<Value>> {
    let (value, indices) = (call.input(0)?, call.input(1)?);
    if let Value::Filled(_) = value {
        return Ok(vec![value]);
    }
    let axis = call.axis(call.int("axis", 0), rank(&value))?;
    let table = match (&value, indices) {
        (Value::Constant(table), Value::Tokens(axes)) => (table.clone(), axes),
        (_, Value::Constant(indices)) => {
            let at: Vec<i64> = indices.cells().iter().map(|k| *k as i64).collect();
            return take(call, value, axis, &at, Some(indices.shape())).map(|value| vec![value]);
        }
        _ => {
            return Err(call
                .refuse("slices whose numbers the file does not fix", "constant numbers, or word vectors by tokens"));
        }
    };
    let (table, mut axes) = table;
    let &[1..=usize::MAX, width @ 1..=usize::MAX] = table.shape() else {
        return Err(call.refuse(format!("a table of shape {:?}", table.shape()), "word vectors [V, I]"));
    };
    if axis != 0 || call.walk.table.is_some() || call.walk.one_hot || !call.walk.layers.is_empty() {
        return Err(call.refuse("a second table, or one that is read along its columns", "one table of word vectors"));
    }
    axes.push(vec![Factor::Data(width)]);
    let signal =
        Signal::new(axes, every(Base::Input, width)).ok_or_else(|| call.refuse("an empty table", "word vectors"))?;
    (call.walk.table, call.walk.features) = (Some(table), Some(width));
    Ok(vec![Value::Signal(signal)])
}

/// The slices `at` (negative: from the end) of an axis; `shape` replaces it, none = the axis stays.
fn take(call: &Call, value: Value, axis: usize, at: &[i64], shape: Option<&[usize]>) -> Result<Value> {
    let outside = || call.refuse(format!("slices outside of axis {axis}"), "slices that are there");
    let places = |length: usize| -> Result<Vec<usize>> { at.iter().map(|k| call.axis(*k, length)).collect() };
    let reshaped = |of: &[usize]| -> Vec<usize> {
        let mut to = of.to_vec();
        if let Some(shape) = shape {
            to.splice(axis..=axis, shape.iter().copied());
        }
        to
    };
    let taken = match &value {
        Value::Constant(array) => {
            let taken =
                array.taken(axis, &places(array.shape().get(axis).copied().unwrap_or(0))?).ok_or_else(outside)?;
            taken.reshaped(reshaped(taken.shape())).map(|array| Value::Constant(Rc::new(array)))
        }
        Value::Sizes(sizes) => {
            let taken =
                sizes.taken(axis, &places(sizes.shape().get(axis).copied().unwrap_or(0))?).ok_or_else(outside)?;
            taken.reshaped(reshaped(taken.shape())).map(constants::value)
        }
        Value::Signal(signal) => return take_signal(call, signal, axis, at, shape).map(Value::Signal),
        _ => None,
    };
    taken.ok_or_else(outside)
}

fn take_signal(call: &Call, signal: &Signal, axis: usize, at: &[i64], shape: Option<&[usize]>) -> Result<Signal> {
    let factors = signal.axes.get(axis).map_or(&[][..], Vec::as_slice);
    let outside = || call.refuse(format!("slices outside of axis {axis}"), "slices that are there");
    let (mut taken, new) = if call.walk.is_time(factors) {
        let steps = call.walk.sizes.get(factors_axis(factors)).copied().flatten();
        let last = |k: i64| k == -1 || (k >= 0 && steps == usize::try_from(k).ok().and_then(|k| k.checked_add(1)));
        let when = match at {
            [k] if last(*k) => When::Last,
            [0] => When::First,
            _ => {
                return Err(
                    call.refuse("steps other than the first or the last", "the last step, the first, or every step")
                );
            }
        };
        (signal.read(when), Vec::new())
    } else {
        if signal.ended.is_some() {
            return Err(call.refuse("some outputs of a Softmax or Sigmoid", "all of them"));
        }
        let fixed = factors.iter().all(|factor| match factor {
            Factor::Data(_) => true,
            Factor::Axis(k) => call.walk.sizes.get(*k).copied().flatten() == Some(1),
        });
        let batch = matches!(factors, [Factor::Axis(_)]) && at == [0] && call.walk.time.is_some();
        if !fixed && !batch {
            return Err(call.refuse(
                "single steps or rows outside of a recurrent operation, as an unrolled loop takes them",
                "slices of time or of features",
            ));
        }
        if at.is_empty() {
            return Err(call.refuse("no units at all", "at least one"));
        }
        let places = at.iter().map(|k| call.axis(*k, extent(factors))).collect::<Result<Vec<_>>>()?;
        let rows = signal.rows.taken(axis, &places).ok_or_else(outside)?;
        (Signal { rows, ..signal.clone() }, vec![Factor::Data(at.len())])
    };
    let replaced: Vec<Vec<Factor>> = match shape {
        Some(shape) => shape.iter().map(|n| vec![Factor::Data(*n)]).collect(),
        None => vec![new],
    };
    taken.axes.splice(axis..=axis, replaced);
    taken.rows = taken.rows.reshaped(taken.axes.iter().map(|axis| extent(axis)).collect()).ok_or_else(outside)?;
    Ok(taken)
}

fn factors_axis(factors: &[Factor]) -> usize {
    if let [Factor::Axis(k)] = factors { *k } else { usize::MAX }
}

/// A range of one or several axes.
pub fn slice(call: &mut Call) -> Result<Vec<Value>> {
    let mut value = call.input(0)?;
    if let Value::Filled(_) = value {
        return Ok(vec![value]);
    }
    let given = |name: &str, k: usize| call.ints(name, k);
    let (Some(starts), Some(ends)) = (given("starts", 1)?, given("ends", 2)?) else {
        return Err(call.refuse("no range", "starts and ends"));
    };
    let axes = given("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = given("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    for (((start, end), axis), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let axis = call.axis(*axis, rank(&value))?;
        if *step != 1 {
            return Err(call.refuse(format!("a slice in steps of {step}"), "steps of 1 (time is not turned round)"));
        }
        let length = match &value {
            Value::Constant(array) => array.shape().get(axis).copied(),
            Value::Sizes(sizes) => sizes.shape().get(axis).copied(),
            Value::Signal(signal) => match signal.axes.get(axis).and_then(|axis| call.walk.size(axis)) {
                Some(Cell::Number(n)) => Some(n as usize),
                _ => None,
            },
            _ => None,
        };
        if *start == 0 && length.map_or(*end >= i64::from(i32::MAX), |n| *end >= n as i64) {
            continue;
        }
        let at: Vec<i64> = match length {
            Some(length) => {
                let bound =
                    |at: i64| (if at < 0 { at.saturating_add(length as i64) } else { at }).clamp(0, length as i64);
                let range = bound(*start)..bound(*end);
                if range.is_empty() || range.end - range.start > LONGEST_RANGE {
                    return Err(
                        call.refuse("a range of nothing, or of more than 2²⁴ numbers", "ranges that hold something")
                    );
                }
                range.collect()
            }
            // Of an axis without a fixed size only its ends can be told.
            None if *start == -1 && *end >= i64::from(i32::MAX) => vec![-1],
            None if *start == 0 && *end == 1 => vec![0],
            None => return Err(call.refuse("a range of an axis whose size is not fixed", "the last step or the first")),
        };
        value = take(call, value, axis, &at, None)?;
    }
    Ok(vec![value])
}

/// Parts of an axis.
pub fn split(call: &mut Call) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let count = call.node.outputs.len();
    if let Value::Filled(_) = value {
        return Ok(vec![value; count]);
    }
    let axis = call.axis(call.int("axis", 0), rank(&value))?;
    let length = match &value {
        Value::Constant(array) => array.shape().get(axis).copied().unwrap_or(0),
        Value::Signal(signal) if !call.walk.is_time(&signal.axes[axis]) => extent(&signal.axes[axis]),
        _ => return Err(call.refuse("parts of time or of sizes", "parts of features or constants")),
    };
    let sizes = match call.ints("split", 1)? {
        Some(sizes) => sizes,
        None => vec![length.div_ceil(count.max(1)) as i64; count],
    };
    let (mut parts, mut start) = (Vec::new(), 0i64);
    for size in sizes.iter().take(count) {
        let end = start.saturating_add((*size).max(0)).min(length as i64);
        parts.push(take(call, value.clone(), axis, &(start..end).collect::<Vec<_>>(), None)?);
        start = end;
    }
    Ok(parts)
}
