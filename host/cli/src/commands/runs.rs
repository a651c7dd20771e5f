//! `wpipe runs`

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use wpipe::text::{message, one_line};
use wpipe::{
    GatheredRuns, History, MultipipelineRecord, NodeRecord, Overrides, Project, Prune, RunDescription, RunRecord,
    RunStore, trace,
};

use super::output::written;
use super::trace::{check_trace, write_trace};
use crate::arguments::{Format, RunsArguments, RunsCommand};
use crate::error::Error;
use crate::terminal::{count, note, or_nothing, print, say, say_json, table, tell_failure, warn};

pub(crate) fn runs(arguments: &RunsArguments) -> Result<ExitCode, Error> {
    match &arguments.run_store {
        None => runs_of(&History::beside(&arguments.manifest), arguments),
        Some(store) => {
            if matches!(arguments.command, RunsCommand::Prune { .. }) {
                return Err(Error::Arguments(format!(
                    "a run in a store is one folder there: remove it from `{store}`"
                )));
            }
            let project = Project::open(&arguments.manifest)?;
            let gathered = GatheredRuns::of(&RunStore::open(&project, Some(store))?)?;
            for (run, error) in gathered.unreadable() {
                warn(&format!("run `{run}`: {error}"));
            }
            runs_of(gathered.history(), arguments)
        }
    }
}

fn runs_of(history: &History, arguments: &RunsArguments) -> Result<ExitCode, Error> {
    match &arguments.command {
        RunsCommand::List => list(history)?,
        RunsCommand::Show { run, format } => {
            let record = history.open(run.as_deref())?;
            match format {
                Format::Text => say(&show(&record)),
                Format::Json => say_json(record.to_json().to_string()),
            }
        }
        RunsCommand::Prune { keep, older_than, dry_run } => {
            return prune(history, Prune { keep: *keep, age: *older_than }, *dry_run);
        }
        RunsCommand::Trace { run, output } => {
            let description = history.open(run.as_deref())?.description;
            let trace = trace(&description.pipeline, &history.timeline(&description.id)?).to_string();
            match output {
                Some(path) => {
                    check_trace(path)?;
                    write_trace(path, &trace)?;
                }
                None => say_json(trace),
            }
        }
        RunsCommand::Report { run, output } => {
            return report(history, &arguments.manifest, run.as_deref(), output.as_deref());
        }
        RunsCommand::Diff { before, after } => {
            say(&diff(&history.open(Some(before))?, &history.open(after.as_deref())?));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the report of a run. What became of the manifest since then does not keep it.
fn report(history: &History, manifest: &Path, run: Option<&str>, output: Option<&Path>) -> Result<ExitCode, Error> {
    let of = history.open(run)?.description;
    let params = of.given_params.iter().filter_map(|(path, value)| Some((path.clone(), value.clone()?))).collect();
    let overrides = Overrides { env: of.env.clone(), params, ..Overrides::default() };
    // Several manifests may lie in one folder.
    let own = manifest.with_file_name(Path::new(&of.manifest).file_name().unwrap_or(manifest.as_os_str()));
    let project = Project::open_with(&own, &overrides);
    if let Err(error) = &project {
        warn(&format!("the report has no drawing: {error}"));
    }
    let report = history.report(Some(&of.id), project.as_ref().ok())?;
    let Some(output) = output else {
        print(&report);
        return Ok(ExitCode::SUCCESS);
    };
    Ok(written(output, &own, || fs::write(output, report)))
}

/// Removes the journals that are not kept; what cannot be removed does not keep the others.
fn prune(history: &History, prune: Prune, dry_run: bool) -> Result<ExitCode, Error> {
    let prunable = history.prunable(prune, SystemTime::now())?;
    let (mut code, mut removed) = (ExitCode::SUCCESS, 0);
    for run in &prunable {
        match if dry_run { Ok(()) } else { history.remove(run) } {
            Ok(()) => {
                removed += 1;
                say(run);
            }
            Err(error) => code = tell_failure(&error.to_string(), error.help()),
        }
    }
    let done = if dry_run { "would be removed" } else { "removed" };
    note(&format!("{} {done}", count(removed, "run")));
    Ok(code)
}

fn list(history: &History) -> Result<(), Error> {
    let (records, damaged) = history.all()?;
    for (_, error) in &damaged {
        warn(&error.to_string());
    }
    if records.is_empty() {
        say(if damaged.is_empty() { "no run has been recorded yet" } else { "no run can be read" });
        return Ok(());
    }
    let rows = records.iter().map(|record| {
        let nodes = format!("{} of {}", record.completed().count(), record.description.nodes.len());
        let of_all =
            |number: fn(&MultipipelineRecord) -> usize| record.multipipelines.values().map(number).sum::<usize>();
        let partitions = match record.multipipelines.is_empty() {
            true => "-".to_owned(),
            false => format!("{} of {}", of_all(|of| of.completed.len()), of_all(MultipipelineRecord::total)),
        };
        let RunDescription { id, pipeline, .. } = &record.description;
        let (state, time) = (record.state.to_string(), seconds(record.seconds));
        [id.clone(), pipeline.clone(), state, nodes, partitions, time]
    });
    say(table(["run", "pipeline", "state", "nodes", "partitions", "time"], rows).trim_end());
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
    if !record.multipipelines.is_empty() {
        text.push('\n');
        text.push_str(&multipipelines(record));
    }
    for (dataset, partition) in &record.checkpoints {
        text.push_str(&format!("\n`{dataset}` is confirmed up to partition `{}`\n", one_line(partition)));
    }
    if record.unreadable > 0 {
        let lines = count(record.unreadable, "line");
        text.push_str(&format!("\n{lines} of its journal cannot be read: what they told counts as not done\n"));
    }
    if record.is_newer || record.unknown > 0 {
        let (events, version) = (count(record.unknown, "event"), &description.wpipe);
        text.push_str(&format!(
            "\nwritten by a later version of wpipe, {version}: {events} unknown to this one, passed over\n"
        ));
    }
    for error in &record.errors {
        text.push_str(&format!("\nerror: {}", message(error)));
    }
    text.trim_end().to_owned()
}

/// Tabulates the partitions of each multipipeline; those that failed by name.
fn multipipelines(record: &RunRecord) -> String {
    let rows = record.multipipelines.iter().map(|(name, of)| {
        let reached = if of.is_barrier_reached { "reached" } else { "not reached" };
        let numbers = [of.slices.len(), of.total(), of.completed.len(), of.failed.len(), of.left_out.len()];
        let [slices, total, completed, failed, left_out] = numbers.map(|number| number.to_string());
        [name.clone(), slices, total, completed, failed, left_out, reached.to_owned()]
    });
    let titles = ["multipipeline", "slices", "partitions", "completed", "failed", "left out", "barrier"];
    let mut text = table(titles, rows);
    for (name, of) in record.multipipelines.iter().filter(|(_, of)| !of.failed.is_empty()) {
        let rows = of.failed.iter().map(|(id, reason)| [id.clone(), reason.clone()]);
        text.push('\n');
        text.push_str(&table([&format!("failed of {name}"), "why"], rows));
    }
    text
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
    let differ = table(["", &old.id, &new.id], rows);
    let reasons = before.differences(after).into_iter().map(|(node, reasons)| {
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        [node, reasons.join("\n")]
    });
    let reasons: Vec<_> = reasons.collect();
    let why =
        if reasons.is_empty() { String::new() } else { format!("\n{}", table(["node", "why it differs"], reasons)) };
    format!("{differ}{why}").trim_end().to_owned()
}

fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.3} s"))
}
