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
#[path = "../common/figures.rs"]
mod figures;
mod modes;
mod report;

use std::error::Error;
use std::io::Write;

use figures::is_quick;
use report::Row;

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
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
