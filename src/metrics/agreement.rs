//! Do the methods agree? Overlap, signs and ranks pair by pair, the positions in dispute, and a referee.
//!
//! Disagreement is shown, not averaged away (Krishna et al. 2022).

use super::Opinion;
use super::opinion::sign;
use super::statistics::{kendall, ranks, spearman};
use crate::math::descending;
use crate::{Error, Result};

/// Pair by pair, [M][M], symmetric; NaN where it is not defined.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// k.
    pub top: usize,
    /// Share of the k largest |φ| that both have among their k largest.
    pub overlap: Vec<Vec<f64>>,
    /// Share of them that have the same sign too; NaN if one has no signs.
    pub signs: Vec<Vec<f64>>,
    /// Share of them that stand at the same rank in both.
    pub places: Vec<Vec<f64>>,
    /// Spearman's ρ over all positions.
    pub spearman: Vec<Vec<f64>>,
    /// Kendall's τ over all positions.
    pub kendall: Vec<Vec<f64>>,
    /// Positions on which any two differ, in their order.
    pub disputes: Vec<Dispute>,
    /// One plain sentence.
    pub verdict: String,
}

/// A position on which methods differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispute {
    /// Which bar.
    pub position: usize,
    /// One says that it raises the score, another that it lowers it, both louder than their noise and 2 % of their largest.
    pub sign: bool,
    /// The largest difference of its ranks by |φ| between two methods.
    pub ranks: usize,
}

/// What `Agreement::disputes` counts, for people.
pub const IN_DISPUTE: &str = "In dispute by sign: two methods say the opposite, each with a bar beyond its whisker plus an equal share of its gap, and beyond 2 % of its largest bar. By rank: their ranks by size differ by more than a quarter of all positions.";

/// How far one method is from the referee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// ‖φ − φ*‖ / ‖φ*‖.
    pub relative: f64,
    /// The same after the bars were scaled by the one factor that suits best: bars of another unit compare too. No factor
    /// is below 0, since bars that say the opposite are not close: 1 is as far as bars of zero.
    pub scaled: f64,
    /// Spearman's ρ.
    pub spearman: f64,
    /// Share of the k largest of the referee among the method's k largest.
    pub overlap: f64,
    /// Share of all positions with the referee's sign; NaN if one has no signs.
    pub signs: f64,
}

/// Of at least two methods over the same positions; the k largest count as the top.
pub fn agreement(opinions: &[Opinion], top: usize) -> Result<Agreement> {
    let count = check(opinions)?;
    if opinions.len() < 2 {
        return Err(Error::request("methods", "at least two", opinions.len()));
    }
    let top = top.clamp(1, count);
    let matrix = |of: &dyn Fn(&Opinion, &Opinion) -> f64| {
        opinions.iter().map(|a| opinions.iter().map(|b| of(a, b)).collect()).collect::<Vec<Vec<f64>>>()
    };
    let disputes = disputes(opinions, count);
    let opposed = disputes.iter().filter(|dispute| dispute.sign).count();
    let verdict = match disputes.len() {
        0 => format!(
            "No position is in dispute between the {} methods: no two clear bars have opposite signs, and no rank differs by more than a quarter of the positions.",
            opinions.len()
        ),
        n => format!("{n} of {count} positions are in dispute, {opposed} of them by sign."),
    };
    Ok(Agreement {
        top,
        overlap: matrix(&|a, b| overlap(a, b, top)),
        signs: matrix(&|a, b| signs_of_top(a, b, top)),
        places: matrix(&|a, b| places(a, b, top)),
        spearman: matrix(&|a, b| compare(a, b, spearman)),
        kendall: matrix(&|a, b| compare(a, b, kendall)),
        disputes,
        verdict,
    })
}

/// The distance of each method to a reference such as exact Shapley values.
pub fn referee(opinions: &[Opinion], reference: &Opinion, top: usize) -> Result<Vec<Distance>> {
    let count = check(opinions)?;
    if reference.bars.len() != count {
        return Err(Error::request(
            "bars of the referee",
            format!("{count}, as those of the methods"),
            reference.bars.len(),
        ));
    }
    let top = top.clamp(1, count);
    let distance = |opinion: &Opinion| {
        let (x, y) = values(opinion, reference);
        let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
        let size = norm(&mut y.iter().copied());
        let xx: f64 = x.iter().map(|x| x * x).sum();
        let best = if xx > 0.0 { x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / xx } else { 0.0 };
        let off = |scale: f64| norm(&mut x.iter().zip(&y).map(|(x, y)| scale * x - y)) / size;
        let same = x.iter().zip(&y).filter(|(x, y)| sign(**x) == sign(**y)).count();
        Distance {
            relative: off(1.0),
            scaled: off(best.max(0.0)),
            spearman: spearman(&x, &y),
            overlap: overlap(opinion, reference, top),
            signs: if opinion.signed && reference.signed { same as f64 / count as f64 } else { f64::NAN },
        }
    };
    Ok(opinions.iter().map(distance).collect())
}

