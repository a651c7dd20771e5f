//! Types with schemas.

use std::collections::BTreeMap;

use rkyv::{Archive, Deserialize, Serialize};
use wpipe_data::rkyv;
use wpipe_sdk_macros::Data;

#[derive(Debug, Clone, PartialEq, Archive, Serialize, Deserialize, Data)]
#[rkyv(derive(Debug))]
#[data(crate = wpipe_data)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) weights: Vec<f64>,
    pub(crate) classes: BTreeMap<String, u32>,
    pub(crate) activation: Activation,
    pub(crate) bias: Option<(f32, bool)>,
}

#[derive(Debug, Clone, PartialEq, Archive, Serialize, Deserialize, Data)]
#[rkyv(derive(Debug))]
#[data(crate = wpipe_data)]
pub(crate) enum Activation {
    Identity,
    Leaky(f32),
    Clamped { low: i64, high: i64 },
}

pub(crate) fn model() -> Model {
    Model {
        name: "perceptron, with a name that is too long to be inlined".to_owned(),
        weights: vec![0.5, -1.5, f64::MAX],
        classes: [("setosa".to_owned(), 0), ("virginica".to_owned(), 1)].into(),
        activation: Activation::Clamped { low: -1, high: 1 },
        bias: Some((0.25, true)),
    }
}
