//! Value → colour, exact in the middle: zero is the colour of the paper, and both signs are equally far from it.
//!
//! Blue against orange stays apart for red-green and for blue-yellow blindness. Each side steps evenly through the
//! lightness of OKLab, so that the same distance from zero is equally strong on both sides. The stops were computed
//! once; between them everything is integer arithmetic, hence the same natively and in the page.

/// Stops of a side, from zero to the limit.
const STOPS: usize = 13;

const BLUE_ON_LIGHT: [[u8; 3]; STOPS] = [
    [250, 250, 250],
    [221, 236, 251],
    [192, 222, 250],
    [165, 207, 248],
    [140, 192, 244],
    [117, 176, 237],
    [97, 160, 228],
    [80, 144, 216],
    [67, 129, 201],
    [55, 114, 184],
    [46, 99, 167],
    [37, 84, 148],
    [30, 70, 129],
];
const ORANGE_ON_LIGHT: [[u8; 3]; STOPS] = [
    [250, 250, 250],
    [248, 230, 216],
    [246, 210, 183],
    [243, 189, 153],
    [237, 169, 125],
    [229, 149, 100],
    [219, 130, 78],
    [206, 112, 59],
    [192, 96, 46],
    [175, 81, 35],
    [158, 67, 26],
    [140, 54, 19],
    [122, 42, 15],
];
const BLUE_ON_DARK: [[u8; 3]; STOPS] = [
    [34, 34, 34],
    [38, 46, 59],
    [42, 60, 84],
    [43, 74, 110],
    [42, 89, 134],
    [40, 105, 157],
    [39, 121, 178],
    [42, 138, 196],
    [51, 155, 212],
    [67, 172, 225],
    [87, 190, 237],
    [111, 206, 247],
    [139, 222, 255],
];
const ORANGE_ON_DARK: [[u8; 3]; STOPS] = [
    [34, 34, 34],
    [58, 41, 37],
    [82, 49, 39],
    [105, 58, 39],
    [128, 67, 38],
    [149, 78, 37],
    [169, 91, 37],
    [187, 106, 42],
    [203, 123, 52],
    [217, 141, 67],
    [230, 159, 84],
    [243, 178, 104],
    [254, 197, 125],
];
const STRENGTH_ON_LIGHT: [[u8; 3]; STOPS] = [
    [250, 250, 250],
    [230, 234, 218],
    [203, 221, 191],
    [170, 208, 172],
    [132, 196, 161],
    [88, 182, 157],
    [35, 166, 157],
    [0, 147, 154],
    [5, 127, 148],
    [0, 107, 141],
    [1, 87, 135],
    [22, 67, 124],
    [33, 47, 106],
];
const STRENGTH_ON_DARK: [[u8; 3]; STOPS] = [
    [34, 34, 34],
    [28, 49, 70],
    [30, 65, 86],
    [30, 83, 101],
    [31, 101, 112],
    [37, 120, 121],
    [51, 139, 126],
    [73, 157, 129],
    [101, 174, 128],
    [134, 190, 125],
    [169, 204, 121],
    [207, 216, 119],
    [245, 227, 120],
];

/// Where there is no number.
const NOTHING_ON_LIGHT: [u8; 3] = [200, 200, 200];
const NOTHING_ON_DARK: [u8; 3] = [78, 78, 78];

/// Colour of `value` on a scale that ends at `limit`; beyond it the colour stays.
///
/// `signed` scales run from −limit (blue) over zero to +limit (orange), others from zero upwards. Not a number is grey.
pub fn color(value: f32, limit: f32, signed: bool, dark: bool) -> [u8; 3] {
    if value.is_nan() {
        return if dark { NOTHING_ON_DARK } else { NOTHING_ON_LIGHT };
    }
    let side = match (signed, value < 0.0, dark) {
        (false, _, false) => &STRENGTH_ON_LIGHT,
        (false, _, true) => &STRENGTH_ON_DARK,
        (true, false, false) => &ORANGE_ON_LIGHT,
        (true, false, true) => &ORANGE_ON_DARK,
        (true, true, false) => &BLUE_ON_LIGHT,
        (true, true, true) => &BLUE_ON_DARK,
    };
    let size = if signed { value.abs() } else { value.max(0.0) };
    let share = if limit > 0.0 { (size / limit).min(1.0) } else { 0.0 };
    between(side, share)
}

/// `n` colours of the scale from its lower end to its upper end.
pub fn legend(n: usize, signed: bool, dark: bool) -> Vec<[u8; 3]> {
    let last = n.saturating_sub(1).max(1) as f32;
    let at = |k: usize| k as f32 / last;
    (0..n).map(|k| color(if signed { 2.0 * at(k) - 1.0 } else { at(k) }, 1.0, signed, dark)).collect()
}

/// Black or white, whichever is read better on `background`; the contrast is at least 4.5 : 1.
pub fn text_on(background: [u8; 3]) -> [u8; 3] {
    let (black, white) = ([0; 3], [255; 3]);
    if contrast(background, black) >= contrast(background, white) { black } else { white }
}

/// Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colour as CSS writes it.
pub fn css([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// `share` of the way along the stops.
fn between(stops: &[[u8; 3]; STOPS], share: f32) -> [u8; 3] {
    // 256 steps between two stops are finer than the 8 bits of a channel.
    let at = (share * ((STOPS - 1) * 256) as f32).round() as usize;
    let (stop, rest) = ((at / 256).min(STOPS - 1), at % 256);
    let (from, to) = (stops[stop], stops[(stop + 1).min(STOPS - 1)]);
    std::array::from_fn(|c| ((usize::from(from[c]) * (256 - rest) + usize::from(to[c]) * rest + 128) / 256) as u8)
}

/// Relative luminance, 0 to 1 (WCAG 2.2).
fn luminance(rgb: [u8; 3]) -> f32 {
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Light of an sRGB channel, 0 to 1.
fn linear(channel: u8) -> f32 {
    let c = f32::from(channel) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linear light as people without long (protanopia) or middle (deuteranopia) cones see it: the matrices of Machado,
    /// Oliveira and Fernandes 2009 at full severity.
    const PROTANOPIA: [[f32; 3]; 3] =
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
    const DEUTERANOPIA: [[f32; 3]; 3] =
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
    const NORMAL: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// OKLab, times 100.
    fn lab(rgb: [u8; 3], sight: [[f32; 3]; 3]) -> [f32; 3] {
        let light = rgb.map(linear);
        let [r, g, b] = sight.map(|row| row.iter().zip(&light).map(|(m, x)| m * x).sum::<f32>().clamp(0.0, 1.0));
        let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
        let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
        let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
        [
            100.0 * (0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s),
            100.0 * (1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s),
            100.0 * (0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s),
        ]
    }

    fn apart(a: [u8; 3], b: [u8; 3], sight: [[f32; 3]; 3]) -> f32 {
        let (a, b) = (lab(a, sight), lab(b, sight));
        a.iter().zip(&b).map(|(x, y)| (x - y) * (x - y)).sum::<f32>().sqrt()
    }

    #[test]
    fn zero_is_exactly_the_middle_and_neutral() {
        for dark in [false, true] {
            let middle = color(0.0, 3.0, true, dark);
            assert_eq!(middle, color(-0.0, 3.0, true, dark));
            assert_eq!(middle, color(0.0, 3.0, false, dark));
            assert_eq!(middle, legend(33, true, dark)[16]);
            assert!(middle[0] == middle[1] && middle[1] == middle[2], "{middle:?}");
        }
    }

    #[test]
    fn both_signs_are_equally_strong() {
        for dark in [false, true] {
            for k in 0..=100 {
                let value = k as f32 / 100.0;
                let (up, down) =
                    (lab(color(value, 1.0, true, dark), NORMAL), lab(color(-value, 1.0, true, dark), NORMAL));
                assert!((up[0] - down[0]).abs() < 1.2, "at {value}: {} and {}", up[0], down[0]);
            }
        }
    }

    #[test]
    fn steps_are_told_apart_without_red_or_green_cones() {
        for sight in [NORMAL, PROTANOPIA, DEUTERANOPIA] {
            for dark in [false, true] {
                for signed in [false, true] {
                    let colors = legend(if signed { 17 } else { 9 }, signed, dark);
                    for i in 0..colors.len() {
                        for j in 0..i {
                            let found = apart(colors[i], colors[j], sight);
                            let (a, b) = (css(colors[i]), css(colors[j]));
                            assert!(found > 4.0, "{a} and {b}: {found}, dark {dark}, signed {signed}");
                        }
                    }
                }
                // The sign of a strong value is never in doubt.
                let ends = apart(color(1.0, 1.0, true, dark), color(-1.0, 1.0, true, dark), sight);
                assert!(ends > 15.0, "ends: {ends}");
            }
        }
    }

    #[test]
    fn strength_is_lightness_and_monotone() {
        for dark in [false, true] {
            for signed in [false, true] {
                let lightness = |value: f32| lab(color(value, 1.0, signed, dark), NORMAL)[0];
                for k in 0..60 {
                    let (here, next) = (lightness(k as f32 / 60.0), lightness((k + 1) as f32 / 60.0));
                    assert!(if dark { next > here } else { next < here }, "step {k}: {here} then {next}");
                }
            }
        }
    }

    #[test]
    fn text_is_readable_on_every_colour() {
        for dark in [false, true] {
            for signed in [false, true] {
                for background in legend(201, signed, dark).into_iter().chain([color(f32::NAN, 1.0, signed, dark)]) {
                    let found = contrast(background, text_on(background));
                    assert!(found >= 4.5, "{}: {found}", css(background));
                }
            }
        }
    }

    #[test]
    fn odd_numbers_have_a_colour_too() {
        let grey = color(f32::NAN, 1.0, true, false);
        assert!(grey[0] == grey[1] && grey != color(0.0, 1.0, true, false));
        assert_eq!(color(f32::INFINITY, 1.0, true, false), color(1.0, 1.0, true, false));
        assert_eq!(color(-7.0, 1.0, true, true), color(-1.0, 1.0, true, true));
        for limit in [0.0, -1.0, f32::NAN] {
            assert_eq!(color(5.0, limit, true, false), color(0.0, 1.0, true, false));
        }
        assert_eq!(color(-1.0, 1.0, false, false), color(0.0, 1.0, false, false));
    }
}
