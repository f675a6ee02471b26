//! TimeSHAP (Bento et al. 2021): what is long ago is one player, found by a game of two; then events, features or cells.

use super::kernel::{KernelJob, MOST_PLAYERS, SAMPLES};
use super::{Game, Most, Players, Pruning, SEED};
use crate::Result;
use crate::attribution::{
    Against, Attribution, Cost, Job, Kind, Method, Param, ParamKind, Problem, Settings, Span, Subject,
};
use crate::cell::Scalar;
use crate::math::descending;
use ndarray::Array2;

/// Events and features whose cells play for themselves.
const TOP: Param = Param {
    id: "top",
    label: "Cells of the top",
    help: "That many events and features with the largest values; their cells play for themselves, the rest in groups.",
    kind: ParamKind::Number { low: 1.0, high: 12.0, step: 1.0, log: false, default: 3.0 },
};
const PRUNE: Param = Param {
    id: "tolerance",
    label: "Prune below η",
    help: "What came before the latest cut at which all of it together matters less than this, in units of the score, becomes one player. 0 prunes nothing.",
    kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: true, default: 0.025 },
};

const FAMILY: Method = Method {
    id: "",
    label: "",
    family: "Shapley values",
    question: "",
    formula: "KernelSHAP over the players; pruned at the latest k with |φ_old| ≤ η, φ_old = ½ [v(≤ k) − v(∅) + v(all) − v(> k)] (Bento et al. 2021)",
    caveat: "What was pruned is one number, shared equally by its steps. Parts taken out become the baseline's: TimeSHAP's own is the average event.",
    cost: "two forward passes a step until the pruning is found, then one a coalition",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &[PRUNE, SAMPLES, SEED],
    refuses: backwards,
    start: (events, events),
};

/// Events: the steps that were not pruned.
pub const EVENTS: Method = Method {
    id: "timeshap-event",
    label: "TimeSHAP, events",
    question: "Which steps of the recent past carried the score, and how much did all the older ones?",
    ..FAMILY
};
/// Features, over the steps that were not pruned.
pub const FEATURES: Method = Method {
    id: "timeshap-feature",
    label: "TimeSHAP, features",
    question: "Which features of the recent past carried the score, and how much did everything older?",
    refuses: text,
    start: (features, features),
    ..FAMILY
};
/// Cells of the largest events and features.
pub const CELLS: Method = Method {
    id: "timeshap-cell",
    label: "TimeSHAP, cells",
    question: "Which value at which step carried the score?",
    params: &[PRUNE, TOP, SAMPLES, SEED],
    refuses: text,
    start: (cells, cells),
    ..FAMILY
};

fn backwards(subject: &Subject) -> Option<String> {
    subject
        .bidirectional
        .then(|| "A network that also reads backwards has no past to prune; use KernelSHAP.".to_string())
}

fn text(subject: &Subject) -> Option<String> {
    if subject.series {
        backwards(subject)
    } else {
        Some("Text has no features that mean something; use TimeSHAP's events.".to_string())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Events,
    Features,
    Cells,
}

fn events<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, Level::Events)
}

fn features<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, Level::Features)
}

fn cells<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    start(problem, settings, Level::Cells)
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings, level: Level) -> Result<Box<dyn Job>> {
    let pruning = Pruning::new(&problem, settings.number("tolerance"))?;
    if level != Level::Events {
        // One more is the past.
        Players::of_features(&problem).at_most(&Most(MOST_PLAYERS - 1, "ask for events"))?;
    }
    Ok(Box::new(TimeShapJob {
        level,
        top: settings.number("top").max(1.0) as usize,
        samples: settings.number("samples") as usize,
        seed: settings.number("seed") as u64,
        scores: problem.scores()?,
        pruned: 0,
        steps: problem.steps(),
        problem,
        spent: 0,
        stage: Stage::Pruning(Box::new(pruning)),
        ranks: None,
    }))
}

enum Stage<R: 'static> {
    Pruning(Box<Pruning<R>>),
    Valuing(Box<KernelJob<R>>),
}

