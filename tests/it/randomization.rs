//! Random weights, from the top down: which bars change, which do not, and that nothing else does.

use crate::cases::{conventions, description, run};
use crate::metrics::{claim, last, linear_claim, measure, number};
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
fn of_few_parts_no_agreement_is_an_acquittal() {
    // Five steps: even the same ranks throughout may be chance, so neither word is said.
    let five = linear_claim();
    let zeros = Array2::zeros(five.problem.pair.input.x.dim());
    let network = five.problem.pair.input.network.clone();
    let edges = claim(&network, &five.problem.pair.input.x.clone(), &zeros, five.problem.target, &EDGES);
    for (claim, what) in [(&five, "gradient"), (&edges, "edges")] {
        for order in ["cascade", "alone"] {
            let found = measure("randomization", claim, &[], &[("order", order), ("parts", "step")]);
            assert!(found.verdict.contains("so few steps (5)"), "{what}, {order}: {}", found.verdict);
        }
    }
    // Of seven, the same ranks are no chance any more; different ones still clear nobody.
    let case = conventions().into_iter().find(|case| case.name == "lstm_h5_l2").unwrap();
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let verdict = |method, order| {
        let claim = claim(&network, &case.x, &Array2::zeros(case.x.dim()), last(&case.x), method);
        measure("randomization", &claim, &[], &[("parts", "step"), ("order", order)]).verdict
    };
    let gradient = attribution::find("gradient").unwrap();
    assert!(verdict(&EDGES, "cascade").contains("still agree"), "{}", verdict(&EDGES, "cascade"));
    assert!(verdict(&EDGES, "alone").contains("Whichever block"), "{}", verdict(&EDGES, "alone"));
    for order in ["cascade", "alone"] {
        assert!(!verdict(gradient, order).contains("depend"), "{}", verdict(gradient, order));
    }
}

#[test]
fn one_block_at_a_time_ends_in_a_sentence_too() {
    let case = conventions().into_iter().find(|case| case.name == "lstm_h5_l2").unwrap();
    let network = Rc::new(Network::<f64>::new(&case.checkpoint).unwrap());
    let gradient = attribution::find("gradient").unwrap();
    let claim = claim(&network, &case.x, &Array2::zeros(case.x.dim()), last(&case.x), gradient);
    let found = measure("randomization", &claim, &[], &[("order", "alone")]);
    let blocks = || found.numbers[1..found.numbers.len() - 1].iter();
    let least = blocks().min_by(|a, b| a.value.total_cmp(&b.value)).unwrap();
    let said = format!("depend most on {} (ρ = {:.2})", least.label, least.value);
    assert!(found.verdict.contains(&said), "{said}: {}", found.verdict);
}

#[test]
fn no_two_tensors_of_a_block_get_the_same_draw() {
    /// Where each new number stood before.
    fn places(old: &[f64], new: &[f64]) -> Vec<usize> {
        new.iter().map(|w| old.iter().position(|known| known == w).unwrap()).collect()
    }
    /// The normal numbers that were drawn.
    fn normals(old: &[f64], new: &[f64]) -> Vec<f64> {
        let mean = old.iter().sum::<f64>() / old.len() as f64;
        let deviation = (old.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / old.len() as f64).sqrt();
        new.iter().map(|w| (w - mean) / deviation).collect()
    }
    let case = conventions().into_iter().find(|case| case.name == "lstm_both_h5_l2").unwrap();
    let network = Network::<f64>::new(&case.checkpoint).unwrap();
    // Of the upper layer: W_h, b_x and b_h of both directions, W_x of both by the direction that it reads.
    let tensors = |network: &Network<f64>| {
        let directions = || network.layers[1].directions.iter();
        let recurrent: Vec<Vec<f64>> = directions().map(|direction| direction.recurrent.rows()).collect();
        let bias = directions().flat_map(|d| [d.bias.clone(), d.recurrent.bias().to_vec()]).collect();
        let input = directions().flat_map(|d| d.input.iter().map(|part| part.rows())).collect();
        [recurrent, bias, input]
    };
    let old = tensors(&network);
    assert_eq!(old.each_ref().map(Vec::len), [2, 4, 4]);
    for draw in [Draw::Permuted, Draw::Normal] {
        let new = tensors(&network.redrawn(&network.blocks(), draw, 1));
        for (old, new) in old.iter().zip(&new) {
            for b in 1..old.len() {
                for a in 0..b {
                    assert_eq!(old[a].len(), old[b].len());
                    match draw {
                        Draw::Permuted => assert_ne!(places(&old[a], &new[a]), places(&old[b], &new[b]), "{a} {b}"),
                        Draw::Normal => {
                            let (one, other) = (normals(&old[a], &new[a]), normals(&old[b], &new[b]));
                            let same = one.iter().zip(&other).filter(|(x, y)| (*x - *y).abs() < 1e-9).count();
                            assert_eq!(same, 0, "{a} {b}: {one:?} {other:?}");
                        }
                    }
                }
            }
        }
    }
    // A block alone is drawn as among others.
    let alone = tensors(&network.redrawn(&[Block::Recurrent(1)], Draw::Normal, 1));
    let all = tensors(&network.redrawn(&network.blocks(), Draw::Normal, 1));
    assert_eq!((&alone[0], &alone[1]), (&all[0], &old[1]));
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
