//! Slow storage under every persistence mode.

use std::error::Error;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use wpipe::build::Output;
use wpipe::{Host, Persist, Pipeline, Project, Runner};
use wpipe_tests::guest;

use crate::report::Row;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// How often each mode is run; the fastest counts, as a slower one had something else beside it.
const ROUNDS: usize = 2;

/// The Iris example with every delay `delay`.
fn load(host: &Host, delay: Duration, directory: &Path) -> Result<Pipeline, Box<dyn Error>> {
    let text = fs::read_to_string(format!("{EXAMPLES}/iris-slow/pipeline.toml"))?;
    let millis = delay.as_millis();
    let text = text
        .replace(r#"load = "1s", save = "1s""#, &format!(r#"load = "{millis}ms", save = "{millis}ms""#))
        .replace("../iris/", &format!("{EXAMPLES}/iris/"));
    if !text.contains(&format!("{millis}ms")) {
        return Err("the example's delays are written in another way".into());
    }
    let project = Project::parse("pipeline.toml", &text, directory)?;
    project.build(Output::Inherit, |_, _| ())?;
    Ok(host.load_project(project)?)
}

fn run(pipeline: &Pipeline, persist: Persist, runner: Runner) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let result = pipeline.run().persist(persist).runner(runner).execute()?;
    let time = started.elapsed();
    let (persisted, completed) = (result.report().persisted.len(), result.report().completed.len());
    let expected = if persist == Persist::Off { 0 } else { 6 };
    if (persisted, completed) != (expected, 4) {
        return Err(format!("{persisted} datasets were saved by {completed} nodes under {persist}").into());
    }
    Ok(time)
}

/// All modes, by both runners.
pub(crate) fn iris(host: &Host, quick: bool) -> Result<Vec<Row>, Box<dyn Error>> {
    let delay = Duration::from_millis(if quick { 100 } else { 1000 });
    let directory = tempfile::tempdir()?;
    let pipeline = load(host, delay, directory.path())?;
    let compute = (0..3).map(|_| run(&pipeline, Persist::Off, Runner::Sequential)).collect::<Result<Vec<_>, _>>()?;
    let compute = compute.into_iter().min().unwrap_or_default();
    let parallel = Runner::Parallel { workers: const { NonZero::new(2).unwrap() } };
    let mut rows = Vec::new();
    for (name, runner) in [("sequential", Runner::Sequential), ("parallel, 2 workers", parallel)] {
        for (persist, delays, form) in [
            (Persist::Sync, 12, "6S + 6L"),
            (Persist::Async, 6, "3S + 3L"),
            (Persist::Cache, 6, "6S"),
            (Persist::CacheAsync, 3, "3S"),
            (Persist::Tee, 1, "S + compute"),
        ] {
            let rounds = (0..if quick { 1 } else { ROUNDS }).map(|_| run(&pipeline, persist, runner));
            let measured = rounds.collect::<Result<Vec<_>, _>>()?.into_iter().min().unwrap_or_default();
            let waits = delay * delays;
            let (expected, most) = match persist {
                Persist::Tee => (waits + compute, waits + compute + Duration::from_millis(100)),
                _ => (waits, waits.mul_f64(1.03) + Duration::from_millis(100)),
            };
            rows.push(Row { what: format!("{persist}, {name}"), measured, expected, form: form.to_owned(), most });
        }
    }
    Ok(rows)
}

/// Four outputs of one node whose saves take two seconds each, and nobody reads.
pub(crate) fn terminal_outputs(host: &Host, quick: bool) -> Result<Row, Box<dyn Error>> {
    let delay = Duration::from_millis(if quick { 200 } else { 2000 });
    let directory = tempfile::tempdir()?;
    let manifest = format!(
        "[pipeline]\nname = \"outputs\"\n[components.c]\npath = {:?}\n[params]\nn = 4\n\
         [nodes.fan4]\ninputs = [\"params:n\"]\noutputs = [\"a\", \"b\", \"c\", \"d\"]\n\
         [datasets.\"{{name}}\"]\ntype = \"archive\"\npath = \"{{name}}\"\ndelay = {{ save = \"{}ms\" }}\n",
        guest("well_behaved"),
        delay.as_millis()
    );
    let pipeline = host.load_project(Project::parse("pipeline.toml", &manifest, directory.path())?)?;
    let started = Instant::now();
    let result = pipeline.run().execute()?;
    let measured = started.elapsed();
    if result.report().persisted.len() != 4 {
        return Err(format!("only {:?} were saved", result.report().persisted).into());
    }
    let what = "tee, four outputs of one node".to_owned();
    Ok(Row { what, measured, expected: delay, form: "S".to_owned(), most: delay + Duration::from_millis(200) })
}
