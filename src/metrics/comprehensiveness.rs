//! Comprehensiveness and sufficiency (ERASER, DeYoung et al. 2020): are the largest bars needed, and are they enough?

use super::controls::{ORDERS, PROBABILITY, SEED, seed, target};
use super::parts::{Loss, PARTS, Parts, same_in_any_order};
use super::scoring::{Probe, ScoringJob};
use super::statistics::mean;
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::Settings;
use crate::math::Random;
use std::rc::Rc;

/// Shares of the parts that count as the top, as in the paper.
const SHARES: [f64; 5] = [0.01, 0.05, 0.1, 0.2, 0.5];

/// The metric.
pub const COMPREHENSIVENESS: Metric = Metric {
    id: "comprehensiveness",
    label: "Comprehensiveness and sufficiency",
    question: "Does the score fall without the parts with the largest bars, and does it stay with them alone?",
    formula: "comp = mean over k of F(x) − F(x without top k); suff = mean over k of F(x) − F(top k alone); k = 1, 5, 10, 20, 50 % (DeYoung et al. 2020)",
    caveat: "On a probability both are small where the network is sure of itself. Of bars without signs, any move of the score counts as lost. A top of one per cent of few parts is one part.",
    cost: "ten forward passes an order",
    params: &[PARTS, PROBABILITY, ORDERS, SEED],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let parts = Parts::new(&claim, settings)?;
    let target = target(&claim, settings, &PROBABILITY)?;
    let whole = claim.problem.pair.input.score(&target)?;
    let count = parts.len();
    // k of at least one part.
    let tops: Vec<usize> =
        SHARES.iter().map(|share| ((share * count as f64).ceil() as usize).clamp(1, count)).collect();
    let mut orders = vec![Rc::new(parts.descending())];
    orders.extend(parts.shuffled(settings.number("orders") as usize, &mut Random::new(seed(settings))));
    let probe = |order: &Rc<Vec<usize>>| {
        tops.iter()
            .flat_map(|k| [0..*k, *k..count].map(|removed| Probe::Without(order.clone(), removed)))
            .collect::<Vec<_>>()
    };
    let probes = orders.iter().flat_map(probe).collect();
    let (noun, loss, unit) = (parts.noun(), parts.loss(whole), Claim::<R>::unit(&target));
    let note = format!(
        "{count} {noun} that differ from the baseline, replaced by it; {} random orders, seed {}",
        orders.len() - 1,
        seed(settings)
    );
    ScoringJob::start(claim, parts, target, probes, Box::new(move |scores| measure(scores, loss, noun, unit, &note)))
}

fn measure(scores: &[f64], loss: Loss, noun: &str, unit: &str, note: &str) -> Measurement {
    let x: Vec<f64> = SHARES.iter().map(|share| 100.0 * share).collect();
    // One order: (without the top, the top alone) for each k.
    let orders = scores.as_chunks::<2>().0.chunks_exact(SHARES.len());
    let lost = |which: usize| {
        orders.clone().map(|order| order.iter().map(|pair| loss.of(pair[which])).collect()).collect::<Vec<Vec<f64>>>()
    };
    let (without, alone) = (lost(0), lost(1));
    let of = |lines: &[Vec<f64>]| lines.iter().map(|line| mean(line)).collect::<Vec<f64>>();
    let (comprehensiveness, sufficiency) = (of(&without), of(&alone));
    let first = |values: &[f64]| values.first().copied().unwrap_or(f64::NAN);
    let rest = |values: &[f64]| values.get(1..).unwrap_or_default().to_vec();
    let numbers = vec![
        Number::new("comprehensiveness", first(&comprehensiveness), "higher is better: without them the score is lost"),
        Number::new("sufficiency", first(&sufficiency), "lower is better: with them alone the score is kept"),
        Number::drawn("comprehensiveness, random order", &rest(&comprehensiveness), "reference"),
        Number::drawn("sufficiency, random order", &rest(&sufficiency), "reference"),
    ];
    let mut curves = Vec::new();
    for (label, lines) in [("lost without the top", &without), ("lost with the top alone", &alone)] {
        if let Some(line) = lines.first() {
            curves.push(Curve::new(label, x.clone(), line.clone()));
        }
        if lines.len() > 1 {
            curves.push(Curve::drawn(format!("{label}, random order"), x.clone(), &lines[1..]));
        }
    }
    let alike = |values: &[f64]| values.iter().all(|value| *value == values[0]);
    let references = rest(&comprehensiveness);
    let beaten = references.iter().filter(|other| first(&comprehensiveness) > **other).count();
    let enough = rest(&sufficiency).iter().filter(|other| first(&sufficiency) < **other).count();
    let verdict = match references.len() {
        0 => String::new(),
        _ if alike(&comprehensiveness) && alike(&sufficiency) => same_in_any_order(noun),
        n => format!(
            "Without the {noun} with the largest bars {} than in {beaten} of {n} random orders; with them alone {} than in {enough}.{}",
            loss.word("more of the score is lost", "the score moves further"),
            loss.word("less is lost", "it moves less"),
            loss.aside()
        ),
    };
    let lost = loss.word("score lost", "move of the score");
    let y_label = if unit.is_empty() { lost.to_string() } else { format!("{lost} ({unit})") };
    Measurement {
        numbers,
        curves,
        x_label: format!("top, per cent of the {noun}"),
        y_label,
        verdict,
        note: note.to_string(),
    }
}
