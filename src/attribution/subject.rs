//! What a method is asked about, before any number is known: enough to say whether it is defined here.

use crate::cell::Scalar;
use crate::network::{Network, Readout, Target};

/// A network, an input's size and a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Values by the hour rather than text.
    pub series: bool,
    /// T; 0 if no input was chosen yet.
    pub steps: usize,
    /// I.
    pub features: usize,
    /// Ids of the cells, one a layer.
    pub cells: Vec<&'static str>,
    /// Directions of each layer.
    pub directions: Vec<usize>,
    /// Does any layer read backwards?
    pub bidirectional: bool,
    /// Is there attention over the features in front of the first layer?
    pub attention: bool,
    /// The score; none while a menu is being made.
    pub target: Option<Target>,
}

impl Subject {
    /// Of a network, an input of T steps and a target.
    pub fn new<R: Scalar>(network: &Network<R>, steps: usize, target: Option<Target>) -> Subject {
        Subject {
            series: network.series(),
            steps,
            features: network.features(),
            cells: network.layers.iter().map(|layer| layer.cell.id()).collect(),
            directions: network.layers.iter().map(|layer| layer.directions.len()).collect(),
            bidirectional: network.bidirectional(),
            attention: network.attention.is_some(),
            target,
        }
    }

    /// Id of the cell whose states are read: that of a hidden unit's layer, else the last.
    pub fn read_cell(&self) -> &'static str {
        let hidden = self.target.filter(|target| target.readout == Readout::Hidden);
        let mut ends = self.directions.iter().scan(0, |end, directions| {
            *end += directions;
            Some(*end)
        });
        let layer = hidden.and_then(|target| ends.position(|end| target.d < end));
        layer.and_then(|layer| self.cells.get(layer)).or(self.cells.last()).copied().unwrap_or_default()
    }

    /// Is the score linear in the outputs (or one unit of the state)? True while a menu is being made.
    pub fn linear(&self) -> bool {
        self.target
            .is_none_or(|target| matches!(target.readout, Readout::Logit | Readout::Difference | Readout::Hidden))
    }
}

/// Of a method that is defined everywhere.
pub fn nowhere(_: &Subject) -> Option<String> {
    None
}
