//! Runs commands, and reports them.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

use crate::Outcome;

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask is a folder of the repository").to_owned()
}

/// Returns a command of cargo, to be run at the root of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command under a headline; an error names it.
pub(crate) fn step(mut command: Command) -> Outcome {
    let line = line(&command);
    say(&format!("\n==> {line}"))?;
    let status = command.status().map_err(|error| format!("`{line}` cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})").into()) }
}

/// Writes a line to standard output.
pub(crate) fn say(line: &str) -> Outcome {
    writeln!(io::stdout(), "{line}")?;
    Ok(())
}

/// Returns a command as it would be typed.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy());
    words
        .map(|word| if word.contains([' ', '*']) { format!("'{word}'") } else { word.into_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/home/ada/.cargo/bin/cargo");
        command.args(["bench", "--bench", "*"]);
        assert_eq!(line(&command), "cargo bench --bench '*'");
    }

    #[test]
    fn an_error_names_the_command_that_failed() {
        let error = step(Command::new("false")).unwrap_err();
        assert_eq!(error.to_string(), "`false` failed (exit status: 1)");
    }
}
