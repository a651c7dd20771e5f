//! `wpipe schema`

use std::process::ExitCode;

use crate::error::Error;
use crate::terminal::say_json;

pub(crate) fn schema() -> Result<ExitCode, Error> {
    say_json(format!("{:#}", wpipe::manifest_schema()));
    Ok(ExitCode::SUCCESS)
}
