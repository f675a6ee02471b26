//! LSTM, GRU and RNN: their weights, with whatever stands before them folded in. Gate order i o f c, z r h.

use super::array::Array;
use super::call::Call;
use super::value::{Base, Cell, Column, Factor, Signal, Value, When};
use super::walk::every;
use crate::Result;
use crate::import::LayerSpec;

/// A layer and its tensors: name without the layer's prefix, shape, numbers.
pub struct Recurrent {
    pub spec: LayerSpec,
    pub tensors: Vec<(String, Vec<usize>, Vec<f64>)>,
}

impl Recurrent {
    /// H·D.
    pub fn width(&self) -> usize {
        self.spec.hidden * if self.spec.bidirectional { 2 } else { 1 }
    }
}

struct Kind {
    op: &'static str,
    kind: &'static str,
    order: &'static str,
    activations: &'static [&'static str],
    /// Input of the initial cell state and of the peepholes.
    states: &'static [usize],
}

const KINDS: &[Kind] = &[
    Kind { op: "LSTM", kind: "lstm", order: "iofc", activations: &["sigmoid", "tanh", "tanh"], states: &[5, 6] },
    Kind { op: "GRU", kind: "gru", order: "zrh", activations: &["sigmoid", "tanh"], states: &[5] },
    Kind { op: "RNN", kind: "rnn", order: "", activations: &["tanh"], states: &[5] },
];
const PEEPHOLES: usize = 7;

/// Y, Y_h, Y_c of the node.
pub fn recurrent(call: &mut Call) -> Result<Vec<Value>> {
    let Some(kind) = KINDS.iter().find(|kind| kind.op == call.node.op) else {
        return Err(call.refuse("no recurrent operation", "LSTM, GRU, RNN"));
    };
    let (weight, recurrent) = (call.constant(1)?, call.constant(2)?);
    let (&[directions, rows, inputs], &[also, also_rows, hidden]) = (weight.shape(), recurrent.shape()) else {
        return Err(call.refuse("weights that are no W [D, G·H, I] and R [D, G·H, H]", "weights of rank three"));
    };
    let gates = kind.order.len().max(1);
    if also != directions || also_rows != rows || hidden.checked_mul(gates) != Some(rows) || hidden == 0 {
        let found =
            format!("weights W {:?} and R {:?}, which do not belong together", weight.shape(), recurrent.shape());
        return Err(call.refuse(found, "W [D, G·H, I] and R [D, G·H, H]"));
    }
    let activation = conventions(call, kind, directions)?;
    let (signal, time, batch) = read(call, inputs)?;
    let below = call.walk.layers.len().checked_sub(1).map_or(Base::Input, Base::Layer);
    if let Some(column) = signal.columns().iter().find(|column| column.base != below || column.when != When::Every) {
        let found = if column.base != below {
            "does not read the recurrent layer right below it alone: the layers branch or join"
        } else {
            "reads single states of the layer below rather than all steps"
        };
        return Err(call.refuse(found, "layers that stand on each other, each reading every step of the one below"));
    }
    let width = call.walk.width(below);
    // W x = W (A s + b) = (W A) s + W b, s being what the layer below gives.
    let mut tensors = Vec::new();
    let bias = match call.given(3) {
        None => None,
        Some(_) => Some(call.constant(3)?),
    };
    if bias.as_ref().is_some_and(|bias| bias.shape() != [directions, 2 * rows]) {
        return Err(call.refuse("a bias B of another shape than [D, 2·G·H]", "B [D, 2·G·H]"));
    }
    let made = rows.saturating_mul(width.saturating_add(signal.map.columns.len()));
    call.walk.spend(made.saturating_mul(directions), call.node.op)?;
    for direction in 0..directions {
        let suffix = if direction == 0 { "" } else { "_reverse" };
        let block = |array: &Array<f64>, of: usize| {
            array.cells().get(direction * of..(direction + 1) * of).unwrap_or_default().to_vec()
        };
        let folded = signal.map.product(signal.rows.cells(), &block(&weight, rows * inputs), vec![0.0; rows]);
        let (matrix, shift) = folded.affine.unwrap_or_default();
        let mut w = vec![0.0; rows * width];
        for (from, to) in matrix.chunks(folded.columns.len().max(1)).zip(w.chunks_mut(width.max(1))) {
            for (column, x) in folded.columns.iter().zip(from) {
                if let Some(to) = to.get_mut(column.unit).filter(|_| column.base == below) {
                    *to += x;
                }
            }
        }
        tensors.push((format!("weight_ih_l0{suffix}"), vec![rows, width], w));
        tensors.push((format!("weight_hh_l0{suffix}"), vec![rows, hidden], block(&recurrent, rows * hidden)));
        let both = bias.as_ref().map_or(vec![0.0; 2 * rows], |bias| block(bias, 2 * rows));
        let (of_input, of_state) = both.split_at(rows);
        let of_input = of_input.iter().zip(&shift).map(|(b, shift)| b + shift).collect();
        tensors.push((format!("bias_ih_l0{suffix}"), vec![rows], of_input));
        tensors.push((format!("bias_hh_l0{suffix}"), vec![rows], of_state.to_vec()));
    }
    let l = call.walk.layers.len();
    let spec = LayerSpec {
        kind: kind.kind.into(),
        name: format!("layer{l}"),
        input: width,
        hidden,
        bidirectional: directions == 2,
        activation,
        linear_before_reset: kind.op != "GRU" || call.int("linear_before_reset", 0) != 0,
        gate_order: kind.order.replace('h', "n"),
        ..LayerSpec::default()
    };
    call.walk.layers.push(Recurrent { spec, tensors });
    let hidden_axis = vec![Factor::Data(hidden)];
    let both = vec![Factor::Data(directions)];
    let (steps, last) = if call.int("layout", 0) == 0 {
        (vec![time, both.clone(), batch.clone(), hidden_axis.clone()], vec![both, batch, hidden_axis])
    } else {
        (vec![batch.clone(), time, both.clone(), hidden_axis.clone()], vec![batch, both, hidden_axis])
    };
    let base = Base::Layer(l);
    let when = |unit| if unit < hidden { When::Last } else { When::First };
    let final_states = (0..hidden * directions).map(|unit| Column { base, when: when(unit), unit }).collect();
    let signals = [Signal::new(steps, every(base, hidden * directions)), Signal::new(last, final_states)];
    let mut outputs: Vec<Value> = signals.into_iter().flatten().map(Value::Signal).collect();
    outputs.push(Value::Unknown("Y_c, the cell state,".into()));
    Ok(outputs)
}

