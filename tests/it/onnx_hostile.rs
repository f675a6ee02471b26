//! Damaged and hostile ONNX files: a typed error or a model, and soon.

use rnnscope::Error;
use rnnscope::import;
use rnnscope::network::Network;
use std::time::{Duration, Instant};

const FOLDER: &str = "tests/golden/formats/onnx";
/// Without optimisation and beside other tests; what doubles at every node takes seconds at least.
const SOON: Duration = Duration::from_millis(100);

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}")).unwrap()
}

/// Opens it as the page does; the error, if it is refused. A slow try beside other tests is tried again.
#[track_caller]
#[allow(clippy::disallowed_methods, reason = "tests run natively")]
fn open(what: &str, bytes: Vec<u8>) -> Option<Error> {
    let mut tries = (0..3).map(|_| {
        let start = Instant::now();
        let read = import::read(bytes.clone()).and_then(|checkpoint| Network::<f32>::new(&checkpoint).map(|_| ()));
        (start.elapsed(), read.err())
    });
    let soon = tries.find(|(time, _)| *time < SOON);
    let (_, error) = soon.unwrap_or_else(|| panic!("{what} takes more than {SOON:?}, three times"));
    if let Some(error) = &error {
        assert_ne!(error.code(), "bug", "{what}: {error}");
        assert!(!error.place().is_empty() && !error.remedy().is_empty(), "{what}: {error}");
    }
    error
}

const SMALL: [&str; 2] = ["node/test_gru_with_initial_bias.onnx", "random/branch.onnx"];

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in SMALL {
        let bytes = file(name);
        assert!(open(name, bytes.clone()).is_none());
        let whole = (0..bytes.len())
            .filter(|length| open(&format!("{name} cut at {length}"), bytes[..*length].to_vec()).is_none());
        // What comes after the graph, the version of the operations, is needed by none of these.
        let whole: Vec<usize> = whole.collect();
        assert!(whole.iter().all(|length| bytes.len() - length < 24), "{name}: {whole:?}");
    }
}

#[test]
fn a_flipped_bit_is_survived() {
    for name in SMALL {
        let bytes = file(name);
        let mut refused = 0;
        for bit in 0..8 * bytes.len().min(200) {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            refused += usize::from(open(&format!("{name}, bit {bit}"), damaged).is_some());
        }
        assert!(refused > 200, "{name}: {refused}");
    }
}

// Protocol buffers by hand ------------------------------------------------------------------------------------------

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn number(field: u64, value: i64) -> Vec<u8> {
    [varint(field << 3), varint(value as u64)].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn node(op: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut node: Vec<u8> = inputs.iter().flat_map(|name| bytes(1, name.as_bytes())).collect();
    node.extend([bytes(2, output.as_bytes()), bytes(4, op.as_bytes())].concat());
    attributes.iter().for_each(|attribute| node.extend(bytes(5, attribute)));
    bytes(1, &node)
}

fn tensor(name: &str, kind: i64, dims: &[i64], raw: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|n| number(1, *n)).collect();
    bytes(5, &[dims, number(2, kind), bytes(8, name.as_bytes()), bytes(9, raw)].concat())
}

fn singles(numbers: usize) -> Vec<u8> {
    (0..numbers).flat_map(|k| (k as f32 * 0.1).to_le_bytes()).collect()
}

