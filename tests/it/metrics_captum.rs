//! Infidelity and max-sensitivity beside Captum's, on the same seeded perturbations (`python/goldens_metrics.py`).

use crate::cases::{explain, settings};
use crate::golden_networks::{goldens, near};
use crate::metrics::{measure, number};
use rnnscope::attribution;
use rnnscope::metrics::Claim;
use std::rc::Rc;

const SAMPLES: f64 = 20.0;

#[test]
fn captum_judges_alike() {
    let all = goldens("metrics");
    assert_eq!(all.len(), 7);
    for case in &all {
        // Converged integrated gradients are recomputed at every sample, each within its tolerance.
        for (method, allowed) in [("gradient", 1e-12), ("integrated-gradients", 1e-9)] {
            let (id, golden) = (format!("{} {method}", case.id), &case.answers[method]);
            let method = attribution::find(method).unwrap();
            let settings = settings(method, &[("steps", 64.0), ("tolerance", 1e-12)], &[]);
            let problem = case.problem();
            let answer = Rc::new(explain(method, &problem, &settings));
            let claim = Claim { problem, answer, method, settings };
            let compare = |metric: &str, key: &str, label: &str, words: &[(&str, &str)]| {
                let found = measure(metric, &claim, &[("samples", SAMPLES)], words);
                near(&format!("{id} {key}"), &[number(&found, label)], &[golden[key].as_f64().unwrap()], allowed, 0.0);
            };
            compare("infidelity", "infidelity_block", "infidelity", &[("perturbation", "block")]);
            compare("infidelity", "infidelity_gaussian", "infidelity", &[("perturbation", "gaussian")]);
            compare("max-sensitivity", "max_sensitivity", "max-sensitivity", &[]);
        }
    }
}
