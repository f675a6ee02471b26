//! The products of a gated cell over all steps, each shared between its two factors.

use super::super::memory::quantity;
use super::gates::{Factor, ProductRule};
use crate::cell::Scalar;
use crate::network::{Backward, Layer, Trace};
use ndarray::Array2;

/// One direction of one layer, run and differentiated.
pub(super) struct Unrolled<'a, R: 'static> {
    pub(super) trace: &'a Trace<R>,
    pub(super) baseline: Option<&'a Trace<R>>,
    pub(super) layer: &'a Layer<R>,
    pub(super) direction: usize,
    pub(super) d: usize,
    pub(super) backward: Backward<R>,
    pub(super) rule: ProductRule,
}

/// A quantity and what it is compared with, [T, H] each.
pub(super) struct Both {
    x: Array2<f64>,
    other: Array2<f64>,
}

impl Both {
    fn map(&self, f: impl Fn(f64) -> f64) -> Both {
        Both { x: self.x.mapv(&f), other: self.other.mapv(&f) }
    }

    fn times(&self, b: &Both) -> Both {
        Both { x: &self.x * &b.x, other: &self.other * &b.other }
    }

    /// g ⊙ (s − s′).
    fn difference(&self, gradient: &Array2<f64>) -> Array2<f64> {
        gradient * &(&self.x - &self.other)
    }
}

