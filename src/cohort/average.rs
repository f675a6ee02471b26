//! What a method says of a word (or a variable) on average over a corpus (Du et al. 2019, corpus statistics), and of a
//! word behind a negation.

use crate::math::Moments;
use std::collections::BTreeMap;

/// Words that turn what follows; the steps behind one in which it is taken to reach.
const NEGATIONS: &[&str] = &["not", "n't", "no", "never", "nothing", "hardly", "without", "neither", "nor", "cannot"];
const REACH: usize = 3;

/// The scores of the parts of one input, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrences {
    /// [N] words, in small letters where those are the same to the network, or names of variables.
    pub labels: Vec<String>,
    /// [N] in the unit of the score.
    pub scores: Vec<f64>,
}

/// All scores of one word.
#[derive(Debug, Clone, PartialEq)]
pub struct Average {
    /// The word.
    pub label: String,
    /// How often it occurs.
    pub count: usize,
    /// Mean of its scores.
    pub mean: f64,
    /// Standard deviation (n − 1); 0 of one score.
    pub deviation: f64,
    /// Mean of |score|.
    pub magnitude: f64,
    /// Share of scores above zero.
    pub positive: f64,
    /// Count and mean where a negation stands at most three steps before, if there is one.
    pub negated: Option<(usize, f64)>,
    /// Mean elsewhere; the mean where nothing is negated.
    pub plain: f64,
}

#[derive(Default)]
struct Group {
    scores: Vec<f64>,
    negated: Vec<f64>,
}

/// One average a word, in the order of the alphabet.
pub fn averages(corpus: &[Occurrences]) -> Vec<Average> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for text in corpus {
        let words = &text.labels;
        for (t, (word, score)) in words.iter().zip(&text.scores).enumerate() {
            let before = &words[t.saturating_sub(REACH)..t];
            let group = groups.entry(word.clone()).or_default();
            group.scores.push(*score);
            if before.iter().any(|word| NEGATIONS.contains(&word.as_str()) || word.ends_with("n't")) {
                group.negated.push(*score);
            }
        }
    }
    groups.into_iter().map(|(label, group)| average(label, &group)).collect()
}

fn average(label: String, Group { scores, negated }: &Group) -> Average {
    let mut moments = Moments::new(1);
    scores.iter().for_each(|score| moments.add([*score]));
    let count = scores.len();
    let (mean, error) = moments.means().next().unwrap_or_default();
    let share = |hit: &dyn Fn(f64) -> f64| scores.iter().map(|score| hit(*score)).sum::<f64>() / count as f64;
    let others = count - negated.len();
    let sum: f64 = negated.iter().sum();
    Average {
        label,
        count,
        mean,
        deviation: if count > 1 { error * (count as f64).sqrt() } else { 0.0 },
        magnitude: share(&f64::abs),
        positive: share(&|score| if score > 0.0 { 1.0 } else { 0.0 }),
        negated: (!negated.is_empty()).then(|| (negated.len(), sum / negated.len() as f64)),
        plain: if others > 0 { (mean * count as f64 - sum) / others as f64 } else { mean },
    }
}
