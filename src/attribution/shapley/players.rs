//! Who plays: steps, windows of steps, features or cells, each as the cells of the input that it stands for.

use super::windows;
use crate::attribution::{Attribution, Cost, Param, ParamKind, Problem, Settings, Span};
use crate::cell::Scalar;
use crate::math::descending;
use crate::network::Coalition;
use crate::{Error, Result};
use ndarray::Array2;
use std::ops::Range;

/// Who may play, where there may be as many as one likes; steps by default.
const ANY: &[(&str, &str)] = FEW.split_at(1).1;
/// The same where a method can take only so many: then, by default, those that fit.
const FEW: &[(&str, &str)] = &[
    ("fitting", "steps, in windows if they are too many"),
    ("steps", "steps"),
    ("windows", "windows"),
    ("dynamic", "windows by change"),
    ("sliding", "sliding windows"),
    ("groups", "named windows"),
    ("features", "features"),
    ("cells", "cells"),
];

/// Controls that choose the players of a method that can take any number.
pub const PLAYERS: [Param; 3] = [
    Param {
        id: "players",
        label: "Players",
        help: "What is put in and taken out as one: steps, windows of equal length, windows that end where the input changes most (WindowSHAP's split by value, these do not), windows that overlap by half and play in one game, named windows, features, or single cells.",
        kind: ParamKind::Choice(ANY),
    },
    Param {
        id: "length",
        label: "Window length",
        help: "Steps of a window, or their mean number where windows end at changes.",
        kind: ParamKind::Number { low: 1.0, high: 512.0, step: 1.0, log: true, default: 4.0 },
    },
    Param {
        id: "groups",
        label: "Named windows",
        help: "First and last step of each window, such as 1-3, 4-6, 7-9; steps that are not named stand alone.",
        kind: ParamKind::Text("1-3, 4-6"),
    },
];

/// Controls that choose the players of a method that can take only so many.
pub const FEW_PLAYERS: [Param; 3] = [Param { kind: ParamKind::Choice(FEW), ..PLAYERS[0] }, PLAYERS[1], PLAYERS[2]];

