//! The place where a test builds.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tempfile::TempDir;
use wpipe_build::{BuildError, BuildRequest, Built, Outcome, Output, Target, build};

use super::crates;

/// The crates and cargo's output for them, kept for the next run of the tests; locked while these tests run.
static SHARED: LazyLock<(PathBuf, File)> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workshop");
    fs::create_dir_all(&directory).unwrap();
    let lock = File::create(directory.join("lock")).unwrap();
    lock.lock().unwrap();
    crates::write(&directory);
    (directory.canonicalize().unwrap(), lock)
});

/// An output directory for one test, with a space in its name. Cargo's part of it is shared between tests.
pub(crate) struct Workshop {
    directory: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let workshop = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir(workshop.output_dir()).unwrap();
        for name in ["cargo", "cargo-std"] {
            let shared = SHARED.0.join(name);
            fs::create_dir_all(&shared).unwrap();
            symlink(shared, workshop.output_dir().join(name)).unwrap();
        }
        workshop
    }

    pub(crate) fn output_dir(&self) -> PathBuf {
        self.directory.path().join("output dir")
    }

    /// Returns a path in the workspace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        SHARED.0.join("house").join(name)
    }

    /// Returns the crate outside of the workspace.
    pub(crate) fn stranger(&self) -> PathBuf {
        SHARED.0.join("stranger")
    }

    /// Changes a file of the workspace, at once: another test's cargo may be reading it.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let temporary = SHARED.0.join(name.replace('/', " "));
        fs::write(&temporary, content).unwrap();
        fs::rename(temporary, self.path(name)).unwrap();
    }

    /// Builds a member of the workspace as the component of its name.
    pub(crate) fn build(&self, name: &str) -> Result<Built, BuildError> {
        self.build_as(name, &self.path(name))
    }

    pub(crate) fn build_as(&self, name: &str, crate_dir: &Path) -> Result<Built, BuildError> {
        let request = BuildRequest {
            name: name.to_owned(),
            crate_dir: crate_dir.to_owned(),
            target: Target::UnknownUnknown,
            output_dir: self.output_dir(),
        };
        build(&request, Output::Capture)
    }

    pub(crate) fn outcome(&self, name: &str) -> Outcome {
        self.build(name).unwrap().outcome
    }

    /// Returns the text that a user reads, with the directory of the workspace left out.
    pub(crate) fn complaint(&self, name: &str) -> String {
        let error = self.build(name).expect_err("the crate cannot be built");
        let help = error.help().map(|help| format!("\nhint: {help}")).unwrap_or_default();
        format!("error: {error}{help}").replace(self.path("").to_str().unwrap(), "…/")
    }
}

pub(crate) fn is_component(path: &Path) -> bool {
    fs::read(path).unwrap().starts_with(b"\0asm\x0d\0\x01\0")
}
