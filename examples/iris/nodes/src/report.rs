//! `report_accuracy`: how often the predictions are right.

use wpipe_sdk::{Table, info, metric, node};

use crate::features::argmax;

/// Logs the share of flowers whose class was predicted right.
#[node]
pub(crate) fn report_accuracy(predictions: &[i64], test_y: &Table) -> Result<(), String> {
    let accuracy = accuracy(predictions, test_y)?;
    info!("model accuracy on test set: {:.2}%", accuracy * 100.0);
    metric("accuracy", accuracy);
    Ok(())
}

/// The share of right predictions, from 0 to 1.
pub(crate) fn accuracy(predictions: &[i64], test_y: &Table) -> Result<f64, String> {
    if predictions.len() != test_y.rows() {
        return Err(format!("there are {} predictions for {} flowers", predictions.len(), test_y.rows()));
    }
    if predictions.is_empty() {
        return Err("there is no flower to test with: raise `test_ratio`".to_owned());
    }
    let columns: Result<Vec<&[f64]>, _> = (0..test_y.columns().len()).map(|class| test_y.column(class)).collect();
    let columns = columns.map_err(|error| error.to_string())?;
    let class = |row: usize| argmax(columns.iter().map(|column| column[row])) as i64;
    let right = predictions.iter().enumerate().filter(|(row, prediction)| class(*row) == **prediction).count();
    Ok(right as f64 / predictions.len() as f64)
}