/// How many players a method can take, and what to ask for instead of more.
pub struct Most(pub usize, pub &'static str);

/// What the players stand for.
#[derive(Debug, Clone)]
enum Parts {
    Steps(Vec<Vec<usize>>),
    Features(Vec<Vec<usize>>),
    Cells(Vec<Vec<(usize, usize)>>),
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Players {
    parts: Parts,
    /// T and I of the whole input.
    shape: (usize, usize),
    /// Windows, where players are windows: (from, to).
    windows: Vec<Range<usize>>,
    /// Steps of a window, where each step for itself would have been too many.
    fitted: Option<usize>,
}

impl Players {
    /// As the settings say, and no more of them than a method can take; players that equal the baseline are left out.
    pub fn new<R: Scalar>(problem: &Problem<R>, settings: &Settings, most: &Most) -> Result<Players> {
        let (steps, length) = (problem.steps(), settings.number("length").max(1.0) as usize);
        let (all_steps, features) = problem.pair.input.x.dim();
        let together = |windows| Players::of_windows(problem, windows, true);
        let chosen = settings.chosen("players");
        if ["features", "cells"].contains(&chosen) && !problem.pair.input.network.series() {
            return Err(Error::request(
                "players",
                "steps or windows, since text has no features that mean something",
                chosen,
            ));
        }
        let players = match chosen {
            "windows" => together(windows::equal(steps, length, length)),
            "dynamic" => together(windows::dynamic(problem, length)),
            // From the second half of the first on, every step is in two windows; it plays if one of them does.
            "sliding" => together(windows::equal(steps, length, length.div_ceil(2))),
            "groups" => {
                let named = windows::named(settings.text("groups"), all_steps)?;
                let alone = (0..steps).filter(|t| !named.iter().any(|window| window.contains(t))).map(|t| t..t + 1);
                let all: Vec<Range<usize>> = named.iter().cloned().chain(alone).collect();
                let order = descending(&all.iter().map(|window| -(window.start as f64)).collect::<Vec<f64>>());
                let inside = order.into_iter().map(|n| all[n].start..all[n].end.min(steps));
                together(inside.filter(|window| !window.is_empty()).collect())
            }
            "features" => Players::of_features(problem),
            "cells" => {
                Players::of_cells(problem, (0..steps).flat_map(|t| (0..features).map(move |k| vec![(t, k)])).collect())
            }
            _ => match Players::of_steps(problem) {
                many if chosen == "fitting" && many.count() > most.0 => {
                    let length = steps.div_ceil(most.0);
                    Players { fitted: Some(length), ..together(windows::equal(steps, length, length)) }
                }
                each => each,
            },
        };
        players.at_most(most).map(|()| players)
    }

    /// Every step that differs plays for itself.
    pub fn of_steps<R: Scalar>(problem: &Problem<R>) -> Players {
        Players::of_windows(problem, (0..problem.steps()).map(|t| t..t + 1).collect(), false)
    }

    /// Groups of steps.
    pub fn of_windows<R: Scalar>(problem: &Problem<R>, windows: Vec<Range<usize>>, named: bool) -> Players {
        let differ = differ(problem);
        let groups: Vec<Vec<usize>> = windows
            .iter()
            .map(|window| window.clone().filter(|t| differ.row(*t).iter().any(|differs| *differs)).collect())
            .collect();
        let windows = if named {
            windows.into_iter().zip(&groups).filter(|(_, group)| !group.is_empty()).map(|(window, _)| window).collect()
        } else {
            Vec::new()
        };
        Players {
            parts: Parts::Steps(groups.into_iter().filter(|group| !group.is_empty()).collect()),
            shape: problem.pair.input.x.dim(),
            windows,
            fitted: None,
        }
    }

    /// Every feature that differs anywhere plays for itself.
    pub fn of_features<R: Scalar>(problem: &Problem<R>) -> Players {
        let (steps, differ) = (problem.steps(), differ(problem));
        let features = (0..differ.ncols()).filter(|k| (0..steps).any(|t| differ[(t, *k)])).map(|k| vec![k]).collect();
        Players {
            parts: Parts::Features(features),
            shape: problem.pair.input.x.dim(),
            windows: Vec::new(),
            fitted: None,
        }
    }

    /// Groups of cells (t, k); those that equal the baseline are left out.
    pub fn of_cells<R: Scalar>(problem: &Problem<R>, groups: Vec<Vec<(usize, usize)>>) -> Players {
        let differ = differ(problem);
        let groups = groups.into_iter().map(|group| group.into_iter().filter(|at| differ[*at]).collect::<Vec<_>>());
        Players {
            parts: Parts::Cells(groups.filter(|group| !group.is_empty()).collect()),
            shape: problem.pair.input.x.dim(),
            windows: Vec::new(),
            fitted: None,
        }
    }

    /// M.
    pub fn count(&self) -> usize {
        match &self.parts {
            Parts::Steps(groups) | Parts::Features(groups) => groups.len(),
            Parts::Cells(groups) => groups.len(),
        }
    }

    /// The first step of a player.
    pub fn step(&self, player: usize) -> usize {
        match &self.parts {
            Parts::Steps(groups) => groups[player].first().copied().unwrap_or(0),
            Parts::Features(_) => 0,
            Parts::Cells(groups) => groups[player].iter().map(|(t, _)| *t).min().unwrap_or(0),
        }
    }

    /// The variant in which only these players are the input's, [M]; what does not play is the same in both.
    pub fn coalition(&self, present: &[bool]) -> Coalition {
        match &self.parts {
            Parts::Steps(groups) => {
                // A step of several windows is there if any of them is; one that does not play stays the input's.
                let mut kept = vec![true; self.shape.0];
                groups.iter().flatten().for_each(|t| kept[*t] = false);
                groups
                    .iter()
                    .zip(present)
                    .filter(|(_, present)| **present)
                    .flat_map(|(group, _)| group)
                    .for_each(|t| kept[*t] = true);
                Coalition::Steps(kept)
            }
            Parts::Features(groups) => {
                let mut kept = vec![true; self.shape.1];
                groups.iter().zip(present).for_each(|(group, present)| group.iter().for_each(|k| kept[*k] = *present));
                Coalition::Features(kept)
            }
            Parts::Cells(groups) => {
                let mut kept = Array2::from_elem(self.shape, true);
                groups
                    .iter()
                    .zip(present)
                    .for_each(|(group, present)| group.iter().for_each(|at| kept[*at] = *present));
                Coalition::Cells(kept)
            }
        }
    }

    /// Numbers of the players, [M], as scores of steps [T, 1], of features [1, I] or of cells [T, I]: a group's number
    /// is shared equally by its members.
    pub fn spread(&self, values: &[f64]) -> Array2<f64> {
        match &self.parts {
            Parts::Steps(groups) => {
                let mut scores = Array2::zeros((self.shape.0, 1));
                groups.iter().zip(values).for_each(|(group, value)| {
                    group.iter().for_each(|t| scores[(*t, 0)] += value / group.len() as f64)
                });
                scores
            }
            Parts::Features(groups) => {
                let mut scores = Array2::zeros((1, self.shape.1));
                groups.iter().zip(values).for_each(|(group, value)| {
                    group.iter().for_each(|k| scores[(0, *k)] += value / group.len() as f64)
                });
                scores
            }
            Parts::Cells(groups) => {
                let mut scores = Array2::zeros(self.shape);
                groups
                    .iter()
                    .zip(values)
                    .for_each(|(group, value)| group.iter().for_each(|at| scores[*at] += value / group.len() as f64));
                scores
            }
        }
    }

    /// Scores of cells, [T, I] or less, as numbers of the players, [M]: what several players share is shared equally.
    pub fn gather(&self, scores: &Array2<f64>) -> Vec<f64> {
        let of = |t: usize, k: usize| scores.get((t, k)).copied().unwrap_or(0.0);
        match &self.parts {
            Parts::Steps(groups) => {
                let mut shared = vec![0.0; self.shape.0];
                groups.iter().flatten().for_each(|t| shared[*t] += 1.0);
                let step = |t: &usize| (0..self.shape.1).map(|k| of(*t, k)).sum::<f64>() / shared[*t];
                groups.iter().map(|group| group.iter().map(step).sum()).collect()
            }
            Parts::Features(groups) => {
                let feature = |k: &usize| (0..self.shape.0).map(|t| of(t, *k)).sum::<f64>();
                groups.iter().map(|group| group.iter().map(feature).sum()).collect()
            }
            Parts::Cells(groups) => groups.iter().map(|group| group.iter().map(|(t, k)| of(*t, *k)).sum()).collect(),
        }
    }

    /// The windows with their numbers, where players are windows.
    pub fn spans(&self, values: &[f64], errors: &[f64]) -> Vec<Span> {
        let span = |(k, window): (usize, &Range<usize>)| Span {
            from: window.start,
            to: window.end,
            score: values[k],
            error: errors.get(k).copied().unwrap_or(0.0),
            level: 0,
        };
        self.windows.iter().enumerate().map(span).collect()
    }

    /// An answer from numbers and their standard errors (none: exact), [M].
    pub fn answer(
        &self,
        values: &[f64],
        errors: Option<&[f64]>,
        score: f64,
        baseline_score: f64,
        evaluations: usize,
    ) -> Attribution {
        let mut answer = Attribution::summing(
            self.spread(values),
            score,
            baseline_score,
            Cost { forward: evaluations, backward: 0 },
        );
        answer.spans = self.spans(values, errors.unwrap_or_default());
        answer.error = errors.map(|errors| self.spread(errors));
        answer
    }

    /// A note on an answer, and why windows play where nobody asked for them.
    pub fn told(&self, note: String) -> String {
        match self.fitted {
            Some(length) => format!("{note}; windows of {length} steps, since single steps are more than it can take"),
            None => note,
        }
    }

    /// Refuses more players than a method can take.
    pub fn at_most(&self, Most(most, instead): &Most) -> Result<()> {
        if self.count() <= *most {
            Ok(())
        } else {
            Err(Error::request("players", format!("at most {most}: {instead}"), self.count()))
        }
    }
}

/// [T, I] where input and baseline differ, of the features that the network reads.
fn differ<R: Scalar>(problem: &Problem<R>) -> Array2<bool> {
    let (x, other, network) = (&problem.pair.input.x, &problem.pair.baseline.x, &problem.pair.input.network);
    let read: Vec<bool> = (0..x.ncols()).map(|k| network.reads(k)).collect();
    Array2::from_shape_fn(x.dim(), |(t, k)| read[k] && x[(t, k)] != other[(t, k)])
}
