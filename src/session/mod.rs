//! One model, one input, one question at a time: what the page asks for, without knowing that there is a page.
//!
//! A session is rebuilt from the model's bytes, the input's text and the request; nothing else is state.

mod answer;
mod beginning;
mod card;
mod cohort;
mod compare;
mod controls;
mod conventions;
mod describe;
mod explaining;
mod gates;
mod input;
mod inside;
mod judge;
mod judging;
mod look;
mod looking;
mod opening;
mod parity;
mod posing;
mod reading;
mod reasons;
mod referee;
mod replay;
mod request;
mod study;
mod trying;
mod whatif;
mod work;

pub use answer::Answer;
pub use card::Card;
pub use cohort::{Cohort, CohortRequest, Culprit, Mistake, Sample};
pub use compare::{Agreed, ComparedRow, Comparison, Range};
pub use controls::Controls;
pub use describe::{InputView, Prediction, SeriesView, Strip};
pub use gates::{GateBlock, Gates, GatesRequest};
pub use inside::{FactorLabel, Inside, InsideRequest};
pub use judge::{JudgedNumber, Judgement, SpanScore};
pub use looking::{LOOKS, Look};
pub use opening::Opening;
pub use parity::{Departure, Parity, ParityRow};
pub use reasons::{Expected, Reason, Reasons, ReasonsRequest};
pub use referee::{RefereeRequest, Refereed, RefereedRow};
pub use request::{BaselineRequest, MeasurementRequest, Request, Selection, TargetRequest, Weight};
pub use whatif::{Alternative, Alternatives, AlternativesRequest, Change, Outcome, Turn, TurnRequest};
pub use work::Progress;

use crate::attribution::Attribution;
use crate::import::{self, Checkpoint, InputKind};
use crate::input::{Column, Letters, Series, SeriesSpec, Text};
use crate::metrics::{Measurement, Metric};
use crate::network::{Network, Trace, TraceJob};
use crate::view::Labels;
use crate::{Error, Result};
use compare::Kept;
use explaining::Work;
use judging::Judging;
use ndarray::Array2;
use referee::Referee;
use std::cell::OnceCell;
use std::rc::Rc;
use study::Studies;

/// Most that a trace or an attribution may take, megabytes: a phone's tab survives it.
const MOST_MEGABYTES: usize = 1500;

/// What is being read.
#[derive(Clone)]
pub enum Content {
    /// Characters or words.
    Text(Text),
    /// Values by the hour.
    Series(Series),
}

/// See the module.
pub struct Session {
    checkpoint: Rc<Checkpoint>,
    narrow: Rc<Network<f32>>,
    wide: Option<Rc<Network<f64>>>,
    letters: Rc<Letters>,
    spec: SeriesSpec,
    content: Option<Content>,
    /// What stands at each step, [T], and what each of the I inputs is called; made when they are first asked for.
    labels: OnceCell<Labels>,
    names: OnceCell<Labels>,
    /// The input in the network's terms, [T, I].
    x: Array2<f64>,
    trace: Option<Rc<Trace<f32>>>,
    tracing: Option<(TraceJob<f32>, usize)>,
    explaining: Option<Box<dyn Work>>,
    /// What brought the shown answer, kept so that it can be judged.
    explained: Option<Box<dyn Work>>,
    /// The baseline that was traced last, as long as inputs keep its length: an edit seldom changes it.
    compared: Option<Rc<Trace<f32>>>,
    judging: Option<Judging>,
    measurement: Option<(&'static Metric, Measurement)>,
    kept: Vec<Kept>,
    referee: Option<Referee>,
    studies: Studies,
    /// What the shown answer answers.
    request: Option<Request>,
    baseline: Array2<f64>,
    /// What is being worked on, until it has a first partial answer.
    next: Option<(Request, Array2<f64>)>,
    answer: Option<Attribution>,
    /// The examples of the file that are run again.
    proving: Option<parity::Proving>,
}

impl Session {
    /// Parses, proves and packs a model file; [`Opening`] does it in pieces.
    pub fn open(bytes: Vec<u8>) -> Result<Session> {
        let mut opening = Opening::new(bytes)?;
        while !opening.advance()?.done {}
        opening.finish()
    }

