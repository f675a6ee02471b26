//! What is read: a text or a series becomes the network's input.

use super::{Content, InputView, Session};
use crate::input::{Series, Text};
use crate::{Error, Result};
use ndarray::Array2;
use std::cell::OnceCell;

impl Session {
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
        let Some(Content::Series(series)) = self.content.take_if(|content| matches!(content, Content::Series(_)))
        else {
            return Err(Error::request("input", "a series, to change a value of", "none"));
        };
        let mut changed = series.clone();
        let (variables, steps) = (series.variables.len(), series.steps());
        let cell = changed.values.get_mut(variable).and_then(|values| values.get_mut(step));
        let Some(cell) = cell.filter(|_| !value.is_infinite()) else {
            self.content = Some(Content::Series(series));
            return Err(Error::request(
                "value",
                format!("finite, of one of {variables} variables and {steps} steps"),
                format!("{value} of variable {variable} at step {step}"),
            ));
        };
        *cell = value;
        let x = self.standardised(&changed)?;
        self.set_input(Content::Series(changed), x)
    }

    fn set_input(&mut self, content: Content, x: Array2<f64>) -> Result<InputView> {
        self.fits(1, x.nrows(), 0, "a trace of")?;
        self.cancel();
        (self.content, self.x, self.trace, self.answer) = (Some(content), x, None, None);
        self.labels = OnceCell::new();
        (self.explained, self.measurement) = (None, None);
        self.compared = self.compared.take().filter(|baseline| baseline.steps() == self.steps());
        self.drop_answers();
        self.studies = super::study::Studies::default();
        self.describe()
    }

    pub(super) fn encode(&self, text: &Text) -> Array2<f64> {
        self.narrow.encode(&text.ids()).mapv(f64::from)
    }

    pub(super) fn standardised(&self, series: &Series) -> Result<Array2<f64>> {
        let rows = series.standardised(&self.spec);
        let shape = (rows.len(), self.spec.columns.len());
        Array2::from_shape_vec(shape, rows.concat())
            .map_err(|error| Error::Bug { place: "series", problem: error.to_string() })
    }

    /// Another text or series in the network's terms, [T', I].
    pub(super) fn other_input(&self, text: &str) -> Result<Array2<f64>> {
        if self.is_series() {
            self.standardised(&crate::input::Series::read(text, &self.spec)?)
        } else {
            Ok(self.encode(&self.letters.read(text)?))
        }
    }
}

/// Another input, cut or padded with zeros to the shape of this one.
pub(super) fn fitted(other: &Array2<f64>, shape: (usize, usize)) -> Array2<f64> {
    Array2::from_shape_fn(shape, |at| other.get(at).copied().unwrap_or(0.0))
}
