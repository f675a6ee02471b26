//! Menus, sliders and their help, as the registries say: no method is named in the page.

use super::looking::{LOOKS, Look};
use super::{BaselineRequest, Request, Session, TargetRequest};
use crate::attribution::{Against, BASELINES, METHODS, Method, Param, ParamKind, Subject};
use crate::cell::Kind;
use crate::metrics::{METRICS, Metric};
use crate::network::{READOUTS, Readout};
use serde::Serialize;

/// Steps of variants that a first answer may take in all.
const FIRST_STEPS: usize = 100_000;

/// Everything that can be chosen for the open model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Controls {
    pub readouts: Vec<ReadoutControl>,
    pub classes: Vec<String>,
    /// `any` or `last`: may the target's step be chosen?
    pub steps: &'static str,
    pub methods: Vec<MethodControl>,
    pub metrics: Vec<MetricControl>,
    pub baselines: Vec<BaselineControl>,
    /// Per layer.
    pub quantities: Vec<Vec<QuantityControl>>,
    pub layers: Vec<LayerControl>,
    pub looks: Vec<Look>,
    pub default: Request,
}

/// One way to make a number of the outputs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct ReadoutControl {
    pub id: &'static str,
    pub label: &'static str,
    pub unit: &'static str,
    pub needs: &'static [&'static str],
    pub warning: &'static str,
}

/// One method.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct MethodControl {
    pub id: &'static str,
    pub label: &'static str,
    pub question: &'static str,
    pub formula: &'static str,
    pub caveat: &'static str,
    pub cost: &'static str,
    pub signed: bool,
    pub completes: bool,
    pub kind: String,
    pub family: &'static str,
    pub uses_baseline: bool,
    pub uses_background: bool,
    pub params: Vec<ParamControl>,
    pub available: bool,
    pub reason: String,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct MetricControl {
    pub id: &'static str,
    pub label: &'static str,
    pub question: &'static str,
    pub formula: &'static str,
    pub caveat: &'static str,
    pub cost: &'static str,
    pub params: Vec<ParamControl>,
    pub available: bool,
    pub reason: String,
}

/// One slider or menu of a method or a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct ParamControl {
    pub id: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    pub kind: &'static str,
    pub low: f64,
    pub high: f64,
    pub step: f64,
    pub log: bool,
    pub choices: Vec<Choice>,
    /// Of a text: what to write.
    pub placeholder: &'static str,
    pub default: super::Weight,
}

/// One entry of a menu.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct Choice {
    pub id: &'static str,
    pub label: &'static str,
}

/// One baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct BaselineControl {
    pub id: &'static str,
    pub label: &'static str,
    pub about: &'static str,
    pub available: bool,
}

/// One recorded quantity.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct QuantityControl {
    pub id: &'static str,
    pub label: &'static str,
    /// NaN where the range is open.
    pub low: f32,
    pub high: f32,
    pub signed: bool,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields say it")]
pub struct LayerControl {
    pub label: String,
    pub hidden: usize,
    pub directions: usize,
}

