//! `wpipe new`

use std::process::ExitCode;

use wpipe::new::{NewProject, Sdk, Template};
use wpipe::text::shell_quoted;

use crate::arguments::{NewArguments, TemplateKind};
use crate::error::Error;
use crate::terminal::say;

pub(crate) fn new(arguments: &NewArguments) -> Result<ExitCode, Error> {
    let sdk = match &arguments.sdk {
        Some(place) => Sdk::parse(place)?,
        None => Sdk::of_this_command()?,
    };
    let template = match arguments.template {
        TemplateKind::Minimal => Template::Minimal,
        TemplateKind::Iris => Template::Iris,
        TemplateKind::Partitioned => Template::Partitioned,
    };
    let project = NewProject::new(&arguments.directory, template, sdk)?;
    for file in project.write()? {
        say(&format!("{}", arguments.directory.join(file).display()));
    }
    say(&format!("\nThe pipeline `{}` is ready:", project.name()));
    say(&format!("  cd {}", shell_quoted(&arguments.directory.to_string_lossy())));
    say("  wpipe run");
    Ok(ExitCode::SUCCESS)
}
