//! Integrated gradients (Sundararajan, Taly & Yan 2017), refined where the path is steep until the bars add up.
//!
//! φ = (x − x′) ⊙ ∫₀¹ ∇F(x′ + α (x − x′)) dα. Along the path the integral of the slope over a piece [a, b] must be
//! F(b) − F(a), so the error of every piece is not estimated but known; the piece with the largest is cut in two.
//!
//! Where the path is smooth a few points are enough: 3, 7 and 15 of nested rules are tried, so that none is evaluated in
//! vain. So few could agree with the whole by chance: they count only if the polynomial through their slopes also foretells
//! the score at each of them. Of a long input the slope at its end comes before them, so that something is seen soon.

use super::pass::GradientPass;
use super::piece::{Piece, Tried};
use super::plan::{BUDGET, POINTS, Plan, RULE, TOLERANCE};
use super::subject::nowhere;
use super::{Against, Attribution, Cost, Job, Kind, Method, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::{descending, nested};
use crate::network::{Change, Share};
use ndarray::Array2;
use std::collections::VecDeque;

/// Nodes of each half of a piece that was cut.
const HALF_NODES: usize = 7;

/// The method.
pub const INTEGRATED_GRADIENTS: Method = Method {
    id: "integrated-gradients",
    label: "Integrated gradients",
    family: "Gradients",
    question: "On the way from the baseline to the input, how much of the score did each part bring?",
    formula: "φ = (x − x′) ⊙ ∫₀¹ ∂F/∂x (x′ + α (x − x′)) dα; Σ φ = F(x) − F(x′) (Sundararajan et al. 2017)",
    caveat: "It depends on the baseline and on the straight way from it. The bars add up when the integral is exact: the gap says how far it is.",
    cost: "one forward and one backward pass a step, until the tolerance or the budget is reached",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: &[RULE, POINTS, TOLERANCE, BUDGET],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let (score, baseline_score) = problem.scores()?;
    let mut plan = Plan::new::<R>(settings, score, baseline_score);
    // The slope at the input is of the budget too.
    plan.budget = (plan.budget - usize::from(problem.slope_seen)).max(1);
    Ok(Box::new(IntegratedGradientsJob::new(problem, (score, baseline_score), plan)))
}

/// A piece being cut in two: it stays in use until both halves are known.
struct Cut<R> {
    piece: usize,
    halves: [Piece<R>; 2],
}

/// One evaluation to come.
struct Node {
    alpha: f64,
    /// None: only the score at a cut is wanted.
    weight: Option<f64>,
    owner: Owner,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Piece(usize),
    Half(usize, usize),
    Middle(usize),
    Try(usize),
}

pub(super) struct IntegratedGradientsJob<R: 'static> {
    problem: Problem<R>,
    plan: Plan,
    score: f64,
    baseline_score: f64,
    pieces: Vec<Piece<R>>,
    cuts: Vec<Cut<R>>,
    queue: VecDeque<Node>,
    pass: Option<(GradientPass<R>, Vec<Node>, Vec<Owner>)>,
    evaluated: usize,
    units: usize,
    /// Nested rules still to be tried, the smallest last; the nodes under way are of the one tried last.
    tries: Vec<usize>,
    trying: usize,
}

impl<R: Scalar> IntegratedGradientsJob<R> {
    /// `scores` are F(x) and F(x').
    pub(super) fn new(
        problem: Problem<R>,
        (score, baseline_score): (f64, f64),
        plan: Plan,
    ) -> IntegratedGradientsJob<R> {
        let whole = Piece::new(&problem, (0.0, baseline_score), (1.0, score));
        let tries = plan.nested_rules(&problem);
        let mut job = IntegratedGradientsJob {
            problem,
            score,
            baseline_score,
            pieces: vec![whole],
            cuts: Vec::new(),
            queue: VecDeque::new(),
            pass: None,
            evaluated: 0,
            units: 0,
            tries,
            trying: 0,
            plan,
        };
        job.start_whole();
        job
    }

