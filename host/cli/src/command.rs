//! The command, as a call: its arguments in, its exit code out.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use wpipe::Compiler;

use crate::arguments::{Arguments, Command};
use crate::signals::Signals;
use crate::terminal::report;
use crate::{commands, terminal};

/// Runs the `wpipe` command with these arguments, the first of which is its name. It listens for signals, prints, and may
/// end the process: it is the last thing that a program does. `compiler` is what compiles components for it.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>, compiler: Compiler) -> ExitCode {
    commands::compile_by(compiler);
    let Arguments { command, verbosity } = match Arguments::try_parse_from(arguments) {
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
        Command::Tasks(arguments) => commands::tasks(&arguments),
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
