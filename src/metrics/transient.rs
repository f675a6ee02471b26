//! The first-step transient: bars that are the network waking up, not the input.
//!
//! A network starts from the state zero, which may lie far from the states it is usually in; while it settles, the
//! first steps can seem to matter whatever they say. So the same steps are explained once more after a lead-in, the
//! input's own last steps, read before input and baseline alike. Distances to the end do not change; only the state in
//! which the first step is read does. With s = Σ_{t<n}|φ_t| / Σ_t|φ_t| over the input's own steps,
//! transient = s at the start − s after the lead-in.

use super::metric::refused;
use super::rerun::{Question, Rerun};
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Attribution, Param, ParamKind, Settings, Subject};
use crate::network::{Target, Trace};
use ndarray::{Axis, concatenate, s};

/// A transient is said to be there from this surplus on.
const SURPLUS: f64 = 0.1;
/// States have settled when this share of the first distance is left.
const SETTLED: f64 = 0.1;

const FIRST: Param = Param {
    id: "first",
    label: "First steps",
    help: "How many steps count as the first.",
    kind: ParamKind::Number { low: 1.0, high: 50.0, step: 1.0, log: true, default: 3.0 },
};
const LEAD: Param = Param {
    id: "lead",
    label: "Lead-in",
    help: "How many steps are read before the input; at most as many as it has.",
    kind: ParamKind::Number { low: 1.0, high: 1000.0, step: 1.0, log: true, default: 50.0 },
};

/// The metric.
pub const TRANSIENT: Metric = Metric {
    id: "transient",
    label: "First-step transient",
    question: "Do the first steps have large bars only because the network has just been started?",
    formula: "Σ_{t<n}|φ_t| / Σ|φ_t| at the start minus the same after a lead-in of the input’s own last steps",
    caveat: "A network that remembers the lead-in for a good reason also answers differently. The lead-in is one of many that could be chosen.",
    cost: "the method once, on an input up to twice as long",
    params: &[FIRST, LEAD],
    refuses: no_start,
    start,
};

/// Where there is no one start with something after it.
fn no_start(subject: &Subject) -> Option<String> {
    let reason = match subject.steps {
        _ if subject.bidirectional => {
            "A network that reads backwards too starts at both ends, so no lead-in leaves the rest as it is; use it on a network that reads forwards."
        }
        1 => "The input is one step long, so nothing comes after its first steps; take a longer one.",
        _ => return None,
    };
    Some(reason.to_string())
}

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let x = &claim.problem.pair.input.x;
    let seen = claim.problem.steps();
    let first = settings.number("first") as usize;
    if claim.answer.scores.nrows() != x.nrows() {
        return refused("This method scores features, so there are no first steps; choose a method that scores steps.");
    }
    if seen <= first {
        return refused(
            "The input is no longer than what counts as its first steps; count fewer, or choose a later step.",
        );
    }
    let lead = (settings.number("lead") as usize).min(seen);
    let before = x.slice(s![seen - lead..seen, ..]).to_owned();
    let mut question =
        Question::of(&claim).map(|x| concatenate(Axis(0), &[before.view(), x.view()]).unwrap_or_default());
    if let Some(labels) = question.labels.get(seen - lead..seen) {
        question.labels = [labels, &question.labels].concat();
    }
    let target = Target { step: question.target.step + lead, ..question.target };
    let rerun = Rerun::new(&claim, Question { target, ..question });
    Ok(Box::new(TransientJob { claim, first, lead, seen, rerun, warm: None }))
}

struct TransientJob<R: 'static> {
    claim: Claim<R>,
    first: usize,
    lead: usize,
    /// Steps that the score can see.
    seen: usize,
    rerun: Rerun<R>,
    warm: Option<Attribution>,
}

impl<R: Judge> TransientJob<R> {
    /// h of all layers at a step.
    fn state(trace: &Trace<R>, t: usize) -> Vec<f64> {
        let records = trace.records();
        (0..trace.network.depth())
            .flat_map(|d| records.hidden_state(d, t, 0).iter().map(|h| h.to_f64()).collect::<Vec<f64>>())
            .collect()
    }

