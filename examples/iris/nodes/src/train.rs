//! `train_model`: gradient descent, one class after the other.

use serde::Deserialize;
use wpipe_sdk::{Table, TableError, node, progress};

use crate::features::{Row, dot, rows, sigmoid};
use crate::model::Model;

/// How to train.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Train {
    /// Steps of gradient descent, for each class.
    pub(crate) iterations: u32,
    /// How far a step goes.
    pub(crate) learning_rate: f64,
}

/// Trains a logistic regression for each class: is the flower of it, or of another?
#[node]
pub(crate) fn train_model(train_x: &Table, train_y: &Table, train: Train) -> Result<Model, TableError> {
    let rows = rows(train_x)?;
    let classes: Vec<String> = train_y.columns().map(|column| column.name.to_owned()).collect();
    let mut weights = Vec::with_capacity(classes.len());
    for class in &classes {
        weights.push(descend(&rows, train_y.column::<f64>(class)?, train));
        progress(weights.len() as u64, classes.len() as u64);
    }
    Ok(Model { classes, weights })
}

/// The weights after all steps. Each goes against the mean gradient of the logistic loss: Xᵀ(sigmoid(Xθ) − y) / rows.
fn descend(rows: &[Row], is_class: &[f64], train: Train) -> Row {
    let step = train.learning_rate / rows.len().max(1) as f64;
    let mut weights = Row::default();
    for _ in 0..train.iterations {
        let mut gradient = Row::default();
        for (row, is_class) in rows.iter().zip(is_class) {
            let error = sigmoid(dot(&weights, row)) - is_class;
            for (slope, value) in gradient.iter_mut().zip(row) {
                *slope += error * value;
            }
        }
        for (weight, slope) in weights.iter_mut().zip(gradient) {
            *weight -= step * slope;
        }
    }
    weights
}
