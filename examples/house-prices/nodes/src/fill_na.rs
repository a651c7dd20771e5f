//! `fill_na`: no value is missing any more.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use serde::Deserialize;
use wpipe_sdk::data::ColumnKind;
use wpipe_sdk::data::table::{Nullable, TextColumn};
use wpipe_sdk::{Output, Table, TableError, TableSpec, node};

use crate::statistics::{medians, most_frequent};

/// The text of what a house does not have.
const NONE: &str = "None";

/// What stands in for missing values. Where nothing is said of a column, it is the most frequent value.
#[derive(Deserialize)]
pub(crate) struct FillNa {
    /// The columns of text in which the house has no such thing: `None`.
    none: BTreeSet<String>,
    /// The columns of numbers in which it has none: 0.
    zero: BTreeSet<String>,
    /// The columns of numbers that get the median of the houses that are alike in another column.
    median_by: BTreeMap<String, String>,
}

/// A column without missing values.
enum Filled<'t> {
    Numbers(Vec<f64>),
    Text(Nullable<'t, TextColumn<'t>>, &'t str),
}

/// Fills the missing values of all columns. Numbers become floats.
#[node]
pub(crate) fn fill_na(
    house_prices_drop: &Table,
    fill_na: FillNa,
    house_prices_no_na: Output<Table>,
) -> Result<(), Box<dyn Error>> {
    let table = house_prices_drop;
    let mut spec = TableSpec::new(table.rows());
    for column in table.columns() {
        spec = match column.kind {
            ColumnKind::Text => {
                let (texts, instead) = text(table, column.name, &fill_na)?;
                let bytes = (0..texts.len()).map(|row| texts.get(row).unwrap_or(instead).len()).sum();
                spec.text(column.name, bytes)
            }
            _ => spec.f64(column.name),
        };
    }
    house_prices_no_na.build(&spec, |to| {
        for (column, to) in table.columns().zip(to.columns_mut()) {
            // One after the other, so that only one is held twice.
            match filled(table, column.name, column.kind, &fill_na)? {
                Filled::Numbers(numbers) => to.values::<f64>()?.copy_from_slice(&numbers),
                Filled::Text(texts, instead) => {
                    let mut to = to.text()?;
                    (0..texts.len()).try_for_each(|row| to.push(texts.get(row).unwrap_or(instead)))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn filled<'t>(table: &'t Table<'_>, name: &str, kind: ColumnKind, fill: &FillNa) -> Result<Filled<'t>, TableError> {
    match kind {
        ColumnKind::Text => text(table, name, fill).map(|(texts, instead)| Filled::Text(texts, instead)),
        ColumnKind::I64 => {
            let numbers = table.nullable::<i64>(name)?;
            numbers_of(table, name, |row| numbers.get(row).map(|number| number as f64), fill)
        }
        _ => {
            let numbers = table.nullable::<f64>(name)?;
            numbers_of(table, name, |row| numbers.get(row), fill)
        }
    }
}

/// Returns a column of text, and the text that stands in for a missing one.
fn text<'t>(
    table: &'t Table<'_>,
    name: &str,
    fill: &FillNa,
) -> Result<(Nullable<'t, TextColumn<'t>>, &'t str), TableError> {
    let texts = table.nullable_text(name)?;
    let instead = match texts.null_count() {
        0 => "",
        _ if fill.none.contains(name) => NONE,
        _ => most_frequent((0..texts.len()).filter_map(|row| texts.get(row))).unwrap_or_default(),
    };
    Ok((texts, instead))
}

fn numbers_of<'t>(
    table: &'t Table<'_>,
    name: &str,
    number: impl Fn(usize) -> Option<f64>,
    fill: &FillNa,
) -> Result<Filled<'t>, TableError> {
    let rows = 0..table.rows();
    let mut numbers: Vec<Option<f64>> = rows.clone().map(&number).collect();
    if fill.zero.contains(name) {
        numbers.iter_mut().for_each(|number| *number = number.or(Some(0.0)));
    }
    if let Some(by) = fill.median_by.get(name)
        && numbers.contains(&None)
    {
        let groups = table.nullable_text(by.as_str())?;
        let known = rows.clone().filter_map(|row| Some((groups.get(row)?, number(row)?)));
        let medians = medians(known);
        for row in rows {
            let median = groups.get(row).and_then(|group| medians.get(group));
            numbers[row] = numbers[row].or(median.copied());
        }
    }
    let most = if numbers.contains(&None) {
        // All of them are whole in this example; bits keep the order of floats that are not negative.
        let bits = most_frequent(numbers.iter().flatten().map(|number| number.to_bits()));
        bits.map(f64::from_bits).unwrap_or_default()
    } else {
        0.0
    };
    Ok(Filled::Numbers(numbers.into_iter().map(|number| number.unwrap_or(most)).collect()))
}
