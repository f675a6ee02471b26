//! What is done with a stranger's bytes: they are read, and where that works a network is made of them.

use rnnscope::import;
use rnnscope::network::Network;

/// Any outcome but a panic, a hang or too much memory will do.
pub fn read(bytes: &[u8]) {
    if let Ok(checkpoint) = import::read(bytes.to_vec()) {
        let _ = Network::<f32>::new(&checkpoint);
    }
}
