//! What a pass recorded: every quantity of every cell, for B rows.

use super::Layer;
use crate::math::Real;
use std::ops::Range;
use std::rc::Rc;

/// For each d (layer × direction): [T, B, R·H] in the input's own time order, hidden state last.
pub struct Records<R> {
    /// B.
    pub rows: usize,
    /// T.
    pub steps: usize,
    pub(super) data: Vec<Vec<R>>,
    /// R·H of each d.
    pub(super) width: Vec<usize>,
    /// H of each d.
    pub(super) hidden: Vec<usize>,
    /// Steps that were computed, for each d; elsewhere every row equals `base`.
    pub(super) computed: Vec<Range<usize>>,
    /// The pass, of one row, that stands in where nothing was computed.
    pub(super) base: Option<Rc<Records<R>>>,
}

impl<R: Real> Records<R> {
    /// Room for the computed steps of every d.
    pub(super) fn new(
        layers: &[Layer<R>],
        rows: usize,
        steps: usize,
        computed: Vec<Range<usize>>,
        base: Option<Rc<Records<R>>>,
    ) -> Records<R>
    where
        R: crate::cell::Scalar,
    {
        let each = || layers.iter().flat_map(|layer| layer.directions.iter().map(move |_| layer));
        let width: Vec<usize> = each().map(Layer::width).collect();
        let data =
            width.iter().zip(&computed).map(|(width, range)| vec![R::ZERO; range.len() * rows * width]).collect();
        Records { rows, steps, data, width, hidden: each().map(|layer| layer.hidden).collect(), computed, base }
    }

    /// [B, R·H] of a step, if it was computed.
    pub fn step(&self, d: usize, t: usize) -> Option<&[R]> {
        let range = &self.computed[d];
        range
            .contains(&t)
            .then(|| &self.data[d][(t - range.start) * self.rows * self.width[d]..][..self.rows * self.width[d]])
    }

    /// The record of one row at one step, [R·H].
    pub fn row(&self, d: usize, t: usize, b: usize) -> &[R] {
        match (self.step(d, t), &self.base) {
            (Some(step), _) => &step[b * self.width[d]..][..self.width[d]],
            (None, Some(base)) => base.row(d, t, 0),
            (None, None) => &[],
        }
    }

    /// h of one row at one step, [H].
    pub fn hidden_state(&self, d: usize, t: usize, b: usize) -> &[R] {
        let row = self.row(d, t, b);
        &row[row.len() - self.hidden[d]..]
    }
}
