//! `wpipe store`

use std::process::ExitCode;

use wpipe::text::{one_line, size};
use wpipe::{SharedEntry, Store};

use crate::arguments::{Format, StoreArguments, StoreCommand};
use crate::error::Error;
use crate::terminal::{count, say, say_json, table, warn};

pub(crate) fn store(arguments: &StoreArguments) -> Result<ExitCode, Error> {
    let settings = arguments.settings()?;
    // Only a run makes one: a mistyped path is no empty store.
    if !settings.path.exists() {
        let path = settings.path.display();
        return Err(Error::Arguments(format!("there is no store at `{path}`: the first run with `--store` makes one")));
    }
    let store = Store::open_with(&settings)?;
    match &arguments.command {
        StoreCommand::List { format: Format::Text } => list(&store)?,
        StoreCommand::List { format: Format::Json } => list_json(&store)?,
        StoreCommand::Verify => return verify(&store),
        StoreCommand::Gc { all } => collect(&store, *all)?,
        StoreCommand::Path { dataset: None } => say(&store.path().display().to_string()),
        StoreCommand::Path { dataset: Some(name) } => {
            for member in store.entry(name)?.members {
                let path = store.object_path(&member).display().to_string();
                match member.partition {
                    Some(partition) => say(&format!("{path}  {}", one_line(&partition))),
                    None => say(&path),
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(store: &Store) -> Result<(), Error> {
    let entries = store.entries()?;
    let usage = store.usage()?;
    if entries.is_empty() {
        say(&format!("`{}` has no dataset", store.path().display()));
    } else {
        let rows = entries.iter().map(|entry| {
            let partitions = if entry.partitioned { entry.members.len().to_string() } else { "-".to_owned() };
            let storage = if entry.mark.is_some() { "yes" } else { "no" };
            [
                one_line(&entry.name()).into_owned(),
                one_line(&entry.schema).into_owned(),
                partitions,
                size(entry.length()),
                entry.generation.to_string(),
                storage.to_owned(),
                one_line(&entry.run).into_owned(),
            ]
        });
        let header = ["dataset", "type", "partitions", "size", "generation", "in storage", "run"];
        say(table(header, rows).trim_end());
    }
    say(&format!("{} of {} in use", size(usage.used), size(usage.limit)));
    Ok(())
}

fn list_json(store: &Store) -> Result<(), Error> {
    let usage = store.usage()?;
    let entry = |entry: &SharedEntry| {
        serde_json::json!({
            "pipeline": entry.pipeline,
            "dataset": entry.dataset,
            "type": entry.schema,
            "fingerprint": format!("{:016x}", entry.fingerprint),
            "partitioned": entry.partitioned,
            "bytes": entry.length(),
            "generation": entry.generation,
            "run": entry.run,
            "mark": entry.mark,
            "objects": entry.members.iter().map(|member| serde_json::json!({
                "id": member.id.as_str(),
                "partition": member.partition,
                "bytes": member.length,
            })).collect::<Vec<_>>(),
        })
    };
    let datasets: Vec<_> = store.entries()?.iter().map(entry).collect();
    let path = store.path().display().to_string();
    say_json(
        serde_json::json!({ "path": path, "used": usage.used, "limit": usage.limit, "datasets": datasets }).to_string(),
    );
    Ok(())
}

fn verify(store: &Store) -> Result<ExitCode, Error> {
    let (objects, faults) = store.verify()?;
    for fault in &faults {
        warn(&format!("{}: {}", one_line(&fault.of), fault.error));
    }
    let read = count(objects, "object");
    if faults.is_empty() {
        say(&format!("{read} read: nothing is damaged"));
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{read} read: {}", count(faults.len(), "fault")));
    Ok(ExitCode::FAILURE)
}

fn collect(store: &Store, all: bool) -> Result<(), Error> {
    let collected = if all { store.collect_all()? } else { store.collect()? };
    let (objects, entries) = (count(collected.objects, "object"), count(collected.entries, "dataset"));
    say(&format!("removed {objects} ({}) and {entries}", size(collected.bytes)));
    if collected.in_use > 0 {
        say(&format!("{} in use", count(collected.in_use, "object")));
    }
    Ok(())
}
