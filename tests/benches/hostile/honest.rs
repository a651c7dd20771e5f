//! What honest components pay for strangers.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use wpipe_build::{BuildRequest, Output, Target, build};
use wpipe_sandbox::{Compiler, Component, Engine, EngineConfig};
use wpipe_tests::crafted::{Crafted, Described, signatures};

/// The figures, as a table.
pub(crate) fn measure(rounds: usize) -> Result<String, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let request = BuildRequest {
        name: "iris".to_owned(),
        crate_dir: root.join("examples/iris/nodes"),
        target: Target::UnknownUnknown,
        output_dir: root.join("target/wpipe"),
    };
    let wasm = std::fs::read(build(&request, Output::Inherit)?.path)?;
    let described = Described { name: "n", ..Described::default() };
    let small = Crafted::of(signatures(&[described])).encode();
    let mut rows = String::from(
        "| component | compiled in this process | in a process of its own | from the cache |\n|---|---|---|---|\n",
    );
    for (name, wasm) in [("of one node that does nothing", small), ("iris' nodes", wasm)] {
        let [within, child, cached] = times(&wasm, rounds)?.map(|time| time.as_secs_f64() * 1e3);
        let (size, more) = (wasm.len().div_ceil(1024), child - within);
        rows.push_str(&format!(
            "| {name}, {size} KiB | {within:.1} ms | {child:.1} ms ({more:+.1} ms) | {cached:.1} ms |\n"
        ));
    }
    Ok(rows)
}

/// How long loading takes that compiles in this process, that compiles in another one, and that finds it in the cache and
/// checks its seal: the least times, since whatever else the machine does only adds.
fn times(wasm: &[u8], rounds: usize) -> Result<[Duration; 3], Box<dyn Error>> {
    let cache = tempfile::tempdir()?;
    let within = Engine::new(EngineConfig::default())?;
    let child = Engine::new(EngineConfig { compiler: Compiler::this_program(), ..EngineConfig::default() })?;
    let cached = Engine::new(EngineConfig { cache: Some(cache.path().to_owned()), ..EngineConfig::default() })?;
    let engines = [within, child, cached];
    let mut least = [Duration::MAX; 3];
    // The first round fills the cache. In turns, so that whatever else the machine does hits all.
    for round in 0..=rounds {
        for (engine, least) in engines.iter().zip(&mut least) {
            let time = load(engine, wasm)?;
            if round > 0 {
                *least = time.min(*least);
            }
        }
    }
    Ok(least)
}

fn load(engine: &Engine, wasm: &[u8]) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let component = Component::from_bytes(engine, "iris", wasm)?;
    let time = started.elapsed();
    assert!(!component.signatures().is_empty(), "it describes its nodes");
    Ok(time)
}
