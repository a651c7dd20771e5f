//! What the runner costs beyond the calls: `cargo bench -p wpipe-tests --bench pipeline [-- --quick]`.

mod chain;

use std::error::Error;

use chain::{PARALLEL, Shape, load, time_per_node};
use wpipe::{Host, Runner};

fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::builder().build()?;
    for (name, shape) in [("chain", Shape::Chain), ("wide", Shape::Wide)] {
        for nodes in [100, 1_000, 10_000] {
            let pipeline = load(&host, shape, nodes)?;
            for runner in [Runner::Sequential, PARALLEL] {
                let mut times = (0..5).map(|_| time_per_node(&pipeline, runner, nodes)).collect::<Result<Vec<_>, _>>()?;
                times.sort();
                println!("{name} {nodes} {runner:?}: {:?} {:?}", times[2], times[0]);
            }
        }
    }
    Ok(())
}
