//! Tasks of this repository: `cargo xtask setup | demo | test | bench | book | tidy`.
//!
//! It is the first thing that a newcomer compiles, so it depends on next to nothing.

mod bench;
mod book;
mod browser;
mod demo;
mod package;
mod peers;
mod setup;
mod step;
mod test;
mod tidy;

use std::{
    env,
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

const USAGE: &str = "\
usage: cargo xtask <task>

  setup [--peers | --browser | --python]
                  get what is needed to compile nodes and to run the tests, if it is missing; --peers: also what benchmarks
                  measure beside wpipe, --browser: also what pages are tried in, --python: also what the Python package is
                  tested with, into `target`
  demo            run the examples
  test [--long]   everything that has to pass before a change is merged; --long: with the tests that take minutes each
  bench [name]…   run the benchmarks of these names, or all
  book            make a book of the documents, in `target/book`
  tidy            check the laws of this repository that no compiler knows
";

/// The result of a task.
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["setup"] => setup::run(),
        ["setup", "--browser"] => setup::run().and_then(|()| browser::run()),
        ["setup", "--python"] => setup::run().and_then(|()| peers::python()),
        ["setup", "--peers"] => setup::run().and_then(|()| peers::run()),
        ["demo"] => demo::run(),
        ["test"] => test::run(false),
        ["test", "--long"] => test::run(true),
        ["bench", ref names @ ..] => bench::run(names),
        ["book"] => book::run(),
        ["tidy"] => tidy::run(),
        [] | ["help" | "--help" | "-h"] => step::say(USAGE.trim_end()),
        _ => Err(format!("there is no task `{}`\n\n{}", arguments.join(" "), USAGE.trim_end()).into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be reported if standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
