//! Propagation methods on small networks of every kind, beside Captum's, the authors' code and the definitions' numbers.

use crate::cases::flat;
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
    for golden in goldens("deeplift") {
        for other in ["baseline", "prefix"] {
            let answer = &golden.answers[other];
            let problem = golden.question(&golden.x, &matrix(&answer["x"]), Readout::Logit);
            let found = ask("deeplift", &problem, &[], &[]);
            agree(&format!("{} against {other}", golden.id), &flat(&found.scores), &numbers(&answer["scores"]));
        }
    }
}

#[test]
fn lrp_is_what_its_rules_say() {
    for golden in goldens("lrp") {
        let id = &golden.id;
        for (rule, own) in [("all", "all"), ("half", "half"), ("magnitude", "prop")] {
            for (delta, bias) in [("delta_0", "out"), ("delta_1", "shared")] {
                let answer = &golden.answers["one_sum"][rule]["eps_0.001"][delta]["scores"];
                // Shared out, a GRU's candidate is two sums of two layers here and one there: no rule is published.
                if answer.is_null() || (id.contains("gru") && bias == "shared") {
                    continue;
                }
                let found = ask("lrp", &alone(&golden), &[], &[("product", own), ("bias", bias)]);
                agree(&format!("{id} {rule} {delta}"), &flat(&found.scores), &numbers(answer));
            }
        }
    }
}

#[test]
fn contextual_decomposition_is_the_authors() {
    for golden in goldens("decomposition") {
        let (id, answers) = (&golden.id, &golden.answers["contextual"]);
        let Some(ranges) = answers["range"].as_array() else { continue };
        let phrase = |range: &serde_json::Value| format!("{}-{}", range[0].as_u64().unwrap() + 1, range[1]);
        let phrases = ranges.iter().map(phrase).collect::<Vec<_>>().join(",");
        for bias in ["symmetric", "authors"] {
            let found = ask("contextual-decomposition", &alone(&golden), &[], &[("phrase", &phrases), ("bias", bias)]);
            let of_phrases: Vec<f64> = found.spans.iter().map(|span| span.score).collect();
            agree(&format!("{id} {bias}: words"), &flat(&found.scores), &numbers(&answers[bias]["words"]));
            agree(&format!("{id} {bias}: phrases"), &of_phrases, &numbers(&answers[bias]["score"]));
        }
    }
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
