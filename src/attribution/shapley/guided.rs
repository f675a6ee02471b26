//! KernelSHAP with a control variate: integrated gradients say first what each player brings, and the regression is over
//! what the coalitions' scores have beside it.
//!
//! Where a network is nearly additive the gradients leave little, and few coalitions find it; where the coalitions say
//! nothing about a player, the gradients' share stands. With all coalitions the values are exact, whatever the guide.

use super::kernel::{KernelJob, MOST, SAMPLES};
use super::{FEW_PLAYERS, Game, Players, SEED};
use crate::Result;
use crate::attribution::integrated_gradients::IntegratedGradientsJob;
use crate::attribution::plan::Plan;
use crate::attribution::subject::nowhere;
use crate::attribution::{Against, Attribution, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::cell::Scalar;

/// Gradients that a guide may cost: it does not have to add up.
const GUIDE_BUDGET: usize = 31;

const COALITIONS: Param = Param {
    help: "How many are evaluated after the gradients. If that is enough for all of them, the answer is exact.",
    kind: ParamKind::Number { low: 2.0, high: 100_000.0, step: 1.0, log: true, default: 256.0 },
    ..SAMPLES
};

/// The method.
pub const GUIDED: Method = Method {
    id: "guided-shap",
    label: "KernelSHAP, guided by gradients",
    family: "Shapley values",
    question: "How far do many mixtures of input and baseline depart from what the gradients say each part brings?",
    formula: "φ = a + argmin Σ_S π(S) (v(S) − F(x′) − Σ_{i∈S} (a_i + φ_i))² with a the integrated gradients of each player: KernelSHAP (Lundberg & Lee 2017) with a control variate",
    caveat: "Closer with few coalitions, where the network is nearly additive; without whiskers until there are more coalitions than players, and until then what they say nothing about is what the gradients say. The network must have gradients, unlike for KernelSHAP.",
    cost: "a few gradients, then one forward pass a coalition",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::SPECIFIC,
    against: Against::Baseline,
    params: &[FEW_PLAYERS[0], FEW_PLAYERS[1], FEW_PLAYERS[2], COALITIONS, SEED],
    refuses: nowhere,
    start: (start, start),
};

struct GuidedJob<R: 'static> {
    problem: Problem<R>,
    players: Players,
    scores: (f64, f64),
    samples: usize,
    seed: u64,
    stage: Stage<R>,
    /// Of the guide.
    gradients: usize,
}

enum Stage<R: 'static> {
    Guide(Box<IntegratedGradientsJob<R>>),
    Regression(Box<KernelJob<R>>),
}

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings, &MOST)?;
    let scores = problem.scores()?;
    let guide = IntegratedGradientsJob::new(problem.clone(), scores, Plan::rough(scores, GUIDE_BUDGET));
    Ok(Box::new(GuidedJob {
        problem,
        players,
        scores,
        samples: settings.number("samples") as usize,
        seed: settings.number("seed") as u64,
        stage: Stage::Guide(Box::new(guide)),
        gradients: 0,
    }))
}

impl<R: Scalar> Job for GuidedJob<R> {
    fn total(&self) -> usize {
        match &self.stage {
            Stage::Guide(_) => 100 * (GUIDE_BUDGET + self.samples),
            Stage::Regression(job) => 100 * self.gradients + job.total(),
        }
    }

    fn done(&self) -> usize {
        match &self.stage {
            Stage::Guide(job) => job.done().min(100 * GUIDE_BUDGET),
            Stage::Regression(job) => 100 * self.gradients + job.done(),
        }
    }

    fn advance(&mut self) -> bool {
        match &mut self.stage {
            Stage::Regression(job) => job.advance(),
            Stage::Guide(job) => {
                if !job.advance() {
                    let answer = job.answer();
                    self.gradients = answer.cost.backward;
                    let guide = self.players.gather(&answer.scores);
                    let game = Game::of(self.problem.clone(), self.players.clone(), self.scores);
                    let regression = KernelJob::guided(game, guide, self.samples, self.seed);
                    self.stage = Stage::Regression(Box::new(regression));
                }
                true
            }
        }
    }

    fn answer(&self) -> Attribution {
        match &self.stage {
            Stage::Guide(job) => {
                let (answer, (score, baseline_score)) = (job.answer(), self.scores);
                let guide = self.players.gather(&answer.scores);
                let mut guided = self.players.answer(&guide, None, score, baseline_score, answer.cost.forward);
                guided.cost.backward = answer.cost.backward;
                guided.converged = false;
                guided.note = "what the gradients say; the coalitions follow".into();
                guided
            }
            Stage::Regression(job) => {
                let mut answer = job.answer();
                answer.cost.forward += self.gradients;
                answer.cost.backward += self.gradients;
                answer.note = format!("{}, guided by {} gradients", answer.note, self.gradients);
                answer
            }
        }
    }
}
