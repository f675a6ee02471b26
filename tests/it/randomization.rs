//! Random weights, from the top down: which bars change, which do not, and that nothing else does.

use crate::cases::{conventions, description, run};
use crate::metrics::{claim, last, measure, number};
use ndarray::Array2;
use rnnscope::attribution::{self, Against, Attribution, Kind, Method, Precision, Problem, Settings};
use rnnscope::network::{Block, Draw, Network};
use std::rc::Rc;

#[test]
fn random_weights_change_the_bars_and_the_untouched_network_does_not() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h5_l2").unwrap();
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let claim = claim(
        &network,
        &case.x,
        &Array2::zeros(case.x.dim()),
        last(&case.x),
        attribution::find("input-gradient").unwrap(),
    );
    for order in ["cascade", "alone"] {
        let found = measure("randomization", &claim, &[("draws", 4.0)], &[("order", order)]);
        assert_eq!(number(&found, "untouched"), 1.0);
        assert_eq!(found.curves[0].y.len(), 1 + 1 + 2 * 3, "{found:?}");
        assert!(found.curves[0].y[7] < 0.9, "{found:?}");
    }
    // The head is the first block of the cascade; what comes later stands on it.
    let of = |order| measure("randomization", &claim, &[], &[("order", order)]);
    let (cascade, alone) = (of("cascade"), of("alone"));
    assert_eq!(number(&cascade, "down to head"), number(&alone, "head"));
    for block in ["layer 2, W_h", "layer 2, W_x", "layer 1, W_h", "layer 1, W_x", "layer 1, b"] {
        assert_ne!(number(&cascade, &format!("down to {block}")), number(&alone, block), "{block}");
    }
    // Another seed, other weights; the same, the same.
    assert_eq!(of("cascade"), cascade);
    assert_ne!(measure("randomization", &claim, &[("seed", 2.0)], &[]).numbers, cascade.numbers);
    assert_ne!(measure("randomization", &claim, &[], &[("draw", "normal")]).numbers, cascade.numbers);
}

/// |x_t − x_{t−1}|: an edge map, which knows no network.
const EDGES: Method = Method {
    id: "edges",
    label: "Edges",
    family: "",
    question: "",
    formula: "",
    caveat: "",
    cost: "",
    signed: false,
    completes: false,
    slope_first: false,
    kind: Kind::AGNOSTIC,
    against: Against::Nothing,
    params: &[],
    refuses: |_| None,
    start: (edges, edges),
};

struct Edges(Array2<f64>);

fn edges<R: Precision>(problem: Problem<R>, _: &Settings) -> rnnscope::Result<Box<dyn attribution::Job>> {
    let x = problem.pair.input.x.mapv(|v| v.to_f64());
    Ok(Box::new(Edges(Array2::from_shape_fn(x.dim(), |(t, k)| {
        (x[(t, k)] - if t > 0 { x[(t - 1, k)] } else { 0.0 }).abs()
    }))))
}

#[test]
fn an_edge_map_survives_random_weights_and_a_gradient_does_not() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h5_l2").unwrap();
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let check = |method| {
        measure(
            "randomization",
            &claim(&network, &case.x, &Array2::zeros(case.x.dim()), last(&case.x), method),
            &[("draws", 10.0)],
            &[],
        )
    };
    let (map, gradient) = (check(&EDGES), check(attribution::find("gradient").unwrap()));
    assert_eq!(map.curves[0].y, [1.0; 8]);
    assert!(map.verdict.contains("still agree"), "{}", map.verdict);
    assert!(gradient.verdict.contains("depend on what the network learnt"), "{}", gradient.verdict);
}

#[test]
fn redrawn_weights_have_the_scale_of_the_old_and_nothing_else_changes() {
    for case in conventions() {
        let network = Network::<f64>::new(&case.checkpoint).unwrap();
        let logits = |network: Network<f64>| run(&Rc::new(network), &case.x).logits.clone();
        let plain = logits(Network::new(&case.checkpoint).unwrap());
        assert_eq!(logits(network.redrawn(&[], Draw::Permuted, 1)), plain, "{}: nothing redrawn", case.name);
        let all = network.blocks();
        assert_eq!(all[0], Block::Head);
        for draw in [Draw::Permuted, Draw::Normal] {
            let redrawn = || logits(network.redrawn(&all, draw, 1));
            assert_eq!(redrawn(), redrawn(), "{}: the same seed", case.name);
            // A permutation of ones and one-by-one matrices may be the identity.
            let same = redrawn() == plain;
            assert!(!same || network.parameters() < 60, "{}: {draw:?}", case.name);
            assert_eq!(network.redrawn(&all, draw, 1).parameters(), network.parameters());
        }
    }
}

#[test]
fn words_keep_their_places_when_word_vectors_are_redrawn() {
    let case = conventions().into_iter().find(|case| case.name == "gru_words").unwrap();
    assert!(description(&case.file)["embedding"].is_string());
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let claim = claim(
        &network,
        &case.x,
        &Array2::zeros(case.x.dim()),
        last(&case.x),
        attribution::find("input-gradient").unwrap(),
    );
    let found = measure("randomization", &claim, &[], &[]);
    let label = &found.numbers[found.numbers.len() - 2].label;
    assert_eq!(label, "down to word vectors");
}

impl attribution::Job for Edges {
    fn total(&self) -> usize {
        1
    }
    fn done(&self) -> usize {
        1
    }
    fn advance(&mut self) -> bool {
        false
    }
    fn answer(&self) -> Attribution {
        Attribution { scores: self.0.clone(), ..Attribution::default() }
    }
}
