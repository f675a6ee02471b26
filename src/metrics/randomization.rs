//! The weight-randomisation check (Adebayo et al. 2018): bars that survive random weights do not explain the network.

use super::controls::{SEED, seed};
use super::parts::{PARTS, Parts};
use super::rerun::{Question, Rerun};
use super::statistics::mean;
use super::{Claim, Curve, Job, Judge, Measurement, Metric, Number};
use crate::Result;
use crate::attribution::{Attribution, Param, ParamKind, Settings};
use crate::network::{Block, Draw, Network};
use ndarray::Array2;
use std::rc::Rc;

const ORDER: Param = Param {
    id: "order",
    label: "Blocks",
    help: "Drawn anew from the head down, each on top of those before, or each alone.",
    kind: ParamKind::Choice(&[("cascade", "from the head down"), ("alone", "one at a time")]),
};
const DRAW: Param = Param {
    id: "draw",
    label: "Drawn as",
    help: "The tensor’s own numbers in random places, or normal numbers of its mean and deviation.",
    kind: ParamKind::Choice(&[("permuted", "permutation"), ("normal", "normal numbers")]),
};
const DRAWS: Param = Param {
    id: "draws",
    label: "Draws",
    help: "How many times the whole check is done, each with other random weights.",
    kind: ParamKind::Number { low: 1.0, high: 20.0, step: 1.0, log: false, default: 3.0 },
};

/// Fewest parts of which low agreement says anything. Two standard deviations of ρ are 0.67 for ten ranks, 0.89 for six
/// and 1 for five: there even the same ranks may be chance.
const FEWEST: usize = 10;

/// The metric.
pub const RANDOMIZATION: Metric = Metric {
    id: "randomization",
    label: "Random weights",
    question: "Do the bars change when the network’s weights are replaced by random ones?",
    formula: "Spearman(|φ|, |φ of the redrawn network|) after head, then W_h, W_x, b of each layer from the top, attention, word vectors (Adebayo et al. 2018)",
    caveat: "Similarity that stays may come from the input or from the recurrence itself, which favours late steps whatever the weights. It shows that bars do not depend on the weights, never that they are right.",
    cost: "the method once a block and draw",
    params: &[ORDER, DRAW, DRAWS, PARTS, SEED],
    refuses: |_| None,
    start,
};

pub(super) fn start<R: Judge>(claim: Claim<R>, settings: &Settings) -> Result<Box<dyn Job>> {
    let parts = Parts::new(&claim, settings)?;
    let cascade = settings.choice("order") == 0;
    let draw = if settings.choice("draw") == 0 { Draw::Permuted } else { Draw::Normal };
    let blocks = claim.problem.pair.input.network.blocks();
    let draws = settings.number("draws") as usize;
    let note = format!(
        "{} from the {} by {}, {draws} draws, seed {}",
        if cascade { "blocks drawn anew" } else { "one block at a time drawn anew" },
        if cascade { "head down" } else { "trained network" },
        if draw == Draw::Permuted { "permutation" } else { "normal numbers" },
        seed(settings)
    );
    Ok(Box::new(RandomizationJob {
        claim,
        parts,
        cascade,
        draw,
        seed: seed(settings),
        blocks,
        draws,
        similarity: Vec::new(),
        rerun: None,
        note,
    }))
}

struct RandomizationJob<R: 'static> {
    claim: Claim<R>,
    parts: Parts,
    cascade: bool,
    draw: Draw,
    seed: u64,
    blocks: Vec<Block>,
    draws: usize,
    /// Of the untouched network first, then of every block, draw by draw.
    similarity: Vec<f64>,
    rerun: Option<Rerun<R>>,
    note: String,
}

/// For people.
fn label(block: &Block) -> String {
    match block {
        Block::Head => "head".to_string(),
        Block::Recurrent(l) => format!("layer {}, W_h", l + 1),
        Block::Input(l) => format!("layer {}, W_x", l + 1),
        Block::Bias(l) => format!("layer {}, b", l + 1),
        Block::Attention => "attention".to_string(),
        Block::Embedding => "word vectors".to_string(),
    }
}

/// The same words in the redrawn network's word vectors; what is no word stays: nothing at all above all, though padding
/// may have the same vector.
fn encoded_anew<R: Judge>(x: &Array2<R>, old: &Network<R>, new: &Network<R>) -> Array2<R> {
    let (Some(old), Some(new)) = (&old.embedding, &new.embedding) else { return x.clone() };
    let mut x = x.clone();
    for mut row in x.rows_mut() {
        if row.iter().all(|v| *v == R::ZERO) {
            continue;
        }
        if let Some(word) = old.rows().into_iter().position(|vector| vector == row) {
            row.assign(&new.row(word));
        }
    }
    x
}

impl<R: Judge> RandomizationJob<R> {
    /// The untouched network is explained once.
    fn stages(&self) -> usize {
        1 + self.draws * self.blocks.len()
    }

    fn begin(&self) -> Rerun<R> {
        let old = &self.claim.problem.pair.input.network;
        let question = Question::of(&self.claim);
        let Some(stage) = self.similarity.len().checked_sub(1) else { return Rerun::new(&self.claim, question) };
        let (draw, block) = (stage / self.blocks.len(), stage % self.blocks.len());
        let redrawn = if self.cascade { &self.blocks[..=block] } else { &self.blocks[block..=block] };
        let network = Rc::new(old.redrawn(redrawn, self.draw, self.seed.wrapping_add(draw as u64)));
        let question = question.map(|x| encoded_anew(x, old, &network));
        Rerun::new(&self.claim, Question { network, ..question })
    }

    fn collect(&mut self, answer: &Attribution) {
        self.similarity.push(self.parts.similarity(answer));
    }

