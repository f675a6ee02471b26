//! Shapley values, Owen values and LIME beside the numbers of SHAP and Captum (`python/goldens_shapley.py`).

use crate::cases::close;
use crate::golden_networks::{Golden, ask, goldens};
use crate::methods::numbers;
use ndarray::{Array2, s};
use rnnscope::attribution::Problem;
use rnnscope::network::Readout;

#[test]
fn shap_and_captum_say_the_same() {
    const ALLOWED: f64 = 1e-12;
    for case in goldens("shapley") {
        let Golden { id, answers: golden, x, baseline, target, .. } = &case;
        let asked = |x: &Array2<f64>, readout: Readout| case.question(x, baseline, readout);
        let logit = case.problem();
        let methods = ["shapley-exact", "shapley-permutation", "kernel-shap"];
        for method in methods {
            let of =
                |problem: &Problem<f64>, words: &[(&str, &str)]| ask(method, problem, &[("tolerance", 0.0)], words);
            close(
                &format!("{method} of {id}"),
                &of(&logit, &[]).reduced(),
                &numbers(&golden["steps"]["shapley"]),
                ALLOWED,
            );
            close(
                &format!("{method} of {id}, probability"),
                &of(&asked(x, Readout::Probability), &[]).reduced(),
                &numbers(&golden["steps"]["shapley_of_probability"]),
                ALLOWED,
            );
            let features = of(&logit, &[("players", "features")]).scores;
            close(
                &format!("{method} of {id}, features"),
                &features.row(0).to_vec(),
                &numbers(&golden["features"]["shapley"]),
                ALLOWED,
            );
            let ranges: Vec<Vec<f64>> = golden["groups"]["range"].as_array().unwrap().iter().map(numbers).collect();
            let named: Vec<String> = ranges.iter().map(|range| format!("{}-{}", range[0] + 1.0, range[1])).collect();
            let spans = of(&logit, &[("players", "groups"), ("groups", &named.join(", "))]).spans;
            let expected: Vec<f64> = numbers(&golden["groups"]["shapley"])
                .into_iter()
                .zip(&ranges)
                .filter(|(_, range)| range[0] as usize <= target.step)
                .map(|(value, _)| value)
                .collect();
            close(
                &format!("{method} of {id}, groups"),
                &spans.iter().map(|span| span.score).collect::<Vec<_>>(),
                &expected,
                ALLOWED,
            );
            // Cells of three steps; all others are the baseline's.
            let range = numbers(&golden["cells"]["steps"]);
            let (from, to) = (range[0] as usize, range[1] as usize);
            let mut few = baseline.clone();
            few.slice_mut(s![from..to, ..]).assign(&x.slice(s![from..to, ..]));
            let cells = of(&asked(&few, Readout::Logit), &[("players", "cells")]).scores;
            close(
                &format!("{method} of {id}, cells"),
                &cells.slice(s![from..to, ..]).iter().copied().collect::<Vec<_>>(),
                &numbers(&golden["cells"]["shapley"]),
                ALLOWED,
            );
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
