//! The walk through the graph, from its inputs to its output, in the order of the file.

use super::array::Array;
use super::call::{Call, place, refuse};
use super::model::{Graph, Info, Model, Node};
use super::ops::OPS;
use super::recurrent::Recurrent;
use super::tensor::{counts, decode};
use super::value::{Base, Cell, Column, Factor, Signal, Value, When};
use crate::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Numbers that all constants of a walk may hold, for each byte of the file, and beyond that.
const CELLS_PER_BYTE: usize = 4;
const CELLS: usize = 1 << 20;
/// Fixed size of an axis of the input; a larger one counts as not fixed.
const LONGEST: usize = 1 << 30;
/// Values a step that come in from outside.
const MOST_FEATURES: usize = 1 << 17;
const MOST_INPUTS: usize = 4096;

/// What the walk has found so far.
pub struct Walk<'a> {
    pub opset: i64,
    values: HashMap<&'a str, Value>,
    /// Sizes of the inputs' axes, where they are fixed.
    pub sizes: Vec<Option<usize>>,
    /// Which of them is time.
    pub time: Option<usize>,
    /// Numbers a step that the first layer reads before any folding; word vectors or values.
    pub features: Option<usize>,
    /// Word vectors [V, I].
    pub table: Option<Rc<Array<f64>>>,
    /// Tokens that are read one-hot: V.
    pub one_hot: bool,
    pub layers: Vec<Recurrent>,
    /// Cells that may still be made.
    budget: usize,
}

impl<'a> Walk<'a> {
    /// Goes as far as the first output.
    pub fn through(model: &'a Model<'a>, size: usize) -> Result<(Walk<'a>, Signal)> {
        let mut walk = Walk {
            opset: model.opset,
            values: HashMap::new(),
            sizes: Vec::new(),
            time: None,
            features: None,
            table: None,
            one_hot: false,
            layers: Vec::new(),
            budget: size.saturating_mul(CELLS_PER_BYTE).saturating_add(CELLS),
        };
        let graph = &model.graph;
        let output = graph
            .outputs
            .first()
            .ok_or_else(|| Error::file("GraphProto.output", "the graph has no output", super::protobuf::REMEDY))?;
        let fixed: HashSet<&str> = graph.initializers.iter().map(|tensor| tensor.name).collect();
        for input in graph.inputs.iter().filter(|input| !fixed.contains(input.name)) {
            let value = walk.input(input);
            // One input is read; others, such as initial states, must not be needed.
            let taken = walk.values.values().any(|value| !matches!(value, Value::Unknown(_)));
            let value = if taken { Value::Unknown(input.name.into()) } else { value };
            walk.values.insert(input.name, value);
        }
        walk.run(graph, &[output.name])?;
        match walk.values.remove(output.name) {
            Some(Value::Signal(signal)) => Ok((walk, signal)),
            _ => Err(Error::file(
                output.name,
                "the first output of the graph is not made from the states of a recurrent layer",
                "Export the model with its logits as the first output.",
            )),
        }
    }

