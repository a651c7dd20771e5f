//! How fast tables are loaded and saved: `cargo xtask bench formats [--long]`.
//!
//! wpipe, Polars, pyarrow, DuckDB and pandas load and save the same tables, each in a process of its own, in turns, on
//! files in memory (`/dev/shm`, if it is there). A load is from the file to the table that the library hands to its
//! user, a save the way back. *First* is the first load of a fresh process, with the growth of its peak memory; *load*
//! the median of some more; *save* is one. Everything that is read is compared with what wpipe has read, value by value.
//!
//! `cargo xtask setup --peers` gets the libraries, or `WPIPE_BENCH_PYTHON` names a Python that has them. Without one
//! wpipe is measured alone, and that is said. `--long` adds tables of a gigabyte; words that do not begin with a dash
//! choose rows that contain them, such as `parquet`.

mod data;
#[path = "../common/figures.rs"]
mod figures;
#[path = "../common/python.rs"]
mod python;
mod reader;
mod serve;

use std::collections::HashMap;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::Catalog;
use wpipe_data::{Table, to_archive};

use data::Shape;
use figures::is_quick;
use reader::Reader;
use serve::{TABLE, open};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The argument of a process that reads and writes as it is asked.
const SERVE: &str = "--serve";

/// The formats: the kind, its compression, and true if the kinds of columns are declared.
const FORMATS: [(&str, &str, bool); 7] = [
    ("csv", "", false),
    ("csv", "", true),
    ("json", "", false),
    ("json", "", true),
    ("parquet", "snappy", false),
    ("parquet", "zstd", false),
    ("arrow", "", false),
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == SERVE) {
        return serve::serve();
    }
    let is_long = arguments.iter().any(|argument| argument == "--long");
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let python = reader::python().filter(|_| !is_quick());
    let folder = folder()?;
    let say = |line: &str| -> Outcome<()> { Ok(writeln!(std::io::stdout().lock(), "{line}")?) };
    if python.is_none() {
        say("wpipe alone: no Python with pyarrow, Polars, DuckDB and pandas (`cargo xtask setup --peers`)\n")?;
    }
    say("| table | file | by | load | first | its peak memory | save | values |\n|---|---|---|---|---|---|---|---|")?;
    for (shape, rows) in tables(is_long, is_quick()) {
        let mut written = None;
        for (kind, compression, is_declared) in FORMATS {
            let file = [kind, compression, if is_declared { "declared" } else { "" }];
            let file: Vec<&str> = file.into_iter().filter(|word| !word.is_empty()).collect();
            let name = format!("{shape}, {rows} rows | {}", file.join(" "));
            if !words.iter().all(|word| name.contains(word)) {
                continue;
            }
            let buffer = match &written {
                Some(buffer) => buffer,
                None => written.insert(Buffer::copy_from(&to_archive(&shape.table(rows)?)?, &Transports::detect())?),
            };
            let types = is_declared.then(|| json!(shape.types().into_iter().collect::<HashMap<_, _>>()));
            let format = Format { kind, compression, types };
            let rounds = if is_quick() { 1 } else { 5 };
            for line in measure(folder.path(), buffer, &format, python.as_deref(), rounds)? {
                say(&format!("| {name} | {line}"))?;
            }
        }
    }
    Ok(())
}

/// Returns a folder in memory, if there is one.
fn folder() -> Result<tempfile::TempDir, std::io::Error> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Returns the tables, and their rows.
fn tables(is_long: bool, is_quick: bool) -> Vec<(Shape, usize)> {
    let small = [Shape::Numbers(8), Shape::Texts(8), Shape::Numbers(1_000), Shape::Texts(1_000)];
    let of_bytes = |bytes: usize| move |shape: Shape| (shape, bytes / shape.row_bytes());
    if is_quick {
        return vec![(Shape::Mixed, 2_000), (Shape::Texts(20), 100)];
    }
    let mut tables = vec![(Shape::Mixed, 2_000_000)];
    tables.extend(small.map(of_bytes(10_000_000)));
    if is_long {
        tables.extend(small.map(of_bytes(1_000_000_000)));
    }
    tables
}

/// The form of a file.
#[derive(Clone)]
struct Format {
    kind: &'static str,
    compression: &'static str,
    types: Option<Value>,
}

