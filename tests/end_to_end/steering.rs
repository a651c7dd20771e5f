//! Steering runs: selection, keep-going, resume, and what earlier runs did.

use std::process::Command;

use crate::support::{Project, ended, filtered};

/// `a ─► one ─► b ─► two ─► c`, each of which passes a text on; `alone` stands alone. `one` is only in memory if `b` is.
fn chain(stored: &[&str]) -> Project {
    let mut manifest = String::new();
    for (node, from, to) in [("b", "a", "one"), ("c", "one", "two"), ("d", "two", "three"), ("alone", "a", "other")] {
        manifest.push_str(&format!(
            "[nodes.{node}]\nuses = \"good/pass_text\"\ninputs = [\"{from}\"]\noutputs = [\"{to}\"]\ntags = [\"t_{node}\"]\n"
        ));
    }
    for dataset in ["a"].iter().chain(stored) {
        manifest.push_str(&format!("[datasets.{dataset}]\ntype = \"text\"\npath = \"{dataset}.txt\"\n"));
    }
    let project = Project::new(&manifest);
    project.write("a.txt", "hello");
    project
}

fn nodes(plan: &str) -> Vec<String> {
    let plan: serde_json::Value = serde_json::from_str(plan).unwrap();
    plan["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn plan_and_run_select_alike() {
    let project = chain(&["one", "two", "three", "other"]);
    for (flags, expected) in [
        (&["--from-nodes", "c"][..], &["c", "d"][..]),
        (&["--to-outputs", "two"], &["b", "c"]),
        (&["--nodes", "c+", "--exclude", "d"], &["c"]),
        (&["--tags", "t_b,t_d"], &["b", "d"]),
        (&["--tags", "t_b", "--tags", "t_d"], &["b", "d"]),
        (&["-n", "a*"], &["alone"]),
        (&["--only-missing-outputs"], &["alone", "b", "c", "d"]),
    ] {
        for made in ["one", "two"] {
            if flags != ["--only-missing-outputs"] {
                project.write(&format!("{made}.txt"), "from before");
            }
        }
        let plan: Vec<_> = ["plan", "--format", "json"].iter().chain(flags).copied().collect();
        assert_eq!(nodes(&project.wpipe(&plan).stdout), expected, "{flags:?}");
        let run: Vec<_> = ["run"].iter().chain(flags).copied().collect();
        let ended = project.wpipe(&run);
        assert_eq!(ended.code, 0, "{flags:?}: {}", ended.told());
        let ran = ended.stderr.matches("Completed node: ").count();
        assert_eq!(ran, expected.len(), "{flags:?}: {}", ended.told());
        for made in ["one", "two", "three", "other"] {
            let _ = std::fs::remove_file(project.path(&format!("{made}.txt")));
        }
    }
}

#[test]
fn a_selection_of_nothing_says_why() {
    let project = chain(&[]);
    let mut told = String::new();
    for flags in [
        &["--nodes", "bb"][..],
        &["--tags", "t_c", "--from-nodes", "d"],
        &["--nodes", "b", "--exclude", "*"],
        &["--from-inputs", "on"],
        &["--nodes", "[", "--tags", "t_c"],
    ] {
        let arguments: Vec<_> = ["plan"].iter().chain(flags).copied().collect();
        let ended = project.wpipe(&arguments);
        assert_eq!(ended.code, 2);
        told.push_str(&format!("==== {}\n{}", flags.join(" "), ended.stderr));
    }
    filtered(|| insta::assert_snapshot!(told));
}

/// A chain whose node `d` fails until it is mended.
fn broken(stored: &[&str]) -> Project {
    let project = chain(stored);
    let manifest = project.read("pipeline.toml");
    project.write("whole.toml", &manifest);
    let broken = manifest.replace(
        "[nodes.d]\nuses = \"good/pass_text\"\ninputs = [\"two\"]",
        "[nodes.d]\nuses = \"good/text_fails\"\ninputs = [\"two\"]",
    );
    assert_ne!(broken, manifest);
    project.write("pipeline.toml", broken);
    project
}

#[test]
fn a_run_goes_on_where_it_failed() {
    for (stored, again) in
        [(&["two", "three", "other"][..], 1), (&["one", "three", "other"], 2), (&["three", "other"], 3)]
    {
        let project = broken(stored);
        let ended = project.wpipe(&["run", "--runner", "sequential"]);
        assert_eq!(ended.code, 1, "{}", ended.told());
        let first = ["d", "c,d", "b,c,d"][again - 1].split(',').next().unwrap();
        assert!(
            ended.stderr.contains(&format!("to go on from {first}: wpipe run pipeline.toml --resume")),
            "{}",
            ended.told()
        );
        project.write("pipeline.toml", project.read("whole.toml"));
        let resumed = project.wpipe(&["run", "--resume"]);
        assert_eq!(resumed.code, 0, "{}", resumed.told());
        assert_eq!(resumed.stderr.matches("Completed node: ").count(), again, "{}", resumed.told());
        assert_eq!(project.read("three.txt"), "hello");
        let nothing = project.wpipe(&["run", "--resume"]);
        assert_eq!((nothing.code, nothing.stdout.contains("nothing is left of run")), (0, true), "{}", nothing.told());
    }
}

/// `says ─► said ─► check ─► checked`: what is said is a parameter, and so is the word that fails `check`.
fn saying(keys: &str) -> String {
    format!(
        "[params]\ntext = \"nothing\"\nbad = \"never\"\ntoken = \"\"\n[nodes.says]\nuses = \"good/says\"\n\
         inputs = [\"params:text\"]\noutputs = [\"said\"]\n[nodes.check]\nuses = \"good/fail_on\"\n\
         inputs = [\"said\", \"params:bad\"]\noutputs = [\"checked\"]\n[nodes.more]\nuses = \"good/pass_text\"\n\
         inputs = [\"checked\"]\noutputs = [\"more\"]\n\
         [datasets.checked]\ntype = \"text\"\npath = \"checked.txt\"\n{keys}"
    )
}

#[test]
fn a_resumed_run_has_the_parameters_again() {
    let project = Project::new(&saying(""));
    let failed = project.wpipe(&["run", "--params", "text=hello,bad=hell"]);
    assert!(failed.stderr.ends_with("to go on from says: wpipe run pipeline.toml --resume\n"), "{}", failed.told());
    let again = project.wpipe(&["run", "pipeline.toml", "--resume"]);
    assert!(again.code == 1 && again.stderr.contains("found `hell` in the text"), "{}", again.told());
    // What is given now beats what was given then, and the rest is as it was, from run to run.
    assert_eq!(project.wpipe(&["run", "--resume", "--params", "bad=ell"]).code, 1, "it is in it");
    let mended = project.wpipe(&["run", "--resume", "--params", "bad=never"]);
    assert_eq!(mended.code, 0, "{}", mended.told());
    assert_eq!(project.read("checked.txt"), "hello");
}

#[test]
fn secret_parameters_are_kept_nowhere_and_asked_for_again() {
    let project = Project::new(&saying(""));
    let failed = project.wpipe(&["run", "--params", "text=hello,bad=hell,token=hush"]);
    assert!(
        failed.stderr.ends_with("--resume  (and `--params token=…` again, which is kept nowhere)\n"),
        "{}",
        failed.told()
    );
    let show = project.wpipe(&["runs", "show", "--format", "json"]).stdout;
    let id = serde_json::from_str::<serde_json::Value>(&show).unwrap()["run"]["id"].as_str().unwrap().to_owned();
    let journal = project.read(&format!(".wpipe/runs/{id}/run.json"));
    assert!(journal.contains("hell") && !(journal + &failed.stderr).contains("hush"));
    let refused = project.wpipe(&["run", "--resume"]);
    let resumed = project.wpipe(&["run", "--resume", "--params", "token=hush,bad=never"]);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    assert_eq!(project.read("checked.txt"), "hello");
    filtered(|| insta::assert_snapshot!(refused.told()));
}

#[test]
fn each_manifest_of_a_folder_goes_on_with_its_own_runs() {
    let project = Project::new(&saying(""));
    let manifest = project.read("pipeline.toml");
    project.write("other.toml", manifest.replace("checked.txt", "other.txt"));
    project.write("third.toml", &manifest);
    assert_eq!(project.wpipe(&["run", "--params", "text=hello,bad=hell"]).code, 1);
    assert_eq!(project.wpipe(&["run", "other.toml", "--params", "text=other"]).code, 0);
    let list = project.wpipe(&["runs", "list"]).stdout;
    let other = list.lines().last().unwrap().split_whitespace().next().unwrap();
    let refused = [
        project.wpipe(&["run", "--resume", other]),
        project.wpipe(&["run", "third.toml", "--resume"]),
        project.wpipe(&["run", "other.toml", "--resume"]),
    ];
    let resumed = project.wpipe(&["run", "./pipeline.toml", "--resume", "--params", "bad=never"]);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    assert_eq!(project.read("checked.txt"), "hello");
    let told = refused.map(|ended| ended.told()).concat();
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn how_to_go_on_can_be_typed_as_it_is_printed() {
    for flags in [&[][..], &["--no-journal"], &["--no-journal", "--to-nodes", "check"]] {
        let project = Project::new(&saying(""));
        let manifest = project.read("pipeline.toml");
        project.write("my pipeline.toml", &manifest);
        project.write("my pipeline.prod.toml", "[params]\nbad = \"hell\"\n");
        let arguments = ["run", "my pipeline.toml", "--env", "prod", "--params", "text=\"hello, you\""];
        let failed = project.wpipe(&[&arguments, flags].concat());
        assert_eq!(failed.code, 1, "{}", failed.told());
        let line = failed.stderr.lines().last().unwrap();
        let (_, typed) = line.split_once(": wpipe ").unwrap_or_else(|| panic!("{line}"));
        project.write("my pipeline.prod.toml", "[params]\nbad = \"never\"\n");
        let mut shell = Command::new("sh");
        let wpipe = project.command(&[]);
        let wpipe = wpipe.get_program().to_str().unwrap();
        shell.args(["-c", &format!("{wpipe} {typed}")]).current_dir(project.path(""));
        let resumed =
            ended(shell.env("NO_COLOR", "1").env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).output().unwrap());
        assert_eq!(resumed.code, 0, "{}", resumed.told());
        assert_eq!(project.read("checked.txt"), "hello, you");
        let expected = if flags.contains(&"--to-nodes") { 2 } else { 3 };
        assert_eq!(resumed.stderr.matches("Completed node: ").count(), expected, "{}", resumed.told());
    }
}

#[test]
fn keep_going_finishes_every_independent_branch() {
    let project = broken(&["three", "other"]);
    let manifest = project
        .read("pipeline.toml")
        .replace("[nodes.c]\nuses = \"good/pass_text\"", "[nodes.c]\nuses = \"good/text_fails\"");
    project.write("pipeline.toml", manifest);
    let ended = project.wpipe(&["run", "--keep-going", "--runner", "sequential"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert_eq!(project.read("other.txt"), "hello");
    assert!(ended.stderr.contains("Skipped node: d (upstream failed)"), "{}", ended.told());
    assert!(ended.stderr.contains("not run, because what they need failed: `d`"), "{}", ended.told());
}

#[test]
fn runs_are_listed_shown_and_compared() {
    let project = broken(&["two", "three", "other"]);
    assert_eq!(project.wpipe(&["runs", "list"]).stdout, "no run has been recorded yet\n");
    project.wpipe(&["run", "--runner", "sequential", "--persist", "cache"]);
    project.write("pipeline.toml", project.read("whole.toml"));
    project.wpipe(&["run", "--resume"]);
    let list = project.wpipe(&["runs", "list"]).stdout;
    let ids: Vec<_> = list.lines().skip(1).map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    let show = project.wpipe(&["runs", "show", &ids[0]]);
    let diff = project.wpipe(&["runs", "diff", &ids[0], &ids[1]]);
    let told = format!("==== list\n{list}==== show\n{}==== diff\n{}", show.told(), diff.told());
    filtered(|| insta::assert_snapshot!(told));
    let unknown = project.wpipe(&["runs", "show", "1999"]);
    assert_eq!((unknown.code, unknown.stderr.as_str()), (2, "error: there is no run `1999`: see `wpipe runs list`\n"));
}

#[test]
fn environments_and_parameters_are_laid_over_the_manifest() {
    let manifest = "
        [params]
        message = \"plain\"
        inner = { a = 1, b = 2 }
        [nodes.say]
        uses = \"good/says\"
        inputs = [\"params:message\"]
        outputs = [\"said\"]
        [datasets.said]
        type = \"text\"
        path = \"said.txt\"
    ";
    let project = Project::new(manifest);
    project.write(
        "pipeline.prod.toml",
        "[params]\nmessage = \"prod\"\n[datasets.said]\ntype = \"text\"\npath = \"prod.txt\"\n",
    );
    for (flags, file, expected) in [
        (&[][..], "said.txt", "plain"),
        (&["--env", "prod"], "prod.txt", "prod"),
        (&["--params", "message=hello, inner.a=7"], "said.txt", "hello"),
        (&["--env", "prod", "--params", "message=\"a, b\""], "prod.txt", "a, b"),
    ] {
        let arguments: Vec<_> = ["run", "--quiet"].iter().chain(flags).copied().collect();
        let ended = project.wpipe(&arguments);
        assert_eq!(ended.code, 0, "{flags:?}: {}", ended.told());
        assert_eq!(project.read(file), expected, "{flags:?}");
    }
    let mut told = String::new();
    for flags in
        [&["--env", "pord"][..], &["--params", "mesage=x"], &["--params", "message"], &["--params", "message=1"]]
    {
        let arguments: Vec<_> = ["run", "--quiet"].iter().chain(flags).copied().collect();
        let ended = project.wpipe(&arguments);
        assert_ne!(ended.code, 0, "{flags:?}");
        told.push_str(&format!("==== {}: {}\n{}", flags.join(" "), ended.code, ended.stderr));
    }
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn a_parameter_that_nothing_knows_is_found_where_others_are_missing_without_the_flag() {
    let manifest = "
        [nodes.say]
        uses = \"good/says\"
        inputs = [\"params:message\"]
        outputs = [\"said\"]
    ";
    let project = Project::new(manifest);
    assert_eq!(project.wpipe(&["plan"]).code, 2, "the manifest alone has a hole");
    assert_eq!(project.wpipe(&["plan", "--params", "message=hello"]).code, 0);
    let slip = project.wpipe(&["plan", "--params", "message=hello,mesage=x"]);
    assert_eq!(slip.code, 2, "{}", slip.told());
    assert!(slip.stderr.contains("`--params`: there is no parameter `mesage`"), "{}", slip.told());
}

#[test]
fn a_failing_node_is_tried_again_as_its_manifest_says() {
    let manifest = "
        [params]
        message = \"cannot go on\"
        [nodes.breaks]
        uses = \"good/panics\"
        inputs = [\"params:message\"]
        outputs = [\"never\"]
        retry = { times = 2, delay = \"1ms\", on = [\"trap\"] }
        [nodes.fails]
        uses = \"good/fails\"
        inputs = [\"params:message\"]
        after = [\"breaks\"]
        [retry]
        times = 1
        on = [\"timeout\"]
    ";
    let project = Project::new(manifest);
    let ended = project.wpipe(&["run", "--keep-going"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert_eq!(ended.stderr.matches("trying again in").count(), 2, "{}", ended.told());
    assert!(ended.stderr.contains("Skipped node: fails (upstream failed)"), "{}", ended.told());
}

#[test]
fn nodes_wait_for_resources_and_for_those_they_come_after() {
    let mut manifest = String::from("[params]\nrounds = 100000\n");
    for node in 0..4 {
        manifest.push_str(&format!(
            "[nodes.n{node}]\nuses = \"good/works\"\ninputs = [\"params:rounds\"]\noutputs = [\"d{node}\"]\n\
             resources = {{ gpu = 1 }}\n"
        ));
    }
    manifest.push_str(
        "[nodes.a_last]\nuses = \"good/nothing\"\noutputs = [\"done\"]\nafter = [\"n0\", \"n1\", \"n2\", \"n3\"]\n",
    );
    let project = Project::new(&manifest);
    let ended = project.wpipe(&["run", "--workers", "4", "--events", "events"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let mut running = 0;
    let mut completed = Vec::new();
    for line in project.read("events").lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        match event["event"].as_str().unwrap() {
            "node_started" => running += 1,
            "node_completed" => {
                running -= 1;
                completed.push(event["node"].as_str().unwrap().to_owned());
            }
            _ => {}
        }
        assert!(running <= 1, "there is one gpu");
    }
    assert_eq!(completed.last().unwrap(), "a_last");
    let greedy = project.read("pipeline.toml").replace("gpu = 1", "gpu = 2");
    project.write("pipeline.toml", greedy);
    let refused = project.wpipe(&["run", "--quiet"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("needs 2 of `gpu`, there is 1"), "{}", refused.told());
    assert_eq!(project.wpipe(&["run", "--quiet", "--resource", "gpu=2"]).code, 0);
}

#[test]
fn nodes_wait_until_what_they_may_allocate_fits() {
    let mut manifest = String::from("[params]\nrounds = 100000\n[limits]\nmemory = \"1GiB\"\n");
    for node in 0..4 {
        let node =
            format!("[nodes.n{node}]\nuses = \"good/works\"\ninputs = [\"params:rounds\"]\noutputs = [\"d{node}\"]\n");
        manifest.push_str(&node);
    }
    let project = Project::new(&manifest);
    for (memory, most) in [("512MiB", 1), ("1GiB", 1), ("2GiB", 2)] {
        let run = ["run", "--workers", "4", "--events", "events", "--node-memory", memory];
        let ended = project.wpipe(&run);
        assert_eq!(ended.code, 0, "{}", ended.told());
        let mut running: i32 = 0;
        let mut at_once = 0;
        for line in project.read("events").lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            match event["event"].as_str().unwrap() {
                "node_started" => running += 1,
                "node_completed" => running -= 1,
                _ => {}
            }
            at_once = running.max(at_once);
        }
        assert_eq!(at_once, most, "{memory}");
    }
}

#[test]
fn only_what_changed_runs_again_and_plan_says_why() {
    let project = chain(&["two", "three", "other"]);
    let plan = |project: &Project| project.wpipe(&["plan", "--incremental"]).stdout;
    let ran = |project: &Project| {
        let ended = project.wpipe(&["run", "--incremental", "--runner", "sequential"]);
        assert_eq!(ended.code, 0, "{}", ended.told());
        ended.stderr.matches("Completed node: ").count()
    };
    let mut told = format!("==== before the first run\n{}", plan(&project));
    assert_eq!(ran(&project), 4);
    told.push_str(&format!("==== after it\n{}", plan(&project)));
    assert_eq!(ran(&project), 0, "everything is there");

    // Touched, with the same content: nothing to do.
    project.write("a.txt", "hello");
    assert_eq!(ran(&project), 0);

    std::fs::remove_file(project.path("three.txt")).unwrap();
    told.push_str(&format!("==== without three.txt\n{}", plan(&project)));
    assert_eq!(ran(&project), 1, "`two` is stored: only its reader runs");

    std::fs::remove_file(project.path("two.txt")).unwrap();
    told.push_str(&format!("==== without two.txt, whose input is in memory only\n{}", plan(&project)));
    assert_eq!(ran(&project), 2, "`d` is given the same, and its output is there");

    project.write("other.txt", "somebody else's");
    told.push_str(&format!("==== with another other.txt\n{}", plan(&project)));
    assert_eq!(ran(&project), 1);
    assert_eq!(project.read("other.txt"), "hello");

    project.write("a.txt", "good bye");
    told.push_str(&format!("==== with another input\n{}", plan(&project)));
    assert_eq!(ran(&project), 4);
    assert_eq!(project.read("three.txt"), "good bye");
    filtered(|| insta::assert_snapshot!(told));
}
