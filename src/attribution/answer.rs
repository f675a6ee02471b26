//! The answer of a method, finished or so far.

use ndarray::Array2;

/// How [T, I] scores become one number a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduction {
    /// Σ over the features: shares add up.
    #[default]
    Sum,
    /// √Σ² over the features: a magnitude without sign.
    Norm,
}

/// What a score is a number of, where F is measured in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dimension {
    /// F: a share of the score.
    #[default]
    Score,
    /// F per unit of the network's input.
    Slope,
    /// F per unit that the input was measured in.
    RawSlope,
    /// The square of a slope.
    SquaredSlope,
    /// 0 to 1: how much of the input is kept.
    Kept,
    /// 0 to 1, from the least to the most relevant.
    Relevance,
}

/// Work done, counted in passes over one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Forward passes.
    pub forward: usize,
    /// Backward passes.
    pub backward: usize,
}

/// The score of neighbouring steps taken together: a phrase, a window, a node of a hierarchy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// First step.
    pub from: usize,
    /// The step after the last.
    pub to: usize,
    /// Of all its steps together.
    pub score: f64,
    /// Standard error of the score; 0 where it is exact.
    pub error: f64,
    /// 0 = a whole, or what was never joined; a span lies inside one of the level before.
    pub level: usize,
}

/// Scores of one part of the network, such as the forward direction: parts add up to the scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// For people.
    pub label: String,
    /// Same shape as the scores.
    pub scores: Array2<f64>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attribution {
    /// [T, I]; [T, 1] if the method scores steps, [1, I] if it scores features.
    pub scores: Array2<f64>,
    /// Standard errors of the scores (same shape), where they are estimated from samples.
    pub error: Option<Array2<f64>>,
    /// [T], standard errors of each step's sum, where samples tell them.
    pub step_error: Option<Vec<f64>>,
    /// [I], the same of each feature's sum over time.
    pub feature_error: Option<Vec<f64>>,
    /// How they become one number a step.
    pub reduction: Reduction,
    /// What they are numbers of.
    pub dimension: Dimension,
    /// F(x).
    pub score: f64,
    /// F(x'); 0 if the method compares with nothing.
    pub baseline_score: f64,
    /// What belongs to no input, by name: bias, initial state, ε of a rule.
    pub remainder: Vec<(&'static str, f64)>,
    /// F(x) − F(x') − Σ scores − Σ remainder, where a sum has a meaning.
    pub gap: Option<f64>,
    /// Scores apart by part of the network; empty if there is one part.
    pub parts: Vec<Part>,
    /// Scores of phrases, windows or a hierarchy; empty if the method has none.
    pub spans: Vec<Span>,
    /// What it cost.
    pub cost: Cost,
    /// The asked tolerance was reached; true where none was asked.
    pub converged: bool,
    /// One sentence on how it went.
    pub note: String,
}

impl Attribution {
    /// An answer whose scores should add up to F(x) − F(x'); not a number is a score that is not known yet.
    pub(super) fn summing(scores: Array2<f64>, score: f64, baseline_score: f64, cost: Cost) -> Attribution {
        let gap = Some(score - baseline_score - scores.sum()).filter(|_| !baseline_score.is_nan());
        Attribution { scores, score, baseline_score, gap, cost, converged: true, ..Attribution::default() }
    }

    /// Names what belongs to no input; the gap is measured anew.
    pub(super) fn with_remainder(mut self, remainder: Vec<(&'static str, f64)>) -> Attribution {
        let named: f64 = remainder.iter().map(|(_, value)| value).sum();
        self.gap = Some(self.score - self.baseline_score - self.scores.sum() - named);
        self.remainder = remainder;
        self
    }

    /// The score of the steps from..to taken together, as the sum of theirs: the phrase's own score where the method
    /// completes. None where a sum has no meaning, or no such steps were scored.
    pub fn span_score(&self, from: usize, to: usize) -> Option<f64> {
        let summed = self.reduction == Reduction::Sum && self.gap.is_some();
        (summed && from < to && to <= self.scores.nrows()).then(|| self.scores.slice(ndarray::s![from..to, ..]).sum())
    }

    /// Standard errors of `reduced`, [T]; empty where there are none. As samples tell them, or else the most that the
    /// errors of the cells allow: all of a step may err together, and ‖a‖ and ‖b‖ are no farther apart than a and b.
    pub fn step_errors(&self) -> Vec<f64> {
        let Some(error) = &self.error else { return Vec::new() };
        match (self.reduction, &self.step_error) {
            (Reduction::Norm, _) => error.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect(),
            (Reduction::Sum, Some(known)) => known.clone(),
            (Reduction::Sum, None) => error.rows().into_iter().map(|row| row.sum()).collect(),
        }
    }

    /// Standard errors of each feature's sum over time, [I]; empty where there are none. Known or bounded as above.
    pub fn feature_errors(&self) -> Vec<f64> {
        let Some(error) = &self.error else { return Vec::new() };
        self.feature_error.clone().unwrap_or_else(|| error.columns().into_iter().map(|column| column.sum()).collect())
    }

    /// One number a step (or, for scores of features, one a feature).
    pub fn reduced(&self) -> Vec<f64> {
        let row = |values: ndarray::ArrayView1<'_, f64>| match self.reduction {
            Reduction::Sum => values.sum(),
            Reduction::Norm => values.iter().map(|v| v * v).sum::<f64>().sqrt(),
        };
        self.scores.rows().into_iter().map(row).collect()
    }
}
