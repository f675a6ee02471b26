//! Lines over a numeric axis, with bands where they were drawn more than once: deletion against chance.

use super::{Labels, Table, View, readable, same_length};
use serde::{Deserialize, Serialize};

/// S curves of `counts [S]` points each; P = Σ counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Curves {
    /// Heading.
    pub title: String,
    /// What x is.
    pub x_label: String,
    /// What y is, with its unit.
    pub y_label: String,
    /// [S] names.
    #[serde(skip)]
    pub series: Labels,
    /// [S] points of each; their numbers stand behind one another.
    pub counts: Vec<usize>,
    /// [P] ascending within a curve.
    #[serde(skip)]
    pub x: Vec<f32>,
    /// [P] not a number where it is not defined.
    #[serde(skip)]
    pub y: Vec<f32>,
    /// [P], or empty: lower edge of the band; not a number where a curve has none.
    #[serde(skip)]
    pub low: Vec<f32>,
    /// [P], or empty: upper edge.
    #[serde(skip)]
    pub high: Vec<f32>,
}

impl Curves {
    /// Where in `x` and `y` each curve stands.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.counts.iter().scan(0, |from, count| {
            let start = *from;
            *from += count;
            Some(start..*from)
        })
    }
}

impl View for Curves {
    const KIND: &'static str = "curves";

    fn numbers(&self) -> Vec<(&'static str, &[f32])> {
        vec![("x", &self.x), ("y", &self.y), ("low", &self.low), ("high", &self.high)]
    }

    fn numbers_mut(&mut self) -> Vec<(&'static str, &mut Vec<f32>)> {
        vec![("x", &mut self.x), ("y", &mut self.y), ("low", &mut self.low), ("high", &mut self.high)]
    }

    fn labels(&self) -> Vec<(&'static str, &Labels)> {
        vec![("series", &self.series)]
    }

    fn labels_mut(&mut self) -> Vec<(&'static str, &mut Labels)> {
        vec![("series", &mut self.series)]
    }

    fn check(&self) -> Result<(), String> {
        same_length("counts", self.counts.len(), self.series.len())?;
        let sum = self.counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count));
        let points = sum.ok_or("counts: more points than there can be")?;
        same_length("x", self.x.len(), points)?;
        same_length("y", self.y.len(), points)?;
        same_length("high", self.high.len(), self.low.len())?;
        if self.low.is_empty() { Ok(()) } else { same_length("low", self.low.len(), points) }
    }

    fn summary(&self) -> String {
        let ends: Vec<String> = (self.series.iter().zip(self.ranges()))
            .filter(|(_, range)| !range.is_empty())
            .map(|(name, range)| {
                format!("{name} from {} to {}", readable(self.y[range.start]), readable(self.y[range.end - 1]))
            })
            .collect();
        let bands =
            if self.low.iter().any(|v| v.is_finite()) { " Bands: plus and minus one standard deviation." } else { "" };
        format!("{}: {} over {}: {}.{bands}", self.title, self.y_label, self.x_label, ends.join("; "))
    }

    fn table(&self) -> Table {
        let banded = !self.low.is_empty();
        let mut columns = vec!["curve".into(), self.x_label.clone(), self.y_label.clone()];
        if banded {
            columns.extend(["lower".to_string(), "upper".to_string()]);
        }
        let rows = self.series.iter().zip(self.ranges()).flat_map(|(name, range)| {
            range.map(move |p| {
                let edge =
                    |edges: &[f32]| edges.get(p).filter(|v| v.is_finite()).map(|v| readable(*v)).unwrap_or_default();
                let mut row = vec![name.clone(), readable(self.x[p]), readable(self.y[p])];
                if banded {
                    row.extend([edge(&self.low), edge(&self.high)]);
                }
                row
            })
        });
        Table { title: self.title.clone(), columns, rows: rows.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_every_number_do_not_wrap_round_to_a_fitting_sum() {
        let series = ["a", "b"].map(String::from).to_vec().into();
        let curves = Curves { series, counts: vec![usize::MAX, 2], x: vec![0.0], y: vec![0.0], ..Curves::default() };
        assert!(curves.check().unwrap_err().starts_with("counts"));
    }
}
