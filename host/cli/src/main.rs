//! The `wpipe` command: arguments in, text out. Everything else is in the library `wpipe`.

mod arguments;
mod commands;
mod error;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::signals::Signals;
use crate::terminal::report;

fn main() -> ExitCode {
    if let Some(code) = wpipe::compile_if_asked() {
        return code;
    }
    let Arguments { command, verbosity } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(asked) => return terminal::end(show(&asked)),
    };
    terminal::log_host_warnings(&verbosity);
    let signals = Signals::listen();
    let outcome = match command {
        Command::New(arguments) => commands::new(&arguments),
        Command::Build(arguments) => commands::build(&arguments),
        Command::Check(arguments) => commands::check(&arguments),
        Command::Plan(arguments) => commands::plan(&arguments),
        Command::Run(arguments) => commands::run(&arguments, &verbosity, &signals),
        Command::Runs(arguments) => commands::runs(&arguments),
        Command::Catalog(arguments) => commands::catalog(&arguments),
        Command::Viz(arguments) => commands::viz(&arguments),
        Command::Inspect(arguments) => commands::inspect(&arguments),
        Command::Store(arguments) => commands::store(&arguments),
        Command::Schema => commands::schema(),
        Command::Doctor => commands::doctor(),
        Command::Completions { shell } => commands::completions(shell),
    };
    terminal::end(match outcome {
        Ok(code) => code,
        Err(error) => report(&error),
    })
}

/// Shows the fault of the arguments, or the help that they ask for.
fn show(asked: &clap::Error) -> ExitCode {
    if let Err(error) = asked.print()
        && !asked.use_stderr()
    {
        terminal::note_lost(&error);
    }
    u8::try_from(asked.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
