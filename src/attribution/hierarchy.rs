//! Steps joined into phrases: a parse written with brackets, a simple chunker, or nested windows.
//!
//! Scores that add up make a phrase's score the sum of its parts': nothing is computed but sums.

use super::{Param, ParamKind, Problem, Settings, Span};
use crate::cell::Scalar;
use crate::{Error, Result};
use std::ops::Range;

/// The controls of methods whose scores may be added up.
pub(super) const PARAMS: &[Param] = &[
    Param {
        id: "chunks",
        label: "Phrases",
        help: "How steps are joined: by the brackets that are written, at punctuation and conjunctions, in pairs of pairs, or in windows of windows.",
        kind: ParamKind::Choice(&[
            ("brackets", "brackets, if any are written"),
            ("clauses", "clauses"),
            ("pairs", "pairs of pairs"),
            ("windows", "windows of windows"),
        ]),
    },
    Param {
        id: "parse",
        label: "Brackets",
        help: "The text again, with a pair of brackets around every phrase.",
        kind: ParamKind::Text("((the fight scenes) (are fun)) (but (it grows tedious))"),
    },
    Param {
        id: "window",
        label: "Window",
        help: "How many steps, and then how many windows, are joined.",
        kind: ParamKind::Number { low: 2.0, high: 64.0, step: 1.0, log: false, default: 6.0 },
    },
];

/// Words before which a clause begins.
const CONJUNCTIONS: &[&str] = &[
    "and", "but", "or", "nor", "yet", "so", "because", "although", "though", "while", "whereas", "if", "unless",
    "when", "until", "since", "which", "that", "who", "where",
];

/// A tree over all steps, as spans without scores: a node stands before its children, which tile it.
pub(super) struct Hierarchy(Vec<Span>);

impl Hierarchy {
    /// As the settings say; empty if brackets are wanted and none are written.
    pub(super) fn new<R: Scalar>(settings: &Settings, problem: &Problem<R>) -> Result<Hierarchy> {
        let (steps, labels) = (problem.pair.input.steps(), problem.labels.as_slice());
        let leaves = |ranges: Vec<Range<usize>>| ranges.into_iter().map(leaf).collect::<Vec<_>>();
        let tree = match settings.choice("chunks") {
            0 => bracketed(settings.text("parse"), labels, steps)?,
            1 if labels.is_empty() => {
                return Err(Error::request("Phrases", "pairs or windows for what is not a text", "clauses"));
            }
            1 => join(clauses(&words(labels, steps), labels).into_iter().map(|clause| join(leaves(clause))).collect()),
            2 => nested(leaves(words(labels, steps)), 2),
            _ => nested(leaves(words(labels, steps)), settings.number("window") as usize),
        };
        Ok(Hierarchy(tree))
    }

    /// The spans with their scores: of a leaf the sum of its steps' [T], of a node the sum of its children's.
    pub(super) fn scored(&self, scores: &[f64]) -> Vec<Span> {
        let mut spans = self.0.clone();
        let deepest = spans.iter().map(|span| span.level).max().unwrap_or(0);
        // Children are met before their parent: what they add up to waits at their level.
        let mut waiting: Vec<Option<f64>> = vec![None; deepest + 2];
        for span in spans.iter_mut().rev() {
            span.score = waiting[span.level + 1].take().unwrap_or_else(|| scores[span.from..span.to].iter().sum());
            waiting[span.level] = Some(waiting[span.level].unwrap_or(0.0) + span.score);
        }
        spans
    }
}

fn leaf(range: Range<usize>) -> Vec<Span> {
    vec![Span { from: range.start, to: range.end, score: 0.0, error: 0.0, level: 0 }]
}

/// A node over neighbouring trees; one tree needs no node of its own.
fn join(mut trees: Vec<Vec<Span>>) -> Vec<Span> {
    if trees.len() < 2 {
        return trees.pop().unwrap_or_default();
    }
    let (from, to) = (trees[0][0].from, trees[trees.len() - 1][0].to);
    let below = trees.into_iter().flatten().map(|span| Span { level: span.level + 1, ..span });
    leaf(from..to).into_iter().chain(below).collect()
}

/// Neighbours joined `size` at a time until one tree is left.
fn nested(mut trees: Vec<Vec<Span>>, size: usize) -> Vec<Span> {
    while trees.len() > 1 {
        trees = trees.chunks(size.max(2)).map(|group| join(group.to_vec())).collect();
    }
    join(trees)
}

