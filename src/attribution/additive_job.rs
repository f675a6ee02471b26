//! A score taken apart by steps from the records of one trace: nothing is run again.

use super::additive::Additive;
use super::reading::Reading;
use super::{Attribution, Cost, Job, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::network::Trace;

/// Adds one unit of work, by its number, to the steps' scores [T] of a reading.
pub(super) type Add<R> = fn(&Trace<R>, &Reading, usize, &mut [f64]);

/// See the module.
pub(super) struct AdditiveJob<R: 'static> {
    additive: Additive<R>,
    add: Add<R>,
    /// (reading, number) of the work to be done.
    units: Vec<(usize, usize)>,
    done: usize,
}

impl<R: Scalar> AdditiveJob<R> {
    /// `units` says how much work a reading is.
    pub(super) fn start(
        problem: Problem<R>,
        settings: &Settings,
        add: Add<R>,
        units: fn(&Reading) -> usize,
    ) -> Result<Box<dyn Job>> {
        let additive = Additive::new(problem, settings)?;
        let units = additive
            .readings
            .iter()
            .enumerate()
            .flat_map(|(n, reading)| (0..units(reading)).map(move |unit| (n, unit)))
            .collect();
        Ok(Box::new(AdditiveJob { additive, add, units, done: 0 }))
    }
}

impl<R: Scalar> Job for AdditiveJob<R> {
    fn total(&self) -> usize {
        self.units.len()
    }

    fn done(&self) -> usize {
        self.done
    }

    fn advance(&mut self) -> bool {
        if let Some((reading, unit)) = self.units.get(self.done) {
            let Additive { problem, readings, scores, .. } = &mut self.additive;
            (self.add)(&problem.pair.input, &readings[*reading], *unit, &mut scores[*reading]);
            self.done += 1;
        }
        self.done < self.units.len()
    }

    fn answer(&self) -> Attribution {
        self.additive.answer(Cost { forward: 1, backward: 0 }, self.done == self.units.len())
    }
}
