//! Characters or words, looked up in the model's own vocabulary.

use super::MOST_STEPS;
use crate::{Error, Result};
use std::collections::HashMap;

/// A vocabulary and how text is cut into its entries.
pub struct Letters {
    index: HashMap<String, usize>,
    words: bool,
    lower_case: bool,
    unknown: Option<usize>,
}

/// One piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextToken {
    /// As typed.
    pub label: String,
    /// White space before it (words only).
    pub before: String,
    /// Entry of the vocabulary; none = read as nothing (a zero vector).
    pub id: Option<usize>,
    /// Not in the vocabulary.
    pub unknown: bool,
}

/// A text, cut and looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// At least one.
    pub tokens: Vec<TextToken>,
}

impl Text {
    /// Entries of the tokens, [T].
    pub fn ids(&self) -> Vec<Option<usize>> {
        self.tokens.iter().map(|token| token.id).collect()
    }
}

impl Letters {
    /// Of a vocabulary in the order of its numbers; `words` are cut as `[a-z0-9]+(?:'[a-z]+)?|[^\sa-z0-9]`.
    pub fn new(vocabulary: &[String], words: bool, lower_case: bool, unknown: Option<&str>) -> Letters {
        let index: HashMap<String, usize> =
            vocabulary.iter().enumerate().map(|(k, entry)| (entry.clone(), k)).collect();
        let unknown = unknown.and_then(|entry| index.get(entry).copied());
        Letters { index, words, lower_case, unknown }
    }

    /// Cuts and looks up.
    pub fn read(&self, text: &str) -> Result<Text> {
        let pieces =
            if self.words { cut_words(text) } else { text.chars().map(|c| (String::new(), c.to_string())).collect() };
        let unit = if self.words { "word" } else { "character" };
        if pieces.is_empty() {
            return Err(Error::request("text", format!("at least one {unit} long"), "empty"));
        }
        if pieces.len() > MOST_STEPS {
            return Err(Error::request(
                "text",
                format!("at most {MOST_STEPS} {unit}s long"),
                format!("{} {unit}s", pieces.len()),
            ));
        }
        let token = |(before, label): (String, String)| {
            let found =
                if self.lower_case { self.index.get(&label.to_lowercase()) } else { self.index.get(&label) }.copied();
            TextToken { label, before, id: found.or(self.unknown), unknown: found.is_none() }
        };
        Ok(Text { tokens: pieces.into_iter().map(token).collect() })
    }
}

/// (white space before, word) for each word.
fn cut_words(text: &str) -> Vec<(String, String)> {
    let plain = |c: &char| matches!(c.to_lowercase().next(), Some('a'..='z' | '0'..='9')) && c.is_ascii();
    let mut words = Vec::new();
    let mut before = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            before.push(c);
            continue;
        }
        let mut word = String::from(c);
        if plain(&c) {
            while let Some(next) = rest.next_if(plain) {
                word.push(next);
            }
            // An apostrophe belongs to the word if letters follow: don't, it's.
            let mut ahead = rest.clone();
            if ahead.next() == Some('\'') && ahead.peek().is_some_and(char::is_ascii_alphabetic) {
                word.extend(rest.next());
                while let Some(next) = rest.next_if(char::is_ascii_alphabetic) {
                    word.push(next);
                }
            }
        }
        words.push((std::mem::take(&mut before), word));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_in_training() {
        let cut = |text: &str| cut_words(text).into_iter().map(|(_, word)| word).collect::<Vec<_>>();
        assert_eq!(cut("Don't stop, it's 3D-fun!"), ["Don't", "stop", ",", "it's", "3D", "-", "fun", "!"]);
        assert_eq!(cut("rock 'n' roll's'"), ["rock", "'", "n", "'", "roll's", "'"]);
        assert_eq!(cut("  \n "), Vec::<String>::new());
        assert_eq!(cut("café"), ["caf", "é"]);
        let text = "a  b\tc";
        let rebuilt: String = cut_words(text).into_iter().map(|(before, word)| before + &word).collect();
        assert_eq!(rebuilt, text);
    }

    #[test]
    fn what_the_vocabulary_lacks_is_marked() {
        let vocabulary = ["<pad>", "<unk>", "good"].map(String::from);
        let text = Letters::new(&vocabulary, true, true, Some("<unk>")).read("Good gadzooks").unwrap();
        assert_eq!(text.ids(), [Some(2), Some(1)]);
        assert_eq!(text.tokens.iter().map(|t| t.unknown).collect::<Vec<_>>(), [false, true]);
        let text = Letters::new(&["a".to_string()], false, false, None).read("aé").unwrap();
        assert_eq!(text.ids(), [Some(0), None]);
        assert_eq!(Letters::new(&vocabulary, true, true, None).read(" ").unwrap_err().code(), "bad-request");
    }
}
