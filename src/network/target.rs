//! What is explained: one number made from the outputs, or one unit of the state.

use crate::math::{Real, exp, ln, log_sum_exp, sigmoid};
use crate::{Error, Result};

/// How the outputs become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readout {
    /// z_c.
    Logit,
    /// p_c.
    Probability,
    /// ln p_c.
    LogProbability,
    /// ln p_c / (1 − p_c).
    LogOdds,
    /// z_c − z_c'.
    Difference,
    /// h of one unit.
    Hidden,
}

/// A readout with its name, its unit and what has to be chosen for it.
pub struct ReadoutInfo {
    /// Stable.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
    /// Of the score.
    pub unit: &'static str,
    /// Controls: `class`, `versus`, `unit`.
    pub needs: &'static [&'static str],
    /// What to mind.
    pub warning: &'static str,
    /// The readout.
    pub readout: Readout,
}

const SATURATES: &str = "A probability saturates: where it is near 0 or 1, gradients vanish although the input matters. A logit shows more.";

/// The registry.
pub const READOUTS: &[ReadoutInfo] = &[
    ReadoutInfo {
        id: "logit",
        label: "logit",
        unit: "logits",
        needs: &["class"],
        warning: "",
        readout: Readout::Logit,
    },
    ReadoutInfo {
        id: "difference",
        label: "logit minus another logit",
        unit: "logits",
        needs: &["class", "versus"],
        warning: "",
        readout: Readout::Difference,
    },
    ReadoutInfo {
        id: "log-odds",
        label: "log-odds",
        unit: "logits",
        needs: &["class"],
        warning: "",
        readout: Readout::LogOdds,
    },
    ReadoutInfo {
        id: "log-probability",
        label: "log-probability",
        unit: "nats",
        needs: &["class"],
        warning: "",
        readout: Readout::LogProbability,
    },
    ReadoutInfo {
        id: "probability",
        label: "probability",
        unit: "probability",
        needs: &["class"],
        warning: SATURATES,
        readout: Readout::Probability,
    },
    ReadoutInfo {
        id: "hidden",
        label: "hidden unit",
        unit: "activation",
        needs: &["unit"],
        warning: "",
        readout: Readout::Hidden,
    },
];

/// The score to be explained, with every choice made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// How the outputs become one number.
    pub readout: Readout,
    /// c.
    pub class: usize,
    /// c'.
    pub versus: usize,
    /// The step whose output or state is meant.
    pub step: usize,
    /// Of a hidden unit: its d (layer × direction).
    pub d: usize,
    /// Of a hidden unit.
    pub unit: usize,
}

impl Target {
    /// The score and its gradient by the logits [C], both in f64. One logit is a logistic output.
    pub fn score<R: Real>(&self, logits: &[R]) -> (f64, Vec<R>) {
        let c = self.class;
        let z = |k: usize| logits[k].to_f64();
        let single = logits.len() == 1;
        let all = log_sum_exp(logits);
        let p = |k: usize| if single { sigmoid(z(k)) } else { exp(z(k) - all) };
        let unit = |k: usize| if k == c { 1.0 } else { 0.0 };
        let (score, gradient): (f64, Box<dyn Fn(usize) -> f64>) = match self.readout {
            Readout::Logit | Readout::Hidden => (z(c), Box::new(unit)),
            Readout::Difference => {
                (z(c) - z(self.versus), Box::new(|k| unit(k) - if k == self.versus { 1.0 } else { 0.0 }))
            }
            Readout::LogOdds if single => (z(c), Box::new(unit)),
            Readout::Probability if single => (p(c), Box::new(|_| p(c) * (1.0 - p(c)))),
            // ln σ(z) = −ln(1 + e^−z), written so that nothing overflows.
            Readout::LogProbability if single => (z(c).min(0.0) - ln(1.0 + exp(-z(c).abs())), Box::new(|_| 1.0 - p(c))),
            Readout::Probability => (p(c), Box::new(|k| p(c) * (unit(k) - p(k)))),
            Readout::LogProbability => (z(c) - all, Box::new(|k| unit(k) - p(k))),
            Readout::LogOdds => {
                let others: Vec<R> = logits.iter().enumerate().filter(|(k, _)| *k != c).map(|(_, z)| *z).collect();
                let rest = log_sum_exp(&others);
                (z(c) - rest, Box::new(move |k| if k == c { 1.0 } else { -exp(z(k) - rest) }))
            }
        };
        (score, (0..logits.len()).map(|k| R::from_f64(gradient(k))).collect())
    }

    /// Is every choice within the network's sizes?
    pub fn check(&self, classes: usize, steps: usize, hidden: &[usize]) -> Result<()> {
        if self.step >= steps {
            return Err(Error::request("time step", format!("between 1 and {steps}"), self.step + 1));
        }
        if self.readout == Readout::Hidden {
            let size = hidden.get(self.d).copied().unwrap_or(0);
            if self.unit >= size {
                return Err(Error::request("unit", format!("below {size} in this layer"), self.unit));
            }
            return Ok(());
        }
        if self.class >= classes {
            return Err(Error::request("class", format!("one of the {classes} outputs"), self.class));
        }
        if self.readout == Readout::Difference && (self.versus >= classes || self.versus == self.class) {
            return Err(Error::request(
                "class to compare with",
                format!("another of the {classes} outputs"),
                self.versus,
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_of_every_readout_agree_with_central_differences() {
        for info in READOUTS.iter().filter(|info| info.readout != Readout::Hidden) {
            for logits in [vec![0.7], vec![-3.0], vec![0.3, -1.2], vec![0.1, 2.0, -0.4, 0.9]] {
                if info.readout == Readout::Difference && logits.len() == 1 {
                    continue;
                }
                let target = Target { readout: info.readout, class: 0, versus: 1, step: 0, d: 0, unit: 0 };
                let (_, gradient) = target.score(&logits);
                for k in 0..logits.len() {
                    let shifted = |e: f64| {
                        let mut z = logits.clone();
                        z[k] += e;
                        target.score(&z).0
                    };
                    let expected = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
                    assert!(
                        (gradient[k] - expected).abs() < 1e-8,
                        "{} of {logits:?} by {k}: {} != {expected}",
                        info.id,
                        gradient[k]
                    );
                }
            }
        }
    }

    #[test]
    fn probability_and_logit_differ_by_p_1_minus_p() {
        let target = |readout| Target { readout, class: 0, versus: 0, step: 0, d: 0, unit: 0 };
        let (p, d_probability) = target(Readout::Probability).score(&[0.8]);
        let (_, d_logit) = target(Readout::Logit).score(&[0.8]);
        assert!((d_probability[0] - p * (1.0 - p) * d_logit[0]).abs() < 1e-15);
    }
}
