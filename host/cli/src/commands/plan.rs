//! `wpipe plan`

use std::collections::BTreeSet;
use std::process::ExitCode;

use wpipe::pipeline::{PlanKind, Role};
use wpipe::{DatasetPlan, Handover, Incremental, IncrementalOptions, Plan, PlanOptions, Project};

use super::check::check_project;
use super::select::select;
use crate::arguments::{Format, PlanArguments};
use crate::error::Error;
use crate::terminal::{dropped, or_nothing, say, say_json, table};

pub(crate) fn plan(arguments: &PlanArguments) -> Result<ExitCode, Error> {
    let project = arguments.manifest.open()?;
    let Some(project) = select(project, &arguments.selection)? else {
        match arguments.format {
            Format::Text => say("nothing to run: every stored dataset is there"),
            Format::Json => say(r#"{"nodes":[],"datasets":[],"graph":null}"#),
        }
        return Ok(ExitCode::SUCCESS);
    };
    if arguments.check {
        check_project(&project, true)?;
    } else {
        project.pipeline().missing_inputs(&BTreeSet::new())?;
    }
    if arguments.selection.incremental {
        return plan_incremental(&project, arguments);
    }
    let mut options = PlanOptions {
        persist: arguments.ways.persist,
        transports: arguments.ways.transports()?,
        collapse: arguments.collapse,
        ..PlanOptions::default()
    };
    options.workers = arguments.workers.unwrap_or(options.workers);
    let plan = project.plan(&options);
    match arguments.format {
        Format::Text => {
            say(&text(&project.pipeline().manifest().name, &plan));
            if let Some(text) = dropped(&project.dropped_outputs()) {
                say(&format!("\nA run drops what is {text}"));
            }
        }
        Format::Json => say_json(serde_json::to_string(&plan).expect("a plan has string keys and finite numbers only")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the nodes that would run, and why.
fn plan_incremental(project: &Project, arguments: &PlanArguments) -> Result<ExitCode, Error> {
    let mut options = IncrementalOptions::default();
    options.workers = arguments.workers.unwrap_or(options.workers);
    let decisions = Incremental::of_run(project, &options)?.decisions;
    match arguments.format {
        Format::Text => {
            let rows = decisions.iter().map(|decision| {
                let why: Vec<_> = decision.reasons.iter().map(ToString::to_string).collect();
                let what = if why.is_empty() { "is there" } else { "runs" };
                [decision.node.clone(), what.to_owned(), or_nothing(&why.join("; "))]
            });
            say(table(["node", "", "why"], rows).trim_end());
        }
        Format::Json => {
            let nodes: Vec<_> = decisions
                .iter()
                .map(|decision| serde_json::json!({ "name": decision.node, "reasons": decision.reasons }))
                .collect();
            say_json(serde_json::json!({ "nodes": nodes }).to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text(name: &str, plan: &Plan) -> String {
    let nodes = plan.nodes.iter().map(|node| {
        [
            node.level.to_string(),
            node.name.clone(),
            match node.kind {
                PlanKind::Node | PlanKind::Slice => format!("{}/{}", node.component, node.function),
                PlanKind::Slicer | PlanKind::Barrier => or_nothing(""),
            },
            or_nothing(&node.inputs.join(", ")),
            or_nothing(&node.outputs.join(", ")),
        ]
    });
    let datasets = plan.datasets.iter().map(|entry| {
        let dataset = &entry.dataset;
        let kind = kind(&dataset.kind, entry.partitioned);
        let location = dataset.location.clone().unwrap_or_default();
        let saved = or_nothing(entry.saved.as_deref().unwrap_or_default());
        [dataset.name.clone(), role(dataset.role).to_owned(), kind, saved, handovers(entry), location]
    });
    format!(
        "Pipeline `{name}`\n\nNodes, in the order of execution\n{}\nDatasets\n{}",
        table(["level", "node", "function", "reads", "writes"], nodes),
        table(["dataset", "role", "type", "saved", "hand-over", "location"], datasets).trim_end()
    )
}

/// Names the role of a dataset in its pipeline.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::FreeInput => "free input",
        Role::Intermediate => "intermediate",
        Role::FinalOutput => "final output",
    }
}

/// Returns a dataset's type, and adds that it has partitions.
pub(super) fn kind(kind: &str, is_partitioned: bool) -> String {
    if is_partitioned { format!("{kind}, partitioned") } else { kind.to_owned() }
}

/// Describes how a dataset reaches its readers: the calls of a multipipeline, each its partition, and others.
fn handovers(entry: &DatasetPlan) -> String {
    let calls = entry.reaches_calls.as_ref().map(|way| format!("each partition: {}", handover(way)));
    let readers = entry.reaches_readers.as_ref().map(|way| match entry.partitioned {
        true => format!("as a set: {}", handover(way)),
        false => handover(way),
    });
    or_nothing(&calls.into_iter().chain(readers).collect::<Vec<_>>().join("; "))
}

fn handover(Handover { from_storage, small, large }: &Handover) -> String {
    let transport = if small == large { large.clone() } else { format!("{large}, {small} if small") };
    if *from_storage { format!("waits for its save, then {transport}") } else { transport }
}
