//! The nodes as plain functions, on the real flowers.

use std::error::Error;

use wpipe_sdk::{Table, View, to_archive};

use crate::features::FEATURES;
use crate::model::ArchivedModel;
use crate::predict::predict;
use crate::report::{accuracy, report_accuracy};
use crate::split::split_data;
use crate::train::{Train, train_model};

const CSV: &str = include_str!("../../data/iris.csv");

fn iris() -> Result<Table<'static>, Box<dyn Error>> {
    let flowers: Vec<Vec<&str>> = CSV.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut columns = Vec::new();
    for (position, name) in FEATURES.into_iter().enumerate() {
        let values: Result<Vec<f64>, _> = flowers.iter().map(|flower| flower[position].parse()).collect();
        columns.push((name, values?.into()));
    }
    columns.push(("species", flowers.iter().map(|flower| flower[4]).collect::<Vec<_>>().into()));
    Ok(Table::from_columns(columns)?)
}

#[test]
fn the_split_has_the_sizes_asked_for() -> Result<(), Box<dyn Error>> {
    let (train_x, train_y, test_x, test_y) = split_data(&iris()?, 0.2, 1)?;
    assert_eq!([train_x.rows(), train_y.rows(), test_x.rows(), test_y.rows()], [120, 120, 30, 30]);
    let classes: Vec<_> = test_y.columns().map(|column| column.name.to_owned()).collect();
    assert_eq!(classes, ["setosa", "versicolor", "virginica"]);
    Ok(())
}

#[test]
fn no_flower_is_lost_or_doubled() -> Result<(), Box<dyn Error>> {
    let iris = iris()?;
    let (train_x, train_y, test_x, test_y) = split_data(&iris, 0.2, 1)?;
    let mut lengths = [train_x.column::<f64>(2)?, test_x.column(2)?].concat();
    let mut expected = iris.column::<f64>("petal_length")?.to_vec();
    lengths.sort_by(f64::total_cmp);
    expected.sort_by(f64::total_cmp);
    assert_eq!(lengths, expected);
    for class in 0..3 {
        let flowers: f64 = train_y.column::<f64>(class)?.iter().chain(test_y.column::<f64>(class)?).sum();
        assert_eq!(flowers, 50.0);
    }
    Ok(())
}

#[test]
fn the_seed_decides_the_split() -> Result<(), Box<dyn Error>> {
    let iris = iris()?;
    let test_x = |seed| split_data(&iris, 0.2, seed).map(|(_, _, test_x, _)| test_x);
    assert_eq!(test_x(1)?.bytes(), test_x(1)?.bytes());
    assert_ne!(test_x(1)?.bytes(), test_x(2)?.bytes());
    Ok(())
}

#[test]
fn a_ratio_beyond_all_flowers_is_refused() -> Result<(), Box<dyn Error>> {
    let error = split_data(&iris()?, 1.5, 1).err();
    assert_eq!(error.as_deref(), Some("`test_ratio` is 1.5, not a number from 0 to 1"));
    Ok(())
}

#[test]
fn nine_of_ten_flowers_are_recognised() -> Result<(), Box<dyn Error>> {
    for seed in [1, 2, 3] {
        let (train_x, train_y, test_x, test_y) = split_data(&iris()?, 0.2, seed)?;
        let model = train_model(&train_x, &train_y, Train { iterations: 10_000, learning_rate: 0.01 })?;
        let archive = to_archive(&model)?;
        let predictions = predict(ArchivedModel::view(&archive)?, &test_x)?;
        let accuracy = accuracy(&predictions, &test_y)?;
        assert!(accuracy >= 0.9, "{accuracy} with the seed {seed}");
        report_accuracy(&predictions, &test_y)?;
    }
    Ok(())
}

#[test]
fn an_accuracy_of_nothing_is_refused() -> Result<(), Box<dyn Error>> {
    let none = Table::from_columns([("setosa", Vec::<f64>::new().into())])?;
    assert!(report_accuracy(&[], &none).is_err());
    assert!(report_accuracy(&[1], &none).is_err());
    Ok(())
}
