//! Owen values (Owen 1977): Shapley values where the words of a phrase come together, and phrases come in any order.

use super::blocks::Blocks;
use super::orders::{BUDGET, Effort, OrdersJob, TOLERANCE};
use super::windows;
use super::{Game, PLAYERS, Players, SEED};
use crate::Result;
use crate::attribution::{Against, Job, Kind, Method, Param, ParamKind, Problem, Settings, Subject};
use crate::cell::Scalar;
use std::ops::Range;

/// The method.
pub const OWEN: Method = Method {
    id: "owen",
    label: "Owen values of words in phrases",
    family: "Shapley values",
    question: "What does each phrase add to the score, and what within it each word?",
    formula: "φ_i over the orders that keep the steps of a phrase together; a phrase's value is the sum of its steps' and its Shapley value among phrases (Owen 1977)",
    caveat: "It depends on how the steps are grouped. An estimate unless the note says exact: the whiskers are one standard error.",
    cost: "one forward pass a coalition, until the tolerance or the budget is reached; exact if all coalitions fit",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &[
        Param {
            help: "First and last step of each phrase, such as 1-3, 4-6, 7-9; steps that are not named stand alone. Empty: phrases of the length below.",
            label: "Phrases",
            ..PLAYERS[2]
        },
        Param {
            id: "length",
            label: "Phrase length",
            help: "Steps of a phrase where none are named.",
            kind: ParamKind::Number { low: 1.0, high: 512.0, step: 1.0, log: true, default: 4.0 },
        },
        TOLERANCE,
        BUDGET,
        SEED,
    ],
    refuses: one_step,
    start: (start, start),
};

fn one_step(subject: &Subject) -> Option<String> {
    (subject.steps == 1).then(|| "One step has no phrases; use occlusion or integrated gradients.".to_string())
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let phrases = match settings.text("groups").trim() {
        "" => windows::equal(problem.steps(), settings.number("length") as usize, settings.number("length") as usize),
        text => windows::named(text, problem.pair.input.steps())?,
    };
    let players = Players::of_steps(&problem);
    let members = |phrase: &Range<usize>| {
        (0..players.count()).filter(|player| phrase.contains(&players.step(*player))).collect::<Vec<usize>>()
    };
    // A phrase of which every step equals the baseline does not play.
    let (phrases, named): (Vec<Range<usize>>, Vec<Vec<usize>>) = phrases
        .into_iter()
        .map(|phrase| (phrase.clone(), members(&phrase)))
        .filter(|(_, members)| !members.is_empty())
        .unzip();
    let blocks = Blocks::of(named, players.count());
    Ok(Box::new(OrdersJob::new(Game::new(problem, players)?, blocks, phrases, Effort::new(settings))))
}
