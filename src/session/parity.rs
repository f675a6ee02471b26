//! Does the file run as it was trained? Its own examples are run again and compared with the framework's answers.
//!
//! A difference is counted as a share of the largest value of the state (or logits) that it was found in. In f32, the
//! fast path, 1e-4 is allowed: rounding grows with every step. In f64 the equations themselves are compared: 1e-9 where
//! the framework ran in float64, 1e-5 where its answers are float32 and carry its rounding. A wrong gate order, a
//! transposed matrix or a lost bias is off by far more.

use super::Session;
use super::replay::{Part, Replay, run};
use crate::import::{Checkpoint, Storage};
use crate::network::{Assembly, Network};
use crate::{Error, Result};
use ndarray::Array2;
use serde::Serialize;
use std::rc::Rc;

const FAST: f64 = 1e-4;
const EXACT: f64 = 1e-9;
const ROUNDED: f64 = 1e-5;
/// Below this a value is nothing, and differences are not divided by it.
const NOTHING: f64 = 1e-6;
/// Most weights of a layer in double precision, since a layer is packed in one slice; above it only f32 is compared.
const MOST_PARAMETERS: usize = 1 << 20;
/// Most examples that are run, and most numbers of one example's trace: no unit of the work takes long.
const MOST_EXAMPLES: usize = 64;
const MOST_NUMBERS: usize = 8 << 20;
const REMEDY: &str = "Export the model again; see python/README.md.";

/// What running the examples again has brought.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Parity {
    pub examples: usize,
    /// Of all examples.
    pub steps: usize,
    /// The framework's answers are float64.
    pub exact: bool,
    pub passes: bool,
    /// From the input upwards, logits last.
    pub rows: Vec<ParityRow>,
    /// Where it departs first: lowest layer, first step in the order of reading.
    pub place: Option<Departure>,
}

/// The largest differences of one state, as shares of its largest value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct ParityRow {
    /// "layer 1 forward, hidden state h".
    pub label: String,
    /// None until it was run so.
    pub f32: Option<f64>,
    /// None until it was run so, and for networks too large for it.
    pub f64: Option<f64>,
    pub allowed_f32: f64,
    pub allowed_f64: f64,
    pub passes: bool,
}

/// Where the network departs from the framework.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Departure {
    pub example: String,
    pub label: String,
    /// From 0; none for the logits.
    pub layer: Option<usize>,
    pub direction: usize,
    pub step: usize,
    /// Unit or class.
    pub unit: usize,
    pub precision: &'static str,
    pub ours: f64,
    pub theirs: f64,
    /// All of it for people.
    pub sentence: String,
}

/// One compared tensor of an example.
#[derive(Clone)]
struct Compared {
    /// After `example.<n>.`.
    tensor: String,
    label: String,
    part: Part,
}

/// The work: each example in f32, then in f64, state by state.
pub(super) struct Proving {
    compared: Vec<Compared>,
    found: Parity,
    /// Of the example and the precision that are run now.
    at: (usize, bool),
    running: Option<Box<dyn Replay>>,
    /// Next tensor of the replayed example.
    next: usize,
    wide: Option<Rc<Network<f64>>>,
    /// The double-precision network until it is whole.
    assembly: Option<Assembly<f64>>,
    /// By precision.
    departed: [Option<Departure>; 2],
}

impl Proving {
    /// The next unit packs weights in double precision.
    fn packs(&self) -> bool {
        self.at.1 && self.wide.is_none()
    }
}

impl Session {
    /// Runs the file's examples again, about `units` units of the work; `Err` where the examples are damaged. Other work
    /// goes on beside it.
    pub fn advance_parity(&mut self, units: usize) -> Result<super::Progress> {
        self.advance_parity_while(&mut super::work::time_for(units))
    }

    /// One unit of the same, and others while there is time.
    pub fn advance_parity_while(&mut self, is_time: &mut dyn FnMut() -> bool) -> Result<super::Progress> {
        let mut proving = match self.proving.take() {
            Some(proving) => proving,
            None => self.begin_parity(),
        };
        let mut more = self.prove_one(&mut proving)?;
        // A layer in double precision takes as long as many other units: it begins a slice.
        while more && !proving.packs() && is_time() {
            more = self.prove_one(&mut proving)?;
        }
        let total = proving.found.examples.max(1);
        let done = proving.at.0 as f64 + 0.5 * f64::from(u8::from(proving.at.1));
        self.proving = Some(proving);
        let fraction = if more { (done / total as f64).min(0.999) } else { 1.0 };
        Ok(super::Progress { done: !more, fraction, note: String::new(), units_left: 0 })
    }

