//! Shapley values, Owen values and LIME beside the numbers of SHAP and Captum (`python/goldens_shapley.py`), and beside
//! sums over all coalitions by definition.

use crate::cases::close;
use crate::golden_networks::{Golden, ask, goldens, near};
use crate::methods::numbers;
use ndarray::{Array2, s};
use rnnscope::attribution::Problem;
use rnnscope::network::Readout;
use serde_json::Value;

const ALLOWED: f64 = 1e-12;
/// Captum adds up 720 orders, and fits lines, in single precision: this share of the largest.
const SINGLE: f64 = 1e-5;
/// What is drawn at random lies within so many of its standard errors.
const ERRORS: f64 = 4.0;

/// The values of a block by definition and by whoever gave some; `kept` picks those of our players.
fn agree(what: &str, found: &[f64], block: &Value, kept: impl Fn(usize) -> bool) {
    let of = |name: &str| -> Vec<f64> {
        numbers(&block[name]).into_iter().enumerate().filter(|(player, _)| kept(*player)).map(|(_, x)| x).collect()
    };
    for name in ["shapley", "shap_exact"] {
        close(&format!("{what}: {name}"), found, &of(name), ALLOWED);
    }
    if !block["shap_kernel"].is_null() {
        close(&format!("{what}: shap_kernel"), found, &of("shap_kernel"), ALLOWED);
    }
    if !block["captum_shapley_values"].is_null() {
        near(&format!("{what}: Captum's"), found, &of("captum_shapley_values"), SINGLE, 0.0);
    }
}

#[test]
fn shap_and_captum_say_the_same() {
    for case in goldens("shapley") {
        let Golden { id, answers: golden, x, baseline, target, .. } = &case;
        let asked = |x: &Array2<f64>, readout: Readout| case.question(x, baseline, readout);
        let logit = case.problem();
        let methods = ["shapley-exact", "shapley-permutation", "kernel-shap"];
        for method in methods {
            let of =
                |problem: &Problem<f64>, words: &[(&str, &str)]| ask(method, problem, &[("tolerance", 0.0)], words);
            agree(&format!("{method} of {id}"), &of(&logit, &[]).reduced(), &golden["steps"], |_| true);
            for name in ["shapley_of_probability", "shap_exact_of_probability"] {
                close(
                    &format!("{method} of {id}, {name}"),
                    &of(&asked(x, Readout::Probability), &[]).reduced(),
                    &numbers(&golden["steps"][name]),
                    ALLOWED,
                );
            }
            let features = of(&logit, &[("players", "features")]).scores;
            agree(&format!("{method} of {id}, features"), &features.row(0).to_vec(), &golden["features"], |_| true);
            let ranges: Vec<Vec<f64>> = golden["groups"]["range"].as_array().unwrap().iter().map(numbers).collect();
            let named: Vec<String> = ranges.iter().map(|range| format!("{}-{}", range[0] + 1.0, range[1])).collect();
            let spans = of(&logit, &[("players", "groups"), ("groups", &named.join(", "))]).spans;
            // Groups after an early question do not play here.
            let early = |player: usize| ranges[player][0] as usize <= target.step;
            let groups: Vec<f64> = spans.iter().map(|span| span.score).collect();
            agree(&format!("{method} of {id}, groups"), &groups, &golden["groups"], early);
            // Cells of three steps; all others are the baseline's.
            let range = numbers(&golden["cells"]["steps"]);
            let (from, to) = (range[0] as usize, range[1] as usize);
            let mut few = baseline.clone();
            few.slice_mut(s![from..to, ..]).assign(&x.slice(s![from..to, ..]));
            let cells = of(&asked(&few, Readout::Logit), &[("players", "cells")]).scores;
            let cells: Vec<f64> = cells.slice(s![from..to, ..]).iter().copied().collect();
            agree(&format!("{method} of {id}, cells"), &cells, &golden["cells"], |_| true);
        }
        let owen = &golden["owen"]["steps"];
        let phrases: Vec<Vec<f64>> = owen["partition"].as_array().unwrap().iter().map(numbers).collect();
        let named: Vec<String> =
            phrases.iter().map(|phrase| format!("{}-{}", phrase[0] + 1.0, phrase[phrase.len() - 1] + 1.0)).collect();
        let found = ask("owen", &logit, &[("tolerance", 0.0)], &[("groups", &named.join(","))]);
        close(&format!("owen of {id}"), &found.reduced(), &numbers(&owen["owen"]), ALLOWED);
        close(
            &format!("owen of {id}, phrases"),
            &found.spans.iter().map(|span| span.score).collect::<Vec<_>>(),
            &numbers(&owen["quotient"]),
            ALLOWED,
        );
        // Four steps in two phrases, all others the baseline's: SHAP's Partition explainer splits in two, again and again.
        let four = &golden["owen"]["four_steps"];
        let range = numbers(&four["steps"]);
        let (from, to) = (range[0] as usize, range[1] as usize);
        let mut few = baseline.clone();
        few.slice_mut(s![from..to, ..]).assign(&x.slice(s![from..to, ..]));
        let pairs = format!("{}-{}, {}-{}", from + 1, from + 2, from + 3, from + 4);
        let found = ask("owen", &asked(&few, Readout::Logit), &[("tolerance", 0.0)], &[("groups", &pairs)]).reduced();
        close(&format!("owen of {id}, pairs"), &found[from..to], &numbers(&four["shap_partition"]), ALLOWED);
        // LIME's numbers are over all masks of all steps: of a network that is asked early, also of the later ones.
        if target.step + 1 < x.nrows() {
            continue;
        }
        for distance in ["cosine", "fraction"] {
            for ridge in [0.0, 1.0] {
                let golden = &golden["lime"][distance];
                let found = ask(
                    "lime",
                    &logit,
                    &[("ridge", ridge), ("width", golden["sigma"].as_f64().unwrap())],
                    &[("draw", "coin"), ("distance", distance)],
                );
                let expected = &golden[format!("ridge_{ridge}")];
                let what = format!("lime of {id}, {distance}, ridge {ridge}");
                close(&what, &found.reduced(), &numbers(&expected["coefficients"]), 1e-11);
                if ridge == 1.0 {
                    let theirs = numbers(&golden["captum_lime_base"]);
                    near(&format!("{what}: Captum's"), &found.reduced(), &theirs, SINGLE, 0.0);
                }
                close(
                    &what,
                    &[found.remainder[0].1 + found.baseline_score],
                    &[expected["intercept"].as_f64().unwrap()],
                    1e-11,
                );
                let r2 = format!("R² of the fit {:.3}", expected["r2"].as_f64().unwrap());
                assert!(found.note.starts_with(&r2), "{what}: {} instead of {r2}", found.note);
            }
        }
    }
}

