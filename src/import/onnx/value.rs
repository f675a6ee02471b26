//! What a name of the graph stands for: numbers, sizes, or what the network makes of its input.

use super::array::Array;
use std::rc::Rc;

/// A number, or the size of an input axis that the file does not fix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    Number(f64),
    /// Of the axis with this number.
    Size(usize),
}

/// A value of the graph.
#[derive(Debug, Clone)]
pub enum Value {
    Constant(Rc<Array<f64>>),
    /// Sizes of which some are not fixed.
    Sizes(Array<Cell>),
    /// The same everywhere, in a shape that is not fixed: initial states.
    Filled(Cell),
    /// Whole numbers from outside.
    Tokens(Vec<Vec<Factor>>),
    Signal(Signal),
    /// An input that nothing is known to do with: its name.
    Unknown(String),
}

/// What an axis is made of; a reshape may merge several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Factor {
    /// An axis of the input: time or batch.
    Axis(usize),
    /// That many numbers.
    Data(usize),
}

/// Where the numbers of a signal come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// What the first layer reads.
    Input,
    /// The states of a layer: forward, then backward.
    Layer(usize),
}

/// At which steps a number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Every,
    First,
    Last,
    Mean,
    Max,
}

/// A number of a base at some step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub base: Base,
    pub when: When,
    pub unit: usize,
}

/// y = A s + b of the columns s; without A and b, the columns themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    pub columns: Vec<Column>,
    /// A [rows, columns], b [rows].
    pub affine: Option<(Vec<f64>, Vec<f64>)>,
}

impl Map {
    /// y.
    pub fn rows(&self) -> usize {
        self.affine.as_ref().map_or(self.columns.len(), |(_, bias)| bias.len())
    }

    /// Row of A and element of b.
    pub fn row(&self, row: usize) -> (Vec<f64>, f64) {
        let width = self.columns.len();
        match &self.affine {
            Some((matrix, bias)) => (
                matrix.get(row * width..(row + 1) * width).unwrap_or_default().to_vec(),
                bias.get(row).copied().unwrap_or_default(),
            ),
            None => ((0..width).map(|k| if k == row { 1.0 } else { 0.0 }).collect(), 0.0),
        }
    }

    /// y′ = W y[rows] + b, W [outputs, rows].
    pub fn product(&self, rows: &[usize], weight: &[f64], bias: Vec<f64>) -> Map {
        let (width, inputs) = (self.columns.len(), rows.len());
        let (mut matrix, mut sums) = (vec![0.0; bias.len() * width], bias);
        for (j, sum) in sums.iter_mut().enumerate() {
            let to = matrix.get_mut(j * width..(j + 1) * width).unwrap_or_default();
            for (k, row) in rows.iter().enumerate() {
                let w = weight.get(j * inputs + k).copied().unwrap_or_default();
                match &self.affine {
                    None => to[*row] += w,
                    Some((below, shift)) => {
                        to.iter_mut().zip(&below[row * width..]).for_each(|(a, b)| *a += w * b);
                        *sum += w * shift[*row];
                    }
                }
            }
        }
        Map { columns: self.columns.clone(), affine: Some((matrix, sums)) }
    }

    /// What `self` says, then what `other` says.
    pub fn and(&self, other: &Map) -> Map {
        let columns: Vec<Column> = self.columns.iter().chain(&other.columns).copied().collect();
        if self.affine.is_none() && other.affine.is_none() {
            return Map { columns, affine: None };
        }
        let (left, right) = (self.columns.len(), other.columns.len());
        let (mut matrix, mut sums) = (Vec::new(), Vec::new());
        for (map, before, after) in [(self, 0, right), (other, left, 0)] {
            for row in 0..map.rows() {
                let (weights, bias) = map.row(row);
                matrix.extend(std::iter::repeat_n(0.0, before).chain(weights).chain(std::iter::repeat_n(0.0, after)));
                sums.push(bias);
            }
        }
        Map { columns, affine: Some((matrix, sums)) }
    }
}

/// An array of rows of a map; axes of the input have extent 1 in it.
#[derive(Debug, Clone)]
pub struct Signal {
    pub axes: Vec<Vec<Factor>>,
    pub rows: Array<usize>,
    pub map: Rc<Map>,
    /// Softmax or Sigmoid, which end a network.
    pub ended: Option<String>,
}

/// Numbers that an axis of these factors holds for each place of the input.
pub fn extent(axis: &[Factor]) -> usize {
    axis.iter().map(|factor| if let Factor::Data(n) = factor { *n } else { 1 }).product()
}

impl Signal {
    /// Columns as they are, in order.
    pub fn new(axes: Vec<Vec<Factor>>, columns: Vec<Column>) -> Option<Signal> {
        let shape = axes.iter().map(|axis| extent(axis)).collect();
        let rows = Array::new(shape, (0..columns.len()).collect())?;
        Some(Signal { axes, rows, map: Rc::new(Map { columns, affine: None }), ended: None })
    }

    /// The columns that the cells read: those with any weight.
    pub fn columns(&self) -> Vec<Column> {
        let width = self.map.columns.len();
        let read = |k: &usize| {
            self.rows.cells().iter().any(|row| match &self.map.affine {
                Some((matrix, _)) => matrix.get(row * width + k).is_some_and(|w| *w != 0.0),
                None => row == k,
            })
        };
        (0..width).filter(read).filter_map(|k| self.map.columns.get(k).copied()).collect()
    }

    /// The same signal read at other steps.
    pub fn read(&self, when: When) -> Signal {
        let columns = self.map.columns.iter().map(|column| Column { when, ..*column }).collect();
        Signal { map: Rc::new(Map { columns, ..(*self.map).clone() }), ..self.clone() }
    }
}
