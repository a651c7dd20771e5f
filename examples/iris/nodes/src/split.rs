//! `split_data`: shuffled rows, some to train with and some to test with.

use std::collections::BTreeSet;

use wpipe_sdk::{Table, TableError, node};

use crate::features::FEATURES;
use crate::random::Random;

/// Four tables: features and classes to train with, then to test with.
type Split = (Table<'static>, Table<'static>, Table<'static>, Table<'static>);

/// Splits flowers into those to train with and those to test with, in an order that the seed decides.
///
/// `x` are the features, `y` has a column for each species that is 1 where the flower is of it.
#[node(outputs("train_x", "train_y", "test_x", "test_y"))]
pub(crate) fn split_data(
    iris: &Table,
    test_ratio: f64,
    seed: u64,
) -> Result<(Table<'static>, Table<'static>, Table<'static>, Table<'static>), String> {
    if !(0.0..=1.0).contains(&test_ratio) {
        return Err(format!("`test_ratio` is {test_ratio}, not a number from 0 to 1"));
    }
    let order = Random::seeded(seed).permutation(iris.rows());
    let test_rows = (iris.rows() as f64 * test_ratio) as usize;
    let (test, train) = order.split_at(test_rows);
    split(iris, train, test).map_err(|error| error.to_string())
}

fn split(iris: &Table, train: &[usize], test: &[usize]) -> Result<Split, TableError> {
    Ok((features(iris, train)?, one_hot(iris, train)?, features(iris, test)?, one_hot(iris, test)?))
}

fn features(iris: &Table, rows: &[usize]) -> Result<Table<'static>, TableError> {
    let columns = FEATURES.map(|name| {
        let values = iris.column::<f64>(name)?;
        Ok((name, rows.iter().map(|row| values[*row]).collect::<Vec<_>>().into()))
    });
    Table::from_columns(columns.into_iter().collect::<Result<Vec<_>, TableError>>()?)
}

fn one_hot(iris: &Table, rows: &[usize]) -> Result<Table<'static>, TableError> {
    let species = iris.text("species")?;
    let classes: BTreeSet<&str> = species.iter().collect();
    let columns = classes.into_iter().map(|class| {
        let is_class = |row: &usize| if species.get(*row) == class { 1.0 } else { 0.0 };
        (class, rows.iter().map(is_class).collect::<Vec<_>>().into())
    });
    Table::from_columns(columns)
}
