//! A model file on its way to a session, in pieces that a page can wait for.

use super::Session;
use super::conventions::Settling;
use super::work::Progress;
use crate::import::{self, Checkpoint};
use crate::network::Assembly;
use crate::{Error, Result};

/// Parsed and proven; then, a unit at a time, gate orders are settled and layers packed.
pub struct Opening {
    checkpoint: Checkpoint,
    settling: Option<Settling>,
    assembly: Option<Assembly<f32>>,
    /// Units done, and about how many there are.
    done: usize,
    total: usize,
}

impl Opening {
    /// Parses the file.
    pub fn new(bytes: Vec<u8>) -> Result<Opening> {
        let mut checkpoint = import::read(bytes)?;
        let settling = Settling::new(&mut checkpoint)?;
        let total = settling.as_ref().map_or(0, Settling::total) + checkpoint.metadata.layers.len() + 1;
        Ok(Opening { checkpoint, settling, assembly: None, done: 0, total })
    }

    /// One unit: a piece of a trace of the search for the gate order, or a layer.
    pub fn advance(&mut self) -> Result<Progress> {
        let checkpoint = &mut self.checkpoint;
        let (done, note) = match (&mut self.settling, &mut self.assembly) {
            (Some(settling), _) => {
                if !settling.advance(checkpoint)? {
                    self.settling = None;
                }
                (false, "trying gate orders with the file's sample")
            }
            (None, None) => {
                self.assembly = Some(Assembly::new(checkpoint)?);
                (false, "checking and packing weights")
            }
            (None, Some(assembly)) => (!assembly.add_layer(checkpoint)?, "checking and packing weights"),
        };
        self.done += 1;
        Ok(Progress {
            done,
            fraction: if done { 1.0 } else { (self.done as f64 / self.total as f64).min(0.999) },
            note: note.into(),
            units_left: self.total.saturating_sub(self.done),
        })
    }

    /// The session; everything must be done.
    pub fn finish(self) -> Result<Session> {
        let assembly = self.assembly.ok_or(Error::Bug { place: "opening", problem: "not done yet".into() })?;
        let network = assembly.finish(&self.checkpoint)?;
        Ok(Session::of(self.checkpoint, network))
    }
}
