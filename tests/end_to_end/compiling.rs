//! Compiling what strangers wrote: limits that are told, a process that can be ended, and a cache that is not believed.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::processes::interrupt;
use crate::support::{Ended, Project, ended, filtered};
use wpipe_tests::bombs;

/// A project whose only node is of this component.
fn project(wasm: &[u8], limits: &str) -> Project {
    let manifest = "[pipeline]\nname = \"test\"\n[components.stranger]\npath = \"stranger.wasm\"\n\
                    [nodes.n]\nuses = \"stranger/n\"\noutputs = [\"out\"]\n";
    let project = Project::bare(&format!("{manifest}[limits]\n{limits}\n"));
    project.write("stranger.wasm", wasm);
    project
}

/// Kilobytes of address space that the command and each of its processes may have while it checks a bomb, and seconds
/// of processor time: far more than the default limits leave, far less than the bombs take.
const ADDRESS_SPACE: u64 = 6 << 20;
const SECONDS: u64 = 120;

/// `wpipe check`, which may not take more than what [`ADDRESS_SPACE`] and [`SECONDS`] say.
fn check(project: &Project) -> Ended {
    let plain = project.command(&["check"]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {ADDRESS_SPACE}; ulimit -t {SECONDS}; exec \"$0\" \"$@\"")]);
    command.arg(plain.get_program()).args(plain.get_args()).current_dir(plain.get_current_dir().unwrap());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("XDG_CACHE_HOME", project.path("cache"));
    ended(command.output().unwrap())
}

/// Whether a component of another world was compiled to its end, and found to be that.
fn is_compiled(ended: &Ended) -> bool {
    ended.stderr.contains("`stranger` is no component of wpipe nodes: it exports nothing")
}

#[test]
fn shapes_that_no_toolchain_makes_are_refused_before_they_are_compiled() {
    let mut told = String::new();
    for (name, wasm) in [
        ("250 nested loops", bombs::nested_loops(250, 2_500)),
        ("49 000 locals and as many ifs", bombs::locals_and_ifs(49_000)),
        ("200 000 functions", bombs::functions(200_000)),
        ("300 000 types", bombs::types(300_000)),
    ] {
        let ended = check(&project(&wasm, ""));
        told.push_str(&format!("{name}: {}\n", ended.told()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_takes_too_long_to_compile_is_ended() {
    let mut told = String::new();
    for (name, wasm) in
        [("300 locals in 3 000 loops", bombs::locals_in_loops(300, 3_000)), ("4 MB of code", bombs::code(40))]
    {
        let ended = check(&project(&wasm, "compile_time = \"1s\""));
        told.push_str(&format!("{name}: {}\n", ended.told()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_takes_too_much_memory_to_compile_is_ended() {
    let ended =
        check(&project(&bombs::locals_in_loops(300, 3_000), "compile_time = \"60s\"\ncompile_memory = \"64MiB\""));
    insta::assert_snapshot!(ended.told());
}

#[test]
fn by_default_every_bomb_ends_within_bounds() {
    for wasm in [
        bombs::nested_loops(64, 2_500),
        bombs::locals_in_loops(300, 3_000),
        bombs::locals_and_ifs(20_000),
        bombs::nested_components(900),
    ] {
        let ended = check(&project(&wasm, ""));
        assert_eq!(ended.code, 2, "{}", ended.told());
        let is_told = ["is not compiled: compiling it takes more", "is not a valid component"];
        assert!(is_compiled(&ended) || is_told.iter().any(|part| ended.stderr.contains(part)), "{}", ended.told());
    }
}

#[test]
fn what_is_just_large_is_compiled() {
    let ended = check(&project(&bombs::functions(20_000), ""));
    assert!(is_compiled(&ended), "{}", ended.told());
}

#[test]
fn the_manifest_sets_the_limits_of_components() {
    let mut told = String::new();
    for limits in [
        "component_size = \"1KiB\"",
        "component_functions = 10",
        "component_functions = -1",
        "compile_time = 3",
        "compile_memory = \"much\"",
    ] {
        let project = project(&bombs::functions(2_000), limits);
        told.push_str(&format!("{limits}: {}\n", project.wpipe(&["check"]).told()));
    }
    insta::assert_snapshot!(told);
    let of_a_node = Project::new("[nodes.n]\nuses = \"good/nothing\"\nlimits = { compile_time = \"1s\" }\n");
    let ended = of_a_node.wpipe(&["check"]);
    assert!(ended.stderr.contains("unknown key `compile_time`"), "{}", ended.told());
}

#[test]
fn compiling_is_interrupted_with_a_word() {
    let project = project(&bombs::code(100), "compile_time = \"1h\"");
    let mut command = project.command(&["check", "--verbose"]);
    let mut child = command.env("XDG_CACHE_HOME", project.path("cache")).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("compiling the component `stranger`") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended before it compiled");
    }
    interrupt(&child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert_eq!(rest, "interrupted before anything ran\n");
}

/// A project with a good node, and its cache.
fn good() -> (Project, PathBuf) {
    let project = Project::new("[nodes.double]\nuses = \"good/double\"\ninputs = [\"in\"]\noutputs = [\"out\"]\n");
    let cache = project.path("cache");
    (project, cache)
}

fn run(project: &Project) -> Ended {
    ended(project.command(&["plan", "--check"]).env("XDG_CACHE_HOME", project.path("cache")).output().unwrap())
}

fn artefact(cache: &std::path::Path) -> PathBuf {
    let mut files = fs::read_dir(cache.join("wpipe/components")).unwrap().map(|entry| entry.unwrap().path());
    let artefact = files.next().unwrap();
    assert_eq!(files.next(), None, "one artefact, and nothing half-written");
    artefact
}

#[test]
fn a_damaged_artefact_is_never_mapped() {
    let (project, cache) = good();
    run(&project);
    let path = artefact(&cache);
    let whole = fs::read(&path).unwrap();
    let mut told = String::new();
    let middle = whole.len() / 2;
    let zeros = [&whole[..middle], &[0; 4096], &whole[middle + 4096..]].concat();
    let mut flipped = whole.clone();
    flipped[middle] ^= 1;
    for (name, content) in [
        ("a hole", zeros),
        ("one bit", flipped),
        ("cut off", whole[..middle].to_vec()),
        ("longer", [&whole[..], b"more"].concat()),
        ("empty", Vec::new()),
    ] {
        fs::write(&path, content).unwrap();
        let ended = run(&project);
        let warnings = ended.stderr.lines().filter(|line| line.contains("compiling anew"));
        told.push_str(&format!("{name}: {}\n", warnings.collect::<Vec<_>>().join("\n")));
        assert_eq!(fs::read(&path).unwrap(), whole, "{name}: it is written again");
        assert!(!run(&project).stderr.contains("compiling anew"), "{name}: and good again");
    }
    let told = told.replace(&path.display().to_string(), "[artefact]");
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn an_artefact_of_another_component_is_noticed() {
    let (project, cache) = good();
    run(&project);
    let path = artefact(&cache);
    let other = project.path("other");
    let hostile = Project::new("[nodes.echo]\nuses = \"hostile/echo\"\ninputs = [\"in\"]\noutputs = [\"out\"]\n");
    ended(hostile.command(&["plan", "--check"]).env("XDG_CACHE_HOME", &other).output().unwrap());
    fs::copy(artefact(&other), &path).unwrap();
    let ended = run(&project);
    let warning = ended.stderr.replace(&path.display().to_string(), "[artefact]");
    assert!(
        warning.contains("`[artefact]` is damaged: it was made of another component, or by another engine"),
        "{warning}"
    );
}
