//! Methods made of a rule for every operation: numpy's numbers, and what each promises to conserve.

use crate::cases::{self, close, conventions, explain, flat, run, settings, targets};
use crate::methods::{CLASSES, STEPS, column, golden, input, network, numbers, target};
use ndarray::Array2;
use rnnscope::attribution::{self, Attribution, Precision, Problem};
use rnnscope::import;
use rnnscope::network::{Network, Pair, Readout};
use std::collections::BTreeMap;
use std::rc::Rc;

fn problem(network: &Rc<Network<f64>>, class: usize) -> Problem<f64> {
    let (x, zero) = (input(), Array2::zeros(input().dim()));
    Problem::new(
        Rc::new(Pair { input: run(network, &x), baseline: run(network, &zero) }),
        target(Readout::Logit, class, STEPS - 1),
    )
}

fn answer(id: &str, problem: &Problem<f64>, numbers: &[(&str, f64)], words: &[(&str, &str)]) -> Attribution {
    let method = attribution::find(id).unwrap();
    explain(method, problem, &settings(method, numbers, words))
}

#[test]
fn lrp_gives_numpys_numbers() {
    let golden = &golden()["lstm"];
    let network = network("lstm", 4, "last-state");
    for class in 0..CLASSES {
        let found = answer("lrp", &problem(&network, class), &[], &[]);
        close(
            &format!("class {class}"),
            &flat(&found.scores),
            &numbers(&golden[format!("lrp_eps1e-3_class{class}_TxE")]),
            1e-14,
        );
    }
}

#[test]
fn lrp_conserves_what_it_is_given() {
    let mut worst = BTreeMap::new();
    for case in conventions() {
        let network = cases::network::<f64>(&case);
        for target in targets(&network, case.x.nrows()) {
            let problem = cases::problem(&network, &case.x, &case.other, target);
            if (attribution::find("lrp").unwrap().refuses)(&problem.subject()).is_some() {
                continue;
            }
            for (product, epsilon) in ["all", "half", "prop"].into_iter().flat_map(|p| [(p, 0.001), (p, 0.0)]) {
                let with = [("epsilon", epsilon)];
                let out = answer("lrp", &problem, &with, &[("product", product)]);
                let shared = answer("lrp", &problem, &with, &[("product", product), ("bias", "shared")]);
                let named =
                    |answer: &Attribution, name: &str| answer.remainder.iter().find(|(n, _)| *n == name).unwrap().1;
                assert_eq!(named(&out, "initial state"), 0.0, "{} {target:?}", case.name);
                // Only the head's own bias is no input's, as Arras et al. have it.
                let head = if target.readout == Readout::Hidden { 0.0 } else { named(&shared, "bias") };
                close(
                    &format!("{} {target:?}: kept", case.name),
                    &[named(&shared, "bias"), named(&shared, "ε")],
                    &[head, 0.0],
                    0.0,
                );
                let size = |answer: &Attribution| {
                    answer.scores.iter().fold(answer.score.abs().max(1.0), |largest, r| largest.max(r.abs()))
                };
                for (delta, found, allowed) in [(0, &out, 1e-12), (1, &shared, 1e-9)] {
                    let what = format!("{} {target:?}: {product}, ε = {epsilon}, δ = {delta}", case.name);
                    assert!(found.scores.iter().all(|score| score.is_finite()), "{what}: {:?}", found.scores);
                    let gap = found.gap.unwrap().abs() / size(found);
                    // Of a NaN nothing is true.
                    assert!(gap <= allowed, "{what}: gap {gap:e} of the largest score");
                    let largest = worst.entry(format!("ε = {epsilon}, δ = {delta}")).or_insert(0.0f64);
                    *largest = largest.max(gap);
                }
            }
        }
    }
    println!("largest gaps of LRP by its largest score: {worst:?}");
}

/// Without a stabiliser what is zero hands nothing on, and what it had is kept, as any small ε keeps it.
#[test]
fn a_sum_that_is_zero_is_no_trap() {
    let mut kept = 0;
    for case in conventions() {
        let mut tensors = cases::weights(&case.checkpoint);
        for (name, _, numbers) in &mut tensors {
            // Nothing enters the lowest layer, and nothing comes of it.
            if name.contains("bias") && name.contains("_l0") {
                numbers.fill(0.0);
            }
        }
        let file = cases::write(&cases::description(&case.file), &tensors);
        let network = Rc::new(Network::<f64>::new(&import::read(file).unwrap()).unwrap());
        let nothing = Array2::zeros(case.x.dim());
        for target in targets(&network, case.x.nrows()) {
            let problem = cases::problem(&network, &nothing, &nothing, target);
            if (attribution::find("lrp").unwrap().refuses)(&problem.subject()).is_some() {
                continue;
            }
            for words in ["all", "half", "prop"].map(|product| [("product", product), ("bias", "shared")]) {
                let of = |epsilon: f64| answer("lrp", &problem, &[("epsilon", epsilon)], &words);
                let (found, limit) = (of(0.0), of(1e-13));
                let what = format!("{} {target:?} {words:?}", case.name);
                let size = flat(&limit.scores).iter().fold(limit.score.abs().max(1.0), |most, x| most.max(x.abs()));
                assert!(found.gap.unwrap().abs() <= 1e-9 * size, "{what}: gap {:?}", found.gap);
                close(&what, &flat(&found.scores), &flat(&limit.scores), 1e-6 * size);
                kept += usize::from(found.scores.iter().any(|score| *score != 0.0));
            }
        }
    }
    assert!(kept > 0, "nowhere did a sum of zero have anything");
}