fn ints(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// Values [dims] in, `y` out.
fn model(dims: &[i64], parts: &[Vec<u8>]) -> Vec<u8> {
    let shape: Vec<u8> = dims.iter().flat_map(|n| bytes(1, &number(1, *n))).collect();
    let info = [bytes(1, b"x"), bytes(2, &bytes(1, &[number(1, 1), bytes(2, &shape)].concat()))].concat();
    let graph = [parts.concat(), bytes(11, &info), bytes(12, &bytes(1, b"y"))].concat();
    [number(1, 8), bytes(7, &graph), bytes(8, &number(2, 17))].concat()
}

/// An RNN of one unit on one feature: `h` [T, 1, 1, 1].
fn layer() -> Vec<u8> {
    [
        tensor("w", 1, &[1, 1, 1], &singles(1)),
        tensor("r", 1, &[1, 1, 1], &singles(1)),
        node("RNN", &["x", "w", "r"], "h", &[]),
    ]
    .concat()
}

#[test]
fn the_files_made_here_are_models() {
    assert!(open("one unit", model(&[3, 1, 1], &[layer(), node("Identity", &["h"], "y", &[])])).is_none());
}

#[test]
fn graphs_that_go_in_circles_or_nowhere_are_refused() {
    let circle =
        [node("Identity", &["b"], "a", &[]), node("Identity", &["a"], "b", &[]), node("Add", &["a", "b"], "y", &[])];
    let error = open("circle", model(&[3, 1, 1], &circle)).unwrap();
    assert!(error.to_string().contains("made by no node before it"), "{error}");
    open("itself", model(&[3, 1, 1], &[node("Identity", &["y"], "y", &[])])).unwrap();
    open("nothing", model(&[3, 1, 1], &[])).unwrap();
    open("the input", model(&[3, 1, 1], &[node("Identity", &["x"], "y", &[])])).unwrap();
}

#[test]
fn sizes_that_are_not_there_are_refused() {
    for dims in [
        vec![i64::MAX, 2],
        vec![-1, 1],
        vec![1 << 40, 1 << 40],
        vec![0, 1 << 40],
        vec![1 << 40, 0, 1 << 40],
        vec![1; 40],
    ] {
        for (op, more) in [("MatMul", vec![]), ("Add", vec![]), ("Concat", vec![])] {
            let parts = [layer(), tensor("big", 1, &dims, &singles(0)), node(op, &["h", "big"], "y", &more)];
            open(&format!("{op} of {dims:?}"), model(&[3, 1, 1], &parts)).unwrap();
        }
        let table = [tensor("big", 1, &dims, &[]), node("Gather", &["big", "x"], "y", &[])];
        open(&format!("table {dims:?}"), model(&[3, 1, 1], &table)).unwrap();
    }
    for dims in [vec![i64::MAX, i64::MAX, i64::MAX], vec![1, 1, 1 << 20], vec![i64::MAX, 1, 1], vec![1; 30]] {
        let slice = [
            tensor("from", 7, &[1], &ints(&[1])),
            tensor("to", 7, &[1], &ints(&[i64::MAX - 1])),
            layer(),
            node("Slice", &["h", "from", "to"], "y", &[]),
        ];
        open(&format!("input {dims:?}"), model(&dims, &slice)).unwrap();
    }
    let fill = [tensor("n", 7, &[3], &ints(&[1 << 21, 1 << 21, 1 << 21])), node("ConstantOfShape", &["n"], "y", &[])];
    open("filled", model(&[3, 1, 1], &fill)).unwrap();
    let wide = [tensor("b", 1, &[1], &singles(1)), node("Add", &["x", "b"], "y", &[])];
    open("a square of the features", model(&[3, 1, 1 << 20], &wide)).unwrap();
}

#[test]
fn what_doubles_at_every_node_is_refused() {
    for (op, from) in [("Concat", "w"), ("Add", "h"), ("Concat", "h")] {
        let axis = [bytes(1, b"axis"), number(3, 2)].concat();
        let mut parts = vec![layer()];
        let mut last = from.to_string();
        for k in 0..60 {
            let next = format!("n{k}");
            parts.push(node(
                op,
                &[&last, &last],
                &next,
                if op == "Concat" { std::slice::from_ref(&axis) } else { &[] },
            ));
            last = next;
        }
        parts.push(node("Identity", &[&last], "y", &[]));
        let error = open(&format!("{op} of {from}"), model(&[3, 1, 1], &parts));
        // Sums of one unit with itself stay one unit.
        assert_eq!(error.is_none(), op == "Add", "{op} of {from}: {error:?}");
    }
}

#[test]
fn graphs_within_graphs_end_somewhere() {
    for depth in [3, 7, 8, 2000] {
        let mut graph = [node("Identity", &["h"], "y", &[]), bytes(12, &bytes(1, b"y"))].concat();
        for _ in 0..depth {
            let branch = [bytes(1, b"then_branch"), bytes(6, &graph)].concat();
            graph = [node("If", &["one"], "y", &[branch]), bytes(12, &bytes(1, b"y"))].concat();
        }
        let parts = [layer(), tensor("one", 9, &[1], &[1]), graph];
        let error = open(&format!("{depth} deep"), model(&[3, 1, 1], &parts));
        assert_eq!(error.is_none(), depth < 8, "{depth}: {error:?}");
    }
}
