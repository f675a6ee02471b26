//! A linear axis with ticks at round numbers, as Plotters wants it.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// `low` to `high`, with the ticks that are drawn.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    ticks: Vec<f64>,
    digits: usize,
}

impl Scale {
    /// No ticks: steps are labelled apart.
    pub fn plain(low: f64, high: f64) -> Scale {
        Scale { low, high: if high > low { high } else { low + 1.0 }, ticks: Vec::new(), digits: 0 }
    }

    /// `n` rows counted from the top.
    pub fn rows(n: usize) -> Scale {
        Scale { low: n.max(1) as f64, high: 0.0, ticks: Vec::new(), digits: 0 }
    }

    /// At most `most` ticks at multiples of 1, 2 or 5 times a power of ten.
    pub fn ticked(low: f64, high: f64, most: usize) -> Scale {
        let mut scale = Scale::plain(low, high);
        let span = scale.high - scale.low;
        if most < 2 || !span.is_finite() {
            return scale;
        }
        let mut power = -40;
        let step = loop {
            // Division by a power of ten is exact for more digits than multiplication by its inverse.
            let ten = |p: i32| if p < 0 { 1.0 / 10f64.powi(-p) } else { 10f64.powi(p) };
            if let Some(step) =
                [1.0, 2.0, 5.0].map(|d| d * ten(power)).into_iter().find(|step| span / step < most as f64)
            {
                break step;
            }
            power += 1;
            if power > 40 {
                return scale;
            }
        };
        scale.digits = (-power).max(0) as usize;
        let first = (scale.low / step - 1e-6).ceil() as i64;
        let last = (scale.high / step + 1e-6).floor() as i64;
        scale.ticks = (first..=last).map(|k| k as f64 * step).collect();
        scale
    }

    /// The same axis without ticks, where they are drawn apart.
    pub fn bare(&self) -> Scale {
        Scale { ticks: Vec::new(), ..self.clone() }
    }

    /// Where the ticks are.
    pub fn ticks(&self) -> &[f64] {
        &self.ticks
    }

    /// What the ticks say.
    pub fn labels(&self) -> Vec<String> {
        self.ticks.iter().map(|tick| self.format_ext(tick)).collect()
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        // Far outside is outside; the sum must not overflow.
        let offset = (share * f64::from(to - from)).clamp(-1e6, 1e6);
        from + offset.round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        if *value == 0.0 {
            return "0".into();
        }
        if self.digits > 5 || value.abs() >= 1e6 {
            return minus(format!("{value:.1e}"));
        }
        minus(format!("{value:.*}", self.digits))
    }
}

/// With a minus sign instead of a hyphen, and none before a zero.
pub(super) fn minus(number: String) -> String {
    match number.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_string(),
        Some(rest) => format!("−{rest}"),
        None => number,
    }
}

/// A value as it stands beside a mark: with a plus sign only where there could be a minus.
pub(super) fn beside(value: f32, with_sign: bool) -> String {
    let text = signed(value);
    if with_sign { text } else { text.trim_start_matches('+').into() }
}

/// A value with its sign and three digits, as it stands beside a mark.
pub(super) fn signed(value: f32) -> String {
    let size = value.abs();
    let text = if value != 0.0 && !(1e-3..1e5).contains(&size) {
        format!("{value:+.1e}")
    } else {
        let digits = if size >= 100.0 {
            0
        } else if size >= 10.0 {
            1
        } else if size >= 0.1 {
            2
        } else {
            3
        };
        format!("{value:+.digits$}")
    };
    if text.trim_start_matches(['+', '-']).chars().all(|c| c == '0' || c == '.') { "0".into() } else { minus(text) }
}

/// A value with three digits at most, as it stands in a caption.
pub(super) fn short(value: f32) -> String {
    let text = signed(value);
    let text = text.trim_start_matches('+');
    let trimmed =
        if text.contains('.') && !text.contains('e') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    trimmed.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (low, high) in [(-1.0, 1.0), (0.0, 0.37), (-3.2, 7.9), (1e-5, 2e-5), (0.0, 123_456.0), (-1e-30, 1e-30)] {
            for most in 2..9 {
                let scale = Scale::ticked(low, high, most);
                assert!(scale.ticks().len() <= most, "{low}..{high}: {:?}", scale.ticks());
                assert!(
                    scale.ticks().iter().all(|t| *t >= low - 1e-3 * (high - low) && *t <= high + 1e-3 * (high - low))
                );
                let labels = scale.labels();
                assert!(labels.iter().zip(labels.iter().skip(1)).all(|(a, b)| a != b), "{labels:?}");
            }
        }
        assert_eq!(Scale::ticked(-1.0, 1.0, 5).labels(), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(Scale::ticked(0.0, 60.0, 4).labels(), ["0", "20", "40", "60"]);
    }

    #[test]
    fn values_map_to_pixels() {
        let scale = Scale::plain(-1.0, 1.0);
        assert_eq!(scale.map(&0.0, (0, 100)), 50);
        assert_eq!(scale.map(&1.0, (100, 0)), 0);
        assert_eq!(scale.map(&1e300, (0, 100)), 1_000_000);
        assert_eq!(Scale::plain(2.0, 2.0).map(&2.0, (0, 100)), 0);
    }

    #[test]
    fn marks_say_their_sign() {
        let said: Vec<String> = [1.234, -0.5, 0.0, 120.0, 4e-7, -0.004].map(signed).into();
        assert_eq!([1.0, -0.3, 1.49, 250.0, 0.0].map(short), ["1", "−0.3", "1.49", "250", "0"]);
        assert_eq!(said, ["+1.23", "−0.50", "0", "+120", "+4.0e-7", "−0.004"]);
    }
}
