//! KernelSHAP (Lundberg & Lee 2017): Shapley values as a weighted linear regression over coalitions.

use super::subsets::{choose, subsets};
use super::{FEW_PLAYERS, Game, Most, Players, SEED};
use crate::Result;
use crate::attribution::subject::nowhere;
use crate::attribution::{Against, Attribution, Job, Kind, Method, Param, ParamKind, Problem, Settings};
use crate::cell::Scalar;
use crate::math::{Cholesky, Random};
use std::collections::HashMap;

/// More players than this make a regression too large for a page.
pub(super) const MOST_PLAYERS: usize = 320;
/// The same where players can be chosen.
pub(in crate::attribution) const MOST: Most = Most(MOST_PLAYERS, "choose windows, or Shapley values by sampled orders");
/// Coalitions that are drawn before the next look at the answer.
const AT_ONCE: usize = 64;
/// Pivots below this share of their diagonal say that a direction was not measured.
const RIDGE: f64 = 1e-12;
/// Least 1 − h: what remains of a row that alone says what is fitted to it.
const LEAST_FREE: f64 = 1e-2;

pub(super) const SAMPLES: Param = Param {
    id: "samples",
    label: "Coalitions",
    help: "How many are evaluated; 0 = 2 M + 2048 for M players. If that is enough for all of them, the answer is exact.",
    kind: ParamKind::Number { low: 0.0, high: 100_000.0, step: 1.0, log: true, default: 0.0 },
};

/// The method.
pub const KERNEL: Method = Method {
    id: "kernel-shap",
    label: "KernelSHAP",
    family: "Shapley values",
    question: "Which additive model, weighted as Shapley's axioms ask, fits the scores of many mixtures of input and baseline?",
    formula: "min Σ_S π(S) (v(S) − φ_0 − Σ_{i∈S} φ_i)², π(S) = (M − 1) / (C(M, |S|) |S| (M − |S|)), with φ_0 = F(x′) and Σ φ = F(x) − F(x′) (Lundberg & Lee 2017)",
    caveat: "An estimate unless all coalitions were evaluated: the whiskers are one standard error over the coalitions that were drawn. Parts taken out become the baseline's, and such mixtures may look like nothing the network was trained on.",
    cost: "one forward pass a coalition",
    signed: true,
    completes: true,
    slope_first: true,
    kind: Kind::AGNOSTIC,
    against: Against::Baseline,
    params: &[FEW_PLAYERS[0], FEW_PLAYERS[1], FEW_PLAYERS[2], SAMPLES, SEED],
    refuses: nowhere,
    start: (start, start),
};

fn start<R: Scalar>(problem: Problem<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let players = Players::new(&problem, settings, &MOST)?;
    Ok(Box::new(KernelJob::new(
        Game::new(problem, players)?,
        settings.number("samples") as usize,
        settings.number("seed") as u64,
    )))
}

/// The regression under way.
pub(super) struct KernelJob<R: 'static> {
    pub(super) game: Game<R>,
    /// a [M]: what is known of the players before, to which the regression adds; zeros if nothing is.
    guide: Vec<f64>,
    random: Random,
    seed: u64,
    /// Coalitions to evaluate in all.
    budget: usize,
    /// Coalitions with their weights; those that are drawn again weigh more.
    rows: Vec<(Vec<bool>, f64)>,
    index: HashMap<Vec<bool>, usize>,
    /// Probability of each size 1 ..= M − 1 among those that are drawn, and the weight that all of them share.
    sizes: Vec<f64>,
    drawn_weight: f64,
    drawn: usize,
    /// Rows of sizes that are there in full; they come first.
    complete: usize,
    /// Rows that are in the sums below.
    settled: usize,
    /// Of the complete and of the drawn rows: Σ w z zᵀ, [M − 1, M − 1] lower half, and Σ w z y, [M − 1].
    sums: [(Vec<f64>, Vec<f64>); 2],
    /// φ − a and what its standard errors are summed from, once all is there.
    fitted: Option<(Vec<f64>, Option<Spread>)>,
}

