//! Conductance (Dhamdhere, Sundararajan & Yan 2018): how much of F(x) − F(x′) goes through each unit of a layer.

use super::super::Problem;
use super::panel::{Panel, Place};
use crate::cell::Scalar;
use crate::network::{Backward, Change, Forward, Inputs, Readout, Share};
use crate::{Error, Result};
use ndarray::{Array2, Axis};
use std::rc::Rc;

/// Panels at first, and most that are cut together.
const FIRST_PANELS: usize = 8;

/// What of a layer the score goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// h_t as the layer above or the head reads it: ∂F/∂h_t holds the layer's other outputs fixed, its own later steps
    /// included. All that F knows of x goes through these outputs once, so the sum over all steps and units is
    /// F(x) − F(x′).
    Output,
    /// (h_t, c_t) with every way on from there, the layer's own later steps included: what is in the memory at each
    /// step. The same evidence is met again at every step that carries it: add units, not steps. In a network of one
    /// layer that is read at its end, the sum over the units at step t is what integrated gradients give to the steps
    /// read up to t.
    Memory,
}

/// The answer for one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Conductance {
    /// Of every unit at every step, forward units first, [T, D·H].
    pub scores: Array2<f64>,
    /// F(x).
    pub score: f64,
    /// F(x′).
    pub baseline_score: f64,
    /// What the points on the way missed. Through the outputs: F(x) − F(x′) − Σ scores. Of the memory, whose scores have
    /// no such sum: F(x) − F(x′) less the slope of F, summed over the same points.
    pub gap: f64,
    /// Points on the way: forward and backward evaluations.
    pub evaluations: usize,
    /// Every piece of the way came within the tolerance.
    pub converged: bool,
}

impl Conductance {
    /// Of every unit over all steps, [D·H].
    pub fn units(&self) -> Vec<f64> {
        self.scores.sum_axis(Axis(0)).to_vec()
    }

    /// Of all units at every step, [T].
    pub fn steps(&self) -> Vec<f64> {
        self.scores.sum_axis(Axis(1)).to_vec()
    }
}

/// Work under way.
///
/// Cond(t, k) = ∫₀¹ ∂F/∂h_t^k · dh_t^k/dα dα on the straight way x(α) = x′ + α (x − x′); [`Through`] says which ∂F/∂h. The
/// error of each piece of the way is known, since F is: a piece that is not within its share of the tolerance is cut in
/// two, as long as the budget lasts.
pub struct ConductanceJob<R: 'static> {
    problem: Problem<R>,
    layer: usize,
    through: Through,
    score: f64,
    baseline_score: f64,
    /// Allowed |error| of a piece: of one that is the whole way, and of any.
    allowed: (f64, f64),
    budget: usize,
    stage: Stage<R>,
    /// Panels to be judged.
    waiting: Vec<Panel<R>>,
    /// Panels being cut, with two points each in `next`.
    cut: Vec<Panel<R>>,
    /// α to be evaluated in this batch.
    next: Vec<f64>,
    /// Evaluated points of the batch.
    places: Vec<Rc<Place<R>>>,
    sum: Array2<f64>,
    gap: f64,
    evaluations: usize,
    converged: bool,
}

enum Stage<R: 'static> {
    Between,
    Forward(Forward<R>),
    /// Units that are left.
    Backward(Rc<Forward<R>>, Backward<R>, usize),
    /// Rows that are left to be read.
    Reading(Rc<Forward<R>>, Backward<R>, usize),
}

impl<R: Scalar> ConductanceJob<R> {
    /// Of what goes `through` a layer; the target is any score read from or above it. `tolerance` is a share of
    /// F(x) − F(x′), `budget` the number of points after which nothing more is cut; the first 17 are always used.
    pub fn new(
        problem: Problem<R>,
        layer: usize,
        through: Through,
        tolerance: f64,
        budget: usize,
    ) -> Result<ConductanceJob<R>> {
        let (score, baseline_score) = problem.scores()?;
        let network = &problem.pair.input.network;
        let Some(spec) = network.layers.get(layer) else {
            return Err(Error::request("layer", format!("between 1 and {}", network.layers.len()), layer + 1));
        };
        if problem.target.readout == Readout::Hidden && network.place(problem.target.d).0 < layer {
            return Err(Error::request(
                "layer",
                "that of the hidden unit or one below it: nothing of it goes through a layer above",
                layer + 1,
            ));
        }
        // Sums over a way of T steps cannot be closer than the rounding of the score itself.
        let rounding = if R::NAME == "f32" { 2e-6 } else { 1e-14 } * (score.abs() + baseline_score.abs()).max(1.0);
        let allowed = (tolerance * (score - baseline_score).abs(), rounding);
        let sum = Array2::zeros((problem.pair.input.steps(), spec.directions.len() * spec.hidden));
        let next = (0..=2 * FIRST_PANELS).map(|n| n as f64 / (2 * FIRST_PANELS) as f64).collect();
        let (stage, waiting, cut, places) = (Stage::Between, Vec::new(), Vec::new(), Vec::new());
        Ok(ConductanceJob {
            problem,
            layer,
            through,
            score,
            baseline_score,
            allowed,
            budget,
            stage,
            waiting,
            cut,
            next,
            places,
            sum,
            gap: 0.0,
            evaluations: 0,
            converged: true,
        })
    }

