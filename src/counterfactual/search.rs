//! The smallest edit that flips: a beam over places, proposed by gradients, decided by runs, pruned, made smaller.
//!
//! Nothing in it is random: the same input and limits give the same edit.

use super::{Contrast, Edit, Runs, Space};
use crate::network::{Backward, Forward, Inputs, Share, Trace};
use crate::{Error, Result};
use ndarray::{Array2, s};
use std::rc::Rc;

/// Sets of edits that are followed at once, and edits that are tried on each.
const BEAM: usize = 3;
const TRIED: usize = 96;
/// Smaller edits of one place that are tried.
const SMALLER: usize = 32;

/// What a search may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Inputs that are run.
    pub runs: usize,
    /// Places that are changed.
    pub edits: usize,
}

/// What was found: an edit that flips, or the one that came nearest.
#[derive(Debug, Clone, PartialEq)]
pub struct Turned {
    /// None is idle where it flips; empty before anything came nearer.
    pub edits: Vec<Edit>,
    /// [C] after it.
    pub logits: Vec<f32>,
    /// Does it flip?
    pub flips: bool,
    /// Inputs that were run.
    pub runs: usize,
}

/// A search under way.
pub struct Search {
    trace: Rc<Trace<f32>>,
    space: Rc<dyn Space>,
    contrast: Contrast,
    limits: Limits,
    reach: usize,
    beam: Vec<Vec<Edit>>,
    best: Turned,
    stage: Stage,
}

enum Stage {
    Forward(Forward<f32>),
    Backward(Backward<f32>),
    Try(Runs),
    /// Each edit is taken away in turn; afterwards those from this one on are made smaller.
    Prune(Runs, usize),
    Shrink(Runs, usize),
    Done,
}

impl Search {
    /// For the traced input, of which the first `reach` steps can matter.
    pub fn new(
        trace: Rc<Trace<f32>>,
        space: Rc<dyn Space>,
        contrast: Contrast,
        reach: usize,
        limits: Limits,
    ) -> Result<Search> {
        if limits.edits == 0 {
            return Err(Error::request("number of edits", "at least 1", 0));
        }
        let least = 16 + Self::reserve(limits.edits);
        if limits.runs < least {
            return Err(Error::request(
                "budget",
                format!("at least {least} runs for {} edits", limits.edits),
                limits.runs,
            ));
        }
        if reach == 0 || reach > trace.steps() || contrast.step >= reach {
            return Err(Error::request("time step", format!("between 1 and {}", trace.steps()), contrast.step + 1));
        }
        let logits = trace.logits_at(contrast.step).to_vec();
        let best = Turned { edits: Vec::new(), flips: contrast.flipped(&logits), logits, runs: 0 };
        let mut search =
            Search { trace, space, contrast, limits, reach, beam: vec![Vec::new()], best, stage: Stage::Done };
        search.slope();
        Ok(search)
    }

    /// Runs that are kept back so that what is found can be pruned, twice.
    fn reserve(edits: usize) -> usize {
        edits * (edits + 1)
    }

    /// What is known so far.
    pub fn found(&self) -> &Turned {
        &self.best
    }

    /// Runs done, and the most there can be.
    pub fn progress(&self) -> (usize, usize) {
        (self.best.runs, self.limits.runs)
    }

    fn left(&self) -> usize {
        self.limits.runs.saturating_sub(self.best.runs + Self::reserve(self.limits.edits))
    }

    /// ∂m/∂x after the edits of every set of the beam.
    fn slope(&mut self) {
        if self.left() <= self.beam.len() {
            self.stage = Stage::Done;
            return;
        }
        let input = |edits: &Vec<Edit>| self.space.edited(edits).slice(s![..self.reach, ..]).to_owned();
        let rows: Vec<Array2<f32>> = self.beam.iter().map(input).collect();
        self.best.runs += rows.len();
        let inputs = Inputs::Many(self.trace.clone(), 0, rows);
        self.stage = Stage::Forward(Forward::new(self.trace.network.clone(), inputs, self.reach));
    }

    fn runs(&mut self, variants: Vec<Vec<Edit>>) -> Runs {
        self.best.runs += variants.len();
        Runs::new(self.trace.clone(), self.space.clone(), variants, self.reach, self.contrast.step)
    }

    /// What the gradients propose, each set once.
    fn propose(&mut self, slopes: Vec<Array2<f32>>) {
        let sign = self.contrast.slope().1;
        let most = TRIED * if self.beam.len() == 1 { 4 } else { 1 };
        let mut variants: Vec<Vec<Edit>> = Vec::new();
        for (edits, slope) in self.beam.iter().zip(slopes) {
            for edit in self.space.proposals(edits, &slope.mapv(|g| g * sign), most) {
                let more: Vec<Edit> = edits.iter().copied().chain([edit]).collect();
                let known = |other: &Vec<Edit>| other.len() == more.len() && more.iter().all(|e| other.contains(e));
                if !variants.iter().any(known) {
                    variants.push(more);
                }
            }
        }
        variants.truncate(self.left());
        self.stage = if variants.is_empty() { Stage::Done } else { Stage::Try(self.runs(variants)) };
    }

