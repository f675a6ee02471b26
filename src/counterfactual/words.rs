//! Texts: another entry of the vocabulary at a step.

use super::{Edit, Space};
use crate::math::{descending, dot};
use crate::network::Network;
use ndarray::Array2;
use std::rc::Rc;

/// Entries that are proposed for one step.
const PER_STEP: usize = 4;

/// A text as entries of the vocabulary.
pub struct Words {
    network: Rc<Network<f32>>,
    ids: Vec<Option<usize>>,
    x: Array2<f32>,
    /// Entries that may be put in.
    allowed: Vec<usize>,
    /// Steps that can matter.
    reach: usize,
}

impl Words {
    /// Of the entries that are read [T]; `allowed` may stand instead, at the first `reach` steps.
    pub fn new(network: Rc<Network<f32>>, ids: Vec<Option<usize>>, allowed: Vec<usize>, reach: usize) -> Words {
        let x = network.encode(&ids);
        Words { network, ids, x, allowed, reach }
    }

    /// ‖e_v − x_t‖ in the embedding; √2 between any two one-hot entries.
    pub fn distance(&self, step: usize, entry: usize) -> f64 {
        let row = self.x.row(step);
        let squares = match &self.network.embedding {
            Some(table) => table.row(entry).iter().zip(row).map(|(e, x)| f64::from((e - x) * (e - x))).sum(),
            None if self.ids[step] == Some(entry) => 0.0,
            None => 1.0 + f64::from(row.sum()),
        };
        f64::sqrt(squares)
    }

    /// All other entries for a step, nearest first; in the order of the vocabulary where all are as near.
    pub fn nearest(&self, step: usize) -> Vec<Edit> {
        let others: Vec<usize> = self.allowed.iter().copied().filter(|v| self.ids[step] != Some(*v)).collect();
        let order = descending(&others.iter().map(|v| -self.distance(step, *v)).collect::<Vec<f64>>());
        order.into_iter().map(|k| Edit::Entry { step, entry: others[k] }).collect()
    }
}

impl Space for Words {
    fn edited(&self, edits: &[Edit]) -> Array2<f32> {
        let mut x = self.x.clone();
        for edit in edits {
            if let Edit::Entry { step, entry } = edit {
                x.row_mut(*step).assign(&self.network.encode(&[Some(*entry)]).row(0));
            }
        }
        x
    }

    /// ⟨∂m/∂x_t, e_v − x_t⟩ for every step and entry.
    fn proposals(&self, edits: &[Edit], slope: &Array2<f32>, most: usize) -> Vec<Edit> {
        let (mut found, mut falls) = (Vec::new(), Vec::new());
        for step in (0..self.reach).filter(|t| edits.iter().all(|edit| edit.step() != *t)) {
            let g = slope.row(step);
            let g = g.as_slice().unwrap_or_default();
            let now = f64::from(dot(g, self.x.row(step).as_slice().unwrap_or_default()));
            let fall = |v: &usize| {
                let then = match &self.network.embedding {
                    Some(table) => dot(g, table.row(*v).as_slice().unwrap_or_default()),
                    None => g[*v],
                };
                now - f64::from(then)
            };
            // The few best, without sorting a whole vocabulary.
            let mut best: Vec<(f64, usize)> = Vec::new();
            for entry in self.allowed.iter().filter(|v| self.ids[step] != Some(**v)) {
                let fall = fall(entry);
                let place = best.iter().position(|(other, _)| fall > *other).unwrap_or(best.len());
                if fall > 0.0 && place < PER_STEP {
                    best.insert(place, (fall, *entry));
                    best.truncate(PER_STEP);
                }
            }
            for (fall, entry) in best {
                found.push(Edit::Entry { step, entry });
                falls.push(fall);
            }
        }
        descending(&falls).into_iter().take(most).map(|k| found[k]).collect()
    }

    fn smaller(&self, edit: &Edit, most: usize) -> Vec<Edit> {
        let size = self.size(edit);
        self.nearest(edit.step()).into_iter().take_while(|other| self.size(other) < size).take(most).collect()
    }

    fn size(&self, edit: &Edit) -> f64 {
        match edit {
            Edit::Entry { step, entry } => self.distance(*step, *entry),
            Edit::Value { .. } => f64::INFINITY,
        }
    }
}
