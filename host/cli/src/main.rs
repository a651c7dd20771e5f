//! The `wpipe` command: arguments in, text out. Everything else is in the library `wpipe`.

mod arguments;
mod commands;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::terminal::report;

fn main() -> ExitCode {
    let Arguments { command, verbosity } = Arguments::parse();
    terminal::log_host_warnings(&verbosity);
    let outcome = match command {
        Command::Build(arguments) => commands::build(&arguments),
        Command::Check(arguments) => commands::check(&arguments),
        Command::Plan(arguments) => commands::plan(&arguments),
        Command::Run(arguments) => commands::run(&arguments, &verbosity),
        Command::Runs(arguments) => commands::runs(&arguments),
        Command::Catalog(arguments) => commands::catalog(&arguments),
        Command::Doctor => commands::doctor(),
        Command::Completions { shell } => commands::completions(shell),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}
