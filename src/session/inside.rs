//! Inside the cell: what the gates and the units did for the score of the shown answer, and what went through a layer.

use super::looking::{How, LOOKS, Look, Looking, Question};
use super::posing::SINGLE;
use super::{MOST_MEGABYTES, Selection, Session};
use crate::attribution::inside::{Conductance, Gates, Through};
use crate::view::{
    Bars, Heatmap,
    build::{self, Caption},
};
use crate::{Error, Result};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Most steps × units whose products are held at once.
const MOST_CELLS: usize = 1 << 20;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InsideRequest {
    /// Of the registry of looks.
    pub look: String,
    /// From the input, from 0.
    pub layer: usize,
    /// 0 forward, 1 backward; conductance goes through both.
    pub direction: usize,
}

/// What went on inside, with one picture of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Inside {
    pub look: &'static Look,
    pub layer: usize,
    pub direction: usize,
    /// What can be chosen as `factor`; empty if there is nothing to choose.
    pub factors: Vec<FactorLabel>,
    /// Shown: of `factors`, or empty for all of them, summed over units.
    pub factor: String,
    pub unit: String,
    /// F of the input and of what it is compared with.
    pub score: f64,
    pub baseline_score: f64,
    /// Of a conductance through outputs: Σ of all steps and units.
    pub total: Option<f64>,
    /// What is left unexplained, in the unit of the score.
    pub gap: f64,
    pub converged: bool,
    /// What the numbers are, what may be added up, and how they were computed.
    pub note: String,
    #[serde(skip)]
    pub heatmap: Heatmap,
}

/// One factor of a product of the cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct FactorLabel {
    pub id: &'static str,
    pub label: String,
    pub product: &'static str,
    /// Whether the products go into the memory or to what is read.
    pub into: String,
}

/// What the work brought; the picture is chosen later.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) request: InsideRequest,
    pub(super) look: &'static Look,
    /// The answer was in double precision, this is not.
    pub(super) single: bool,
    pub(super) scores: (f64, f64),
    pub(super) unit: String,
    pub(super) target: String,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    Gates(Rc<Gates>),
    Conductance(Rc<Conductance>),
}

impl Session {
    /// Begins to look inside, for the score that the shown answer explains.
    pub fn start_inside(&mut self, request: InsideRequest) -> Result<()> {
        let look = LOOKS.iter().find(|look| look.id == request.look).ok_or_else(|| {
            let known: Vec<&str> = LOOKS.iter().map(|look| look.id).collect();
            Error::request("look", format!("one of {}", known.join(", ")), &request.look)
        })?;
        let place = Selection { layer: request.layer, direction: request.direction, ..Selection::default() };
        let hidden = self.selected(&place)?.3;
        let cells = self.steps() * hidden;
        let bytes = match look.how {
            How::Gates(_) if cells > MOST_CELLS => usize::MAX,
            How::Gates(_) => 0,
            // States and gradients of the points of the way that wait for each other.
            How::Through(_) => {
                let directions = self.narrow.layers[request.layer].directions.len();
                cells.saturating_mul(2 * 2 * 20 * 8 * directions)
            }
        };
        if bytes >> 20 > MOST_MEGABYTES {
            let what = format!("{hidden} units over {} {}s", self.steps(), self.step_name());
            return Err(Error::request("inside", "of a shorter input, or of a smaller layer", what));
        }
        self.cancel();
        let (target, unit) = self.target_label()?;
        let question = Question { request, look, unit, target };
        let study = Looking::start(self.pose("inside")?, question)?;
        self.studies.inside = None; // what it finds is not to be taken for what this one finds
        self.studies.begin(Box::new(study));
        Ok(())
    }

