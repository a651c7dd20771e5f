//! The nodes as plain functions.

use std::error::Error;

use wpipe_sdk::{AlignedBytes, Output, Table};

use crate::create_target::create_target;
use crate::drop_cols::drop_cols;
use crate::fill_na::{FillNa, fill_na};
use crate::house_prices::house_prices;
use crate::remove_outliers::{Augment, Outliers, remove_outliers};
use crate::total_sf::total_sf;

type Outcome = Result<(), Box<dyn Error>>;

const OUTLIERS: Outliers = Outliers { area_above: 4000, price_below: 300_000 };

fn no_outliers(multiplier: usize) -> Result<AlignedBytes, Box<dyn Error>> {
    let (output, written) = Output::in_memory();
    remove_outliers(&house_prices(42)?, Augment { multiplier, seed: 7 }, OUTLIERS, output)?;
    written.archive().ok_or("not written".into())
}

fn fill() -> Result<FillNa, Box<dyn Error>> {
    Ok(wpipe_sdk::serde_json::from_str(
        r#"{"none": ["Alley", "PoolQC"], "zero": ["GarageYrBlt"], "median_by": {"LotFrontage": "Neighborhood"}}"#,
    )?)
}

#[test]
fn the_file_is_the_same_each_time() -> Outcome {
    assert_eq!(house_prices(42)?.bytes(), house_prices(42)?.bytes());
    assert_ne!(house_prices(42)?.bytes(), house_prices(43)?.bytes());
    let houses = house_prices(42)?;
    assert_eq!((houses.rows(), houses.columns().len()), (1460, 81));
    let missing = houses.nullable::<f64>("LotFrontage")?.null_count();
    assert!((200..320).contains(&missing), "{missing}");
    Ok(())
}

#[test]
fn large_and_cheap_houses_are_left_out_of_the_file_and_of_those_added() -> Outcome {
    for multiplier in [0, 1, 20] {
        let archive = no_outliers(multiplier)?;
        let houses = Table::view(&archive)?;
        let (areas, prices) = (houses.column::<i64>("GrLivArea")?, houses.column::<i64>("SalePrice")?);
        assert!(areas.iter().zip(prices).all(|(area, price)| *area <= 4000 || *price >= 300_000));
        let share = houses.rows() as f64 / (1460 * multiplier.max(1)) as f64;
        assert!((0.90..0.95).contains(&share), "{share} of {multiplier}");
    }
    Ok(())
}

#[test]
fn what_is_not_available_is_missing_in_the_file_and_a_text_of_added_houses() -> Outcome {
    let archive = no_outliers(2)?;
    let houses = Table::view(&archive)?;
    let alley = houses.nullable_text("Alley")?;
    let added = (0..houses.rows()).filter(|row| alley.get(*row) == Some("NA")).count();
    assert!(added > 300 && alley.null_count() > 300, "{added} {}", alley.null_count());
    Ok(())
}

#[test]
fn the_target_is_the_logarithm_of_the_price() -> Outcome {
    let archive = no_outliers(1)?;
    let houses = Table::view(&archive)?;
    let (output, written) = Output::in_memory();
    create_target(&houses, output)?;
    let archive = written.archive().ok_or("not written")?;
    let target = Table::view(&archive)?;
    let (price, logarithm) = (houses.column::<i64>("SalePrice")?[0], target.column::<f64>("SalePrice")?[0]);
    assert!((logarithm.exp() - 1.0 - price as f64).abs() < 1e-6 * price as f64);
    Ok(())
}

#[test]
fn columns_are_dropped_filled_and_added() -> Outcome {
    let archive = no_outliers(3)?;
    let (output, written) = Output::in_memory();
    drop_cols(&Table::view(&archive)?, vec!["SalePrice".to_owned(), "Utilities".to_owned()], output)?;
    let archive = written.archive().ok_or("not written")?;
    let dropped = Table::view(&archive)?;
    assert_eq!(dropped.columns().len(), 79);

    let (output, written) = Output::in_memory();
    total_sf(&dropped, output)?;
    let archive = written.archive().ok_or("not written")?;
    let clean = Table::view(&archive)?;
    let sum: i64 = ["TotalBsmtSF", "1stFlrSF", "2ndFlrSF"]
        .iter()
        .map(|name| dropped.column::<i64>(*name).map_or(0, |of| of[5]))
        .sum();
    assert_eq!((clean.columns().len(), clean.column::<i64>("TotalSF")?[5]), (80, sum));

    let (output, written) = Output::in_memory();
    fill_na(&dropped, fill()?, output)?;
    let archive = written.archive().ok_or("not written")?;
    let filled = Table::view(&archive)?;
    assert!(filled.columns().all(|column| column.null_count == 0));
    let before = dropped.nullable_text("Alley")?;
    let gap = (0..dropped.rows()).find(|row| before.get(*row).is_none()).ok_or("no gap")?;
    assert_eq!(filled.text("Alley")?.get(gap), "None");
    let before = dropped.nullable::<f64>("GarageYrBlt")?;
    let gap = (0..dropped.rows()).find(|row| before.get(*row).is_none()).ok_or("no gap")?;
    assert_eq!(filled.column::<f64>("GarageYrBlt")?[gap], 0.0);
    Ok(())
}

#[test]
fn a_column_that_is_not_there_is_told() -> Outcome {
    let table = Table::from_columns([("GrLivArea", vec![1_i64].into())])?;
    let (output, _) = Output::in_memory();
    let refused = remove_outliers(&table, Augment { multiplier: 1, seed: 7 }, OUTLIERS, output);
    let error = refused.err().ok_or("a column is missing")?;
    assert!(error.to_string().contains("SalePrice"), "{error}");
    Ok(())
}