#[test]
fn without_a_stabiliser_single_precision_has_numbers_too() {
    let method = attribution::find("lrp").unwrap();
    everywhere::<f32>("lrp", |what, problem| {
        for product in ["all", "half", "prop"] {
            let found = explain(method, problem, &settings(method, &[("epsilon", 0.0)], &[("product", product)]));
            let gap = found.gap.unwrap();
            assert!(gap.is_finite() && found.scores.iter().all(|score| score.is_finite()), "{what} {product}: {gap}");
        }
    });
}

#[test]
fn contextual_decomposition_gives_numpys_numbers() {
    let golden = &golden()["lstm"];
    let network = network("lstm", 4, "last-state");
    for class in 0..CLASSES {
        let problem = problem(&network, class);
        let found = |bias: &str, phrase: &str| {
            answer("contextual-decomposition", &problem, &[], &[("bias", bias), ("phrase", phrase)])
        };
        let (symmetric, authors) = (found("symmetric", "1-5"), found("authors", "2-4"));
        close(
            &format!("words of class {class}"),
            &flat(&symmetric.scores),
            &column(&golden["cd_words_TxC_symmetric_bias"], class),
            1e-14,
        );
        close(
            &format!("authors' words of class {class}"),
            &flat(&authors.scores),
            &column(&golden["cd_words_TxC_author_bias"], class),
            1e-14,
        );
        let phrases = [symmetric.spans[0].score, authors.spans[0].score];
        close(
            &format!("phrases of class {class}"),
            &phrases,
            &[numbers(&golden["cd_all_symmetric"])[class], numbers(&golden["cd_phrase_1_3_author"])[class]],
            1e-14,
        );
        // All words in the authors' order: [2, 4] counted from 1 is [1, 3] counted from 0.
        assert_eq!((authors.spans[0].from, authors.spans[0].to, authors.spans.len()), (1, 4, 1));
    }
}

#[test]
fn rules_of_operations_give_what_cells_spelled_out_give() {
    let golden: serde_json::Value =
        serde_json::from_slice(&std::fs::read("tests/golden/propagation_golden.json").unwrap()).unwrap();
    for (kind, gates) in [("lstm", 4), ("gru", 3), ("rnn", 1)] {
        let network = network(kind, gates, "last-state");
        let problem = problem(&network, 1);
        let asked = |id: &str, words: &[(&str, &str)]| ask(id, &problem, words);
        let expected = |name: &str| numbers(&golden[kind][name]);
        close(&format!("{kind}: Rescale"), &flat(&asked("deeplift", &[]).scores), &expected("deeplift"), 1e-14);
        close(
            &format!("{kind}: RevealCancel"),
            &flat(&asked("deeplift", &[("nonlinearity", "reveal-cancel")]).scores),
            &expected("cancel"),
            1e-14,
        );
        if kind != "lstm" {
            let phrase = asked("contextual-decomposition", &[("phrase", "2-4")]);
            close(&format!("{kind}: words"), &flat(&phrase.scores), &expected("cd_words"), 1e-14);
            close(&format!("{kind}: phrase"), &[phrase.spans[0].score], &expected("cd_phrase"), 1e-14);
            close(&format!("{kind}: LRP"), &flat(&asked("lrp", &[]).scores), &expected("lrp"), 1e-14);
        }
    }
}

/// Every problem of every convention that a method does not refuse.
fn everywhere<R: Precision>(id: &str, mut law: impl FnMut(&str, &Problem<R>)) {
    let method = attribution::find(id).unwrap();
    for case in conventions() {
        let network = cases::network::<R>(&case);
        for target in targets(&network, case.x.nrows()) {
            for baseline in [Array2::zeros(case.x.dim()), case.other.clone()] {
                let problem = cases::problem(&network, &case.x, &baseline, target);
                if (method.refuses)(&problem.subject()).is_none() {
                    law(&format!("{id} of {} {} {target:?}", case.name, R::NAME), &problem);
                }
            }
        }
    }
}