    /// What was compared so far.
    pub fn parity(&self) -> Parity {
        let Some(Proving { found, departed, .. }) = &self.proving else { return Parity::default() };
        // In f64 rounding hides nothing, so its place is the better one.
        let place = departed[1].clone().or_else(|| departed[0].clone());
        let compared = found.rows.iter().all(|row| row.f32.is_some());
        Parity { passes: compared && found.examples > 0 && place.is_none(), place, ..found.clone() }
    }

    fn begin_parity(&self) -> Proving {
        let examples = &self.checkpoint.metadata.examples;
        let examples = &examples[..examples.len().min(MOST_EXAMPLES)];
        let mut compared = Vec::new();
        if examples.iter().any(|example| example.text.is_some()) && !self.is_series() {
            compared.push(Compared { tensor: "x".into(), label: "the text, as it is read".into(), part: Part::Text });
        }
        for (l, layer) in self.narrow.layers.iter().enumerate() {
            for direction in 0..layer.directions.len() {
                let d = self.narrow.index(l, direction);
                let place = super::Selection { layer: l, direction, ..Default::default() };
                // c before h, which is made from it.
                for (letter, id) in [("c", "cell_state"), ("h", "hidden_state")] {
                    let Some(index) = layer.cell.quantities().iter().position(|q| q.id == id) else { continue };
                    compared.push(Compared {
                        tensor: format!("{letter}.{d}"),
                        label: format!("{}, {}", self.place(&place), layer.cell.quantities()[index].label),
                        part: Part::State { layer: l, direction, d, quantity: index },
                    });
                }
            }
        }
        // The logits are required; a state that no example holds is not compared.
        let held = |tensor: &str| {
            (0..examples.len()).any(|n| self.checkpoint.shape(&format!("example.{n}.{tensor}")).is_some())
        };
        compared.retain(|compared| held(&compared.tensor));
        compared.push(Compared { tensor: "logits".into(), label: "logits".into(), part: Part::Logits });
        let exact = (0..examples.len())
            .all(|n| storage(&self.checkpoint, &format!("example.{n}.logits")) == Some(Storage::F64));
        let row = |compared: &Compared| ParityRow {
            label: compared.label.clone(),
            f32: None,
            f64: None,
            allowed_f32: FAST,
            allowed_f64: if exact { EXACT } else { ROUNDED },
            passes: true,
        };
        let steps = examples.iter().fold(0usize, |sum, example| sum.saturating_add(example.steps));
        let rows = compared.iter().map(row).collect();
        let found = Parity { examples: examples.len(), steps, exact, rows, ..Parity::default() };
        Proving {
            compared,
            found,
            at: (0, false),
            running: None,
            next: 0,
            wide: None,
            assembly: None,
            departed: [None, None],
        }
    }

    /// One unit: a layer in double precision, a piece of a run, or one tensor compared.
    fn prove_one(&mut self, proving: &mut Proving) -> Result<bool> {
        let (n, wide) = proving.at;
        let example = self.checkpoint.metadata.examples.get(n).filter(|_| n < proving.found.examples);
        let Some(example) = example else { return Ok(false) };
        if let Some(running) = &mut proving.running {
            if running.advance() {
                return Ok(true);
            }
        } else if proving.packs() {
            self.pack(proving)?;
            return Ok(true);
        } else {
            let x = self.example_input(n, example.steps)?;
            let double = proving.wide.clone().filter(|_| wide);
            proving.running = Some(double.map_or_else(|| run(self.narrow.clone(), &x), |network| run(network, &x)));
            return Ok(true);
        }
        if let Some(compared) = proving.compared.get(proving.next).cloned() {
            self.compare_one(proving, &compared)?;
            proving.next += 1;
            return Ok(true);
        }
        (proving.running, proving.next) = (None, 0);
        let large = self.narrow.layers.iter().any(|layer| layer.parameters() > MOST_PARAMETERS);
        proving.at = if wide || large { (n + 1, false) } else { (n, true) };
        Ok(proving.at.0 < proving.found.examples)
    }

    /// One piece of the network in double precision.
    fn pack(&mut self, proving: &mut Proving) -> Result<()> {
        let mut assembly = match (&self.wide, proving.assembly.take()) {
            (Some(network), _) => {
                proving.wide = Some(network.clone());
                return Ok(());
            }
            (None, Some(assembly)) => assembly,
            (None, None) => Assembly::new(&self.checkpoint)?,
        };
        if assembly.add_layer(&self.checkpoint)? {
            proving.assembly = Some(assembly);
        } else {
            proving.wide = Some(Rc::new(assembly.finish(&self.checkpoint)?));
            self.wide.clone_from(&proving.wide);
        }
        Ok(())
    }

