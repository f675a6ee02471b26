//! A network whose weights are drawn anew, block by block from the head down (Adebayo et al. 2018).

use super::{Attention, Direction, Layer, Network};
use crate::cell::{Recurrent, Scalar};
use crate::math::Random;
use ndarray::Array2;

/// Weights that are drawn anew together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// W and b of the head.
    Head,
    /// W_h of a layer.
    Recurrent(usize),
    /// W_x of a layer.
    Input(usize),
    /// b_x and b_h of a layer.
    Bias(usize),
    /// The feature attention's.
    Attention,
    /// The word vectors.
    Embedding,
}

/// How new weights are drawn; either way they have the scale of the old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// The same numbers of a tensor in random places.
    Permuted,
    /// Normal numbers of the tensor's mean and standard deviation.
    Normal,
}

impl<R: Scalar> Network<R> {
    /// All blocks, from the head down to the input.
    pub fn blocks(&self) -> Vec<Block> {
        let layers = (0..self.layers.len()).rev().flat_map(|l| [Block::Recurrent(l), Block::Input(l), Block::Bias(l)]);
        let input =
            [self.attention.as_ref().map(|_| Block::Attention), self.embedding.as_ref().map(|_| Block::Embedding)];
        std::iter::once(Block::Head).chain(layers).chain(input.into_iter().flatten()).collect()
    }

    /// This network with some blocks drawn anew. A block's draw depends on the seed and on no other block.
    pub fn redrawn(&self, blocks: &[Block], draw: Draw, seed: u64) -> Network<R> {
        let anew = |block: Block, weights: &mut [R]| {
            if let Some(place) =
                self.blocks().iter().position(|known| *known == block).filter(|_| blocks.contains(&block))
            {
                redraw(weights, draw, &mut Random::new(seed ^ ((place as u64 + 1) << 32)));
            }
        };
        let layers = self.layers.iter().enumerate().map(|(l, layer)| layer.redrawn(l, &anew)).collect();
        let mut embedding = self.embedding.clone();
        if let Some(table) = embedding.as_mut().and_then(Array2::as_slice_mut) {
            anew(Block::Embedding, table);
        }
        let attention = self
            .attention
            .as_ref()
            .map(|attention: &Attention<R>| attention.redrawn(&|weights| anew(Block::Attention, weights)));
        Network {
            metadata: self.metadata.clone(),
            embedding,
            attention,
            layers,
            head: self.head.redrawn(&|weights| anew(Block::Head, weights)),
        }
    }
}

fn redraw<R: Scalar>(weights: &mut [R], draw: Draw, random: &mut Random) {
    match draw {
        Draw::Permuted => random.shuffle(weights),
        Draw::Normal => {
            let n = weights.len().max(1) as f64;
            let mean = weights.iter().map(|w| w.to_f64()).sum::<f64>() / n;
            let deviation = (weights.iter().map(|w| (w.to_f64() - mean) * (w.to_f64() - mean)).sum::<f64>() / n).sqrt();
            weights.iter_mut().for_each(|w| *w = R::from_f64(mean + deviation * random.normal()));
        }
    }
}

impl<R: Scalar> Layer<R> {
    /// This layer, the l-th of its network.
    fn redrawn(&self, l: usize, anew: &dyn Fn(Block, &mut [R])) -> Layer<R> {
        let direction = |old: &Direction<R>| {
            let input = old.input.iter().map(|matrix| matrix.changed(|rows| anew(Block::Input(l), rows))).collect();
            let (mut bias, mut recurrent_bias, mut recurrent) =
                (old.bias.clone(), old.recurrent.bias().to_vec(), old.recurrent.rows());
            anew(Block::Bias(l), &mut bias);
            anew(Block::Bias(l), &mut recurrent_bias);
            anew(Block::Recurrent(l), &mut recurrent);
            Direction {
                input,
                bias,
                recurrent: Recurrent::new(self.hidden, self.cell.products(), &recurrent, recurrent_bias),
            }
        };
        Layer {
            cell: self.cell,
            step: self.step,
            hidden: self.hidden,
            directions: self.directions.iter().map(direction).collect(),
        }
    }
}
