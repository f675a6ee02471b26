//! A forward pass over variants and the backward pass that follows it.

use crate::cell::Scalar;
use crate::network::{Backward, Change, Forward, Inputs, Pair, Share, Target, Trace};
use ndarray::Array2;
use std::rc::Rc;

/// Forward, then backward.
pub(super) struct GradientPass<R: 'static> {
    stage: Stage<R>,
    target: Target,
    shares: Vec<Share>,
    groups: usize,
}

enum Stage<R: 'static> {
    Forward(Forward<R>),
    Backward(Backward<R>),
    Between,
}

impl<R: Scalar> GradientPass<R> {
    /// Over variants of a pair: one change and one share a row.
    pub(super) fn new(
        pair: &Rc<Pair<R>>,
        steps: usize,
        target: Target,
        changes: Vec<Change>,
        shares: Vec<Share>,
        groups: usize,
    ) -> GradientPass<R> {
        let forward = Forward::new(pair.input.network.clone(), Inputs::Variants(pair.clone(), changes), steps);
        GradientPass { stage: Stage::Forward(forward), target, shares, groups }
    }

    /// Over other inputs that agree with a traced one before step `from`: one array and one share a row.
    pub(super) fn of_rows(
        trace: &Rc<Trace<R>>,
        from: usize,
        steps: usize,
        target: Target,
        rows: Vec<Array2<R>>,
        shares: Vec<Share>,
        groups: usize,
    ) -> GradientPass<R> {
        let forward = Forward::new(trace.network.clone(), Inputs::Many(trace.clone(), from, rows), steps);
        GradientPass { stage: Stage::Forward(forward), target, shares, groups }
    }

    /// Over a trace that has been run: backward only.
    pub(super) fn of_trace(pair: &Rc<Pair<R>>, target: Target) -> GradientPass<R> {
        let forward = Forward::of(&pair.input);
        let shares = vec![Share { group: 0, weight: 1.0 }];
        GradientPass {
            stage: Stage::Backward(Backward::new(Rc::new(forward), &target, shares.clone(), 1)),
            target,
            shares,
            groups: 1,
        }
    }

    /// Units of work in all.
    pub(super) fn total(&self) -> usize {
        match &self.stage {
            Stage::Forward(forward) => 2 * forward.total(),
            Stage::Backward(backward) => backward.total(),
            Stage::Between => 0,
        }
    }

    /// Does one unit; false when nothing is left.
    pub(super) fn advance(&mut self) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::Forward(mut forward) => {
                let more = forward.advance();
                self.stage = if more {
                    Stage::Forward(forward)
                } else {
                    Stage::Backward(Backward::new(
                        Rc::new(forward),
                        &self.target,
                        std::mem::take(&mut self.shares),
                        self.groups,
                    ))
                };
                true
            }
            Stage::Backward(mut backward) => {
                let more = backward.advance();
                self.stage = Stage::Backward(backward);
                more
            }
            Stage::Between => false,
        }
    }

    /// Gradient sums [T, I] of the groups, scores and slopes of the rows.
    pub(super) fn finish(mut self) -> (Vec<Array2<R>>, Vec<f64>, Vec<f64>) {
        while self.advance() {}
        match self.stage {
            Stage::Backward(backward) => backward.finish(),
            _ => (Vec::new(), Vec::new(), Vec::new()),
        }
    }
}
