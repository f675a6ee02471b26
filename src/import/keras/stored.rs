//! Where the weights of a layer lie: by class and counter in `.keras`, by the layer's name in `.h5`.

use super::config::{Item, snake};
use super::hdf5::{Array, Weights};
use crate::{Error, Result};

const MOST: usize = 16;
const REMEDY: &str = "Save the whole model again with model.save(path).";

/// A container's way of naming weights.
pub enum Stored {
    /// `layers/lstm_1/cell/vars/0`: counted by class; since Keras 3.4 or so the group says the layer's name as well.
    Counted(Weights),
    /// `model_weights/<layer>`, whose attribute `weight_names` lists them in order.
    Named(Weights),
}

/// Which part of a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The layer itself.
    Whole,
    /// The cell of a recurrent layer.
    Cell,
    /// The cell of the forward layer of two.
    Forward,
    /// The cell of the backward layer of two.
    Backward,
    /// The layer that is applied to each step.
    Inner,
}

impl Stored {
    /// The `count` arrays of a part of a layer, in Keras' order.
    pub fn arrays(&self, item: &Item, part: Part, count: usize) -> Result<Vec<Array>> {
        let place = format!("layer {}", item.name);
        let wrong = |found: usize| {
            Error::file(place.clone(), format!("{found} arrays of weights; its settings ask for {count}"), REMEDY)
        };
        let (weights, paths) = match self {
            Stored::Counted(weights) => {
                let group = format!("{}/{}vars", counted(weights, item), part.group());
                let found = weights.count(&group);
                (weights, (0..found.min(MOST)).map(|k| format!("{group}/{k}")).collect::<Vec<String>>())
            }
            Stored::Named(weights) => {
                let group = format!("model_weights/{}", item.name);
                let names = weights.texts(&group, "weight_names").unwrap_or_default();
                let paths: Vec<String> = names.iter().take(MOST).map(|name| format!("{group}/{name}")).collect();
                (weights, part.of(&paths).to_vec())
            }
        };
        if paths.len() != count {
            return Err(wrong(paths.len()));
        }
        paths.iter().map(|path| weights.array(path)).collect()
    }
}

impl Part {
    fn group(self) -> &'static str {
        match self {
            Part::Whole => "",
            Part::Cell => "cell/",
            Part::Forward => "forward_layer/cell/",
            Part::Backward => "backward_layer/cell/",
            Part::Inner => "layer/",
        }
    }

    /// Of the layer's paths, forward before backward.
    fn of(self, paths: &[String]) -> &[String] {
        let (forward, backward) = paths.split_at(paths.len() / 2);
        match self {
            Part::Forward => forward,
            Part::Backward => backward,
            _ => paths,
        }
    }
}

/// The group of a layer in a `.keras` file: the one that says its name, or the one that is counted so.
fn counted(weights: &Weights, item: &Item) -> String {
    let class = snake(&item.class);
    let says = |group: &String| weights.text(&format!("layers/{group}/vars"), "name").as_ref() == Some(&item.name);
    let named = weights.groups("layers").into_iter().filter(|group| group.starts_with(&class)).find(says);
    let group = named.unwrap_or_else(|| match item.counter {
        0 => class,
        k => format!("{class}_{k}"),
    });
    format!("layers/{group}")
}
