//! LIME (Ribeiro, Singh & Guestrin 2016): a linear model of what happens when parts are left out, with its own fit.

use super::shapley::{FEW_PLAYERS, Game, MOST, Players, SEED};
use super::subject::nowhere;
use super::{Against, Attribution, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::Result;
use crate::cell::Scalar;
use crate::math::{Cholesky, Random, add_scaled, dot, exp};

/// Masks that are drawn together.
const AT_ONCE: usize = 64;

/// The method.
pub const LIME: Method = Method {
    id: "lime",
    label: "LIME",
    family: "Surrogates",
    question: "Which linear model of leaving parts out fits the score best near the whole input?",
    formula: "min Σ_z exp(−D²/σ²) (v(z) − φ_0 − Σ φ_i z_i)² + λ Σ φ_i², D = 1 − √(|z| / M), the cosine distance from the whole (Ribeiro et al. 2016); masks by position, since a recurrent network reads in order",
    caveat: "As good as its fit, which the note tells as R²: below about 0.8 the network is not linear in its parts and the bars are rough. They need not add up: where the line begins is named, it belongs to no part. Another seed gives other bars: the whiskers are one standard error over the masks drawn.",
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
        masks: Vec::new(),
        regression: Regression::new(count, settings.number("ridge")),
    };
    if all {
        (0..job.samples)
            .for_each(|bits| job.take((0..count).map(|part| bits >> (count - 1 - part) & 1 == 1).collect()));
    } else {
        job.take(vec![true; count]);
    }
    Ok(Box::new(job))
}

/// Over the masks so far, with z_M = 1 for the intercept and weights w.
struct Sums {
    /// Σ w z zᵀ, [M + 1, M + 1], lower half.
    matrix: Vec<f64>,
    /// Σ w z v, [M + 1].
    right: Vec<f64>,
    /// Σ w v².
    square: f64,
}

impl Sums {
    fn new(size: usize) -> Sums {
        Sums { matrix: vec![0.0; size * size], right: vec![0.0; size], square: 0.0 }
    }

    fn add(&mut self, weight: f64, z: &[f64], value: f64) {
        for i in (0..z.len()).filter(|i| z[*i] != 0.0) {
            self.right[i] += weight * value;
            add_scaled(&mut self.matrix[i * z.len()..=i * z.len() + i], weight, &z[..=i]);
        }
        self.square += weight * value * value;
    }

    /// Σ w.
    fn total(&self) -> f64 {
        self.matrix.last().copied().unwrap_or(0.0)
    }

    /// Σ w z of the parts, [M].
    fn centre(&self) -> &[f64] {
        let size = self.right.len();
        &self.matrix[(size - 1) * size..size * size - 1]
    }

    /// Σ w (z − z̄)(z − z̄)ᵀ of the parts about any z̄, [M, M], lower half.
    fn about(&self, mean: &[f64]) -> Vec<f64> {
        let (size, count, total, centre) = (self.right.len(), mean.len(), self.total(), self.centre());
        let mut about = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..=i {
                about[i * count + j] =
                    self.matrix[i * size + j] - mean[i] * centre[j] - centre[i] * mean[j] + total * mean[i] * mean[j];
            }
        }
        about
    }

    /// Σ w (v − φ · z)², the intercept being the last of φ.
    fn residual(&self, phi: &[f64]) -> f64 {
        let size = phi.len();
        let row = |i: usize| {
            let below: f64 = (0..i).map(|j| self.matrix[i * size + j] * phi[j]).sum();
            phi[i] * (2.0 * below + self.matrix[i * size + i] * phi[i] - 2.0 * self.right[i])
        };
        (self.square + (0..size).map(row).sum::<f64>()).max(0.0)
    }
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
    /// A mask may come twice.
    masks: Vec<Vec<bool>>,
    regression: Regression,
}

/// The linear model of the masks so far.
struct Regression {
    ridge: f64,
    /// Masks that are in the sums.
    settled: usize,
    /// With the weights of the fit.
    sums: Sums,
    /// With their squares.
    squares: Sums,
}

struct Fit {
    values: Vec<f64>,
    errors: Vec<f64>,
    intercept: f64,
    /// Weighted share of the variance that the model explains.
    r2: f64,
}

impl Regression {
    /// Of `count` parts; no masks yet.
    fn new(count: usize, ridge: f64) -> Regression {
        Regression { ridge, settled: 0, sums: Sums::new(count + 1), squares: Sums::new(count + 1) }
    }

    fn add(&mut self, weight: f64, z: &[f64], value: f64) {
        self.sums.add(weight, z, value);
        self.squares.add(weight * weight, z, value);
        self.settled += 1;
    }

