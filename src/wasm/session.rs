//! The worker's door: a session whose every call converts, calls, and converts back.

use super::give::{numbers, plain, put, view};
use super::upload::Upload;
use crate::import;
use crate::session::{
    self, AlternativesRequest, CohortRequest, GatesRequest, InsideRequest, MeasurementRequest, ReasonsRequest, Request,
    Selection, TurnRequest,
};
use js_sys::Uint8Array;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

type Outcome<T> = std::result::Result<T, JsValue>;

/// One model, one input, one question at a time.
#[wasm_bindgen]
pub struct Session {
    inner: session::Session,
    given: Option<session::Controls>,
}

fn take<T: DeserializeOwned>(name: &str, value: JsValue) -> Outcome<T> {
    serde_wasm_bindgen::from_value(value)
        .map_err(|error| crate::Error::request(name, "an object of the documented form", error).into())
}

fn give_input(input: &session::InputView) -> Outcome<JsValue> {
    let object = plain(input)?;
    if let Some(series) = &input.series {
        let inner = plain(series)?;
        put(&inner, "values", &numbers(&series.values))?;
        put(&inner, "measured", &numbers(&series.measured))?;
        put(&object, "series", &inner)?;
    }
    Ok(object)
}

/// A model file on its way to a session, in pieces.
#[wasm_bindgen]
pub struct Opening {
    inner: session::Opening,
}

#[wasm_bindgen]
impl Opening {
    /// Does a file that begins like this describe itself? Every other one has to be converted first.
    pub fn reads(head: &[u8]) -> bool {
        import::describes_itself(head)
    }

    /// Parses the file.
    pub fn begin(file: Upload) -> Outcome<Opening> {
        Ok(Opening { inner: session::Opening::new(file.finish())? })
    }

    /// One unit of the work.
    pub fn advance(&mut self) -> Outcome<JsValue> {
        plain(&self.inner.advance()?)
    }

    /// The session, when all is done.
    pub fn finish(self) -> Outcome<Session> {
        Ok(Session { inner: self.inner.finish()?, given: None })
    }
}

