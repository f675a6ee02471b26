//! The text itself, coloured: by a unit, or by what each token contributed.

use super::{Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// One piece of the input.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Token {
    /// As the person typed it.
    pub label: String,
    /// White space that stood before it.
    pub before: String,
    /// Not in the model's vocabulary.
    pub unknown: bool,
}

/// `values [T]`, one per token.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Text {
    /// What colours the text, such as "tanh c of unit 17".
    pub title: String,
    /// "character" or "word".
    pub x_label: String,
    /// [T].
    pub tokens: Vec<Token>,
    /// Unit of the values.
    pub unit: String,
    /// Diverging or sequential colours.
    pub signed: bool,
    /// The value at the end of the colour scale.
    pub limit: f32,
    /// [T].
    #[serde(skip)]
    pub values: Vec<f32>,
}

impl View for Text {
    const KIND: &'static str = "text";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values)]
    }

    fn check(&self) -> Result<(), String> {
        same_length("values", self.values.len(), self.tokens.len())
    }

    fn summary(&self) -> String {
        let strongest = self.values.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let at = strongest
            .map(|(t, v)| format!(", strongest at “{}”: {}", self.tokens[t].label, readable(*v)))
            .unwrap_or_default();
        format!("{} over {} tokens{at}.", self.title, self.tokens.len())
    }

    fn table(&self) -> Table {
        let row = |(t, (token, value)): (usize, (&Token, &f32))| {
            let note = if token.unknown { "unknown to the model" } else { "" };
            vec![(t + 1).to_string(), token.label.clone(), readable(*value), note.into()]
        };
        let rows = self.tokens.iter().zip(&self.values).enumerate().map(row).collect();
        let unit = if self.unit.is_empty() { "value".into() } else { self.unit.clone() };
        Table { title: self.title.clone(), columns: vec!["#".into(), self.x_label.clone(), unit, "note".into()], rows }
    }
}
