//! Names of series: beside the ends of their lines where there is room, above the picture otherwise.

use super::lines::STROKE;
use super::page::{Bounds, Page};
use super::theme::{GAP, LINE, TEXT};
use crate::Result;
use crate::math::descending;

/// Of the sample beside a name, CSS pixels.
const SAMPLE: f64 = 18.0;
/// Names at the right end need a picture at least so wide.
const WIDE: f64 = 420.0;

/// What stands beside a name.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// The line of series k.
    Line(usize),
    /// The line of curve k among few that cross.
    Curve(usize),
    /// A field of this colour.
    Patch([u8; 3]),
    /// The line that is the sum of all.
    Total,
}

/// A name, its sample, and the height at which its line ends (CSS pixels; not a number if it has no end).
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub mark: Mark,
    pub end: f64,
}

/// Width that names at the right end take; none if they do not fit there. `top`: where the picture begins.
pub(super) fn room(page: &Page, entries: &[Entry], top: f64) -> Option<f64> {
    let widest = entries.iter().map(|entry| page.text_width(entry.name, TEXT, false)).fold(0.0, f64::max);
    let beside = SAMPLE + 6.0 + widest + 2.0 * GAP;
    let fits =
        page.width >= WIDE && beside <= page.width * 0.3 && entries.len() as f64 * LINE <= (page.height - top) * 0.7;
    fits.then_some(beside)
}

/// The sample and the name.
fn name(page: &Page, entry: &Entry, x: f64, y: f64) -> Result<()> {
    match entry.mark {
        Mark::Line(k) | Mark::Curve(k) => {
            page.dash(if matches!(entry.mark, Mark::Curve(_)) { page.theme.crossing(k) } else { page.theme.dash(k) });
            page.line((x, y), (x + SAMPLE, y), page.theme.stroke(page.theme.series(k), STROKE + 0.25))?;
            page.dash(&[]);
        }
        Mark::Patch(color) => {
            page.rectangle(
                Bounds { left: x + 3.0, top: y - 5.0, right: x + SAMPLE, bottom: y + 5.0 },
                page.theme.stroke(color, 1.0).filled(),
            )?;
        }
        Mark::Total => page.line((x, y), (x + SAMPLE, y), page.theme.stroke(page.theme.ink, STROKE + 0.25))?,
    }
    page.write(entry.name, x + SAMPLE + 6.0, y, page.hand(TEXT, page.theme.ink))
}

/// Names at the right of `area`, each as near to the end of its line as the others allow; lines end at `last`.
pub(super) fn beside(page: &Page, entries: &[Entry], area: Bounds, last: f64) -> Result<()> {
    let right = area.right;
    // The uppermost first.
    let order = descending(&entries.iter().map(|entry| -entry.end).collect::<Vec<f64>>());
    let wanted: Vec<f64> = order.iter().map(|k| entries[*k].end).collect();
    for ((k, wanted), y) in order.iter().zip(&wanted).zip(apart(&wanted, area.top, area.bottom)) {
        if (wanted - y).abs() > 3.0 && wanted.is_finite() {
            let color = match entries[*k].mark {
                Mark::Line(k) | Mark::Curve(k) => page.theme.series(k),
                Mark::Patch(color) => color,
                Mark::Total => page.theme.ink,
            };
            page.line(
                (last, wanted.clamp(area.top, area.bottom)),
                (right + GAP - 1.0, y),
                page.theme.stroke(color, 1.0),
            )?;
        }
        name(page, &entries[*k], right + GAP, y)?;
    }
    Ok(())
}

/// Names in rows above the picture, where there is no room beside it. Returns how far down they reach.
pub(super) fn above(page: &Page, entries: &[Entry], top: f64) -> Result<f64> {
    let (mut x, mut y) = (GAP, top + LINE / 2.0);
    if page.height < 150.0 || entries.is_empty() {
        return Ok(top);
    }
    for entry in entries {
        let room = page.width - SAMPLE - 6.0 - 2.0 * GAP;
        let short = page.elide(entry.name, room, TEXT, false);
        let width = SAMPLE + 6.0 + page.text_width(&short, TEXT, false) + 2.0 * GAP;
        if x + width > page.width && x > GAP {
            (x, y) = (GAP, y + LINE + 2.0);
        }
        // The picture comes first; the table names them all.
        if y > page.height * 0.45 {
            return Ok(y - LINE / 2.0);
        }
        name(page, &Entry { name: &short, ..*entry }, x, y)?;
        x += width;
    }
    Ok(y + LINE / 2.0 + 2.0)
}

/// Positions in the same order, a line's height apart, between top and bottom.
fn apart(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places: Vec<f64> = wanted.iter().map(|y| if y.is_finite() { *y } else { bottom }).collect();
    // Clusters of touching labels sit around the mean of what they want.
    let mut clusters: Vec<(f64, usize)> = Vec::new();
    for y in &places {
        let mut cluster = (*y, 1_usize);
        while let Some((mean, n)) = clusters.last().copied() {
            if cluster.0 - mean >= LINE * (cluster.1 + n) as f64 / 2.0 {
                break;
            }
            clusters.pop();
            let all = (n + cluster.1) as f64;
            cluster = ((mean * n as f64 + cluster.0 * cluster.1 as f64) / all, n + cluster.1);
        }
        clusters.push(cluster);
    }
    let stack =
        clusters.iter().flat_map(|(mean, n)| (0..*n).map(move |k| mean + LINE * (k as f64 - (*n as f64 - 1.0) / 2.0)));
    for (place, y) in places.iter_mut().zip(stack) {
        *place = y;
    }
    let mut floor = top + LINE / 2.0;
    for place in &mut places {
        *place = place.max(floor);
        floor = *place + LINE;
    }
    let mut ceiling = bottom - LINE / 2.0;
    for place in places.iter_mut().rev() {
        *place = place.min(ceiling);
        ceiling = *place - LINE;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_apart_and_near() {
        let places = apart(&[50.0, 52.0, 53.0, 150.0], 0.0, 200.0);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
        assert!((places[1] - 51.7).abs() < 1.0 && places[3] == 150.0, "{places:?}");
        let edge = apart(&[199.0, 200.0, 200.0], 0.0, 200.0);
        assert!(edge[2] <= 192.0 && edge[0] >= 8.0 && edge.windows(2).all(|p| p[1] - p[0] >= LINE - 1e-9), "{edge:?}");
    }
}
