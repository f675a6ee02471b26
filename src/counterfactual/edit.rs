//! One thing that stands at a step instead of what stood there.

/// See the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Edit {
    /// An entry of the vocabulary.
    Entry {
        /// From 0.
        step: usize,
        /// Of the vocabulary.
        entry: usize,
    },
    /// A value of a variable in its own unit.
    Value {
        /// From 0.
        step: usize,
        /// Of the series.
        variable: usize,
        /// NaN = not measured.
        raw: f64,
    },
}

impl Edit {
    /// Where it is made.
    pub fn step(&self) -> usize {
        match self {
            Edit::Entry { step, .. } | Edit::Value { step, .. } => *step,
        }
    }

    /// Do both change the same thing?
    pub fn replaces(&self, other: &Edit) -> bool {
        let variable = |edit: &Edit| match edit {
            Edit::Entry { .. } => None,
            Edit::Value { variable, .. } => Some(*variable),
        };
        (self.step(), variable(self)) == (other.step(), variable(other))
    }
}
