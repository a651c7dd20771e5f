//! The memory of a build: its input files, and its output.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{compile::SETTINGS, error::BuildError, files};
use crate::Target;

/// A component is up to date as long as its stamp holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// The version and settings of wpipe; another one may build otherwise.
    tool: String,
    crate_dir: PathBuf,
    target: String,
    /// The component's state. It lies beside its stamp, wherever that is.
    component: Option<State>,
    inputs: Vec<File>,
}

/// A file as it was; without a state if it did not exist.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct File {
    path: PathBuf,
    state: Option<State>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct State {
    modified_ns: u64,
    length: u64,
}

impl Stamp {
    /// Makes the stamp of a component that was just built from `inputs`. Returns `None` if one of them was written
    /// after `start`, when the compiler may have read its earlier content.
    pub(super) fn new(
        crate_dir: &Path,
        target: Target,
        component: &Path,
        inputs: BTreeSet<PathBuf>,
        start: SystemTime,
    ) -> Option<Self> {
        let inputs: Vec<_> = inputs.into_iter().map(File::now).collect();
        let start = nanoseconds(start);
        inputs.iter().all(|input| input.is_cargos_own() || input.is_older_than(start)).then(|| Self {
            tool: tool(),
            crate_dir: crate_dir.to_owned(),
            target: target.triple().to_owned(),
            component: State::of(component),
            inputs,
        })
    }

    /// Reads the stamp in a file; `None` if there is none, or if another version wrote it.
    pub(super) fn read(path: &Path) -> Option<Self> {
        // Reading would wait for a pipe in its place.
        let text = path.is_file().then(|| fs::read(path).ok())??;
        serde_json::from_slice(&text).ok()
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), BuildError> {
        let json = serde_json::to_vec_pretty(self).map_err(|error| BuildError::io("write", path)(error.into()))?;
        files::write(path, &json)
    }

    /// Returns true if it describes this crate, compiled for this target by this program.
    pub(super) fn is_of(&self, crate_dir: &Path, target: Target) -> bool {
        self.tool == tool() && self.crate_dir == crate_dir && self.target == target.triple()
    }

    /// Returns true if `component` and all its inputs are unchanged.
    pub(super) fn holds(&self, component: &Path) -> bool {
        self.component.is_some() && self.component == State::of(component) && self.inputs.iter().all(File::is_unchanged)
    }
}

impl File {
    fn now(path: PathBuf) -> Self {
        let state = State::of(&path);
        Self { path, state }
    }

    fn is_unchanged(&self) -> bool {
        self.state == State::of(&self.path)
    }

    fn is_older_than(&self, start: u64) -> bool {
        self.state.as_ref().is_none_or(|state| state.modified_ns <= start)
    }

    /// Returns true for the lock file, which cargo itself writes before it reads any source.
    fn is_cargos_own(&self) -> bool {
        self.path.ends_with("Cargo.lock")
    }
}

impl State {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self { modified_ns: nanoseconds(metadata.modified().ok()?), length: metadata.len() })
    }
}

/// Returns the nanoseconds since 1970; earlier times count as 1970, and those after 2554 as 2554.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn tool() -> String {
    format!("wpipe {}: {}", env!("CARGO_PKG_VERSION"), SETTINGS.join(" "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    /// A component and its only source, with a stamp taken after both were written.
    struct Scene {
        directory: TempDir,
        stamp: Stamp,
    }

    impl Scene {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("lib.rs"), "fn node() {}").unwrap();
            fs::write(directory.path().join("node.wasm"), "wasm").unwrap();
            let stamp = Self::stamp(directory.path(), SystemTime::now() + Duration::from_secs(1)).unwrap();
            Self { directory, stamp }
        }

        /// Returns the stamp of `lib.rs` and of `build.rs`, which does not exist.
        fn stamp(directory: &Path, start: SystemTime) -> Option<Stamp> {
            let inputs = ["lib.rs", "build.rs"].map(|name| directory.join(name)).into();
            Stamp::new(directory, Target::UnknownUnknown, &directory.join("node.wasm"), inputs, start)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        fn holds(&self) -> bool {
            self.stamp.holds(&self.path("node.wasm"))
        }
    }

    #[test]
    fn a_stamp_holds_while_nothing_changes_and_survives_its_file() {
        let scene = Scene::new();
        let file = scene.path("node.stamp");
        scene.stamp.write(&file).unwrap();
        assert!(scene.holds());
        assert_eq!(Stamp::read(&file), Some(scene.stamp));
    }

    #[test]
    fn another_time_is_a_change_even_if_the_length_is_the_same() {
        let scene = Scene::new();
        let source = fs::File::options().append(true).open(scene.path("lib.rs")).unwrap();
        source.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        assert!(!scene.holds());
    }

    #[test]
    fn an_input_that_appears_or_goes_is_a_change() {
        let scene = Scene::new();
        fs::write(scene.path("build.rs"), "").unwrap();
        assert!(!scene.holds());
        fs::remove_file(scene.path("build.rs")).unwrap();
        assert!(scene.holds());
        fs::remove_file(scene.path("lib.rs")).unwrap();
        assert!(!scene.holds());
    }

    #[test]
    fn a_component_that_somebody_else_wrote_is_a_change() {
        let scene = Scene::new();
        fs::write(scene.path("node.wasm"), "other wasm").unwrap();
        assert!(!scene.holds());
    }

    #[test]
    fn a_stamp_is_of_one_crate_and_one_target() {
        let scene = Scene::new();
        let crate_dir = scene.directory.path();
        assert!(scene.stamp.is_of(crate_dir, Target::UnknownUnknown));
        assert!(!scene.stamp.is_of(Path::new("/other"), Target::UnknownUnknown));
        assert!(!scene.stamp.is_of(crate_dir, Target::Wasip2));
    }

    #[test]
    fn a_source_written_during_the_build_leaves_no_stamp() {
        let scene = Scene::new();
        let before = SystemTime::now() - Duration::from_secs(60);
        assert_eq!(Scene::stamp(scene.directory.path(), before), None);
    }

    #[test]
    fn a_file_that_is_no_stamp_counts_as_none() {
        let scene = Scene::new();
        let file = scene.path("node.stamp");
        fs::write(&file, "{ \"tool\": ").unwrap();
        assert_eq!(Stamp::read(&file), None);
    }
}
