//! What strangers' components cost: `cargo bench -p wpipe-tests --bench hostile [-- --quick]`.
//!
//! - What compiling in a process of its own costs an honest component, beside compiling in this process, in turns; and what a
//!   component costs that is in the cache, whose seal is checked.
//! - What shapes that no toolchain makes cost under the default limits: time, and the most memory at once of the process that
//!   loads them and of the one that compiles.
//! - What nodes cost that say, print or ask for too much.

mod cases;
#[path = "../common/figures.rs"]
mod figures;
mod honest;
mod watched;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use figures::is_quick;
use wpipe_sandbox::compile_if_asked;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if let Some(code) = compile_if_asked() {
        return Ok(code);
    }
    if let Some(name) = cases::asked() {
        writeln!(stdout(), "{}", cases::outcome(&name)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let quick = is_quick();
    let mut out = stdout().lock();
    writeln!(out, "{}", honest::measure(if quick { 1 } else { 15 })?)?;
    cases::prepare();
    writeln!(out, "| component | time | memory | outcome |\n|---|---|---|---|")?;
    for name in cases::names().filter(|name| !quick || cases::is_quick(name)) {
        let watched = watched::watch(cases::command(name)?)?;
        let (seconds, mib) = (watched.time.as_secs_f64(), watched.peak >> 20);
        writeln!(out, "| {name} | {seconds:.1} s | {mib} MiB | {} |", watched.told.trim())?;
        assert!(watched.is_well, "{name}: the host did not go on: {}", watched.told);
    }
    Ok(ExitCode::SUCCESS)
}