#[wasm_bindgen]
extern "C" {
    /// Milliseconds, in a page, a worker and Node alike.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

#[wasm_bindgen]
impl Session {
    /// Parses, proves and packs a model file.
    pub fn open(bytes: &Uint8Array) -> Outcome<Session> {
        Ok(Session { inner: session::Session::open(bytes.to_vec())?, given: None })
    }

    /// What the file says of itself.
    pub fn card(&self) -> Outcome<JsValue> {
        plain(&self.inner.card())
    }

    /// Menus, sliders and their help.
    pub fn controls(&mut self) -> Outcome<JsValue> {
        let controls = self.inner.controls();
        let given = plain(&controls);
        self.given = Some(controls);
        given
    }

    /// Are the menus others than those that were given last? They are long, and most inputs leave them as they are.
    pub fn controls_changed(&self) -> bool {
        self.given.as_ref() != Some(&self.inner.controls())
    }

    /// Makes a text the input.
    pub fn read_text(&mut self, text: &str) -> Outcome<JsValue> {
        give_input(&self.inner.read_text(text)?)
    }

    /// Makes a series the input: our CSV or a PhysioNet record.
    pub fn read_series(&mut self, text: &str) -> Outcome<JsValue> {
        give_input(&self.inner.read_series(text)?)
    }

    /// Changes one value of the series; NaN = not measured.
    pub fn set_value(&mut self, variable: usize, step: usize, value: f64) -> Outcome<JsValue> {
        give_input(&self.inner.set_value(variable, step, value)?)
    }

    /// Begins the forward pass that records every state and gate.
    pub fn start_trace(&mut self) -> Outcome<()> {
        Ok(self.inner.start_trace()?)
    }

    /// Begins to answer a request.
    pub fn start_attribution(&mut self, request: JsValue) -> Outcome<()> {
        let request: Request = take("request", request)?;
        Ok(self.inner.start_attribution(request)?)
    }

    /// Does `units` units of work.
    pub fn advance(&mut self, units: usize) -> Outcome<JsValue> {
        plain(&self.inner.advance(units)?)
    }

    /// Works for about so many milliseconds: a slice, after which waiting messages have their turn.
    pub fn advance_for(&mut self, milliseconds: f64) -> Outcome<JsValue> {
        let end = now() + milliseconds;
        plain(&self.inner.advance_while(&mut || now() < end)?)
    }

    /// Stops; what was found so far stays.
    pub fn cancel(&mut self) {
        self.inner.cancel();
    }

    /// Runs the file's examples again for about so many milliseconds; other work goes on beside.
    pub fn advance_parity_for(&mut self, milliseconds: f64) -> Outcome<JsValue> {
        let end = now() + milliseconds;
        plain(&self.inner.advance_parity_while(&mut || now() < end)?)
    }

    /// How far the network is from the framework's own answers.
    pub fn parity(&self) -> Outcome<JsValue> {
        plain(&self.inner.parity())
    }

    /// What the network says at a step.
    pub fn prediction(&self, step: usize) -> Outcome<JsValue> {
        plain(&self.inner.prediction(step)?)
    }

    /// The five most probable next characters of every step.
    pub fn predictions_strip(&self) -> Outcome<JsValue> {
        let strip = self.inner.predictions_strip()?;
        let object = plain(&strip)?;
        put(&object, "probability", &numbers(&strip.probability))?;
        put(&object, "truth", &numbers(&strip.truth))?;
        Ok(object)
    }

    /// The text coloured by one unit.
    pub fn text_view(&self, selection: JsValue) -> Outcome<JsValue> {
        view(&self.inner.text_view(&take::<Selection>("selection", selection)?)?)
    }

    /// Every quantity of one unit over time.
    pub fn lines_view(&self, selection: JsValue) -> Outcome<JsValue> {
        view(&self.inner.lines_view(&take::<Selection>("selection", selection)?)?)
    }

    /// Units × time.
    pub fn heatmap_view(&self, selection: JsValue) -> Outcome<JsValue> {
        view(&self.inner.heatmap_view(&take::<Selection>("selection", selection)?)?)
    }

    /// What one unit remembers, by the steps that wrote it.
    pub fn ledger_view(&self, selection: JsValue) -> Outcome<JsValue> {
        view(&self.inner.ledger_view(&take::<Selection>("selection", selection)?)?)
    }

    /// The weights of a layer by gate, with their norms.
    pub fn gates_view(&self, request: JsValue) -> Outcome<JsValue> {
        let gates = self.inner.gates_view(&take::<GatesRequest>("request", request)?)?;
        let object = plain(&gates)?;
        let blocks = js_sys::Array::new();
        for block in &gates.blocks {
            let inner = plain(block)?;
            put(&inner, "heatmap", &view(&block.heatmap)?)?;
            blocks.push(&inner);
        }
        put(&object, "blocks", &blocks)?;
        Ok(object)
    }

    /// The exact value of a quantity of a unit at a step.
    pub fn value(&self, selection: JsValue, step: usize) -> Outcome<f32> {
        Ok(self.inner.value(&take::<Selection>("selection", selection)?, step)?)
    }

    /// The finished or partial answer.
    pub fn attribution(&self) -> Outcome<JsValue> {
        let answer = self.inner.attribution()?;
        let object = plain(&answer)?;
        let optional = |name: &'static str, value: Option<Outcome<JsValue>>| {
            put(&object, name, &value.transpose()?.unwrap_or(JsValue::NULL))
        };
        optional("bars", answer.bars.as_ref().map(view))?;
        optional("text", answer.text.as_ref().map(view))?;
        optional("heatmap", answer.heatmap.as_ref().map(view))?;
        optional("features", answer.features.as_ref().map(view))?;
        optional("waterfall", answer.waterfall.as_ref().map(view))?;
        optional("hierarchy", answer.hierarchy.as_ref().map(view))?;
        let parts = js_sys::Array::new();
        for (label, bars) in &answer.parts {
            let part: JsValue = js_sys::Object::new().into();
            put(&part, "label", &JsValue::from_str(label))?;
            put(&part, "bars", &view(bars)?)?;
            parts.push(&part);
        }
        put(&object, "parts", &parts)?;
        Ok(object)
    }

    /// What the input of the shown answer was compared with.
    pub fn baseline_view(&self) -> Outcome<JsValue> {
        view(&self.inner.baseline_view()?)
    }

    /// Puts the shown answer aside, to be compared with others.
    pub fn keep_answer(&mut self, label: &str) -> Outcome<()> {
        Ok(self.inner.keep_answer(label)?)
    }

    /// Forgets the answers that were put aside.
    pub fn drop_answers(&mut self) {
        self.inner.drop_answers();
    }

    /// The answers that were put aside, on one scale, and how far they agree.
    pub fn compare(&self) -> Outcome<JsValue> {
        let comparison = self.inner.compare()?;
        let rows = js_sys::Array::new();
        for row in &comparison.rows {
            let object = plain(row)?;
            put(&object, "bars", &view(&row.bars)?)?;
            rows.push(&object);
        }
        let object: JsValue = js_sys::Object::new().into();
        put(&object, "rows", &rows)?;
        let (mut agreement, mut disputed, mut ribbon) = (JsValue::NULL, JsValue::NULL, JsValue::NULL);
        if let Some(found) = &comparison.agreement {
            agreement = plain(found)?;
            for (name, values) in [("spearman", &found.spearman), ("sign", &found.sign), ("top", &found.top)] {
                put(&agreement, name, &numbers(values))?;
            }
            disputed = numbers(&found.disputed);
        }
        if let Some(found) = &comparison.ribbon {
            ribbon = plain(found)?;
            for (name, values) in
                [("low", &found.low), ("high", &found.high), ("mean", &found.mean), ("flips", &found.flips)]
            {
                put(&ribbon, name, &numbers(values))?;
            }
        }
        put(&object, "agreement", &agreement)?;
        put(&object, "disputed", &disputed)?;
        put(&object, "ribbon", &ribbon)?;
        put(&object, "referee", &comparison.referee.as_ref().map(plain).transpose()?.unwrap_or(JsValue::NULL))?;
        Ok(object)
    }

    /// The score of the steps from..to of the shown answer.
    pub fn span_score(&self, from: usize, to: usize) -> Outcome<JsValue> {
        plain(&self.inner.span_score(from, to)?)
    }

    /// Begins to judge the shown answer.
    pub fn start_measurement(&mut self, request: JsValue) -> Outcome<()> {
        let request: MeasurementRequest = take("request", request)?;
        Ok(self.inner.start_measurement(&request)?)
    }

    /// The finished or partial measurement.
    pub fn measurement(&self) -> Outcome<JsValue> {
        let found = self.inner.measurement()?;
        let object = plain(&found)?;
        put(&object, "curves", &found.curves.as_ref().map(view).transpose()?.unwrap_or(JsValue::NULL))?;
        Ok(object)
    }

    /// Ends this instance on purpose: the test of what the page does after a trap.
    #[allow(clippy::panic, reason = "a trap is what it is for")]
    pub fn panic_now(&self) {
        panic!("asked to");
    }
}

