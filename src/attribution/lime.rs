//! LIME (Ribeiro, Singh & Guestrin 2016): a linear model of what happens when steps are left out, with its own fit.

use super::shapley::{Game, PLAYERS, Players, SEED};
use super::subject::nowhere;
use super::{Against, Attribution, Job, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::{Cholesky, Random, exp};

/// Masks that are drawn together.
const AT_ONCE: usize = 32;

/// The method.
pub const LIME: Method = Method {
    id: "lime",
    label: "LIME",
    family: "Surrogates",
    question: "Which linear model of leaving parts out fits the score best near the whole input?",
    formula: "min Σ_z exp(−D²/σ²) (v(z) − φ_0 − Σ φ_i z_i)² + λ Σ φ_i², D = 1 − √(share of parts that are there) (Ribeiro et al. 2016); masks by position, since a recurrent network reads in order",
    caveat: "As good as its fit, which the note tells as R²: below about 0.8 the network is not linear in its parts and the bars are rough. They need not add up. Another seed gives other bars: the whiskers are one standard error.",
    cost: "one forward pass a mask",
    signed: true,
    completes: false,
    against: Against::Baseline,
    params: &[
        PLAYERS[0],
        PLAYERS[1],
        Param { id: "samples", label: "Masks", help: "How many mixtures the linear model is fitted to.", kind: ParamKind::Number { low: 8.0, high: 20_000.0, step: 1.0, log: true, default: 1000.0 } },
        Param { id: "width", label: "Kernel width σ", help: "How near a mixture must be to the input to count.", kind: ParamKind::Number { low: 0.05, high: 5.0, step: 0.0, log: true, default: 0.25 } },
        Param { id: "ridge", label: "Ridge λ", help: "Pulls the bars towards zero, as a share of the masks' weight.", kind: ParamKind::Number { low: 0.0, high: 1.0, step: 0.0, log: true, default: 0.001 } },
        SEED,
    ],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings)?;
    let seed = settings.number("seed") as u64;
    Ok(Box::new(LimeJob {
        game: Game::new(problem, players)?,
        random: Random::new(seed),
        seed,
        samples: settings.number("samples") as usize,
        width: settings.number("width"),
        ridge: settings.number("ridge"),
        masks: Vec::new(),
    }))
}

struct LimeJob<R: 'static> {
    game: Game<R>,
    random: Random,
    seed: u64,
    samples: usize,
    width: f64,
    ridge: f64,
    /// The whole input first; a mask may come twice.
    masks: Vec<Vec<bool>>,
}

struct Fit {
    values: Vec<f64>,
    errors: Vec<f64>,
    /// Weighted share of the variance that the model explains.
    r2: f64,
}

impl<R: Scalar> LimeJob<R> {
    /// exp(−D²/σ²)
    fn weight(&self, mask: &[bool]) -> f64 {
        let there = mask.iter().filter(|present| **present).count() as f64 / mask.len().max(1) as f64;
        let distance = 1.0 - there.sqrt();
        exp(-distance * distance / (self.width * self.width))
    }

    fn fit(&self) -> Fit {
        let count = self.game.players.count();
        let known: Vec<(&Vec<bool>, f64, f64)> = self.masks.iter().filter_map(|mask| Some((mask, self.weight(mask), self.game.value(mask)?))).collect();
        let total: f64 = known.iter().map(|(_, weight, _)| weight).sum();
        if count == 0 || known.len() < 2 {
            return Fit { values: vec![0.0; count], errors: vec![0.0; count], r2: f64::NAN };
        }
        // Centred by the weighted means, so that the intercept is not pulled towards zero.
        let mean = known.iter().map(|(_, weight, value)| weight * value).sum::<f64>() / total;
        let centre: Vec<f64> = (0..count).map(|k| known.iter().filter(|(mask, ..)| mask[k]).map(|(_, weight, _)| weight).sum::<f64>() / total).collect();
        let row = |mask: &[bool]| -> Vec<f64> { (0..count).map(|k| (if mask[k] { 1.0 } else { 0.0 }) - centre[k]).collect() };
        let (mut matrix, mut right) = (vec![0.0; count * count], vec![0.0; count]);
        for (mask, weight, value) in &known {
            let z = row(mask);
            for i in 0..count {
                right[i] += weight * z[i] * (value - mean);
                crate::math::add_scaled(&mut matrix[i * count..=i * count + i], weight * z[i], &z[..=i]);
            }
        }
        (0..count).for_each(|k| matrix[k * count + k] += self.ridge * total);
        let factors = Cholesky::new(count, &matrix, 1e-12);
        let values = factors.solve(&right);
        let (mut residual, mut variance) = (0.0, 0.0);
        for (mask, weight, value) in &known {
            let fitted: f64 = mean + row(mask).iter().zip(&values).map(|(z, phi)| z * phi).sum::<f64>();
            residual += weight * (value - fitted) * (value - fitted);
            variance += weight * (value - mean) * (value - mean);
        }
        let free = known.len().saturating_sub(count + 1).max(1) as f64;
        let errors = factors.inverse_diagonal().into_iter().map(|d| (residual / free * d).sqrt()).collect();
        Fit { values, errors, r2: if variance > 0.0 { 1.0 - residual / variance } else { 1.0 } }
    }

    fn finished(&self) -> bool {
        self.game.pending() == 0 && (self.masks.len() >= self.samples || self.game.players.count() == 0)
    }
}

impl<R: Scalar> Job for LimeJob<R> {
    fn total(&self) -> usize {
        self.samples * 100
    }

    fn done(&self) -> usize {
        (self.masks.len().saturating_sub(self.game.pending()) * 100 + (self.game.running() * 100.0) as usize).min(self.total())
    }

    fn advance(&mut self) -> bool {
        if self.game.pending() > 0 && self.game.advance() {
            return true;
        }
        if self.finished() {
            return false;
        }
        let count = self.game.players.count();
        if self.masks.is_empty() {
            self.masks.push(vec![true; count]);
        }
        for _ in 0..AT_ONCE.min(self.samples.saturating_sub(self.masks.len())) {
            // As in LIME for texts: how many are left out is uniform, which ones too.
            let out = 1 + self.random.below(count);
            let mut order: Vec<usize> = (0..count).collect();
            self.random.shuffle(&mut order);
            let mut mask = vec![true; count];
            order[..out].iter().for_each(|player| mask[*player] = false);
            self.game.want(&mask);
            self.masks.push(mask);
        }
        !self.finished()
    }

    fn answer(&self) -> Attribution {
        let (game, finished) = (&self.game, self.finished());
        // Fitted once all masks are there: a fit of a few masks says nothing.
        let fit = if finished { self.fit() } else { Fit { values: vec![0.0; game.players.count()], errors: Vec::new(), r2: f64::NAN } };
        let mut answer = game.players.answer(&fit.values, finished.then_some(fit.errors.as_slice()), game.score, game.baseline_score, game.evaluated);
        answer.converged = finished;
        answer.note = if finished { format!("fitted to {} masks, seed {}; R² of the fit {:.3}", self.masks.len(), self.seed, fit.r2) } else { format!("{} of {} masks", self.masks.len().saturating_sub(game.pending()), self.samples) };
        answer
    }
}
