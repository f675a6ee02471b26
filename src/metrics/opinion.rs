//! The bars of one method, and which of them are large enough to have a sign.

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// One number a position.
    pub bars: Vec<f64>,
    /// Do they have a sign? With one that has none, sizes are compared.
    pub signed: bool,
    /// How far each may be off: its whisker and its share of the gap. Empty where nothing is known to be.
    pub noise: Vec<f64>,
}

impl Opinion {
    /// Its bars of groups of positions, summed (sizes as they are), to be compared with a referee over groups; without noise.
    pub fn grouped(&self, groups: &[Vec<usize>]) -> Opinion {
        let sum = |group: &Vec<usize>| group.iter().filter_map(|position| self.bars.get(*position)).sum();
        Opinion { bars: groups.iter().map(sum).collect(), signed: self.signed, noise: Vec::new() }
    }

    /// |φ_k|.
    pub(super) fn sizes(&self) -> Vec<f64> {
        self.bars.iter().map(|bar| bar.abs()).collect()
    }

    /// 1 or −1 where the bar is loud enough to have a sign, |φ_k| > noise_k and |φ_k| ≥ 2 % of the largest; else 0.
    pub(super) fn sides(&self) -> Vec<i32> {
        const FAINT: f64 = 0.02;
        let faint = FAINT * self.bars.iter().fold(0.0f64, |largest, bar| largest.max(bar.abs()));
        let loud = |position: usize, size: f64| {
            self.signed && size > self.noise.get(position).copied().unwrap_or(0.0) && size >= faint
        };
        self.bars.iter().enumerate().map(|(k, bar)| if loud(k, bar.abs()) { sign(*bar) } else { 0 }).collect()
    }
}

/// 1, 0 or −1.
pub(super) fn sign(x: f64) -> i32 {
    i32::from(x > 0.0) - i32::from(x < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_a_sign_beyond_its_noise_and_two_per_cent_of_the_largest() {
        let bars = vec![10.0, -5.0, 0.21, -0.19, f64::NAN, 0.0];
        let plain = Opinion { bars, signed: true, noise: Vec::new() };
        assert_eq!(plain.sides(), [1, -1, 1, 0, 0, 0]);
        let unsure = Opinion { noise: vec![0.0, 5.0, 0.2, 0.0, 0.0, 0.0], ..plain.clone() };
        assert_eq!(unsure.sides(), [1, 0, 1, 0, 0, 0]);
        assert_eq!(Opinion { signed: false, ..plain }.sides(), [0; 6]);
        let zeros = Opinion { bars: vec![0.0, -0.0], signed: true, noise: Vec::new() };
        assert_eq!(zeros.sides(), [0, 0]);
    }
}
