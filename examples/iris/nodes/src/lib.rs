//! The nodes of the Iris example: which species is a flower of, by the lengths of its leaves?
//!
//! `split_data` → `train_model` → `predict` → `report_accuracy`, a logistic regression from scratch.

mod features;
mod model;
mod predict;
mod random;
mod report;
mod split;
#[cfg(test)]
mod tests;
mod train;

wpipe_sdk::export![split::split_data, train::train_model, predict::predict, report::report_accuracy];
