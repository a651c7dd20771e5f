//! wpipe as a process that reads and writes tables as it is asked, like `others.py`.

use std::error::Error;
use std::fs;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::{Catalog, Dataset, Entry, Location};
use wpipe_data::{Table, View};

pub(crate) const TABLE: (&str, u64) = (<Table as View>::NAME, <Table as View>::FINGERPRINT);

/// Answers all requests.
pub(crate) fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let transports = Transports::detect();
    let catalog = Catalog::new(Path::new("/"), &transports);
    let mut loaded: Option<Buffer> = None;
    let mut answers = std::io::stdout().lock();
    writeln!(answers, "{}", json!({ "ready": true }))?;
    for request in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&request?)?;
        let answer = answer(&request, &runtime, &catalog, &mut loaded);
        let answer = answer.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(
    request: &Value,
    runtime: &Runtime,
    catalog: &Catalog,
    loaded: &mut Option<Buffer>,
) -> Result<Value, Box<dyn Error>> {
    Ok(match request["do"].as_str() {
        Some("load") => {
            *loaded = None;
            let dataset = open(catalog, request)?;
            fs::write("/proc/self/clear_refs", "5")?;
            let before = memory("VmRSS:")?;
            let started = Instant::now();
            let buffer = runtime.block_on(dataset.load(TABLE, Readers::Several))?.buffer;
            let seconds = started.elapsed().as_secs_f64();
            let peak = memory("VmHWM:")?.saturating_sub(before);
            let (rows, size) = (Table::view(buffer.bytes()?)?.rows(), buffer.len());
            *loaded = Some(buffer);
            json!({ "seconds": seconds, "peak": peak, "rows": rows, "table": size })
        }
        Some("save") => {
            let dataset = open(catalog, request)?;
            let buffer = loaded.as_ref().ok_or("nothing is loaded")?;
            let started = Instant::now();
            runtime.block_on(dataset.save(buffer, TABLE))?;
            json!({ "done": true, "seconds": started.elapsed().as_secs_f64() })
        }
        _ => {
            *loaded = None;
            json!({})
        }
    })
}

/// Opens the dataset of a request: an absolute `path`.
pub(crate) fn open(catalog: &Catalog, request: &Value) -> Result<Dataset, Box<dyn Error>> {
    let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
    let mut options = Map::new();
    let (kind, compression) = (text("kind"), text("compression"));
    if !compression.is_empty() {
        options.insert("compression".to_owned(), compression.into());
    }
    if kind == "json" {
        options.insert("lines".to_owned(), true.into());
    }
    if let Value::Object(types) = &request["types"] {
        options.insert("types".to_owned(), types.clone().into());
    }
    let entry = Entry { options, ..Entry::new("data", &kind, Location::Path(text("path"))) };
    catalog.open(&entry).map_err(|errors| format!("{errors:?}").into())
}

/// Returns a field of this process' memory, in bytes.
fn memory(field: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib << 10)
}
