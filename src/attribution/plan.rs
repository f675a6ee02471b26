//! How the way from baseline to input is sampled: the controls of integrated gradients, and what they come to.

use super::{Param, ParamKind, Problem, Settings};
use crate::cell::Scalar;
use crate::math::{gauss_legendre, midpoint};

/// Nodes of the nested rules that are tried on the whole way.
const NESTED: [usize; 4] = [1, 3, 7, 15];
/// What their gradients may take.
const NESTED_BYTES: usize = 16 << 20;

pub(super) const RULE: Param = Param {
    id: "rule",
    label: "Rule",
    help: "How the integral is sampled: Gauss–Legendre is exact for smooth paths, midpoints are the classic.",
    kind: ParamKind::Choice(&[("gauss-legendre", "Gauss–Legendre"), ("midpoint", "midpoint")]),
};
pub(super) const STEPS: Param = Param {
    id: "steps",
    label: "Steps at first",
    help: "Points on the straight way from baseline to input.",
    kind: ParamKind::Number { low: 1.0, high: 512.0, step: 1.0, log: true, default: 16.0 },
};
pub(super) const POINTS: Param = Param {
    help: "Points on the straight way from baseline to input. With a tolerance, Gauss–Legendre tries 3, 7 and 15 nested ones, up to that many, and is content as soon as they foretell the score all along the way.",
    ..STEPS
};
pub(super) const TOLERANCE: Param = Param {
    id: "tolerance",
    label: "Tolerance",
    help: "Steps are added where the path is steep until the gap is below this share of the score difference; 0 adds none.",
    kind: ParamKind::Number { low: 0.0, high: 0.5, step: 0.0, log: true, default: 0.01 },
};
pub(super) const BUDGET: Param = Param {
    id: "budget",
    label: "At most",
    help: "Gradient evaluations after which it stops even if the tolerance was not reached.",
    kind: ParamKind::Number { low: 1.0, high: 100_000.0, step: 1.0, log: true, default: 2000.0 },
};

/// How the way is to be sampled.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// Nodes and weights on a piece.
    pub(super) rule: fn(usize) -> Vec<(f64, f64)>,
    /// Few nodes of nested rules may do.
    tries: bool,
    /// Nodes on the whole way, if none of the nested rules was enough.
    pub(super) first: usize,
    /// Share of the score difference.
    pub(super) tolerance: f64,
    /// The tolerance as a difference of scores; infinite if no steps are to be added.
    pub(super) allowed: f64,
    /// Evaluations in all.
    pub(super) budget: usize,
}

impl Plan {
    /// By the settings, for a difference between two scores.
    pub(super) fn new<R: Scalar>(settings: &Settings, score: f64, baseline_score: f64) -> Plan {
        let gauss = settings.choice("rule") == 0;
        let rule = if gauss { gauss_legendre } else { midpoint };
        let tolerance = settings.number("tolerance");
        // Sums over a path of T steps cannot be closer than the rounding of the score itself.
        let rounding = if R::NAME == "f32" { 2e-6 } else { 1e-14 } * (score.abs() + baseline_score.abs()).max(1.0);
        let allowed =
            if tolerance == 0.0 { f64::INFINITY } else { (tolerance * (score - baseline_score).abs()).max(rounding) };
        let budget = settings.number("budget") as usize;
        let tries = gauss && tolerance > 0.0;
        Plan { rule, tries, first: (settings.number("steps") as usize).min(budget), tolerance, allowed, budget }
    }

    /// Where 1 % will do, and less if that costs more than `budget` evaluations.
    pub(super) fn rough((score, baseline_score): (f64, f64), budget: usize) -> Plan {
        let tolerance = 0.01;
        let allowed = tolerance * (score - baseline_score).abs();
        Plan { rule: gauss_legendre, tries: true, first: budget, tolerance, allowed, budget }
    }

    /// Numbers of nodes of the nested rules that are tried on the whole way, the smallest last.
    pub(super) fn nested_rules<R: Scalar>(&self, problem: &Problem<R>) -> Vec<usize> {
        let bytes = problem.steps() * problem.pair.input.x.ncols() * size_of::<R>();
        // The middle alone is tried only where three points would be more than were asked for.
        let worth = |nodes: usize| nodes > 1 || self.first < NESTED[1];
        let tried =
            |nodes: &usize| self.tries && *nodes <= self.first && *nodes * bytes <= NESTED_BYTES && worth(*nodes);
        NESTED.into_iter().rev().filter(tried).collect()
    }
}
