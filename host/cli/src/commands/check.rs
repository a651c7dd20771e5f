//! `wpipe check`

use std::collections::BTreeSet;
use std::process::ExitCode;

use wpipe::{Error, Host, Project};

use super::build::build_stale;
use crate::arguments::CheckArguments;
use crate::terminal::say;

pub(crate) fn check(arguments: &CheckArguments) -> Result<ExitCode, Error> {
    let project = arguments.manifest.open()?;
    check_project(&project, !arguments.no_build)?;
    let pipeline = project.pipeline();
    let (nodes, datasets) = (pipeline.nodes().len(), pipeline.datasets().count());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    say(&format!(
        "`{}` is in order: {nodes} node{}, {datasets} dataset{}",
        arguments.manifest.manifest.display(),
        plural(nodes),
        plural(datasets)
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check_project(project: &Project, build: bool) -> Result<(), Error> {
    if build {
        build_stale(project)?;
    }
    Host::builder().build()?.check(project, &BTreeSet::new())
}
