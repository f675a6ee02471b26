//! One recurrent cell a file: its equations and, beside them, their derivatives.
//!
//! A step writes a *record* of R quantities (gates, candidates, states) for each of B rows, [B, R·H]; the last
//! quantity is always the hidden state. The record of the step before is all the memory that a cell has.

mod graph;
mod gru;
mod gru_reset_before;
mod lstm;
mod recurrent;
mod rnn;
mod values;

pub use graph::{At, Graph, Lane, Lanes, Node, Rule};
pub use recurrent::Recurrent;
pub use values::Recorded;

use crate::math::Real;

/// The registry: a new cell is one file and one line here.
pub const CELLS: &[&dyn Cell] = &[&rnn::TANH, &rnn::RELU, &lstm::Lstm, &gru::Gru, &gru_reset_before::GruResetBefore];

/// What the numbers of a recorded quantity mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// σ of something: 0..1.
    Gate,
    /// What may be written: −1..1.
    Candidate,
    /// What is remembered.
    State,
    /// An intermediate result that the derivative needs.
    Internal,
}

/// One recorded quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// Stable name, as in the papers: `forget_gate`.
    pub id: &'static str,
    /// Name with its symbol: "forget gate f".
    pub label: &'static str,
    /// What it means.
    pub kind: Kind,
    /// Range of the values; infinite where there is none.
    pub range: (f32, f32),
}

const fn gate(id: &'static str, label: &'static str) -> Quantity {
    Quantity { id, label, kind: Kind::Gate, range: (0.0, 1.0) }
}

const fn bounded(id: &'static str, label: &'static str, kind: Kind) -> Quantity {
    Quantity { id, label, kind, range: (-1.0, 1.0) }
}

const fn unbounded(id: &'static str, label: &'static str, kind: Kind) -> Quantity {
    Quantity { id, label, kind, range: (f32::NEG_INFINITY, f32::INFINITY) }
}

/// What a cell says of itself.
pub trait Cell: Step<f32> + Step<f64> + Sync {
    /// Stable name in files and addresses.
    fn id(&self) -> &'static str;
    /// Name for people.
    fn label(&self) -> &'static str;
    /// The equations, in the papers' symbols, with the convention named.
    fn equations(&self) -> &'static str;
    /// Names of the G blocks of the weight matrices, in the order that we keep (PyTorch's).
    fn gates(&self) -> &'static [&'static str];
    /// The R quantities of a record; the last is the hidden state.
    fn quantities(&self) -> &'static [Quantity];
    /// How the G blocks are grouped into recurrent products: all at once, or in turn.
    fn products(&self) -> &'static [usize];
    /// The same equations as elementary operations.
    fn graph(&self) -> &'static Graph;
}

/// One step and its vector–Jacobian product, for B rows at once.
pub trait Step<R: Real>: Sync {
    /// `projection` [B, G·H] = W_x x_t + b_x; `before` [B, R·H] the record at t−1; writes the record at t to `after`.
    fn step(&self, weights: &Recurrent<R>, projection: &[R], before: &[R], after: &mut [R], scratch: &mut Vec<R>);

    /// Given `d_state` [B, 2·H], the gradient of a score by (h_t, c_t), replaces it by that by (h_{t−1}, c_{t−1})
    /// and writes the gradient by the projection to `d_projection` [B, G·H].
    fn step_vjp(
        &self,
        weights: &Recurrent<R>,
        before: &[R],
        after: &[R],
        d_state: &mut [R],
        d_projection: &mut [R],
        scratch: &mut Vec<R>,
    );
}

/// Numbers that cells can compute with.
pub trait Scalar: Real {
    /// The cell's step in this precision.
    fn of(cell: &'static dyn Cell) -> &'static dyn Step<Self>;
}

impl Scalar for f32 {
    fn of(cell: &'static dyn Cell) -> &'static dyn Step<f32> {
        cell
    }
}

impl Scalar for f64 {
    fn of(cell: &'static dyn Cell) -> &'static dyn Step<f64> {
        cell
    }
}

/// A buffer of at least `length` zeros.
#[inline]
fn zeros<R: Real>(scratch: &mut Vec<R>, length: usize) -> &mut [R] {
    scratch.clear();
    scratch.resize(length, R::ZERO);
    scratch
}

#[cfg(test)]
mod tests;