struct TimeShapJob<R: 'static> {
    level: Level,
    top: usize,
    samples: usize,
    seed: u64,
    /// F(x) and F(x').
    scores: (f64, f64),
    /// Steps before this one are one player.
    pruned: usize,
    steps: usize,
    problem: Problem<R>,
    /// Forward passes of stages that are over.
    spent: usize,
    stage: Stage<R>,
    /// For cells: the values of events, then of features, once they are known.
    ranks: Option<(Vec<f64>, Option<Vec<f64>>)>,
}

impl<R: Scalar> TimeShapJob<R> {
    fn value(&mut self, players: Players) {
        let game = Game::of(self.problem.clone(), players, self.scores);
        self.stage = Stage::Valuing(Box::new(KernelJob::new(game, self.samples, self.seed)));
    }

    /// All cells of the steps before the cut.
    fn past(&self) -> Vec<(usize, usize)> {
        (0..self.pruned).flat_map(|t| (0..self.problem.pair.input.x.ncols()).map(move |k| (t, k))).collect()
    }

    fn event_players(&self) -> Players {
        let past = (self.pruned > 0).then_some(0..self.pruned);
        Players::of_windows(
            &self.problem,
            past.into_iter().chain((self.pruned..self.steps).map(|t| t..t + 1)).collect(),
            false,
        )
    }

    fn feature_players(&self) -> Players {
        let columns =
            (0..self.problem.pair.input.x.ncols()).map(|k| (self.pruned..self.steps).map(|t| (t, k)).collect());
        Players::of_cells(&self.problem, [self.past()].into_iter().chain(columns).collect())
    }

    /// The cells of the top events and features alone; the rest of a top event, the rest of a top feature, and all others
    /// together.
    fn cell_players(&self, events: &[f64], features: &[f64]) -> Players {
        let top = |values: &[f64]| {
            descending(&values.iter().map(|v| v.abs()).collect::<Vec<f64>>())
                .into_iter()
                .take(self.top)
                .filter(|k| values[*k] != 0.0)
                .collect::<Vec<usize>>()
        };
        let recent: Vec<f64> = events.iter().enumerate().map(|(t, v)| if t < self.pruned { 0.0 } else { *v }).collect();
        let (steps, columns) = (top(&recent), top(features));
        let width = self.problem.pair.input.x.ncols();
        let cells = |filter: &dyn Fn(usize, usize) -> bool| {
            (self.pruned..self.steps)
                .flat_map(|t| (0..width).map(move |k| (t, k)))
                .filter(|(t, k)| filter(*t, *k))
                .collect::<Vec<_>>()
        };
        let mut groups: Vec<Vec<(usize, usize)>> =
            steps.iter().flat_map(|t| columns.iter().map(move |k| vec![(*t, *k)])).collect();
        groups.extend(steps.iter().map(|s| cells(&|t, k| t == *s && !columns.contains(&k))));
        groups.extend(columns.iter().map(|c| cells(&|t, k| k == *c && !steps.contains(&t))));
        groups.push(cells(&|t, k| !steps.contains(&t) && !columns.contains(&k)));
        groups.push(self.past());
        Players::of_cells(&self.problem, groups)
    }

    /// The pruning is known: begin to value.
    fn begin(&mut self) {
        // More recent events than can play are the past's too.
        self.pruned = self.pruned.max(self.steps.saturating_sub(MOST_PLAYERS - 1));
        let players = if self.level == Level::Features { self.feature_players() } else { self.event_players() };
        self.value(players);
    }

    /// A level has been valued; cells need events and features first.
    fn next(&mut self, found: Attribution) -> bool {
        if self.level != Level::Cells {
            return false;
        }
        match self.ranks.take() {
            None => {
                self.ranks = Some((found.reduced(), None));
                let players = self.feature_players();
                self.value(players);
                true
            }
            Some((events, None)) => {
                let features: Vec<f64> = (0..found.scores.ncols())
                    .map(|k| (self.pruned..self.steps).map(|t| found.scores[(t, k)]).sum())
                    .collect();
                let players = self.cell_players(&events, &features);
                self.ranks = Some((events, Some(features)));
                self.value(players);
                true
            }
            Some(both) => {
                self.ranks = Some(both);
                false
            }
        }
    }
}

