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
        let mut anew = Anew {
            draw,
            generators: (self.blocks().into_iter().enumerate())
                .map(|(place, block)| (block, Random::new(seed ^ ((place as u64 + 1) << 32))))
                .filter(|(block, _)| blocks.contains(block))
                .collect(),
        };
        let layers = self.layers.iter().enumerate().map(|(l, layer)| layer.redrawn(l, &mut anew)).collect();
        let mut embedding = self.embedding.clone();
        if let Some(table) = embedding.as_mut().and_then(Array2::as_slice_mut) {
            anew.put(Block::Embedding, table);
        }
        let attention = self.attention.as_ref();
        Network {
            metadata: self.metadata.clone(),
            embedding,
            attention: attention
                .map(|old: &Attention<R>| old.redrawn(&mut |tensor| anew.put(Block::Attention, tensor))),
            layers,
            head: self.head.redrawn(&mut |tensor| anew.put(Block::Head, tensor)),
        }
    }
}

/// Draws the tensors of some blocks. A block has one generator, which is drawn on from tensor to tensor: two tensors of
/// one shape, such as those of the two directions of a layer, get different numbers.
struct Anew {
    draw: Draw,
    generators: Vec<(Block, Random)>,
}

impl Anew {
    /// Replaces the numbers of the block's next tensor; those of another block stay.
    fn put<R: Scalar>(&mut self, block: Block, tensor: &mut [R]) {
        let Some((_, random)) = self.generators.iter_mut().find(|(known, _)| *known == block) else { return };
        match self.draw {
            Draw::Permuted => random.shuffle(tensor),
            Draw::Normal => {
                let n = tensor.len().max(1) as f64;
                let mean = tensor.iter().map(|w| w.to_f64()).sum::<f64>() / n;
                let deviation =
                    (tensor.iter().map(|w| (w.to_f64() - mean) * (w.to_f64() - mean)).sum::<f64>() / n).sqrt();
                tensor.iter_mut().for_each(|w| *w = R::from_f64(mean + deviation * random.normal()));
            }
        }
    }
}

impl<R: Scalar> Layer<R> {
    /// This layer, the l-th of its network.
    fn redrawn(&self, l: usize, anew: &mut Anew) -> Layer<R> {
        let direction = |old: &Direction<R>| {
            let input = old.input.iter().map(|matrix| matrix.changed(|rows| anew.put(Block::Input(l), rows))).collect();
            let (mut bias, mut recurrent_bias, mut recurrent) =
                (old.bias.clone(), old.recurrent.bias().to_vec(), old.recurrent.rows());
            anew.put(Block::Bias(l), &mut bias);
            anew.put(Block::Bias(l), &mut recurrent_bias);
            anew.put(Block::Recurrent(l), &mut recurrent);
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
