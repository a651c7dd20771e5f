//! A project in a directory of its own, and the command run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use tempfile::TempDir;
use wpipe_tests::guest;

/// A directory with a manifest, gone at the end of the test.
pub(crate) struct Project {
    directory: TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A project whose manifest has the components `hostile` and `good` from `tests/guests`, and then `rest`.
    pub(crate) fn new(rest: &str) -> Self {
        let components = format!(
            "[pipeline]\nname = \"test\"\n\n[components]\ngood = {{ path = {:?} }}\nhostile = {{ path = {:?} }}\n\n",
            guest("well_behaved"),
            guest("hostile"),
        );
        Self::bare(&format!("{components}{rest}"))
    }

    /// A project with this manifest.
    pub(crate) fn bare(manifest: &str) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap() };
        project.write("pipeline.toml", manifest);
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of all files but journals, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        fn collect(directory: &Path, root: &Path, files: &mut Vec<String>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(".wpipe") {
                    continue; // The journals of runs are there in any case.
                }
                if path.is_dir() {
                    collect(&path, root, files);
                } else {
                    files.push(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let mut files = Vec::new();
        collect(self.directory.path(), self.directory.path(), &mut files);
        files.sort();
        files
    }

    /// The command, to be run in the project's directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = wpipe(arguments);
        command.current_dir(self.directory.path());
        command
    }

    pub(crate) fn wpipe(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }
}

/// The command with an environment that is the same everywhere.
pub(crate) fn wpipe(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wpipe"));
    for (name, _) in env::vars_os() {
        let of_people = ["COLUMNS", "LINES", "CLICOLOR", "CLICOLOR_FORCE"].iter().any(|known| name == *known);
        let of_services = [&b"AWS_"[..], b"PG", b"OTEL_", b"OPENLINEAGE_", b"TRACE", b"trace"];
        if of_people || of_services.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("NO_COLOR", "1").env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("NO_PROXY", "127.0.0.1");
    command
}

pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// Everything that a person sees, for a snapshot.
    pub(crate) fn told(&self) -> String {
        format!("exit code: {}\n---- stdout\n{}---- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// What changes from run to run and machine to machine, made alike.
pub(crate) fn filtered(check: impl FnOnce()) {
    let filters = vec![
        (r"(?m)^\d\d:\d\d:\d\d ", "[time] "),
        (r"(?s)`good` exports `.*? more", "`good` exports …"),
        (r"in \d+\.\d sec", "in [n] sec"),
        (r"after \d+\.\d sec", "after [n] sec"),
        (r"(?m)^slowest nodes: .*$", "slowest nodes: …"),
        (r"(?m)^storage: .*$", "storage: …"),
        (r"(?m)^\S+ INFO  Worked on \d+ of \d+ partitions of .*\n", ""),
        (r"it asked for [0-9.]+ MiB", "it asked for … MiB"),
        (r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3,12}Z", "[run]"),
        (r"\d+\.\d{3} s\b", "[n] s"),
        (r"\b[0-9a-f]{12}\b", "[digest]"),
        (r"\w+\.rs:\d+:\d+", "[file:line:column]"),
    ];
    insta::with_settings!({ filters => filters }, { check() });
}