    /// Points evaluated so far.
    pub fn done(&self) -> usize {
        self.evaluations
    }

    /// Does one unit (a step of a layer for a batch of points); false when nothing is left.
    pub fn advance(&mut self) -> bool {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::Between => {
                let rows =
                    self.problem.next_rows(self.next.len() - self.places.len(), self.evaluations + self.places.len());
                if rows == 0 {
                    return false;
                }
                let changes =
                    self.next[self.places.len()..][..rows].iter().map(|alpha| Change::Blend(*alpha)).collect();
                let pair = self.problem.pair.clone();
                Stage::Forward(Forward::new(
                    pair.input.network.clone(),
                    Inputs::Variants(pair, changes),
                    self.problem.steps(),
                ))
            }
            Stage::Forward(mut forward) => {
                if forward.advance() {
                    Stage::Forward(forward)
                } else {
                    self.differentiate(Rc::new(forward))
                }
            }
            Stage::Backward(forward, backward, 0) => {
                let rows = forward.records.rows;
                Stage::Reading(forward, backward, rows)
            }
            Stage::Backward(forward, mut backward, left) => {
                backward.advance();
                Stage::Backward(forward, backward, left - 1)
            }
            Stage::Reading(_, _, 0) => {
                self.settle();
                Stage::Between
            }
            Stage::Reading(forward, backward, left) => {
                let row = forward.records.rows - left;
                let alpha = self.next[self.places.len()];
                self.places.push(Rc::new(Place::read(&forward, &backward, self.layer, self.through, row, alpha)));
                self.evaluations += 1;
                Stage::Reading(forward, backward, left - 1)
            }
        };
        true
    }

    fn differentiate(&self, forward: Rc<Forward<R>>) -> Stage<R> {
        let rows = forward.records.rows;
        let backward =
            Backward::new(forward.clone(), &self.problem.target, vec![Share { group: 0, weight: 0.0 }; rows], 1);
        match self.through {
            Through::Output => {
                // What lies below the layer's outputs is not differentiated.
                let directions: usize =
                    forward.network.layers.iter().skip(self.layer + 1).map(|layer| layer.directions.len()).sum();
                Stage::Backward(forward, backward, directions * self.problem.steps())
            }
            Through::Memory => {
                let backward = backward.keeping(self.layer);
                let units = backward.total();
                Stage::Backward(forward, backward, units)
            }
        }
    }

    /// Accepts the panels that are known well enough, and cuts the others in two.
    fn settle(&mut self) {
        if self.places.len() < self.next.len() {
            return;
        }
        let places = std::mem::take(&mut self.places);
        self.next.clear();
        if self.cut.is_empty() {
            // The first batch: neighbouring panels share a point.
            self.waiting = places
                .windows(3)
                .step_by(2)
                .map(|three| Panel([three[0].clone(), three[1].clone(), three[2].clone()]))
                .collect();
        }
        for (panel, middles) in self.cut.drain(..).zip(places.chunks_exact(2)) {
            self.waiting.extend(panel.halves(&middles[0], &middles[1]));
        }
        let hidden = self.problem.pair.input.network.layers[self.layer].hidden;
        let states = if self.through == Through::Memory { 2 } else { 1 };
        // The last first, and few at a time: not many points have to be kept.
        while self.next.len() < 2 * FIRST_PANELS {
            let Some(panel) = self.waiting.pop() else { return };
            let gap = panel.gap(self.through);
            let fine = gap.abs() <= (self.allowed.0 * panel.length()).max(self.allowed.1);
            if fine || self.evaluations + self.next.len() + 2 > self.budget {
                self.converged &= fine;
                self.gap += gap;
                panel.add_to(&mut self.sum, hidden, states);
            } else {
                self.next.extend(panel.middles());
                self.cut.push(panel);
            }
        }
    }

    /// The answer so far; complete when [`ConductanceJob::advance`] says so.
    pub fn answer(&self) -> Conductance {
        let gap = match self.through {
            Through::Output => self.score - self.baseline_score - self.sum.sum(),
            Through::Memory => self.gap,
        };
        Conductance {
            gap,
            scores: self.sum.clone(),
            score: self.score,
            baseline_score: self.baseline_score,
            evaluations: self.evaluations,
            converged: self.converged,
        }
    }
}
