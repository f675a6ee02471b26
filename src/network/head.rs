//! The linear read-out: y = W s + b of the states s that it looks at.

use super::Records;
use crate::Result;
use crate::import::{Checkpoint, Head as Spec, ReadFrom};
use crate::math::{Matrix, Real};

/// W [C, H·D] split by direction, b [C].
pub struct Head<R> {
    on: ReadFrom,
    weight: Vec<Matrix<R>>,
    bias: Vec<R>,
}

impl<R: Real> Head<R> {
    /// Reads and proves the tensors; `parts` are the sizes of the top layer's directions.
    pub fn new(checkpoint: &Checkpoint, spec: &Spec, classes: usize, parts: &[usize]) -> Result<Head<R>> {
        let width: usize = parts.iter().sum();
        let weight = checkpoint.read(&format!("{}.weight", spec.name), &[classes, width], R::from_f64)?;
        let bias_name = format!("{}.bias", spec.name);
        let bias = match checkpoint.shape(&bias_name) {
            Some(_) => checkpoint.read(&bias_name, &[classes], R::from_f64)?,
            None => vec![R::ZERO; classes],
        };
        let (mut by_part, mut first) = (Vec::new(), 0);
        for part in parts {
            by_part.push(Matrix::new(classes, *part, |n, k| weight[n * width + first + k]));
            first += part;
        }
        Ok(Head { on: spec.on, weight: by_part, bias })
    }

    /// The same head with weights and bias changed by `anew`.
    pub(super) fn redrawn(&self, anew: &mut dyn FnMut(&mut [R])) -> Head<R> {
        let weight = self.weight.iter().map(|weight| weight.changed(&mut *anew)).collect();
        let mut bias = self.bias.clone();
        anew(&mut bias);
        Head { on: self.on, weight, bias }
    }

    /// What it reads.
    pub fn on(&self) -> ReadFrom {
        self.on
    }

    /// C.
    pub fn classes(&self) -> usize {
        self.bias.len()
    }

    /// b [C].
    pub fn bias(&self) -> &[R] {
        &self.bias
    }

    /// Wᵀ ∂/∂y of the state that is read of a direction, [H].
    pub fn by_state(&self, direction: usize, d_logits: &[R]) -> Vec<R> {
        let transposed = self.weight[direction].transposed();
        let mut d_state = vec![R::ZERO; transposed.outputs()];
        transposed.add_product(d_logits, d_logits.len(), &mut d_state, transposed.outputs(), 1);
        d_state
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.bias.len() * (1 + self.weight.iter().map(|weight| weight.inputs()).sum::<usize>())
    }

    /// y [C] of one row; `step` counts only if the head reads every step. `top` is the first d of the top layer.
    pub fn logits(&self, records: &Records<R>, top: usize, step: usize, b: usize) -> Vec<R> {
        self.logits_of(|direction| {
            let d = top + direction;
            match self.on {
                ReadFrom::LastState => records.hidden_state(d, last(direction, records.steps), b).to_vec(),
                ReadFrom::EveryStep => records.hidden_state(d, step, b).to_vec(),
                ReadFrom::MeanState => mean(records, d, b),
                ReadFrom::MaxState => largest(records, d, b).into_iter().map(|(_, h)| h).collect(),
            }
        })
    }

    /// y [C] given what is read of each direction, [H].
    pub fn logits_of(&self, state: impl Fn(usize) -> Vec<R>) -> Vec<R> {
        let mut y = self.bias.clone();
        for (direction, weight) in self.weight.iter().enumerate() {
            let state = state(direction);
            weight.add_product(&state, state.len(), &mut y, self.bias.len(), 1);
        }
        y
    }

    /// Adds ∂/∂h for one row to `add(direction, t, k, gradient)`, given ∂/∂y [C].
    pub fn vjp(
        &self,
        records: &Records<R>,
        top: usize,
        step: usize,
        b: usize,
        d_logits: &[R],
        mut add: impl FnMut(usize, usize, usize, R),
    ) {
        for direction in 0..self.weight.len() {
            let d_state = self.by_state(direction, d_logits);
            self.unpool(records, top, step, b, direction, &d_state, |t, k, d| add(direction, t, k, d));
        }
    }

    /// Hands what the state that is read gets [H] to the steps that it is made of: `add(t, k, share)`.
    #[expect(clippy::too_many_arguments, reason = "a kernel takes its shapes")]
    pub fn unpool(
        &self,
        records: &Records<R>,
        top: usize,
        step: usize,
        b: usize,
        direction: usize,
        d_state: &[R],
        mut add: impl FnMut(usize, usize, R),
    ) {
        match self.on {
            ReadFrom::LastState => {
                d_state.iter().enumerate().for_each(|(k, d)| add(last(direction, records.steps), k, *d))
            }
            ReadFrom::EveryStep => d_state.iter().enumerate().for_each(|(k, d)| add(step, k, *d)),
            ReadFrom::MeanState => {
                let share = R::ONE / R::from_f64(records.steps as f64);
                for t in 0..records.steps {
                    d_state.iter().enumerate().for_each(|(k, d)| add(t, k, *d * share));
                }
            }
            ReadFrom::MaxState => {
                for (k, (t, _)) in largest(records, top + direction, b).into_iter().enumerate() {
                    add(t, k, d_state[k]);
                }
            }
        }
    }

    /// Does it read the largest value of every unit?
    pub fn reads_largest(&self) -> bool {
        self.on == ReadFrom::MaxState
    }
}

/// The step at which a direction has read everything.
fn last(direction: usize, steps: usize) -> usize {
    if direction == 0 { steps - 1 } else { 0 }
}

fn mean<R: Real>(records: &Records<R>, d: usize, b: usize) -> Vec<R> {
    let mut sum = vec![R::ZERO; records.hidden[d]];
    for t in 0..records.steps {
        crate::math::add_scaled(&mut sum, R::ONE, records.hidden_state(d, t, b));
    }
    let share = R::ONE / R::from_f64(records.steps as f64);
    sum.into_iter().map(|x| x * share).collect()
}

/// For each unit of one row: the first step at which it is largest, and its value there.
pub fn largest<R: Real>(records: &Records<R>, d: usize, b: usize) -> Vec<(usize, R)> {
    let mut best: Vec<(usize, R)> = records.hidden_state(d, 0, b).iter().map(|h| (0, *h)).collect();
    for t in 1..records.steps {
        for (best, h) in best.iter_mut().zip(records.hidden_state(d, t, b)) {
            if *h > best.1 {
                *best = (t, *h);
            }
        }
    }
    best
}
