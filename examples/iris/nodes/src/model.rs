//! The model, as it travels from `train_model` to `predict`.

use rkyv::{Archive, Serialize};
use wpipe_sdk::Data;

use crate::features::FEATURES;

/// One logistic regression for each class.
#[derive(Debug, PartialEq, Archive, Serialize, Data)]
pub(crate) struct Model {
    /// The classes' names.
    pub(crate) classes: Vec<String>,
    /// The weights of the bias and of each feature, by class.
    pub(crate) weights: Vec<[f64; FEATURES.len() + 1]>,
}
