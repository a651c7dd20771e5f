//! What persistence costs a run: `cargo bench -p wpipe-tests --bench tee [-- --quick]`.
//!
//! Three questions, each against its closed form or a baseline of the same run:
//!
//! - The Iris example over storage where every save takes S and every load L, under every `--persist` mode. The forms
//!   are those of kedro-accelerator's benchmark: six datasets between four nodes.
//! - Four outputs of one node, whose saves take two seconds each.
//! - One GiB of datasets between nodes on a fast disk: with tee, the run should take as long as computing alone or
//!   writing alone, whichever is longer.

mod disk;
mod modes;
mod report;

use std::error::Error;
use std::io::Write;

use report::Row;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // `cargo bench` says `--bench`; `cargo test --benches` does not.
    let quick = given("--quick") || given("--test") || !given("--bench");
    let host = wpipe::Host::builder().build()?;
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(modes::iris(&host, quick)?);
    rows.push(modes::terminal_outputs(&host, quick)?);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", report::table("persistence modes: run time against closed forms", &rows))?;
    let rows = disk::measure(&host, quick)?;
    writeln!(out, "{}", report::table("tee on a fast disk", &rows))?;
    Ok(())
}
