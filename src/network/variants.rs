//! Many variants of one input: what integration steps and occlusions are made of, and what they share.

use super::{Coalition, Network, Trace};
use crate::cell::Scalar;
use crate::math::Matrix;
use ndarray::Array2;
use std::ops::Range;
use std::rc::Rc;

/// An input and its baseline, both traced: T and I are the same.
pub struct Pair<R: 'static> {
    /// What is explained.
    pub input: Rc<Trace<R>>,
    /// What it is compared with.
    pub baseline: Rc<Trace<R>>,
}

/// How one variant differs from the input.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// x' + α (x − x').
    Blend(f64),
    /// One step is the baseline's.
    Step(usize),
    /// One feature is the baseline's, at every step.
    Feature(usize),
    /// One feature is the baseline's at one step: (t, i).
    Cell(usize, usize),
    /// Some parts are the input's, the others the baseline's.
    Keep(Rc<Coalition>),
}

impl Change {
    /// The steps at which the variant can differ from the input.
    fn span(&self, steps: usize) -> Range<usize> {
        match self {
            Change::Blend(_) | Change::Feature(_) => 0..steps,
            Change::Step(t) | Change::Cell(t, _) => *t..t + 1,
            Change::Keep(coalition) => coalition.span(steps),
        }
    }

    /// Is the value of feature k at step t the input's? None: it is neither the input's nor the baseline's.
    pub(super) fn keeps(&self, t: usize, k: usize) -> Option<bool> {
        match self {
            Change::Blend(_) => None,
            Change::Step(s) => Some(*s != t),
            Change::Feature(feature) => Some(*feature != k),
            Change::Cell(s, feature) => Some((*s, *feature) != (t, k)),
            Change::Keep(coalition) => Some(coalition.keeps(t, k)),
        }
    }

    /// Are the features of a step all the input's or all the baseline's?
    pub(super) fn by_step(&self) -> bool {
        match self {
            Change::Step(_) => true,
            Change::Keep(coalition) => matches!(**coalition, Coalition::Steps(_)),
            Change::Blend(_) | Change::Feature(_) | Change::Cell(..) => false,
        }
    }
}

/// The inputs of a pass.
pub enum Inputs<R: 'static> {
    /// One input, [T, I].
    Plain(Array2<R>),
    /// B variants of an input, one row each.
    Variants(Rc<Pair<R>>, Vec<Change>),
    /// Whole other inputs, one a row, that agree with a traced one before a step: theirs from there on, [T − from, I].
    Many(Rc<Trace<R>>, usize, Vec<Array2<R>>),
}

impl<R: Scalar> Inputs<R> {
    /// B.
    pub fn rows(&self) -> usize {
        match self {
            Inputs::Plain(_) => 1,
            Inputs::Variants(_, changes) => changes.len(),
            Inputs::Many(_, _, rows) => rows.len(),
        }
    }

