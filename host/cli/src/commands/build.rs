//! `wpipe build`

use std::process::ExitCode;

use wpipe::Project;
use wpipe::build::{Built, Outcome, Output};
use wpipe::pipeline::ComponentSpec;

use crate::arguments::ManifestArguments;
use crate::error::Error;
use crate::terminal::{note, say};

pub(crate) fn build(arguments: &ManifestArguments) -> Result<ExitCode, Error> {
    let project = arguments.open()?;
    let mut components = 0;
    project.build(Output::Inherit, |spec, built| {
        components += 1;
        let done = match built.outcome {
            Outcome::Fresh => "Fresh",
            Outcome::Built => "Built",
        };
        say(&format!("{done} component `{}`: {}", spec.name, built.path.display()));
    })?;
    if components == 0 {
        say(&format!("`{}` has no component with `crate = …`: nothing to build", arguments.manifest.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds stale components before something else is done, and reports only those.
pub(super) fn build_stale(project: &Project) -> Result<(), wpipe::Error> {
    project.build(Output::Inherit, tell_built)
}

/// Reports a component that was stale.
pub(super) fn tell_built(spec: &ComponentSpec, built: &Built) {
    if built.outcome == Outcome::Built {
        note(&format!("Built component `{}`", spec.name));
    }
}
