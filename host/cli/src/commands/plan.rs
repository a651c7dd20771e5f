//! `wpipe plan`

use std::collections::BTreeSet;
use std::process::ExitCode;

use wpipe::pipeline::Role;
use wpipe::{Error, Handover, Incremental, Plan, Project};

use super::check::check_project;
use super::select::select;
use crate::arguments::{Format, PlanArguments};
use crate::terminal::{say, table};

pub(crate) fn plan(arguments: &PlanArguments) -> Result<ExitCode, Error> {
    let project = arguments.manifest.open()?;
    let Some(project) = select(project, &arguments.selection)? else {
        match arguments.format {
            Format::Text => say("nothing to run: every stored dataset is there"),
            Format::Json => say(r#"{"nodes":[],"datasets":[]}"#),
        }
        return Ok(ExitCode::SUCCESS);
    };
    if arguments.check {
        check_project(&project, true)?;
    } else {
        project.pipeline().missing_inputs(&BTreeSet::new())?;
    }
    if arguments.selection.incremental {
        return plan_incremental(&project, arguments.format);
    }
    let plan = project.plan(arguments.ways.persist, &arguments.ways.transports()?);
    match arguments.format {
        Format::Text => say(&text(&project.pipeline().manifest().name, &plan)),
        Format::Json => say(&serde_json::to_string(&plan).expect("a plan has string keys and finite numbers only")),
    }
    Ok(ExitCode::SUCCESS)
}

/// What runs, and why.
fn plan_incremental(project: &Project, format: Format) -> Result<ExitCode, Error> {
    let decisions = Incremental::of(project)?.decisions;
    match format {
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
            say(&serde_json::json!({ "nodes": nodes }).to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text(name: &str, plan: &Plan) -> String {
    let nodes = plan.nodes.iter().map(|node| {
        [
            node.level.to_string(),
            node.name.clone(),
            format!("{}/{}", node.component, node.function),
            or_nothing(&node.inputs.join(", ")),
            or_nothing(&node.outputs.join(", ")),
        ]
    });
    let datasets = plan.datasets.iter().map(|entry| {
        let dataset = &entry.dataset;
        let role = match dataset.role {
            Role::FreeInput => "free input",
            Role::Intermediate => "intermediate",
            Role::FinalOutput => "final output",
        };
        let location = dataset.location.clone().unwrap_or_default();
        let saved = or_nothing(entry.saved.as_deref().unwrap_or_default());
        let handover = entry.reaches_readers.as_ref().map_or_else(|| "-".to_owned(), handover);
        [dataset.name.clone(), role.to_owned(), dataset.kind.clone(), saved, handover, location]
    });
    format!(
        "Pipeline `{name}`\n\nNodes, in the order of execution\n{}\nDatasets\n{}",
        table(["level", "node", "function", "reads", "writes"], nodes),
        table(["dataset", "role", "type", "saved", "hand-over", "location"], datasets).trim_end()
    )
}

fn handover(Handover { from_storage, small, large }: &Handover) -> String {
    let transport = if small == large { large.clone() } else { format!("{large}, {small} if small") };
    if *from_storage { format!("waits for its save; {transport}") } else { transport }
}

fn or_nothing(names: &str) -> String {
    if names.is_empty() { "-".to_owned() } else { names.to_owned() }
}
