//! f32 for speed, f64 where an error is stated: everything numeric is generic over the two.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A floating-point number with the constants that `exp` needs.
pub trait Real:
    Copy
    + Debug
    + Display
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// log₂ e.
    const LOG2_E: Self;
    /// Leading bits of ln 2, so that a multiple of it is exact.
    const LN2_HIGH: Self;
    /// ln 2 − [`Real::LN2_HIGH`].
    const LN2_LOW: Self;
    /// 1.5 · 2^(mantissa bits): adding it rounds to an integer held in the low bits.
    const ROUND: Self;
    /// A gradient, or a share of the score, below this is none: what is made of it would be subnormal, with which
    /// arithmetic is a hundred times slower, and is beyond what a sum of scores can hold.
    const NEGLIGIBLE: Self;
    /// Arguments of exp are held in [EXP_LOW, EXP_HIGH].
    const EXP_LOW: Self;
    /// See [`Real::EXP_LOW`].
    const EXP_HIGH: Self;
    /// Below this |x|, tanh x is computed by [`Real::TANH_SERIES`].
    const TANH_NEAR: Self;
    /// P with tanh x = x + x³ P(x²) on |x| ≤ 0.55, highest power first (Chebyshev fit).
    const TANH_SERIES: &'static [Self];
    /// 1/n! for n = N, …, 2: Taylor coefficients of exp to the precision of the type on |r| ≤ ln 2 / 2.
    const EXP_SERIES: &'static [Self];
    /// Rows that the matrix kernel keeps in registers.
    const KERNEL_ROWS: usize;
    /// Name in requests and results.
    const NAME: &'static str;

    /// Nearest value.
    fn from_f64(x: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// |x|.
    fn abs(self) -> Self;
    /// Magnitude of self, sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;
    /// 2^n for `rounded` = ROUND + n.
    fn power_of_two(rounded: Self) -> Self;

    /// Lower of the two; NaN stays NaN.
    #[inline(always)]
    fn at_most(self, high: Self) -> Self {
        if self > high { high } else { self }
    }

    /// Higher of the two; NaN stays NaN.
    #[inline(always)]
    fn at_least(self, low: Self) -> Self {
        if self < low { low } else { self }
    }
}

impl Real for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const ROUND: f32 = 12_582_912.0;
    const NEGLIGIBLE: f32 = 1e-30;
    const EXP_LOW: f32 = -87.0;
    const EXP_HIGH: f32 = 88.0;
    const TANH_NEAR: f32 = 0.55;
    const TANH_SERIES: &'static [f32] =
        &[0.002_505_385, -0.008_511_812, 0.021_814_976, -0.053_964_366, 0.133_333_23, -0.333_333_33];
    const EXP_SERIES: &'static [f32] =
        &[1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5];
    const KERNEL_ROWS: usize = 4;
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn abs(self) -> f32 {
        f32::abs(self)
    }
    #[inline(always)]
    fn copysign(self, sign: f32) -> f32 {
        f32::copysign(self, sign)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }
    #[inline(always)]
    fn power_of_two(rounded: f32) -> f32 {
        f32::from_bits((rounded.to_bits() << 23).wrapping_add(0x3F80_0000))
    }
}

impl Real for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    const LOG2_E: f64 = std::f64::consts::LOG2_E;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const NEGLIGIBLE: f64 = 1e-290;
    const EXP_LOW: f64 = -708.0;
    const EXP_HIGH: f64 = 709.0;
    const TANH_NEAR: f64 = 0.55;
    const TANH_SERIES: &'static [f64] = &[
        -2.955_555_708_929_169_4e-6,
        1.324_798_616_162_539e-5,
        -3.799_588_576_826_041e-5,
        9.650_537_188_707_393e-5,
        -2.390_392_061_915_642_6e-4,
        5.900_137_844_913_381e-4,
        -1.455_832_959_430_764_5e-3,
        3.592_127_936_201_235_6e-3,
        -8.863_235_525_360_695e-3,
        2.186_948_853_603_233_4e-2,
        -5.396_825_396_825_225e-2,
        1.333_333_333_333_324e-1,
        -3.333_333_333_333_333e-1,
    ];
    const EXP_SERIES: &'static [f64] = &[
        1.0 / 87_178_291_200.0,
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
    ];
    // Four rows of eight f64 would fill all sixteen vector registers with sums alone.
    const KERNEL_ROWS: usize = 2;
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn from_f64(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }
    #[inline(always)]
    fn copysign(self, sign: f64) -> f64 {
        f64::copysign(self, sign)
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
    #[inline(always)]
    fn power_of_two(rounded: f64) -> f64 {
        f64::from_bits((rounded.to_bits() << 52).wrapping_add(0x3FF0_0000_0000_0000))
    }
}
