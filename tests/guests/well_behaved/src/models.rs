//! Nodes that exchange types of their own.

use rkyv::{Archive, Serialize};
use wpipe_sdk::{Data, node};

/// A type with text, nested types and an option.
#[derive(Debug, PartialEq, Archive, Serialize, Data)]
pub(crate) struct Model {
    name: String,
    seed: u64,
    layers: Vec<Layer>,
    note: Option<String>,
}

/// A part of it.
#[derive(Debug, PartialEq, Archive, Serialize, Data)]
pub(crate) struct Layer {
    label: String,
    weights: Vec<f64>,
}

/// A model of three layers.
#[node]
pub(crate) fn make_model(seed: u64) -> Model {
    let layer = |index: u64| Layer {
        label: format!("layer {index}"),
        weights: (0..index + 1).map(|weight| (seed + weight) as f64).collect(),
    };
    Model { name: "model".to_owned(), seed, layers: (0..3).map(layer).collect(), note: None }
}

/// The model in words.
#[node]
pub(crate) fn use_model(model: &ArchivedModel) -> String {
    let layers = model.layers.iter().map(|layer| {
        let sum: f64 = layer.weights.iter().map(|weight| weight.to_native()).sum();
        format!("{} = {sum}", layer.label)
    });
    let layers: Vec<_> = layers.collect();
    let note = model.note.as_ref().map_or("no note", |note| note.as_str());
    format!("{} {}: {}; {note}", model.name, model.seed, layers.join(", "))
}

#[cfg(test)]
mod tests {
    use wpipe_sdk::{View, to_archive};

    use super::*;

    #[test]
    fn a_model_is_read_as_it_was_made() -> Result<(), Box<dyn std::error::Error>> {
        let archive = to_archive(&make_model(1))?;
        let text = use_model(ArchivedModel::view(&archive)?);
        assert_eq!(text, "model 1: layer 0 = 1, layer 1 = 3, layer 2 = 6; no note");
        Ok(())
    }
}
