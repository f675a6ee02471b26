//! The scores of many variants of one input, where nothing else of them is wanted: a forward pass that forgets.
//!
//! Only the states of one step are kept, and rows that begin alike are computed once until they part. A score has the
//! same bits as that of a pass of its own.

use super::joining::{Join, Source, joins};
use super::{Change, Forward, Inputs, Network, Pair, Readout, Target};
use crate::cell::Scalar;
use crate::import::ReadFrom;
use crate::math::add_scaled;
use std::rc::Rc;

/// A pass under way.
pub struct Scoring<R: 'static> {
    pair: Rc<Pair<R>>,
    target: Target,
    steps: usize,
    rows: usize,
    /// One for each direction that the score depends on; none if the pass has to record.
    runs: Vec<Run<R>>,
    /// The pass that records, where it must.
    whole: Option<Forward<R>>,
}

impl<R: Scalar> Scoring<R> {
    /// The score of `target` for every variant, over the first `steps` steps.
    pub fn new(pair: Rc<Pair<R>>, changes: Vec<Change>, target: Target, steps: usize) -> Scoring<R> {
        let (network, rows) = (pair.input.network.clone(), changes.len());
        if !forgets(&network, &target) {
            let whole = Forward::new(network, Inputs::Variants(pair.clone(), changes), steps);
            return Scoring { pair, target, steps, rows, runs: Vec::new(), whole: Some(whole) };
        }
        let top = network.layers.len() - 1;
        let hidden = target.readout == Readout::Hidden;
        let pool = Pool::of(network.head.on()).filter(|_| !hidden);
        let one_step = hidden || network.every_step();
        let (layer, directions) = if hidden { network.place(target.d) } else { (top, 0) };
        let directions = if hidden { directions..directions + 1 } else { 0..network.layers[top].directions.len() };
        let run = |direction: usize| {
            let count = if !one_step {
                steps
            } else if direction == 0 {
                target.step + 1
            } else {
                steps - target.step
            };
            Run::new(&pair, &changes, direction, layer + 1, count, pool)
        };
        let runs = directions.map(run).collect();
        Scoring { pair, target, steps, rows, runs, whole: None }
    }

    /// B.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Units of work in all.
    pub fn total(&self) -> usize {
        self.whole.as_ref().map_or_else(|| self.runs.iter().map(Run::total).sum(), Forward::total)
    }

    /// Does one unit, a step of a layer for all rows that have joined; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        match &mut self.whole {
            Some(whole) => whole.advance(),
            None => self.runs.iter_mut().any(|run| run.advance(&self.pair)),
        }
    }

    /// The scores, [B], in the order of the changes; the work must be done.
    pub fn scores(&self) -> Vec<f64> {
        if let Some(whole) = &self.whole {
            return whole.scores(&self.target);
        }
        let network = &self.pair.input.network;
        let score = |change: usize| {
            let state = |n: usize| self.runs[n].state(network, change, self.steps);
            match self.target.readout {
                Readout::Hidden => state(0)[self.target.unit].to_f64(),
                _ => self.target.score(&network.head.logits_of(state)).0,
            }
        };
        (0..self.rows).map(score).collect()
    }

    /// Rows that one unit of work has time for: a step of a layer takes few milliseconds in a page.
    pub fn most_rows(network: &Network<R>, target: &Target) -> Option<usize> {
        const PRODUCTS: usize = 24 << 20;
        const MOST_ROWS: usize = 128;
        let layers = network.layers.iter().flat_map(|layer| &layer.directions).enumerate();
        let products = layers.map(|(d, weights)| {
            let below: usize =
                weights.input.iter().filter(|_| d > 0 || network.attention.is_some()).map(|part| part.inputs()).sum();
            weights.bias.len() * (below + network.layers[network.place(d).0].hidden)
        });
        let rows = PRODUCTS / products.max().unwrap_or(1).max(1) / 4 * 4;
        forgets(network, target).then_some(rows.clamp(4, MOST_ROWS))
    }
}

/// Can the pass forget? Not where a layer must wait for both directions of the one below, nor where states that are
/// read backwards are summed from the first step on.
fn forgets<R: Scalar>(network: &Network<R>, target: &Target) -> bool {
    let averaged = network.head.on() == ReadFrom::MeanState && target.readout != Readout::Hidden;
    !network.bidirectional() || (network.layers.len() == 1 && !averaged)
}

/// How the states of all steps become one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pool {
    Mean,
    Max,
}

impl Pool {
    fn of(head: ReadFrom) -> Option<Pool> {
        match head {
            ReadFrom::MeanState => Some(Pool::Mean),
            ReadFrom::MaxState => Some(Pool::Max),
            ReadFrom::LastState | ReadFrom::EveryStep => None,
        }
    }

    /// What there is before the first step.
    fn nothing<R: Scalar>(self) -> R {
        R::from_f64(if self == Pool::Mean { 0.0 } else { f64::NEG_INFINITY })
    }

    /// Takes in the state of one more step.
    fn add<R: Scalar>(self, pooled: &mut [R], state: &[R]) {
        match self {
            Pool::Mean => add_scaled(pooled, R::ONE, state),
            Pool::Max => pooled.iter_mut().zip(state).filter(|(best, h)| *h > best).for_each(|(best, h)| *best = *h),
        }
    }
}

/// One direction of the layers that are needed, step by step through all of them.
struct Run<R: 'static> {
    direction: usize,
    joins: Vec<Join>,
    /// The variants in the order in which they join.
    inputs: Inputs<R>,
    /// Of each layer: the records of the step before, [B, R·H].
    before: Vec<Vec<R>>,
    /// Of each layer: the records of this step.
    after: Vec<Vec<R>>,
    /// What the head reads of the steps so far, [B, H].
    pooled: Vec<R>,
    pool: Option<Pool>,
    projection: Vec<R>,
    scratch: Vec<R>,
    /// Steps read, layers of this step done, rows joined.
    at: (usize, usize, usize),
    count: usize,
}