fn ask<R: Precision>(id: &str, problem: &Problem<R>, words: &[(&str, &str)]) -> Attribution {
    let method = attribution::find(id).unwrap();
    explain(method, problem, &settings(method, &[], words))
}

#[test]
fn a_phrase_of_all_words_is_the_whole_score_without_the_bias() {
    fn law<R: Precision>(allowed: f64) {
        everywhere::<R>("contextual-decomposition", |what, problem| {
            let all = format!("1-{}", problem.pair.input.steps());
            let answer = ask("contextual-decomposition", problem, &[("phrase", &all)]);
            let bias = answer.remainder[0].1;
            close(what, &[answer.spans[0].score], &[answer.score - bias], allowed * answer.score.abs().max(1.0));
            let tree = ask("agglomerative-cd", problem, &[]);
            assert_eq!((tree.spans[0].level, tree.spans[0].from), (0, 0), "{what}");
            close(
                &format!("{what}: root"),
                &[tree.spans[0].score],
                &[answer.score - bias],
                allowed * answer.score.abs().max(1.0),
            );
            assert_eq!(tree.scores, answer.scores, "{what}: words");
        });
    }
    law::<f64>(1e-14);
    law::<f32>(5e-6);
}

#[test]
fn a_hierarchy_joins_neighbours_until_one_group_is_left() {
    let network = network("lstm", 4, "last-state");
    let problem = problem(&network, 1);
    let tree = ask("agglomerative-cd", &problem, &[]);
    assert_eq!(tree.spans.len(), 2 * STEPS - 1);
    for span in &tree.spans {
        let phrase = format!("{}-{}", span.from + 1, span.to);
        close(
            "a group's score",
            &[span.score],
            &[ask("contextual-decomposition", &problem, &[("phrase", &phrase)]).spans[0].score],
            0.0,
        );
        let outer = tree
            .spans
            .iter()
            .filter(|outer| outer.level + 1 == span.level && outer.from <= span.from && span.to <= outer.to)
            .count();
        assert_eq!(outer, usize::from(span.level > 0), "{span:?} lies inside one of the level before");
    }
}

#[test]
fn phrases_that_are_none_are_refused() {
    let network = network("lstm", 4, "last-state");
    let method = attribution::find("contextual-decomposition").unwrap();
    for phrase in ["0-2", "4-3", "2-6", "two", "1-", "-3", "1-2-3"] {
        assert!(method.start(problem(&network, 0), &settings(method, &[], &[("phrase", phrase)])).is_err(), "{phrase}");
    }
    let spans = ask("contextual-decomposition", &problem(&network, 0), &[("phrase", " 1 - 2, 5")]).spans;
    assert_eq!(spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(0, 2), (4, 5)]);
}

#[test]
fn deeplift_completes_with_both_rules() {
    for rule in ["rescale", "reveal-cancel"] {
        let (mut worst, mut met) = (0.0f64, 0);
        everywhere::<f64>("deeplift", |what, problem| {
            let answer = ask("deeplift", problem, &[("nonlinearity", rule)]);
            assert!(answer.scores.iter().all(|score| score.is_finite()), "{what} {rule}: {:?}", answer.scores);
            let gap = answer.gap.unwrap().abs();
            // Of a NaN nothing is true.
            assert!(gap <= 1e-9, "{what} {rule}: gap {gap:e}");
            (worst, met) = (worst.max(gap), met + 1);
        });
        println!("largest gap of DeepLIFT, {rule}: {worst:.1e} of {met}");
        assert!(met > 100, "{rule}: {met} questions");
    }
}

/// The read-out's slope from one logit to another is their quotient: exact for one logit however far apart they are. For
/// several it is an integral by 64 nodes, and what these miss of a steep one is the gap.
#[test]
fn what_a_steep_readout_leaves_is_the_gap() {
    let (mut single, mut missed) = (0, 0.0f64);
    for name in ["lstm_one_logit", "lstm_h3_t7"] {
        let case = conventions().into_iter().find(|case| case.name == name).unwrap();
        let mut tensors = cases::weights(&case.checkpoint);
        for (_, _, numbers) in tensors.iter_mut().filter(|(name, ..)| name == "head.weight") {
            numbers.iter_mut().for_each(|weight| *weight *= 1000.0);
        }
        let file = cases::write(&cases::description(&case.file), &tensors);
        let network = Rc::new(Network::<f64>::new(&import::read(file).unwrap()).unwrap());
        for readout in [Readout::Probability, Readout::LogProbability, Readout::LogOdds] {
            let problem = cases::problem(&network, &case.x, &case.other, target(readout, 0, case.x.nrows() - 1));
            let answer = ask("deeplift", &problem, &[]);
            let (gap, difference) = (answer.gap.unwrap(), answer.score - answer.baseline_score);
            close(&format!("{name} {readout:?}"), &[gap], &[difference - answer.scores.sum()], 0.0);
            if network.classes() == 1 {
                let size = answer.scores.iter().fold(1.0f64, |most, score| most.max(score.abs()));
                assert!(gap.abs() <= 1e-12 * size, "{readout:?}: gap {gap:e} of {difference:e}");
                single += 1;
            } else {
                missed = missed.max(gap.abs());
            }
        }
    }
    assert_eq!(single, 3);
    assert!(missed > 1e-9, "64 nodes miss nothing of logits that are hundreds apart? {missed:e}");
}