    /// What was found inside; `factor` chooses the picture: all factors summed over units if it is empty.
    pub fn inside(&self, factor: &str) -> Result<Inside> {
        let found = self.studies.inside.as_ref();
        let found = found.ok_or_else(|| Error::request("inside", "asked for after it was looked at", "not yet"))?;
        let Found { request, look, single, scores, unit, target, what } = found;
        let layer = &self.narrow.layers[request.layer];
        let place = Selection { layer: request.layer, direction: request.direction, ..Selection::default() };
        let along = || (self.step_name(), self.labels());
        let units = |count: usize| (0..count).map(|k| k.to_string()).collect::<Vec<_>>();
        let label = |id: &str| {
            let (own, before) = (id.strip_suffix("_before").unwrap_or(id), id.ends_with("_before"));
            let known = layer.cell.quantities().iter().find(|quantity| quantity.id == own);
            let label = known.map_or(own, |quantity| quantity.label).to_string();
            if before { format!("{label} of the step before") } else { label }
        };
        let inside = |factors, total, gap, converged, heatmap| Inside {
            look,
            layer: request.layer,
            direction: request.direction,
            factors,
            factor: factor.to_string(),
            unit: unit.clone(),
            score: scores.0,
            baseline_score: scores.1,
            total,
            gap,
            converged,
            note: if *single { format!("{} {SINGLE}", look.note) } else { look.note.into() },
            heatmap,
        };
        match what {
            What::Gates(gates) => {
                let factors: Vec<FactorLabel> = gates
                    .factors
                    .iter()
                    .map(|f| FactorLabel { id: f.id, label: label(f.id), product: f.product, into: label(f.into) })
                    .collect();
                let heatmap = if factor.is_empty() {
                    let title = format!("What the gates of {} did for {target}", self.place(&place));
                    let names = factors.iter().map(|factor| factor.label.clone()).collect();
                    build::over_time(title, along(), ("factor", names), unit, &gates.totals())
                } else {
                    let known = || factors.iter().map(|factor| factor.id).collect::<Vec<_>>().join(", ");
                    let (f, named) = gates
                        .factors
                        .iter()
                        .zip(&factors)
                        .find(|(f, _)| f.id == factor)
                        .ok_or_else(|| Error::request("factor", format!("one of {}", known()), factor))?;
                    let title = format!("{} of {} for {target}", named.label, self.place(&place));
                    build::over_time(title, along(), ("unit", units(f.scores.ncols()).into()), unit, &f.scores)
                };
                Ok(inside(factors, None, gates.gap, true, heatmap))
            }
            What::Conductance(conductance) => {
                let names = self.unit_names_of(request.layer);
                let through = look.how == How::Through(Through::Output);
                let kind = if through { "outputs" } else { "memory" };
                let title = format!("Conductance of the {kind} of layer {} for {target}", request.layer + 1);
                let heatmap = build::over_time(title, along(), ("unit", names.into()), unit, &conductance.scores);
                let total = through.then(|| conductance.scores.sum());
                Ok(inside(Vec::new(), total, conductance.gap, conductance.converged, heatmap))
            }
        }
    }

    /// The REAT score of one step, apart by the units of the layer that is read: they add up to it.
    pub fn word_units(&self, step: usize) -> Result<Bars> {
        let (target, unit) = self.target_label()?;
        let request =
            self.request.as_ref().ok_or_else(|| Error::request("units", "asked for after an answer", "none"))?;
        let units = crate::attribution::word_units(self.need_trace()?, &self.target(&request.target)?, step)?;
        let layer =
            if request.target.readout == "hidden" { request.target.layer } else { self.narrow.layers.len() - 1 };
        let mut names = self.unit_names_of(layer);
        if names.len() != units.len() {
            names = (0..units.len()).map(|k| k.to_string()).collect();
        }
        let names: Vec<String> = names.iter().map(|name| format!("unit {name}")).collect();
        let label = self.labels().get(step).cloned().unwrap_or_default();
        let title = format!("Units behind the REAT score of {label} ({}) for {target}", step + 1);
        let scores = Array2::from_shape_fn((1, units.len()), |(_, k)| units[k]);
        let (order, totals) = (build::by_weight(&scores), build::totals(&scores));
        let caption = Caption { title: &title, x_label: "unit", unit: &unit };
        Ok(build::features(caption, &names, true, None, &order, &totals))
    }

    /// Forward units first.
    fn unit_names_of(&self, layer: usize) -> Vec<String> {
        let layer = &self.narrow.layers[layer];
        let both = layer.directions.len() > 1;
        let name = |n: usize| match (both, n / layer.hidden) {
            (false, _) => n.to_string(),
            (true, 0) => format!("{n} forward"),
            (true, _) => format!("{} backward", n % layer.hidden),
        };
        (0..layer.hidden * layer.directions.len()).map(name).collect()
    }
}
