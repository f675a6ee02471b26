//! Propagation methods on small networks of every kind, beside Captum's, the authors' code and the definitions' numbers.

use crate::cases::{close, flat};
use crate::golden_networks::{Golden, ask, goldens, matrix, near};
use crate::methods::numbers;
use ndarray::Array2;
use rnnscope::attribution::Problem;
use rnnscope::network::Readout;

/// The network's question against nothing.
fn alone(golden: &Golden) -> Problem<f64> {
    golden.question(&golden.x, &Array2::zeros(golden.x.dim()), Readout::Logit)
}

/// To 1e-11 of the largest.
#[track_caller]
fn agree(what: &str, found: &[f64], expected: &[f64]) {
    near(what, found, expected, 1e-11, 1e-3);
}

#[test]
fn deeplift_is_captums_on_unrolled_cells() {
    let mut met = 0;
    for golden in goldens("deeplift") {
        for (other, answer) in golden.answers.as_object().unwrap() {
            let problem = golden.question(&golden.x, &matrix(&answer["x"]), Readout::Logit);
            let found = ask("deeplift", &problem, &[], &[]);
            agree(&format!("{} against {other}", golden.id), &flat(&found.scores), &numbers(&answer["scores"]));
            met += 1;
        }
    }
    assert_eq!(met, 14, "two comparisons of seven networks");
}

#[test]
fn lrp_is_what_its_rules_say() {
    let (mut met, mut unlike) = (0, 0);
    for golden in goldens("lrp") {
        let (id, gru) = (&golden.id, golden.id.contains("gru"));
        for form in ["one_sum", "two_sums"] {
            let Some(rules) = golden.answers[form].as_object() else { continue };
            for (rule, by_epsilon) in rules {
                for (epsilon, by_delta) in by_epsilon.as_object().unwrap() {
                    for (delta, answer) in by_delta.as_object().unwrap() {
                        // Of a GRU's candidate, here two sums of two layers, no rule is published. Without ε the forms are
                        // one where biases are left out, and where they are shared out ours is `two_sums`; with ε, ours is
                        // `one_sum`, and only where biases are left out.
                        let (stable, out) = (epsilon != "eps_0", delta == "delta_0");
                        if gru && !(if form == "one_sum" { out } else { !stable }) {
                            unlike += 1;
                            continue;
                        }
                        let number = epsilon.trim_start_matches("eps_").parse().unwrap();
                        let words = [
                            ("product", if rule == "magnitude" { "prop" } else { rule }),
                            ("bias", if out { "out" } else { "shared" }),
                        ];
                        let found = ask("lrp", &alone(&golden), &[("epsilon", number)], &words);
                        let (what, expected) =
                            (format!("{id} {form} {rule} {epsilon} {delta}"), numbers(&answer["scores"]));
                        agree(&what, &flat(&found.scores), &expected);
                        let named = |name: &str| found.remainder.iter().find(|(n, _)| *n == name).unwrap().1;
                        let kept = [named("bias") + named("ε"), named("initial state")];
                        let head = golden.answers["head_bias"].as_f64().unwrap();
                        let number = |name: &str| answer[name].as_f64().unwrap();
                        let size = expected.iter().fold(1.0f64, |largest, x| largest.max(x.abs()));
                        let theirs = [number("kept_by_bias_and_eps") + head, number("initial_state")];
                        close(&format!("{what}: kept"), &kept, &theirs, 1e-11 * size);
                        met += 1;
                    }
                }
            }
        }
    }
    assert_eq!((met, unlike), (76, 24), "blocks of the goldens that were met, and that are of another form");
}

#[test]
fn contextual_decomposition_is_the_authors() {
    let mut met = 0;
    for golden in goldens("decomposition") {
        let (id, answers) = (&golden.id, &golden.answers["contextual"]);
        // The authors' code is for LSTMs.
        assert_eq!(answers.is_null(), !id.contains("lstm"), "{id}");
        let Some(ranges) = answers["range"].as_array() else { continue };
        let phrase = |range: &serde_json::Value| format!("{}-{}", range[0].as_u64().unwrap() + 1, range[1]);
        let phrases = ranges.iter().map(phrase).collect::<Vec<_>>().join(",");
        for bias in ["symmetric", "authors"] {
            let found = ask("contextual-decomposition", &alone(&golden), &[], &[("phrase", &phrases), ("bias", bias)]);
            let of_phrases: Vec<f64> = found.spans.iter().map(|span| span.score).collect();
            agree(&format!("{id} {bias}: words"), &flat(&found.scores), &numbers(&answers[bias]["words"]));
            agree(&format!("{id} {bias}: phrases"), &of_phrases, &numbers(&answers[bias]["score"]));
            met += 1;
        }
    }
    assert_eq!(met, 8, "two kinds of bias of four networks");
}

#[test]
fn hierarchies_are_joined_as_the_criterion_says() {
    for golden in goldens("agglomeration") {
        for bias in ["symmetric", "authors"] {
            let (id, answer) = (&golden.id, &golden.answers[bias]);
            assert!(answer["margin"].as_f64().unwrap() > 1e-6, "{id} {bias}: two joins are equally good");
            let found = ask("agglomerative-cd", &alone(&golden), &[], &[("bias", bias)]);
            let made: Vec<_> = found.spans.iter().filter(|span| span.to > span.from + 1).collect();
            let joins = answer["joins"].as_array().unwrap();
            assert_eq!(made.len(), joins.len(), "{id} {bias}: {joins:?}");
            for (join, score) in joins.iter().zip(numbers(&answer["score"])) {
                let range = numbers(join);
                let span = made.iter().find(|span| (span.from as f64, span.to as f64) == (range[0], range[1]));
                let span = span.unwrap_or_else(|| panic!("{id} {bias}: {join} was not joined"));
                agree(&format!("{id} {bias}: group {join}"), &[span.score], &[score]);
            }
        }
    }
}
