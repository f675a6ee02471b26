//! An answer as pictures: bars, coloured text, heat map, waterfall, and the baseline that it was compared with.

use super::{Content, Session};
use crate::attribution::{self, Against, BASELINES, Dimension, Reduction};
use crate::network::{READOUTS, Readout};
use crate::view::{
    Bars, Heatmap, Hierarchy, Labels, Text, Waterfall,
    build::{self, Caption},
};
use crate::{Error, Result};
use serde::Serialize;

/// What the page shows of an attribution.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Answer {
    pub method: &'static str,
    pub target: String,
    pub baseline: &'static str,
    /// Of the bars.
    pub unit: String,
    /// Of score, baseline score, remainder and gap.
    pub score_unit: String,
    pub score: f64,
    pub baseline_score: f64,
    pub gap: Option<f64>,
    pub gap_percent: Option<f64>,
    pub completes: bool,
    pub signed: bool,
    pub family: &'static str,
    /// What belongs to no input: (name, share).
    pub remainder: Vec<(&'static str, f64)>,
    pub forward_passes: usize,
    pub backward_passes: usize,
    pub converged: bool,
    pub note: String,
    /// (label, value).
    pub settings: Vec<(String, String)>,
    #[serde(skip)]
    pub bars: Option<Bars>,
    #[serde(skip)]
    pub text: Option<Text>,
    #[serde(skip)]
    pub heatmap: Option<Heatmap>,
    #[serde(skip)]
    pub features: Option<Bars>,
    #[serde(skip)]
    pub waterfall: Option<Waterfall>,
    /// The bars apart by part of the network, such as the direction of reading.
    #[serde(skip)]
    pub parts: Vec<(String, Bars)>,
    #[serde(skip)]
    pub hierarchy: Option<Hierarchy>,
}

impl Session {
    /// The finished or partial answer as views.
    pub fn attribution(&self) -> Result<Answer> {
        let running = self.explaining.as_ref().and_then(|work| work.answer());
        let answer = running
            .as_ref()
            .or(self.answer.as_ref())
            .ok_or_else(|| Error::request("answer", "asked for after an attribution", "none yet"))?;
        let request = self
            .request
            .as_ref()
            .ok_or_else(|| Error::request("answer", "asked for after an attribution", "none yet"))?;
        let method = attribution::find(&request.method)?;
        let baseline = BASELINES
            .iter()
            .find(|b| b.id == request.baseline.id)
            .ok_or(Error::Bug { place: "answer", problem: "unknown baseline".into() })?;
        let (target, score_unit) = self.target_label()?;
        let unit = self.unit_of(answer.dimension, score_unit.clone());
        let title = format!("{} · {target}", method.label);
        let caption = Caption { title: &title, x_label: self.step_name(), unit: &unit };
        let series = self.is_series();
        let by_feature = answer.scores.nrows() == 1 && self.steps() > 1;
        let by_step = answer.scores.ncols() == 1 && self.x.ncols() > 1;
        let signed = method.signed && answer.reduction == Reduction::Sum;
        let gap = answer.gap.map(|gap| gap as f32);
        let reduced: Vec<f32> = answer.reduced().iter().map(|v| *v as f32).collect();
        let remainder: Vec<(String, f32)> =
            answer.remainder.iter().map(|(label, value)| (label.to_string(), *value as f32)).collect();
        let labels = self.labels();
        let bars = (!by_feature).then(|| {
            let errors = answer.step_errors().into_iter().map(|error| error as f32).collect();
            build::bars(caption, labels.clone(), signed, gap, reduced.clone()).with(errors, remainder.clone())
        });
        let text = (!series && !by_feature).then(|| {
            let range = if signed { (f32::NEG_INFINITY, f32::INFINITY) } else { (0.0, f32::INFINITY) };
            build::text(caption, self.tokens(), range, reduced.clone())
        });
        let names = self.input_names();
        let totals = build::totals(&answer.scores);
        let (mut heatmap, mut features) = (None, None);
        if series && !by_step {
            let order = build::by_weight(&answer.scores);
            let errors = build::feature_errors(&order, &answer.feature_errors());
            let bars = build::features(caption, &names, method.signed, gap, &order, &totals);
            features = Some(bars.with(errors, remainder.clone()));
            let as_read = |k| self.as_read(k);
            heatmap = (!by_feature).then(|| {
                build::feature_map(caption, &names, labels.clone(), method.signed, &order, &answer.scores, as_read)
            });
        }
        let (falls, shares) =
            if series && !by_step { (names, totals) } else { (build::numbered(&labels), answer.reduced()) };
        let from = match method.against {
            Against::Nothing => "nothing",
            Against::Baseline => baseline.label,
            Against::Background => "other samples",
        };
        let waterfall = answer.gap.map(|gap| {
            let (from, to) = ((from, answer.baseline_score), (target.as_str(), answer.score));
            build::waterfall(caption, from, to, &falls, &shares, gap).with(remainder)
        });
        let hierarchy =
            build::hierarchy(format!("Phrases · {title}"), self.step_name(), &unit, labels.clone(), &answer.spans);
        let part = |part: &attribution::Part| {
            let values = part.scores.rows().into_iter().map(|row| row.sum() as f32).collect();
            let title = format!("{title}, {}", part.label);
            (
                part.label.clone(),
                build::bars(Caption { title: &title, ..caption }, labels.clone(), signed, None, values),
            )
        };
        let mut parts: Vec<(String, Bars)> =
            if by_feature { Vec::new() } else { answer.parts.iter().map(part).collect() };
        build::one_scale(parts.iter_mut().map(|(_, bars)| bars));
        let difference = answer.score - answer.baseline_score;
        Ok(Answer {
            method: method.label,
            target,
            baseline: baseline.label,
            unit,
            score_unit,
            score: answer.score,
            baseline_score: answer.baseline_score,
            gap: answer.gap,
            gap_percent: answer.gap.filter(|_| difference != 0.0).map(|gap| 100.0 * gap / difference),
            completes: method.completes,
            signed: method.signed,
            family: method.family,
            remainder: answer.remainder.clone(),
            forward_passes: answer.cost.forward,
            backward_passes: answer.cost.backward,
            converged: answer.converged,
            note: answer.note.clone(),
            settings: self.settings_rows(),
            bars,
            text,
            heatmap,
            features,
            waterfall,
            parts,
            hierarchy,
        })
    }

