//! One model, one input, one question at a time: what the page asks for, without knowing that there is a page.
//!
//! A session is rebuilt from the model's bytes, the input's text and the request; nothing else is state.

mod answer;
mod card;
mod controls;
mod describe;
mod explaining;
mod request;

pub use answer::{Answer, BaselineView};
pub use card::Card;
pub use controls::Controls;
pub use describe::{InputView, Prediction, SeriesView, Strip};
pub use request::{BaselineRequest, Request, Selection, TargetRequest, Weight};

use crate::attribution::{self, Attribution, Subject};
use crate::import::{self, Checkpoint, InputKind};
use crate::input::{Column, Letters, Series, SeriesSpec, Text};
use crate::network::{Network, Trace, TraceJob};
use crate::view::{Heatmap, Lines};
use crate::view::build;
use crate::{Error, Result};
use explaining::{Explaining, Work};
use ndarray::Array2;
use std::rc::Rc;

/// Most that a trace or an attribution may take, megabytes: a phone's tab survives it.
const MOST_MEGABYTES: usize = 1500;

/// What is being read.
pub enum Content {
    /// Characters or words.
    Text(Text),
    /// Values by the hour.
    Series(Series),
}

/// See the module.
pub struct Session {
    checkpoint: Checkpoint,
    narrow: Rc<Network<f32>>,
    wide: Option<Rc<Network<f64>>>,
    letters: Letters,
    spec: SeriesSpec,
    content: Option<Content>,
    /// The input in the network's terms, [T, I].
    x: Array2<f64>,
    trace: Option<Rc<Trace<f32>>>,
    tracing: Option<(TraceJob<f32>, usize)>,
    explaining: Option<Box<dyn Work>>,
    /// What the shown answer answers.
    request: Option<Request>,
    baseline: Array2<f64>,
    /// What is being worked on, until it has a first partial answer.
    next: Option<(Request, Array2<f64>)>,
    answer: Option<Attribution>,
}

/// How far the work is.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Progress {
    /// Nothing is left to do.
    pub done: bool,
    /// 0..1.
    pub fraction: f64,
    /// One sentence.
    pub note: String,
    /// About how many units are left.
    pub units_left: usize,
}

