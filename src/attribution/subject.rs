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
            bidirectional: network.bidirectional(),
            attention: network.attention.is_some(),
            target,
        }
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