/// Settings that change the equations: refused unless they are the ones that we have. Gives the activation of an RNN.
fn conventions(call: &Call, kind: &Kind, directions: usize) -> Result<String> {
    let direction = call.attribute("direction").and_then(|a| a.text).unwrap_or("forward");
    if !matches!((direction, directions), ("forward", 1) | ("bidirectional", 2)) {
        return Err(
            call.refuse(format!("direction {direction} with {directions} sets of weights"), "forward, bidirectional")
        );
    }
    if call.attribute("clip").is_some() {
        return Err(call.refuse("clip, which cuts off the sums inside the cell", "a layer without clip"));
    }
    if call.int("input_forget", 0) != 0 {
        return Err(call.refuse("input_forget, which couples the two gates", "separate input and forget gates"));
    }
    if let Some(Value::Constant(peepholes)) = call.given(PEEPHOLES)
        && peepholes.cells().iter().any(|x| *x != 0.0)
    {
        return Err(call.refuse("peepholes P from the cell state to the gates", "an LSTM without peepholes"));
    }
    if call.given(PEEPHOLES).is_some_and(|p| !matches!(p, Value::Constant(_))) {
        return Err(call.refuse("peepholes P that are no constant", "an LSTM without peepholes"));
    }
    for k in kind.states {
        let zero = match call.given(*k) {
            None => true,
            Some(Value::Constant(state)) => state.cells().iter().all(|x| *x == 0.0),
            Some(Value::Filled(cell)) => cell == Cell::Number(0.0),
            Some(_) => false,
        };
        if !zero {
            return Err(call.refuse("an initial state other than zero", "layers that start from zero"));
        }
    }
    let given =
        call.attribute("activations").map_or(Vec::new(), |a| a.texts.iter().map(|t| t.to_lowercase()).collect());
    let defaults: Vec<String> =
        std::iter::repeat_n(kind.activations, directions).flatten().map(|a| a.to_string()).collect();
    let relu = kind.op == "RNN" && given.len() == directions && given.iter().all(|a| a == "relu");
    if !given.is_empty() && given != defaults && !relu {
        let known = format!(
            "{}{}",
            kind.activations.join(", "),
            if kind.op == "RNN" { " or relu in every direction" } else { "" }
        );
        return Err(call.refuse(format!("the activations {}", given.join(", ")), known));
    }
    Ok(if relu { "relu".into() } else { "tanh".to_string() })
}

type Axis = Vec<Factor>;

/// The input signal, its axis of time and its axis of batch.
fn read(call: &mut Call, inputs: usize) -> Result<(Signal, Axis, Axis)> {
    const KNOWN: &str = "an input of time, batch and features (layout 0) or batch, time and features (layout 1)";
    let Value::Signal(signal) = call.input(0)? else {
        return Err(call.refuse("an input that is neither values nor word vectors", KNOWN));
    };
    if signal.ended.is_some() {
        return Err(call.refuse("an input after a Softmax or Sigmoid", KNOWN));
    }
    let layout = call.int("layout", 0);
    let [a, b, features] = signal.axes.as_slice() else {
        return Err(call.refuse(format!("an input of rank {}", signal.axes.len()), KNOWN));
    };
    let (time, batch) = if layout == 0 { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
    let &[Factor::Axis(axis)] = time.as_slice() else {
        return Err(call.refuse("an axis of time that is no axis of the input", KNOWN));
    };
    if super::value::extent(&batch) != 1 || super::value::extent(features) != inputs {
        return Err(call.refuse(format!("an input whose features are not the {inputs} that W reads"), KNOWN));
    }
    if call.walk.time.is_some_and(|time| time != axis) {
        return Err(
            call.refuse("time runs along another axis than in the layer below (batch and time are swapped)", KNOWN)
        );
    }
    call.walk.time = Some(axis);
    let whole = match call.given(4) {
        None => true,
        Some(Value::Constant(lengths)) => {
            let steps = call.walk.sizes.get(axis).copied().flatten();
            lengths.cells().iter().all(|n| Some(*n) == steps.map(|n| n as f64))
        }
        Some(Value::Filled(cell)) => cell == Cell::Size(axis),
        Some(Value::Sizes(lengths)) => lengths.cells().iter().all(|cell| *cell == Cell::Size(axis)),
        Some(_) => false,
    };
    if !whole {
        return Err(call.refuse("sequence_lens other than the whole length", "sequences that are read to their end"));
    }
    Ok((signal, time, batch))
}
