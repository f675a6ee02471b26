//! Few reasons instead of many, and how far they are those that a person expects.

use crate::math::descending;
use crate::{Error, Result};

/// Which part of the bars is to be covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mass {
    /// Σ |φ|.
    Absolute,
    /// Σ of what raises the score.
    Positive,
    /// Σ of what lowers it.
    Negative,
}

impl Mass {
    fn of(self, bar: f64) -> f64 {
        match self {
            Mass::Absolute => bar.abs(),
            Mass::Positive => bar.max(0.0),
            Mass::Negative => (-bar).max(0.0),
        }
    }
}

/// The fewest bars that hold at least `share` of the mass, largest first, and the share that they hold; nothing if there
/// is no mass. (Miller 2019: explanations are selective.)
pub fn selection(bars: &[f64], mass: Mass, share: f64) -> (Vec<usize>, f64) {
    let sizes: Vec<f64> = bars.iter().map(|bar| mass.of(*bar)).collect();
    let total: f64 = sizes.iter().sum();
    let (mut chosen, mut held) = (Vec::new(), 0.0);
    // A share of all is reached with the last bar that has any mass, whatever the rounding of the sum.
    for k in descending(&sizes).into_iter().filter(|k| sizes[*k] > 0.0) {
        if total <= 0.0 || held >= share * total {
            break;
        }
        held += sizes[k];
        chosen.push(k);
    }
    (chosen, if total > 0.0 { (held / total).min(1.0) } else { 0.0 })
}

/// Bars beside what a person marked as evidence. It says whether the explanation is plausible, not whether it is true
/// of the network (Jacovi & Goldberg 2020; DeYoung et al. 2020).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plausibility {
    /// Area under the precision-recall curve of |φ| as a ranking: Σ (R_n − R_{n−1}) P_n, equal sizes at once.
    pub auprc: f64,
    /// What a ranking by chance has on average: the share of marked positions.
    pub chance: f64,
    /// |A ∩ B| / |A ∪ B| of the marked positions and as many largest ones.
    pub iou: f64,
}

/// Fails if nothing or everything is marked, or a position that there is not.
pub fn plausibility(bars: &[f64], marked: &[usize]) -> Result<Plausibility> {
    let mut expected = vec![false; bars.len()];
    for position in marked {
        let wrong = || Error::request("mark", format!("below {}", bars.len()), position);
        *expected.get_mut(*position).ok_or_else(wrong)? = true;
    }
    let count = expected.iter().filter(|marked| **marked).count();
    if count == 0 || count == bars.len() {
        return Err(Error::request("marks", "some positions, not all", count));
    }
    let sizes: Vec<f64> = bars.iter().map(|bar| bar.abs()).collect();
    let order = descending(&sizes);
    let (mut hits, mut read, mut area) = (0, 0, 0.0);
    while read < order.len() {
        let size = sizes[order[read]];
        let group = order[read..].iter().take_while(|k| sizes[**k] == size);
        let (n, found) = group.fold((0, 0), |(n, found), k| (n + 1, found + usize::from(expected[*k])));
        (read, hits) = (read + n, hits + found);
        area += found as f64 / count as f64 * hits as f64 / read as f64;
    }
    let both = order.iter().take(count).filter(|k| expected[**k]).count();
    let iou = both as f64 / (2 * count - both) as f64;
    Ok(Plausibility { auprc: area, chance: count as f64 / bars.len() as f64, iou })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_bars_hold_the_share() {
        let bars = [1.0, -4.0, 0.0, 3.0, -2.0];
        assert_eq!(selection(&bars, Mass::Absolute, 0.5), (vec![1, 3], 0.7));
        assert_eq!(selection(&bars, Mass::Absolute, 0.7), (vec![1, 3], 0.7));
        assert_eq!(selection(&bars, Mass::Positive, 0.8), (vec![3, 0], 1.0));
        assert_eq!(selection(&bars, Mass::Negative, 0.6), (vec![1], 4.0 / 6.0));
        assert_eq!(selection(&bars, Mass::Absolute, 1.0).0, [1, 3, 4, 0], "what is zero is no reason");
        assert_eq!(selection(&[0.0, 0.0], Mass::Absolute, 0.8), (vec![], 0.0));
        // No smaller set holds as much: all sets of one bar fewer.
        let (chosen, _) = selection(&bars, Mass::Absolute, 0.75);
        assert_eq!(chosen, [1, 3, 4]);
        for one in 0..5 {
            for other in one + 1..5 {
                assert!(bars[one].abs() + bars[other].abs() < 0.75 * 10.0, "{one} and {other}");
            }
        }
    }

    #[test]
    fn marks_found_first_are_found_wholly() {
        let bars = [0.1, -5.0, 4.0, 0.2];
        let found = plausibility(&bars, &[1, 2]).unwrap();
        assert_eq!((found.auprc, found.chance, found.iou), (1.0, 0.5, 1.0));
        // 1 of 1, then the second mark at the third place: ½ · 1 + ½ · ⅔; one of three is in both sets.
        let found = plausibility(&bars, &[1, 3]).unwrap();
        assert!((found.auprc - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-15 && (found.iou - 1.0 / 3.0).abs() < 1e-15);
        // Equal bars tell nothing: chance.
        let found = plausibility(&[1.0; 4], &[0, 2]).unwrap();
        assert_eq!((found.auprc, found.chance), (0.5, 0.5));
        assert!(plausibility(&bars, &[]).is_err() && plausibility(&bars, &[0, 1, 2, 3]).is_err());
        assert!(plausibility(&bars, &[4]).is_err());
    }
}
