//! Sensitivity-n (Ancona et al. 2018): do the bars of n parts together say what is lost with them?

use super::controls::{SCORE, SEED, seed, target};
use super::parts::{Loss, PARTS, Parts};
use super::scoring::{Probe, ScoringJob};
use super::statistics::{mean, pearson};
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Param, ParamKind, Settings};
use crate::math::Random;
use std::rc::Rc;

const SUBSETS: Param = Param {
    id: "subsets",
    label: "Subsets",
    help: "Random subsets of each size.",
    kind: ParamKind::Number { low: 3.0, high: 1000.0, step: 1.0, log: true, default: 50.0 },
};
const SIZES: Param = Param {
    id: "sizes",
    label: "Sizes",
    help: "How many sizes n between 1 and 80 % of the parts.",
    kind: ParamKind::Number { low: 1.0, high: 50.0, step: 1.0, log: true, default: 10.0 },
};

/// The metric.
pub const SENSITIVITY_N: Metric = Metric {
    id: "sensitivity-n",
    label: "Sensitivity-n",
    question: "When n random parts go together, is what is lost proportional to the sum of their bars?",
    formula: "Pearson’s correlation of Σ_S φ and F(x) − F(x without S) over random subsets |S| = n, for n = 1 … 0.8 M (Ancona et al. 2018)",
    caveat: "A correlation: bars that are all twice too long pass. Of bars without signs, how far the score moves is compared, |F(x) − F(x without S)|. Where all subsets lose the same, it is not defined.",
    cost: "one forward pass a subset",
    params: &[PARTS, SCORE, SUBSETS, SIZES, SEED],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let parts = Parts::new(&claim, settings)?;
    let target = target(&claim, settings, &SCORE)?;
    let whole = claim.problem.pair.input.score(&target)?;
    let count = parts.len();
    let most = (count * 4 / 5).max(1);
    let wanted = (settings.number("sizes") as usize).min(most);
    // From 1 to 0.8 M in even steps.
    let mut sizes: Vec<usize> =
        (0..wanted).map(|k| if wanted == 1 { 1 } else { 1 + k * (most - 1) / (wanted - 1) }).collect();
    sizes.dedup();
    let subsets = settings.number("subsets") as usize;
    // The first n of a random order are a random subset of size n. Orders in turn, so that every size has a first
    // estimate early; subsets of one size come from different orders and are independent.
    let orders = parts.shuffled(subsets, &mut Random::new(seed(settings)));
    let sum = |order: &Rc<Vec<usize>>, n: usize| order[..n].iter().map(|part| parts.scores[*part]).sum::<f64>();
    let sums: Vec<f64> = orders.iter().flat_map(|order| sizes.iter().map(|n| sum(order, *n))).collect();
    let probes = orders.iter().flat_map(|order| sizes.iter().map(|n| Probe::Without(order.clone(), 0..*n))).collect();
    let (noun, loss, note) = (
        parts.noun(),
        parts.loss(whole),
        format!(
            "{count} {} that differ from the baseline, replaced by it; {subsets} subsets of each size, seed {}",
            parts.noun(),
            seed(settings)
        ),
    );
    ScoringJob::start(
        claim,
        parts,
        target,
        probes,
        Box::new(move |scores| measure(scores, &sums, &sizes, loss, noun, &note)),
    )
}

fn measure(scores: &[f64], sums: &[f64], sizes: &[usize], loss: Loss, noun: &str, note: &str) -> Measurement {
    let correlation = |place: usize| {
        let of = |values: &[f64]| {
            values.iter().take(scores.len()).skip(place).step_by(sizes.len()).copied().collect::<Vec<f64>>()
        };
        let lost: Vec<f64> = of(scores).iter().map(|score| loss.of(*score)).collect();
        if lost.len() < 3 { f64::NAN } else { pearson(&of(sums), &lost) }
    };
    let y: Vec<f64> = (0..sizes.len()).map(correlation).collect();
    let known: Vec<f64> = y.iter().copied().filter(|r| !r.is_nan()).collect();
    let average = mean(&known);
    let numbers = vec![
        Number::new("mean correlation", average, "1 = the bars of any parts together say what is lost with them"),
        Number::new("single parts", y.first().copied().unwrap_or(f64::NAN), "n = 1"),
        Number::new(
            "largest subsets",
            y.last().copied().unwrap_or(f64::NAN),
            format!("n = {}", sizes.last().copied().unwrap_or(0)),
        ),
        Number::new("lowest", known.iter().copied().fold(f64::NAN, f64::min), "over the sizes"),
    ];
    // Three subsets of every size make a correlation.
    let begun = scores.len() >= 3 * sizes.len();
    let verdict = if begun { verdict(average, loss, noun) } else { String::new() };
    let curves = vec![Curve::new("correlation", sizes.iter().map(|n| *n as f64).collect(), y)];
    Measurement {
        numbers,
        curves,
        x_label: format!("{noun} removed together, n"),
        y_label: "correlation".into(),
        verdict,
        note: note.to_string(),
    }
}

/// What the mean correlation means, as far as a word can say it.
fn verdict(r: f64, loss: Loss, noun: &str) -> String {
    let lost = loss.word("what is lost with them", "how far the score moves without them");
    let relation = match r {
        r if r.is_nan() => {
            return format!(
                "No correlation is defined: all sets of {noun} of one size lose the same, or their bars are the same; take another score, a longer input or smaller parts."
            );
        }
        r if r >= 0.7 => "go along with",
        r if r >= 0.3 => "go along only loosely with",
        r if r > -0.3 => "say little about",
        _ => "run against",
    };
    format!("The bars of random sets of {noun} {relation} {lost}: mean correlation {r:.2}.{}", loss.aside())
}
