//! Elements of 64 KiB through three stages.

use std::error::Error;
use std::hint::black_box;

use wpipe::{Host, Project, Runner};
use wpipe_tests::guest;

use crate::clock::Clock;

const NUMBERS: u64 = 8 << 10;
const MANIFEST: &str = "
    [params]
    n = 8192
    [nodes.source]
    uses = \"c/produce\"
    inputs = [\"params:n\"]
    outputs = [\"element\"]
    [nodes.process]
    uses = \"c/doubled\"
    inputs = [\"element\"]
    outputs = [\"doubled\"]
    [nodes.sink]
    uses = \"c/total\"
    inputs = [\"doubled\"]
    outputs = [\"sum\"]
";

pub(crate) fn measure(host: &Host, clock: &Clock) -> Result<String, Box<dyn Error>> {
    let manifest =
        format!("[pipeline]\nname = \"elements\"\n[components.c]\npath = {:?}\n{MANIFEST}", guest("well_behaved"));
    let pipeline = host.load_project(Project::parse("pipeline.toml", &manifest, ".")?)?;
    let expected = (NUMBERS * (NUMBERS - 1)) as f64;
    let wpipe = || {
        let result = pipeline.run().runner(Runner::Sequential).execute();
        let sum = result.as_ref().ok().and_then(|result| result.output::<f64>("sum").ok());
        assert!(sum == Some(expected), "the sum is {sum:?}");
    };
    let native = || {
        let sum = sink(black_box(&process(black_box(&source(black_box(NUMBERS))))));
        assert!(sum == expected, "the sum is {sum}");
    };
    let (wpipe, native) = clock.compare(wpipe, native);
    let (wpipe_time, native_time) = (wpipe.median.as_secs_f64() * 1e6, native.median.as_secs_f64() * 1e6);
    Ok(format!(
        "| 64 KiB through three stages, per element | time | of native |\n|---|---|---|\n\
         | native, three functions | {native_time:.1} µs | |\n\
         | wpipe, three fresh sandboxes and a run of its own | {wpipe_time:.1} µs | {:.1}x |\n\
         | Torvyn, published, three lasting instances | 16.2 µs | {:.1}x |\n",
        wpipe.ratio(native),
        16.2 / native_time
    ))
}

fn source(n: u64) -> Vec<f64> {
    (0..n).map(|number| number as f64).collect()
}

fn process(numbers: &[f64]) -> Vec<f64> {
    numbers.iter().map(|number| number * 2.0).collect()
}

fn sink(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}