type Answer = (Vec<Factor>, Vec<(&'static str, Array2<f64>)>);

impl<R: Scalar> Unrolled<'_, R> {
    fn read(&self, id: &str, at: impl Fn(usize) -> Option<usize>) -> Both {
        let (steps, hidden) = (self.trace.steps(), self.layer.hidden);
        let place = quantity(self.layer, id).unwrap_or_default() * hidden;
        let of = |trace: Option<&Trace<R>>| {
            let records = trace.map(Trace::records);
            let value = |(t, k): (usize, usize)| {
                records.as_ref().zip(at(t)).map_or(0.0, |(records, t)| records.row(self.d, t, 0)[place + k].to_f64())
            };
            Array2::from_shape_fn((steps, hidden), value)
        };
        Both { x: of(Some(self.trace)), other: of(self.baseline) }
    }

    /// A quantity at each step.
    pub(super) fn now(&self, id: &str) -> Both {
        self.read(id, Some)
    }

    /// A quantity at the step read before each; 0 before the first.
    pub(super) fn before(&self, id: &str) -> Both {
        let steps = self.trace.steps();
        self.read(id, |t| if self.direction == 0 { t.checked_sub(1) } else { Some(t + 1).filter(|t| *t < steps) })
    }

    /// ∂F/∂h_t, or the part of ∂F/∂c_t that goes past h_t.
    fn by_state(&self, cell: bool) -> Array2<f64> {
        let (steps, hidden) = (self.trace.steps(), self.layer.hidden);
        let first = if cell { hidden } else { 0 };
        Array2::from_shape_fn((steps, hidden), |(t, k)| {
            self.backward.by_state(self.direction)[t * 2 * hidden + first + k].to_f64()
        })
    }

    /// ∂F/∂a of one gate.
    pub(super) fn by_gate(&self, gate: usize) -> Array2<f64> {
        let (steps, hidden, gates) = (self.trace.steps(), self.layer.hidden, self.layer.gates());
        Array2::from_shape_fn((steps, hidden), |(t, k)| {
            self.backward.by_gate(self.direction)[t * gates + gate * hidden + k].to_f64()
        })
    }

    /// ∂F/∂(r ⊙ h) = U_nᵀ ∂F/∂a_n of a GRU that resets before the product.
    pub(super) fn by_reset_state(&self) -> Array2<f64> {
        let (steps, hidden, gates) = (self.trace.steps(), self.layer.hidden, self.layer.gates());
        let mut found = vec![R::ZERO; steps * hidden];
        let candidate = self.backward.by_gate(self.direction).get(2 * hidden..).unwrap_or_default();
        self.layer.directions[self.direction]
            .recurrent()
            .add_transposed(1, candidate, gates, &mut found, hidden, steps);
        Array2::from_shape_fn((steps, hidden), |(t, k)| found[t * hidden + k].to_f64())
    }

    /// The shares of a and of b in g ⊙ (a ⊙ b − a′ ⊙ b′).
    fn share(&self, gradient: &Array2<f64>, a: &Both, b: &Both) -> [Array2<f64>; 2] {
        let partner = |of: &Both| match self.rule {
            ProductRule::Half => (&of.x + &of.other) * 0.5,
            ProductRule::Gradient => of.x.clone(),
        };
        [a.difference(gradient) * partner(b), b.difference(gradient) * partner(a)]
    }
}

fn factor(id: &'static str, product: &'static str, into: &'static str, scores: Array2<f64>) -> Factor {
    Factor { id, product, into, scores }
}

/// c = f ⊙ c_before + i ⊙ g; h = o ⊙ tanh c.
pub(super) fn lstm<R: Scalar>(cell: &Unrolled<'_, R>) -> Answer {
    let [i, f, g, o, c, tanh_c, h] =
        ["input_gate", "forget_gate", "cell_candidate", "output_gate", "cell_state", "cell_tanh", "hidden_state"]
            .map(|id| cell.now(id));
    let by_h = cell.by_state(false);
    // ∂F/∂c_t in all: past h_t, and through it by o ⊙ (1 − tanh² c)
    let by_c = cell.by_state(true) + &by_h * &o.x * tanh_c.x.mapv(|q| 1.0 - q * q);
    let [write_i, write_g] = cell.share(&by_c, &i, &g);
    let [keep_f, keep_c] = cell.share(&by_c, &f, &cell.before("cell_state"));
    let [read_o, read_c] = cell.share(&by_h, &o, &tanh_c);
    let factors = vec![
        factor("input_gate", "i ⊙ g", "cell_state", write_i),
        factor("cell_candidate", "i ⊙ g", "cell_state", write_g),
        factor("forget_gate", "f ⊙ c_before", "cell_state", keep_f),
        factor("cell_state_before", "f ⊙ c_before", "cell_state", keep_c),
        factor("output_gate", "o ⊙ tanh c", "hidden_state", read_o),
        factor("cell_tanh", "o ⊙ tanh c", "hidden_state", read_c),
    ];
    (factors, vec![("cell_state", c.difference(&by_c)), ("hidden_state", h.difference(&by_h))])
}

/// h = z ⊙ h_before + (1 − z) ⊙ n, and inside n the reset gate times `inner`, with ∂F/∂(r ⊙ inner).
pub(super) fn gru<R: Scalar>(
    cell: &Unrolled<'_, R>,
    (product, inner_id): (&'static str, &'static str),
    inner: Both,
    by_reset: Array2<f64>,
) -> Answer {
    let [r, z, n, h] = ["reset_gate", "update_gate", "candidate", "hidden_state"].map(|id| cell.now(id));
    let by_h = cell.by_state(false);
    let [keep_z, keep_h] = cell.share(&by_h, &z, &cell.before("hidden_state"));
    let [write_z, write_n] = cell.share(&by_h, &z.map(|z| 1.0 - z), &n);
    let [reset_r, reset_h] = cell.share(&by_reset, &r, &inner);
    let factors = vec![
        factor("update_gate", "z ⊙ h_before + (1 − z) ⊙ n", "hidden_state", keep_z + write_z),
        factor("hidden_state_before", "z ⊙ h_before", "hidden_state", keep_h),
        factor("candidate", "(1 − z) ⊙ n", "hidden_state", write_n),
        factor("reset_gate", product, "candidate", reset_r),
        factor(inner_id, product, "candidate", reset_h),
    ];
    (factors, vec![("hidden_state", h.difference(&by_h)), ("candidate", r.times(&inner).difference(&by_reset))])
}
