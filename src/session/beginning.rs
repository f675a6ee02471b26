//! Something to read first where a model comes without samples.

use super::Session;
use crate::import::InputKind;

/// Words that are typed, and hours that are filled.
const WORDS: usize = 8;
const STEPS: usize = 24;
const ROLE: &str = "value";

impl Session {
    /// The file's own first example where it can be written down; words of its vocabulary; made-up values where inputs
    /// have no units. Empty where nothing fits.
    pub(super) fn beginning(&self) -> String {
        let metadata = &self.checkpoint.metadata;
        if let Some(text) = metadata.examples.first().and_then(|example| example.text.clone()) {
            return text;
        }
        match metadata.input.kind {
            InputKind::Characters => String::new(),
            InputKind::Words => {
                let words = metadata.vocab.iter().filter(|word| word.chars().all(char::is_alphanumeric));
                words.take(WORDS).cloned().collect::<Vec<_>>().join(" ")
            }
            InputKind::Series => self.table(),
        }
    }

    /// Of the first example, or made up.
    fn table(&self) -> String {
        let columns = &self.spec.columns;
        if columns.iter().any(|column| column.role != ROLE) {
            return String::new();
        }
        let (example, features) = (self.checkpoint.metadata.examples.first(), columns.len());
        let numbers =
            example.and_then(|example| self.checkpoint.numbers("example.0.x", &[example.steps, features]).ok());
        let named = columns.iter().any(|column| !column.unit.is_empty());
        let values: Box<dyn Fn(usize, usize) -> f64> = match numbers {
            Some(numbers) => Box::new(move |t, k| numbers[t * features + k]),
            // Values in units that nobody measured would mislead.
            None if named => return String::new(),
            None => Box::new(zigzag),
        };
        let steps = self.spec.length.or(example.map(|example| example.steps)).unwrap_or(STEPS);
        let steps = example.map_or(steps, |example| steps.min(example.steps));
        let head: String = columns.iter().map(|column| format!(",{}", column.variable)).collect();
        let row = |t: usize| -> String {
            let value = |(k, column): (usize, &crate::input::Column)| {
                format!(",{:.4}", values(t, k) * column.std + column.mean)
            };
            columns.iter().enumerate().map(value).collect()
        };
        format!("hour{head}\n{}", (0..steps).map(|t| format!("{t}{}\n", row(t))).collect::<String>())
    }
}

/// Between −1 and 1, each feature a little later than the one before.
fn zigzag(t: usize, k: usize) -> f64 {
    const PERIOD: usize = 16;
    1.0 - ((2 * t + 5 * k) % PERIOD).abs_diff(PERIOD / 2) as f64 / 4.0
}
