//! What an honest component pays for strangers: iris' nodes.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use wpipe_build::{BuildRequest, Output, Target, build};
use wpipe_sandbox::{Compiler, Component, Engine, EngineConfig};

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
    let cache = tempfile::tempdir()?;
    let within = Engine::new(EngineConfig::default())?;
    let child = Engine::new(EngineConfig { compiler: Compiler::this_program(), ..EngineConfig::default() })?;
    let cached = Engine::new(EngineConfig { cache: Some(cache.path().to_owned()), ..EngineConfig::default() })?;
    let engines = [within, child, cached];
    let mut times = [const { Vec::new() }; 3];
    // The first round fills the cache. In turns, so that whatever else the machine does hits all.
    for round in 0..=rounds {
        for (engine, times) in engines.iter().zip(&mut times) {
            let time = load(engine, &wasm)?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    // The least: whatever else the machine does only adds.
    let least = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default().as_secs_f64() * 1e3;
    let [within, child, cached] = times.map(least);
    let size = wasm.len() >> 10;
    Ok(format!(
        "| loading iris' nodes ({size} KiB) | time |\n|---|---|\n| compiled in this process | {within:.1} ms |\n\
         | compiled in a process of its own | {child:.1} ms, {:.1} ms more |\n| from the cache, its seal checked | \
         {cached:.1} ms |\n",
        child - within
    ))
}

fn load(engine: &Engine, wasm: &[u8]) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let component = Component::from_bytes(engine, "iris", wasm)?;
    let time = started.elapsed();
    assert!(!component.signatures().is_empty(), "it describes its nodes");
    Ok(time)
}