    /// Nodes on the whole way: of the next nested rule, else the asked ones.
    fn start_whole(&mut self) {
        if let Some(nodes) = self.tries.pop() {
            let new = nested(nodes).into_iter().enumerate().skip(self.trying);
            self.queue.extend(new.map(|(k, (alpha, _))| Node { alpha, weight: Some(1.0), owner: Owner::Try(k) }));
            self.trying = nodes;
            return;
        }
        self.trying = 0;
        let nodes = self.plan.first.min(self.plan.budget.saturating_sub(self.evaluated)).max(1);
        self.pieces[0] = Piece::new(&self.problem, self.pieces[0].from, self.pieces[0].to);
        self.pieces[0].pending = nodes;
        let rule = (self.plan.rule)(nodes).into_iter();
        self.queue.extend(rule.map(|(alpha, weight)| Node { alpha, weight: Some(weight), owner: Owner::Piece(0) }));
    }

    /// What was tried was not enough: the next nested rule, or many more nodes if they were asked for, or pieces.
    fn go_on(&mut self) {
        if self.trying > 0 && (!self.tries.is_empty() || self.plan.first > 2 * self.trying) {
            self.start_whole();
        } else {
            self.trying = 0;
            self.refine();
        }
    }

    /// Cuts the pieces with the largest errors, as many as fill a batch.
    fn refine(&mut self) {
        let each = 2 * HALF_NODES + 1;
        let affordable = (self.plan.budget.saturating_sub(self.evaluated)) / each;
        let order = descending(&self.pieces.iter().map(|piece| piece.gap()).collect::<Vec<f64>>());
        let mut rest = self.error();
        let batch = (self.problem.batch_rows() / each).max(1);
        for piece in order.into_iter().take(batch.min(affordable)) {
            if rest <= self.plan.allowed {
                break;
            }
            rest -= self.pieces[piece].gap();
            let (from, to) = (self.pieces[piece].from, self.pieces[piece].to);
            let middle = (f64::midpoint(from.0, to.0), f64::NAN);
            let cut = self.cuts.len();
            let mut halves = [Piece::new(&self.problem, from, middle), Piece::new(&self.problem, middle, to)];
            for (half, piece) in halves.iter_mut().enumerate() {
                piece.pending = HALF_NODES;
                let length = piece.to.0 - piece.from.0;
                let nodes = (self.plan.rule)(HALF_NODES).into_iter();
                self.queue.extend(nodes.map(|(at, weight)| Node {
                    alpha: piece.from.0 + length * at,
                    weight: Some(weight * length),
                    owner: Owner::Half(cut, half),
                }));
            }
            self.queue.push_back(Node { alpha: middle.0, weight: None, owner: Owner::Middle(cut) });
            self.cuts.push(Cut { piece, halves });
        }
    }

    /// Σ |gap| of the pieces: errors of different sign do not hide each other.
    fn error(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.gap()).sum()
    }

    /// Starts a pass over the next nodes.
    fn begin(&mut self) {
        let rows = self.problem.next_rows(self.queue.len(), self.evaluated);
        let nodes: Vec<Node> = self.queue.drain(..rows).collect();
        let mut owners: Vec<Owner> = Vec::new();
        let mut shares = Vec::with_capacity(rows);
        for node in &nodes {
            let known = owners.iter().position(|owner| *owner == node.owner);
            let wanted = node.weight.is_some();
            let group = known.unwrap_or_else(|| {
                if wanted {
                    owners.push(node.owner);
                    owners.len() - 1
                } else {
                    0
                }
            });
            shares.push(Share { group, weight: node.weight.unwrap_or(0.0) });
        }
        let changes = nodes.iter().map(|node| Change::Blend(node.alpha)).collect();
        let pass = GradientPass::new(
            &self.problem.pair,
            self.problem.steps(),
            self.problem.target,
            changes,
            shares,
            owners.len().max(1),
        );
        self.pass = Some((pass, nodes, owners));
        self.units = 0;
    }

    /// Adds a finished pass to its pieces.
    fn collect(&mut self, pass: GradientPass<R>, nodes: Vec<Node>, owners: Vec<Owner>) {
        let (gradients, scores, slopes) = pass.finish();
        self.evaluated += nodes.len();
        let mut tried = Vec::new();
        for ((node, score), slope) in nodes.iter().zip(scores).zip(slopes) {
            match node.owner {
                Owner::Middle(cut) => {
                    self.cuts[cut].halves[0].to.1 = score;
                    self.cuts[cut].halves[1].from.1 = score;
                }
                Owner::Try(_) => tried.push((node.alpha, score, slope)),
                owner => {
                    let piece = self.piece(owner);
                    piece.slope += node.weight.unwrap_or(0.0) * slope;
                    piece.pending -= 1;
                }
            }
        }
        let mut tried = tried.into_iter();
        for (owner, gradient) in owners.into_iter().zip(gradients) {
            if let (Owner::Try(_), Some(at)) = (owner, tried.next()) {
                self.pieces[0].tried.push(Tried { at, gradient });
                continue;
            }
            let sum = &mut self.piece(owner).gradient;
            sum.zip_mut_with(&gradient, |sum, g| *sum += *g);
        }
        if self.trying > 0 && self.queue.is_empty() && self.pieces[0].tried.len() == self.trying {
            self.pieces[0].integrate(&nested(self.trying));
        }
        let ready = |cut: &Cut<R>| cut.halves.iter().all(|half| half.pending == 0) && !cut.halves[0].to.1.is_nan();
        if self.queue.is_empty() && self.cuts.iter().all(ready) {
            for Cut { piece, halves: [first, second] } in std::mem::take(&mut self.cuts) {
                self.pieces[piece] = first;
                self.pieces.push(second);
            }
        }
    }

    fn piece(&mut self, owner: Owner) -> &mut Piece<R> {
        match owner {
            Owner::Piece(piece) => &mut self.pieces[piece],
            Owner::Try(_) => &mut self.pieces[0],
            Owner::Half(cut, half) => &mut self.cuts[cut].halves[half],
            Owner::Middle(cut) => &mut self.cuts[cut].halves[0],
        }
    }
}

