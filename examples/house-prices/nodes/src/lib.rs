//! The nodes of the house-prices example: a table of houses, many rows by many columns, prepared for a model.
//!
//! `house_prices` makes the file that the pipeline reads. Then `remove_outliers` → `create_target` and `drop_cols`;
//! `drop_cols` → `fill_na` and `total_sf`. Every node hands on nearly all of what it reads.

mod columns;
mod copy;
mod create_target;
mod drop_cols;
mod fill_na;
mod house_prices;
mod random;
mod remove_outliers;
mod statistics;
#[cfg(test)]
mod tests;
mod total_sf;

wpipe_sdk::export![
    house_prices::house_prices,
    remove_outliers::remove_outliers,
    create_target::create_target,
    drop_cols::drop_cols,
    fill_na::fill_na,
    total_sf::total_sf,
];
