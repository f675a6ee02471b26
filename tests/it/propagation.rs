//! Methods made of a rule for every operation: numpy's numbers, and what each promises to conserve.

use crate::laws::{self, close, conventions, explain, flat, run, settings, targets};
use crate::methods::{CLASSES, STEPS, golden, input, network, numbers, target};
use ndarray::Array2;
use rnnscope::attribution::{self, Attribution, Problem};
use rnnscope::network::{Network, Pair, Readout};
use std::rc::Rc;

fn problem(network: &Rc<Network<f64>>, class: usize) -> Problem<f64> {
    let (x, zero) = (input(), Array2::zeros(input().dim()));
    Problem::new(Rc::new(Pair { input: run(network, &x), baseline: run(network, &zero) }), target(Readout::Logit, class, STEPS - 1))
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
        close(&format!("class {class}"), &flat(&found.scores), &numbers(&golden[format!("lrp_eps1e-3_class{class}_TxE")]), 1e-14);
    }
}

#[test]
fn lrp_conserves_what_it_is_given() {
    let mut worst = [0.0f64; 2];
    for case in conventions() {
        let network = laws::network::<f64>(&case);
        for target in targets(&network, case.x.nrows()) {
            let problem = laws::problem(&network, &case.x, &case.other, target);
            if (attribution::find("lrp").unwrap().refuses)(&problem.subject()).is_some() {
                continue;
            }
            for product in ["all", "half", "prop"] {
                let out = answer("lrp", &problem, &[], &[("product", product)]);
                let shared = answer("lrp", &problem, &[], &[("product", product), ("bias", "shared")]);
                let named = |answer: &Attribution, name: &str| answer.remainder.iter().find(|(n, _)| *n == name).unwrap().1;
                assert_eq!(named(&out, "initial state"), 0.0, "{} {target:?}", case.name);
                // Only the head's own bias is no input's, as Arras et al. have it.
                let head = if target.readout == Readout::Hidden { 0.0 } else { named(&shared, "bias") };
                close(&format!("{} {target:?}: kept", case.name), &[named(&shared, "bias"), named(&shared, "ε")], &[head, 0.0], 0.0);
                let size = |answer: &Attribution| answer.scores.iter().fold(answer.score.abs().max(1.0), |largest, r| largest.max(r.abs()));
                worst[0] = worst[0].max(out.gap.unwrap().abs() / size(&out));
                worst[1] = worst[1].max(shared.gap.unwrap().abs() / size(&shared));
            }
        }
    }
    println!("largest gap of LRP by its largest score: δ = 0 {:.1e}, δ = 1 {:.1e}", worst[0], worst[1]);
    assert!(worst[0] <= 1e-12 && worst[1] <= 1e-9, "{worst:?}");
}
