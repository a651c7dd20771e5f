//! `wpipe completions`

use std::io;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use wpipe::Error;

use crate::arguments::Arguments;

pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Error> {
    generate(shell, &mut Arguments::command(), "wpipe", &mut io::stdout().lock());
    Ok(ExitCode::SUCCESS)
}
