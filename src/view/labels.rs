//! A list of labels, which the views that have the same one share.

use std::ops::Deref;
use std::sync::Arc;

/// Read as the slice that it holds; a clone costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(Arc<[String]>);

impl Deref for Labels {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl From<Vec<String>> for Labels {
    fn from(labels: Vec<String>) -> Labels {
        Labels(labels.into())
    }
}

impl<const N: usize> From<[String; N]> for Labels {
    fn from(labels: [String; N]) -> Labels {
        Labels(labels.into())
    }
}

impl FromIterator<String> for Labels {
    fn from_iter<I: IntoIterator<Item = String>>(labels: I) -> Labels {
        Labels(labels.into_iter().collect())
    }
}
