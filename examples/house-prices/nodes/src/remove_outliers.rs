//! `remove_outliers`: more houses, without those that are large and cheap.

use std::error::Error;

use serde::Deserialize;
use wpipe_sdk::data::table::ColumnMut;
use wpipe_sdk::{Output, Table, TableError, TableSpec, info, node};

use crate::columns::{Column, Drawn, HOUSES, Values, columns};

/// The houses that are added to those of the file.
#[derive(Deserialize)]
pub(crate) struct Augment {
    /// The houses of the file times this number are there in the end.
    pub(crate) multiplier: usize,
    /// The same seed adds the same houses.
    pub(crate) seed: u64,
}

/// The houses that are left out.
#[derive(Deserialize)]
pub(crate) struct Outliers {
    /// Those with a living area above this …
    pub(crate) area_above: i64,
    /// … and a price below this one.
    pub(crate) price_below: i64,
}

impl Outliers {
    fn have(&self, area: i64, price: i64) -> bool {
        area > self.area_above && price < self.price_below
    }
}

/// The houses that stay: of the file, and of those that are added.
struct Kept {
    of_file: Vec<usize>,
    added: Vec<u32>,
}

/// Adds houses made by chance to those of the file, and leaves out large ones that are cheap.
#[node]
pub(crate) fn remove_outliers(
    house_prices: &Table,
    augment: Augment,
    outliers: Outliers,
    house_prices_no_outliers: Output<Table>,
) -> Result<(), Box<dyn Error>> {
    let columns = columns();
    let kept = kept(house_prices, &columns, &augment, &outliers)?;
    let rows = kept.of_file.len() + kept.added.len();
    info!("{rows} of {} houses are no outliers", house_prices.rows() + HOUSES * augment.multiplier.saturating_sub(1));
    let mut spec = TableSpec::new(rows);
    for column in &columns {
        spec = match &column.values {
            Values::Whole(..) => spec.i64(column.name),
            Values::Float(..) => spec.f64(column.name).nullable(),
            Values::Text(_) => spec.text(column.name, text_bytes(house_prices, column, &augment, &kept)?).nullable(),
        };
    }
    house_prices_no_outliers.build(&spec, |table| {
        let mut filled = columns.iter().zip(table.columns_mut());
        filled.try_for_each(|(column, to)| fill(house_prices, column, &augment, &kept, to))
    })?;
    Ok(())
}

fn kept(file: &Table, columns: &[Column], augment: &Augment, outliers: &Outliers) -> Result<Kept, TableError> {
    let (areas, prices) = (file.column::<i64>("GrLivArea")?, file.column::<i64>("SalePrice")?);
    let of_file = (0..file.rows()).filter(|&row| !outliers.have(areas[row], prices[row]));
    let drawn = |name| columns.iter().find(|column| column.name == name).map(|of| Drawn::added(of, augment.seed));
    let (Some(areas), Some(prices)) = (drawn("GrLivArea"), drawn("SalePrice")) else {
        return Ok(Kept { of_file: of_file.collect(), added: Vec::new() });
    };
    let number = |drawn: &Drawn<'_>, row: u32| drawn.number(row as usize).unwrap_or_default();
    let added = u32::try_from(HOUSES * augment.multiplier.saturating_sub(1)).unwrap_or(u32::MAX);
    let added = (0..added).filter(|&row| !outliers.have(number(&areas, row), number(&prices, row)));
    Ok(Kept { of_file: of_file.collect(), added: added.collect() })
}

/// Returns the room that the texts of a column take.
fn text_bytes(file: &Table, column: &Column, augment: &Augment, kept: &Kept) -> Result<usize, TableError> {
    let texts = file.nullable_text(column.name)?;
    let drawn = Drawn::added(column, augment.seed);
    let of_file = kept.of_file.iter().map(|&row| texts.get(row).map_or(0, str::len));
    let added = kept.added.iter().map(|&row| drawn.text(row as usize).map_or(0, str::len));
    Ok(of_file.chain(added).sum())
}

fn fill(
    file: &Table,
    column: &Column,
    augment: &Augment,
    kept: &Kept,
    to: &mut ColumnMut<'_>,
) -> Result<(), TableError> {
    let drawn = Drawn::added(column, augment.seed);
    let (first, added) = (kept.of_file.len(), kept.added.iter().map(|&row| row as usize));
    match column.values {
        Values::Whole(..) => {
            let from = file.column::<i64>(column.name)?;
            let numbers = kept.of_file.iter().map(|&row| from[row]);
            let numbers = numbers.chain(added.map(|row| drawn.number(row).unwrap_or_default()));
            to.values::<i64>()?.iter_mut().zip(numbers).for_each(|(to, number)| *to = number);
        }
        Values::Float(..) => {
            let from = file.nullable::<f64>(column.name)?;
            let mut to = to.nullable_values::<f64>()?;
            kept.of_file.iter().enumerate().for_each(|(at, &row)| to.set(at, from.get(row)));
            added.enumerate().for_each(|(at, row)| to.set(first + at, drawn.number(row).map(|number| number as f64)));
        }
        Values::Text(_) => {
            let from = file.nullable_text(column.name)?;
            let mut to = to.text()?;
            kept.of_file.iter().try_for_each(|&row| to.push_option(from.get(row)))?;
            added.into_iter().try_for_each(|row| to.push_option(drawn.text(row)))?;
        }
    }
    Ok(())
}
