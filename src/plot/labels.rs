//! What stands beneath the steps: every label where there is room, round step numbers where there is none.

use super::page::{Hand, Page};
use super::theme::{LINE, SMALL, TEXT};
use crate::Result;
use plotters::style::text_anchor::{HPos, VPos};

/// Longest label before it is cut, CSS pixels.
pub(super) const LONGEST_FLAT: f64 = 96.0;
pub(super) const LONGEST_UPRIGHT: f64 = 84.0;
/// Between neighbouring labels.
const APART: f64 = 5.0;
/// Narrower columns cannot carry a label each.
const NARROWEST: f64 = 7.0;

/// How the labels are laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// One line.
    Flat,
    /// Two lines, alternating.
    Staggered,
    /// Read from below.
    Upright,
    /// Only some steps are labelled.
    Sparse,
}

/// The labels of a horizontal axis, decided upon but not yet drawn.
pub(super) struct Labels {
    layout: Layout,
    /// Step and what is written there.
    items: Vec<(usize, String)>,
    /// Beneath the labels.
    name: String,
    /// Of all of it, CSS pixels.
    pub height: f64,
}

impl Labels {
    /// `left` and `cell`: where the first column begins and how wide columns are; `right`: no label reaches farther;
    /// `room`: at most so much height.
    pub fn plan(page: &Page, labels: &[String], name: &str, (left, right): (f64, f64), cell: f64, room: f64) -> Labels {
        let (layout, items) = Self::layout(page, labels, (left, right), cell, room - LINE);
        let numbers = layout == Layout::Sparse && !numeric(labels) && !name.is_empty();
        let name = if numbers { format!("{name} number") } else { name.to_string() };
        let name = if room < 3.0 * LINE { String::new() } else { name };
        let body = match layout {
            Layout::Flat | Layout::Sparse => LINE,
            Layout::Staggered => 2.0 * LINE,
            Layout::Upright => {
                items.iter().map(|(_, text)| page.text_width(text, SMALL, false)).fold(LINE, f64::max) + 4.0
            }
        };
        let below = if name.is_empty() { 0.0 } else { LINE };
        Labels { layout, items, name, height: 5.0 + body + below + 3.0 }
    }

    fn layout(
        page: &Page,
        labels: &[String],
        (left, right): (f64, f64),
        cell: f64,
        room: f64,
    ) -> (Layout, Vec<(usize, String)>) {
        if cell < NARROWEST || labels.is_empty() {
            return (Layout::Sparse, sparse(page, labels, (left, right), cell));
        }
        let short: Vec<String> = labels.iter().map(|label| page.elide(label, LONGEST_FLAT, TEXT, false)).collect();
        let widths: Vec<f64> = short.iter().map(|text| page.text_width(text, TEXT, false)).collect();
        let center = |t: usize| left + cell * (t as f64 + 0.5);
        let inside =
            (0..short.len()).all(|t| center(t) - widths[t] / 2.0 >= 2.0 && center(t) + widths[t] / 2.0 <= right);
        let fits = |stride: usize| {
            inside
                && (stride..short.len()).all(|t| (widths[t] + widths[t - stride]) / 2.0 + APART <= stride as f64 * cell)
        };
        let items = |texts: Vec<String>| texts.into_iter().enumerate().collect();
        if fits(1) {
            (Layout::Flat, items(short))
        } else if numeric(labels) {
            (Layout::Sparse, sparse(page, labels, (left, right), cell))
        } else if fits(2) && room >= 2.0 * LINE {
            (Layout::Staggered, items(short))
        } else if cell >= SMALL + 1.5 && room >= 40.0 {
            let longest = LONGEST_UPRIGHT.min(room);
            (Layout::Upright, items(labels.iter().map(|label| page.elide(label, longest, SMALL, false)).collect()))
        } else {
            (Layout::Sparse, sparse(page, labels, (left, right), cell))
        }
    }