/// Captum's estimates are drawn: each is as far from our exact values as its standard error lets it be, no farther.
#[test]
fn what_captum_draws_lies_around_our_exact_values() {
    let mut compared = 0;
    for case in goldens("shapley") {
        let drawn = &case.answers["drawn"];
        let ranges: Vec<Vec<f64>> = case.answers["groups"]["range"].as_array().unwrap().iter().map(numbers).collect();
        let named: Vec<String> = ranges.iter().map(|range| format!("{}-{}", range[0] + 1.0, range[1])).collect();
        let problem = case.problem();
        let of = |words: &[(&str, &str)]| ask("shapley-exact", &problem, &[], words);
        let groups: Vec<f64> =
            of(&[("players", "groups"), ("groups", &named.join(", "))]).spans.iter().map(|span| span.score).collect();
        for (found, theirs, error) in [
            (of(&[]).reduced(), "captum_shapley_value_sampling", "standard_error"),
            (groups, "captum_kernel_shap", "kernel_standard_error"),
        ] {
            let (theirs, errors) = (numbers(&drawn[theirs]), numbers(&drawn[error]));
            let largest = found.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
            for (player, ((found, theirs), error)) in found.iter().zip(&theirs).zip(&errors).enumerate() {
                let (off, allowed) = ((found - theirs).abs(), ERRORS * error + SINGLE * largest);
                // A bound that lets everything through would say nothing.
                assert!(*error < 0.1 * largest, "{} {player}: standard error {error:e} of {largest:e}", case.id);
                assert!(off <= allowed, "{} {player}: {theirs:e} for {found:e}, {allowed:e} allowed", case.id);
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "{compared} values compared");
}
