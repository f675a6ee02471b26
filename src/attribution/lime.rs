//! LIME (Ribeiro, Singh & Guestrin 2016): a linear model of what happens when parts are left out, with its own fit.

use super::shapley::{FEW_PLAYERS, Game, MOST, Players, SEED};
use super::subject::nowhere;
use super::{Against, Attribution, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::{Cholesky, Random, add_scaled, exp};

/// Masks that are drawn together.
const AT_ONCE: usize = 64;

/// The method.
pub const LIME: Method = Method {
    id: "lime",
    label: "LIME",
    family: "Surrogates",
    question: "Which linear model of leaving parts out fits the score best near the whole input?",
    formula: "min Σ_z exp(−D²/σ²) (v(z) − φ_0 − Σ φ_i z_i)² + λ Σ φ_i², D = 1 − √(|z| / M), the cosine distance from the whole (Ribeiro et al. 2016); masks by position, since a recurrent network reads in order",
    caveat: "As good as its fit, which the note tells as R²: below about 0.8 the network is not linear in its parts and the bars are rough. They need not add up: where the line begins is named, it belongs to no part. Another seed gives other bars: the whiskers are one standard error of the regression.",
    cost: "one forward pass a mask",
    signed: true,
    completes: false,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &[
        FEW_PLAYERS[0],
        FEW_PLAYERS[1],
        FEW_PLAYERS[2],
        Param {
            id: "samples",
            label: "Masks",
            help: "How many mixtures the linear model is fitted to; if all there are fit, each is taken once.",
            kind: ParamKind::Number { low: 8.0, high: 20_000.0, step: 1.0, log: true, default: 1000.0 },
        },
        Param {
            id: "draw",
            label: "Masks drawn",
            help: "As LIME for texts does: how many parts are left out is uniform. Or every part is left out by the toss of a coin, so that all masks are equally likely.",
            kind: ParamKind::Choice(&[("size", "sizes alike"), ("coin", "masks alike")]),
        },
        Param {
            id: "distance",
            label: "Distance",
            help: "How far a mask with |z| of M parts is from the whole.",
            kind: ParamKind::Choice(&[
                ("cosine", "cosine: 1 − √(|z| / M)"),
                ("fraction", "share left out: 1 − |z| / M"),
            ]),
        },
        Param {
            id: "width",
            label: "Kernel width σ",
            help: "How near a mask must be to the whole to count.",
            kind: ParamKind::Number { low: 0.05, high: 5.0, step: 0.0, log: true, default: 0.25 },
        },
        Param {
            id: "ridge",
            label: "Ridge λ",
            help: "Pulls the bars towards zero; LIME's own is 1.",
            kind: ParamKind::Number { low: 0.0, high: 1000.0, step: 0.0, log: true, default: 1.0 },
        },
        SEED,
    ],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings, &MOST)?;
    let (count, samples) = (players.count(), settings.number("samples") as usize);
    let seed = settings.number("seed") as u64;
    let all = 1usize.checked_shl(count as u32).is_some_and(|all| all <= samples);
    let mut job = LimeJob {
        game: Game::new(problem, players)?,
        random: Random::new(seed),
        seed,
        samples: if all { 1 << count } else { samples },
        all,
        coin: settings.choice("draw") == 1,
        cosine: settings.choice("distance") == 0,
        width: settings.number("width"),
        ridge: settings.number("ridge"),
        masks: Vec::new(),
        settled: 0,
        sums: Sums { matrix: vec![0.0; (count + 1) * (count + 1)], right: vec![0.0; count + 1], square: 0.0 },
    };
    if all {
        (0..job.samples)
            .for_each(|bits| job.take((0..count).map(|part| bits >> (count - 1 - part) & 1 == 1).collect()));
    } else {
        job.take(vec![true; count]);
    }
    Ok(Box::new(job))
}

/// Over the masks so far, with z_M = 1 for the intercept.
struct Sums {
    /// Σ w z zᵀ, [M + 1, M + 1], lower half.
    matrix: Vec<f64>,
    /// Σ w z v, [M + 1].
    right: Vec<f64>,
    /// Σ w v².
    square: f64,
}

struct LimeJob<R: 'static> {
    game: Game<R>,
    random: Random,
    seed: u64,
    samples: usize,
    /// Every mask is taken once.
    all: bool,
    coin: bool,
    cosine: bool,
    width: f64,
    ridge: f64,
    /// A mask may come twice.
    masks: Vec<Vec<bool>>,
    /// Masks that are in the sums.
    settled: usize,
    sums: Sums,
}

struct Fit {
    values: Vec<f64>,
    errors: Vec<f64>,
    intercept: f64,
    /// Weighted share of the variance that the model explains.
    r2: f64,
}

impl<R: Scalar> LimeJob<R> {
    fn take(&mut self, mask: Vec<bool>) {
        self.game.want(&mask);
        self.masks.push(mask);
    }

    fn draw(&mut self) -> Vec<bool> {
        let count = self.game.players.count();
        if self.coin {
            return (0..count).map(|_| self.random.below(2) == 1).collect();
        }
        let out = 1 + self.random.below(count);
        let mut order: Vec<usize> = (0..count).collect();
        self.random.shuffle(&mut order);
        let mut mask = vec![true; count];
        order[..out].iter().for_each(|part| mask[*part] = false);
        mask
    }

