//! Pictures as text: snapshots of every plot, and what must hold for all of them.

mod samples;
mod svg;

use rnnscope::plot::{self, Frame, Plot, Style};
use rnnscope::view::{Bars, Curves, Heatmap, Hierarchy, Labels, Lines, Ribbon, River, View, Waterfall};
use samples::*;
use std::path::Path;
use svg::{Svg, normal};

fn picture<V: Plot>(view: &V, style: &Style) -> (Svg, Frame) {
    let (text, frame) = plot::svg(view, style).unwrap();
    (Svg::read(&text), frame)
}

/// Compares with `tests/snapshots/name.svg`; `UPDATE_SNAPSHOTS=1` writes it.
fn snapshot<V: Plot>(name: &str, view: &V, style: &Style) {
    for (theme, dark) in [("light", false), ("dark", true)] {
        let (text, _) = plot::svg(view, &Style { dark, ..style.clone() }).unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}_{theme}.svg"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = normal(&kept).lines().zip(normal(&text).lines()).position(|(a, b)| a != b);
        assert!(
            differs.is_none() && kept.lines().count() == text.lines().count(),
            "{name}_{theme}.svg differs from line {differs:?} on; look at it, then UPDATE_SNAPSHOTS=1 cargo test --test it plots"
        );
    }
}

#[test]
fn snapshots() {
    let chosen = Style { selected_step: 8, selected_row: 3, ..Style::default() };
    snapshot("lines", &gates(24), &chosen);
    snapshot("lines_narrow", &gates(24), &Style { width: 340.0, ..chosen.clone() });
    snapshot("lines_long", &long(100_000), &Style::default());
    snapshot("heatmap", &units(16, 24), &chosen);
    snapshot("heatmap_filled", &stay(), &Style { height: 420.0, ..chosen.clone() });
    snapshot("bars", &words(), &chosen);
    snapshot("bars_many", &characters(300), &chosen);
    snapshot("bars_features", &features(), &Style { height: 380.0, ..Style::default() });
    snapshot("waterfall", &fall(), &Style { height: 360.0, ..Style::default() });
    snapshot("bars_estimated", &estimated(), &chosen);
    snapshot("bars_estimated_narrow", &estimated(), &Style { width: 360.0, height: 260.0, ..chosen.clone() });
    snapshot("bars_features_estimated", &features_estimated(), &Style { height: 420.0, ..Style::default() });
    snapshot("waterfall_remainder", &fall_remainder(), &Style { height: 400.0, ..Style::default() });
    snapshot("curves", &curves(), &Style::default());
    snapshot("curves_narrow", &curves(), &Style { width: 280.0, height: 240.0, ..Style::default() });
    snapshot("hierarchy", &tree(11), &chosen);
    snapshot("hierarchy_narrow", &tree(11), &Style { width: 340.0, ..chosen.clone() });
    snapshot("river", &memory(24), &chosen);
    snapshot("river_narrow", &memory(24), &Style { width: 340.0, ..chosen.clone() });
    snapshot("ribbon", &ranges(), &chosen);
}

