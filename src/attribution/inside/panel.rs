//! Three points of the way from the baseline to the input, and what goes through a layer between them.

use super::super::memory::quantity;
use super::Through;
use crate::cell::Scalar;
use crate::network::{Backward, Forward};
use ndarray::Array2;
use std::rc::Rc;

/// One evaluated point.
pub(super) struct Place<R> {
    alpha: f64,
    score: f64,
    /// dF/dα; known if the pass went down to the inputs.
    slope: f64,
    /// h, or h and c, of each direction: [T, D, S, H].
    states: Vec<R>,
    /// ∂F/∂ of them.
    gradients: Vec<R>,
}

impl<R: Scalar> Place<R> {
    /// One row of a pass, as far as it was run; steps after the target's are left out.
    pub(super) fn read(
        forward: &Forward<R>,
        backward: &Backward<R>,
        layer: usize,
        through: Through,
        b: usize,
        alpha: f64,
    ) -> Place<R> {
        let (records, network) = (&forward.records, &forward.network);
        let spec = &network.layers[layer];
        let (hidden, rows) = (spec.hidden, records.rows);
        let cell = quantity(spec, "cell_state").map(|cell| cell * hidden);
        let (mut states, mut gradients) = (Vec::new(), Vec::new());
        for t in 0..records.steps {
            for direction in 0..spec.directions.len() {
                let d = network.index(layer, direction);
                states.extend_from_slice(records.hidden_state(d, t, b));
                match through {
                    Through::Output => {
                        gradients.extend_from_slice(&backward.by_output(d)[(t * rows + b) * hidden..][..hidden])
                    }
                    Through::Memory => {
                        match cell {
                            Some(cell) => states.extend_from_slice(&records.row(d, t, b)[cell..cell + hidden]),
                            None => states.resize(states.len() + hidden, R::ZERO),
                        }
                        gradients.extend_from_slice(
                            &backward.by_state(direction)[(t * rows + b) * 2 * hidden..][..2 * hidden],
                        );
                    }
                }
            }
        }
        Place { alpha, score: backward.scores[b], slope: backward.slopes[b], states, gradients }
    }

    /// ½ (g + g′) (s′ − s) of one state, up to the place `to`.
    fn trapezium(&self, to: &Place<R>, n: usize) -> f64 {
        0.5 * (self.gradients[n].to_f64() + to.gradients[n].to_f64())
            * (to.states[n].to_f64() - self.states[n].to_f64())
    }
}

/// Two ends and their middle.
pub(super) struct Panel<R>(pub(super) [Rc<Place<R>>; 3]);

impl<R: Scalar> Panel<R> {
    /// Of the way, which is 1 long.
    pub(super) fn length(&self) -> f64 {
        self.0[2].alpha - self.0[0].alpha
    }

    /// α of the middles of both halves.
    pub(super) fn middles(&self) -> [f64; 2] {
        let [from, middle, to] = &self.0;
        [f64::midpoint(from.alpha, middle.alpha), f64::midpoint(middle.alpha, to.alpha)]
    }

    /// Both halves, once their middles were evaluated.
    pub(super) fn halves(&self, first: &Rc<Place<R>>, second: &Rc<Place<R>>) -> [Panel<R>; 2] {
        let [from, middle, to] = &self.0;
        [Panel([from.clone(), first.clone(), middle.clone()]), Panel([middle.clone(), second.clone(), to.clone()])]
    }

    /// ∫ g ds of one state by Richardson's step (4 S₂ − S₁) / 3 from one trapezium and two: exact if g is a quadratic
    /// function of s.
    fn integral(&self, n: usize) -> f64 {
        let [from, middle, to] = &self.0;
        (4.0 * (from.trapezium(middle, n) + middle.trapezium(to, n)) - from.trapezium(to, n)) / 3.0
    }

    /// F(b) − F(a) less what these points add up to: all states, or for a memory the slope of F by Simpson's rule.
    pub(super) fn gap(&self, through: Through) -> f64 {
        let [from, middle, to] = &self.0;
        let known: f64 = match through {
            Through::Output => (0..from.states.len()).map(|n| self.integral(n)).sum(),
            Through::Memory => self.length() * (from.slope + 4.0 * middle.slope + to.slope) / 6.0,
        };
        to.score - from.score - known
    }

    /// Adds every unit's share to [T, D·H]; h and c of a unit are one memory.
    pub(super) fn add_to(&self, sum: &mut Array2<f64>, hidden: usize, states: usize) {
        let units = sum.ncols();
        for n in 0..self.0[0].states.len() {
            let (t, rest) = (n / (units * states), n % (units * states));
            sum[(t, rest / (states * hidden) * hidden + rest % hidden)] += self.integral(n);
        }
    }
}