    /// Of a model that has been proven.
    fn of(checkpoint: Checkpoint, network: Network<f32>) -> Session {
        let metadata = &checkpoint.metadata;
        let letters = Letters::new(
            &metadata.vocab,
            metadata.input.kind == InputKind::Words,
            metadata.input.lower_case,
            metadata.input.unknown.as_deref(),
        );
        let spec = series_spec(&checkpoint);
        Session::reading(Rc::new(checkpoint), Rc::new(network), Rc::new(letters), spec)
    }

    /// Another session with the same network, which has read nothing yet.
    fn sibling(&self) -> Session {
        Session::reading(self.checkpoint.clone(), self.narrow.clone(), self.letters.clone(), self.spec.clone())
    }

    fn reading(
        checkpoint: Rc<Checkpoint>,
        narrow: Rc<Network<f32>>,
        letters: Rc<Letters>,
        spec: SeriesSpec,
    ) -> Session {
        Session {
            checkpoint,
            narrow,
            wide: None,
            letters,
            spec,
            content: None,
            labels: OnceCell::new(),
            names: OnceCell::new(),
            x: Array2::zeros((0, 0)),
            trace: None,
            tracing: None,
            explaining: None,
            explained: None,
            compared: None,
            judging: None,
            measurement: None,
            kept: Vec::new(),
            referee: None,
            studies: Studies::default(),
            request: None,
            baseline: Array2::zeros((0, 0)),
            next: None,
            answer: None,
            proving: None,
        }
    }

    /// "character", "word" or the unit of a series' steps.
    pub fn step_name(&self) -> &str {
        match self.checkpoint.metadata.input.kind {
            InputKind::Characters => "character",
            InputKind::Words => "word",
            InputKind::Series => &self.spec.step_unit,
        }
    }

    fn is_series(&self) -> bool {
        self.checkpoint.metadata.input.kind == InputKind::Series
    }

    /// T.
    pub fn steps(&self) -> usize {
        self.x.nrows()
    }

    /// Bytes that a trace takes per step of the input.
    pub fn bytes_per_step(&self) -> usize {
        // The input is also kept in f64.
        self.narrow.numbers_per_step() * size_of::<f32>() + self.narrow.features() * size_of::<f64>()
    }

    /// Refuses what would hold so many copies of a trace of `steps`, and so many bytes beside them.
    fn fits(&self, copies: usize, steps: usize, beside: usize, what: &str) -> Result<()> {
        // Sizes are 32 bits wide in the page: a product that wrapped would look small.
        let bytes = copies.saturating_mul(steps).saturating_mul(self.bytes_per_step()).saturating_add(beside);
        if bytes >> 20 <= MOST_MEGABYTES {
            return Ok(());
        }
        let what = format!("{what} {steps} {}s", self.step_name());
        Err(Error::Memory { what, needed_mb: bytes >> 20, limit_mb: MOST_MEGABYTES })
    }

    fn need_input(&self) -> Result<()> {
        if self.content.is_some() { Ok(()) } else { Err(Error::request("input", "chosen first", "none")) }
    }

    fn need_trace(&self) -> Result<&Rc<Trace<f32>>> {
        self.trace.as_ref().ok_or_else(|| Error::request("view", "asked for after the trace", "no trace yet"))
    }

    /// The trace, once it is there.
    pub fn trace(&self) -> Option<&Rc<Trace<f32>>> {
        self.trace.as_ref()
    }
}

/// The columns of a series model.
fn series_spec(checkpoint: &Checkpoint) -> SeriesSpec {
    let metadata = &checkpoint.metadata;
    let scale = metadata.input.normalisation.clone().unwrap_or_default();
    let column = |(k, feature): (usize, &import::Feature)| Column {
        name: metadata.feature_names.get(k).cloned().unwrap_or_default(),
        variable: feature.variable.clone(),
        role: feature.role.clone(),
        unit: metadata.units.get(k).cloned().unwrap_or_default(),
        mean: scale.mean.get(k).copied().unwrap_or(0.0),
        std: scale.std.get(k).copied().unwrap_or(1.0),
    };
    SeriesSpec {
        columns: metadata.features.iter().enumerate().map(column).collect(),
        clip: scale.clip,
        length: metadata.input.length,
        step_unit: metadata.input.step_unit.clone().unwrap_or_else(|| "step".into()),
    }
}
