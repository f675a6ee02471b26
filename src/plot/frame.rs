//! Where the plot area lies, so that hovering is index arithmetic.

use serde::Serialize;

/// The plot area in CSS pixels, evenly divided into columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Frame {
    /// Left edge of the first column.
    pub left: f64,
    /// Upper edge of the first row.
    pub top: f64,
    /// Right edge of the last column.
    pub right: f64,
    /// Lower edge of the last row.
    pub bottom: f64,
    /// Steps; 1 if the items are rows.
    pub columns: usize,
    /// Rows of a heat map, or items of a horizontal picture; otherwise 1.
    pub rows: usize,
    /// Items lie below one another.
    pub horizontal: bool,
    /// Items that stand apart behind the last one: what belongs to no input, what is unexplained.
    pub more: usize,
    /// Where the first of them begins: from the left, or from the top if items lie.
    pub more_from: f64,
    /// Where the last of them ends.
    pub more_to: f64,
}

impl Frame {
    /// The item apart under a point, if there is one.
    pub fn extra(&self, x: f64, y: f64) -> Option<usize> {
        let (at, across) = if self.horizontal { (y, self.left..self.right) } else { (x, self.top..self.bottom) };
        let share = (at - self.more_from) / (self.more_to - self.more_from);
        let beside = across.contains(&if self.horizontal { x } else { y });
        (beside && (0.0..1.0).contains(&share)).then_some((share * self.more as f64) as usize)
    }

    /// Row and column under a point, if there is one.
    pub fn cell(&self, x: f64, y: f64) -> Option<(usize, usize)> {
        let share = |at: f64, from: f64, to: f64| Some((at - from) / (to - from)).filter(|s| (0.0..1.0).contains(s));
        let column = share(x, self.left, self.right)? * self.columns as f64;
        let row = share(y, self.top, self.bottom)? * self.rows as f64;
        Some((row as usize, column as usize))
    }

    /// The middle of a cell.
    pub fn center(&self, row: usize, column: usize) -> (f64, f64) {
        let x = self.left + (self.right - self.left) * (column as f64 + 0.5) / self.columns.max(1) as f64;
        let y = self.top + (self.bottom - self.top) * (row as f64 + 0.5) / self.rows.max(1) as f64;
        (x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_found_again() {
        let frame = Frame {
            left: 50.0,
            top: 20.0,
            right: 350.0,
            bottom: 120.0,
            columns: 7,
            rows: 3,
            horizontal: false,
            more: 2,
            more_from: 360.0,
            more_to: 400.0,
        };
        for row in 0..3 {
            for column in 0..7 {
                let (x, y) = frame.center(row, column);
                assert_eq!(frame.cell(x, y), Some((row, column)));
            }
        }
        assert_eq!(frame.cell(49.0, 50.0), None);
        assert_eq!(frame.cell(350.0, 50.0), None);
        assert_eq!([355.0, 365.0, 390.0, 400.0].map(|x| frame.extra(x, 50.0)), [None, Some(0), Some(1), None]);
        assert_eq!(frame.extra(365.0, 130.0), None);
    }
}
