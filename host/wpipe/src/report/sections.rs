//! The sections of a report.

use std::collections::BTreeMap;
use std::fmt::Write;

use wpipe_text::size;

use super::html::{badge, facts, folded, section, table};
use super::timeline::drawn;
use crate::history::{DatasetDetails, NodeRecord, RunDetails, RunRecord, TimelineSpan, Transfers};
use crate::viz::{Picture, Vertex, VertexKind, escaped};

/// The most vertices that are drawn: more could not be read.
const MOST_DRAWN: usize = 400;

/// What a report is made of.
pub(super) struct Account<'r> {
    pub(super) record: &'r RunRecord,
    pub(super) details: &'r RunDetails,
    pub(super) timeline: &'r [TimelineSpan],
    /// The picture of the run; `None` if the manifest cannot be read any more.
    pub(super) picture: Option<&'r Picture>,
}

/// What the run was, and how it ended.
pub(super) fn summary(account: &Account<'_>) -> String {
    let (record, of) = (account.record, &account.record.description);
    let selection: Vec<_> = of.selection.iter().map(|(flag, items)| format!("{flag} {}", items.join(","))).collect();
    let count = |done: usize, all: usize| format!("{done} of {all}");
    let list = facts([
        ("run", of.id.clone()),
        ("took", record.seconds.map_or_else(String::new, seconds)),
        ("nodes completed", count(record.completed().count(), of.nodes.len())),
        ("datasets durable", record.persisted.len().to_string()),
        ("selection", selection.join(" ")),
        ("goes on from", of.resumed.as_ref().map_or_else(String::new, |of| of.run.clone())),
        ("manifest", of.manifest.clone()),
    ]);
    format!("<h1>{} {}</h1>\n{list}", escaped(&of.pipeline), badge(&record.state.to_string()))
}

/// What went wrong.
pub(super) fn errors(account: &Account<'_>) -> String {
    let all = account.record.errors.iter();
    let all: String = all.map(|error| format!("<pre class=\"error\">{}</pre>\n", escaped(error))).collect();
    section("Errors", &all)
}

/// The graph as a drawing.
pub(super) fn graph(account: &Account<'_>) -> String {
    let content = match account.picture {
        None => "<p>There is no drawing: the manifest of the run cannot be read any more.</p>\n".to_owned(),
        Some(picture) if picture.vertices.len() > MOST_DRAWN => format!(
            "<p>The graph is too large for a drawing on paper: <code>wpipe viz --run {}</code> shows it.</p>\n",
            escaped(&account.record.description.id)
        ),
        Some(picture) => format!("<div class=\"wide drawing\" tabindex=\"0\">{}</div>\n", picture.to_svg()),
    };
    section("Graph", &content)
}

/// When each call, load, save and wait was.
pub(super) fn timeline(account: &Account<'_>) -> String {
    section("Timeline", &drawn(account.timeline))
}

/// What became of each node.
pub(super) fn nodes(account: &Account<'_>) -> String {
    let rows = account.record.description.nodes.iter().map(|name| {
        let node = account.record.nodes.get(name);
        let details = account.details.nodes.get(name);
        let vertex = vertex(account, VertexKind::Node, name);
        let [copied, mapped, moved] = node.map_or([0; 3], |node| node.copied_mapped_moved);
        let bytes = if copied + mapped + moved > 0 {
            format!("{} / {} / {}", size(copied), size(mapped), size(moved))
        } else {
            String::new()
        };
        let memory = details.filter(|of| of.peak_memory > 0).map_or_else(String::new, |of| size(of.peak_memory));
        let mut more = vertex.and_then(|vertex| vertex.why.as_deref()).map(escaped).unwrap_or_default();
        more += &folded("error", node.and_then(|node| node.error.as_deref()).unwrap_or_default(), "error");
        if let Some(of) = details {
            let mut log = String::new();
            if of.earlier_lines > 0 {
                let _ = writeln!(log, "… {} earlier lines", of.earlier_lines);
            }
            for line in &of.log {
                let part = line.part.as_deref().map_or_else(String::new, |part| format!("{part}: "));
                let _ = writeln!(log, "{:5} {part}{}", line.level, line.message);
            }
            more += &folded(&format!("log ({})", of.log.len() + of.earlier_lines), &log, "log");
        }
        if let Some(command) = vertex.and_then(|vertex| vertex.command.as_deref()) {
            more += &folded("run it again", command, "log");
        }
        vec![
            format!("<strong>{}</strong>", escaped(name)),
            badge(state(node)),
            node.and_then(|node| node.seconds).map_or_else(String::new, seconds),
            bytes,
            memory,
            more,
        ]
    });
    section("Nodes", &table(&["node", "state", "time", "copied / mapped / moved", "memory", "more"], rows))
}