    /// The steps at which any row can differ from the input that the variants share.
    pub(super) fn span(&self, steps: usize) -> Range<usize> {
        match self {
            Inputs::Plain(_) => 0..steps,
            Inputs::Many(_, from, _) => *from..steps,
            Inputs::Variants(_, changes) => {
                let spans = changes.iter().map(|change| change.span(steps));
                spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..steps)
            }
        }
    }

    /// x_t of every row, [B, I], before attention.
    pub(super) fn write(&self, t: usize, out: &mut [R]) {
        match self {
            Inputs::Plain(x) => {
                out.copy_from_slice(&x.as_slice().unwrap_or_default()[t * out.len()..(t + 1) * out.len()])
            }
            Inputs::Many(trace, from, rows) => {
                for (out, row) in out.chunks_exact_mut(trace.x.ncols()).zip(rows) {
                    match t.checked_sub(*from) {
                        Some(t) => out.iter_mut().zip(row.row(t)).for_each(|(out, x)| *out = *x),
                        None => out.copy_from_slice(trace.input_at(t)),
                    }
                }
            }
            Inputs::Variants(pair, changes) => {
                let (x, other) = (pair.input.input_at(t), pair.baseline.input_at(t));
                for (row, change) in out.chunks_exact_mut(x.len()).zip(changes) {
                    if let Change::Blend(alpha) = change {
                        let alpha = R::from_f64(*alpha);
                        for k in 0..x.len() {
                            row[k] = other[k] + alpha * (x[k] - other[k]);
                        }
                    } else {
                        for k in 0..x.len() {
                            row[k] = if change.keeps(t, k) == Some(true) { x[k] } else { other[k] };
                        }
                    }
                }
            }
        }
    }

    /// W_x x_t + b_x of the first layer in one direction at some steps, [steps, B, G·H] or of the first rows that `out`
    /// has room for: computed once for input and baseline and mixed.
    pub(super) fn write_projections(
        &self,
        network: &Network<R>,
        direction: usize,
        steps: Range<usize>,
        scratch: &mut Vec<R>,
        out: &mut [R],
    ) {
        let weights = &network.layers[0].directions[direction];
        let (features, step_size) = (network.features(), out.len() / steps.len());
        if let (Inputs::Variants(pair, changes), None) = (self, &network.attention) {
            for (t, out) in steps.zip(out.chunks_exact_mut(step_size)) {
                mix(pair, changes, &weights.input[0], direction, t, out);
            }
            return;
        }
        let rows = out.len() / weights.bias.len();
        scratch.clear();
        scratch.resize(2 * rows * features, R::ZERO);
        let (x, alpha) = scratch.split_at_mut(rows * features);
        let in_step = rows / steps.len() * features;
        steps.zip(x.chunks_exact_mut(in_step)).for_each(|(t, x)| self.write(t, x));
        if let Some(attention) = &network.attention {
            attention.apply(x, alpha);
        }
        for row in out.chunks_exact_mut(weights.bias.len()) {
            row.copy_from_slice(&weights.bias);
        }
        // One-hot rows: the columns that are not zero are all that counts.
        let sparse = x.iter().filter(|x| **x != R::ZERO).count() * 8 < x.len();
        if sparse {
            for (x, out) in x.chunks_exact(features).zip(out.chunks_exact_mut(weights.bias.len())) {
                x.iter()
                    .enumerate()
                    .filter(|(_, x)| **x != R::ZERO)
                    .for_each(|(k, x)| weights.input[0].add_column(k, *x, out));
            }
        } else {
            weights.input[0].add_product(x, features, out, weights.bias.len(), rows);
        }
    }
}

/// The projections of variants at the step t, [B, G·H], mixed of those of input and baseline.
fn mix<R: Scalar>(pair: &Pair<R>, changes: &[Change], weights: &Matrix<R>, direction: usize, t: usize, out: &mut [R]) {
    let (p, q) = (pair.input.projection_at(direction, t), pair.baseline.projection_at(direction, t));
    let (x, y) = (pair.input.input_at(t), pair.baseline.input_at(t));
    for (row, change) in out.chunks_exact_mut(p.len()).zip(changes) {
        let kept = |k: usize| change.keeps(t, k) == Some(true);
        match change {
            Change::Blend(alpha) => {
                let alpha = R::from_f64(*alpha);
                for k in 0..p.len() {
                    row[k] = q[k] + alpha * (p[k] - q[k]);
                }
            }
            _ if change.by_step() => row.copy_from_slice(if kept(0) { p } else { q }),
            Change::Cell(s, _) if *s != t => row.copy_from_slice(p),
            // A step that is wholly the baseline's has the baseline's bits.
            _ if (0..x.len()).all(|k| x[k] == y[k] || !kept(k)) => row.copy_from_slice(q),
            // Else always from the input's side: what a feature adds is then the same in every coalition.
            _ => {
                row.copy_from_slice(p);
                for k in (0..x.len()).filter(|k| x[*k] != y[*k] && !kept(*k)) {
                    weights.add_column(k, y[k] - x[k], row);
                }
            }
        }
    }
}