impl<R: Scalar> Run<R> {
    fn new(
        pair: &Rc<Pair<R>>,
        changes: &[Change],
        direction: usize,
        layers: usize,
        count: usize,
        pool: Option<Pool>,
    ) -> Run<R> {
        let joins = joins(pair, changes, direction, count);
        let inputs = Inputs::Variants(pair.clone(), joins.iter().map(|join| changes[join.change].clone()).collect());
        let rooms: Vec<Vec<R>> = pair.input.network.layers[..layers]
            .iter()
            .map(|layer| vec![R::ZERO; joins.len() * layer.width()])
            .collect();
        let pooled = pool.map_or(Vec::new(), |pool| {
            vec![pool.nothing(); joins.len() * pair.input.network.layers[layers - 1].hidden]
        });
        let first = joins.first().map_or(count, |join| join.from);
        Run {
            direction,
            joins,
            inputs,
            before: rooms.clone(),
            after: rooms,
            pooled,
            pool,
            projection: Vec::new(),
            scratch: Vec::new(),
            at: (first, 0, 0),
            count,
        }
    }

    fn total(&self) -> usize {
        (self.count - self.joins.first().map_or(self.count, |join| join.from)) * self.before.len()
    }

    fn advance(&mut self, pair: &Pair<R>) -> bool {
        let (n, layer, _) = self.at;
        if n >= self.count {
            return false;
        }
        let t = read(pair, self.direction, n);
        if layer == 0 {
            self.join(pair, n);
        }
        let rows = self.at.2;
        let network = &pair.input.network;
        let spec = &network.layers[layer];
        let weights = &spec.directions[self.direction];
        self.projection.resize(rows * spec.gates(), R::ZERO);
        if layer == 0 {
            self.inputs.write_projections(network, self.direction, t..t + 1, &mut self.scratch, &mut self.projection);
        } else {
            self.projection.chunks_exact_mut(spec.gates()).for_each(|row| row.copy_from_slice(&weights.bias));
            let below = &network.layers[layer - 1];
            weights.input[0].add_product(
                &self.after[layer - 1][below.state()..],
                below.width(),
                &mut self.projection,
                spec.gates(),
                rows,
            );
        }
        let size = rows * spec.width();
        spec.step.step(
            &weights.recurrent,
            &self.projection,
            &self.before[layer][..size],
            &mut self.after[layer][..size],
            &mut self.scratch,
        );
        self.at.1 += 1;
        if self.at.1 == self.before.len() {
            if let Some(pool) = self.pool {
                let records = self.after[layer].chunks_exact(spec.width()).take(rows);
                self.pooled
                    .chunks_exact_mut(spec.hidden)
                    .zip(records)
                    .for_each(|(pooled, record)| pool.add(pooled, &record[spec.state()..]));
            }
            std::mem::swap(&mut self.before, &mut self.after);
            (self.at.0, self.at.1) = (n + 1, 0);
        }
        true
    }

    /// The rows that join at the n-th step take over the states of their sources.
    fn join(&mut self, pair: &Pair<R>, n: usize) {
        let (network, direction) = (&pair.input.network, self.direction);
        let top = self.before.len() - 1;
        while let Some(Join { source, .. }) = self.joins.get(self.at.2).filter(|join| join.from == n) {
            let row = self.at.2;
            let trace = match source {
                Source::Input => Some(&pair.input),
                Source::Baseline => Some(&pair.baseline),
                Source::Row(_) => None,
            };
            for (layer, before) in self.before.iter_mut().enumerate() {
                let width = network.layers[layer].width();
                match (trace, source) {
                    (_, Source::Row(other)) => before.copy_within(other * width..(other + 1) * width, row * width),
                    (Some(trace), _) if n > 0 => before[row * width..][..width]
                        .copy_from_slice(trace.record(network.index(layer, direction), read(pair, direction, n - 1))),
                    _ => before[row * width..][..width].fill(R::ZERO),
                }
            }
            if let Some(pool) = self.pool {
                let hidden = network.layers[top].hidden;
                match (trace, source) {
                    (_, Source::Row(other)) => {
                        self.pooled.copy_within(other * hidden..(other + 1) * hidden, row * hidden)
                    }
                    (Some(trace), _) => {
                        for earlier in 0..n {
                            let record = trace.record(network.index(top, direction), read(pair, direction, earlier));
                            pool.add(&mut self.pooled[row * hidden..][..hidden], &record[record.len() - hidden..]);
                        }
                    }
                    (None, _) => {}
                }
            }
            self.at.2 += 1;
        }
    }

    /// What is read of a variant's states, [H].
    fn state(&self, network: &Network<R>, change: usize, steps: usize) -> Vec<R> {
        let layer = self.before.len() - 1;
        let (width, hidden) = (network.layers[layer].width(), network.layers[layer].hidden);
        let row = self.joins.iter().position(|join| join.change == change).unwrap_or(0);
        match self.pool {
            None => self.before[layer][(row + 1) * width - hidden..(row + 1) * width].to_vec(),
            Some(Pool::Max) => self.pooled[row * hidden..][..hidden].to_vec(),
            Some(Pool::Mean) => {
                let share = R::ONE / R::from_f64(steps as f64);
                self.pooled[row * hidden..][..hidden].iter().map(|sum| *sum * share).collect()
            }
        }
    }
}

/// The step that a direction reads as its n-th.
fn read<R: Scalar>(pair: &Pair<R>, direction: usize, n: usize) -> usize {
    if direction == 0 { n } else { pair.input.steps() - 1 - n }
}