/// What became of the partitions of each multipipeline.
pub(super) fn partitions(account: &Account<'_>) -> String {
    let rows = account.record.multipipelines.iter().map(|(name, of)| {
        let all = |reasons: &BTreeMap<String, String>| -> String {
            reasons.iter().map(|(id, reason)| format!("{id}: {reason}\n")).collect()
        };
        let more = folded("failed", &all(&of.failed), "error") + &folded("left out", &all(&of.left_out), "log");
        let numbers = [of.total(), of.completed.len(), of.failed.len(), of.left_out.len()];
        let mut row = vec![format!("<strong>{}</strong>", escaped(name))];
        row.extend(numbers.map(|number| number.to_string()));
        row.push(more);
        row
    });
    section("Partitions", &table(&["multipipeline", "partitions", "completed", "failed", "left out", "more"], rows))
}

/// Where each dataset came from and went to, and what is durable.
pub(super) fn datasets(account: &Account<'_>) -> String {
    let rows = account.details.datasets.iter().map(|(name, of)| {
        let is_durable = account.record.persisted.iter().any(|kept| kept == name);
        let state = if is_durable {
            badge("durable")
        } else if of.shared.is_some() {
            "in the shared store".to_owned()
        } else if of.made.is_some() {
            "not kept".to_owned()
        } else {
            "read".to_owned()
        };
        vec![
            format!("<strong>{}</strong>", escaped(name)),
            state,
            of.bytes().map_or_else(String::new, size),
            escaped(&of.transports.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
            escaped(&places(of)),
        ]
    });
    section("Datasets", &table(&["dataset", "state", "size", "transport", "place"], rows))
}

/// The parameters, without secrets.
pub(super) fn parameters(account: &Account<'_>) -> String {
    let of = &account.record.description;
    if of.params.is_empty() {
        return String::new();
    }
    let given: Vec<_> =
        of.given_params.iter().map(|(path, value)| format!("{path} = {}", value.as_deref().unwrap_or("***"))).collect();
    let all = serde_json::to_string_pretty(&of.params).unwrap_or_default();
    let content = format!("{}<pre>{}</pre>\n", facts([("set for this run", given.join(", "))]), escaped(&all));
    section("Parameters", &content)
}

/// What the run ran with.
pub(super) fn environment(account: &Account<'_>) -> String {
    let of = &account.record.description;
    let mut content = facts([
        ("wpipe", of.wpipe.clone()),
        ("environment", of.env.clone().unwrap_or_default()),
        ("manifest", format!("{} (BLAKE3 {})", of.manifest, of.manifest_digest)),
    ]);
    let components = of.components.iter().map(|(name, digest)| vec![escaped(name), escaped(digest)]);
    content += &table(&["component", "BLAKE3"], components);
    section("Environment", &content)
}

fn vertex<'a>(account: &Account<'a>, kind: VertexKind, name: &str) -> Option<&'a Vertex> {
    account.picture?.vertices.iter().find(|vertex| vertex.kind == kind && vertex.name == name)
}

fn state(node: Option<&NodeRecord>) -> &'static str {
    match node {
        None => "not run",
        Some(NodeRecord { seconds: Some(_), .. }) => "completed",
        Some(NodeRecord { error: Some(_), .. }) => "failed",
        Some(_) => "not completed",
    }
}

fn places(of: &DatasetDetails) -> String {
    let told = |word: &str, format: &str, one: &Transfers| {
        let version = one.version.as_deref().map_or_else(String::new, |version| format!(", version {version}"));
        let failed = one.error.as_deref().map_or_else(String::new, |error| format!(", failed: {error}"));
        format!("{word} {} ({format}, {}{version}{failed})", one.location, size(one.bytes))
    };
    let loads = of.loads.iter().map(|(format, one)| told("from", format, one));
    let saves = of.saves.iter().map(|(format, one)| told("to", format, one));
    loads.chain(saves).collect::<Vec<_>>().join("; ")
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
}
