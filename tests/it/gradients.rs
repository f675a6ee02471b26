//! The gradient family beside its definitions: averages over fresh backward passes, differences of fresh forward passes.

use crate::cases::{Case, close, conventions, explain, flat, problem, run, score, settings, waves};
use crate::golden_networks::{self, Golden, ask, goldens, matrix};
use crate::methods::numbers;
use ndarray::{Array2, s};
use rnnscope::Error;
use rnnscope::attribution::{self, Attribution, Job, Problem, Smoothing, smooth};
use rnnscope::math::gauss_legendre;
use rnnscope::network::{Network, Pair, READOUTS, Readout, Target};
use std::rc::Rc;

type Numbers<'a> = &'a [(&'a str, f64)];

fn case(name: &str) -> (Case, Rc<Network<f64>>) {
    let case = conventions().into_iter().find(|case| case.name == name).unwrap();
    let network = Rc::new(Network::new(&case.checkpoint).unwrap());
    (case, network)
}

/// The last class's logit at the last step.
fn target(network: &Network<f64>, steps: usize) -> Target {
    Target { readout: Readout::Logit, class: network.classes() - 1, versus: 0, step: steps - 1, d: 0, unit: 0 }
}

/// ∂F/∂x of a fresh trace.
fn gradient(network: &Rc<Network<f64>>, x: &Array2<f64>, target: Target) -> Array2<f64> {
    ask("gradient", &problem(network, x, x, target), &[], &[]).scores
}

/// Each number within a share of the largest, or of 1.
#[track_caller]
fn near(what: &str, found: &[f64], expected: &[f64], share: f64) {
    golden_networks::near(what, found, expected, share, 1.0);
}

/// Kinks make the slope jump: no rule is exact there.
fn smooth_everywhere(case: &Case) -> bool {
    !case.name.contains("relu") && !case.name.contains("max")
}

#[test]
fn captum_and_quadrature_give_the_same_numbers() {
    let all = goldens("gradients");
    assert_eq!(all.len(), 7);
    for case in &all {
        let Golden { id, answers: golden, about, target, .. } = case;
        let background: Vec<Array2<f64>> = about["background"].as_array().unwrap().iter().map(matrix).collect();
        let problem = Problem { background: Rc::new(background), ..case.problem() };
        let compare = |key: &str, method: &str, setting: Numbers, words: &[(&str, &str)], allowed: f64| {
            let found = ask(method, &problem, setting, words);
            near(&format!("{id} {key}"), &flat(&found.scores), &numbers(&golden[key]), allowed);
            found
        };
        compare("saliency", "gradient", &[], &[], 1e-14);
        // Captum's is against nothing.
        let x = &problem.pair.input.x;
        let against_zeros = case.question(x, &Array2::zeros(x.dim()), Readout::Logit);
        near(
            &format!("{id} input × gradient"),
            &flat(&ask("input-gradient", &against_zeros, &[], &[]).scores),
            &numbers(&golden["input_x_gradient"]),
            1e-14,
        );
        // Captum keeps its nodes in single precision.
        let midpoints = compare(
            "ig_midpoint_50",
            "integrated-gradients",
            &[("steps", 50.0), ("tolerance", 0.0)],
            &[("rule", "midpoint")],
            1e-6,
        );
        near(&format!("{id} gap"), &[midpoints.gap.unwrap()], &numbers(&golden["ig_midpoint_50_gap"]), 1e-6);
        compare("ig_gausslegendre_64", "integrated-gradients", &[("steps", 64.0), ("tolerance", 0.0)], &[], 1e-6);
        compare("ig_converged", "integrated-gradients", &[("steps", 64.0), ("tolerance", 1e-12)], &[], 1e-12);
        for (key, method) in [
            ("occlusion_step", "occlusion-step"),
            ("occlusion_feature", "occlusion-feature"),
            ("occlusion_cell", "occlusion-cell"),
        ] {
            compare(key, method, &[], &[], 1e-14);
        }
        for (key, method) in
            [("temporal_ig", "temporal-integrated-gradients"), ("sequential_ig", "sequential-integrated-gradients")]
        {
            compare(key, method, &[("steps", 32.0), ("tolerance", 1e-12)], &[], 1e-12);
        }
        let noise: Vec<Array2<f64>> = golden["noise"].as_array().unwrap().iter().map(matrix).collect();
        for (key, of) in
            [("smoothgrad", Smoothing::Mean), ("smoothgrad_sq", Smoothing::Square), ("vargrad", Smoothing::Variance)]
        {
            let mut job = smooth(problem.clone(), of, noise.clone()).unwrap();
            while job.advance() {}
            near(&format!("{id} {key}"), &flat(&job.answer().scores), &numbers(&golden[key]), 1e-14);
        }
        let expected = &golden["expected_gradients"];
        let every = ask("expected-gradients", &problem, &[("steps", 64.0), ("tolerance", 1e-12)], &[]);
        near(&format!("{id} expected gradients"), &flat(&every.scores), &numbers(&expected["exact"]), 1e-12);
        // Captum's are drawn: as far off as their standard errors let them be, no farther.
        let (drawn, errors) = (numbers(&expected["captum_gradient_shap"]), numbers(&expected["captum_standard_error"]));
        let largest = flat(&every.scores).iter().fold(0.0f64, |largest, score| largest.max(score.abs()));
        for (k, (score, (drawn, error))) in every.scores.iter().zip(drawn.iter().zip(&errors)).enumerate() {
            assert!(*error < 0.1 * largest, "{id}: a standard error of {error:e} says nothing of {largest:e}");
            assert!(
                (score - drawn).abs() <= 4.0 * error,
                "{id} {k}: GradientShap's {drawn:e} for {score:e} ± {error:e}"
            );
        }
        let others = numbers(&expected["scores"]);
        near(
            &format!("{id} E F(x')"),
            &[every.baseline_score],
            &[others.iter().sum::<f64>() / others.len() as f64],
            1e-14,
        );
        for info in READOUTS.iter().filter(|info| info.readout != Readout::Hidden) {
            let (golden, problem) = (
                &golden["readouts"][info.id],
                Problem { target: Target { readout: info.readout, ..*target }, ..problem.clone() },
            );
            near(
                &format!("{id} {}", info.id),
                &flat(&ask("gradient", &problem, &[], &[]).scores),
                &numbers(&golden["gradient"]),
                1e-14,
            );
            let path = ask("integrated-gradients", &problem, &[("steps", 64.0), ("tolerance", 1e-12)], &[]);
            near(
                &format!("{id} {} integrated gradients", info.id),
                &flat(&path.scores),
                &numbers(&golden["ig"]),
                1e-12,
            );
            near(
                &format!("{id} {} scores", info.id),
                &[path.score, path.baseline_score],
                &[numbers(&golden["score"])[0], numbers(&golden["baseline_score"])[0]],
                1e-14,
            );
        }
    }
}

#[test]
fn without_noise_smoothgrad_is_the_gradient() {
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let problem = problem(&network, &case.x, &case.other, target(&network, case.x.nrows()));
        let plain = ask("gradient", &problem, &[], &[]).scores;
        let of = |id: &str, noise: f64| ask(id, &problem, &[("noise", noise), ("samples", 5.0)], &[]);
        let still = of("smoothgrad", 0.0);
        close(&case.name, &flat(&still.scores), &flat(&plain), 0.0);
        close(&case.name, &flat(&still.error.unwrap()), &vec![0.0; plain.len()], 0.0);
        close(&case.name, &flat(&of("smoothgrad-squared", 0.0).scores), &flat(&plain.mapv(|g| g * g)), 0.0);
        close(&case.name, &flat(&of("vargrad", 0.0).scores), &vec![0.0; plain.len()], 0.0);
        let allowed = if smooth_everywhere(&case) { 1e-5 } else { continue };
        close(&case.name, &flat(&of("smoothgrad", 1e-6).scores), &flat(&plain), allowed);
    }
}

#[test]
fn averages_over_recorded_noise_are_as_defined() {
    for name in ["lstm_h5_l2", "gru_both_l2", "lstm_attention", "gru_before_h3_t7"] {
        let (case, network) = case(name);
        let target = target(&network, case.x.nrows());
        let problem = problem(&network, &case.x, &case.other, target);
        // More samples than a batch has rows.
        let noise: Vec<Array2<f64>> =
            (1..=37).map(|k| waves(case.x.dim()) * (0.7 * f64::from(k)).sin() * 0.3).collect();
        let gradients: Vec<Array2<f64>> =
            noise.iter().map(|noise| gradient(&network, &(&case.x + noise), target)).collect();
        let mean_of = |of: &dyn Fn(&Array2<f64>) -> Array2<f64>| {
            gradients.iter().map(of).fold(Array2::zeros(case.x.dim()), |sum: Array2<f64>, g| sum + g) / 37.0
        };
        let mean = mean_of(&|g| g.clone());
        let square = mean_of(&|g| g * g);
        let variance = mean_of(&|g| (g - &mean) * (g - &mean));
        for (of, expected) in
            [(Smoothing::Mean, mean.clone()), (Smoothing::Square, square), (Smoothing::Variance, variance)]
        {
            let mut job: Box<dyn Job> = smooth(problem.clone(), of, noise.clone()).unwrap();
            while job.advance() {}
            close(&format!("{name} {of:?}"), &flat(&job.answer().scores), &flat(&expected), 1e-14);
        }
    }
}

#[test]
fn standard_errors_shrink_with_the_root_of_the_samples_and_cover() {
    let (case, network) = case("lstm_h3_t7");
    let problem = problem(&network, &case.x, &case.other, target(&network, case.x.nrows()));
    for id in ["smoothgrad", "smoothgrad-squared", "vargrad"] {
        let of =
            |samples: f64, seed: f64| ask(id, &problem, &[("samples", samples), ("seed", seed), ("noise", 0.3)], &[]);
        let (few, many, truth) = (of(200.0, 1.0), of(3200.0, 1.0), of(10_000.0, 2.0));
        let mean = |answer: &Attribution| answer.error.as_ref().unwrap().mean().unwrap();
        let ratio = mean(&few) / mean(&many);
        assert!((3.2..4.8).contains(&ratio), "{id}: 16 times the samples, errors {ratio} times smaller");
        for (at, error) in few.error.as_ref().unwrap().indexed_iter() {
            let missed = (few.scores[at] - truth.scores[at]).abs();
            let error = error.hypot(truth.error.as_ref().unwrap()[at]);
            assert!(missed <= 4.0 * error, "{id} at {at:?}: {missed} is {} errors", missed / error);
        }
        assert_ne!(of(200.0, 3.0).scores, few.scores, "{id}: another seed");
    }
}

#[test]
fn the_noise_is_a_share_of_the_range() {
    // Little noise: the variance of ∂F/∂x_i is Σ_k (∂²F/∂x_i∂x_k)² σ_k².
    const SHARE: f64 = 0.01;
    for name in ["lstm_h3_t7", "gru_words"] {
        let (case, network) = case(name);
        let target = target(&network, case.x.nrows());
        let range = |values: &mut dyn Iterator<Item = f64>| {
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            high - low
        };
        let mut expected = Array2::zeros(case.x.dim());
        for (at, _) in case.x.indexed_iter() {
            let of_feature = range(&mut case.x.column(at.1).iter().copied());
            let deviation = SHARE * if network.series() { of_feature } else { range(&mut case.x.iter().copied()) };
            let moved = |by: f64| {
                let mut x = case.x.clone();
                x[at] += by;
                gradient(&network, &x, target)
            };
            expected += &((moved(1e-4) - moved(-1e-4)) / 2e-4 * deviation).mapv(|change| change * change);
        }
        let problem = problem(&network, &case.x, &case.other, target);
        let found = ask("vargrad", &problem, &[("noise", SHARE), ("samples", 5000.0)], &[]).scores;
        let (found, expected) = (found.sum(), expected.sum());
        assert!((found / expected - 1.0).abs() < 0.05, "{name}: variance {found:e} instead of {expected:e}");
    }
}

#[test]
fn a_partial_answer_has_means_and_errors_of_the_samples_so_far() {
    let (case, network) = case("gru_h3_t7");
    let problem = problem(&network, &case.x, &case.other, target(&network, case.x.nrows()));
    let method = attribution::find("smoothgrad").unwrap();
    let mut job = method.start(problem.clone(), &settings(method, &[("samples", 64.0)], &[])).unwrap();
    while job.answer().cost.backward == 0 {
        assert!(job.advance());
    }
    let part = job.answer();
    let samples = part.cost.backward;
    assert!(samples < 64 && !part.converged, "{}", part.note);
    let whole = ask("smoothgrad", &problem, &[("samples", samples as f64)], &[]);
    assert_eq!((part.scores, part.error), (whole.scores, whole.error));
}

/// Mean over the background of integrated gradients by 128 fresh gradients each.
fn expected(network: &Rc<Network<f64>>, x: &Array2<f64>, background: &[Array2<f64>], target: Target) -> Array2<f64> {
    let mut sum = Array2::zeros(x.dim());
    for other in background {
        for (alpha, weight) in gauss_legendre(128) {
            sum += &((x - other) * gradient(network, &(other + (x - other) * alpha), target) * weight);
        }
    }
    sum / background.len() as f64
}

#[test]
fn expected_gradients_are_integrated_gradients_averaged() {
    for name in ["lstm_h5_l2", "gru_both_l2", "lstm_attention", "lstm_every_step"] {
        let (case, network) = case(name);
        let target = target(&network, case.x.nrows());
        let background: Vec<Array2<f64>> = (1..=5).map(|k| waves(case.x.dim()) * (1.3 * f64::from(k)).sin()).collect();
        let problem =
            Problem { background: Rc::new(background.clone()), ..problem(&network, &case.x, &case.other, target) };
        let truth = expected(&network, &case.x, &background, target);
        let every = ask("expected-gradients", &problem, &[("tolerance", 1e-9)], &[]);
        close(&format!("{name} every"), &flat(&every.scores), &flat(&truth), 1e-10);
        let mean = background.iter().map(|other| score(&network, other, &target)).sum::<f64>() / 5.0;
        close(&format!("{name} E F(x')"), &[every.baseline_score], &[mean], 1e-15);
        assert!(every.converged && every.error.is_some(), "{name}: {}", every.note);

        let random = |budget: f64| {
            ask("expected-gradients", &problem, &[("tolerance", 1e-9), ("budget", budget)], &[("sampling", "random")])
        };
        let (few, many) = (random(250.0), random(4000.0));
        assert!(!few.converged && few.cost.backward == 250, "{}", few.note);
        let mean = |answer: &Attribution| answer.error.as_ref().unwrap().mean().unwrap();
        let ratio = mean(&few) / mean(&many);
        assert!((3.2..4.8).contains(&ratio), "{name}: 16 times the draws, errors {ratio} times smaller");
        for answer in [few, many] {
            for (at, error) in answer.error.as_ref().unwrap().indexed_iter() {
                let missed = (answer.scores[at] - truth[at]).abs();
                assert!(missed <= 4.0 * error, "{name} at {at:?}: {missed} is {} errors", missed / error);
            }
        }
        let loose = ask(
            "expected-gradients",
            &problem,
            &[("tolerance", 0.5), ("budget", 100_000.0)],
            &[("sampling", "random")],
        );
        assert!(loose.converged && loose.cost.backward < 100_000, "{name}: {}", loose.note);
    }
}

#[test]
fn a_background_is_needed_and_has_the_inputs_shape() {
    let (case, network) = case("lstm_h3_t7");
    let of = |background: Vec<Array2<f64>>| Problem {
        background: Rc::new(background),
        ..problem(&network, &case.x, &case.other, target(&network, case.x.nrows()))
    };
    let method = attribution::find("expected-gradients").unwrap();
    let (steps, features) = case.x.dim();
    for background in
        [vec![], vec![case.x.clone(), Array2::zeros((steps, features + 1))], vec![Array2::zeros((steps + 1, features))]]
    {
        let refused = method.start(of(background), &settings(method, &[], &[])).err().unwrap();
        assert!(matches!(&refused, Error::Request { name, .. } if name == "background"), "{refused}");
        assert!(refused.to_string().contains("choose samples"), "{refused}");
    }
    for sampling in ["every", "random"] {
        let itself = ask("expected-gradients", &of(vec![case.x.clone()]), &[], &[("sampling", sampling)]);
        assert!(itself.scores.iter().all(|score| *score == 0.0) && itself.gap == Some(0.0), "{sampling}: {itself:?}");
    }
}

#[test]
fn the_gradient_norm_is_that_of_central_differences() {
    const STEP: f64 = 1e-5;
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let target = target(&network, case.x.nrows());
        let squares: Vec<f64> = (0..case.x.nrows())
            .map(|t| {
                let slope = |k: usize| {
                    let moved = |by: f64| {
                        let mut x = case.x.clone();
                        x[(t, k)] += by;
                        score(&network, &x, &target)
                    };
                    (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
                };
                (0..case.x.ncols()).map(|k| slope(k) * slope(k)).sum()
            })
            .collect();
        let problem = problem(&network, &case.x, &case.other, target);
        let found = ask("gradient-norm", &problem, &[], &[]);
        assert_eq!(found.scores.dim(), (case.x.nrows(), 1));
        let norms: Vec<f64> = squares.iter().map(|square| square.sqrt()).collect();
        close(&case.name, &found.reduced(), &norms, 1e-8);
        close(&case.name, &ask("gradient-norm", &problem, &[], &[("norm", "squared")]).reduced(), &squares, 1e-8);
    }
}

/// The input whose step t is the baseline's, moved towards the input by α.
fn moved(x: &Array2<f64>, other: &Array2<f64>, t: usize, alpha: f64) -> Array2<f64> {
    let mut moved = x.clone();
    moved.row_mut(t).assign(&(&other.row(t) + (&x.row(t) - &other.row(t)) * alpha));
    moved
}

#[test]
fn the_bars_of_one_step_add_up_to_what_moving_it_does() {
    for case in conventions() {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let whole = target(&network, case.x.nrows());
        let problem = problem(&network, &case.x, &case.other, whole);
        let cut = |t: usize, x: &Array2<f64>| {
            score(&network, &x.slice(s![..=t, ..]).to_owned(), &Target { step: t, ..whole })
        };
        let temporal: Vec<f64> =
            (0..case.x.nrows()).map(|t| cut(t, &case.x) - cut(t, &moved(&case.x, &case.other, t, 0.0))).collect();
        let sequential: Vec<f64> = (0..case.x.nrows())
            .map(|t| score(&network, &case.x, &whole) - score(&network, &moved(&case.x, &case.other, t, 0.0), &whole))
            .collect();
        for (id, expected) in
            [("temporal-integrated-gradients", temporal), ("sequential-integrated-gradients", sequential)]
        {
            let answer = ask(id, &problem, &[("tolerance", 1e-9)], &[]);
            let allowed = if smooth_everywhere(&case) { 1e-9 } else { 0.02 };
            close(&format!("{id} of {}", case.name), &answer.reduced(), &expected, allowed);
            assert!(answer.converged || !smooth_everywhere(&case), "{id} of {}: {}", case.name, answer.note);
            assert_eq!(answer.gap, None, "{id}");
        }
    }
}

#[test]
fn one_step_at_a_time_is_the_integral_of_fresh_gradients() {
    for name in ["lstm_h5_l2", "gru_both_l2", "lstm_both_h3", "lstm_attention", "gru_every_step", "lstm_mean_state"] {
        let (case, network) = case(name);
        let whole = target(&network, case.x.nrows());
        let problem = problem(&network, &case.x, &case.other, whole);
        for id in ["temporal-integrated-gradients", "sequential-integrated-gradients"] {
            let found = ask(id, &problem, &[("tolerance", 1e-12)], &[]).scores;
            for t in 0..case.x.nrows() {
                let end = if id.starts_with("temporal") { t + 1 } else { case.x.nrows() };
                let target = Target { step: end - 1, ..whole };
                let at = |alpha: f64| {
                    gradient(&network, &moved(&case.x, &case.other, t, alpha).slice(s![..end, ..]).to_owned(), target)
                        .row(t)
                        .to_owned()
                };
                let integral = gauss_legendre(64)
                    .into_iter()
                    .map(|(alpha, weight)| at(alpha) * weight)
                    .reduce(|a, b| a + b)
                    .unwrap();
                let expected = integral * (&case.x.row(t) - &case.other.row(t));
                close(&format!("{id} of {name} at {t}"), &found.row(t).to_vec(), &expected.to_vec(), 1e-10);
            }
        }
    }
}

#[test]
fn refinement_ends_where_only_rounding_is_left() {
    // A unit that is dead at both ends of a way with kinks: in f32 some pieces cannot be mended by any cut.
    let (case, _) = case("rnn_relu_h5_both_l2");
    let network = Rc::new(Network::<f32>::new(&case.checkpoint).unwrap());
    let target = Target { readout: Readout::Hidden, class: 0, versus: 0, step: case.x.nrows() - 1, d: 2, unit: 0 };
    let problem =
        Problem::new(Rc::new(Pair { input: run(&network, &case.x), baseline: run(&network, &case.other) }), target);
    let method = attribution::find("integrated-gradients").unwrap();
    let answer = explain(method, &problem, &settings(method, &[("tolerance", 1e-3), ("budget", 100_000.0)], &[]));
    assert_eq!(problem.scores().unwrap(), (0.0, 0.0));
    assert!(
        answer.converged && answer.cost.backward < 5000,
        "{} of {}: {}",
        answer.cost.backward,
        case.name,
        answer.note
    );
    assert!(answer.note.ends_with("rounding") && answer.gap.unwrap().abs() < 5e-6, "{:?}: {}", answer.gap, answer.note);
}

/// `cargo test --release --test it gradients::timing -- --ignored --nocapture`
#[test]
#[ignore = "takes time, says how much"]
#[allow(clippy::disallowed_methods, reason = "a test is not a page")]
fn timing() {
    fn time<R: rnnscope::attribution::Precision>(steps: usize) {
        let checkpoint =
            rnnscope::import::read(std::fs::read("www/models/prose_lstm_2x256.safetensors").unwrap()).unwrap();
        let network = Rc::new(Network::<R>::new(&checkpoint).unwrap());
        let ids: Vec<Option<usize>> = (0..steps).map(|t| Some((7 * t + t * t) % network.features())).collect();
        let x = network.encode(&ids).mapv(|x| x.to_f64());
        let pair = Rc::new(Pair { input: run(&network, &x), baseline: run(&network, &Array2::zeros(x.dim())) });
        let target = Target { readout: Readout::Logit, class: 3, versus: 0, step: steps - 1, d: 0, unit: 0 };
        let problem = Problem { background: Rc::new(vec![pair.baseline.x.clone()]), ..Problem::new(pair, target) };
        let cases: &[(&str, Numbers)] = &[
            ("gradient", &[]),
            ("integrated-gradients", &[("steps", 50.0), ("tolerance", 0.0)]),
            ("smoothgrad", &[]),
            ("expected-gradients", &[("steps", 16.0), ("tolerance", 0.0)]),
            ("temporal-integrated-gradients", &[]),
        ];
        for (id, numbers) in cases {
            let method = attribution::find(id).unwrap();
            let settings = settings(method, numbers, &[]);
            // The shortest of several: others may be at work; the slowest unit of the quickest run.
            let mut best = (f64::INFINITY, 0.0);
            for _ in 0..if *id == "gradient" { 20 } else { 3 } {
                let mut job = method.start(problem.clone(), &settings).unwrap();
                let (begin, mut slowest) = (std::time::Instant::now(), 0.0f64);
                loop {
                    let unit = std::time::Instant::now();
                    let more = job.advance();
                    slowest = slowest.max(unit.elapsed().as_secs_f64());
                    if !more {
                        break;
                    }
                }
                let seconds = begin.elapsed().as_secs_f64();
                if seconds < best.0 {
                    best = (seconds, slowest);
                }
            }
            println!("{id} {} T = {steps}: {:.1} ms, slowest unit {:.2} ms", R::NAME, best.0 * 1e3, best.1 * 1e3);
        }
    }
    time::<f32>(200);
    time::<f64>(200);
}

/// Δ_t · Δ_tk of Ismail et al. 2020 by fresh gradients of fresh inputs, scaled by hand.
#[test]
fn saliency_is_rescaled_as_defined() {
    let method = attribution::find("saliency-rescaling").unwrap();
    let mut told_apart = 0;
    for case in conventions().iter().filter(|case| case.x.nrows() > 2).step_by(3) {
        let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
        let (steps, features) = case.x.dim();
        let target = target(&network, steps);
        let problem = problem(&network, &case.x, &case.other, target);
        let picture = |x: &Array2<f64>| gradient(&network, x, target);
        let plain = picture(&case.x);
        let delta = |changed: &[(usize, usize)]| {
            let mut x = case.x.clone();
            changed.iter().for_each(|at| x[*at] = case.other[*at]);
            (picture(&x) - &plain).mapv(f64::abs).sum()
        };
        let scaled = |values: Vec<f64>| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(0.0, f64::max);
            values
                .into_iter()
                .map(|v| if high > low { (v - low) / (high - low) } else { f64::from(v > 0.0) })
                .collect::<Vec<_>>()
        };
        let row = |t: usize| (0..features).map(|k| (t, k)).collect::<Vec<_>>();
        let of_steps: Vec<f64> = (0..steps).map(|t| delta(&row(t))).collect();
        let times = scaled(of_steps.clone());
        for quantile in [0.0, 0.55] {
            let settings = settings(method, &[("quantile", quantile)], &[]);
            let found = explain(method, &problem, &settings);
            let what = format!("{}, {quantile}: {}", case.name, found.note);
            assert!(found.converged && found.gap.is_none(), "{what}");
            if !network.series() {
                close(&what, &flat(&found.scores), &times, 1e-9);
                continue;
            }
            let mut order: Vec<usize> = (0..steps).collect();
            order.sort_by(|a, b| of_steps[*b].total_cmp(&of_steps[*a]));
            let kept = &order[..(steps as f64 * (1.0 - quantile)).ceil() as usize];
            for t in 0..steps {
                let cells = match kept.contains(&t) && of_steps[t] > 0.0 {
                    true => scaled((0..features).map(|k| delta(&[(t, k)])).collect()),
                    false => (0..features).map(|k| if network.reads(k) { 0.1 } else { 0.0 }).collect(),
                };
                let expected: Vec<f64> = cells.iter().map(|cell| cell * times[t]).collect();
                close(&format!("{what}, step {t}"), &found.scores.row(t).to_vec(), &expected, 1e-9);
                told_apart += usize::from(kept.contains(&t));
            }
        }
    }
    assert!(told_apart > 50, "{told_apart} steps");
}