#[test]
fn parts_of_both_directions_add_up() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_both_h3").unwrap();
    let network = cases::network::<f64>(&case);
    let target = target(Readout::Logit, 0, case.x.nrows() - 1);
    let problem = cases::problem(&network, &case.x, &case.other, target);
    for id in ["lrp", "deeplift"] {
        let answer = ask(id, &problem, &[]);
        assert_eq!(answer.parts.iter().map(|part| part.label.as_str()).collect::<Vec<_>>(), ["forward", "backward"]);
        close(id, &flat(&answer.scores), &flat(&(&answer.parts[0].scores + &answer.parts[1].scores)), 0.0);
        // Both directions have read everything.
        assert!(answer.parts.iter().all(|part| part.scores.iter().all(|score| *score != 0.0)), "{id}");
    }
}

#[test]
fn deeplift_of_a_small_difference_is_the_gradient() {
    for case in conventions() {
        let network = cases::network::<f64>(&case);
        // The largest of several states jumps from one to another.
        for target in targets(&network, case.x.nrows()) {
            let near = &case.x + &(&case.other * 1e-6);
            let problem = cases::problem(&network, &case.x, &near, target);
            if (attribution::find("deeplift").unwrap().refuses)(&problem.subject()).is_some() {
                continue;
            }
            let expected = flat(&ask("input-gradient", &problem, &[]).scores);
            let largest = expected.iter().fold(1e-9f64, |largest, score| largest.max(score.abs()));
            for rule in ["rescale", "reveal-cancel"] {
                let found = flat(&ask("deeplift", &problem, &[("nonlinearity", rule)]).scores);
                close(&format!("{rule} of {} {target:?}", case.name), &found, &expected, 1e-4 * largest);
            }
        }
    }
}

#[test]
fn attention_and_probabilities_are_refused_with_a_way_out() {
    for case in conventions() {
        let network = cases::network::<f64>(&case);
        for target in targets(&network, case.x.nrows()) {
            let subject = cases::problem(&network, &case.x, &case.other, target).subject();
            for id in ["lrp", "deeplift", "contextual-decomposition", "agglomerative-cd"] {
                let refused = (attribution::find(id).unwrap().refuses)(&subject);
                assert_eq!(
                    refused.is_some(),
                    subject.attention || (id != "deeplift" && !subject.linear()),
                    "{id} of {} {target:?}",
                    case.name
                );
            }
        }
    }
}

/// What a method costs in forward passes of the same network; run with --release --ignored --nocapture.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn cost_in_forward_passes() {
    let checkpoint = rnnscope::import::read(std::fs::read("www/models/prose_lstm_2x256.safetensors").unwrap()).unwrap();
    let network = Rc::new(Network::<f32>::new(&checkpoint).unwrap());
    let ids: Vec<Option<usize>> = (0..200).map(|t| Some((t * 7 + t * t) % network.features())).collect();
    let x = network.encode(&ids).mapv(f64::from);
    let best = |f: &mut dyn FnMut()| {
        let times = (0..7).map(|_| {
            let start = std::time::Instant::now();
            f();
            start.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min)
    };
    let forward = best(&mut || drop(run(&network, &x)));
    let pair = Rc::new(Pair { input: run(&network, &x), baseline: run(&network, &Array2::zeros(x.dim())) });
    let problem = Problem::new(pair, target(Readout::Logit, 1, 199));
    println!("forward {:.1} ms", 1e3 * forward);
    for id in ["gradient", "lrp", "deeplift"] {
        println!("{id}: {:.2} forward passes", best(&mut || drop(ask(id, &problem, &[]))) / forward);
    }
    let method = attribution::find("contextual-decomposition").unwrap();
    for phrase in ["1-200", "100-110"] {
        let first = || {
            let mut job = method.start(problem.clone(), &settings(method, &[], &[("phrase", phrase)])).unwrap();
            while job.answer().spans.is_empty() && job.advance() {}
        };
        println!("one phrase {phrase}: {:.2} forward passes", best(&mut || first()) / forward);
    }
}
