//! One input run again in one precision, and what of it can be compared.

use crate::attribution::Precision;
use crate::cell::Scalar;
use crate::network::{Network, Trace, TraceJob};
use ndarray::Array2;
use std::rc::Rc;

/// What of a run is compared.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// The input that we make of the example's text.
    Text,
    State {
        layer: usize,
        direction: usize,
        d: usize,
        /// Index in the cell's record.
        quantity: usize,
    },
    Logits,
}

/// A trace of an example in one precision.
pub(super) trait Replay {
    /// Does one unit; false when nothing is left.
    fn advance(&mut self) -> bool;
    /// Values of a state [T, H], or of the logits.
    fn values(&self, part: Part) -> Vec<f64>;
}

struct Run<R: 'static> {
    job: Option<TraceJob<R>>,
    trace: Option<Trace<R>>,
}

impl<R: Scalar> Replay for Run<R> {
    fn advance(&mut self) -> bool {
        if self.job.as_mut().is_some_and(TraceJob::advance) {
            return true;
        }
        self.trace = self.job.take().map(TraceJob::finish).or(self.trace.take());
        false
    }

    fn values(&self, part: Part) -> Vec<f64> {
        let Some(trace) = &self.trace else { return Vec::new() };
        let Part::State { layer, d, quantity, .. } = part else {
            return trace.logits.iter().map(|v| v.to_f64()).collect();
        };
        let (records, hidden) = (trace.records(), trace.network.layers[layer].hidden);
        let row = |t: usize| records.row(d, t, 0).iter().skip(quantity * hidden).take(hidden).map(|v| v.to_f64());
        (0..trace.steps()).flat_map(|t| row(t).collect::<Vec<_>>()).collect()
    }
}

/// Begins to run x [T, I].
pub(super) fn run<R: Precision>(network: Rc<Network<R>>, x: &Array2<f64>) -> Box<dyn Replay> {
    Box::new(Run { job: Some(TraceJob::new(network, x.mapv(R::from_f64))), trace: None })
}
