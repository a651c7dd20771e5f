//! Tests of building real crates: small ones without dependencies, so that a test takes less than a second.

mod workshop;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    thread,
};

use workshop::{ANSWER, Workshop, is_component, manifest};
use wpipe_build::{BuildError, Built, Outcome};

#[test]
fn an_ordinary_library_becomes_a_component() {
    let workshop = Workshop::new();
    let built = workshop.build("ordinary").unwrap();
    assert_eq!(built, Built { path: workshop.output_dir().join("ordinary.wasm"), outcome: Outcome::Built });
    assert!(is_component(&built.path));
}

#[test]
fn a_library_may_ask_for_several_crate_types_and_have_another_name_than_its_package() {
    let workshop = Workshop::new();
    assert!(is_component(&workshop.build("several-types").unwrap().path));
}

#[test]
fn a_second_build_is_fresh_and_does_not_run_cargo() {
    let workshop = Workshop::new();
    assert_eq!(workshop.outcome("fresh"), Outcome::Built);

    let target_dirs = ["cargo", "cargo-std"].map(|name| workshop.output_dir().join(name));
    target_dirs.iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(workshop.outcome("fresh"), Outcome::Fresh);
    assert!(target_dirs.iter().all(|path| !path.exists()), "cargo would have made its directory again");
}

#[test]
fn a_change_in_a_dependency_is_seen() {
    let workshop = Workshop::new();
    let first = fs::read(workshop.build("changing").unwrap().path).unwrap();

    workshop.write("dependency/src/lib.rs", "pub const ANSWER: u32 = 43;");
    let second = workshop.build("changing").unwrap();
    assert_eq!(second.outcome, Outcome::Built);
    assert_ne!(first, fs::read(second.path).unwrap());
    assert_eq!(workshop.outcome("changing"), Outcome::Fresh);

    workshop.write("dependency/Cargo.toml", &(manifest("dependency") + "# Nothing changes but the file.\n"));
    assert_eq!(workshop.outcome("changing"), Outcome::Built);
}

#[test]
fn a_component_that_was_deleted_or_replaced_is_made_again() {
    let workshop = Workshop::new();
    let path = workshop.build("replaced").unwrap().path;
    fs::remove_file(&path).unwrap();
    assert_eq!(workshop.outcome("replaced"), Outcome::Built);
    fs::write(&path, "something else").unwrap();
    assert_eq!(workshop.outcome("replaced"), Outcome::Built);
    assert!(is_component(&path));
}

#[test]
fn crates_of_one_name_never_get_each_others_component() {
    let workshop = Workshop::new();
    let (member, stranger) = (workshop.path("twin"), workshop.stranger());
    let build = |crate_dir: &Path| {
        let built = workshop.build_as("twin", crate_dir).unwrap();
        (built.outcome, fs::read(built.path).unwrap())
    };
    let (_, first) = build(&member);
    let (outcome, second) = build(&stranger);
    assert_eq!(outcome, Outcome::Built);
    assert_ne!(first, second);
    assert_eq!(build(&member), (Outcome::Built, first));
}

#[test]
fn a_crate_that_does_not_compile_fails_with_cargos_messages_and_leaves_the_old_component() {
    let workshop = Workshop::new();
    let path = workshop.build("broken").unwrap().path;
    let before = fs::read(&path).unwrap();

    workshop.write("broken/src/lib.rs", &ANSWER.replace("42", "forty_two"));
    insta::assert_snapshot!(workshop.complaint("broken"), @"error: cargo could not compile `…/broken` (exit status: 101)");
    let Err(BuildError::Compile { messages, .. }) = workshop.build("broken") else { panic!("it still compiles") };
    assert!(messages.contains("cannot find value `forty_two`"), "{messages}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_package_without_a_library_is_told_so() {
    insta::assert_snapshot!(Workshop::new().complaint("program"), @r"
    error: the package in `…/program` has no library
    hint: nodes live in a library: put them in `src/lib.rs`
    ");
}

#[test]
fn a_library_of_macros_is_no_node() {
    insta::assert_snapshot!(Workshop::new().complaint("macros"), @r"
    error: the package in `…/macros` has no library
    hint: nodes live in a library: put them in `src/lib.rs`
    ");
}

#[test]
fn a_library_without_a_contract_is_told_to_use_the_sdk() {
    insta::assert_snapshot!(Workshop::new().complaint("plain"), @r"
    error: the crate in `…/plain` compiles, but is not a component: it describes no interface
    hint: depend on `wpipe-sdk` and mark at least one function with `#[wpipe_sdk::node]`
    ");
}

#[test]
fn a_module_that_wants_more_than_its_contract_is_told_what() {
    insta::assert_snapshot!(Workshop::new().complaint("wants-more"), @r#"
    error: the module made of `…/wants-more` cannot become a component: failed to decode world from module: module was not valid: failed to resolve import `env::clock`: module requires an import interface named `env`
    hint: a node may import nothing but the contract; for files, clocks or randomness set `target = "wasm32-wasip2"` for the component
    "#);
}

#[test]
fn a_directory_without_a_manifest_is_no_crate() {
    let workshop = Workshop::new();
    for path in [workshop.path("ordinary/src"), PathBuf::from("/nowhere")] {
        assert!(matches!(workshop.build_as("none", &path), Err(BuildError::NoCrate { .. })));
    }
}

#[test]
fn a_crate_behind_a_symbolic_link_is_built() {
    let workshop = Workshop::new();
    let link = workshop.output_dir().join("link");
    symlink(workshop.path("linked"), &link).unwrap();
    assert!(is_component(&workshop.build_as("linked", &link).unwrap().path));
}

#[test]
fn two_builds_of_one_component_at_once_compile_it_once() {
    let workshop = Workshop::new();
    let outcomes = thread::scope(|scope| {
        [(); 2].map(|()| scope.spawn(|| workshop.outcome("at-once"))).map(|build| build.join().unwrap())
    });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Built).count(), 1);
    assert!(is_component(&workshop.output_dir().join("at-once.wasm")));
}
