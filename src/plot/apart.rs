//! Room for the bars that belong to no input, to the right of those that do.

use super::labels::{LONGEST_FLAT, LONGEST_UPRIGHT};
use super::page::{Hand, Page};
use super::theme::{LINE, SMALL, TEXT};
use crate::Result;
use plotters::style::text_anchor::HPos;

/// Between the bars and those apart, CSS pixels: at least, and at most where the last label reaches far.
const SPACE: (f64, f64) = (14.0, 52.0);
/// Between labels.
const BETWEEN: f64 = 8.0;
/// Narrower pictures write no labels beneath them.
const NARROW: f64 = 200.0;

/// How they are laid out, CSS pixels.
pub(super) struct Apart {
    count: usize,
    /// Before the first of them.
    pub space: f64,
    /// Of the column of each.
    pub each: f64,
    /// Of the bar in it, with the air that bars have.
    pub bar: f64,
    /// Labels read from below.
    upright: bool,
    /// Most that a label may take; 0 for none.
    longest: f64,
    /// That the labels need beneath the picture.
    pub height: f64,
}

impl Apart {
    /// `extras`: names, values, is it the gap?; `labels`: of the bars; `wide`: room for all; `room`: height for labels.
    pub fn plan(page: &Page, extras: &[(&str, f32, bool)], labels: &[String], wide: f64, room: f64) -> Apart {
        let count = extras.len();
        if count == 0 {
            return Apart { count, space: 0.0, each: 0.0, bar: 0.0, upright: false, longest: 0.0, height: 0.0 };
        }
        let columns = labels.len() as f64 + count as f64;
        let bar = (wide / columns).clamp(18.0, 64.0);
        let widest =
            extras.iter().map(|(name, ..)| page.text_width(name, SMALL, false)).fold(0.0, f64::max).min(LONGEST_FLAT);
        let flat = (widest + BETWEEN).max(bar.min(40.0));
        let upright = wide >= NARROW && flat * count as f64 > 0.34 * wide;
        let longest = if wide < NARROW {
            0.0
        } else if upright {
            LONGEST_UPRIGHT.min(room)
        } else {
            LONGEST_FLAT
        };
        let each = if longest == 0.0 || upright { bar.min(30.0) } else { flat };
        let each = each.min(wide * 0.6 / count as f64);
        let height = if upright { 5.0 + widest.min(longest) + 7.0 } else { 5.0 + LINE + 3.0 };
        // A last label that is wider than its column must not reach the first one here.
        let cell = (wide - SPACE.0 - each * count as f64) / labels.len().max(1) as f64;
        let last = labels.last().map_or(0.0, |label| page.text_width(label, TEXT, true).min(LONGEST_FLAT));
        let space = ((last - cell) / 2.0 + BETWEEN).clamp(SPACE.0, SPACE.1.min(wide * 0.12).max(SPACE.0));
        Apart { count, space, each, bar: bar.min(each), upright, longest, height }
    }

    /// Of all of it.
    pub fn width(&self) -> f64 {
        self.space + self.each * self.count as f64
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Writes a label beneath the bar at `x`.
    pub fn label(&self, page: &Page, name: &str, x: f64, bottom: f64) -> Result<()> {
        let text = page.elide(name, self.longest, SMALL, false);
        let hand = Hand { h: HPos::Center, ..page.hand(SMALL, page.theme.quiet) };
        if self.upright {
            page.write_up(&text, x, bottom + 5.0, hand)
        } else {
            page.write(&text, x, bottom + 5.0 + LINE / 2.0, hand)
        }
    }
}