/// Every view there is, at sizes from a phone to a projector.
fn all(mut check: impl FnMut(&str, &Svg, Frame, &Style)) {
    for (width, height, ratio) in [(640.0, 320.0, 1.0), (320.0, 240.0, 3.0), (1200.0, 500.0, 2.0), (160.0, 100.0, 1.0)]
    {
        for step in [-1, 0, 5, 1_000_000] {
            let style = Style {
                width,
                height,
                pixel_ratio: ratio,
                selected_step: step,
                selected_row: step,
                ..Style::default()
            };
            let mut each = |name: &str, (svg, frame): (Svg, Frame)| {
                check(&format!("{name} {width}×{height} step {step}"), &svg, frame, &style)
            };
            for n in [0, 1, 2, 24, 61, 900] {
                each("lines", picture(&gates(n), &style));
                each("heatmap", picture(&units(9, n), &style));
                each("bars", picture(&characters(n), &style));
            }
            each("no units", picture(&units(0, 5), &style));
            each("words", picture(&words(), &style));
            each("stay", picture(&stay(), &style));
            each("features", picture(&features(), &style));
            each("waterfall", picture(&fall(), &style));
            each("odd", picture(&odd(), &style));
            each("estimated", picture(&estimated(), &style));
            each("estimated features", picture(&features_estimated(), &style));
            each(
                "remainder only",
                picture(
                    &Bars {
                        labels: Labels::default(),
                        values: vec![],
                        errors: vec![],
                        disputed: vec![],
                        ..estimated()
                    },
                    &style,
                ),
            );
            each("one bar", picture(&single(), &style));
            each("waterfall with a remainder", picture(&fall_remainder(), &style));
            each("curves", picture(&curves(), &style));
            each(
                "one point",
                picture(
                    &Curves {
                        series: vec!["one".into()].into(),
                        counts: vec![1],
                        x: vec![0.0],
                        y: vec![-2.0],
                        low: vec![],
                        high: vec![],
                        ..curves()
                    },
                    &style,
                ),
            );
            each(
                "no number",
                picture(&Curves { y: vec![f32::NAN; 63], low: vec![], high: vec![], ..curves() }, &style),
            );
            for n in [0, 1, 2, 11, 900] {
                each("hierarchy", picture(&tree(n), &style));
                each("river", picture(&memory(n), &style));
            }
            each(
                "no number in a tree",
                picture(
                    &Hierarchy { scores: vec![f32::NAN; tree(5).scores.len()], limit: f32::NAN, ..tree(5) },
                    &style,
                ),
            );
            each(
                "no number in a river",
                picture(&River { values: vec![f32::NAN; 8 * 5], total: vec![f32::NAN; 5], ..memory(5) }, &style),
            );
            each("ribbon", picture(&ranges(), &style));
            each("empty curves", picture(&Curves::default(), &style));
            each("empty hierarchy", picture(&Hierarchy::default(), &style));
            each("empty river", picture(&River::default(), &style));
            each("empty ribbon", picture(&Ribbon::default(), &style));
            each("empty lines", picture(&Lines::default(), &style));
            each("empty heatmap", picture(&Heatmap::default(), &style));
            each("empty bars", picture(&Bars::default(), &style));
            each("empty waterfall", picture(&Waterfall::default(), &style));
        }
    }
}

#[test]
fn everything_lies_inside_the_picture() {
    all(|name, svg, frame, style| {
        assert!(0.0 <= frame.left && frame.left < frame.right && frame.right <= style.width + 0.5, "{name}: {frame:?}");
        assert!(
            0.0 <= frame.top && frame.top < frame.bottom && frame.bottom <= style.height + 0.5,
            "{name}: {frame:?}"
        );
        for (x, y) in svg.points() {
            let inside = (-0.5..=style.width + 0.5).contains(&x) && (-0.5..=style.height + 0.5).contains(&y);
            assert!(inside, "{name}: a mark at {x}, {y}");
        }
    });
}

#[test]
fn no_text_overlaps_another() {
    all(|name, svg, _, style| {
        // Smaller pictures than a phone's only have to be right, not pretty.
        if style.width < 300.0 {
            return;
        }
        let texts = svg.texts();
        for (k, a) in texts.iter().enumerate() {
            for b in &texts[..k] {
                assert!(!a.overlaps(b), "{name}: “{}” and “{}”: {a:?} {b:?}", a.text, b.text);
            }
        }
    });
}

#[test]
fn lines_keep_to_their_frame() {
    let mut view = gates(24);
    // An axis shorter than its line: the line is cut, not drawn over the labels.
    (view.low, view.high) = (-0.2, 0.2);
    let (svg, frame) = picture(&view, &Style::default());
    for (x, y) in svg.series() {
        assert!(
            (frame.left..=frame.right).contains(&x) && (frame.top..=frame.bottom).contains(&y),
            "{x}, {y} and {frame:?}"
        );
    }
    let (svg, frame) = picture(&gates(24), &Style::default());
    let last = frame.center(0, 23).0;
    assert!(svg.series().iter().any(|(x, _)| (x - last).abs() < 0.5), "no point at the middle of the last column");
}

