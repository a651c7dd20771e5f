//! `wpipe check`

use std::collections::BTreeSet;
use std::process::ExitCode;

use wpipe::Project;

use super::build::build_stale;
use super::host::host;
use crate::arguments::CheckArguments;
use crate::error::Error;
use crate::terminal::{count, dropped, note, say};

pub(crate) fn check(arguments: &CheckArguments) -> Result<ExitCode, Error> {
    let project = arguments.manifest.open()?;
    check_project(&project, !arguments.no_build)?;
    let pipeline = project.pipeline();
    let (nodes, datasets) = (pipeline.nodes().len(), pipeline.datasets().count());
    let manifest = arguments.manifest.manifest.display();
    say(&format!("`{manifest}` is in order: {}, {}", count(nodes, "node"), count(datasets, "dataset")));
    if let Some(text) = dropped(&project.dropped_outputs()) {
        note(&format!("a run drops what is {text}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check_project(project: &Project, build: bool) -> Result<(), wpipe::Error> {
    if build {
        build_stale(project)?;
    }
    host().build()?.check(project, &BTreeSet::new())
}
