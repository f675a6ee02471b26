//! Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019): what is lost when a part of every input is that
//! of another input of the corpus.
//!
//! I(part) = mean over repeats of mean_s [ m(x_s with the part of x_π(s)) − m(x_s) ], π a drawn order of the corpus.

use crate::cell::Scalar;
use crate::math::{Moments, Random, exp, ln};
use crate::network::{Forward, Inputs, Network, Target, Trace};
use ndarray::Array2;
use std::ops::Range;
use std::rc::Rc;

/// Inputs that are run together.
const ROWS: usize = 32;

/// What is exchanged at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// These columns at every step: a variable, with the sign of whether it was measured.
    Columns(Vec<usize>),
    /// All columns at these steps.
    Steps(Range<usize>),
}

impl Part {
    fn holds(&self, (t, i): (usize, usize)) -> bool {
        match self {
            Part::Columns(columns) => columns.contains(&i),
            Part::Steps(steps) => steps.contains(&t),
        }
    }
}

/// What is measured of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// |F(exchanged) − F(x)|: how far the score moves.
    Move(Target),
    /// −ln p of the right class: the target is its log-probability.
    Loss(Target),
    /// The same of a network with one output: the target is the logit, and whether it should be high.
    Cross(Target, bool),
}

impl Measure {
    fn target(&self) -> &Target {
        match self {
            Measure::Move(target) | Measure::Loss(target) | Measure::Cross(target, _) => target,
        }
    }

    /// m of a score; `before` is the score of the input as it is.
    fn of(&self, score: f64, before: f64) -> f64 {
        match self {
            Measure::Move(_) => (score - before).abs(),
            Measure::Loss(_) => -score,
            // −ln σ(±z)
            Measure::Cross(_, high) => {
                let z = if *high { -score } else { score };
                z.max(0.0) + ln(1.0 + exp(-z.abs()))
            }
        }
    }
}

/// Of one part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Importance {
    /// Mean over repeats.
    pub mean: f64,
    /// Standard deviation over repeats (n − 1).
    pub deviation: f64,
}

/// A pass under way: which inputs it runs, and itself.
type Run<R> = (Range<usize>, Forward<R>);

/// Work under way.
pub struct Exchange<R: 'static> {
    network: Rc<Network<R>>,
    /// Of the first input; the others have its shape.
    first: Rc<Trace<R>>,
    inputs: Vec<Rc<Array2<R>>>,
    measures: Vec<Measure>,
    before: Vec<f64>,
    parts: Vec<Part>,
    repeats: usize,
    random: Random,
    found: Vec<Moments>,
    order: Vec<usize>,
    /// Parts and repeats done; of the present one: inputs done and Σ of the differences so far.
    at: (usize, usize),
    done: usize,
    sum: f64,
    run: Option<Run<R>>,
}

impl<R: Scalar> Exchange<R> {
    /// `traces` of inputs of one shape, each with what is measured of it; none for fewer than two inputs, or of
    /// different shapes.
    pub fn new(
        traces: &[Rc<Trace<R>>],
        measures: Vec<Measure>,
        parts: Vec<Part>,
        repeats: usize,
        seed: u64,
    ) -> Option<Exchange<R>> {
        let first = traces.first()?.clone();
        if traces.len() < 2 || traces.iter().any(|trace| trace.x.dim() != first.x.dim()) {
            return None;
        }
        let before = traces.iter().zip(&measures).map(|(trace, measure)| trace.score(measure.target()).ok());
        Some(Exchange {
            before: before.collect::<Option<Vec<f64>>>()?,
            network: first.network.clone(),
            inputs: traces.iter().map(|trace| Rc::new(trace.x.clone())).collect(),
            measures,
            found: parts.iter().map(|_| Moments::new(1)).collect(),
            parts,
            repeats,
            random: Random::new(seed),
            order: Vec::new(),
            at: (0, 0),
            done: 0,
            sum: 0.0,
            run: None,
            first,
        })
    }

    /// Exchanges in all, and done.
    pub fn progress(&self) -> (usize, usize) {
        let (part, repeat) = self.at;
        (part * self.repeats + repeat, self.parts.len() * self.repeats)
    }

    /// Does one step of a layer for some inputs; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        if self.at.0 == self.parts.len() {
            return false;
        }
        match self.run.take() {
            None => self.run = Some(self.begin()),
            Some((rows, mut forward)) => {
                if forward.advance() {
                    self.run = Some((rows, forward));
                } else {
                    self.collect(rows, &forward);
                }
            }
        }
        true
    }

    fn begin(&mut self) -> Run<R> {
        let count = self.inputs.len();
        if self.done == 0 {
            self.order = (0..count).collect();
            self.random.shuffle(&mut self.order);
        }
        let (rows, part) = (self.done..(self.done + ROWS).min(count), &self.parts[self.at.0]);
        let exchanged = |s: usize| {
            let (own, other) = (&self.inputs[s], &self.inputs[self.order[s]]);
            Array2::from_shape_fn(own.dim(), |at| if part.holds(at) { other[at] } else { own[at] })
        };
        let inputs = Inputs::Many(self.first.clone(), 0, rows.clone().map(exchanged).collect());
        (rows, Forward::new(self.network.clone(), inputs, self.first.steps()))
    }

    fn collect(&mut self, rows: Range<usize>, forward: &Forward<R>) {
        for (row, s) in rows.clone().enumerate() {
            let measure = &self.measures[s];
            let scores = forward.scores(measure.target());
            self.sum += measure.of(scores[row], self.before[s]) - measure.of(self.before[s], self.before[s]);
        }
        self.done = rows.end;
        if self.done < self.inputs.len() {
            return;
        }
        self.found[self.at.0].add([self.sum / self.inputs.len() as f64]);
        (self.done, self.sum) = (0, 0.0);
        self.at = if self.at.1 + 1 < self.repeats { (self.at.0, self.at.1 + 1) } else { (self.at.0 + 1, 0) };
    }

    /// One importance a part, of those that are done.
    pub fn importances(&self) -> Vec<Importance> {
        let done = self.found.iter().take_while(|moments| moments.samples() == self.repeats);
        done.map(|moments| {
            let (mean, error) = moments.means().next().unwrap_or_default();
            let deviation = if self.repeats > 1 { error * (self.repeats as f64).sqrt() } else { 0.0 };
            Importance { mean, deviation }
        })
        .collect()
    }
}
