//! `wpipe completions`

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;
use crate::error::Error;
use crate::terminal::print;

pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "wpipe", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
