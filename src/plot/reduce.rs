//! More numbers than pixels: what is drawn instead, so that no extreme is lost.

/// At most two points per pixel of one series: x is the step's middle, `[first low or high, then the other]`.
///
/// Linear in the steps. Gaps (not a number) cut the line into several.
pub(super) fn envelope(values: &[f32], pixels: usize) -> Vec<Vec<(f64, f64)>> {
    let mut lines = vec![Vec::new()];
    let mut push = |point: Option<(f64, f64)>| match (point, lines.last_mut()) {
        (Some(point), Some(line)) => line.push(point),
        (None, Some(line)) if !line.is_empty() => lines.push(Vec::new()),
        _ => {}
    };
    let at = |t: usize| (t as f64 + 0.5, f64::from(values[t]));
    if values.len() <= 2 * pixels {
        (0..values.len()).for_each(|t| push(Some(at(t)).filter(|(_, v)| v.is_finite())));
    } else {
        for column in 0..pixels {
            let steps = share(values.len(), column, pixels);
            let finite = || steps.clone().filter(|&t| values[t].is_finite());
            let low = finite().min_by(|a, b| values[*a].total_cmp(&values[*b]));
            let high = finite().max_by(|a, b| values[*a].total_cmp(&values[*b]));
            match (low, high) {
                (Some(low), Some(high)) => {
                    push(Some(at(low.min(high))));
                    if low != high {
                        push(Some(at(low.max(high))));
                    }
                }
                _ => push(None),
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The steps that fall on pixel `column` of `columns`.
pub(super) fn share(steps: usize, column: usize, columns: usize) -> std::ops::Range<usize> {
    column * steps / columns..(column + 1) * steps / columns
}

/// The number farthest from zero; not a number only if there is no other.
pub(super) fn strongest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(f32::NAN, |kept, value| if value.abs() > kept.abs() || kept.is_nan() { value } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_stay() {
        let lines = envelope(&[1.0, 2.0, f32::NAN, 3.0], 10);
        assert_eq!(lines, [vec![(0.5, 1.0), (1.5, 2.0)], vec![(3.5, 3.0)]]);
        assert!(envelope(&[], 10).is_empty());
        assert!(envelope(&[f32::NAN; 4], 1).is_empty());
    }

    #[test]
    fn many_points_keep_their_extremes() {
        let mut values: Vec<f32> = (0..100_000).map(|t| (t % 97) as f32 / 97.0).collect();
        values[77_777] = 5.0;
        values[12_345] = -5.0;
        let lines = envelope(&values, 600);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].len() <= 1200);
        assert!(lines[0].contains(&(77_777.5, 5.0)) && lines[0].contains(&(12_345.5, -5.0)));
        assert!(lines[0].windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_strongest_is_kept_with_its_sign() {
        assert_eq!(strongest([0.5, -2.0, 1.0, f32::NAN].into_iter()), -2.0);
        assert!(strongest([f32::NAN].into_iter()).is_nan());
    }
}