impl<R: Scalar> Job for TimeShapJob<R> {
    fn total(&self) -> usize {
        match &self.stage {
            Stage::Valuing(job) => job.total() + self.spent * 100,
            _ => (2 * self.steps + self.samples.max(2048)) * 100,
        }
    }

    fn done(&self) -> usize {
        match &self.stage {
            Stage::Valuing(job) => job.done() + self.spent * 100,
            Stage::Pruning(pruning) => pruning.evaluated() * 100,
        }
    }

    fn advance(&mut self) -> bool {
        match &mut self.stage {
            Stage::Valuing(job) => {
                if job.advance() {
                    return true;
                }
                let (found, evaluated) = (job.answer(), job.game.evaluated);
                let more = self.next(found);
                self.spent += if more { evaluated } else { 0 };
                more
            }
            Stage::Pruning(pruning) => {
                if pruning.advance() {
                    return true;
                }
                (self.pruned, self.spent) = (pruning.steps(), pruning.evaluated());
                self.begin();
                true
            }
        }
    }

    fn answer(&self) -> Attribution {
        let (steps, features) = self.problem.pair.input.x.dim();
        // While it is asked how far back to go, a rough answer is there; not of features, which no cut tells apart.
        let so_far = match &self.stage {
            Stage::Pruning(pruning) if self.level != Level::Features => pruning.so_far(steps),
            _ => None,
        };
        let (scores, pruned) = so_far.unwrap_or((vec![0.0; steps], self.pruned));
        let mut answer = match &self.stage {
            Stage::Valuing(job) => job.answer(),
            Stage::Pruning(pruning) => {
                let scores = Array2::from_shape_fn((steps, 1), |(t, _)| scores[t]);
                let cost = Cost { forward: pruning.evaluated(), backward: 0 };
                Attribution::summing(scores, self.scores.0, self.scores.1, cost)
            }
        };
        let valued = self.level != Level::Cells || matches!(self.ranks, Some((_, Some(_))));
        answer.converged &= valued && matches!(&self.stage, Stage::Valuing(_));
        answer.cost.forward += self.spent;
        let past = |of: &Array2<f64>| (0..pruned).map(|t| of.row(t).sum()).sum::<f64>();
        let (old, old_error) = (past(&answer.scores), answer.error.as_ref().map_or(0.0, past));
        // Where events were valued and cells are wanted, an event's cells share its value until theirs are known.
        let cells = |of: &Array2<f64>| {
            if of.ncols() == features {
                of.clone()
            } else {
                Array2::from_shape_fn((steps, features), |(t, _)| of[(t, 0)] / features as f64)
            }
        };
        // A feature over time is one bar; what was pruned stands apart.
        let over_time = |of: &Array2<f64>| {
            Array2::from_shape_fn((1, features), |(_, k)| (self.pruned..self.steps).map(|t| cells(of)[(t, k)]).sum())
        };
        let mut shape = |shaped: &dyn Fn(&Array2<f64>) -> Array2<f64>| {
            answer.error = answer.error.as_ref().map(shaped);
            answer.scores = shaped(&answer.scores);
        };
        match self.level {
            Level::Events => (),
            Level::Features => shape(&over_time),
            Level::Cells => shape(&cells),
        }
        if self.level == Level::Features {
            answer = answer.with_remainder(if pruned > 0 { vec![("pruned past", old)] } else { Vec::new() });
        } else if pruned > 0 {
            answer.spans.push(Span { from: 0, to: pruned, score: old, error: old_error, level: 0 });
        }
        let pruning = match (&self.stage, self.pruned) {
            (Stage::Pruning(pruning), _) => format!("{} cuts looked at", pruning.curve().len()),
            (_, 0) => "nothing was pruned".to_string(),
            (_, n) => format!("the first {n} of {} steps are one player", self.steps),
        };
        answer.note = if answer.note.is_empty() { pruning } else { format!("{pruning}; {}", answer.note) };
        answer
    }
}
