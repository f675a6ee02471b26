//! Rectangles in the backend's coordinates, and what of a mark lies inside them.

/// A position in the backend's coordinates.
pub type Point = (i32, i32);

/// A rectangle; the right and lower edges belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Area {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Area {
    /// The rectangle between two corners, whichever they are.
    pub fn between(a: Point, b: Point) -> Area {
        Area { left: a.0.min(b.0), top: a.1.min(b.1), right: a.0.max(b.0), bottom: a.1.max(b.1) }
    }

    /// Left to right.
    pub fn width(&self) -> i32 {
        self.right - self.left
    }

    /// Top to bottom.
    pub fn height(&self) -> i32 {
        self.bottom - self.top
    }

    pub(super) fn contains(&self, (x, y): Point) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    /// What both have in common.
    pub(super) fn overlap(&self, other: &Area) -> Option<Area> {
        let area = Area {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (area.left <= area.right && area.top <= area.bottom).then_some(area)
    }

    /// The part of a line that lies inside (Liang and Barsky 1984).
    pub(super) fn cut(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        if self.contains(from) && self.contains(to) {
            return Some((from, to));
        }
        let (x, y) = (f64::from(from.0), f64::from(from.1));
        let (dx, dy) = (f64::from(to.0) - x, f64::from(to.1) - y);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let edges = [
            (-dx, x - f64::from(self.left)),
            (dx, f64::from(self.right) - x),
            (-dy, y - f64::from(self.top)),
            (dy, f64::from(self.bottom) - y),
        ];
        for (speed, distance) in edges {
            if speed == 0.0 {
                if distance < 0.0 {
                    return None;
                }
            } else if speed < 0.0 {
                enter = enter.max(distance / speed);
            } else {
                leave = leave.min(distance / speed);
            }
        }
        let at = |t: f64| ((x + t * dx).round() as i32, (y + t * dy).round() as i32);
        (enter <= leave).then(|| (at(enter), at(leave)))
    }

    /// Strokes rising to the right, `spacing` apart; their phase is that of the whole picture, so that neighbours join.
    pub(super) fn hatch(&self, spacing: i32) -> impl Iterator<Item = (Point, Point)> + use<> {
        let Area { left, top, right, bottom } = *self;
        let spacing = spacing.max(1);
        // Along a stroke, x + y is constant.
        let first = (left + top).div_euclid(spacing) + 1;
        let last = (right + bottom - 1).div_euclid(spacing);
        (first..=last).map(move |k| {
            let sum = k * spacing;
            let (low, high) = (bottom.min(sum - left), top.max(sum - right));
            ((sum - low, low), (sum - high, high))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area { left: 10, top: 10, right: 20, bottom: 20 };

    #[test]
    fn lines_are_cut_at_the_edges() {
        assert_eq!(AREA.cut((12, 12), (18, 15)), Some(((12, 12), (18, 15))));
        assert_eq!(AREA.cut((0, 15), (30, 15)), Some(((10, 15), (20, 15))));
        assert_eq!(AREA.cut((15, 100), (15, -100)), Some(((15, 20), (15, 10))));
        assert_eq!(AREA.cut((0, 0), (30, 30)), Some(((10, 10), (20, 20))));
        assert_eq!(AREA.cut((0, 0), (30, 5)), None);
        assert_eq!(AREA.cut((5, 12), (5, 18)), None);
    }

    #[test]
    fn hatches_stay_inside_and_cover() {
        let strokes: Vec<_> = AREA.hatch(3).collect();
        assert!(strokes.iter().all(|(from, to)| AREA.contains(*from) && AREA.contains(*to)), "{strokes:?}");
        assert!(strokes.iter().all(|(from, to)| from.0 + from.1 == to.0 + to.1));
        // x + y = 21, 24, …, 39.
        assert_eq!(strokes.len(), 7);
    }
}