/// Var φ by the jackknife over draws. A draw is a coalition with its complement, whose z is −z: one row z with the
/// residual ρ = r − r̄, r and r̄ those of both. Without it φ would be off by u ρ / (1 − h) of what one draw weighs, where
/// u = (ZᵀWZ)⁻¹ z, and h is the row's share in its own fit (Miller 1974). Sizes that are there in full add nothing.
#[derive(Clone)]
struct Spread {
    factors: Cholesky,
    /// (ZᵀWZ)⁻¹, [M − 1, M − 1], row by row.
    inverse: Vec<f64>,
    /// Σ and Σ² over the draws, [M].
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// Rows that are in them; drawn rows stand in pairs.
    summed: usize,
}

impl<R: Scalar> KernelJob<R> {
    /// `samples` = 0: 2 M + 2048.
    pub(super) fn new(game: Game<R>, samples: usize, seed: u64) -> KernelJob<R> {
        let nothing = vec![0.0; game.players.count()];
        KernelJob::guided(game, nothing, samples, seed)
    }

    /// Over what the scores have beside Σ_{i∈S} a_i.
    pub(super) fn guided(game: Game<R>, guide: Vec<f64>, samples: usize, seed: u64) -> KernelJob<R> {
        let count = game.players.count();
        let last = count.saturating_sub(1);
        let budget = if samples == 0 { 2 * count + 2048 } else { samples };
        let mut job = KernelJob {
            game,
            guide,
            random: Random::new(seed),
            seed,
            budget,
            rows: Vec::new(),
            index: HashMap::new(),
            sizes: Vec::new(),
            drawn_weight: 0.0,
            drawn: 0,
            complete: 0,
            settled: 0,
            sums: [(vec![0.0; last * last], vec![0.0; last]), (vec![0.0; last * last], vec![0.0; last])],
            fitted: None,
        };
        job.enumerate();
        job
    }

    /// Takes in full the sizes that are affordable, the outer ones first, each with its complement.
    fn enumerate(&mut self) {
        let count = self.game.players.count();
        if count < 2 {
            return;
        }
        // Σ over the coalitions of one size of π, up to a factor: 1 / (s (M − s)).
        let weight = |size: usize| 1.0 / (size * (count - size)) as f64;
        let all: f64 = (1..count).map(weight).sum();
        self.sizes = vec![0.0; count + 1];
        (1..count).for_each(|size| self.sizes[size] = weight(size) / all);
        // As SHAP does: a size is taken in full if drawing would be expected to meet it as often as it has coalitions.
        let whole = 1usize.checked_shl(count as u32).is_some_and(|all| all - 2 <= self.budget);
        let mut left = self.budget as f64;
        for size in 1..=count / 2 {
            let pair = if 2 * size == count { 1 } else { 2 };
            let share = self.sizes[size] * pair as f64 / self.sizes.iter().sum::<f64>();
            let Some(number) =
                choose(count, size).filter(|number| whole || left * share >= (number * pair) as f64 * (1.0 - 1e-8))
            else {
                break;
            };
            left -= (number * pair) as f64;
            for size in [size, count - size].into_iter().take(pair) {
                let each = self.sizes[size] / number as f64;
                self.sizes[size] = 0.0;
                subsets(count, size, &mut |coalition| self.rows.push((coalition.to_vec(), each)));
            }
        }
        self.complete = self.rows.len();
        self.drawn_weight = self.sizes.iter().sum();
        let rows: Vec<Vec<bool>> = self.rows.iter().map(|(coalition, _)| coalition.clone()).collect();
        rows.iter().for_each(|coalition| self.game.want(coalition));
    }

    /// Draws coalitions, each with its complement.
    fn draw(&mut self) {
        let count = self.game.players.count();
        let mut tries = 0;
        let goal = (self.rows.len() + AT_ONCE).min(self.budget);
        while self.rows.len() < goal && tries < 100 * AT_ONCE {
            tries += 1;
            let mut at = self.random.uniform() * self.drawn_weight;
            let size = (1..count).find(|size| {
                at -= self.sizes[*size];
                at < 0.0
            });
            let Some(size) = size.or_else(|| (1..count).rev().find(|size| self.sizes[*size] > 0.0)) else { return };
            let mut order: Vec<usize> = (0..count).collect();
            self.random.shuffle(&mut order);
            let mut coalition = vec![false; count];
            order[..size].iter().for_each(|player| coalition[*player] = true);
            let complement: Vec<bool> = coalition.iter().map(|present| !present).collect();
            for coalition in [coalition, complement] {
                self.drawn += 1;
                match self.index.get(&coalition) {
                    Some(row) => {
                        let row = *row;
                        self.rows[row].1 += 1.0;
                        if row < self.settled {
                            self.add(row, 1.0);
                        }
                    }
                    None => {
                        self.game.want(&coalition);
                        self.index.insert(coalition.clone(), self.rows.len());
                        self.rows.push((coalition, 1.0));
                    }
                }
            }
        }
        if tries >= 100 * AT_ONCE {
            // Nearly all there are have been drawn.
            self.budget = self.rows.len();
        }
    }