impl Session {
    /// The menus of the open model.
    pub fn controls(&self) -> Controls {
        let single = self.narrow.classes() == 1;
        let series = usize::from(self.is_series());
        let readouts = READOUTS.iter().filter(|readout| !(single && readout.readout == Readout::Difference));
        let subject = Subject::new(&self.narrow, self.steps(), None);
        let method = |method: &&'static Method| {
            let refused = (method.refuses)(&subject);
            MethodControl {
                id: method.id,
                label: method.label,
                question: method.question,
                formula: method.formula,
                caveat: method.caveat,
                cost: method.cost,
                signed: method.signed,
                completes: method.completes,
                kind: method.kind.label(),
                family: method.family,
                uses_baseline: method.against == Against::Baseline,
                uses_background: method.against == Against::Background,
                params: method.params.iter().map(param).collect(),
                available: refused.is_none(),
                reason: refused.unwrap_or_default(),
            }
        };
        let metric = |metric: &&'static Metric| {
            let refused = (metric.refuses)(&subject);
            MetricControl {
                id: metric.id,
                label: metric.label,
                question: metric.question,
                formula: metric.formula,
                caveat: metric.caveat,
                cost: metric.cost,
                params: metric.params.iter().map(param).collect(),
                available: refused.is_none(),
                reason: refused.unwrap_or_default(),
            }
        };
        let padding = self.checkpoint.metadata.input.padding.is_some();
        let quantity = |q: &crate::cell::Quantity| QuantityControl {
            id: q.id,
            label: q.label,
            low: if q.range.0.is_finite() { q.range.0 } else { f32::NAN },
            high: if q.range.1.is_finite() { q.range.1 } else { f32::NAN },
            signed: q.kind != Kind::Gate,
        };
        Controls {
            readouts: readouts
                .map(|r| ReadoutControl { id: r.id, label: r.label, unit: r.unit, needs: r.needs, warning: r.warning })
                .collect(),
            classes: self.class_labels(),
            steps: if self.narrow.every_step() { "any" } else { "last" },
            methods: METHODS.iter().map(method).collect(),
            metrics: METRICS.iter().map(metric).collect(),
            baselines: BASELINES
                .iter()
                .map(|b| BaselineControl {
                    id: b.id,
                    label: b.label,
                    about: b.about[series],
                    available: (b.suits)(self.is_series(), padding),
                })
                .collect(),
            quantities: self
                .narrow
                .layers
                .iter()
                .map(|layer| layer.cell.quantities().iter().map(quantity).collect())
                .collect(),
            layers: (self.narrow.layers.iter().enumerate())
                .map(|(l, layer)| LayerControl {
                    label: format!("layer {} · {}", l + 1, layer.cell.label()),
                    hidden: layer.hidden,
                    directions: layer.directions.len(),
                })
                .collect(),
            looks: LOOKS.to_vec(),
            default: self.default_request(),
        }
    }

    /// A question worth asking first: the likeliest output, or the last character's log-probability… as a logit.
    fn default_request(&self) -> Request {
        let logits = self.trace.as_ref().map(|trace| trace.logits_at(trace.steps() - 1).to_vec()).unwrap_or_default();
        let likeliest =
            logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(self.narrow.classes() - 1, |(c, _)| c);
        let two = self.narrow.classes() == 2;
        let (class, versus) = if two { (1, 0) } else { (likeliest, usize::from(likeliest == 0)) };
        let readout = if two { "difference" } else { "logit" };
        // A first answer should come within seconds: a long text gets fewer evaluations, and the gap says what that costs.
        let budget = (FIRST_STEPS / self.steps().max(1)).clamp(64, 2000);
        let params = METHODS[0]
            .params
            .iter()
            .filter(|param| param.id == "budget")
            .map(|param| (param.id.to_string(), super::Weight::Number(budget as f64)));
        Request {
            method: METHODS[0].id.into(),
            params: params.collect(),
            target: TargetRequest { readout: readout.into(), class, versus, step: -1, layer: 0, direction: 0, unit: 0 },
            baseline: BaselineRequest {
                id: if self.is_series() { "padding".into() } else { "zeros".into() },
                sample: None,
            },
            background: Vec::new(),
            precision: "f32".into(),
        }
    }
}

fn param(param: &Param) -> ParamControl {
    let mut control = ParamControl {
        id: param.id,
        label: param.label,
        help: param.help,
        kind: "number",
        placeholder: "",
        low: 0.0,
        high: 0.0,
        step: 0.0,
        log: false,
        choices: Vec::new(),
        default: super::Weight::Number(0.0),
    };
    match param.kind {
        ParamKind::Number { low, high, step, log, default } => {
            (control.low, control.high, control.step, control.log, control.default) =
                (low, high, step, log, super::Weight::Number(default));
        }
        ParamKind::Choice(choices) => {
            control.kind = "choice";
            control.choices = choices.iter().map(|(id, label)| Choice { id, label }).collect();
            control.default = super::Weight::Word(choices[0].0.into());
        }
        ParamKind::Text(placeholder) => {
            control.kind = "text";
            control.default = super::Weight::Word(String::new());
            control.placeholder = placeholder;
        }
    }
    control
}
