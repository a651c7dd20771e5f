//! `wpipe runs`

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use wpipe::{Error, History, NodeRecord, RunRecord};

use crate::arguments::{Format, RunsArguments, RunsCommand};
use crate::terminal::{say, table};

pub(crate) fn runs(arguments: &RunsArguments) -> Result<ExitCode, Error> {
    let history = History::of(directory_of(&arguments.manifest));
    match &arguments.command {
        RunsCommand::List => list(&history)?,
        RunsCommand::Show { run, format } => {
            let record = history.open(run.as_deref())?;
            match format {
                Format::Text => say(&show(&record)),
                Format::Json => say(&to_json(&record)),
            }
        }
        RunsCommand::Diff { before, after } => {
            say(&diff(&history.open(Some(before))?, &history.open(after.as_deref())?));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The directory of a manifest, in which its runs are.
pub(super) fn directory_of(manifest: &Path) -> &Path {
    manifest.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

fn list(history: &History) -> Result<(), Error> {
    let ids = history.ids()?;
    if ids.is_empty() {
        say("no run has been recorded yet");
        return Ok(());
    }
    let records = ids.iter().map(|id| history.open(Some(id))).collect::<Result<Vec<_>, _>>()?;
    let rows = records.iter().map(|record| {
        let nodes = format!("{} of {}", record.completed().count(), record.description.nodes.len());
        let description = &record.description;
        [description.id.clone(), description.pipeline.clone(), record.state.to_string(), nodes, seconds(record.seconds)]
    });
    say(table(["run", "pipeline", "state", "nodes", "time"], rows).trim_end());
    Ok(())
}

fn show(record: &RunRecord) -> String {
    let description = &record.description;
    let selection: Vec<_> =
        description.selection.iter().map(|(flag, items)| format!("{flag} {}", items.join(","))).collect();
    let components = description.components.iter().map(|(name, digest)| format!("{name} ({:.12})", digest));
    let facts = [
        ["pipeline".to_owned(), format!("{} ({})", description.pipeline, description.manifest)],
        ["state".to_owned(), record.state.to_string()],
        ["time".to_owned(), seconds(record.seconds)],
        ["selection".to_owned(), or_nothing(&selection.join(" "))],
        ["components".to_owned(), components.collect::<Vec<_>>().join(", ")],
        ["in storage".to_owned(), or_nothing(&record.persisted.join(", "))],
    ];
    let nodes = description.nodes.iter().map(|name| {
        let node = record.nodes.get(name);
        let [copied, mapped, moved] = node.map_or([0; 3], |node| node.copied_mapped_moved);
        let bytes = format!("{copied} / {mapped} / {moved}");
        [name.clone(), state(node), seconds(node.and_then(|node| node.seconds)), bytes]
    });
    let mut text = format!(
        "{}\n{}",
        table(["run", &description.id], facts),
        table(["node", "state", "time", "bytes copied / mapped / moved"], nodes)
    );
    for error in &record.errors {
        text.push_str(&format!("\nerror: {error}"));
    }
    text.trim_end().to_owned()
}

fn state(node: Option<&NodeRecord>) -> String {
    match node {
        None => "not run",
        Some(NodeRecord { seconds: Some(_), .. }) => "completed",
        Some(NodeRecord { error: Some(_), .. }) => "failed",
        Some(_) => "not completed",
    }
    .to_owned()
}

fn to_json(record: &RunRecord) -> String {
    let nodes = record.nodes.iter().map(|(name, node)| {
        let [copied, mapped, moved] = node.copied_mapped_moved;
        let value = json!({
            "seconds": node.seconds, "copied": copied, "mapped": mapped, "moved": moved, "error": node.error,
        });
        (name.clone(), value)
    });
    let value = json!({
        "run": record.description, "state": record.state, "seconds": record.seconds, "errors": record.errors,
        "persisted": record.persisted, "nodes": nodes.collect::<serde_json::Map<_, _>>(),
    });
    value.to_string()
}

fn diff(before: &RunRecord, after: &RunRecord) -> String {
    let (old, new) = (&before.description, &after.description);
    let mut rows = vec![["state".to_owned(), before.state.to_string(), after.state.to_string()]];
    let mut row = |what: String, before: String, after: String| {
        if before != after {
            rows.push([what, before, after]);
        }
    };
    row("pipeline".into(), old.pipeline.clone(), new.pipeline.clone());
    row("manifest".into(), format!("{:.12}", old.manifest_digest), format!("{:.12}", new.manifest_digest));
    row(
        "environment".into(),
        or_nothing(old.env.as_deref().unwrap_or_default()),
        or_nothing(new.env.as_deref().unwrap_or_default()),
    );
    row("wpipe".into(), old.wpipe.clone(), new.wpipe.clone());
    for name in old.components.keys().chain(new.components.keys()).collect::<BTreeSet<_>>() {
        let digest = |components: &std::collections::BTreeMap<String, String>| {
            components.get(name).map_or_else(|| "-".to_owned(), |digest| format!("{digest:.12}"))
        };
        row(format!("component {name}"), digest(&old.components), digest(&new.components));
    }
    for name in old.params.keys().chain(new.params.keys()).collect::<BTreeSet<_>>() {
        let value = |params: &serde_json::Map<String, serde_json::Value>| {
            params.get(name).map_or_else(|| "-".to_owned(), ToString::to_string)
        };
        row(format!("params:{name}"), value(&old.params), value(&new.params));
    }
    for name in old.nodes.iter().chain(&new.nodes).collect::<BTreeSet<_>>() {
        let node = |record: &RunRecord| match record.description.nodes.contains(name) {
            true => state(record.nodes.get(name)),
            false => "not selected".to_owned(),
        };
        row(format!("node {name}"), node(before), node(after));
    }
    rows.push(["time".to_owned(), seconds(before.seconds), seconds(after.seconds)]);
    let times = old.nodes.iter().filter_map(|name| {
        let time = |record: &RunRecord| record.nodes.get(name)?.seconds;
        Some([format!("time of {name}"), seconds(Some(time(before)?)), seconds(Some(time(after)?))])
    });
    rows.extend(times);
    table(["", &old.id, &new.id], rows).trim_end().to_owned()
}

fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.3} s"))
}

fn or_nothing(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}