    fn size(&self, edits: &[Edit]) -> f64 {
        edits.iter().map(|edit| self.space.size(edit)).sum()
    }

    /// Of the finished runs the place and logits of the smallest set that flips; of equal ones the most decided.
    fn smallest(&self, runs: &Runs) -> Option<(usize, Vec<f32>)> {
        let logits = runs.logits().iter().enumerate().filter_map(|(k, logits)| Some((k, logits.clone()?)));
        let key = |(k, logits): &(usize, Vec<f32>)| (self.size(&runs.variants()[*k]), self.contrast.margin(logits));
        let flips = logits.filter(|(_, logits)| self.contrast.flipped(logits));
        flips.min_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
    }

    fn tried(&mut self, runs: &Runs) {
        if let Some((k, logits)) = self.smallest(runs) {
            (self.best.edits, self.best.logits, self.best.flips) = (runs.variants()[k].clone(), logits, true);
            return self.prune(0);
        }
        let margin = |k: usize| runs.logits()[k].as_ref().map_or(f64::INFINITY, |logits| self.contrast.margin(logits));
        let falls: Vec<f64> = (0..runs.variants().len()).map(|k| -margin(k)).collect();
        let order = crate::math::descending(&falls);
        self.beam = order.iter().take(BEAM).map(|k| runs.variants()[*k].clone()).collect();
        if let Some(k) = order.first().filter(|k| -falls[**k] < self.contrast.margin(&self.best.logits)) {
            self.best.edits = runs.variants()[*k].clone();
            self.best.logits = runs.logits()[*k].clone().unwrap_or_default();
        }
        if self.beam.first().is_none_or(|edits| edits.len() >= self.limits.edits) {
            self.stage = Stage::Done;
        } else {
            self.slope();
        }
    }

    /// Takes each edit away; those from `next` on can still be made smaller.
    fn prune(&mut self, next: usize) {
        let edits = &self.best.edits;
        if edits.len() < 2 {
            return self.shrink(next);
        }
        let without = |k: usize| edits.iter().enumerate().filter(|(n, _)| *n != k).map(|(_, edit)| *edit).collect();
        let variants = (0..edits.len()).map(without).collect();
        self.stage = Stage::Prune(self.runs(variants), next);
    }

    fn pruned(&mut self, runs: &Runs, next: usize) {
        match self.smallest(runs) {
            Some((k, logits)) => {
                // Another set: what is left may be made smaller anew.
                (self.best.edits, self.best.logits) = (runs.variants()[k].clone(), logits);
                self.prune(next.min(self.best.edits.len()));
            }
            None => self.shrink(next),
        }
    }

    fn shrink(&mut self, next: usize) {
        let Some(edit) = self.best.edits.get(next) else {
            self.stage = Stage::Done;
            return;
        };
        let smaller = self.space.smaller(edit, SMALLER.min(self.left()));
        let with = |other: Edit| {
            let mut edits = self.best.edits.clone();
            edits[next] = other;
            edits
        };
        let variants: Vec<Vec<Edit>> = smaller.into_iter().map(with).collect();
        if variants.is_empty() {
            return self.shrink(next + 1);
        }
        self.stage = Stage::Shrink(self.runs(variants), next);
    }

    fn shrunk(&mut self, runs: &Runs, next: usize) {
        if let Some((k, logits)) = self.smallest(runs) {
            (self.best.edits, self.best.logits) = (runs.variants()[k].clone(), logits);
        }
        if next + 1 < self.best.edits.len() {
            self.shrink(next + 1);
        } else {
            self.prune(next + 1);
        }
    }

    /// Does one unit; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Forward(mut forward) => {
                self.stage = if forward.advance() {
                    Stage::Forward(forward)
                } else {
                    let (rows, target) = (self.beam.len(), self.contrast.slope().0);
                    Stage::Backward(Backward::new(Rc::new(forward), &target, Share::apart(rows), rows))
                };
            }
            Stage::Backward(mut backward) => {
                if backward.advance() {
                    self.stage = Stage::Backward(backward);
                } else {
                    self.propose(backward.finish().0);
                }
            }
            Stage::Try(mut runs) => {
                if runs.advance() {
                    self.stage = Stage::Try(runs);
                } else {
                    self.tried(&runs);
                }
            }
            Stage::Prune(mut runs, next) => {
                if runs.advance() {
                    self.stage = Stage::Prune(runs, next);
                } else {
                    self.pruned(&runs, next);
                }
            }
            Stage::Shrink(mut runs, next) => {
                if runs.advance() {
                    self.stage = Stage::Shrink(runs, next);
                } else {
                    self.shrunk(&runs, next);
                }
            }
            Stage::Done => return false,
        }
        true
    }
}