#[test]
fn a_hundred_thousand_steps_are_few_points() {
    let view = long(100_000);
    let start = std::time::SystemTime::now();
    let (svg, _) = picture(&view, &Style::default());
    let took = start.elapsed().unwrap().as_secs_f64();
    for line in svg.polylines() {
        assert!(line.len() < 3000, "{} points", line.len());
    }
    assert!(took < 2.0, "{took} s");
    // The one spike among them is seen.
    let (top, bottom) = svg.series().iter().fold((1e9_f64, 0.0_f64), |(a, b), (_, y)| (a.min(*y), b.max(*y)));
    let (flat, _) = picture(&Lines { values: vec![0.0; 100_000], ..view }, &Style::default());
    assert!(bottom - top > 100.0 && flat.series().iter().all(|(_, y)| (y - flat.series()[0].1).abs() < 0.01));
}

#[test]
fn bars_are_as_high_as_their_values() {
    let view = words();
    let (svg, frame) = picture(&view, &Style::default());
    let bars = svg.bars(&frame);
    assert_eq!(bars.len(), view.values.len());
    let (highest, most) = (
        bars.iter().map(|bar| bar.height).fold(0.0, f64::max),
        view.values.iter().fold(0.0, |m: f32, v| m.max(v.abs())),
    );
    let scale = highest / f64::from(most);
    let zero = bars.iter().zip(&view.values).find(|(_, v)| **v > 0.0).map(|(bar, _)| bar.y + bar.height).unwrap();
    for (k, (bar, value)) in bars.iter().zip(&view.values).enumerate() {
        let value = f64::from(*value);
        assert!((bar.height - value.abs() * scale).abs() <= 1.0, "bar {k}: {} for {value}", bar.height);
        let base = if value < 0.0 { bar.y } else { bar.y + bar.height };
        assert!((base - zero).abs() <= 0.5, "bar {k} does not begin at zero");
        assert_eq!(
            frame.cell(bar.x + bar.width / 2.0, (frame.top + frame.bottom) / 2.0),
            Some((0, k)),
            "bar {k} is in another column"
        );
        let color = rnnscope::view::css(rnnscope::view::color(0.62_f32.copysign(value as f32), 1.0, true, false));
        assert_eq!(bar.fill, color);
    }
}

#[test]
fn many_bars_keep_the_largest() {
    let mut view = characters(5000);
    view.values = vec![0.0; 5000];
    view.values[1234] = 1.0;
    view.values[4321] = -0.5;
    (view.limit, view.gap) = (1.0, None);
    let (svg, frame) = picture(&view, &Style::default());
    let bars = svg.bars(&frame);
    assert_eq!(bars.len(), 2);
    assert!((bars[0].height / bars[1].height - 2.0).abs() < 0.05, "{bars:?}");
}

#[test]
fn the_gap_stands_apart() {
    let (with, frame) = picture(&words(), &Style::default());
    let (without, all) = picture(&Bars { gap: None, ..words() }, &Style::default());
    assert!(with.has("unexplained") && !without.has("unexplained"));
    assert!(frame.right < all.right - 26.0, "{frame:?} {all:?}");
    assert_eq!(frame.columns, words().values.len());
}

#[test]
fn what_belongs_to_no_input_can_be_pointed_at() {
    let view = estimated();
    for (width, height) in [(640.0, 320.0), (360.0, 260.0)] {
        let (svg, frame) = picture(&view, &Style { width, height, ..Style::default() });
        assert_eq!((frame.more, frame.columns), (3, view.values.len()));
        assert!(frame.more_from > frame.right && frame.more_to <= width, "{frame:?}");
        let middle = (frame.top + frame.bottom) / 2.0;
        let each = (frame.more_to - frame.more_from) / 3.0;
        for k in 0..3 {
            assert_eq!(frame.extra(frame.more_from + each * (k as f64 + 0.5), middle), Some(k));
        }
        assert_eq!((frame.extra(frame.right - 1.0, middle), frame.cell(frame.more_from, middle)), (None, None));
        assert!(["bias", "initial state", "unexplained"].iter().all(|name| svg.has(name)), "{width}");
    }
    let (_, frame) = picture(&features_estimated(), &Style { height: 420.0, ..Style::default() });
    assert_eq!((frame.rows, frame.more, frame.horizontal), (features_estimated().values.len(), 2, true));
    assert_eq!(frame.extra((frame.left + frame.right) / 2.0, frame.more_to - 1.0), Some(1));
}