    /// Centred by the weighted means so that the intercept is not pulled towards zero.
    fn fit(&self, baseline_score: f64) -> Fit {
        let (count, sums) = (self.sums.centre().len(), &self.sums);
        if count == 0 || self.settled < 2 {
            return Fit { values: vec![0.0; count], errors: vec![0.0; count], intercept: baseline_score, r2: f64::NAN };
        }
        let mean_value = sums.right[count] / sums.total();
        let mean: Vec<f64> = sums.centre().iter().map(|z| z / sums.total()).collect();
        let mut ridged = sums.about(&mean);
        (0..count).for_each(|i| ridged[i * count + i] += self.ridge);
        let factors = Cholesky::new(count, &ridged, 1e-12);
        let aim: Vec<f64> = (0..count).map(|i| sums.right[i] - sums.centre()[i] * mean_value).collect();
        let values = factors.solve(&aim);
        let intercept = mean_value - dot(&values, &mean);
        let phi: Vec<f64> = values.iter().copied().chain([intercept]).collect();
        let variance = sums.square - sums.total() * mean_value * mean_value;
        let r2 = if variance > 0.0 { 1.0 - sums.residual(&phi) / variance } else { 1.0 };
        Fit { errors: self.errors(&phi, &mean, &factors), values, intercept, r2 }
    }

    /// Standard errors of φ where masks are drawn, [M]: the weights say how near a mask is, not how sure its score is, so
    /// that the covariance is s² A⁻¹ B A⁻¹ with A = Σ w zzᵀ + λ, B = Σ w² zzᵀ (about the mean), s² the mean residual² by w².
    fn errors(&self, phi: &[f64], mean: &[f64], factors: &Cholesky) -> Vec<f64> {
        let (count, squares) = (mean.len(), &self.squares);
        let free = self.settled.saturating_sub(count + 1).max(1) as f64;
        let spread = squares.residual(phi) / squares.total() * self.settled as f64 / free;
        let b = squares.about(mean);
        let error = |i: usize| {
            let unit: Vec<f64> = (0..count).map(|k| if k == i { 1.0 } else { 0.0 }).collect();
            let a = factors.solve(&unit);
            // aᵀ B a by the lower half of B.
            let row = |k: usize| a[k] * (2.0 * dot(&b[k * count..k * count + k], &a[..k]) + b[k * count + k] * a[k]);
            (spread * (0..count).map(row).sum::<f64>()).max(0.0).sqrt()
        };
        (0..count).map(error).collect()
    }
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
        // Sizes alike: of n masks one is the whole, each smaller size has (n − 1) / M, shared by C(M, |z|).
        let binomial = (0..there).fold(1.0, |product, i| product * (count - i) as f64 / (i + 1) as f64);
        let sizes_alike = self.all && !self.coin && there < count;
        let drawn = if sizes_alike { (self.samples - 1) as f64 / (count as f64 * binomial) } else { 1.0 };
        drawn * exp(-distance * distance / (self.width * self.width))
    }

    /// Takes the masks that have been evaluated since into the sums.
    fn settle(&mut self) {
        while let Some(value) = self.masks.get(self.regression.settled).and_then(|mask| self.game.value(mask)) {
            let mask = &self.masks[self.regression.settled];
            let weight = self.weight(mask);
            let z: Vec<f64> = mask.iter().map(|present| if *present { 1.0 } else { 0.0 }).chain([1.0]).collect();
            self.regression.add(weight, &z, value);
        }
    }

    fn finished(&self) -> bool {
        self.regression.settled >= self.samples || self.game.players.count() == 0
    }
}

impl<R: Scalar> Job for LimeJob<R> {
    fn total(&self) -> usize {
        self.samples * 100
    }

    fn done(&self) -> usize {
        (self.regression.settled * 100 + (self.game.running() * 100.0) as usize).min(self.total())
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
        let (game, fit) = (&self.game, self.regression.fit(self.game.baseline_score));
        // The errors of a mask drawn anew; where every mask was taken there are none.
        let errors = (!self.all && self.regression.settled > game.players.count() + 1).then_some(fit.errors.as_slice());
        let answer = game.players.answer(&fit.values, errors, game.score, game.baseline_score, game.evaluated);
        let mut answer = answer.with_remainder(vec![("intercept", fit.intercept - game.baseline_score)]);
        answer.converged = self.finished();
        let masks = if self.all {
            format!("all {} masks", self.samples)
        } else {
            format!("{} of {} masks, seed {}", self.regression.settled, self.samples, self.seed)
        };
        answer.note = if fit.r2.is_nan() {
            "no part differs from the baseline, or no mask is known yet".to_string()
        } else {
            self.game.players.told(format!("R² of the fit {:.3}; {masks}", fit.r2))
        };
        answer
    }
}
