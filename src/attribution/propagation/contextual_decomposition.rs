//! Contextual decomposition: what a word or a phrase brings to the score, in its context.

use super::phrases::Phrases;
use super::refuses;
use crate::attribution::{Against, Attribution, Cost, Job, Kind, Method, Param, ParamKind, Problem, Settings, Span};
use crate::cell::Scalar;
use crate::network::Readout;
use crate::{Error, Result};
use ndarray::Array2;
use std::ops::Range;

/// Whose is the product of two biases.
pub(super) const BIAS: Param = Param {
    id: "bias",
    label: "Product of biases",
    help: "What the biases alone write to the state at a step of the phrase is the phrase's, at every step of it; the authors' code leaves it out at its last step, so that single words never have it.",
    kind: ParamKind::Choice(&[("symmetric", "at every step"), ("authors", "as the authors' code")]),
};

const PARAMS: &[Param] = &[
    Param {
        id: "phrase",
        label: "Phrase",
        help: "Steps that are scored together, counted from 1, both included; several phrases with commas between them.",
        kind: ParamKind::Text("3-7"),
    },
    BIAS,
];

/// The method.
pub const CONTEXTUAL_DECOMPOSITION: Method = Method {
    id: "contextual-decomposition",
    label: "Contextual decomposition",
    family: "Propagation",
    question: "Which part of the state did this word, or this phrase, write, the others being as they are?",
    formula: "h = β + γ at every step, β from the phrase; β of φ(β + γ + b) = ½ [φ(β + b) − φ(b) + φ(β + γ + b) − φ(γ + b)]; score W β_T (Murdoch, Liu & Yu 2018)",
    caveat: "A phrase has a score of its own, which is not the sum of its words': the gap is what words do together, and what belongs to none.",
    cost: "one forward pass a word, each from that word on",
    signed: true,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: PARAMS,
    refuses: |subject| refuses(subject, true),
    start: (start, start),
};

/// The score, and the bias of the read-out in it.
pub(super) fn score_and_bias<R: Scalar>(problem: &Problem<R>) -> Result<(f64, f64)> {
    let (target, trace) = (problem.target, &problem.pair.input);
    let score = trace.score(&target)?;
    if target.readout == Readout::Hidden {
        return Ok((score, 0.0));
    }
    let counts = target.score(trace.logits_at(target.step)).1;
    Ok((score, counts.iter().zip(trace.network.head.bias()).map(|(count, bias)| (*count * *bias).to_f64()).sum()))
}

struct Decomposition<R: 'static> {
    problem: Problem<R>,
    phrases: Phrases<R>,
    score: f64,
    bias: f64,
    asked: Vec<Range<usize>>,
    /// Of the asked phrases, then of single words, the last first: it mostly matters most, and is known soonest.
    found: Vec<f64>,
    waiting: usize,
    units: usize,
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let (score, bias) = score_and_bias(&problem)?;
    let asked = ranges(settings.text("phrase"), problem.pair.input.steps())?;
    let phrases = Phrases::new(problem.clone(), settings.choice("bias") == 1);
    Ok(Box::new(Decomposition { phrases, score, bias, asked, found: Vec::new(), waiting: 0, units: 0, problem }))
}

/// "3-7, 9" of steps counted from 1 as ranges.
fn ranges(text: &str, steps: usize) -> Result<Vec<Range<usize>>> {
    let wrong = || {
        Error::request(
            "Phrase",
            format!("like 3-7, of steps between 1 and {steps}, the first not after the last"),
            text,
        )
    };
    let range = |part: &str| {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<usize>().ok().filter(|step| (1..=steps).contains(step));
        number(first)
            .zip(number(last))
            .filter(|(first, last)| first <= last)
            .map(|(first, last)| first - 1..last)
            .ok_or_else(wrong)
    };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(range).collect()
}

impl<R: Scalar> Decomposition<R> {
    /// Phrases first, then words; what lies after the last step that counts has no part in the score. Where a phrase ends
    /// still matters: the authors treat its last step apart.
    fn task(&self, k: usize) -> Range<usize> {
        let word = (self.asked.len() + self.phrases.steps()).saturating_sub(k + 1);
        let phrase = self.asked.get(k).cloned().unwrap_or(word..word + 1);
        phrase.start.min(self.phrases.steps())..phrase.end
    }

    fn tasks(&self) -> usize {
        self.asked.len() + self.phrases.steps()
    }
}

impl<R: Scalar> Job for Decomposition<R> {
    fn total(&self) -> usize {
        self.tasks() * self.phrases.units()
    }

    fn done(&self) -> usize {
        self.found.len() * self.phrases.units() + (self.units * self.waiting).min(self.waiting * self.phrases.units())
    }

    fn advance(&mut self) -> bool {
        if self.waiting == 0 {
            let left =
                if self.found.len() < self.asked.len() { self.asked.len() } else { self.tasks() } - self.found.len();
            if left == 0 {
                return false;
            }
            self.waiting = self.problem.next_rows(left, self.found.len());
            self.phrases.begin((self.found.len()..self.found.len() + self.waiting).map(|k| self.task(k)).collect());
            self.units = 0;
        }
        self.units += 1;
        if let Some(scores) = self.phrases.advance() {
            self.found.extend(scores);
            self.waiting = 0;
        }
        self.found.len() < self.tasks()
    }

    fn answer(&self) -> Attribution {
        let words = self.found.get(self.asked.len()..).unwrap_or_default();
        let of = |t: usize| self.phrases.steps().checked_sub(t + 1).and_then(|k| words.get(k));
        let scores =
            Array2::from_shape_fn((self.problem.pair.input.steps(), 1), |(t, _)| of(t).copied().unwrap_or(0.0));
        let cost = Cost { forward: 1 + self.found.len(), backward: 0 };
        let mut answer = Attribution::summing(scores, self.score, 0.0, cost).with_remainder(vec![("bias", self.bias)]);
        let span = |(phrase, score): (&Range<usize>, &f64)| Span {
            from: phrase.start,
            to: phrase.end,
            score: *score,
            error: 0.0,
            level: 0,
        };
        answer.spans = self.asked.iter().zip(&self.found).map(span).collect();
        answer.converged = self.found.len() == self.tasks();
        answer.note = format!(
            "{} of {} steps alone and {} phrases; what steps do together is in the gap",
            words.len(),
            self.phrases.steps(),
            answer.spans.len()
        );
        answer
    }
}
