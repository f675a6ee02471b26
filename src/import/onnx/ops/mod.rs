//! The operations that are understood, one function each.

mod constants;
mod linear;
mod moves;
mod parts;
mod reading;
mod shapes;

use super::call::Call;
use super::recurrent::recurrent;
use super::value::Value;
use crate::Result;

/// What an operation makes of its inputs.
pub type Op = fn(&mut Call) -> Result<Vec<Value>>;

/// The registry: a new operation is one function and one line here.
pub const OPS: &[(&str, Op)] = &[
    ("LSTM", recurrent),
    ("GRU", recurrent),
    ("RNN", recurrent),
    ("Constant", constants::constant),
    ("ConstantOfShape", constants::constant_of_shape),
    ("Expand", constants::expand),
    ("Shape", constants::shape),
    ("Equal", constants::equal),
    ("If", constants::branch),
    ("Identity", moves::same),
    ("Cast", moves::cast),
    ("Dropout", moves::dropout),
    ("Transpose", moves::transpose),
    ("Gather", parts::gather),
    ("Slice", parts::slice),
    ("Split", parts::split),
    ("Concat", moves::concat),
    ("OneHot", moves::one_hot),
    ("Reshape", shapes::reshape),
    ("Flatten", shapes::flatten),
    ("Squeeze", shapes::squeeze),
    ("Unsqueeze", shapes::unsqueeze),
    ("Gemm", linear::gemm),
    ("MatMul", linear::matmul),
    ("Add", linear::add),
    ("Sub", linear::subtract),
    ("Mul", linear::multiply),
    ("Div", linear::divide),
    ("ReduceMean", reading::mean),
    ("ReduceMax", reading::max),
    ("Softmax", reading::end),
    ("LogSoftmax", reading::end),
    ("Sigmoid", reading::end),
];
