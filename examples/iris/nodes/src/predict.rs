//! `predict`: the likeliest class of each flower.

use wpipe_sdk::{Table, TableError, node};

use crate::features::{Row, argmax, dot, rows, sigmoid};
use crate::model::ArchivedModel;

/// Predicts the class of each flower, as its position among the model's classes.
#[node(outputs("predictions"))]
pub(crate) fn predict(model: &ArchivedModel, test_x: &Table) -> Result<Vec<i64>, TableError> {
    let weights: Vec<Row> = model.weights.iter().map(|weights| weights.map(|weight| weight.to_native())).collect();
    let class = |row: &Row| argmax(weights.iter().map(|weights| sigmoid(dot(weights, row)))) as i64;
    Ok(rows(test_x)?.iter().map(class).collect())
}
