//! The tables that are measured.

use std::error::Error;
use std::fmt;

use wpipe_data::{Column, Date, Table, Timestamp};

/// The columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Eight columns: whole numbers, floats, texts, dates, timestamps, truths; some values are missing.
    Mixed,
    /// So many columns of whole numbers and floats.
    Numbers(usize),
    /// So many columns of short and long texts.
    Texts(usize),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mixed => f.write_str("mixed, 8 columns"),
            Self::Numbers(columns) => write!(f, "numbers, {columns} columns"),
            Self::Texts(columns) => write!(f, "texts, {columns} columns"),
        }
    }
}

const CITIES: [&str; 5] = ["Berlin", "Lisboa", "Zürich", "New York", "東京"];

impl Shape {
    /// Returns the bytes of a row as CSV, roughly.
    pub(crate) fn row_bytes(self) -> usize {
        match self {
            Self::Mixed => 107,
            Self::Numbers(columns) => columns * 15,
            Self::Texts(columns) => columns * 19,
        }
    }

    /// Returns the kinds of the columns, as the option `types` has them.
    pub(crate) fn types(self) -> Vec<(String, &'static str)> {
        match self {
            Self::Mixed => {
                let kinds = ["i64", "f64", "f64", "text", "text", "date", "timestamp", "bool"];
                let names = ["id", "x", "y", "city", "note", "day", "at", "ok"];
                names.into_iter().map(str::to_owned).zip(kinds).collect()
            }
            Self::Numbers(columns) => names(columns).zip(["i64", "f64"].into_iter().cycle()).collect(),
            Self::Texts(columns) => names(columns).zip(["text"].into_iter().cycle()).collect(),
        }
    }

    pub(crate) fn table(self, rows: usize) -> Result<Table<'static>, Box<dyn Error>> {
        let mut random = fastrand::Rng::with_seed(7);
        let city = |random: &mut fastrand::Rng| CITIES[random.usize(..CITIES.len())];
        let note = |random: &mut fastrand::Rng, row: usize| format!("note {} of row {row}", random.u32(..1_000_000));
        let columns: Vec<(String, Column)> = match self {
            Self::Mixed => {
                let x: Vec<f64> = (0..rows).map(|_| random.f64() * 1_000.0).collect();
                let y = (0..rows).map(|_| (random.u8(..) > 25).then(|| (random.f64() * 1e6).round() / 100.0));
                let y: Vec<Option<f64>> = y.collect();
                let cities: Vec<&str> = (0..rows).map(|_| city(&mut random)).collect();
                let notes: Vec<String> = (0..rows).map(|row| note(&mut random, row)).collect();
                let day: Vec<Date> = (0..rows).map(|_| Date(random.i32(0..20_000))).collect();
                let at = (0..rows).map(|_| Timestamp(random.i64(0..1_700_000_000) * 1_000_000));
                let at: Vec<Timestamp> = at.collect();
                let ok: Vec<bool> = (0..rows).map(|_| random.bool()).collect();
                let id: Vec<i64> = (0..rows as i64).map(|row| row * 7 + 1_000_000_007).collect();
                let columns: [Column; 8] =
                    [id.into(), x.into(), y.into(), cities.into(), notes.into(), day.into(), at.into(), ok.into()];
                self.types().into_iter().map(|(name, _)| name).zip(columns).collect()
            }
            Self::Numbers(columns) => {
                let column = |at: usize| -> Column {
                    match at % 2 {
                        0 => (0..rows).map(|_| random.i64(-1_000_000_000..1_000_000_000)).collect::<Vec<_>>().into(),
                        _ => (0..rows).map(|_| random.f64() * 1_000.0).collect::<Vec<_>>().into(),
                    }
                };
                names(columns).zip((0..columns).map(column)).collect()
            }
            Self::Texts(columns) => {
                let column = |at: usize| -> Column {
                    match at % 2 {
                        0 => (0..rows).map(|_| city(&mut random)).collect::<Vec<_>>().into(),
                        _ => (0..rows).map(|row| note(&mut random, row)).collect::<Vec<_>>().into(),
                    }
                };
                names(columns).zip((0..columns).map(column)).collect()
            }
        };
        Ok(Table::from_columns(columns)?)
    }
}

fn names(columns: usize) -> impl Iterator<Item = String> {
    (0..columns).map(|at| format!("column_{at}"))
}
