//! What is looked at: one quantity of one unit, or of all units of a layer, along the input.

use super::{Selection, Session};
use crate::attribution::inside;
use crate::view::{
    Heatmap, Lines, River,
    build::{self, Caption},
};
use crate::{Error, Result};

impl Session {
    /// The selected quantity of one layer and direction over time, [T, H], its index, and names.
    pub(super) fn selected(
        &self,
        selection: &Selection,
    ) -> Result<(usize, usize, &'static crate::cell::Quantity, usize)> {
        let layers = &self.narrow.layers;
        let layer = layers
            .get(selection.layer)
            .ok_or_else(|| Error::request("layer", format!("between 1 and {}", layers.len()), selection.layer + 1))?;
        if selection.direction >= layer.directions.len() {
            return Err(Error::request("direction", "one that this layer has", selection.direction));
        }
        if selection.unit >= layer.hidden {
            return Err(Error::request("unit", format!("below {}", layer.hidden), selection.unit));
        }
        let quantities = layer.cell.quantities();
        let index = quantities.iter().position(|q| q.id == selection.quantity).or(if selection.quantity.is_empty() {
            Some(quantities.len() - 1)
        } else {
            None
        });
        let index = index.ok_or_else(|| {
            let known: Vec<&str> = quantities.iter().map(|q| q.id).collect();
            Error::request("quantity", format!("one of {}", known.join(", ")), &selection.quantity)
        })?;
        Ok((self.narrow.index(selection.layer, selection.direction), index, &quantities[index], layer.hidden))
    }

    pub(super) fn place(&self, selection: &Selection) -> String {
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
        let caption = Caption { title: &title, x_label: self.step_name(), unit: "" };
        Ok(build::text(caption, self.tokens(), quantity.range, values))
    }

    /// Every quantity of one unit over time.
    pub fn lines_view(&self, selection: &Selection) -> Result<Lines> {
        let (d, ..) = self.selected(selection)?;
        let quantities = self.narrow.layers[selection.layer].cell.quantities();
        let title = format!("Unit {} of {}", selection.unit, self.place(selection));
        Ok(build::lines(title, self.step_name(), self.labels(), quantities, self.need_trace()?, d, selection.unit))
    }

    /// What one unit remembers, by the steps that wrote it; whatever quantity is selected.
    pub fn ledger_view(&self, selection: &Selection) -> Result<River> {
        let (d, ..) = self.selected(selection)?;
        let ledger = inside::ledger(self.need_trace()?, d, selection.unit)?;
        let quantity = self.narrow.layers[selection.layer]
            .cell
            .quantities()
            .iter()
            .find(|quantity| quantity.id == ledger.quantity);
        let label = quantity.map_or(ledger.quantity, |quantity| quantity.label);
        let title = format!("{label}, unit {} of {}", selection.unit, self.place(selection));
        Ok(build::river(title, self.step_name(), label, self.labels(), &ledger))
    }

    /// Units × time of one quantity.
    pub fn heatmap_view(&self, selection: &Selection) -> Result<Heatmap> {
        let (d, index, quantity, _) = self.selected(selection)?;
        let title = format!("{} of {}", quantity.label, self.place(selection));
        let caption = Caption { title: &title, x_label: self.step_name(), unit: "" };
        build::heatmap(caption, self.labels(), quantity, &selection.order, self.need_trace()?, (d, index))
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
}
