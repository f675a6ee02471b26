//! Controls that several metrics share.

use super::metric::refused;
use super::{Claim, Judge};
use crate::Result;
use crate::attribution::{Param, ParamKind, Settings};
use crate::network::{Readout, Target};

/// Where random numbers begin.
pub(super) const SEED: Param = Param {
    id: "seed",
    label: "Seed",
    help: "Where the random numbers begin: the same seed gives the same numbers.",
    kind: ParamKind::Number { low: 0.0, high: 1e9, step: 1.0, log: false, default: 1.0 },
};

/// How many orders are drawn as a reference.
pub(super) const ORDERS: Param = Param {
    id: "orders",
    label: "Random orders",
    help: "How many random orders the curve is compared with.",
    kind: ParamKind::Number { low: 2.0, high: 200.0, step: 1.0, log: true, default: 20.0 },
};

const READINGS: [(&str, &str); 4] = [
    ("target", "the score that is explained"),
    ("probability", "probability"),
    ("log-probability", "log-probability"),
    ("log-odds", "log-odds"),
];

/// What is measured when parts are gone.
pub(super) const SCORE: Param = Param {
    id: "score",
    label: "Measured on",
    help: "The score that was explained, or another reading of its class.",
    kind: ParamKind::Choice(&READINGS),
};

/// The same with the probability first.
pub(super) const PROBABILITY: Param =
    Param { kind: ParamKind::Choice(&[READINGS[1], READINGS[0], READINGS[2], READINGS[3]]), ..SCORE };

/// Seed of the settings.
pub(super) fn seed(settings: &Settings) -> u64 {
    settings.number("seed") as u64
}

/// The target that the choice `score` of [`SCORE`] or [`PROBABILITY`] means.
pub(super) fn target<R: Judge>(claim: &Claim<R>, settings: &Settings, param: &Param) -> Result<Target> {
    let target = claim.problem.target;
    let ParamKind::Choice(choices) = param.kind else { return Ok(target) };
    let readout = match choices.get(settings.choice("score")).map_or("", |(id, _)| id) {
        "probability" => Readout::Probability,
        "log-probability" => Readout::LogProbability,
        "log-odds" => Readout::LogOdds,
        _ => return Ok(target),
    };
    if target.readout == Readout::Hidden {
        return refused("A hidden unit has no probability; measure on the score that is explained.");
    }
    Ok(Target { readout, ..target })
}