/// Studies: work beside the answer, about its question.
#[wasm_bindgen]
impl Session {
    /// Begins to look at what gates and units did for the score.
    pub fn start_inside(&mut self, request: JsValue) -> Outcome<()> {
        Ok(self.inner.start_inside(take::<InsideRequest>("request", request)?)?)
    }

    /// Begins to try what else may stand at a step.
    pub fn start_alternatives(&mut self, request: JsValue) -> Outcome<()> {
        Ok(self.inner.start_alternatives(take::<AlternativesRequest>("request", request)?)?)
    }

    /// What would be said otherwise, so far.
    pub fn alternatives(&self) -> Outcome<JsValue> {
        plain(&self.inner.alternatives()?)
    }

    /// Begins to look for the smallest edit that flips.
    pub fn start_turn(&mut self, request: JsValue) -> Outcome<()> {
        Ok(self.inner.start_turn(&take::<TurnRequest>("request", request)?)?)
    }

    /// The smallest edit, so far.
    pub fn turn(&self) -> Outcome<JsValue> {
        plain(&self.inner.turn()?)
    }

    /// Begins to read many inputs.
    pub fn start_cohort(&mut self, request: JsValue) -> Outcome<()> {
        Ok(self.inner.start_cohort(take::<CohortRequest>("request", request)?)?)
    }

    /// What they say together, so far.
    pub fn cohort(&self) -> Outcome<JsValue> {
        let found = self.inner.cohort()?;
        let object = plain(&found)?;
        let pictures = js_sys::Array::new();
        for picture in &found.pictures {
            pictures.push(&view(picture)?);
        }
        put(&object, "pictures", &pictures)?;
        Ok(object)
    }

    /// The parts that hold a share of the shown answer.
    pub fn reasons(&self, request: JsValue) -> Outcome<JsValue> {
        plain(&self.inner.reasons(&take::<ReasonsRequest>("request", request)?)?)
    }

    /// The question to the referee of a comparison.
    pub fn referee_request(&self) -> Outcome<JsValue> {
        plain(&self.inner.referee_request()?)
    }

    /// Puts the shown answer aside as the referee.
    pub fn keep_referee(&mut self, label: &str) -> Outcome<()> {
        Ok(self.inner.keep_referee(label)?)
    }

    /// What was found inside: all factors (empty) or the units of one.
    pub fn inside(&self, factor: &str) -> Outcome<JsValue> {
        let found = self.inner.inside(factor)?;
        let object = plain(&found)?;
        put(&object, "heatmap", &view(&found.heatmap)?)?;
        Ok(object)
    }

    /// The REAT score of a step apart by units.
    pub fn word_units(&self, step: usize) -> Outcome<JsValue> {
        view(&self.inner.word_units(step)?)
    }
}