    /// Given ρ after each block, and how large it may be by chance.
    fn verdict(&self, rho: &[f64], chance: f64) -> String {
        let (count, noun) = (self.parts.len(), self.parts.noun());
        let known = || rho.iter().zip(&self.blocks).filter(|(rho, _)| !rho.is_nan());
        let least = known().min_by(|a, b| a.0.total_cmp(b.0));
        let most = known().max_by(|a, b| a.0.total_cmp(b.0));
        // What the verdict hangs on: everything drawn anew, or the block that changes the bars most.
        let judged = if self.cascade { rho.last().copied() } else { least.map(|(rho, _)| *rho) }.unwrap_or(f64::NAN);
        match (self.cascade, judged) {
            (true, rho) if rho > chance => format!(
                "With random weights throughout the ranks of the bars still agree (ρ = {rho:.2}, chance up to {chance:.2}): part of the picture is not what the network learnt."
            ),
            (false, rho) if rho > chance => format!(
                "Whichever block is drawn anew alone, the ranks of the bars still agree (ρ = {rho:.2} at least, chance up to {chance:.2}): no single block makes the picture."
            ),
            _ if count < FEWEST => format!(
                "The ranks of so few {noun} ({count}) agree or differ by chance alone, so this test cannot clear the bars: take at least {FEWEST}, by a longer input or smaller parts."
            ),
            (_, rho) if rho.is_nan() => {
                "The ranks cannot be compared, since all bars are of one size, here or with random weights; choose another method or another score.".to_string()
            }
            (true, rho) => format!(
                "With random weights throughout the ranks of the bars agree no more than by chance (ρ = {rho:.2}): they depend on what the network learnt."
            ),
            (false, _) => {
                let said = |found: Option<(&f64, &Block)>| {
                    found.map_or(String::new(), |(rho, block)| format!("{} (ρ = {rho:.2})", label(block)))
                };
                format!(
                    "Of the blocks drawn anew one at a time, the ranks of the bars depend most on {} and least on {}.",
                    said(least),
                    said(most)
                )
            }
        }
    }
}

impl<R: Judge> Job for RandomizationJob<R> {
    fn total(&self) -> usize {
        self.stages() * 100
    }

    fn done(&self) -> usize {
        self.similarity.len() * 100 + self.rerun.as_ref().map_or(0, Rerun::percent)
    }

    fn advance(&mut self) -> Result<bool> {
        if self.similarity.len() == self.stages() {
            return Ok(false);
        }
        let mut rerun = match self.rerun.take() {
            Some(rerun) => rerun,
            None => self.begin(),
        };
        match rerun.advance()? {
            Some(answer) => self.collect(&answer),
            None => self.rerun = Some(rerun),
        }
        Ok(self.similarity.len() < self.stages())
    }

    fn measurement(&self) -> Measurement {
        let untouched = self.similarity.first().copied().unwrap_or(f64::NAN);
        let drawn = self.similarity.get(1..).unwrap_or_default();
        let lines: Vec<Vec<f64>> =
            drawn.chunks_exact(self.blocks.len()).map(|line| [&[untouched], line].concat()).collect();
        // Before the first draw is complete, its beginning.
        let begun = [&[untouched], drawn].concat();
        let stages: Vec<f64> = (0..=self.blocks.len()).map(|k| k as f64).collect();
        let curve = match lines.len() {
            0 => Curve::new("similarity", stages[..begun.len()].to_vec(), begun),
            1 => Curve::new("similarity", stages, begun[..=self.blocks.len()].to_vec()),
            _ => Curve::drawn("similarity", stages, &lines),
        };
        let at = |k: usize| lines.iter().map(|line| line[k + 1]).collect::<Vec<f64>>();
        // Of M independent ranks Spearman's ρ has the standard deviation 1 / √(M − 1).
        let chance = 2.0 / (self.parts.len().saturating_sub(1).max(1) as f64).sqrt();
        let mut numbers =
            vec![Number::new("untouched", untouched, "the method asked again: 1 if it gives the same ranks twice")];
        numbers.extend(self.blocks.iter().enumerate().map(|(k, block)| {
            Number::drawn(
                if self.cascade { format!("down to {}", label(block)) } else { label(block) },
                &at(k),
                "Spearman’s ρ of |φ|",
            )
        }));
        numbers.push(Number::new(
            "chance",
            chance.min(1.0),
            format!("two standard deviations of ρ for {} independent ranks", self.parts.len()),
        ));
        let verdict = if lines.is_empty() {
            String::new()
        } else {
            let rho: Vec<f64> = (0..self.blocks.len()).map(|k| mean(&at(k))).collect();
            self.verdict(&rho, chance)
        };
        Measurement {
            numbers,
            curves: vec![curve],
            x_label: if self.cascade {
                "blocks drawn anew, from the head down".into()
            } else {
                "block drawn anew".into()
            },
            y_label: "Spearman’s ρ".into(),
            verdict,
            note: self.note.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_anew_and_nothing_stays_nothing() {
        let file = std::fs::read("www/models/sentiment_lstm.safetensors").unwrap();
        let old = Network::<f64>::new(&crate::import::read(file).unwrap()).unwrap();
        let new = old.redrawn(&[Block::Embedding], Draw::Normal, 1);
        let words = [Some(3), Some(17), Some(3)];
        let mut x = old.encode(&words);
        x.push_row(ndarray::Array1::zeros(x.ncols()).view()).unwrap();
        let anew = encoded_anew(&x, &old, &new);
        assert_eq!(anew.slice(ndarray::s![..3, ..]), new.encode(&words));
        assert!(anew.row(3).iter().all(|v| *v == 0.0), "a baseline of zeros is no word");
        assert!(anew.row(0) != x.row(0) && anew.row(0) == anew.row(2));
    }
}
