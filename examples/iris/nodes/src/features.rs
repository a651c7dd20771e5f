//! Tables as rows of numbers: what the model computes with.

use wpipe_sdk::{Table, TableError};

/// What the model looks at, in the order of its weights.
pub(crate) const FEATURES: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

/// The features of one flower, behind a 1 that the bias is the weight of.
pub(crate) type Row = [f64; FEATURES.len() + 1];

/// One row for each flower.
pub(crate) fn rows(table: &Table) -> Result<Vec<Row>, TableError> {
    let mut rows = vec![[1.0; FEATURES.len() + 1]; table.rows()];
    for (position, name) in FEATURES.into_iter().enumerate() {
        for (row, value) in rows.iter_mut().zip(table.column::<f64>(name)?) {
            row[position + 1] = *value;
        }
    }
    Ok(rows)
}

/// The scalar product.
pub(crate) fn dot(weights: &Row, row: &Row) -> f64 {
    weights.iter().zip(row).map(|(weight, value)| weight * value).sum()
}

/// The logistic function: a score as a probability.
pub(crate) fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// The position of the largest score; the first one of several.
pub(crate) fn argmax(scores: impl Iterator<Item = f64>) -> usize {
    let best = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
    scores.enumerate().reduce(best).map_or(0, |(position, _)| position)
}
