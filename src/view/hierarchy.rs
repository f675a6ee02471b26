//! A tree of phrases over the steps, each with the score of all its steps together.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// N spans over T steps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hierarchy {
    /// Heading.
    pub title: String,
    /// What a step is: "word", "hour".
    pub x_label: String,
    /// Unit of the scores.
    pub unit: String,
    /// [T].
    #[serde(skip)]
    pub labels: Labels,
    /// The score at the end of the colour scale.
    pub limit: f32,
    /// [N] first step, from 0.
    #[serde(skip)]
    pub from: Vec<f32>,
    /// [N] the step after the last.
    #[serde(skip)]
    pub to: Vec<f32>,
    /// [N] 0 at the top.
    #[serde(skip)]
    pub level: Vec<f32>,
    /// [N].
    #[serde(skip)]
    pub scores: Vec<f32>,
    /// [N], or empty: standard errors.
    #[serde(skip)]
    pub errors: Vec<f32>,
}

impl Hierarchy {
    /// Rows of the picture.
    pub fn levels(&self) -> usize {
        self.level.iter().fold(0, |most, level| most.max(*level as usize + 1))
    }

    /// "the fight scenes": what a span reads, cut where it is long.
    pub fn reads(&self, k: usize) -> String {
        const MOST: usize = 12;
        let words = &self.labels[self.from[k] as usize..self.to[k] as usize];
        // Characters stand together, words apart.
        let between = if words.iter().all(|word| word.chars().count() == 1) { "" } else { " " };
        match words.len() {
            0..=MOST => words.join(between),
            n => format!("{} … {}", words[..MOST / 2].join(between), words[n - MOST / 2..].join(between)),
        }
    }
}

impl View for Hierarchy {
    const KIND: &'static str = "hierarchy";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![
            ("from", &self.from),
            ("to", &self.to),
            ("level", &self.level),
            ("scores", &self.scores),
            ("errors", &self.errors),
        ]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![
            ("from", &mut self.from),
            ("to", &mut self.to),
            ("level", &mut self.level),
            ("scores", &mut self.scores),
            ("errors", &mut self.errors),
        ]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("labels", &self.labels)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("labels", &mut self.labels)]
    }

    fn check(&self) -> Result<(), String> {
        const DEEPEST: f32 = 1000.0;
        let count = self.scores.len();
        for (name, numbers) in [("from", &self.from), ("to", &self.to), ("level", &self.level)] {
            same_length(name, numbers.len(), count)?;
        }
        if !self.errors.is_empty() {
            same_length("errors", self.errors.len(), count)?;
        }
        let within = |k: usize| {
            0.0 <= self.from[k]
                && self.from[k] < self.to[k]
                && self.to[k] as usize <= self.labels.len()
                && (0.0..DEEPEST).contains(&self.level[k])
        };
        (0..count).find(|k| !within(*k)).map_or(Ok(()), |k| {
            Err(format!(
                "span {k}: from {} to {} at level {} does not lie in {} steps",
                self.from[k],
                self.to[k],
                self.level[k],
                self.labels.len()
            ))
        })
    }

    fn summary(&self) -> String {
        let order = crate::math::descending(&self.scores.iter().map(|v| f64::from(v.abs())).collect::<Vec<f64>>());
        let top: Vec<String> =
            order.iter().take(4).map(|&k| format!("“{}” {}", self.reads(k), readable(self.scores[k]))).collect();
        format!(
            "{}, {} spans on {} levels, in {}; the largest: {}.",
            self.title,
            self.scores.len(),
            self.levels(),
            self.unit,
            top.join(", ")
        )
    }

    fn table(&self) -> Table {
        let mut columns: Vec<String> =
            vec!["level".into(), "first".into(), "last".into(), format!("{}s", self.x_label), self.unit.clone()];
        columns.extend((!self.errors.is_empty()).then(|| "± standard error".into()));
        let row = |k: usize| {
            let mut row = vec![
                readable(self.level[k]),
                (self.from[k] as usize + 1).to_string(),
                (self.to[k] as usize).to_string(),
                self.reads(k),
                readable(self.scores[k]),
            ];
            row.extend(self.errors.get(k).map(|error| readable(*error)));
            row
        };
        Table { title: self.title.clone(), columns, rows: (0..self.scores.len()).map(row).collect() }
    }
}
