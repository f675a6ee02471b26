//! Owen values (Owen 1977): Shapley values where the words of a phrase come together, and phrases come in any order.

use super::orders::OrdersJob;
use super::permutation::{BUDGET, TOLERANCE};
use super::{Game, Players, SEED};
use crate::attribution::{Against, Job, Method, Param, ParamKind, Problem, Settings, Subject};
use crate::{Error, Result};
use crate::cell::Scalar;
use std::ops::Range;

/// The method.
pub const OWEN: Method = Method {
    id: "owen",
    label: "Owen values of words in phrases",
    family: "Shapley values",
    question: "What does each phrase add to the score, and what within it each word?",
    formula: "φ_i over the orders that keep the steps of a phrase together; a phrase's value is the sum of its steps' and its Shapley value among phrases (Owen 1977)",
    caveat: "An estimate: the whiskers are one standard error. It depends on how the steps are grouped.",
    cost: "one forward pass a coalition, until the tolerance or the budget is reached",
    signed: true,
    completes: true,
    against: Against::Baseline,
    params: &[
        Param { id: "groups", label: "Phrases", help: "First and last step of each phrase, such as 1-3, 4-6, 7-9; steps that are not named stand alone. Empty: phrases of the length below.", kind: ParamKind::Text("1-3, 4-6") },
        Param { id: "length", label: "Phrase length", help: "Steps of a phrase where none are named.", kind: ParamKind::Number { low: 1.0, high: 512.0, step: 1.0, log: true, default: 4.0 } },
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
    let steps = problem.steps();
    let phrases = match settings.text("groups").trim() {
        "" => {
            let length = settings.number("length").max(1.0) as usize;
            (0..steps).step_by(length).map(|from| from..(from + length).min(steps)).collect()
        }
        text => read(text, problem.pair.input.steps())?,
    };
    let players = Players::of_steps(&problem);
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut spans = Vec::new();
    let mut alone: Vec<bool> = vec![true; players.count()];
    for phrase in phrases {
        let block: Vec<usize> = (0..players.count()).filter(|player| phrase.contains(&players.step(*player))).collect();
        if !block.is_empty() {
            block.iter().for_each(|player| alone[*player] = false);
            blocks.push(block);
            spans.push((phrase.start, phrase.end));
        }
    }
    blocks.extend((0..players.count()).filter(|player| alone[*player]).map(|player| vec![player]));
    let game = Game::new(problem, players)?;
    Ok(Box::new(OrdersJob::new(game, blocks, spans, settings.number("seed") as u64, settings.number("tolerance"), settings.number("budget") as usize)))
}

/// "1-3, 4-6" as ranges from 0, in order and apart.
fn read(text: &str, steps: usize) -> Result<Vec<Range<usize>>> {
    let wrong = |part: &str| Error::request("phrases", format!("steps between 1 and {steps}, first and last, in order, such as 1-3, 4-6"), part);
    let mut end = 0;
    text.split(',')
        .map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong(part));
            let (from, to) = (number(from)?, number(to)?);
            if from <= end || to < from || to > steps {
                return Err(wrong(part));
            }
            end = to;
            Ok(from - 1..to)
        })
        .collect()
}