    /// Whether a neighbour in the upper line reaches the tick of a lower label.
    fn crowded(&self, page: &Page, step: usize, cell: f64) -> bool {
        let reaches =
            |k: usize| self.items.get(k).is_some_and(|(_, text)| page.text_width(text, TEXT, true) / 2.0 + 2.0 > cell);
        reaches(step.saturating_sub(1)) || reaches(step + 1)
    }

    /// Draws them beneath `top`.
    pub fn draw(&self, page: &Page, left: f64, right: f64, cell: f64, top: f64) -> Result<()> {
        for (step, text) in &self.items {
            let x = left + cell * (*step as f64 + 0.5);
            let chosen = page.step == Some(*step);
            let color = if chosen { page.theme.ink } else { page.theme.quiet };
            let hand = Hand { bold: chosen, h: HPos::Center, v: VPos::Center, ..page.hand(TEXT, color) };
            let y = top + 5.0 + LINE / 2.0;
            match self.layout {
                Layout::Upright => page.write_up(text, x, top + 5.0, Hand { size: SMALL, ..hand })?,
                Layout::Staggered if step % 2 == 1 => {
                    if !self.crowded(page, *step, cell) {
                        page.line((x, top + 2.0), (x, y + LINE / 2.0 - 1.0), page.theme.stroke(page.theme.grid, 1.0))?;
                    }
                    page.write(text, x, y + LINE, hand)?;
                }
                Layout::Sparse => {
                    page.line((x, top), (x, top + 4.0), page.theme.stroke(page.theme.line, 1.0))?;
                    page.write(text, x, y, hand)?;
                }
                _ => page.write(text, x, y, hand)?,
            }
        }
        let hand = Hand { h: HPos::Center, ..page.hand(TEXT, page.theme.quiet) };
        page.write(&self.name, (left + right) / 2.0, top + self.height - 3.0 - LINE / 2.0, hand)
    }
}

/// Round steps, as many as fit; the selected one in any case, and nothing that touches it.
fn sparse(page: &Page, labels: &[String], (left, right): (f64, f64), cell: f64) -> Vec<(usize, String)> {
    let Some(last) = labels.len().checked_sub(1) else { return Vec::new() };
    let numbers = numeric(labels);
    let text = |t: usize| if numbers { labels[t].clone() } else { (t + 1).to_string() };
    let widest = [0, last / 2, last].map(|t| page.text_width(&text(t), TEXT, false)).into_iter().fold(0.0, f64::max);
    let mut stride = 1;
    for factor in [2, 5, 10].into_iter().cycle() {
        if stride as f64 * cell >= widest + 14.0 || stride > last {
            break;
        }
        // 1, 2, 5, 10, 20, 50, …
        stride = match factor {
            2 => stride * 2,
            5 => stride / 2 * 5,
            _ => stride * 2,
        };
    }
    // Step numbers count from one: 1, 10, 20, …; labels that are numbers speak for themselves.
    let round = |t: usize| if numbers { t.is_multiple_of(stride) } else { (t + 1).is_multiple_of(stride) || t == 0 };
    let span = |t: usize, text: &str, bold: bool| {
        let (x, half) = (left + cell * (t as f64 + 0.5), page.text_width(text, TEXT, bold) / 2.0 + APART / 2.0);
        (x - half, x + half)
    };
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut items = Vec::new();
    let selected = page.step.filter(|step| *step <= last).map(|step| {
        let label = page.elide(&labels[step], LONGEST_FLAT, TEXT, true);
        (step, if numbers { label } else { format!("{} {label}", step + 1) })
    });
    for (step, text) in selected.into_iter().chain((0..=last).filter(|t| round(*t)).map(|t| (t, text(t)))) {
        let (from, to) = span(step, &text, page.step == Some(step));
        let free = taken.iter().all(|(start, end)| to <= *start || from >= *end);
        if free && from >= 0.0 && to <= right + APART / 2.0 {
            taken.push((from, to));
            items.push((step, text));
        }
    }
    items
}

/// Whether all labels are numbers, such as hours.
fn numeric(labels: &[String]) -> bool {
    labels.iter().all(|label| label.parse::<f64>().is_ok())
}