    /// z [M − 1] of a coalition: with φ_M = Δ − Σ φ the regression is of y = v(S) − F(x') − z_M Δ on z_i − z_M.
    fn design(coalition: &[bool]) -> Vec<f64> {
        let number = |present: bool| if present { 1.0 } else { 0.0 };
        let last = coalition.len() - 1;
        (0..last).map(|k| number(coalition[k]) - number(coalition[last])).collect()
    }

    fn aim(&self, coalition: &[bool], value: f64) -> f64 {
        let guided: f64 = coalition.iter().zip(&self.guide).filter(|(present, _)| **present).map(|(_, a)| a).sum();
        let last = if coalition.last() == Some(&true) { self.difference() } else { 0.0 };
        value - self.game.baseline_score - guided - last
    }

    /// Δ = F(x) − F(x') − Σ a: what is left to be shared.
    fn difference(&self) -> f64 {
        self.game.score - self.game.baseline_score - self.guide.iter().sum::<f64>()
    }

    /// Adds an evaluated row to its sums.
    fn add(&mut self, row: usize, weight: f64) {
        let (coalition, _) = &self.rows[row];
        let Some(value) = self.game.value(coalition) else { return };
        let (z, y) = (Self::design(coalition), self.aim(coalition, value));
        let (matrix, right) = &mut self.sums[usize::from(row >= self.complete)];
        for i in (0..z.len()).filter(|i| z[*i] != 0.0) {
            right[i] += weight * z[i] * y;
            crate::math::add_scaled(&mut matrix[i * z.len()..=i * z.len() + i], weight * z[i], &z[..=i]);
        }
    }

    /// Adds the rows whose coalitions have been evaluated since.
    fn settle(&mut self) {
        while self.settled < self.rows.len() && self.game.value(&self.rows[self.settled].0).is_some() {
            self.add(self.settled, self.rows[self.settled].1);
            self.settled += 1;
        }
    }

    /// What one draw weighs beside the complete sizes.
    fn each(&self) -> f64 {
        if self.drawn > 0 { self.drawn_weight / self.drawn as f64 } else { 0.0 }
    }

    /// φ − a [M], from the rows that are settled, and the empty sums of its errors.
    fn fit(&self, with_errors: bool) -> (Vec<f64>, Option<Spread>) {
        let (count, difference) = (self.game.players.count(), self.difference());
        if count < 2 {
            return (vec![difference; count], None);
        }
        let (last, each) = (count - 1, self.each());
        let mixed = |complete: &[f64], drawn: &[f64]| {
            complete.iter().zip(drawn).map(|(c, d)| c + each * d).collect::<Vec<f64>>()
        };
        let [(complete, right_complete), (drawn, right_drawn)] = &self.sums;
        let factors = Cholesky::new(last, &mixed(complete, drawn), RIDGE);
        let mut values = factors.solve(&mixed(right_complete, right_drawn));
        let errors = with_errors.then(|| Spread {
            factors,
            inverse: Vec::with_capacity(last * last),
            sums: vec![0.0; count],
            squares: vec![0.0; count],
            summed: self.complete,
        });
        let sum: f64 = values.iter().sum();
        values.push(difference - sum);
        (values, errors)
    }

