//! Tests of the search on made-up machines.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Library, Toolchain, ToolchainError, find::find, machine::Machine};
use crate::Target;

const SYSROOT: &str = "/home/ada/.rustup/toolchains/stable";
const TARGET_LIBRARY: &str = "/home/ada/.rustup/toolchains/stable/lib/rustlib/wasm32-unknown-unknown/lib";
const LINKER: &str = "/home/ada/.rustup/toolchains/stable/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld";
const SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std";

/// A machine as a test describes it.
#[derive(Default)]
struct Imagined {
    variables: HashMap<&'static str, &'static str>,
    compilers: HashMap<PathBuf, (&'static str, &'static str)>,
    texts: HashMap<PathBuf, &'static str>,
    paths: HashSet<PathBuf>,
}

impl Imagined {
    /// Returns a machine with rustup's stable compiler, as `rustc` in `PATH`, and its linker.
    fn with_rustup() -> Self {
        Self::default().compiler("rustc", "1.95.0", SYSROOT).path(LINKER)
    }

    /// Returns the same with Debian's compiler and library source.
    fn with_packages(release: &'static str) -> Self {
        Self::with_rustup().compiler("/usr/bin/rustc", release, "/usr").path(SOURCE)
    }

    fn compiler(mut self, program: &str, release: &'static str, sysroot: &'static str) -> Self {
        self.compilers.insert(program.into(), (release, sysroot));
        self
    }

    fn path(mut self, path: &str) -> Self {
        self.paths.insert(path.into());
        self
    }

    fn text(mut self, path: &str, text: &'static str) -> Self {
        self.texts.insert(path.into(), text);
        self
    }

    fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.insert(name, value);
        self
    }

    fn without(mut self, path: &str) -> Self {
        self.paths.remove(Path::new(path));
        self
    }

    fn find(&self) -> Result<Toolchain, ToolchainError> {
        find(self, Target::UnknownUnknown)
    }

    /// Returns the text that a user reads if nothing is found.
    fn complaint(&self, target: Target) -> String {
        let error = find(self, target).expect_err("this machine has no toolchain");
        format!("error: {error}\nhint: {}", error.help())
    }
}

impl Machine for Imagined {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).map(OsString::from)
    }

    fn output(&self, program: &Path, arguments: &[&str]) -> Option<String> {
        let (release, sysroot) = self.compilers.get(program)?;
        match arguments {
            ["-vV"] => {
                Some(format!("rustc {release}\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: {release}\n"))
            }
            ["--print", "sysroot"] => Some(format!("{sysroot}\n")),
            _ => None,
        }
    }

    fn text(&self, path: &Path) -> Option<String> {
        self.texts.get(path).map(|text| (*text).to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        self.paths.contains(path)
    }
}

#[test]
fn the_compiler_in_use_comes_first() {
    let machine = Imagined::with_packages("1.96.0").path(TARGET_LIBRARY);
    let toolchain = machine.find().unwrap();
    assert_eq!(toolchain.library(), &Library::Installed);
    insta::assert_snapshot!(
        toolchain.describe(),
        @"wasm32-unknown-unknown by rustc 1.95.0 in `/home/ada/.rustup/toolchains/stable`"
    );
}

#[test]
fn the_compiler_named_by_rustc_is_the_one_in_use() {
    let machine = Imagined::default()
        .variable("RUSTC", "/opt/rust/bin/rustc")
        .compiler("/opt/rust/bin/rustc", "1.97.0", "/opt/rust")
        .path("/opt/rust/lib/rustlib/wasm32-unknown-unknown/lib");
    insta::assert_snapshot!(
        machine.find().unwrap().describe(),
        @"wasm32-unknown-unknown by rustc 1.97.0 in `/opt/rust`"
    );
}

#[test]
fn the_packaged_compiler_stands_in_with_the_linker_of_the_one_in_use() {
    let toolchain = Imagined::with_packages("1.96.0").find().unwrap();
    let linker = Path::new(LINKER).parent().unwrap().to_owned();
    let source = PathBuf::from("/usr/lib/rustlib/src/rust/library");
    assert_eq!(toolchain.library(), &Library::Source { source, linker });
    insta::assert_snapshot!(
        toolchain.describe(),
        @"wasm32-unknown-unknown by the packaged `/usr/bin/rustc` 1.96.0, with a standard library compiled from `/usr/lib/rustlib/src/rust/library`"
    );
}

#[test]
fn a_linker_in_the_path_will_do() {
    let machine = Imagined::with_packages("1.96.0")
        .without(LINKER)
        .variable("PATH", "/bin:/opt/lld/bin")
        .path("/opt/lld/bin/rust-lld");
    let toolchain = machine.find().unwrap();
    assert!(matches!(toolchain.library(), Library::Source { linker, .. } if linker == Path::new("/opt/lld/bin")));
}

#[test]
fn without_any_compiler_the_error_says_where_rust_comes_from() {
    insta::assert_snapshot!(Imagined::default().complaint(Target::UnknownUnknown), @r"
    error: `rustc` cannot be run
    hint: install Rust with rustup, see https://rustup.rs
    ");
}

#[test]
fn without_the_target_the_error_says_what_to_type() {
    insta::assert_snapshot!(Imagined::with_rustup().complaint(Target::UnknownUnknown), @r"
    error: rustc 1.95.0 has no standard library for `wasm32-unknown-unknown`, and no other compiler can stand in: there is no `/usr/bin/rustc`
    hint: run one of
      rustup target add wasm32-unknown-unknown
      sudo apt-get install --no-install-recommends rustc-web rust-web-src    (Debian, Ubuntu)
      cargo xtask setup    (in a checkout of wpipe: tries both)
    ");
}

#[test]
fn wasi_is_never_compiled_by_the_packaged_compiler() {
    insta::assert_snapshot!(Imagined::with_packages("1.96.0").complaint(Target::Wasip2), @r"
    error: rustc 1.95.0 has no standard library for `wasm32-wasip2`, and no other compiler can stand in: the target comes with a libc that only rustup brings
    hint: run `rustup target add wasm32-wasip2`
    ");
}

#[test]
fn a_packaged_compiler_that_cannot_stand_in_is_refused_with_the_reason() {
    let refused = |machine: Imagined| match machine.find() {
        Err(ToolchainError::NoTarget { unusable, .. }) => unusable.to_string(),
        other => panic!("{other:?}"),
    };
    insta::assert_snapshot!(
        refused(Imagined::with_packages("1.63.0")),
        @"the packaged rustc is 1.63.0, at least 1.95 is needed"
    );
    insta::assert_snapshot!(
        refused(Imagined::with_packages("1.96.0").without(SOURCE)),
        @"`/usr/lib/rustlib/src/rust/library` does not hold the source of the standard library"
    );
    insta::assert_snapshot!(
        refused(Imagined::with_packages("1.96.0").text("/usr/lib/rustlib/src/rust/src/version", "1.97.0\n")),
        @"the source of the standard library is 1.97.0, the packaged rustc 1.96.0"
    );
    insta::assert_snapshot!(
        refused(Imagined::with_packages("1.96.0").without(LINKER)),
        @"`rust-lld` is neither in the toolchain in use nor in `PATH`"
    );
}
