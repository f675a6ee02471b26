//! The table behind a picture.

use serde::{Deserialize, Serialize};

/// Rows of text with a heading each column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Table {
    pub title: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}
