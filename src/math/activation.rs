//! exp, ln, sigmoid and tanh as straight-line polynomial code that the compiler turns into vectors.

use super::Real;

/// (e^r − 1, 2^n) with x = n ln 2 + r, |r| ≤ ln 2 / 2; x within the range of exp.
#[inline(always)]
fn reduced<R: Real>(x: R) -> (R, R) {
    let rounded = x * R::LOG2_E + R::ROUND;
    let n = rounded - R::ROUND;
    let r = (x - n * R::LN2_HIGH) - n * R::LN2_LOW;
    // e^r − 1 = r + r² (1/2! + r (1/3! + …))
    let mut series = R::ZERO;
    for coefficient in R::EXP_SERIES {
        series = series * r + *coefficient;
    }
    (r + r * r * series, R::power_of_two(rounded))
}

/// e^x; ≤ 2 ulp inside the range of the type's normal numbers, held at its ends outside.
#[inline(always)]
pub fn exp<R: Real>(x: R) -> R {
    let (fraction, power) = reduced(x.at_least(R::EXP_LOW).at_most(R::EXP_HIGH));
    power + power * fraction
}

/// σ(x) = s for x < 0, else 1 − s, with s = 1 / (1 + e^|x|) ≤ ½, so that nothing is lost on either side; ≤ 2 ulp
/// (of all numbers in f32: 1.9991).
#[inline(always)]
pub fn sigmoid<R: Real>(x: R) -> R {
    // 1 + e^|x| = 2^n + (2^n (e^r − 1) + 1) is rounded once where e^|x| alone and then 1 + would be twice.
    let (fraction, power) = reduced(x.abs().at_most(-R::EXP_LOW));
    let small = R::ONE / (power + (power * fraction + R::ONE));
    if x < R::ZERO { small } else { R::ONE - small }
}

/// tanh x = 1 − 2e / (1 + e) with e = e^(−2|x|); near zero x + x³ P(x²), which keeps the relative accuracy.
#[inline(always)]
pub fn tanh<R: Real>(x: R) -> R {
    let size = x.abs();
    let e = exp(-(size + size));
    let far = R::ONE - (e + e) / (R::ONE + e);
    let squared = size * size;
    let mut series = R::ZERO;
    for coefficient in R::TANH_SERIES {
        series = series * squared + *coefficient;
    }
    let near = size + size * squared * series;
    (if size < R::TANH_NEAR { near } else { far }).copysign(x)
}

/// σ of every element.
#[inline]
pub fn sigmoid_in_place<R: Real>(values: &mut [R]) {
    for x in values {
        *x = sigmoid(*x);
    }
}

/// tanh of every element.
pub fn tanh_in_place<R: Real>(values: &mut [R]) {
    for x in values {
        *x = tanh(*x);
    }
}

/// max(0, x) of every element.
pub fn relu_in_place<R: Real>(values: &mut [R]) {
    for x in values {
        *x = x.at_least(R::ZERO);
    }
}

/// Natural logarithm of a positive normal number, in f64.
pub fn ln(x: f64) -> f64 {
    // x = 2^n m with m in [√½, √2); ln m = 2 atanh s with s = (m − 1) / (m + 1).
    let bits = x.to_bits().wrapping_sub(0x3FE6_A09E_667F_3BCD);
    let n = (bits as i64 >> 52) as f64;
    let m = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF).wrapping_add(0x3FE6_A09E_667F_3BCD));
    let s = (m - 1.0) / (m + 1.0);
    let squared = s * s;
    let mut series = 0.0;
    for odd in (1..=23).rev().step_by(2) {
        series = series * squared + 1.0 / f64::from(odd);
    }
    n * f64::LN2_HIGH + (2.0 * s * series + n * f64::LN2_LOW)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the platform's functions are the reference here")]
mod tests {
    use super::*;

    fn ulps_f32(ours: f32, exact: f64) -> f64 {
        let spacing = f64::from(f32::from_bits((exact as f32).abs().to_bits() + 1)) - f64::from((exact as f32).abs());
        (f64::from(ours) - exact).abs() / spacing
    }

    #[test]
    fn f32_is_within_two_ulp_of_f64() {
        let mut worst = [0.0f64; 3];
        for k in -200_000..=200_000 {
            let x = k as f32 * 4.3e-4;
            let wide = f64::from(x);
            worst[0] = worst[0].max(ulps_f32(exp(x), wide.exp()));
            worst[1] = worst[1].max(ulps_f32(sigmoid(x), 1.0 / (1.0 + (-wide).exp())));
            worst[2] = worst[2].max(ulps_f32(tanh(x * 0.1), (f64::from(x * 0.1)).tanh()));
        }
        // Denser where the sigmoid is used most.
        for k in -3_000_000..=3_000_000 {
            let x = k as f32 * 7.3e-6;
            worst[1] = worst[1].max(ulps_f32(sigmoid(x), 1.0 / (1.0 + (-f64::from(x)).exp())));
        }
        for k in 1..2000 {
            let x = 1.0 / (k * k) as f32;
            worst[2] = worst[2].max(ulps_f32(tanh(x), f64::from(x).tanh()));
        }
        println!("exp, sigmoid, tanh in f32: {worst:?} ulp");
        assert!(worst[0] <= 1.0 && worst[1] <= 2.0 && worst[2] <= 1.5, "{worst:?}");
    }

    #[test]
    fn f64_agrees_with_the_platform() {
        for k in -100_000..=100_000 {
            let x = f64::from(k) * 7.01e-4;
            assert!((exp(x) / x.exp() - 1.0).abs() < 7e-16, "exp {x}");
            assert!((tanh(x) - x.tanh()).abs() <= 7e-16 * x.tanh().abs(), "tanh {x}");
            assert!((sigmoid(x) * (1.0 + (-x).exp()) - 1.0).abs() < 9e-16, "sigmoid {x}");
            let positive = x.abs() + 1e-3;
            assert!((ln(positive) - positive.ln()).abs() <= 3e-16 * positive.ln().abs().max(1.0), "ln {positive}");
        }
    }

    #[test]
    fn extremes_stay_finite_and_nan_stays_nan() {
        assert_eq!(sigmoid(-1e30f32), sigmoid(-87.0f32));
        assert_eq!(sigmoid(1e30f32), 1.0);
        assert_eq!(tanh(f32::INFINITY), 1.0);
        assert_eq!(tanh(-1e30f64), -1.0);
        assert_eq!(tanh(-0.0f64).to_bits(), (-0.0f64).to_bits());
        assert!(tanh(f32::NAN).is_nan() && sigmoid(f64::NAN).is_nan());
    }
}