impl Session {
    /// Parses, proves and packs a model file.
    pub fn open(bytes: Vec<u8>) -> Result<Session> {
        let checkpoint = import::read(bytes)?;
        let narrow = Rc::new(Network::new(&checkpoint)?);
        let metadata = &checkpoint.metadata;
        let letters = Letters::new(&metadata.vocab, metadata.input.kind == InputKind::Words, metadata.input.lower_case, metadata.input.unknown.as_deref());
        let spec = series_spec(&checkpoint);
        Ok(Session {
            checkpoint,
            narrow,
            wide: None,
            letters,
            spec,
            content: None,
            x: Array2::zeros((0, 0)),
            trace: None,
            tracing: None,
            explaining: None,
            request: None,
            baseline: Array2::zeros((0, 0)),
            next: None,
            answer: None,
        })
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

    /// Makes a text the input.
    pub fn read_text(&mut self, text: &str) -> Result<InputView> {
        if self.is_series() {
            return Err(Error::request("input", "a series: this model reads values by the hour", "a text"));
        }
        let text = self.letters.read(text)?;
        let x = self.encode(&text);
        self.set_input(Content::Text(text), x)
    }

    /// Makes a series the input: our CSV or a PhysioNet record.
    pub fn read_series(&mut self, text: &str) -> Result<InputView> {
        if !self.is_series() {
            return Err(Error::request("input", format!("a text: this model reads {}s", self.step_name()), "a series"));
        }
        let series = Series::read(text, &self.spec)?;
        let x = self.standardised(&series)?;
        self.set_input(Content::Series(series), x)
    }

    /// Changes one value of the series; NaN = not measured.
    pub fn set_value(&mut self, variable: usize, step: usize, value: f64) -> Result<InputView> {
        let Some(Content::Series(series)) = self.content.take_if(|content| matches!(content, Content::Series(_))) else {
            return Err(Error::request("input", "a series, to change a value of", "none"));
        };
        let mut changed = series.clone();
        let (variables, steps) = (series.variables.len(), series.steps());
        let cell = changed.values.get_mut(variable).and_then(|values| values.get_mut(step));
        let Some(cell) = cell.filter(|_| !value.is_infinite()) else {
            self.content = Some(Content::Series(series));
            return Err(Error::request("value", format!("finite, of one of {variables} variables and {steps} steps"), format!("{value} of variable {variable} at step {step}")));
        };
        *cell = value;
        let x = self.standardised(&changed)?;
        self.set_input(Content::Series(changed), x)
    }

    fn set_input(&mut self, content: Content, x: Array2<f64>) -> Result<InputView> {
        let bytes = x.nrows() * self.bytes_per_step();
        if bytes >> 20 > MOST_MEGABYTES {
            return Err(Error::Memory { what: format!("a trace of {} {}s", x.nrows(), self.step_name()), needed_mb: bytes >> 20, limit_mb: MOST_MEGABYTES });
        }
        self.cancel();
        (self.content, self.x, self.trace, self.answer) = (Some(content), x, None, None);
        self.describe()
    }

    fn encode(&self, text: &Text) -> Array2<f64> {
        self.narrow.encode(&text.ids()).mapv(f64::from)
    }

    fn standardised(&self, series: &Series) -> Result<Array2<f64>> {
        let rows = series.standardised(&self.spec);
        let shape = (rows.len(), self.spec.columns.len());
        Array2::from_shape_vec(shape, rows.concat()).map_err(|error| Error::Bug { place: "series", problem: error.to_string() })
    }

    /// Begins the forward pass that records every state and gate.
    pub fn start_trace(&mut self) -> Result<()> {
        self.need_input()?;
        self.cancel();
        self.trace = None;
        self.tracing = Some((TraceJob::new(self.narrow.clone(), self.x.mapv(|v| v as f32)), 0));
        Ok(())
    }

    /// Begins to answer a request; the former answer stays until the first partial one.
    pub fn start_attribution(&mut self, request: Request) -> Result<()> {
        self.need_input()?;
        let baseline = self.make_baseline(&request.baseline)?;
        let target = self.target(&request.target)?;
        let method = attribution::find(&request.method)?;
        if let Some(reason) = (method.refuses)(&Subject::new(&self.narrow, self.steps(), Some(target))) {
            return Err(Error::request("method", "one for such a network, input and target", reason));
        }
        let background = request.background.iter().map(|text| Ok(fitted(&self.other_input(text)?, self.x.dim()))).collect::<Result<Vec<_>>>()?;
        let settings = attribution::Settings::check(method.params, &request.given())?;
        let raw_scale: Vec<f64> = self.spec.columns.iter().map(|column| column.std).collect();
        let labels = self.tokens().into_iter().map(|token| token.label).collect();
        let wide = match request.precision.as_str() {
            "f32" => false,
            "f64" => true,
            other => return Err(Error::request("precision", "f32 or f64", other)),
        };
        let copies = (if wide { 2 } else { 1 }) * (2 + background.len());
        let bytes = copies * self.steps() * self.bytes_per_step() + (64 << 20);
        if bytes >> 20 > MOST_MEGABYTES {
            return Err(Error::Memory { what: format!("an attribution over {} {}s", self.steps(), self.step_name()), needed_mb: bytes >> 20, limit_mb: MOST_MEGABYTES });
        }
        let explaining: Box<dyn Work> = if wide {
            let network = match &self.wide {
                Some(network) => network.clone(),
                None => Rc::new(Network::<f64>::new(&self.checkpoint)?),
            };
            self.wide = Some(network.clone());
            Box::new(Explaining::new(network, &self.x, None, &baseline, method, target, raw_scale, &background, labels, settings))
        } else {
            Box::new(Explaining::new(self.narrow.clone(), &self.x, self.trace.clone(), &baseline, method, target, raw_scale, &background, labels, settings))
        };
        self.cancel();
        (self.explaining, self.next) = (Some(explaining), Some((request, baseline)));
        Ok(())
    }

    /// Does about `units` units of the work that was begun.
    pub fn advance(&mut self, units: usize) -> Result<Progress> {
        for _ in 0..units.max(1) {
            let more = match (&mut self.tracing, &mut self.explaining) {
                (Some((job, done)), _) => {
                    *done += 1;
                    job.advance()
                }
                (None, Some(work)) => work.advance()?,
                (None, None) => false,
            };
            if !more {
                self.settle();
                return Ok(Progress { done: true, fraction: 1.0, note: self.answer.as_ref().map(|a| a.note.clone()).unwrap_or_default(), units_left: 0 });
            }
        }
        self.adopt();
        let (done, total) = match (&self.tracing, &self.explaining) {
            (Some((job, done)), _) => (*done, job.total()),
            (None, Some(work)) => work.progress(),
            (None, None) => (1, 1),
        };
        // The answer so far is not put together here: that would cost more than a slice of the work.
        Ok(Progress { done: false, fraction: (done as f64 / total.max(1) as f64).min(0.999), note: String::new(), units_left: total.saturating_sub(done) })
    }

    /// From its first partial answer on, the work's request is the one that is shown.
    fn adopt(&mut self) {
        let begun = self.next.is_some() && self.explaining.as_ref().is_some_and(|work| work.answer().is_some());
        if let Some((request, baseline)) = self.next.take_if(|_| begun) {
            (self.request, self.baseline) = (Some(request), baseline);
        }
    }

    /// Keeps what the finished work brought.
    fn settle(&mut self) {
        self.adopt();
        if let Some((job, _)) = self.tracing.take() {
            let trace = Rc::new(job.finish());
            // From here on the trace keeps the input's single-precision copy.
            self.trace = Some(trace);
        } else if let Some(work) = self.explaining.take() {
            self.answer = work.answer();
        }
    }

    /// Stops the work; what it had found so far stays as the answer.
    pub fn cancel(&mut self) {
        self.adopt();
        (self.tracing, self.next) = (None, None);
        if let Some(answer) = self.explaining.take().and_then(|work| work.answer()) {
            self.answer = Some(answer);
        }
    }

    fn need_input(&self) -> Result<()> {
        if self.content.is_some() { Ok(()) } else { Err(Error::request("input", "chosen first", "none")) }
    }

    fn need_trace(&self) -> Result<&Rc<Trace<f32>>> {
        self.trace.as_ref().ok_or_else(|| Error::request("view", "asked for after the trace", "no trace yet"))
    }

    /// The selected quantity of one layer and direction over time, [T, H], its index, and names.
    fn selected(&self, selection: &Selection) -> Result<(usize, usize, &'static crate::cell::Quantity, usize)> {
        let layers = &self.narrow.layers;
        let layer = layers.get(selection.layer).ok_or_else(|| Error::request("layer", format!("between 1 and {}", layers.len()), selection.layer + 1))?;
        if selection.direction >= layer.directions.len() {
            return Err(Error::request("direction", "one that this layer has", selection.direction));
        }
        if selection.unit >= layer.hidden {
            return Err(Error::request("unit", format!("below {}", layer.hidden), selection.unit));
        }
        let quantities = layer.cell.quantities();
        let index = quantities.iter().position(|q| q.id == selection.quantity).or(if selection.quantity.is_empty() { Some(quantities.len() - 1) } else { None });
        let index = index.ok_or_else(|| {
            let known: Vec<&str> = quantities.iter().map(|q| q.id).collect();
            Error::request("quantity", format!("one of {}", known.join(", ")), &selection.quantity)
        })?;
        Ok((self.narrow.index(selection.layer, selection.direction), index, &quantities[index], layer.hidden))
    }

    fn place(&self, selection: &Selection) -> String {
        let direction = match (self.narrow.layers[selection.layer].directions.len(), selection.direction) {
            (1, _) => "",
            (_, 0) => " forward",
            _ => " backward",
        };
        format!("layer {}{direction}", selection.layer + 1)
    }

    /// The text coloured by one unit.
    pub fn text_view(&self, selection: &Selection) -> Result<crate::view::Text> {
        let (d, index, quantity, _) = self.selected(selection)?;
        let values = build::unit_over_time(self.need_trace()?, d, index, selection.unit);
        let title = format!("{}, unit {} of {}", quantity.label, selection.unit, self.place(selection));
        Ok(build::text(title, self.step_name(), self.tokens(), "", quantity.range, values))
    }

    /// Every quantity of one unit over time.
    pub fn lines_view(&self, selection: &Selection) -> Result<Lines> {
        let (d, ..) = self.selected(selection)?;
        let quantities = self.narrow.layers[selection.layer].cell.quantities();
        let title = format!("Unit {} of {}", selection.unit, self.place(selection));
        Ok(build::lines(title, self.step_name(), self.labels(), quantities, self.need_trace()?, d, selection.unit))
    }

    /// Units × time of one quantity.
    pub fn heatmap_view(&self, selection: &Selection) -> Result<Heatmap> {
        let (d, index, quantity, _) = self.selected(selection)?;
        let title = format!("{} of {}", quantity.label, self.place(selection));
        build::heatmap(title, self.step_name(), self.labels(), quantity, &selection.order, self.need_trace()?, d, index)
    }

    /// The exact value of a quantity of a unit at a step.
    pub fn value(&self, selection: &Selection, step: usize) -> Result<f32> {
        let (d, index, _, hidden) = self.selected(selection)?;
        let trace = self.need_trace()?;
        if step >= trace.steps() {
            return Err(Error::request("time step", format!("between 1 and {}", trace.steps()), step + 1));
        }
        Ok(trace.records().row(d, step, 0)[index * hidden + selection.unit])
    }

    /// The trace, once it is there.
    pub fn trace(&self) -> Option<&Rc<Trace<f32>>> {
        self.trace.as_ref()
    }
}

/// Another input, cut or padded with zeros to the shape of this one.
fn fitted(other: &Array2<f64>, shape: (usize, usize)) -> Array2<f64> {
    Array2::from_shape_fn(shape, |at| other.get(at).copied().unwrap_or(0.0))
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