fn check(opinions: &[Opinion]) -> Result<usize> {
    let count = opinions.first().map_or(0, |opinion| opinion.bars.len());
    match opinions.iter().find(|opinion| opinion.bars.len() != count || count == 0) {
        Some(other) => Err(Error::request(
            "bars of every method",
            format!("{} of the same positions", count.max(1)),
            other.bars.len(),
        )),
        None => Ok(count),
    }
}

/// Both sides as they can be compared: sizes, unless both have signs.
fn values(a: &Opinion, b: &Opinion) -> (Vec<f64>, Vec<f64>) {
    if a.signed && b.signed { (a.bars.clone(), b.bars.clone()) } else { (a.sizes(), b.sizes()) }
}

fn compare(a: &Opinion, b: &Opinion, correlation: fn(&[f64], &[f64]) -> f64) -> f64 {
    let (x, y) = values(a, b);
    correlation(&x, &y)
}

/// The k largest sizes, largest first.
fn largest(opinion: &Opinion, top: usize) -> Vec<usize> {
    descending(&opinion.sizes()).into_iter().take(top).collect()
}

fn overlap(a: &Opinion, b: &Opinion, top: usize) -> f64 {
    let other = largest(b, top);
    largest(a, top).iter().filter(|k| other.contains(k)).count() as f64 / top as f64
}

fn signs_of_top(a: &Opinion, b: &Opinion, top: usize) -> f64 {
    if !(a.signed && b.signed) {
        return f64::NAN;
    }
    let other = largest(b, top);
    largest(a, top).iter().filter(|k| other.contains(k) && sign(a.bars[**k]) == sign(b.bars[**k])).count() as f64
        / top as f64
}

fn places(a: &Opinion, b: &Opinion, top: usize) -> f64 {
    largest(a, top).iter().zip(largest(b, top)).filter(|(a, b)| **a == *b).count() as f64 / top as f64
}