    /// What the input of the shown answer was compared with, [I, T] in the network's terms.
    pub fn baseline_view(&self) -> Result<Heatmap> {
        let of_the_input = |_: &&super::Request| self.baseline.dim() == self.x.dim();
        let baseline = self.request.as_ref().filter(of_the_input);
        let known = baseline.and_then(|request| BASELINES.iter().find(|b| b.id == request.baseline.id));
        let label =
            known.ok_or_else(|| Error::request("baseline", "asked for after an attribution", "none yet"))?.label;
        let title = format!("Baseline: {label}");
        Ok(build::inputs(title, self.step_name(), self.input_names(), self.labels(), &self.baseline))
    }

    /// The values behind an input as they were read, [T], NaN where they were filled in; empty if there are none.
    fn as_read(&self, column: usize) -> &[f64] {
        let (Some(Content::Series(series)), Some(column)) = (&self.content, self.spec.columns.get(column)) else {
            return &[];
        };
        let variable = series.variables.iter().position(|name| *name == column.variable && column.role == "value");
        variable.map_or(&[], |variable| &series.values[variable])
    }

    /// Names of the I inputs.
    pub(super) fn input_names(&self) -> Labels {
        let names = || {
            if self.is_series() {
                self.spec.columns.iter().map(|column| column.name.clone()).collect()
            } else if self.narrow.embedding.is_some() {
                (0..self.narrow.features()).map(|k| format!("dimension {k}")).collect()
            } else {
                self.checkpoint.metadata.vocab.iter().map(|entry| super::describe::visible(entry)).collect()
            }
        };
        self.names.get_or_init(names).clone()
    }

    /// In words, what a number of such a dimension counts where the score is in `unit`.
    pub(super) fn unit_of(&self, dimension: Dimension, unit: String) -> String {
        let input = if self.is_series() { "standard deviation" } else { "unit of input" };
        match dimension {
            Dimension::Score => unit,
            Dimension::Slope => format!("{unit} per {input}"),
            Dimension::RawSlope => format!("{unit} per own unit"),
            Dimension::SquaredSlope => format!("({unit} per {input})²"),
            Dimension::Kept => "share kept".into(),
            Dimension::Relevance => "relevance, 0 to 1".into(),
        }
    }

    /// "logit of positive", and its unit.
    pub(super) fn target_label(&self) -> Result<(String, String)> {
        let request = &self
            .request
            .as_ref()
            .ok_or_else(|| Error::request("answer", "asked for after an attribution", "none yet"))?
            .target;
        let target = self.target(request)?;
        let info = READOUTS
            .iter()
            .find(|r| r.readout == target.readout)
            .ok_or(Error::Bug { place: "answer", problem: "unknown readout".into() })?;
        let classes = self.class_labels();
        let class = |c: usize| classes.get(c).cloned().unwrap_or_default();
        let at = if self.narrow.every_step() {
            format!(" after {} {}", self.step_name(), target.step + 1)
        } else {
            String::new()
        };
        let label = match target.readout {
            Readout::Difference => format!("logit of “{}” minus “{}”{at}", class(target.class), class(target.versus)),
            Readout::Hidden => format!(
                "unit {} of layer {} at {} {}",
                target.unit,
                request.layer + 1,
                self.step_name(),
                target.step + 1
            ),
            _ => format!("{} of “{}”{at}", info.label, class(target.class)),
        };
        Ok((label, info.unit.into()))
    }

    fn settings_rows(&self) -> Vec<(String, String)> {
        let Some(request) = &self.request else { return Vec::new() };
        let params = attribution::find(&request.method).map(|method| method.params).unwrap_or_default();
        let row = |param: &attribution::Param| {
            let value = match (request.params.get(param.id), param.kind) {
                (Some(super::Weight::Number(x)), _) => Session::written(*x),
                (Some(super::Weight::Word(word)), attribution::ParamKind::Choice(choices)) => {
                    let label = choices.iter().find(|(id, _)| id == word).map(|(_, label)| *label);
                    label.unwrap_or_default().into()
                }
                (Some(super::Weight::Word(word)), _) => word.clone(),
                (None, attribution::ParamKind::Number { default, .. }) => Session::written(default),
                (None, attribution::ParamKind::Choice(choices)) => choices[0].1.into(),
                (None, attribution::ParamKind::Text(_)) => String::new(),
            };
            (param.label.to_string(), value)
        };
        params.iter().map(row).chain([("precision".to_string(), request.precision.clone())]).collect()
    }
}
