//! Files that are no components of nodes, and the cache of compiled ones.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use wpipe_sandbox::{Component, Engine, EngineConfig, LoadError};
use wpipe_tests::guest;

use crate::support::engine;

fn told(error: &LoadError) -> String {
    format!("{error}\n    help: {}\n", error.help().unwrap_or("none"))
}

#[test]
fn what_is_no_component_of_nodes_is_refused_with_a_reason() {
    let engine = engine();
    let good = fs::read(guest("hostile")).unwrap();
    let cases: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("text", b"[pipeline]\nname = \"iris\""),
        ("magic_only", b"\0asm"),
        ("core_module", b"\0asm\x01\0\0\0"),
        ("truncated", &good[..good.len() / 2]),
        ("other_world", &fs::read(guest("other_world")).unwrap()),
    ];
    let mut all = String::new();
    for (name, bytes) in cases {
        all.push_str(&told(&Component::from_bytes(&engine, name, bytes).unwrap_err()));
    }
    let missing = Component::from_file(&engine, "missing", Path::new("no/such/file.wasm")).unwrap_err();
    all.push_str(&told(&missing));
    insta::with_settings!({ filters => vec![(r"offset 0x[0-9a-f]+|range [0-9.]+|bound = [0-9]+", "…")] }, {
        insta::assert_snapshot!(all);
    });
}

fn cached(directory: &Path) -> Engine {
    Engine::new(EngineConfig { cache: Some(directory.to_owned()), ..EngineConfig::default() }).unwrap()
}

fn entries(directory: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_component_is_compiled_once() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("components");
    let path = guest("hostile");
    Component::from_file(&cached(&directory), "hostile", &path).unwrap();
    let [artefact] = entries(&directory).try_into().expect("one artefact, and nothing half-written");
    assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700, "the directory is private");

    let written = artefact.metadata().unwrap().modified().unwrap();
    Component::from_file(&cached(&directory), "hostile", &path).unwrap();
    assert_eq!(artefact.metadata().unwrap().modified().unwrap(), written, "the second engine took it as it was");

    Component::from_file(&cached(&directory), "other", &guest("wasi")).unwrap();
    assert_eq!(entries(&directory).len(), 2, "another content has another artefact");
}

#[test]
fn a_damaged_artefact_is_compiled_anew() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("components");
    let path = guest("hostile");
    Component::from_file(&cached(&directory), "hostile", &path).unwrap();
    let [artefact] = entries(&directory).try_into().unwrap();
    let good = fs::read(&artefact).unwrap();
    fs::write(&artefact, b"garbage").unwrap();
    Component::from_file(&cached(&directory), "hostile", &path).unwrap();
    assert_eq!(fs::read(&artefact).unwrap(), good);
}

#[test]
fn an_artefact_that_others_could_have_written_is_not_run() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("components");
    let path = guest("hostile");
    Component::from_file(&cached(&directory), "hostile", &path).unwrap();
    let [artefact] = entries(&directory).try_into().unwrap();
    // An empty file would be an error if it were loaded; as it is, it is not even looked at.
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    let before = artefact.metadata().unwrap().modified().unwrap();
    Component::from_file(&cached(&directory), "hostile", &path).unwrap();
    assert_ne!(artefact.metadata().unwrap().modified().unwrap(), before, "compiled anew, not taken");
}
