//! What is being worked on, in slices: a trace, then answers and what they are worth, each begun, advanced and settled
//! or given up.

use super::explaining::{Explaining, Question, Work};
use super::input::fitted;
use super::judging::Judging;
use super::request::given;
use super::{MeasurementRequest, Request, Session};
use crate::attribution::{self, Against, Subject};
use crate::metrics;
use crate::network::{Network, TraceJob};
use crate::{Error, Result};
use std::rc::Rc;

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

/// Time for so many units.
pub(super) fn time_for(mut units: usize) -> impl FnMut() -> bool {
    move || {
        units = units.saturating_sub(1);
        units > 0
    }
}

impl Session {
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
            return Err(Error::refused("method", reason));
        }
        let background = request.background.iter().map(|text| self.other_input(text)).collect::<Result<Vec<_>>>()?;
        let (all, others) = (background.len(), background.iter().filter(|other| other.nrows() != self.steps()).count());
        let fitted_samples = format!(
            "; {others} of {all} other samples had another length and were cut, or filled with zeros at their end"
        );
        let background: Vec<_> = background.iter().map(|other| fitted(other, self.x.dim())).collect();
        let settings = attribution::Settings::check(method.params, &given(&request.params))?;
        let raw_scale: Vec<f64> = self.spec.columns.iter().map(|column| column.std).collect();
        let labels = Rc::new(self.tokens().into_iter().map(|token| token.label).collect());
        let wide = match request.precision.as_str() {
            "f32" => false,
            "f64" => true,
            other => return Err(Error::request("precision", "f32 or f64", other)),
        };
        let copies = (if wide { 2 } else { 1 }) * (2 + background.len());
        self.fits(copies, self.steps(), 64 << 20, "an attribution over")?;
        let question = Question {
            method,
            settings,
            target,
            baseline: baseline.clone(),
            background,
            fitted: if others > 0 { fitted_samples } else { String::new() },
            raw_scale,
            labels,
        };
        let question = Rc::new(question);
        let explaining: Box<dyn Work> = if wide {
            let network = match &self.wide {
                Some(network) => network.clone(),
                None => Rc::new(Network::<f64>::new(&self.checkpoint)?),
            };
            self.wide = Some(network.clone());
            Box::new(Explaining::new(network, &self.x, None, None, question))
        } else {
            let (trace, compared) = (self.trace.clone(), self.compared.clone());
            Box::new(Explaining::new(self.narrow.clone(), &self.x, trace, compared, question))
        };
        self.cancel();
        (self.explaining, self.next) = (Some(explaining), Some((request, baseline)));
        Ok(())
    }

    /// Begins to judge the shown answer.
    pub fn start_measurement(&mut self, request: &MeasurementRequest) -> Result<()> {
        let metric = metrics::find(&request.metric)?;
        let settings = attribution::Settings::check(metric.params, &given(&request.params))?;
        metric.check(&Subject::new(&self.narrow, self.steps(), None))?;
        self.cancel();
        let posing = self.pose("metric")?;
        let answer = self.answer.clone().ok_or(Error::Bug { place: "metric", problem: "no answer".into() })?;
        self.judging = Some(Judging::new(metric, settings, Rc::new(answer), posing)?);
        Ok(())
    }

    /// Does `units` units of the work that was begun.
    pub fn advance(&mut self, units: usize) -> Result<Progress> {
        self.advance_while(&mut time_for(units))
    }

    /// Does one unit of the work that was begun, and others while there is time. Units are far from equal: a step that
    /// repeats the one before costs next to nothing, one of a batch milliseconds.
    pub fn advance_while(&mut self, is_time: &mut dyn FnMut() -> bool) -> Result<Progress> {
        if self.studies.running.is_some() {
            return self.advance_study(is_time);
        }
        loop {
            let more = match (&mut self.tracing, &mut self.explaining, &mut self.judging) {
                (Some((job, done)), ..) => {
                    *done += 1;
                    job.advance()
                }
                (None, Some(work), _) => work.advance()?,
                (None, None, Some(work)) => work.advance()?,
                (None, None, None) => false,
            };
            if !more {
                self.settle();
                return Ok(Progress {
                    done: true,
                    fraction: 1.0,
                    note: self.answer.as_ref().map(|a| a.note.clone()).unwrap_or_default(),
                    units_left: 0,
                });
            }
            if !is_time() {
                break;
            }
        }
        self.adopt();
        let (done, total) = match (&self.tracing, &self.explaining, &self.judging) {
            (Some((job, done)), ..) => (*done, job.total()),
            (None, Some(work), _) => work.progress(),
            (None, None, Some(work)) => work.progress(),
            (None, None, None) => (1, 1),
        };
        // The answer so far is not put together here: that would cost more than a slice of the work.
        Ok(Progress {
            done: false,
            fraction: (done as f64 / total.max(1) as f64).min(0.999),
            note: String::new(),
            units_left: total.saturating_sub(done),
        })
    }

    /// From its first partial answer on, the work's request is the one that is shown.
    fn adopt(&mut self) {
        let begun = self.next.is_some() && self.explaining.as_ref().is_some_and(|work| work.begun());
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
            self.keep(work);
        } else if let Some(work) = self.judging.take() {
            self.measurement = work.measurement().map(|found| (work.metric, found));
        }
    }

    /// Keeps what brought the answer, and its baseline for the next one.
    fn keep(&mut self, work: Box<dyn Work>) {
        if work.question().method.against == Against::Baseline {
            self.compared = work.posed().map(|problem| problem.pair.baseline.clone());
        }
        (self.explained, self.measurement) = (Some(work), None);
    }

    /// Stops the work; what it had found so far stays as the answer.
    pub fn cancel(&mut self) {
        self.adopt();
        self.studies.keep();
        (self.tracing, self.next, self.studies.running) = (None, None, None);
        if let Some(work) = self.explaining.take()
            && let Some(answer) = work.answer()
        {
            self.answer = Some(answer);
            self.keep(work);
        }
        if let Some(found) = self.judging.take().and_then(|work| Some((work.metric, work.measurement()?))) {
            self.measurement = Some(found);
        }
    }
}