/// The steps of each word: between white space if tokens are characters, else one step each.
fn words(labels: &[String], steps: usize) -> Vec<Range<usize>> {
    let space = |t: usize| labels.get(t).is_some_and(|label| label.trim().is_empty());
    if !(0..steps).any(space) {
        return (0..steps).map(|t| t..t + 1).collect();
    }
    // White space goes with the word before it.
    let begins: Vec<usize> = (0..steps).filter(|t| *t == 0 || (space(t - 1) && !space(*t))).collect();
    tiles(&begins, steps)
}

/// Ranges that begin at `begins` and leave nothing out.
fn tiles(begins: &[usize], steps: usize) -> Vec<Range<usize>> {
    (0..begins.len()).map(|n| if n == 0 { 0 } else { begins[n] }..begins.get(n + 1).copied().unwrap_or(steps)).collect()
}

/// Words by clause: a clause ends after punctuation and before a conjunction.
fn clauses(words: &[Range<usize>], labels: &[String]) -> Vec<Vec<Range<usize>>> {
    let mut clauses: Vec<Vec<Range<usize>>> = Vec::new();
    let mut ended = true;
    for word in words {
        let text = labels[word.clone()].concat().trim().to_lowercase();
        let punctuation = text.chars().all(|c| !c.is_alphanumeric());
        let begins = (ended && !punctuation) || CONJUNCTIONS.contains(&text.as_str());
        match clauses.last_mut() {
            Some(clause) if !begins => clause.push(word.clone()),
            _ => clauses.push(vec![word.clone()]),
        }
        ended = text.ends_with([',', ';', ':', '.', '!', '?', '…', '—']);
    }
    clauses
}

/// The tree that is written with brackets; empty if nothing is written.
fn bracketed(text: &str, labels: &[String], steps: usize) -> Result<Vec<Span>> {
    let balanced = |got: String| Error::request("Brackets", "balanced: a ) for every (", got);
    let mut said: Vec<String> = Vec::new();
    let mut open: Vec<Vec<Vec<Span>>> = vec![Vec::new()];
    for token in text.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
        let found = match token {
            "(" => {
                open.push(Vec::new());
                continue;
            }
            ")" if open.len() < 2 => return Err(balanced(format!("closed once too often after word {}", said.len()))),
            ")" => join(open.pop().unwrap_or_default()),
            word => {
                said.push(word.to_string());
                leaf(said.len() - 1..said.len())
            }
        };
        if let (false, Some(phrase)) = (found.is_empty(), open.last_mut()) {
            phrase.push(found);
        }
    }
    if open.len() > 1 {
        return Err(balanced(format!("open {} times at the end", open.len() - 1)));
    }
    let tree = join(open.pop().unwrap_or_default());
    if tree.is_empty() {
        return Ok(tree);
    }
    let steps_of = align(&said, labels, steps)?;
    Ok(tree
        .into_iter()
        .map(|span| Span { from: steps_of[span.from].start, to: steps_of[span.to - 1].end, ..span })
        .collect())
}

