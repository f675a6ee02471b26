//! TimeSHAP beside the authors' package (`python/goldens_timeshap.py`): where it prunes, events, features, cells; and beside
//! sums over all coalitions by definition.

use crate::cases::close;
use crate::golden_networks::{ask, goldens, matrix};
use crate::methods::numbers;
use rnnscope::attribution::{Problem, Pruning};
use rnnscope::network::Readout;
use serde_json::Value;
use std::cell::Cell;

const TOLERANCE: f64 = 0.025;
const ALLOWED: f64 = 1e-12;
/// Of the sixteen questions, those in which every player of the cells' game has cells.
const THEIRS: usize = 13;

/// Calls `check` with every network, readout and kind of baseline.
fn each(check: impl Fn(&str, &Value, &Problem<f64>)) {
    let mut checked = 0;
    for golden in goldens("timeshap") {
        for (id, readout) in [("probability", Readout::Probability), ("logit", Readout::Logit)] {
            for (kind, answers) in golden.answers[id].as_object().unwrap() {
                let baseline = match answers.get("x") {
                    Some(event) => matrix(event).broadcast(golden.x.dim()).unwrap().to_owned(),
                    None => golden.baseline.clone(),
                };
                let problem = golden.question(&golden.x, &baseline, readout);
                check(&format!("{} {id} {kind}", golden.id), answers, &problem);
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 16);
}

#[test]
fn the_past_is_cut_where_the_authors_cut_it() {
    each(|what, golden, problem| {
        let curve = numbers(&golden["phi_old"]);
        // A tolerance that nothing meets but no past at all: every cut is looked at.
        let mut all = Pruning::new(problem, f64::MIN_POSITIVE).unwrap();
        while all.advance() {}
        for (steps, old) in all.curve() {
            close(&format!("{what} at {steps}"), &[*old], &[curve[*steps]], ALLOWED);
        }
        let mut pruning = Pruning::new(problem, TOLERANCE).unwrap();
        while pruning.advance() {}
        assert_eq!(pruning.steps() as u64, golden["pruned"].as_u64().unwrap(), "{what}");
    });
}

#[test]
fn events_and_features_are_the_authors() {
    each(|what, golden, problem| {
        for (kind, tolerance) in [("after_pruning", TOLERANCE), ("of_all", 0.0)] {
            let (what, golden) = (format!("{what} {kind}"), &golden[kind]);
            let events = ask("timeshap-event", problem, &[("tolerance", tolerance)], &[]);
            let features = ask("timeshap-feature", problem, &[("tolerance", tolerance)], &[]);
            let older_events: Vec<f64> = events.spans.iter().map(|span| span.score).collect();
            let older_features: Vec<f64> = features.remainder.iter().map(|(_, score)| *score).collect();
            for (whose, golden) in [("definition", golden), ("package", &golden["package"])] {
                let agree = |name: &str, found: &[f64]| {
                    close(&format!("{what}, {whose}: {name}"), found, &numbers(&golden[name]), ALLOWED);
                };
                let pruned = events.scores.nrows() - numbers(&golden["events"]).len();
                agree("events", &events.reduced()[pruned..]);
                agree("older_among_events", &older_events);
                agree("features", &features.scores.row(0).to_vec());
                agree("older_among_features", &older_features);
            }
        }
    });
}

#[test]
fn cells_of_the_largest_events_and_features_are_the_authors() {
    let theirs = Cell::new(0);
    each(|what, golden, problem| {
        let golden = &golden["cells"];
        let list = |name: &str| numbers(&golden[name]).into_iter().map(|k| k as usize).collect::<Vec<_>>();
        let (events, features, pruned) =
            (list("events"), list("features"), golden["pruned"].as_u64().unwrap() as usize);
        let found = ask("timeshap-cell", problem, &[("tolerance", TOLERANCE), ("top", 2.0)], &[]).scores;
        let sum = |inside: &dyn Fn(usize, usize) -> bool| -> f64 {
            found.indexed_iter().filter(|((t, k), _)| inside(*t, *k)).map(|(_, score)| score).sum()
        };
        let mut players: Vec<f64> = events.iter().flat_map(|t| features.iter().map(|k| found[(*t, *k)])).collect();
        players.extend(events.iter().map(|event| sum(&|t, k| t == *event && !features.contains(&k))));
        let late = |t: usize| t >= pruned && !events.contains(&t);
        players.extend(features.iter().map(|feature| sum(&|t, k| late(t) && k == *feature)));
        players.push(sum(&|t, k| late(t) && !features.contains(&k)));
        if pruned > 0 {
            players.push(sum(&|t, _| t < pruned));
        }
        close(what, &players, &numbers(&golden["shapley"]), ALLOWED);
        // The package also counts players without cells: where there are any, its game is another one.
        if !golden["package"].is_null() {
            close(&format!("{what}: package"), &players, &numbers(&golden["package"]), ALLOWED);
            theirs.set(theirs.get() + 1);
        }
    });
    assert_eq!(theirs.get(), THEIRS, "networks whose cells the package gave");
}