#[test]
fn the_last_word_keeps_away_from_what_is_unexplained() {
    let all = words();
    for n in 1..=all.values.len() {
        for width in (280..=480).step_by(20) {
            for remainder in [0, 1, 2] {
                let named = [("bias", 0.3), ("initial state", -0.2)][..remainder]
                    .iter()
                    .map(|(name, value)| (name.to_string(), *value))
                    .collect();
                // Long words last.
                let labels: Labels = all.labels[..n].iter().rev().cloned().collect();
                let view = Bars { labels, values: all.values[..n].to_vec(), ..words() }.with(Vec::new(), named);
                let (svg, _) =
                    picture(&view, &Style { width: f64::from(width), height: 190.0, title: false, ..Style::default() });
                let texts = svg.texts();
                let apart: Vec<_> = texts
                    .iter()
                    .filter(|words| ["unexplained", "bias", "initial state"].contains(&words.text.as_str()))
                    .collect();
                assert_eq!(apart.len(), remainder + 1, "{n} words, {width} px");
                for words in texts.iter().filter(|words| view.labels.contains(&words.text)) {
                    assert!(
                        apart.iter().all(|other| !words.crowds(other, 4.0)),
                        "“{}” of {n} words at {width} px: {texts:?}",
                        words.text
                    );
                }
            }
        }
    }
}

#[test]
fn whiskers_reach_one_standard_error() {
    let view = Bars {
        errors: vec![0.0, 0.5, f32::NAN],
        values: vec![1.0, 2.0, -1.0],
        labels: ["a", "b", "c"].map(String::from).into(),
        gap: None,
        limit: 2.0,
        ..words()
    };
    let (svg, frame) = picture(&view, &Style::default());
    let bars = svg.bars(&frame);
    let scale = bars[1].height / 2.0;
    let (x, tip) = (bars[1].x + bars[1].width / 2.0, bars[1].y);
    let upright: Vec<_> = svg
        .polylines()
        .into_iter()
        .filter(|line| line.len() == 2 && line.iter().all(|(at, _)| (at - x).abs() < 0.6))
        .collect();
    assert_eq!(upright.len(), 1, "one whisker, at the bar that has an error");
    let ends = [upright[0][0].1.max(upright[0][1].1), upright[0][0].1.min(upright[0][1].1)];
    for (end, sign) in ends.into_iter().zip([1.0, -1.0]) {
        assert!((end - (tip + sign * 0.5 * scale)).abs() <= 0.6, "{end} of {tip}, scale {scale}");
    }
    assert!(view.summary().contains("standard error") && view.table().rows[1][3] == "0.5000");
}

#[test]
fn a_river_adds_up() {
    let view = memory(24);
    let (svg, frame) = picture(&view, &Style::default());
    let share: f32 = (0..8).map(|s| view.values[s * 24 + 23]).sum();
    assert!((share - view.total[23]).abs() < 1e-6);
    // Where the positive and the negative streams end, the line of the state lies between.
    let last = frame.center(0, 23).0;
    assert!(
        svg.series().iter().any(|(x, _)| (x - last).abs() < 0.5),
        "the state is a line through the middle of the last column"
    );
}