impl<R: Scalar> Job for IntegratedGradientsJob<R> {
    fn total(&self) -> usize {
        // Progress towards the budget; a smooth path ends long before.
        100 * if self.plan.allowed.is_finite() {
            self.plan.budget
        } else {
            self.evaluated + self.queue.len() + self.pass.as_ref().map_or(0, |(_, nodes, _)| nodes.len())
        }
    }

    fn done(&self) -> usize {
        let running = self
            .pass
            .as_ref()
            .map_or(0, |(pass, nodes, _)| (100 * self.units / pass.total().max(1)).min(100) * nodes.len() / 2);
        100 * self.evaluated + running
    }

    fn advance(&mut self) -> bool {
        if let Some((pass, ..)) = &mut self.pass {
            self.units += 1;
            if pass.advance() {
                return true;
            }
            if let Some((pass, nodes, owners)) = self.pass.take() {
                self.collect(pass, nodes, owners);
            }
        }
        if self.queue.is_empty() && self.error() > self.plan.allowed {
            self.go_on();
        }
        if self.queue.is_empty() {
            return false;
        }
        self.begin();
        true
    }

    fn answer(&self) -> Attribution {
        let (x, baseline) = (&self.problem.pair.input.x, &self.problem.pair.baseline.x);
        let mut scores = Array2::zeros(x.dim());
        for piece in &self.pieces {
            for ((t, k), gradient) in piece.gradient.indexed_iter() {
                scores[(t, k)] += gradient.to_f64() * (x[(t, k)].to_f64() - baseline[(t, k)].to_f64());
            }
        }
        let cost = Cost { forward: self.evaluated, backward: self.evaluated };
        let mut answer = Attribution::summing(scores, self.score, self.baseline_score, cost);
        // Cut while errors of different sign might hide each other; judged by the gap that is left.
        let within = |gap: f64| gap.abs() <= self.plan.allowed;
        let ended = self.queue.is_empty() && self.pass.is_none();
        answer.converged = ended && (within(self.error()) || answer.gap.is_some_and(within));
        let way = match self.pieces.len() {
            1 => format!("{} steps on the way from baseline to input", self.evaluated),
            n => format!("{} steps on {n} pieces of the way from baseline to input", self.evaluated),
        };
        answer.note = match (answer.converged, self.plan.allowed.is_finite()) {
            _ if !ended => format!("{way} so far"),
            (_, false) => format!("{way}, none added"),
            (true, true)
                if answer
                    .gap
                    .is_some_and(|gap| gap.abs() > self.plan.tolerance * (self.score - self.baseline_score).abs()) =>
            {
                format!("{way}; what is left of the gap is rounding")
            }
            (true, true) => format!("{way}; the gap is within {} of the score difference", self.plan.tolerance),
            (false, true) => {
                format!("{way} did not bring the gap within {} of the score difference", self.plan.tolerance)
            }
        };
        answer
    }
}
