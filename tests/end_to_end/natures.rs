//! Datasets and files that are no files: pipes, standard streams, devices, mounts, links.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::{Command, Stdio};

use rustix::fs::{CWD, Mode, mkfifoat};

use crate::support::{Ended, Project, ended};

/// A project whose one node copies bytes from one place to another.
fn copying(from: &str, to: &str) -> Project {
    Project::new(&format!(
        "[nodes.n]\nuses = \"good/pass_bytes\"\ninputs = [\"in\"]\noutputs = [\"out\"]\n\
         [datasets.in]\ntype = \"bytes\"\npath = \"{from}\"\n[datasets.out]\ntype = \"bytes\"\npath = \"{to}\"\n"
    ))
}

fn with_input(mut command: Command, input: &str) -> Ended {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    ended(child.wait_with_output().unwrap())
}

#[test]
fn standard_input_becomes_standard_output_and_nothing_else_is_printed_there() {
    for (from, to) in [("-", "-"), ("/dev/stdin", "/dev/stdout"), ("/proc/self/fd/0", "/dev/fd/1")] {
        let project = copying(from, to);
        let ended = with_input(project.command(&["run"]), "what goes through");
        assert_eq!((ended.code, ended.stdout.as_str()), (0, "what goes through"), "{}", ended.told());
        assert!(ended.stderr.contains("Running node: n"), "{}", ended.stderr);
    }
}

#[test]
fn standard_output_that_is_a_file_is_written_into_where_it_stands() {
    let project = copying("in", "link");
    project.write("in", "data");
    symlink("/proc/self/fd/1", project.path("link")).unwrap();
    project.write("caught", "before ");
    let caught = fs::File::options().append(true).open(project.path("caught")).unwrap();
    let ended = ended(project.command(&["run", "--quiet"]).stdout(caught).stderr(Stdio::piped()).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert_eq!(project.read("caught"), "before data");
    assert!(project.path("link").is_symlink());
}

#[test]
fn two_datasets_do_not_share_a_stream() {
    let project = Project::new(
        "[nodes.n]\nuses = \"good/pass_bytes\"\ninputs = [\"a\"]\noutputs = [\"x\"]\n\
         [nodes.m]\nuses = \"good/pass_bytes\"\ninputs = [\"b\"]\noutputs = [\"y\"]\n\
         [datasets.a]\ntype = \"bytes\"\npath = \"-\"\n[datasets.b]\ntype = \"bytes\"\npath = \"/dev/stdin\"\n",
    );
    let ended = with_input(project.command(&["check"]), "");
    assert_eq!(ended.code, 2, "{}", ended.told());
    assert!(ended.stderr.contains("`a` and `b` are both read from `/dev/stdin`"), "{}", ended.stderr);
}

#[test]
fn outputs_at_devices_and_in_proc_are_refused_before_anything_runs() {
    for (place, words) in
        [("/dev/zero", "it is a device"), ("/proc/self/comm", "it is in a file system of the kernel's")]
    {
        let project = copying("in", place);
        project.write("in", "data");
        for command in ["check", "run"] {
            let ended = project.wpipe(&[command]);
            assert_eq!(ended.code, 2, "{}", ended.told());
            assert!(ended.stderr.contains(words), "{}", ended.stderr);
        }
    }
    assert!(fs::metadata("/dev/zero").unwrap().file_type().is_char_device());
}

#[test]
fn a_stream_is_never_left_out_by_incremental_runs_and_not_read_to_decide() {
    let project = copying("-", "out");
    for input in ["one", "two"] {
        let ended = with_input(project.command(&["run", "--incremental"]), input);
        assert_eq!((ended.code, project.read("out").as_str()), (0, input), "{}", ended.told());
    }
    let plan = with_input(project.command(&["plan", "--incremental"]), "");
    assert!(plan.stdout.contains("`in` is a pipe or the like"), "{}", plan.told());
}

#[test]
fn an_output_that_is_mounted_by_itself_is_written_in_place() {
    let project = copying("in", "out");
    for (name, content) in [("in", "new"), ("real", "something older"), ("out", "")] {
        project.write(name, content);
    }
    let mut isolated = Command::new("unshare");
    isolated.args(["-rm", "sh", "-c", "mount --bind real out && echo mounted && exec \"$@\"", "sh"]);
    let run = project.command(&["run", "--quiet"]);
    isolated.arg(run.get_program()).args(run.get_args()).current_dir(project.path(""));
    let ended = ended(isolated.output().unwrap());
    if !ended.stdout.contains("mounted") {
        return; // Not every machine lets its users mount.
    }
    assert_eq!((ended.code, project.read("real").as_str()), (0, "new"), "{}", ended.told());
    assert!(ended.stderr.contains("mount its folder instead"), "{}", ended.stderr);
}

#[test]
fn what_is_named_as_a_component_or_a_manifest_and_is_no_file_is_told_at_once() {
    let project = copying("in", "out");
    project.write("in", "data");
    mkfifoat(CWD, project.path("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
    mkfifoat(CWD, project.path("pipeline.prod.toml"), Mode::RUSR | Mode::WUSR).unwrap();
    let manifest = project.read("pipeline.toml");
    let (before, after) = manifest.split_once("good = { path = ").unwrap();
    let rest = after.split_once(" }").unwrap().1;
    for (place, words) in [("pipe", "it is a pipe"), ("/dev/zero", "it is a device"), (".", "it is a directory")] {
        project.write("pipeline.toml", format!("{before}good = {{ path = \"{place}\" }}{rest}"));
        for command in ["check", "run"] {
            let ended = project.wpipe(&[command]);
            assert_eq!(ended.code, 2, "{}", ended.told());
            assert!(ended.stderr.contains(words), "{}", ended.stderr);
        }
    }
    project.write("pipeline.toml", manifest);
    for arguments in [&["check", "pipe"][..], &["check", "/dev/zero"], &["check", "--env", "prod"]] {
        let ended = project.wpipe(arguments);
        assert_eq!(ended.code, 2, "{}", ended.told());
        assert!(ended.stderr.contains("and a file is expected"), "{}", ended.stderr);
    }
}

#[test]
fn a_projects_own_folder_is_no_link() {
    for (link, arguments) in
        [(".wpipe", &["run"][..]), (".wpipe/runs", &["run"]), (".wpipe/incremental", &["run", "--incremental"])]
    {
        let project = copying("in", "out");
        project.write("in", "data");
        project.write("elsewhere/precious", "precious");
        fs::create_dir_all(project.path(link).parent().unwrap()).unwrap();
        symlink(project.path("elsewhere"), project.path(link)).unwrap();
        let ended = project.wpipe(arguments);
        assert_eq!(ended.code, 2, "{}", ended.told());
        assert!(ended.stderr.contains("` is a link to `"), "{}", ended.stderr);
        assert_eq!(fs::read_dir(project.path("elsewhere")).unwrap().count(), 1);
    }
}

#[test]
fn events_overwrite_no_file_that_holds_none_and_share_no_standard_output() {
    let project = copying("in", "out");
    project.write("in", "data");
    for place in ["pipeline.toml", "in"] {
        let before = project.read(place);
        let ended = project.wpipe(&["run", "--events", place]);
        assert_eq!((ended.code, project.read(place)), (2, before), "{}", ended.told());
        assert!(ended.stderr.contains("would overwrite that file"), "{}", ended.stderr);
    }
    for _ in 0..2 {
        let ended = project.wpipe(&["run", "--events", "events.jsonl"]);
        assert_eq!(ended.code, 0, "{}", ended.told());
    }
    let ended = copying("-", "/dev/stdout").command(&["run", "--events", "-"]).output().map(ended).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.told());
    assert!(ended.stderr.contains("are both written to standard output"), "{}", ended.stderr);
}

#[test]
fn a_descriptor_that_is_not_open_is_told() {
    let project = copying("in", "/dev/fd/987");
    project.write("in", "data");
    let ended = project.wpipe(&["check"]);
    assert_eq!(ended.code, 2, "{}", ended.told());
    assert!(ended.stderr.contains("descriptor 987 is not open"), "{}", ended.stderr);
}

/// Runs the command in a shell, with what is written behind it.
fn in_shell(project: &Project, before: &str, behind: &str) -> Ended {
    let wpipe = project.command(&[]).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{before} \"$0\" run {behind}")).arg(wpipe).env("NO_COLOR", "1");
    shell.current_dir(project.path("."));
    ended(shell.output().unwrap())
}

