//! `cargo xtask setup --peers` and `--python`: gets what benchmarks measure beside wpipe, the engines that tests run tasks on,
//! and what the tests of the Python package try it with, each into a folder of `target`.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{
    Outcome,
    step::{root, say, step},
};

/// The folder, the versions of Python that have its packages, newest first, and these.
type Peer = (&'static str, &'static [&'static str], &'static [&'static str]);

const PEERS: [Peer; 4] = [FORMATS, VINEYARD, RAY, DASK];

const FORMATS: Peer = (
    "bench-formats",
    &["3.13", "3.12", "3.11"],
    // The newest: who reads files takes these.
    &["pyarrow", "polars", "duckdb", "pandas"],
);

const VINEYARD: Peer = (
    "bench-vineyard",
    &["3.10", "3.9"],
    // The newest that fit together: vineyard's plugin asks for a class that Kedro 0.19 does not have.
    &[
        "vineyard==0.24.2",
        "vineyard-kedro==0.24.2",
        "kedro==0.18.14",
        "pandas<2.1",
        "numpy<1.25",
        "pyarrow<15",
        "scikit-learn<1.4",
        "setuptools<70",
    ],
);

const DASK: Peer = ("engine-dask", &["3.13", "3.12", "3.11", "3.10"], &["distributed"]);

const RAY: Peer = ("bench-ray", &["3.13", "3.12", "3.11", "3.10"], &["ray", "numpy"]);

/// The libraries that the Python package works with: the newest, since users take these.
const PYTHON: Peer = (
    "python",
    &["3.13", "3.12", "3.11"],
    &["numpy", "pandas", "polars", "pyarrow", "duckdb", "kedro", "nbclient", "ipykernel"],
);

/// Makes the folders that are missing. A benchmark whose peer is not there says so, and measures wpipe alone.
pub(crate) fn run() -> Outcome {
    make(&PEERS)
}

/// Makes the folder for the tests of the Python package, if it is missing. Without it they take the path's Python, and skip
/// what needs a library that is not there.
pub(crate) fn python() -> Outcome {
    make(&[PYTHON])
}

fn make(peers: &[Peer]) -> Outcome {
    for (name, versions, packages) in peers {
        let folder = root().join("target").join(name);
        if folder.join("ready").exists() {
            say(&format!("setup: `target/{name}` is there"))?;
            continue;
        }
        let Some(python) = versions.iter().find_map(|version| find(version)) else {
            say(&format!("setup: no `target/{name}`: it needs Python {}", versions.join(" or ")))?;
            continue;
        };
        let mut make = Command::new(python);
        make.args(["-m", "venv"]).arg(&folder);
        step(make)?;
        let mut install = Command::new(folder.join("bin/python3"));
        install.args(["-m", "pip", "install", "--quiet"]).args(*packages);
        step(install)?;
        fs::write(folder.join("ready"), "")?;
    }
    Ok(())
}

/// Finds a Python of this version that works: in the path, or among those of pyenv.
fn find(version: &str) -> Option<PathBuf> {
    let name = format!("python{version}");
    let pyenv = env::home_dir()?.join(".pyenv/versions");
    let own = fs::read_dir(pyenv).into_iter().flatten().flatten().map(|entry| entry.path().join("bin").join(&name));
    let mut candidates = [PathBuf::from(&name)].into_iter().chain(own);
    candidates.find(|python| {
        // A shim of pyenv's is there for versions that are not chosen as well.
        Command::new(python).args(["-c", "import venv, ensurepip"]).output().is_ok_and(|output| output.status.success())
    })
}
