//! How fast tables are loaded and saved: `cargo bench -p wpipe-tests --bench formats [-- --quick]`, or
//! `cargo xtask bench formats`.
//!
//! Two million rows of eight columns (whole numbers, floats, texts with and without missing values, dates, timestamps,
//! truths), as CSV and Parquet, from a file that is in memory to a table. Beside it stand Polars, pyarrow, DuckDB and pandas
//! on the same file and in turns, if a Python has them: `WPIPE_BENCH_PYTHON`, or that of `target/bench-python`
//! (`python3 -m venv target/bench-python`, and pip in it). Sums and counts of what all of them have read are compared.
//! Without such a Python wpipe is measured alone, and that is said.

#[path = "../common/figures.rs"]
mod figures;
mod others;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use figures::{is_quick, median};
use serde_json::Map;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::{Catalog, Dataset, Entry, Location};
use wpipe_data::{Column, Date, Table, Timestamp, View, to_archive};

const TABLE: (&str, u64) = (<Table as View>::NAME, <Table as View>::FINGERPRINT);

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
    let (rows, rounds) = if quick { (2_000, 1) } else { (2_000_000, 5) };
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let catalog = Catalog::new(folder.path(), &Transports::detect());
    let written = Buffer::copy_from(&to_archive(&table(rows)?)?, &Transports::detect())?;
    let python = others::python().filter(|_| !quick);

    let mut out = String::from("| file | size | load | rows | sum | save |\n|---|---|---|---|---|---|\n");
    for (kind, options) in [("csv", ""), ("parquet", "snappy"), ("parquet", "zstd"), ("arrow", ""), ("json", "")] {
        let name = format!("data{options}.{kind}");
        let dataset = open(&catalog, kind, &name, options)?;
        let started = Instant::now();
        runtime.block_on(dataset.save(&written, TABLE))?;
        let saved = started.elapsed();
        let mut times = Vec::new();
        let mut check = (0, 0.0);
        for _ in 0..rounds {
            let (time, found) = load(&runtime, &dataset)?;
            times.push(time);
            check = found;
        }
        let size = std::fs::metadata(folder.path().join(&name))?.len();
        let line = |who: &str, load: Duration, check: (usize, f64), saved: &str| {
            let (millis, mb, rows, sum) = (load.as_millis(), size as f64 / 1e6, check.0, check.1);
            format!("| {name} by {who} | {mb:.0} MB | {millis} ms | {rows} | {sum:.3} | {saved} |\n")
        };
        out.push_str(&line("wpipe", median(times), check, &format!("{} ms", saved.as_millis())));
        for (who, time, found) in others::load(python.as_deref(), &folder.path().join(&name), kind, rounds)? {
            let close = (found.1 - check.1).abs() <= check.1.abs() * 1e-9;
            if found.0 != check.0 || !close {
                return Err(format!("{who} reads {found:?} from {name}, wpipe {check:?}").into());
            }
            out.push_str(&line(&who, time, found, ""));
        }
    }
    if python.is_none() {
        writeln!(out, "\nwpipe alone: no Python with pyarrow, Polars, DuckDB and pandas (see `WPIPE_BENCH_PYTHON`)")?;
    }
    std::io::stdout().lock().write_all(out.as_bytes())?;
    Ok(())
}

fn open(catalog: &Catalog, kind: &str, name: &str, compression: &str) -> Result<Dataset, Box<dyn Error>> {
    let mut options = Map::new();
    if !compression.is_empty() {
        options.insert("compression".to_owned(), compression.into());
    }
    if kind == "json" {
        options.insert("lines".to_owned(), true.into());
    }
    let entry = Entry { options, ..Entry::new("data", kind, Location::Path(name.to_owned())) };
    catalog.open(&entry).map_err(|errors| format!("{errors:?}").into())
}

/// How long a load takes; how many rows come, and the sum of a column.
fn load(runtime: &tokio::runtime::Runtime, dataset: &Dataset) -> Result<(Duration, (usize, f64)), Box<dyn Error>> {
    let started = Instant::now();
    let loaded = runtime.block_on(dataset.load(TABLE, Readers::Several))?;
    let time = started.elapsed();
    let table = Table::view(loaded.buffer.bytes()?)?;
    let sum = table.nullable::<f64>("x")?.iter().flatten().sum();
    Ok((time, (table.rows(), sum)))
}

/// Columns of many kinds.
fn table(rows: usize) -> Result<Table<'static>, Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(7);
    let cities = ["Berlin", "Lisboa", "Zürich", "New York", "東京"];
    let ids: Vec<i64> = (0..rows as i64).map(|row| row * 7 + 1_000_000_007).collect();
    let x: Vec<f64> = (0..rows).map(|_| random.f64() * 1_000.0).collect();
    let y: Vec<Option<f64>> =
        (0..rows).map(|_| (random.u8(..) > 25).then(|| (random.f64() * 1e6).round() / 100.0)).collect();
    let city: Vec<&str> = (0..rows).map(|_| cities[random.usize(..cities.len())]).collect();
    let note: Vec<String> = (0..rows).map(|row| format!("note {} of row {row}", random.u32(..1_000_000))).collect();
    let day: Vec<Date> = (0..rows).map(|_| Date(random.i32(0..20_000))).collect();
    let at: Vec<Timestamp> = (0..rows).map(|_| Timestamp(random.i64(0..1_700_000_000) * 1_000_000)).collect();
    let ok: Vec<bool> = (0..rows).map(|_| random.bool()).collect();
    let columns: [(&str, Column); 8] = [
        ("id", ids.into()),
        ("x", x.into()),
        ("y", y.into()),
        ("city", city.into()),
        ("note", note.into()),
        ("day", day.into()),
        ("at", at.into()),
        ("ok", ok.into()),
    ];
    Ok(Table::from_columns(columns)?)
}

/// What Python's libraries are given.
fn script() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/formats/others.py"))
}