impl Format {
    /// The form of the file that libraries compare with what they have loaded.
    const EXPECTED: Self = Self { kind: "arrow", compression: "", types: None };

    fn undeclared(&self) -> Self {
        Self { types: None, ..self.clone() }
    }

    fn request(&self, what: &str, path: &Path) -> Value {
        json!({ "do": what, "kind": self.kind, "path": path, "compression": self.compression, "types": self.types })
    }
}

/// What one of the readers has taken.
#[derive(Default)]
struct Figures {
    loads: Vec<f64>,
    first: f64,
    peak: u64,
    save: Option<f64>,
    values: String,
}

/// Returns a line for each of the readers.
fn measure(
    folder: &Path,
    table: &Buffer,
    format: &Format,
    python: Option<&str>,
    rounds: usize,
) -> Outcome<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let catalog = Catalog::new(folder, &Transports::detect());
    let (file, expected) = (folder.join("data"), folder.join("expected.arrow"));
    for (format, path) in [(&format.undeclared(), &file), (&Format::EXPECTED, &expected)] {
        runtime.block_on(open(&catalog, &format.request("save", path))?.save(table, TABLE))?;
    }
    let load = format.request("load", &file);
    let own = || -> Outcome<bool> {
        let loaded = runtime.block_on(open(&catalog, &load)?.load(TABLE, Readers::Several))?.buffer;
        Ok(Table::view(loaded.bytes()?)? == Table::view(table.bytes()?)?)
    };
    let mut lines = Vec::new();
    let mut measured: Vec<(Reader, Figures)> = Vec::new();
    for mut reader in Reader::all(python)? {
        let first = reader.ask(&load)?;
        let Some(seconds) = first["seconds"].as_f64().filter(|_| !first["rows"].is_null()) else {
            lines.extend(first["error"].as_str().map(|error| format!("{} | cannot: {error} |", reader.name)));
            continue;
        };
        let values = values(&mut reader, &own, &expected)?;
        reader.forget()?;
        let peak = first["peak"].as_u64().unwrap_or(0);
        measured.push((reader, Figures { first: seconds, peak, values, ..Figures::default() }));
    }
    for round in 0..rounds {
        for (reader, figures) in &mut measured {
            let loaded = reader.ask(&load)?;
            figures.loads.push(loaded["seconds"].as_f64().ok_or("a load that failed")?);
            // Once: some take a hundred times as long to save as to load.
            if round == 0 {
                let saved = reader.ask(&format.request("save", &folder.join("saved")))?;
                figures.save = saved["seconds"].as_f64().filter(|_| saved["done"] == true);
            }
            reader.forget()?;
        }
    }
    let size = std::fs::metadata(&file)?.len();
    let megabytes = |bytes: u64| format!("{} MB", bytes / 1_000_000);
    for (reader, mut figures) in measured {
        let (load, first) = (millis(median(&mut figures.loads)), millis(Some(figures.first)));
        let (peak, save) = (megabytes(figures.peak), millis(figures.save));
        let values = figures.values;
        lines.push(format!("{} | {load} | {first} | {peak} | {save} | {values} |", reader.name));
    }
    lines.push(format!("file {}, table {} | | | | | |", megabytes(size), megabytes(table.len() as u64)));
    Ok(lines)
}

/// Compares what a reader has loaded with the table, value by value.
fn values(reader: &mut Reader, own: &dyn Fn() -> Outcome<bool>, expected: &Path) -> Outcome<String> {
    if reader.name == reader::WPIPE {
        // Another process would have to write its table down: here, it is loaded once more.
        let is_equal = own()?;
        return if is_equal { Ok("equal".to_owned()) } else { Err("wpipe reads another table".into()) };
    }
    let answer = reader.ask(&json!({ "do": "same", "as": expected }))?;
    match (answer["difference"].as_str(), answer["error"].as_str()) {
        (Some(note), _) if note.starts_with("last digits") => Ok(note.to_owned()),
        (Some(difference), _) => Err(format!("{} reads another table: {difference}", reader.name).into()),
        (None, Some(error)) => Err(format!("{} cannot compare: {error}", reader.name).into()),
        (None, None) => Ok("equal".to_owned()),
    }
}

fn median(seconds: &mut [f64]) -> Option<f64> {
    seconds.sort_unstable_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}

fn millis(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!("{:.0} ms", seconds * 1e3))
}