    /// What comes from outside: tokens [.., ..] or values with the features last.
    fn input(&mut self, info: &Info) -> Value {
        let dims = info.dims.clone().unwrap_or_default();
        let first = self.sizes.len();
        let axis = |k: usize| vec![Factor::Axis(first + k)];
        let known = |n: &Option<i64>| n.and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= LONGEST);
        let value = match dims.len() {
            1 | 2 if counts(info.kind) => Value::Tokens((0..dims.len()).map(axis).collect()),
            rank @ (2 | 3) if !counts(info.kind) => {
                let features = dims.last().and_then(known).filter(|n| *n <= MOST_FEATURES);
                let Some(features) = features else { return Value::Unknown(info.name.into()) };
                let mut axes: Vec<Vec<Factor>> = (0..rank - 1).map(axis).collect();
                axes.push(vec![Factor::Data(features)]);
                self.features = self.features.or(Some(features));
                match Signal::new(axes, every(Base::Input, features)) {
                    Some(signal) => Value::Signal(signal),
                    None => Value::Unknown(info.name.into()),
                }
            }
            _ => Value::Unknown(info.name.into()),
        };
        self.sizes.extend(dims.iter().map(known));
        value
    }

    /// The nodes of a graph that `wanted` needs, and their values.
    pub fn run(&mut self, graph: &'a Graph<'a>, wanted: &[&'a str]) -> Result<()> {
        let mut needed: HashSet<&str> = wanted.iter().copied().collect();
        let mut run = vec![false; graph.nodes.len()];
        // The file's order is topological, so one pass from the end finds what is needed.
        for (node, run) in graph.nodes.iter().zip(&mut run).rev() {
            if node.outputs.iter().any(|name| !name.is_empty() && needed.contains(name)) {
                *run = true;
                needed.extend(node.inputs.iter().copied());
                node.attributes.iter().filter_map(|a| a.graph.as_ref()).for_each(|inner| names(inner, &mut needed));
            }
        }
        for tensor in graph.initializers.iter().filter(|tensor| needed.contains(tensor.name)) {
            let array = decode(tensor)?;
            self.spend(array.cells().len(), tensor.name)?;
            self.values.insert(tensor.name, Value::Constant(Rc::new(array)));
        }
        for (node, _) in graph.nodes.iter().zip(run).filter(|(_, run)| *run) {
            let outputs = self.step(node)?;
            for (name, value) in node.outputs.iter().zip(outputs) {
                let cells = match &value {
                    Value::Constant(array) => array.cells().len(),
                    Value::Signal(signal) => signal.rows.cells().len(),
                    _ => 1,
                };
                self.spend(cells, node.op)?;
                self.values.insert(name, value);
            }
        }
        Ok(())
    }

    fn step(&mut self, node: &'a Node<'a>) -> Result<Vec<Value>> {
        let known = || OPS.iter().map(|(op, _)| *op).collect::<Vec<_>>().join(", ");
        let op = OPS.iter().find(|(op, _)| *op == node.op && matches!(node.domain, "" | "ai.onnx"));
        let (_, op) = op.ok_or_else(|| {
            Error::unsupported(
                place(node),
                format!(
                    "the operation {}{}",
                    if node.domain.is_empty() { String::new() } else { format!("{}.", node.domain) },
                    node.op
                ),
                known(),
            )
        })?;
        if node.inputs.len() > MOST_INPUTS {
            return Err(refuse(node, format!("{} inputs", node.inputs.len()), format!("at most {MOST_INPUTS}")));
        }
        let input = |name: &&str| -> Result<Option<Value>> {
            if name.is_empty() {
                return Ok(None);
            }
            self.values.get(name).cloned().map(Some).ok_or_else(|| {
                Error::file(
                    place(node),
                    format!("its input `{name}` is made by no node before it"),
                    "The nodes must come in the order in which they are computed; onnx.checker.check_model names the fault.",
                )
            })
        };
        let inputs = node.inputs.iter().map(input).collect::<Result<Vec<_>>>()?;
        if let Some(name) =
            inputs.iter().flatten().find_map(|v| if let Value::Unknown(name) = v { Some(name) } else { None })
        {
            return Err(refuse(
                node,
                format!(
                    "reads the input `{name}`, which is neither tokens [batch, time] nor values [batch, time, features] with a fixed number of features; weights that come in as inputs are not in the file"
                ),
                "one input, and all weights stored in the file",
            ));
        }
        let mut call = Call { walk: self, node, inputs };
        op(&mut call)
    }

    /// Accounts for cells before they are made.
    pub fn spend(&mut self, cells: usize, place: &str) -> Result<()> {
        self.budget = self.budget.checked_sub(cells.max(1)).ok_or_else(|| {
            Error::file(
                place,
                "the graph makes far more numbers than the file holds",
                "Export the model again with constant folding.",
            )
        })?;
        Ok(())
    }

    /// Value of a name, for branches.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    /// Numbers a step of a base.
    pub fn width(&self, base: Base) -> usize {
        match base {
            Base::Input => self.features.unwrap_or(0),
            Base::Layer(l) => self.layers.get(l).map_or(0, Recurrent::width),
        }
    }

    /// Size of an axis, as far as it is fixed.
    pub fn size(&self, axis: &[Factor]) -> Option<Cell> {
        let mut size = 1usize;
        let mut open = None;
        for factor in axis {
            let known = match factor {
                Factor::Data(n) => Some(*n),
                Factor::Axis(k) => self.sizes.get(*k).copied().flatten(),
            };
            match (known, factor) {
                (Some(n), _) => size = size.checked_mul(n)?,
                (None, Factor::Axis(k)) if open.is_none() => open = Some(*k),
                _ => return None,
            }
        }
        match open {
            None => Some(Cell::Number(size as f64)),
            Some(k) => Some(Cell::Size(k)).filter(|_| size == 1),
        }
    }

    /// Is this the axis of time, and nothing else?
    pub fn is_time(&self, axis: &[Factor]) -> bool {
        self.time.is_some() && matches!(axis, [Factor::Axis(k)] if Some(*k) == self.time)
    }
}

/// Every name that a branch may take from around it.
fn names<'a>(graph: &'a Graph<'a>, to: &mut HashSet<&'a str>) {
    to.extend(graph.outputs.iter().map(|output| output.name));
    for node in &graph.nodes {
        to.extend(node.inputs.iter().copied());
        node.attributes.iter().filter_map(|a| a.graph.as_ref()).for_each(|inner| names(inner, to));
    }
}

/// All columns of a base at every step.
pub fn every(base: Base, width: usize) -> Vec<Column> {
    (0..width).map(|unit| Column { base, when: When::Every, unit }).collect()
}
