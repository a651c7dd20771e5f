//! Runs one build from beginning to end.

use std::{
    fs,
    path::{self, PathBuf},
};

use super::{
    compile::compile,
    componentise::componentise,
    dep_info, files,
    inputs::inputs,
    lock::Lock,
    request::{BuildRequest, Built, Outcome, Output},
    stamp::Stamp,
    target_dir::target_dir,
};
use crate::{BuildError, Toolchain};

/// Brings a component up to date with its sources.
///
/// # Errors
/// Returns a [`BuildError`]. A component that was there before is left as it is.
pub fn build(request: &BuildRequest, output: Output) -> Result<Built, BuildError> {
    let job = Job::new(request)?;
    if job.is_fresh() {
        return Ok(job.done(Outcome::Fresh));
    }
    let toolchain = Toolchain::find_in(request.target, &job.crate_dir)?;
    let lock = Lock::acquire(&job.output_dir, output)?;
    // The previous holder of the lock may have built the very same component.
    if job.is_fresh() {
        return Ok(job.done(Outcome::Fresh));
    }
    job.run(&toolchain, &lock, output)?;
    Ok(job.done(Outcome::Built))
}

/// A request with its paths resolved.
struct Job<'a> {
    request: &'a BuildRequest,
    crate_dir: PathBuf,
    output_dir: PathBuf,
    component: PathBuf,
    stamp: PathBuf,
}

impl<'a> Job<'a> {
    fn new(request: &'a BuildRequest) -> Result<Self, BuildError> {
        let no_crate = || BuildError::NoCrate { path: request.crate_dir.clone() };
        let crate_dir = request.crate_dir.canonicalize().map_err(|_| no_crate())?;
        if !crate_dir.join("Cargo.toml").is_file() {
            return Err(no_crate());
        }
        // Cargo runs in the crate's directory, where a relative path would mean another place.
        let output_dir = path::absolute(&request.output_dir).map_err(BuildError::io("find", &request.output_dir))?;
        let file = |extension| output_dir.join(format!("{}.{extension}", request.name));
        Ok(Self { request, crate_dir, component: file("wasm"), stamp: file("stamp"), output_dir })
    }

    fn is_fresh(&self) -> bool {
        Stamp::read(&self.stamp)
            .is_some_and(|stamp| stamp.is_of(&self.crate_dir, self.request.target) && stamp.holds(&self.component))
    }

    /// Compiles, writes the component, and then the stamp: a crash in between costs a build, never a wrong component.
    fn run(&self, toolchain: &Toolchain, lock: &Lock, output: Output) -> Result<(), BuildError> {
        let target_dir = target_dir(toolchain, &self.crate_dir, &self.output_dir, output)?;
        let module = compile(toolchain, &self.crate_dir, &target_dir, output)?;
        let bytes = fs::read(&module).map_err(BuildError::io("read", &module))?;
        files::write(&self.component, &componentise(&self.crate_dir, bytes)?)?;

        let dep_info = module.with_extension("d");
        let text = fs::read_to_string(&dep_info).map_err(BuildError::io("read", &dep_info))?;
        // The output of build scripts is no input: only building changes it.
        let sources = dep_info::sources(&text).into_iter().filter(|path| !path.starts_with(&target_dir));
        let inputs = inputs(&self.crate_dir, sources, &toolchain.executable());
        match Stamp::new(&self.crate_dir, self.request.target, &self.component, inputs, lock.acquired_at()) {
            Some(stamp) => stamp.write(&self.stamp),
            None => Ok(()),
        }
    }

    fn done(self, outcome: Outcome) -> Built {
        Built { path: self.component, outcome }
    }
}
