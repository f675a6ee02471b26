//! Agglomerative contextual decomposition: words grow into phrases where a neighbour changes them most.

use super::contextual_decomposition::{BIAS, score_and_bias};
use super::phrases::Phrases;
use super::refuses;
use crate::Result;
use crate::attribution::{Against, Attribution, Cost, Job, Kind, Method, Problem, Settings, Span, Subject};
use crate::cell::Scalar;
use ndarray::Array2;
use std::collections::BTreeMap;
use std::ops::Range;

/// More steps than these are a hierarchy that nobody reads.
const MOST_STEPS: usize = 60;

/// The method.
pub const AGGLOMERATIVE: Method = Method {
    id: "agglomerative-cd",
    label: "Hierarchy of phrases (ACD)",
    family: "Propagation",
    question: "Which words belong together, and what does each group bring to the score?",
    formula: "of all neighbours those two join for which |CD(A ∪ B) − CD(A)| is largest, A the stronger; CD as in contextual decomposition (after Singh, Murdoch & Yu 2019)",
    caveat: "Each join is the best of its moment, not of the whole tree; two groups join at a time, where the authors' code grows all groups by every word above a percentile. A group's score is not the sum of its parts': that is what it shows.",
    cost: "about four forward passes a word",
    signed: true,
    completes: false,
    slope_first: false,
    kind: Kind::SPECIFIC,
    against: Against::Nothing,
    params: &[BIAS],
    refuses: too_long,
    start: (start, start),
};

fn too_long(subject: &Subject) -> Option<String> {
    let long = subject.steps > MOST_STEPS;
    refuses(subject, true).or_else(|| long.then(|| format!("The hierarchy of more than {MOST_STEPS} steps cannot be read: shorten the input, or choose contextual decomposition.")))
}

/// A group of neighbouring steps.
struct Group {
    steps: Range<usize>,
    score: f64,
    parts: Option<[usize; 2]>,
}

struct Hierarchy<R: 'static> {
    problem: Problem<R>,
    phrases: Phrases<R>,
    score: f64,
    bias: f64,
    /// Scores of all phrases that were asked for.
    known: BTreeMap<(usize, usize), f64>,
    waiting: Vec<Range<usize>>,
    units: usize,
    /// Words first, then what was joined.
    groups: Vec<Group>,
    /// Groups that no other contains, in order.
    roots: Vec<usize>,
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let (score, bias) = score_and_bias(&problem)?;
    let phrases = Phrases::new(problem.clone(), settings.choice("bias") == 1);
    Ok(Box::new(Hierarchy {
        phrases,
        score,
        bias,
        known: BTreeMap::new(),
        waiting: Vec::new(),
        units: 0,
        groups: Vec::new(),
        roots: Vec::new(),
        problem,
    }))
}

impl<R: Scalar> Hierarchy<R> {
    /// What has to be scored before the next join.
    fn wanted(&self) -> Vec<Range<usize>> {
        let phrases: Vec<Range<usize>> = match self.groups.is_empty() {
            true => (0..self.phrases.steps()).map(|t| t..t + 1).collect(),
            false => self
                .roots
                .windows(2)
                .map(|pair| self.groups[pair[0]].steps.start..self.groups[pair[1]].steps.end)
                .collect(),
        };
        phrases.into_iter().filter(|phrase| !self.known.contains_key(&(phrase.start, phrase.end))).collect()
    }

    fn score_of(&self, steps: &Range<usize>) -> f64 {
        self.known.get(&(steps.start, steps.end)).copied().unwrap_or(0.0)
    }

    /// Words become groups, or the two neighbours join whose stronger is changed most; the first of equals.
    fn join(&mut self) {
        if self.groups.is_empty() {
            self.groups = (0..self.phrases.steps())
                .map(|t| Group { steps: t..t + 1, score: self.score_of(&(t..t + 1)), parts: None })
                .collect();
            self.roots = (0..self.groups.len()).collect();
            return;
        }
        let mut best: Option<(f64, usize, Group)> = None;
        for (place, pair) in self.roots.windows(2).enumerate() {
            let (a, b) = (&self.groups[pair[0]], &self.groups[pair[1]]);
            let steps = a.steps.start..b.steps.end;
            let score = self.score_of(&steps);
            let stronger = if b.score.abs() > a.score.abs() { b.score } else { a.score };
            let change = (score - stronger).abs();
            if best.as_ref().is_none_or(|(most, ..)| change > *most) {
                best = Some((change, place, Group { steps, score, parts: Some([pair[0], pair[1]]) }));
            }
        }
        if let Some((_, place, group)) = best {
            self.roots.splice(place..place + 2, [self.groups.len()]);
            self.groups.push(group);
        }
    }

    fn whole(&self) -> bool {
        self.roots.len() == 1
    }

    /// All groups with their depth below a root.
    fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut open: Vec<(usize, usize)> = self.roots.iter().rev().map(|root| (*root, 0)).collect();
        while let Some((index, level)) = open.pop() {
            let group = &self.groups[index];
            spans.push(Span { from: group.steps.start, to: group.steps.end, score: group.score, error: 0.0, level });
            open.extend(group.parts.iter().flat_map(|[a, b]| [(*b, level + 1), (*a, level + 1)]));
        }
        spans
    }
}

impl<R: Scalar> Job for Hierarchy<R> {
    fn total(&self) -> usize {
        // Words, neighbours, and at most two new neighbours a join.
        4 * self.phrases.steps() * self.phrases.units()
    }

    fn done(&self) -> usize {
        let running = self.units.min(self.phrases.units()) * self.waiting.len();
        if self.whole() { self.total() } else { (self.known.len() * self.phrases.units() + running).min(self.total()) }
    }

    fn advance(&mut self) -> bool {
        if self.whole() {
            return false;
        }
        if self.waiting.is_empty() {
            let mut wanted = self.wanted();
            if wanted.is_empty() {
                self.join();
                return !self.whole();
            }
            wanted.truncate(self.problem.next_rows(wanted.len(), self.known.len()));
            self.waiting = wanted.clone();
            self.phrases.begin(wanted);
            self.units = 0;
        }
        self.units += 1;
        if let Some(scores) = self.phrases.advance() {
            self.known.extend(self.waiting.drain(..).map(|phrase| (phrase.start, phrase.end)).zip(scores));
        }
        true
    }

    fn answer(&self) -> Attribution {
        let scores = Array2::from_shape_fn((self.problem.pair.input.steps(), 1), |(t, _)| self.score_of(&(t..t + 1)));
        let cost = Cost { forward: 1 + self.known.len(), backward: 0 };
        let mut answer = Attribution::summing(scores, self.score, 0.0, cost).with_remainder(vec![("bias", self.bias)]);
        answer.spans = self.spans();
        answer.converged = self.whole();
        answer.note = format!(
            "{} of {} joins; {} phrases were scored",
            self.groups.len().saturating_sub(self.phrases.steps()),
            self.phrases.steps().saturating_sub(1),
            self.known.len()
        );
        answer
    }
}
