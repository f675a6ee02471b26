//! Occlusion: put the baseline in one place and see what is lost.

use super::subject::nowhere;
use super::{Against, Attribution, Cost, Job, Kind, Method, Problem, Settings, Subject};
use crate::Result;
use crate::cell::Scalar;
use crate::network::{Change, Scoring};
use ndarray::Array2;

/// What is replaced at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Step,
    Feature,
    Cell,
}

/// One step at a time.
pub const STEP: Method = Method {
    id: "occlusion-step",
    label: "Occlusion of steps",
    question: "How much of the score is lost when this step is replaced by the baseline?",
    cost: "one forward pass a step, each from that step on",
    refuses: nowhere,
    start: (steps, steps),
    ..OCCLUSION
};
/// One feature at a time, at all steps.
pub const FEATURE: Method = Method {
    id: "occlusion-feature",
    label: "Occlusion of features",
    question: "How much of the score is lost when this feature is replaced by the baseline at every step?",
    cost: "one forward pass a feature",
    start: (features, features),
    ..OCCLUSION
};
/// One feature at one step.
pub const CELL: Method = Method {
    id: "occlusion-cell",
    label: "Occlusion of cells",
    question: "How much of the score is lost when this feature at this step is replaced by the baseline?",
    cost: "one forward pass a cell of the series that differs from the baseline, each from that step on",
    start: (cells, cells),
    ..OCCLUSION
};

const OCCLUSION: Method = Method {
    id: "",
    label: "",
    family: "Removal",
    question: "",
    formula: "φ = F(x) − F(x with the part replaced by x′) (Zeiler & Fergus 2014; Li et al. 2016)",
    caveat: "The parts are removed one at a time, so what two of them share is counted twice or not at all: the bars need not add up. The replaced input may look like nothing the network was trained on.",
    cost: "",
    signed: true,
    completes: false,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &[],
    refuses: no_features,
    start: (cells, cells),
};

fn no_features(subject: &Subject) -> Option<String> {
    (!subject.series).then(|| "Text has no features to remove; occlude steps instead.".to_string())
}

fn steps<R: Scalar>(problem: Problem<R>, _: &Settings) -> Result<Box<dyn Job>> {
    start(problem, Of::Step)
}

fn features<R: Scalar>(problem: Problem<R>, _: &Settings) -> Result<Box<dyn Job>> {
    start(problem, Of::Feature)
}

fn cells<R: Scalar>(problem: Problem<R>, _: &Settings) -> Result<Box<dyn Job>> {
    start(problem, Of::Cell)
}

fn start<R: Scalar>(problem: Problem<R>, of: Of) -> Result<Box<dyn Job>> {
    let (score, baseline_score) = problem.scores()?;
    let (x, y) = (&problem.pair.input.x, &problem.pair.baseline.x);
    let steps = problem.steps();
    // Where input and baseline are the same there is nothing to remove: the score is zero without a pass.
    let differs = |t: usize, k: usize| x[(t, k)] != y[(t, k)];
    let changes: Vec<Change> = match of {
        Of::Step => (0..steps).filter(|t| (0..x.ncols()).any(|k| differs(*t, k))).map(Change::Step).collect(),
        Of::Feature => (0..x.ncols()).filter(|k| (0..steps).any(|t| differs(t, *k))).map(Change::Feature).collect(),
        Of::Cell => (0..steps)
            .flat_map(|t| (0..x.ncols()).map(move |k| (t, k)))
            .filter(|(t, k)| differs(*t, *k))
            .map(|(t, k)| Change::Cell(t, k))
            .collect(),
    };
    let shape = match of {
        Of::Step => (x.nrows(), 1),
        Of::Feature => (1, x.ncols()),
        Of::Cell => x.dim(),
    };
    Ok(Box::new(OcclusionJob {
        problem,
        score,
        baseline_score,
        changes,
        next: 0,
        pass: None,
        scores: Array2::zeros(shape),
        units: 0,
    }))
}

struct OcclusionJob<R: 'static> {
    problem: Problem<R>,
    score: f64,
    baseline_score: f64,
    changes: Vec<Change>,
    next: usize,
    pass: Option<Scoring<R>>,
    scores: Array2<f64>,
    units: usize,
}

impl<R: Scalar> Job for OcclusionJob<R> {
    fn total(&self) -> usize {
        // Progress is counted in variants, a hundred units each.
        self.changes.len() * 100
    }

    fn done(&self) -> usize {
        let running =
            self.pass.as_ref().map_or(0, |pass| (self.units * 100 / pass.total().max(1)).min(100) * pass.rows());
        (self.next * 100 + running).min(self.total())
    }

    fn advance(&mut self) -> bool {
        let Some(pass) = &mut self.pass else {
            let (changes, next) = (&self.changes, self.next);
            self.pass = self.problem.score_next(changes.len() - next, next, |row| changes[next + row].clone());
            self.units = 0;
            return self.pass.is_some();
        };
        self.units += 1;
        if pass.advance() {
            return true;
        }
        let scores = pass.scores();
        for (change, score) in self.changes[self.next..].iter().zip(&scores) {
            let at = match change {
                Change::Step(t) => (*t, 0),
                Change::Feature(k) => (0, *k),
                Change::Cell(t, k) => (*t, *k),
                Change::Blend(_) | Change::Keep(_) => continue,
            };
            self.scores[at] = self.score - score;
        }
        self.next += scores.len();
        self.pass = None;
        self.next < self.changes.len()
    }

    fn answer(&self) -> Attribution {
        let cost = Cost { forward: self.next, backward: 0 };
        let mut answer = Attribution::summing(self.scores.clone(), self.score, self.baseline_score, cost);
        answer.converged = self.next == self.changes.len();
        answer.note = format!("{} of {} variants", self.next, self.changes.len());
        answer
    }
}