#[test]
fn standard_streams_that_are_closed_are_told() {
    let project = copying("in", "-");
    project.write("in", "data");
    let told = in_shell(&project, "", ">&-");
    assert!(told.code == 2 && told.stderr.contains("descriptor 1 is not open"), "{}", told.told());
    let project = copying("-", "out");
    let told = in_shell(&project, "", "<&-");
    assert!(told.code == 2 && told.stderr.contains("descriptor 0 is not open"), "{}", told.told());
    // What is meant to be thrown away is.
    let project = copying("in", "-");
    project.write("in", "data");
    assert_eq!(in_shell(&project, "", ">/dev/null </dev/null").code, 0);
}

#[test]
fn a_file_that_may_not_be_so_large_is_an_error_of_its_dataset() {
    let project = copying("in", "out");
    project.write("in", vec![b'x'; 64 << 20]);
    let told = in_shell(&project, "ulimit -f 65536;", "--quiet");
    assert_eq!(told.code, 1, "{}", told.told());
    assert!(told.stderr.contains("`out`"), "{}", told.told());
    assert!(!project.path("out").exists());
}

#[test]
fn nothing_is_written_over_the_files_of_the_project() {
    for (place, part) in [("pipeline.toml", "over the manifest"), (".wpipe/runs/out", "where journals are")] {
        let project = copying("in", place);
        project.write("in", "data");
        let before = project.read("pipeline.toml");
        for command in ["check", "run"] {
            let told = project.wpipe(&[command]);
            assert!(told.code == 2 && told.stderr.contains(part), "{}", told.told());
        }
        assert_eq!(project.read("pipeline.toml"), before);
    }
}