    /// `example.<n>.x` [T, I].
    fn example_input(&self, n: usize, steps: usize) -> Result<Array2<f64>> {
        let (name, features) = (format!("example.{n}.x"), self.narrow.features());
        let most = (MOST_NUMBERS / self.narrow.numbers_per_step().max(1)).max(1);
        if !(1..=most).contains(&steps) {
            return Err(Error::file(name, format!("{steps} steps; 1 to {most} are compared"), REMEDY));
        }
        let numbers = self.checkpoint.numbers(&name, &[steps, features])?;
        Array2::from_shape_vec((steps, features), numbers)
            .map_err(|error| Error::Bug { place: "example", problem: error.to_string() })
    }

    /// Compares one tensor of the example that was just run.
    fn compare_one(&self, proving: &mut Proving, compared: &Compared) -> Result<()> {
        let ((n, wide), Some(running)) = (proving.at, &proving.running) else { return Ok(()) };
        let Some(example) = self.checkpoint.metadata.examples.get(n) else { return Ok(()) };
        let name = format!("example.{n}.{}", compared.tensor);
        let (width, shape) = match compared.part {
            Part::Text => (self.narrow.features(), vec![example.steps, self.narrow.features()]),
            Part::State { layer, .. } => {
                let hidden = self.narrow.layers[layer].hidden;
                (hidden, vec![example.steps, hidden])
            }
            Part::Logits if self.narrow.every_step() => {
                (self.narrow.classes(), vec![example.steps, self.narrow.classes()])
            }
            Part::Logits => (self.narrow.classes(), vec![self.narrow.classes()]),
        };
        let ours = match (compared.part, &example.text) {
            (Part::Text, Some(text)) if !wide => self.encode(&self.letters.read(text)?).into_iter().collect(),
            (Part::Text, _) => return Ok(()),
            // An example may hold fewer states than another.
            (Part::State { .. }, _) if self.checkpoint.shape(&name).is_none() => return Ok(()),
            (part, _) => running.values(part),
        };
        let theirs = self.checkpoint.numbers(&name, &shape)?;
        if ours.len() != theirs.len() {
            let problem =
                format!("the text becomes {} steps, the framework read {}", ours.len() / width.max(1), example.steps);
            return Err(Error::file(name, problem, "Mend the vocabulary or the tokenizer, or export the model again."));
        }
        let Some(row) = proving.found.rows.get_mut(proving.next) else { return Ok(()) };
        let largest = theirs.iter().fold(NOTHING, |largest, x| largest.max(x.abs()));
        // What is not a number is as far off as can be.
        let share = |(ours, theirs): (&f64, &f64)| {
            let share = (ours - theirs).abs() / largest;
            if share.is_nan() { f64::INFINITY } else { share }
        };
        let shares: Vec<f64> = ours.iter().zip(&theirs).map(share).collect();
        let (slot, allowed) = if wide { (&mut row.f64, row.allowed_f64) } else { (&mut row.f32, row.allowed_f32) };
        *slot = Some(shares.iter().fold(slot.unwrap_or(0.0), |most, x| most.max(*x)));
        row.passes &= shares.iter().all(|share| *share <= allowed);
        let beyond = shares.iter().enumerate().filter(|(_, share)| **share > allowed).map(|(k, _)| k);
        let (layer, direction) = match compared.part {
            Part::State { layer, direction, .. } => (Some(layer), direction),
            Part::Text | Part::Logits => (None, 0),
        };
        let read = |k: &usize| if direction == 1 { example.steps - k / width } else { k / width };
        let departed = &mut proving.departed[usize::from(wide)];
        if let (None, Some(k)) = (&departed, beyond.min_by_key(read)) {
            let (step, unit) = if shape.len() > 1 { (k / width, k % width) } else { (example.steps - 1, k) };
            let precision = if wide { "f64" } else { "f32" };
            let what = match compared.part {
                Part::Text => "input",
                Part::State { .. } => "unit",
                Part::Logits => "output",
            };
            let sentence = format!(
                "{} departs at step {} of {}, {what} {unit}: {} instead of {} ({precision}).",
                compared.label,
                step + 1,
                example.steps,
                crate::view::readable(ours[k] as f32),
                crate::view::readable(theirs[k] as f32),
            );
            *departed = Some(Departure {
                example: example.title.clone(),
                label: compared.label.clone(),
                layer,
                direction,
                step,
                unit,
                precision,
                ours: ours[k],
                theirs: theirs[k],
                sentence,
            });
        }
        Ok(())
    }
}

fn storage(checkpoint: &Checkpoint, name: &str) -> Option<Storage> {
    checkpoint.tensors().find(|(other, _)| *other == name).map(|(_, tensor)| tensor.storage)
}
