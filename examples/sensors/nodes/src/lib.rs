//! The nodes of the sensors example: days of readings as they come from the field, and what there is to say of them.
//!
//! `generate` makes the days. `parse` → `clean` → `features` run for each day on its own; `report` waits for all.

mod clean;
mod day;
mod features;
mod generate;
mod measures;
mod parse;
mod random;
mod report;
mod statistics;
#[cfg(test)]
mod tests;

wpipe_sdk::export![generate::generate, parse::parse, clean::clean, features::features, report::report];