    /// Adds some draws to the sums of the errors; false when all are in.
    fn spread(&self, values: &[f64], spread: &mut Spread) -> bool {
        let last = self.game.players.count() - 1;
        for k in (spread.inverse.len() / last..last).take(AT_ONCE / 4) {
            let unit: Vec<f64> = (0..last).map(|i| if i == k { 1.0 } else { 0.0 }).collect();
            spread.inverse.extend(spread.factors.solve(&unit));
        }
        if spread.inverse.len() < last * last {
            return true;
        }
        let weighs = self.each();
        let upto = (spread.summed + 2 * AT_ONCE).min(self.rows.len());
        for pair in self.rows[spread.summed..upto].chunks_exact(2) {
            let z = Self::design(&pair[0].0);
            let fitted: f64 = z.iter().zip(values).map(|(z, phi)| z * phi).sum();
            let off = |(coalition, _): &(Vec<bool>, f64), fitted: f64| {
                self.game.value(coalition).map_or(0.0, |value| self.aim(coalition, value) - fitted)
            };
            let residual = off(&pair[0], fitted) - off(&pair[1], -fitted);
            let mut u = vec![0.0; last];
            for i in (0..last).filter(|i| z[*i] != 0.0) {
                crate::math::add_scaled(&mut u, z[i], &spread.inverse[i * last..(i + 1) * last]);
            }
            let own = 2.0 * weighs * u.iter().zip(&z).map(|(u, z)| u * z).sum::<f64>();
            // φ_M = Δ − 1ᵀφ
            u.push(-u.iter().sum::<f64>());
            let scale = weighs * residual / (1.0 - own).max(LEAST_FREE);
            for (i, u) in u.into_iter().enumerate() {
                spread.sums[i] += pair[0].1 * scale * u;
                spread.squares[i] += pair[0].1 * scale * u * scale * u;
            }
        }
        spread.summed = upto;
        upto < self.rows.len()
    }

    /// Standard errors, [M]. None if there are no more rows than unknowns: such a fit goes through every one of them, and
    /// nothing says how far off it is.
    fn errors(&self, spread: &Spread) -> Option<Vec<f64>> {
        let draws = self.drawn as f64 / 2.0;
        let variance = |(sum, square): (&f64, &f64)| (square - sum * sum / draws).max(0.0) * draws / (draws - 1.0);
        (self.rows.len() / 2 >= self.game.players.count() && draws > 1.0)
            .then(|| spread.sums.iter().zip(&spread.squares).map(|both| variance(both).sqrt()).collect())
    }

    pub(super) fn exact(&self) -> bool {
        self.drawn_weight <= 0.0
    }

    fn finished(&self) -> bool {
        self.game.pending() == 0 && (self.exact() || self.rows.len() >= self.budget)
    }
}

impl<R: Scalar> Job for KernelJob<R> {
    fn total(&self) -> usize {
        100 * if self.exact() { self.rows.len() } else { self.budget }
    }

    fn done(&self) -> usize {
        ((self.rows.len() - self.game.pending().min(self.rows.len())) * 100 + (self.game.running() * 100.0) as usize)
            .min(self.total())
    }

    fn advance(&mut self) -> bool {
        if let Some((values, spread)) = self.fitted.take() {
            let mut spread = spread;
            let more = spread.as_mut().is_some_and(|spread| self.spread(&values, spread));
            self.fitted = Some((values, spread));
            return more;
        }
        let more = self.game.pending() > 0 && self.game.advance();
        self.settle();
        if more {
            return true;
        }
        if self.finished() || self.game.players.count() < 2 {
            self.fitted = Some(self.fit(!self.exact()));
            return true;
        }
        self.draw();
        true
    }

    fn answer(&self) -> Attribution {
        let game = &self.game;
        // While it runs, bars without whiskers: inverting the matrix for every look would cost more than the work.
        let finished =
            self.fitted.as_ref().is_some_and(|(_, spread)| spread.as_ref().is_none_or(|s| s.summed == self.rows.len()));
        let (values, errors) = match &self.fitted {
            Some((values, spread)) => {
                (values.clone(), spread.as_ref().filter(|_| finished).and_then(|spread| self.errors(spread)))
            }
            None if self.settled > 0 => (self.fit(false).0, None),
            None => (vec![0.0; game.players.count()], None),
        };
        let values: Vec<f64> = values.iter().zip(&self.guide).map(|(value, a)| value + a).collect();
        let mut answer =
            game.players.answer(&values, errors.as_deref(), game.score, game.baseline_score, game.evaluated);
        answer.converged = finished;
        let note = if self.exact() {
            format!("exact: {} of {} coalitions of {} players", game.evaluated, self.rows.len(), game.players.count())
        } else {
            let whiskers = if finished && errors.is_none() { "; too few to tell how far off they are" } else { "" };
            format!(
                "{} of {} coalitions, drawn in pairs of complements, seed {}{whiskers}",
                game.evaluated, self.budget, self.seed
            )
        };
        answer.note = game.players.told(note);
        answer
    }
}
