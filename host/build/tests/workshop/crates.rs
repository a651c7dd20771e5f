//! The crates that the tests build.
//!
//! All but one are members of one workspace: where the compiler is a packaged one, cargo compiles the standard library
//! once for each workspace. They are written before the first test runs, because a later member would change the lock
//! file, on which all depend. Each test builds members of its own and may change their sources.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wit_component::{StringEncoding, metadata};
use wit_parser::Resolve;

/// A library that exports `answer`, by the contract beside it.
pub(crate) const ANSWER: &str = r#"
//! A component with one function.
#[unsafe(link_section = "component-type:answer")]
#[used]
static CONTRACT: [u8; include_bytes!("contract.bin").len()] = *include_bytes!("contract.bin");

#[unsafe(export_name = "answer")]
extern "C" fn answer() -> u32 {
    42
}
"#;

/// The members that need only [`ANSWER`].
const ORDINARY: [&str; 7] = ["ordinary", "fresh", "replaced", "twin", "broken", "linked", "at-once"];

/// Writes the workspace `house` and the crate `stranger`, which is no member and has the name of one.
pub(super) fn write(directory: &Path) {
    let house = House { root: directory.join("house") };
    ORDINARY.iter().for_each(|name| house.library(name, "", ANSWER));
    house.library("several-types", "[lib]\nname = \"several\"\ncrate-type = [\"cdylib\", \"rlib\"]\n", ANSWER);
    house.library("dependency", "", "pub const ANSWER: u32 = 42;");
    let dependency = "[dependencies]\ndependency = { path = \"../dependency\" }\n";
    house.library("changing", dependency, &ANSWER.replace("42", "dependency::ANSWER"));
    house.library("macros", "[lib]\nproc-macro = true\n", "");
    house.library("plain", "", "//! No contract.\npub fn answer() -> u32 { 42 }");
    let import = "#[link(wasm_import_module = \"env\")] unsafe extern \"C\" { fn clock() -> u32; }";
    house.library("wants-more", "", &(ANSWER.replace("42", "unsafe { clock() }") + import));
    house.file("program/Cargo.toml", manifest("program"));
    house.file("program/src/main.rs", "fn main() {}");
    house.file("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n");
    let locked = Command::new("cargo").args(["generate-lockfile", "--offline"]).current_dir(&house.root).output();
    assert!(locked.unwrap().status.success());

    let stranger = House { root: directory.to_owned() };
    stranger.library("stranger", "", &ANSWER.replace("42", "43"));
    stranger.file("stranger/Cargo.toml", manifest("twin") + "[workspace]\n");
}

/// Returns the beginning of a package's manifest.
pub(crate) fn manifest(package: &str) -> String {
    format!("[package]\nname = \"{package}\"\nedition = \"2024\"\n")
}

/// A directory of crates.
struct House {
    root: PathBuf,
}

impl House {
    /// Writes a crate with `settings` at the end of its manifest.
    fn library(&self, name: &str, settings: &str, source: &str) {
        self.file(&format!("{name}/Cargo.toml"), manifest(name) + settings);
        self.file(&format!("{name}/src/contract.bin"), contract());
        self.file(&format!("{name}/src/lib.rs"), source);
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Returns the section that lists a module's exports, as wit-bindgen writes it.
fn contract() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package =
        resolve.push_str("contract.wit", "package wpipe:test; world node { export answer: func() -> u32; }").unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    metadata::encode(&resolve, world, StringEncoding::UTF8, None).unwrap()
}