#[test]
fn trees_and_curves_that_do_not_fit_are_refused() {
    let code = |result: rnnscope::Result<(String, Frame)>| result.map(|_| ()).unwrap_err().code();
    let style = Style::default();
    for (from, to) in [(-1.0, 2.0), (0.0, 99.0), (3.0, 3.0), (f32::NAN, 2.0), (0.0, f32::INFINITY)] {
        let mut view = tree(5);
        (view.from[1], view.to[1]) = (from, to);
        assert_eq!(code(plot::svg(&view, &style)), "bad-request", "{from} to {to}");
    }
    let mut deep = tree(5);
    deep.level[0] = 1e9;
    assert_eq!(code(plot::svg(&deep, &style)), "bad-request");
    assert_eq!(code(plot::svg(&Curves { counts: vec![63, 1, 1], ..curves() }, &style)), "bad-request");
    assert_eq!(code(plot::svg(&Curves { high: vec![], ..curves() }, &style)), "bad-request");
    assert_eq!(code(plot::svg(&River { total: vec![], ..memory(5) }, &style)), "bad-request");
    assert_eq!(code(plot::svg(&Ribbon { flips: vec![], ..ranges() }, &style)), "bad-request");
    assert_eq!(code(plot::svg(&Bars { errors: vec![1.0], ..words() }, &style)), "bad-request");
}

#[test]
fn falling_bars_join() {
    let view = fall();
    let (svg, frame) = picture(&view, &Style { height: 360.0, ..Style::default() });
    let bars = svg.bars(&frame);
    assert_eq!((frame.rows, frame.horizontal), (view.values.len(), true));
    // The gap is an outline.
    assert_eq!(frame.more, 1);
    assert_eq!(bars.len(), view.values.len());
    let mut end = None;
    for (k, (bar, value)) in bars.iter().zip(&view.values).enumerate() {
        let (from, to) = if *value < 0.0 { (bar.x + bar.width, bar.x) } else { (bar.x, bar.x + bar.width) };
        assert!(
            end.is_none_or(|end: f64| (end - from).abs() <= 0.5),
            "bar {k} begins at {from}, the one above ended at {end:?}"
        );
        assert_eq!(frame.cell((frame.left + frame.right) / 2.0, bar.y + bar.height / 2.0), Some((k, 0)));
        end = Some(to);
    }
}

#[test]
fn cells_are_where_the_frame_says() {
    let view = units(16, 24);
    let (svg, frame) = picture(&view, &Style::default());
    for row in 0..16 {
        for column in 0..24 {
            let (x, y) = frame.center(row, column);
            let value = view.values[row * 24 + column];
            let expected = rnnscope::view::css(rnnscope::view::color(value, view.limit, true, false));
            assert_eq!(svg.raster_at(x, y), Some(expected), "row {row}, column {column}, value {value}");
        }
    }
}

#[test]
fn strangers_text_stays_text() {
    let mut view = words();
    let evil = ["<script>alert(1)</script>", "\"><svg onload=\"x"].map(String::from);
    view.labels = evil.iter().chain(&view.labels[2..]).cloned().collect();
    view.title = "a & b </title><script>".into();
    view.x_label = "\u{0}\u{1b}".into();
    let (text, _) = plot::svg(&view, &Style { width: 1600.0, ..Style::default() }).unwrap();
    assert!(!text.contains("<script") && !text.contains("onload=\"") && text.matches("<svg").count() == 1);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    Svg::read(&text);
}

#[test]
fn wrong_views_are_refused() {
    let code = |view: &Bars, style: &Style| plot::svg(view, style).unwrap_err().code();
    let short = Bars { values: vec![1.0], ..words() };
    assert_eq!(code(&short, &Style::default()), "bad-request");
    assert_eq!(code(&words(), &Style { width: 0.0, ..Style::default() }), "bad-request");
    assert_eq!(code(&words(), &Style { foreground: Some("ink".into()), ..Style::default() }), "bad-request");
}

#[test]
fn the_system_may_impose_colours() {
    let style =
        Style { foreground: Some("#00ff00".into()), background: Some("rgb(0, 0, 0)".into()), ..Style::default() };
    let (text, _) = plot::svg(&words(), &style).unwrap();
    assert!(text.contains("fill=\"#00ff00\"") && text.contains("height=\"320\" fill=\"#000000\""));
    let clear = Style { background: Some("transparent".into()), ..Style::default() };
    let (text, _) = plot::svg(&words(), &clear).unwrap();
    assert!(!text.contains("width=\"640\" height=\"320\" fill"));
}
