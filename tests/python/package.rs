//! A folder with the package, and Python, which runs tests against it.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The oldest Python that the package is for, as Python tells it.
const OLDEST: &str = "import sys; sys.exit(sys.version_info < (3, 11))";

/// Runs the tests of a module. Without a Python it says that nothing is shown.
///
/// # Panics
///
/// Panics if a test fails.
pub(crate) fn run(module: &str) {
    let Some(python) = python() else {
        tell(&format!("no Python 3.11 or later: the tests of `{module}` show nothing"));
        return;
    };
    let package = package();
    let mut command = Command::new(python);
    command.args(["-m", "unittest", "--verbose", module]).current_dir(here());
    command.env("PYTHONPATH", package.path()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("WPIPE_TEST_GUEST", wpipe_tests::guest("well_behaved"));
    let output = command.output().expect("Python starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stdout));
    assert!(!told.contains("Ran 0 tests"), "{told}");
    tell(&told);
}

/// Tells those who run the tests, with `--nocapture` too, what was skipped.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns the folder with the package's Python files and its extension module.
fn package() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let package = folder.path().join("wpipe");
    fs::create_dir(&package).expect("a folder");
    let source = here().join("../../host/python/python/wpipe");
    for file in fs::read_dir(source).expect("the package").map(|entry| entry.expect("a file").path()) {
        if file.is_file() {
            fs::copy(&file, package.join(file.file_name().expect("a name"))).expect("a copy");
        }
    }
    let built = env::current_exe().expect("this program").with_file_name(module_file());
    fs::copy(&built, package.join("_wpipe.abi3.so")).unwrap_or_else(|error| panic!("{}: {error}", built.display()));
    folder
}

fn module_file() -> String {
    format!("{}_wpipe{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)
}

/// Returns the Python with the libraries that the package works with, which `cargo xtask setup --python` makes, or that of
/// the path.
fn python() -> Option<PathBuf> {
    let own = here().join("../../target/python/bin/python3");
    [own, PathBuf::from("python3")]
        .into_iter()
        .find(|python| Command::new(python).args(["-c", OLDEST]).output().is_ok_and(|output| output.status.success()))
}

fn here() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python"))
}