    /// π(z) = exp(−D²/σ²), times how often a mask would have been drawn where each is taken once.
    fn weight(&self, mask: &[bool]) -> f64 {
        let (there, count) = (mask.iter().filter(|present| **present).count(), mask.len());
        let share = there as f64 / count.max(1) as f64;
        let distance = 1.0 - if self.cosine { share.sqrt() } else { share };
        // Sizes alike: 2^M masks, 1 / (M + 1) of them of each size, C(M, |z|) that share this.
        let binomial = (0..there).fold(1.0, |product, i| product * (count - i) as f64 / (i + 1) as f64);
        let drawn = if self.all && !self.coin { self.samples as f64 / ((count + 1) as f64 * binomial) } else { 1.0 };
        drawn * exp(-distance * distance / (self.width * self.width))
    }

    /// Takes the masks that have been evaluated since into the sums.
    fn settle(&mut self) {
        while let Some(value) = self.masks.get(self.settled).and_then(|mask| self.game.value(mask)) {
            let mask = &self.masks[self.settled];
            let weight = self.weight(mask);
            let z: Vec<f64> = mask.iter().map(|present| if *present { 1.0 } else { 0.0 }).chain([1.0]).collect();
            for i in (0..z.len()).filter(|i| z[*i] != 0.0) {
                self.sums.right[i] += weight * value;
                add_scaled(&mut self.sums.matrix[i * z.len()..=i * z.len() + i], weight, &z[..=i]);
            }
            self.sums.square += weight * value * value;
            self.settled += 1;
        }
    }

    /// The regression, centred by the weighted means so that the intercept is not pulled towards zero.
    fn fit(&self) -> Fit {
        let count = self.game.players.count();
        let (size, Sums { matrix, right, square }) = (count + 1, &self.sums);
        let total = matrix[count * size + count];
        if count == 0 || self.settled < 2 {
            return Fit {
                values: vec![0.0; count],
                errors: vec![0.0; count],
                intercept: self.game.baseline_score,
                r2: f64::NAN,
            };
        }
        let (centre, mean) = (&matrix[count * size..count * size + count], right[count] / total);
        let mut centred = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..=i {
                centred[i * count + j] = matrix[i * size + j] - centre[i] * centre[j] / total;
            }
        }
        let aim: Vec<f64> = (0..count).map(|i| right[i] - centre[i] * mean).collect();
        let mut ridged = centred.clone();
        (0..count).for_each(|i| ridged[i * count + i] += self.ridge);
        let factors = Cholesky::new(count, &ridged, 1e-12);
        let values = factors.solve(&aim);
        // Σ w (v − v̂)² = Σ w (v − v̄)² − 2 φᵀ b + φᵀ A φ
        let variance = square - total * mean * mean;
        let mut residual = variance;
        for i in 0..count {
            let below: f64 = (0..i).map(|j| centred[i * count + j] * values[j]).sum();
            residual += values[i] * (2.0 * below + centred[i * count + i] * values[i] - 2.0 * aim[i]);
        }
        let (residual, free) = (residual.max(0.0), self.settled.saturating_sub(size).max(1) as f64);
        let errors = factors.inverse_diagonal().into_iter().map(|d| (residual / free * d).sqrt()).collect();
        let intercept = mean - values.iter().zip(centre).map(|(phi, z)| phi * z / total).sum::<f64>();
        Fit { values, errors, intercept, r2: if variance > 0.0 { 1.0 - residual / variance } else { 1.0 } }
    }

    fn finished(&self) -> bool {
        self.settled >= self.samples || self.game.players.count() == 0
    }
}

impl<R: Scalar> Job for LimeJob<R> {
    fn total(&self) -> usize {
        self.samples * 100
    }

    fn done(&self) -> usize {
        (self.settled * 100 + (self.game.running() * 100.0) as usize).min(self.total())
    }

    fn advance(&mut self) -> bool {
        let more = self.game.pending() > 0 && self.game.advance();
        self.settle();
        if !more && !self.finished() {
            for _ in 0..AT_ONCE.min(self.samples.saturating_sub(self.masks.len())) {
                let mask = self.draw();
                self.take(mask);
            }
        }
        !self.finished()
    }

    fn answer(&self) -> Attribution {
        let (game, fit) = (&self.game, self.fit());
        // The errors of a mask drawn anew; where every mask was taken there are none.
        let errors = (!self.all && self.settled > game.players.count() + 1).then_some(fit.errors.as_slice());
        let answer = game.players.answer(&fit.values, errors, game.score, game.baseline_score, game.evaluated);
        let mut answer = answer.with_remainder(vec![("intercept", fit.intercept - game.baseline_score)]);
        answer.converged = self.finished();
        let masks = if self.all {
            format!("all {} masks", self.samples)
        } else {
            format!("{} of {} masks, seed {}", self.settled, self.samples, self.seed)
        };
        answer.note = if fit.r2.is_nan() {
            "no part differs from the baseline, or no mask is known yet".to_string()
        } else {
            self.game.players.told(format!("R² of the fit {:.3}; {masks}", fit.r2))
        };
        answer
    }
}
