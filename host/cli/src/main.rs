//! The program `wpipe`: the command as a process.

use std::env;
use std::process::ExitCode;

use wpipe::Compiler;

fn main() -> ExitCode {
    if let Some(code) = wpipe::compile_if_asked() {
        return code;
    }
    wpipe_cli::run(env::args_os(), Compiler::this_program())
}
