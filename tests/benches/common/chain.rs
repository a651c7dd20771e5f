//! Chains of nodes that do next to nothing: what the runner itself costs.
#![allow(dead_code, reason = "no benchmark uses all of it")]

use std::error::Error;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wpipe::{Event, Host, JsonLines, Pipeline, Project, Record, Runner};
use wpipe_tests::guest;

/// How the nodes hang together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Each reads what the one before it made.
    Chain,
    /// Each stands alone.
    Wide,
}

/// A pipeline of `nodes` nodes, each of which passes a text of a few bytes on or makes a number of nothing.
pub(crate) fn load(host: &Host, shape: Shape, nodes: usize) -> Result<Pipeline, Box<dyn Error>> {
    let mut manifest = format!(
        "[pipeline]\nname = \"bench\"\n[components.c]\npath = {:?}\n[params]\nmessage = \"hello\"\n",
        guest("well_behaved")
    );
    for node in 0..nodes {
        let (function, input) = match shape {
            Shape::Chain if node > 0 => ("pass_text", format!("\"d{}\"", node - 1)),
            Shape::Chain => ("says", "\"params:message\"".to_owned()),
            Shape::Wide => ("nothing", String::new()),
        };
        manifest.push_str(&format!(
            "[nodes.n{node:05}]\nuses = \"c/{function}\"\ninputs = [{input}]\noutputs = [\"d{node}\"]\n"
        ));
    }
    Ok(host.load_project(Project::parse("pipeline.toml", &manifest, ".")?)?)
}

/// Runs it once with every event written as JSON, and gives the time per node.
pub(crate) fn time_per_node(pipeline: &Pipeline, runner: Runner, nodes: usize) -> Result<Duration, Box<dyn Error>> {
    let completed = Arc::new(AtomicU64::new(0));
    let count = completed.clone();
    let started = Instant::now();
    let result = pipeline
        .run()
        .runner(runner)
        .observe(JsonLines::new(std::io::sink()))
        .observe(move |record: &Record| {
            if matches!(record.event, Event::NodeCompleted { .. }) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
        .execute()?;
    let time = started.elapsed();
    let report = result.report();
    if completed.load(Ordering::Relaxed) != nodes as u64 || report.completed.len() != nodes {
        return Err(format!("{} of {nodes} nodes completed", report.completed.len()).into());
    }
    if report.outputs.contains_key(&format!("d{}", nodes - 1)) && nodes > 1 && !report.outputs.contains_key("d0") {
        let last = result.output::<str>(&format!("d{}", nodes - 1))?;
        if last != "hello" {
            return Err(format!("the chain ended with `{last}`").into());
        }
    }
    Ok(time / nodes as u32)
}

/// Two workers.
pub(crate) const PARALLEL: Runner = Runner::Parallel { workers: NonZero::new(2).unwrap() };
