//! One bar per step or feature: the shares of a decision, and what they leave unexplained.

use super::{Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// `values [N]` with a label each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Bars {
    /// Heading, such as "Integrated gradients · logit of positive".
    pub title: String,
    /// What a bar stands for: "word", "character", "hour", "feature".
    pub x_label: String,
    /// Unit of the values: "logits", "nats", "probability".
    pub unit: String,
    /// [N].
    pub labels: Vec<String>,
    /// Signed (diverging) or a magnitude (sequential).
    pub signed: bool,
    /// Half height of the axis; at least the largest absolute value.
    pub limit: f32,
    /// What the bars do not explain: score difference minus their sum; none if the method promises no sum.
    pub gap: Option<f32>,
    /// [N].
    #[serde(skip)]
    pub values: Vec<f32>,
}

impl View for Bars {
    const KIND: &'static str = "bars";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("values", &self.values)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("values", &mut self.values)]
    }

    fn check(&self) -> Result<(), String> {
        same_length("values", self.values.len(), self.labels.len())
    }

    fn summary(&self) -> String {
        let order = crate::math::descending(&self.values.iter().map(|v| f64::from(v.abs())).collect::<Vec<f64>>());
        let top: Vec<String> = order.iter().take(5).map(|&k| format!("{} {}", self.labels[k], readable(self.values[k]))).collect();
        let gap = self.gap.map(|gap| format!(" Unexplained: {}.", readable(gap))).unwrap_or_default();
        format!("{}, {} bars in {}; the largest: {}.{gap}", self.title, self.values.len(), self.unit, top.join(", "))
    }

    fn table(&self) -> Table {
        let columns = vec!["#".into(), self.x_label.clone(), self.unit.clone()];
        let mut rows: Vec<Vec<String>> = (self.labels.iter().zip(&self.values).enumerate())
            .map(|(k, (label, value))| vec![(k + 1).to_string(), label.clone(), readable(*value)])
            .collect();
        if let Some(gap) = self.gap {
            rows.push(vec![String::new(), "unexplained".into(), readable(gap)]);
        }
        Table { title: self.title.clone(), columns, rows }
    }
}