/// The steps of each written word: letter by letter where steps have labels, else one step a word.
fn align(said: &[String], labels: &[String], steps: usize) -> Result<Vec<Range<usize>>> {
    if labels.is_empty() {
        let rule = || format!("around {steps} words, one a step");
        return if said.len() == steps {
            Ok((0..steps).map(|t| t..t + 1).collect())
        } else {
            Err(Error::request("Brackets", rule(), said.len()))
        };
    }
    // Tokens that are white space or brackets themselves go with the word before them.
    let letters = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')'))
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let mut read = labels
        .iter()
        .take(steps)
        .map(|label| letters(label))
        .enumerate()
        .filter(|(_, letters)| !letters.is_empty())
        .peekable();
    let mut begins = Vec::new();
    for word in said {
        let whole = letters(word);
        begins.extend(read.peek().map(|(t, _)| *t));
        let mut found = String::new();
        while found.len() < whole.len() {
            match read.next() {
                Some((_, token)) => found.push_str(&token),
                None => {
                    return Err(Error::request(
                        "Brackets",
                        "around the words of the text",
                        format!("{word:?} after its end"),
                    ));
                }
            }
        }
        if found != whole {
            return Err(Error::request(
                "Brackets",
                "around the words of the text, in their order",
                format!("{word:?} where the text says {found:?}"),
            ));
        }
    }
    match read.next() {
        Some((_, token)) => {
            Err(Error::request("Brackets", "around all words of the text", format!("at its end before {token:?}")))
        }
        None => Ok(tiles(&begins, steps)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The fight scenes are fun but it grows tedious";

    fn labels(text: &str) -> Vec<String> {
        text.split(' ').map(String::from).collect()
    }

    fn shown(tree: &[Span]) -> Vec<(usize, usize, usize)> {
        tree.iter().map(|span| (span.from, span.to, span.level)).collect()
    }

    #[test]
    fn brackets_make_a_tree() {
        let tree = bracketed("((the fight scenes) (are fun)) (but (it grows tedious))", &labels(TEXT), 9).unwrap();
        let expected = [
            (0, 9, 0),
            (0, 5, 1),
            (0, 3, 2),
            (0, 1, 3),
            (1, 2, 3),
            (2, 3, 3),
            (3, 5, 2),
            (3, 4, 3),
            (4, 5, 3),
            (5, 9, 1),
            (5, 6, 2),
            (6, 9, 2),
            (6, 7, 3),
            (7, 8, 3),
            (8, 9, 3),
        ];
        assert_eq!(shown(&tree), expected);
        // An outer pair, a pair around one word and no labels change nothing.
        assert_eq!(bracketed("(((the (fight) scenes) (are fun)) (but (it grows tedious)))", &[], 9).unwrap(), tree);
        assert!(bracketed(" ", &labels(TEXT), 9).unwrap().is_empty());
        assert!(bracketed("()", &labels(TEXT), 9).unwrap().is_empty());
        let deep = format!("{}word{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(shown(&bracketed(&deep, &[], 1).unwrap()), [(0, 1, 0)]);
    }

    #[test]
    fn words_are_found_in_characters_and_in_pieces() {
        let characters: Vec<String> = "so be it".chars().map(String::from).collect();
        assert_eq!(
            shown(&bracketed("so (be it)", &characters, 8).unwrap()),
            [(0, 8, 0), (0, 3, 1), (3, 8, 1), (3, 6, 2), (6, 8, 2)]
        );
        let pieces: Vec<String> = ["may", "be", "new", ","].map(String::from).to_vec();
        assert_eq!(
            shown(&bracketed("(may be) new,", &pieces, 4).unwrap()),
            [(0, 4, 0), (0, 2, 1), (0, 1, 2), (1, 2, 2), (2, 4, 1)]
        );
        assert_eq!(words(&characters, 8), [0..3, 3..6, 6..8]);
    }

    #[test]
    fn wrong_brackets_get_a_sentence() {
        let sentence = |text: &str| bracketed(text, &labels(TEXT), 9).unwrap_err().to_string();
        assert_eq!(
            sentence("((the fight"),
            "Brackets must be balanced: a ) for every (; it is open 2 times at the end"
        );
        assert_eq!(
            sentence("the) fight"),
            "Brackets must be balanced: a ) for every (; it is closed once too often after word 1"
        );
        assert_eq!(
            sentence("(the fights scenes)"),
            "Brackets must be around the words of the text, in their order; it is \"fights\" where the text says \"fightscenes\""
        );
        assert_eq!(
            sentence("(a fight scenes)"),
            "Brackets must be around the words of the text, in their order; it is \"a\" where the text says \"the\""
        );
        assert_eq!(
            sentence("(the fight)"),
            "Brackets must be around all words of the text; it is at its end before \"scenes\""
        );
        assert_eq!(
            sentence(&format!("({TEXT}) indeed")),
            "Brackets must be around the words of the text; it is \"indeed\" after its end"
        );
        assert_eq!(
            bracketed("(a b)", &[], 9).unwrap_err().to_string(),
            "Brackets must be around 9 words, one a step; it is 2"
        );
    }

    #[test]
    fn clauses_end_at_punctuation_and_before_conjunctions() {
        let labels = labels("the story may be new , but it does not serve lots of laughs .");
        let found = clauses(&words(&labels, labels.len()), &labels);
        let spans: Vec<_> = found.iter().map(|clause| (clause[0].start, clause[clause.len() - 1].end)).collect();
        assert_eq!(spans, [(0, 6), (6, 15)]);
    }

    #[test]
    fn a_node_is_the_sum_of_its_children_to_the_bit() {
        let scores: Vec<f64> = (0..23).map(|t| 0.1 + 0.37 * f64::from(t)).collect();
        for size in [2, 3, 6, 30] {
            let spans = Hierarchy(nested((0..23).map(|t| leaf(t..t + 1)).collect(), size)).scored(&scores);
            assert_eq!((spans[0].from, spans[0].to), (0, 23));
            for (n, node) in spans.iter().enumerate() {
                let inside = spans[n + 1..].iter().take_while(|span| span.level > node.level);
                let children: Vec<&Span> = inside.filter(|span| span.level == node.level + 1).collect();
                if children.is_empty() {
                    assert_eq!(node.score, scores[node.from], "a leaf");
                } else {
                    assert_eq!(node.score, children.iter().rev().fold(0.0, |sum, child| sum + child.score), "{node:?}");
                    assert!(children.windows(2).all(|pair| pair[0].to == pair[1].from), "{node:?}");
                    assert_eq!((children[0].from, children[children.len() - 1].to), (node.from, node.to));
                }
            }
        }
    }
}
