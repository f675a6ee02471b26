//! Players that come in blocks, as words do in phrases (Owen 1977). Where every block is one player, Owen values are
//! Shapley values.

use crate::math::Random;

/// A partition of the players.
#[derive(Debug, Clone)]
pub struct Blocks {
    blocks: Vec<Vec<usize>>,
    players: usize,
}

impl Blocks {
    /// Everyone for himself.
    pub fn alone(players: usize) -> Blocks {
        Blocks { blocks: (0..players).map(|player| vec![player]).collect(), players }
    }

    /// The named blocks first; players who are in none stand alone.
    pub fn of(named: Vec<Vec<usize>>, players: usize) -> Blocks {
        let mut blocks = named;
        let rest: Vec<usize> =
            (0..players).filter(|player| !blocks.iter().flatten().any(|named| named == player)).collect();
        blocks.extend(rest.into_iter().map(|player| vec![player]));
        Blocks { blocks, players }
    }

    /// The blocks and their players.
    pub fn iter(&self) -> impl Iterator<Item = &Vec<usize>> {
        self.blocks.iter()
    }

    /// A random order of the players that keeps blocks together.
    pub fn order(&self, random: &mut Random) -> Vec<usize> {
        let mut blocks = self.blocks.clone();
        random.shuffle(&mut blocks);
        blocks.iter_mut().for_each(|block| random.shuffle(block));
        blocks.concat()
    }

    /// How many coalitions the exact values need, unless they are very many.
    pub fn coalitions(&self) -> Option<usize> {
        // 2^m unions of blocks, and beside each of 2^(m−1) of them the proper subsets of the block that is missing.
        let count = self.blocks.len();
        let largest = self.blocks.iter().map(Vec::len).max().unwrap_or(0);
        let inner = || self.blocks.iter().map(|block| (1 << block.len()) - 2).sum::<usize>();
        (count + largest < 26).then(|| (1 << count) + inner() * (1usize << count) / 2)
    }

    /// Visits the coalitions that the exact values need: every union H of other blocks with every subset S of a block.
    /// Those that follow each other differ in the last players, so that what they begin with can be shared.
    pub fn visit(&self, visit: &mut dyn FnMut(&[bool])) {
        let others = 1usize << self.blocks.len().saturating_sub(1);
        for (block, members) in self.blocks.iter().enumerate() {
            for subset in 0..1usize << members.len() {
                (0..others).for_each(|union| visit(&self.coalition(block, union, subset)));
            }
        }
    }

    /// φ of the players, [M], from v: the value of i in block B is
    /// Σ_H |H|! (m − |H| − 1)! / m! Σ_{S ⊆ B∖i} |S|! (n − |S| − 1)! / n! (v(H ∪ S ∪ i) − v(H ∪ S)), m blocks, n in B.
    pub fn values(&self, v: impl Fn(&[bool]) -> f64) -> Vec<f64> {
        let mut values = vec![0.0; self.players];
        let outer = weights(self.blocks.len());
        for (block, members) in self.blocks.iter().enumerate() {
            let inner = weights(members.len());
            for union in 0..1usize << (self.blocks.len() - 1) {
                let known: Vec<f64> =
                    (0..1usize << members.len()).map(|subset| v(&self.coalition(block, union, subset))).collect();
                for (bit, player) in members.iter().enumerate() {
                    let without = (0..known.len()).filter(|subset| subset >> bit & 1 == 0);
                    let added: f64 = without
                        .map(|subset| inner[subset.count_ones() as usize] * (known[subset | 1 << bit] - known[subset]))
                        .sum();
                    values[*player] += outer[union.count_ones() as usize] * added;
                }
            }
        }
        values
    }

    /// H ∪ S by their bits: of the other blocks, the last in the lowest; of the members of the block.
    fn coalition(&self, block: usize, union: usize, subset: usize) -> Vec<bool> {
        let mut present = vec![false; self.players];
        let others = self.blocks.iter().enumerate().rev().filter(|(other, _)| *other != block);
        others
            .enumerate()
            .filter(|(bit, _)| union >> bit & 1 == 1)
            .for_each(|(_, (_, members))| members.iter().for_each(|player| present[*player] = true));
        self.blocks[block]
            .iter()
            .enumerate()
            .filter(|(bit, _)| subset >> bit & 1 == 1)
            .for_each(|(_, player)| present[*player] = true);
        present
    }
}

/// s! (n − s − 1)! / n! = 1 / (n C(n − 1, s)) for s = 0 .. n − 1.
fn weights(n: usize) -> Vec<f64> {
    let mut binomial = 1.0;
    (0..n)
        .map(|s| {
            let weight = 1.0 / (n as f64 * binomial);
            binomial = binomial * (n - 1 - s) as f64 / (s + 1) as f64;
            weight
        })
        .collect()
}