    /// ‖h_t at the start − h_t after the lead-in‖ for every step, as a share of that before the first step.
    fn distances(&self) -> Vec<f64> {
        let Some(warm) = &self.rerun.input else { return Vec::new() };
        let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        let before = Self::state(warm, self.lead - 1);
        let start = apart(&before, &vec![0.0; before.len()]);
        (0..self.seen)
            .map(|t| apart(&Self::state(&self.claim.problem.pair.input, t), &Self::state(warm, self.lead + t)) / start)
            .collect()
    }
}

/// |φ_t| / Σ|φ| of some steps.
fn shares(bars: &[f64]) -> Vec<f64> {
    let sum: f64 = bars.iter().map(|bar| bar.abs()).sum();
    bars.iter().map(|bar| bar.abs() / sum).collect()
}

impl<R: Judge> Job for TransientJob<R> {
    fn total(&self) -> usize {
        100
    }

    fn done(&self) -> usize {
        if self.warm.is_some() { 100 } else { self.rerun.percent() }
    }

    fn advance(&mut self) -> Result<bool> {
        if self.warm.is_none() {
            self.warm = self.rerun.advance()?;
        }
        Ok(self.warm.is_none())
    }

    fn measurement(&self) -> Measurement {
        let cold = shares(&self.claim.answer.reduced()[..self.seen]);
        let warm = self
            .warm
            .as_ref()
            .map(|warm| shares(&warm.reduced()[self.lead..self.lead + self.seen]))
            .unwrap_or_default();
        let on_first =
            |shares: &[f64]| if shares.is_empty() { f64::NAN } else { shares[..self.first].iter().sum::<f64>() };
        let (at_start, later) = (on_first(&cold), on_first(&warm));
        let distances = if self.warm.is_some() { self.distances() } else { Vec::new() };
        let settled = distances.iter().rposition(|distance| *distance > SETTLED).map_or(0, |t| t + 1);
        let never = settled == self.seen;
        let numbers = vec![
            Number::new(
                "transient",
                at_start - later,
                format!("surplus of the first {} steps; above {SURPLUS} the start of the network shows", self.first),
            ),
            Number::new("share at the start", at_start, format!("of Σ|φ| on the first {} steps", self.first)),
            Number::new("share after the lead-in", later, "of the same steps, read in a usual state"),
            Number::new(
                "steps until settled",
                if distances.is_empty() || never { f64::NAN } else { settled as f64 },
                if never && !distances.is_empty() {
                    "the states never come within a tenth of their first distance: the network remembers the lead-in"
                } else {
                    "until the states of both runs are within a tenth of their first distance"
                },
            ),
        ];
        let (n, share) = (self.first, |x: f64| 100.0 * x);
        let verdict = match at_start - later {
            _ if warm.is_empty() => String::new(),
            surplus if surplus.is_nan() => {
                "All bars are zero, at the start or after the lead-in, so there are no shares to compare; explain another score.".to_string()
            }
            surplus if surplus > SURPLUS && never => format!(
                "The first {n} steps hold {:.0} % of the bars, but {:.0} % when they are read after a lead-in. The network still remembers the lead-in at the end, so this may be its memory rather than its start.",
                share(at_start),
                share(later)
            ),
            surplus if surplus > SURPLUS => format!(
                "The first {n} steps hold {:.0} % of the bars, but {:.0} % when they are read after a lead-in: much of that is the start of the network, not the input.",
                share(at_start),
                share(later)
            ),
            _ => format!(
                "The first {n} steps hold {:.0} % of the bars, and {:.0} % when they are read after a lead-in: no sign of a transient.",
                share(at_start),
                share(later)
            ),
        };
        let axis: Vec<f64> = (1..=self.seen).map(|t| t as f64).collect();
        let mut curves = vec![Curve::new("share of the bars, at the start", axis.clone(), cold)];
        if !warm.is_empty() {
            curves.push(Curve::new("share of the bars, after the lead-in", axis.clone(), warm));
            curves.push(Curve::new("distance of the states", axis, distances));
        }
        Measurement {
            numbers,
            curves,
            x_label: "step".into(),
            y_label: "share".into(),
            verdict,
            note: format!("lead-in of the input’s last {} steps, in input and baseline alike", self.lead),
        }
    }
}
