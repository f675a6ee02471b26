//! What may stand at the steps of an input instead of what stands there.

use super::Edit;
use ndarray::Array2;

/// The edits of one kind of input.
pub trait Space {
    /// The whole input after some edits, [T, I].
    fn edited(&self, edits: &[Edit]) -> Array2<f32>;
    /// At most `most` edits that promise to lower the margin, best first, at other places than those of `edits`;
    /// `slope` is ∂m/∂x after them, [T, I].
    fn proposals(&self, edits: &[Edit], slope: &Array2<f32>, most: usize) -> Vec<Edit>;
    /// Edits of the same place that change less than this one, the smallest first, at most `most`.
    fn smaller(&self, edit: &Edit, most: usize) -> Vec<Edit>;
    /// How much an edit changes: a distance in the embedding, or standard deviations.
    fn size(&self, edit: &Edit) -> f64;
}