/// A position is in dispute if a sign differs or a rank by more than a quarter of the positions.
fn disputes(opinions: &[Opinion], count: usize) -> Vec<Dispute> {
    let ranks: Vec<Vec<f64>> = opinions.iter().map(|opinion| ranks(&opinion.sizes())).collect();
    let sides: Vec<Vec<i32>> = opinions.iter().map(Opinion::sides).collect();
    let dispute = |position: usize| {
        let says = |wanted: i32| sides.iter().any(|sides| sides[position] == wanted);
        let sign = says(1) && says(-1);
        let over =
            |start: f64, pick: fn(f64, f64) -> f64| ranks.iter().fold(start, |best, ranks| pick(best, ranks[position]));
        let apart = over(f64::NEG_INFINITY, f64::max) - over(f64::INFINITY, f64::min);
        (sign || apart > count as f64 / 4.0).then_some(Dispute { position, sign, ranks: apart as usize })
    };
    (0..count).filter_map(dispute).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinion(bars: &[f64]) -> Opinion {
        Opinion { bars: bars.to_vec(), signed: true, noise: Vec::new() }
    }

    #[test]
    fn a_method_agrees_with_itself_and_its_opposite_by_size_alone() {
        let (a, b) = (opinion(&[4.0, -3.0, 2.0, -1.0]), opinion(&[-4.0, 3.0, -2.0, 1.0]));
        let found = agreement(&[a.clone(), a.clone(), b.clone()], 2).unwrap();
        assert_eq!((found.overlap[0][1], found.signs[0][1], found.places[0][1]), (1.0, 1.0, 1.0));
        assert!((found.spearman[0][1] - 1.0).abs() < 1e-15 && found.kendall[0][1] == 1.0);
        assert_eq!((found.overlap[0][2], found.signs[0][2], found.places[0][2]), (1.0, 0.0, 1.0));
        assert!((found.spearman[0][2] + 1.0).abs() < 1e-15 && found.kendall[2][0] == -1.0);
        assert!(
            found.disputes.len() == 4 && found.disputes.iter().all(|dispute| dispute.sign && dispute.ranks == 0),
            "{found:?}"
        );
        let same = agreement(&[a.clone(), a.clone()], 9).unwrap();
        assert!(same.disputes.is_empty() && same.verdict.starts_with("No position is in dispute"), "{same:?}");
        // Sizes alone: the opposite is the same.
        let size = Opinion { signed: false, ..b };
        let found = agreement(&[a, size], 2).unwrap();
        assert!((found.spearman[0][1] - 1.0).abs() < 1e-15 && found.signs[0][1].is_nan() && found.disputes.is_empty());
    }

    #[test]
    fn ranks_that_differ_by_more_than_a_quarter_are_in_dispute() {
        let a = opinion(&[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        let b = opinion(&[5.0, 8.0, 7.0, 6.0, 4.0, 3.0, 2.0, 1.0]);
        let found = agreement(&[a.clone(), b], 3).unwrap();
        assert_eq!(found.disputes, [Dispute { position: 0, sign: false, ranks: 3 }]);
        assert!((found.overlap[0][1] - 2.0 / 3.0).abs() < 1e-15 && found.places[0][1] == 0.0);
        // A faint bar of another sign is not in dispute.
        let c = opinion(&[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, -0.05]);
        assert!(agreement(&[a, c], 3).unwrap().disputes.is_empty());
    }

    #[test]
    fn a_sign_is_in_dispute_only_where_both_bars_are_louder_than_their_noise() {
        let by_sign = |a: &Opinion, b: &Opinion| {
            let found = agreement(&[a.clone(), b.clone()], 2).unwrap();
            found.disputes.iter().filter(|dispute| dispute.sign).map(|dispute| dispute.position).collect::<Vec<_>>()
        };
        let a = opinion(&[10.0, 5.0, 3.0, 0.25]);
        // 2 % of 10: 0.25 has a sign, 0.15 has none; of 100 also 1.5 has none.
        assert_eq!(by_sign(&a, &opinion(&[10.0, 5.0, 3.0, -0.25])), [3]);
        assert_eq!(by_sign(&a, &opinion(&[10.0, 5.0, 3.0, -0.15])), [0; 0]);
        assert_eq!(by_sign(&a, &opinion(&[100.0, 50.0, 30.0, -1.5])), [0; 0]);
        // Noise on either side takes the sign away, and only where it is.
        let b = opinion(&[10.0, -5.0, -3.0, 0.25]);
        assert_eq!(by_sign(&a, &b), [1, 2]);
        let unsure = |opinion: &Opinion, noise: [f64; 4]| Opinion { noise: noise.to_vec(), ..opinion.clone() };
        assert_eq!(by_sign(&unsure(&a, [0.0, 0.0, 3.1, 0.0]), &b), [1]);
        assert_eq!(by_sign(&a, &unsure(&b, [0.0, 5.1, 2.9, 9.0])), [2]);
        // A third one that is sure settles it.
        let all = agreement(&[unsure(&a, [0.0, 6.0, 6.0, 0.0]), b, a.clone()], 2).unwrap();
        assert_eq!(all.disputes.iter().filter(|dispute| dispute.sign).count(), 2, "{all:?}");
    }

    #[test]
    fn the_referee_measures_distances() {
        let exact = opinion(&[3.0, 0.0, -4.0]);
        let found =
            referee(&[exact.clone(), opinion(&[6.0, 0.0, -8.0]), opinion(&[3.0, 5.0, -4.0])], &exact, 1).unwrap();
        assert_eq!((found[0].relative, found[0].scaled, found[0].signs), (0.0, 0.0, 1.0));
        assert_eq!((found[1].relative, found[1].scaled), (1.0, 0.0));
        assert_eq!((found[2].relative, found[2].overlap), (1.0, 0.0));
        assert!((found[2].signs - 2.0 / 3.0).abs() < 1e-15);
        // Bars of exactly the opposite sign are no closer than none, whatever their length.
        let opposite = [opinion(&[-3.0, 0.0, 4.0]), opinion(&[-0.3, 0.0, 0.4]), opinion(&[0.0; 3])];
        let found = referee(&opposite, &exact, 1).unwrap();
        assert_eq!(found.iter().map(|distance| distance.scaled).collect::<Vec<_>>(), [1.0; 3]);
        assert_eq!((found[0].relative, found[0].signs), (2.0, 1.0 / 3.0));
        assert_eq!(exact.grouped(&[vec![0, 2], vec![1]]).bars, [-1.0, 0.0]);
        assert_eq!(referee(&[exact], &opinion(&[1.0]), 1).unwrap_err().place(), "bars of the referee");
        assert_eq!(agreement(&[opinion(&[])], 1).unwrap_err().code(), "bad-request");
    }
}
