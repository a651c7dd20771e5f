//! The shared store: what one process makes, another attaches.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use rustix::process::geteuid;
use wpipe_storage_server::FaultyProxy;

use crate::lake::Lake;
use crate::processes::kill_at_random;
use crate::support::{Ended, Project, ended, filtered};

/// Two nodes, with a dataset between them that lives in memory.
const PAIR: &str = "
[params]
n = 100000
[nodes.produce]
uses = \"good/produce\"
inputs = [\"params:n\"]
outputs = [\"numbers\"]
[nodes.total]
uses = \"good/total\"
inputs = [\"numbers\"]
outputs = [\"sum\"]
[datasets.sum]
type = \"archive\"
path = \"sum.archive\"
";

/// A project with two nodes and a store, with these keys of `[store]`.
fn pair(keys: &str) -> Project {
    Project::new(&format!("{PAIR}[store]\npath = \"shared\"\n{keys}"))
}

fn objects(project: &Project) -> Vec<PathBuf> {
    let objects = fs::read_dir(project.path("shared/objects")).unwrap();
    objects.map(|object| object.unwrap().path()).collect()
}

fn well(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.told());
}

/// What a command tells, with the project's folder made alike.
fn told(project: &Project, ended: &Ended) -> String {
    let folder = project.path("").display().to_string();
    ended.told().replace(folder.trim_end_matches('/'), "[folder]")
}

#[test]
fn a_dataset_of_memory_is_there_for_a_later_process() {
    let project = pair("");
    well(&project.wpipe(&["run", "--nodes", "produce"]));
    let second = project.wpipe(&["run", "--nodes", "total", "--verbose"]);
    well(&second);
    assert!(second.stderr.contains("Attached numbers from the shared store (781.3 KiB)"), "{}", second.told());
    assert!(second.stderr.contains("781.3 KiB mapped"), "{}", second.told());
    let whole = Project::new(PAIR);
    well(&whole.wpipe(&["run"]));
    let sum = |project: &Project| fs::read(project.path("sum.archive")).unwrap();
    assert_eq!(sum(&project), sum(&whole));
    assert_eq!(objects(&project).len(), 2);
}

#[test]
fn a_store_is_named_by_argument_environment_or_manifest() {
    let project = Project::new(&format!("{PAIR}[store]\npath = \"of_manifest\"\n"));
    let run = |arguments: &[&str], variable: &str| {
        let mut command = project.command(&[&["run", "--nodes", "produce"], arguments].concat());
        well(&ended(command.env("WPIPE_STORE", variable).output().unwrap()));
    };
    run(&[], "");
    run(&[], "of_environment");
    run(&["--store", "typed"], "not_this_one");
    for store in ["of_manifest", "of_environment", "typed"] {
        assert_eq!(fs::read_dir(project.path(store).join("objects")).unwrap().count(), 1, "{store}");
    }
    assert!(!project.path("not_this_one").exists());
}

#[test]
fn what_is_not_there_or_does_not_fit_is_told_before_anything_runs() {
    let project = pair("");
    let missing = project.wpipe(&["run", "--nodes", "total"]);
    assert_eq!(missing.code, 2, "{}", missing.told());
    let mut told_all = format!("==== nothing is there\n{}", told(&project, &missing));
    well(&project.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    // Another manifest of the same pipeline takes the numbers for a text.
    let reader = "[nodes.say]\nuses = \"good/upper\"\ninputs = [\"numbers\"]\noutputs = [\"loud\"]\n\
                  [store]\npath = \"shared\"\n";
    let components = project.read("pipeline.toml");
    let components = components.split("[params]").next().unwrap();
    project.write("reader.toml", format!("{components}{reader}"));
    for command in ["check", "run"] {
        let misfit = project.wpipe(&[command, "reader.toml"]);
        assert_eq!(misfit.code, 2, "{}", misfit.told());
        told_all += &format!("==== {command}: another type\n{}", told(&project, &misfit));
    }
    filtered(|| insta::assert_snapshot!(told_all));
}

#[test]
fn a_check_accepts_what_the_store_has() {
    let project = pair("");
    well(&project.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    let manifest = project.read("pipeline.toml");
    let (head, rest) = manifest.split_once("[nodes.produce]").unwrap();
    let (_, rest) = rest.split_once("[nodes.total]").unwrap();
    project.write("total.toml", format!("{}[nodes.total]{rest}", head.split("[params]").next().unwrap()));
    well(&project.wpipe(&["check", "total.toml"]));
    well(&project.wpipe(&["run", "total.toml"]));
    well(&project.wpipe(&["store", "gc", "--all"]));
    let gone = project.wpipe(&["check", "total.toml"]);
    assert_eq!(gone.code, 2, "{}", gone.told());
}

#[test]
fn a_plan_says_what_is_shared() {
    let project = pair("");
    let plan = project.wpipe(&["plan", "--format", "json"]);
    well(&plan);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let numbers = plan["datasets"].as_array().unwrap().iter().find(|dataset| dataset["name"] == "numbers").unwrap();
    assert_eq!(numbers["shared"], true, "{numbers}");
    assert_eq!(numbers["reaches_readers"]["large"], "store", "{numbers}");
    assert!(!project.path("shared").exists(), "a plan makes nothing");
}

#[test]
fn partitions_of_one_call_and_of_a_multipipeline_are_shared_as_sets() {
    let project = Project::new(
        "[nodes.split]\nuses = \"good/split_lines\"\ninputs = [\"text\"]\noutputs = [\"lines\"]\n\
         [nodes.loud]\nuses = \"good/upper\"\ninputs = [\"lines\"]\noutputs = [\"loud_lines\"]\n\
         [multinodes.loud]\nover = [\"lines\"]\nslices = 2\n\
         [nodes.join]\nuses = \"good/concat_texts\"\ninputs = [\"loud_lines\"]\noutputs = [\"joined\"]\n\
         [datasets.text]\ntype = \"text\"\npath = \"text.txt\"\n\
         [datasets.joined]\ntype = \"text\"\npath = \"joined.txt\"\n\
         [store]\npath = \"shared\"\n",
    );
    project.write("text.txt", "a=one\nb=two\nc/d=three\n");
    for node in ["split", "loud", "join"] {
        well(&project.wpipe(&["run", "--nodes", &format!("={node}"), "--quiet"]));
    }
    assert_eq!(project.read("joined.txt"), "a=ONE\nb=TWO\nc/d=THREE\n");
    let list = project.wpipe(&["store", "list", "--format", "json"]).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let partitions: Vec<_> =
        list["datasets"][2]["objects"].as_array().unwrap().iter().map(|of| &of["partition"]).collect();
    assert_eq!(list["datasets"][2]["dataset"], "loud_lines");
    assert_eq!(partitions, ["a", "b", "c/d"]);
}

#[test]
fn a_stored_dataset_is_attached_as_long_as_storage_has_the_same() {
    let project = pair("[datasets.numbers]\ntype = \"archive\"\npath = \"numbers.archive\"\n");
    well(&project.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    let is_attached = || {
        let ended = project.wpipe(&["run", "--nodes", "total"]);
        well(&ended);
        ended.stderr.contains("Attached numbers")
    };
    assert!(is_attached(), "its maker has saved it, and nobody has written it since");
    let archive = fs::read(project.path("numbers.archive")).unwrap();
    fs::remove_file(project.path("numbers.archive")).unwrap();
    project.write("numbers.archive", archive);
    assert!(!is_attached(), "somebody has written it");
}

#[test]
fn a_directory_that_others_could_use_is_no_store() {
    let project = pair("");
    let mut all = String::new();
    let mut refused = |what: &str| {
        let ended = project.wpipe(&["run", "--nodes", "produce"]);
        assert_eq!(ended.code, 2, "{what}: {}", ended.told());
        all += &format!("==== {what}\n{}", told(&project, &ended));
        let shared = project.path("shared");
        let _ =
            if shared.is_dir() && !shared.is_symlink() { fs::remove_dir_all(shared) } else { fs::remove_file(shared) };
    };
    fs::create_dir(project.path("elsewhere")).unwrap();
    symlink("elsewhere", project.path("shared")).unwrap();
    refused("a link");
    project.write("shared", "");
    refused("a file");
    fs::create_dir(project.path("shared")).unwrap();
    fs::set_permissions(project.path("shared"), Permissions::from_mode(0o755)).unwrap();
    refused("an open directory");
    fs::create_dir(project.path("shared")).unwrap();
    fs::set_permissions(project.path("shared"), Permissions::from_mode(0o700)).unwrap();
    fs::create_dir(project.path("shared/objects")).unwrap();
    fs::set_permissions(project.path("shared/objects"), Permissions::from_mode(0o777)).unwrap();
    refused("an open folder within");
    fs::create_dir(project.path("shared")).unwrap();
    fs::set_permissions(project.path("shared"), Permissions::from_mode(0o700)).unwrap();
    project.write("shared/format", "wpipe store 9\n");
    refused("a newer store");
    filtered(|| insta::assert_snapshot!(all));
}

#[test]
fn what_another_user_has_planted_is_not_attached() {
    if !geteuid().is_root() {
        return; // Only root can give files away.
    }
    let project = pair("");
    fs::create_dir(project.path("shared")).unwrap();
    fs::set_permissions(project.path("shared"), Permissions::from_mode(0o700)).unwrap();
    chown(project.path("shared"), Some(12345), None).unwrap();
    let foreign = project.wpipe(&["run", "--nodes", "produce"]);
    assert_eq!(foreign.code, 2, "{}", foreign.told());
    assert!(foreign.stderr.contains("it belongs to user 12345, and this is user 0"), "{}", foreign.told());

    chown(project.path("shared"), Some(0), None).unwrap();
    well(&project.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    let object = objects(&project).remove(0);
    chown(&object, Some(12345), None).unwrap();
    let planted = project.wpipe(&["run", "--nodes", "total"]);
    assert_eq!(planted.code, 2, "{}", planted.told());
    assert!(planted.stderr.contains("is not trusted: it belongs to user 12345"), "{}", planted.told());
}

#[test]
fn a_group_may_share_a_store_and_nobody_else() {
    let project = pair("group = true\n");
    well(&project.wpipe(&["run", "--quiet"]));
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for folder in ["shared", "shared/objects", "shared/names", "shared/names/test", "shared/locks", "shared/runs"] {
        assert_eq!(mode(&project.path(folder)), 0o2770, "{folder}");
    }
    for file in objects(&project).iter().chain([&project.path("shared/names/test/numbers")]) {
        assert_eq!(mode(file), 0o440, "{}", file.display());
    }
    let private = pair("");
    well(&private.wpipe(&["run", "--quiet"]));
    private.write("group.toml", private.read("pipeline.toml") + "group = true\n");
    let refused = private.wpipe(&["run", "group.toml"]);
    assert_eq!(refused.code, 2, "{}", refused.told());
    assert!(refused.stderr.contains("its group may not use it, since its mode is 700"), "{}", refused.told());
}

#[test]
fn damaged_objects_are_told_and_found() {
    let project = pair("");
    let produce = || well(&project.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    let total = || project.wpipe(&["run", "--nodes", "total", "--quiet"]);
    let verify = || project.wpipe(&["store", "verify"]);
    produce();
    well(&verify());
    let object = objects(&project).remove(0);
    fs::set_permissions(&object, Permissions::from_mode(0o600)).unwrap();
    let whole = fs::read(&object).unwrap();

    for (what, content) in [
        ("empty", Vec::new()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("cut by a page", whole[..whole.len() - 4096].to_vec()),
        ("longer", [&whole[..], &[0; 4096]].concat()),
        ("another footer", {
            let mut bytes = whole.clone();
            let at = bytes.len() - 4090;
            bytes[at] ^= 1;
            bytes
        }),
    ] {
        fs::write(&object, content).unwrap();
        let damaged = total();
        assert_eq!(damaged.code, 1, "{what}: {}", damaged.told());
        assert!(damaged.stderr.contains("is damaged: "), "{what}: {}", damaged.told());
        assert_eq!(verify().code, 1, "{what}");
    }

    let mut bytes = whole.clone();
    bytes[1000] ^= 1;
    fs::write(&object, &bytes).unwrap();
    let found = verify();
    assert_eq!(found.code, 1, "{}", found.told());
    assert!(found.stderr.contains("the content of `test/numbers` is not what was written"), "{}", found.told());

    produce();
    well(&verify());
    well(&total());
}

#[test]
fn a_full_store_is_waited_for_and_then_told() {
    let project = pair("limit = \"500KiB\"\nwait = \"100ms\"\n");
    let small = project.wpipe(&["run", "--nodes", "produce"]);
    assert_eq!(small.code, 1, "{}", small.told());
    let roomy = pair("limit = \"1MiB\"\nwait = \"100ms\"\n");
    well(&roomy.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    roomy.write("other.toml", roomy.read("pipeline.toml").replace("name = \"test\"", "name = \"other\""));
    let full = roomy.wpipe(&["run", "other.toml", "--nodes", "produce"]);
    assert_eq!(full.code, 1, "{}", full.told());
    assert!(roomy.wpipe(&["store", "list"]).stdout.contains("test/numbers"), "what is nowhere else stays");
    filtered(|| insta::assert_snapshot!(format!("{}{}", told(&project, &small), told(&roomy, &full))));
}

#[test]
fn what_storage_has_as_well_makes_room() {
    let project = pair(
        "limit = \"1MiB\"\nwait = \"100ms\"\n[datasets.numbers]\ntype = \"archive\"\npath = \"numbers.archive\"\n",
    );
    well(&project.wpipe(&["run", "--nodes", "produce", "--quiet"]));
    project.write(
        "other.toml",
        project
            .read("pipeline.toml")
            .replace("name = \"test\"", "name = \"other\"")
            .replace("numbers.archive", "others.archive"),
    );
    well(&project.wpipe(&["run", "other.toml", "--nodes", "produce", "--quiet"]));
    let list = project.wpipe(&["store", "list"]).stdout;
    assert!(list.contains("other/numbers") && !list.contains("test/numbers"), "{list}");
    well(&project.wpipe(&["run", "--nodes", "total", "--quiet"]));
}

#[test]
fn a_full_file_system_is_an_error_and_no_fault() {
    let project = Project::new(&PAIR.replace("n = 100000", "n = 2000000"));
    let mount = project.path("tmpfs");
    fs::create_dir(&mount).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m,mode=755", "wpipe-test"])
        .arg(&mount)
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        return; // Only root can mount a file system that is soon full.
    }
    project.write(
        "wait.toml",
        format!(
            "{}[store]\npath = \"tmpfs/store\"\nwait = \"100ms\"\nlimit = \"1GiB\"\n",
            project.read("pipeline.toml")
        ),
    );
    let full = project.wpipe(&["run", "wait.toml", "--nodes", "produce"]);
    // Another node's output has room, and its content is right.
    let small = project.wpipe(&["run", "wait.toml", "--nodes", "produce", "--params", "n=100000"]);
    let total = project.wpipe(&["run", "wait.toml", "--nodes", "total"]);
    let gc = project.wpipe(&["store", "gc", "--manifest", "wait.toml", "--all"]);
    let left = fs::read_dir(mount.join("store/objects")).map(Iterator::count);
    let unmounted = std::process::Command::new("umount").arg(&mount).status().unwrap();
    assert!(unmounted.success());
    assert_eq!(full.code, 1, "{}", full.told());
    assert!(full.stderr.contains("is full: 15.3 MiB more are needed"), "{}", full.told());
    for ended in [small, total, gc] {
        well(&ended);
    }
    assert_eq!(left.unwrap(), 0);
}

/// A way to the lake on which the downloads of objects with `part` in their names are counted.
fn counting(lake: &Lake, part: &'static str) -> (FaultyProxy, Arc<AtomicUsize>) {
    let gets = Arc::new(AtomicUsize::new(0));
    let counted = gets.clone();
    let count = move |method: &str, target: &str| {
        counted.fetch_add(usize::from(method == "GET" && target.contains(part)), Ordering::Relaxed);
        None
    };
    (FaultyProxy::start(lake.server.address(), Box::new(count)), gets)
}

#[test]
fn of_eight_processes_that_want_the_same_object_one_fetches_it() {
    const PROCESSES: usize = 8;

    let lake = Lake::new();
    let (proxy, gets) = counting(&lake, "run/blob");
    let blob: Vec<u8> = (0..3 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::create_dir_all(lake.folder()).unwrap();
    fs::write(lake.folder().join("blob"), &blob).unwrap();
    let nodes = (0..PROCESSES).map(|number| {
        format!(
            "[nodes.n{number}]\nuses = \"good/pass_bytes\"\ninputs = [\"blob\"]\noutputs = [\"copy{number}\"]\n\
             [datasets.copy{number}]\ntype = \"bytes\"\npath = \"copy{number}\"\n"
        )
    });
    let project = Project::new(&format!(
        "{}{}[datasets.blob]\ntype = \"bytes\"\nstore = \"lake\"\npath = \"blob\"\ndelay = {{ load = \"300ms\" }}\n[store]\npath = \"shared\"\n",
        Lake::store(&proxy.endpoint(), lake.server.bucket(), 2),
        nodes.collect::<String>()
    ));
    let runs: Vec<_> = (0..PROCESSES)
        .map(|number| {
            let mut command = lake.command(&project, &["run", "--no-journal", "--nodes", &format!("n{number}")]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let ended: Vec<_> = runs.into_iter().map(|run| ended(run.wait_with_output().unwrap())).collect();
    ended.iter().for_each(well);
    let attached = ended.iter().filter(|ended| ended.stderr.contains("Attached blob")).count();
    assert_eq!((gets.load(Ordering::Relaxed), attached), (1, PROCESSES - 1));
    for number in 0..PROCESSES {
        assert!(fs::read(project.path(&format!("copy{number}"))).unwrap() == blob, "copy{number}");
    }
    // Once the object is another one, it is fetched again.
    fs::write(lake.folder().join("blob"), b"another").unwrap();
    well(&lake.wpipe(&project, &["run", "--nodes", "n0", "--quiet"]));
    assert_eq!(project.read("copy0"), "another");
}

#[test]
fn partitions_in_a_bucket_are_fetched_once_for_the_machine() {
    let lake = Lake::new();
    let (proxy, gets) = counting(&lake, ".txt");
    fs::create_dir_all(lake.folder().join("notes")).unwrap();
    for id in ["a", "b", "c"] {
        fs::write(lake.folder().join(format!("notes/{id}.txt")), id).unwrap();
    }
    let project = Project::new(&format!(
        "{}[nodes.join]\nuses = \"good/concat_texts\"\ninputs = [\"notes\"]\noutputs = [\"joined\"]\n\
         [datasets.notes]\ntype = \"text\"\nstore = \"lake\"\npath = \"notes\"\npartitioned = true\nsuffix = \".txt\"\n\
         [datasets.joined]\ntype = \"text\"\npath = \"joined.txt\"\n[store]\npath = \"shared\"\n",
        Lake::store(&proxy.endpoint(), lake.server.bucket(), 2)
    ));
    for _ in 0..2 {
        well(&lake.wpipe(&project, &["run", "--quiet"]));
        assert_eq!(project.read("joined.txt"), "a=a\nb=b\nc=c\n");
        assert_eq!(gets.load(Ordering::Relaxed), 3);
    }
    fs::write(lake.folder().join("notes/b.txt"), "another").unwrap();
    well(&lake.wpipe(&project, &["run", "--quiet"]));
    assert_eq!(project.read("joined.txt"), "a=a\nb=another\nc=c\n");
    assert_eq!(gets.load(Ordering::Relaxed), 4);
}

#[test]
fn kill_minus_nine_leaves_nothing_that_is_not_collected() {
    let times = if std::env::var_os("WPIPE_LONG_TESTS").is_some() { 500 } else { 25 };
    let project = pair("");
    let mut random = Rng::with_seed(15);
    let expected = {
        let whole = Project::new(PAIR);
        well(&whole.wpipe(&["run", "--quiet"]));
        fs::read(whole.path("sum.archive")).unwrap()
    };
    for _ in 0..times {
        match random.u8(..4) {
            // A writer, a reader, both, and a collector.
            0 => {
                drop(kill_at_random(&mut random, 1..8, project.command(&["run", "--no-journal", "--nodes", "produce"])))
            }
            1 => {
                well(&project.wpipe(&["run", "--no-journal", "--nodes", "produce", "--quiet"]));
                drop(kill_at_random(&mut random, 1..8, project.command(&["run", "--no-journal", "--nodes", "total"])));
            }
            2 => drop(kill_at_random(&mut random, 1..16, project.command(&["run", "--no-journal"]))),
            _ => {
                let mut collector = project.command(&["store", "gc", "--all"]).spawn().unwrap();
                let end = std::time::Instant::now() + std::time::Duration::from_micros(random.u64(..8192));
                while std::time::Instant::now() < end {
                    std::hint::spin_loop();
                }
                collector.kill().unwrap();
                collector.wait().unwrap();
            }
        }
        let verified = project.wpipe(&["store", "verify"]);
        // An entry whose object a killed collector has removed is collected by the next one.
        assert!(!verified.stderr.contains("is damaged"), "{}", verified.told());
    }
    well(&project.wpipe(&["run", "--quiet"]));
    assert_eq!(fs::read(project.path("sum.archive")).unwrap(), expected);
    well(&project.wpipe(&["store", "verify"]));
    well(&project.wpipe(&["store", "gc", "--all"]));
    assert_eq!(objects(&project).len(), 0);
    for folder in ["names", "runs"] {
        assert_eq!(fs::read_dir(project.path("shared").join(folder)).unwrap().count(), 0, "{folder}");
    }
}

/// Somebody names a folder of theirs by mistake: a store removes what it does not need.
#[test]
fn a_folder_with_files_of_others_is_no_store() {
    let project = pair("");
    for file in ["shared/notes.txt", "shared/objects/photo.jpg", "shared/names/a/b"] {
        drop(fs::remove_dir_all(project.path("shared")));
        project.write(file, "mine");
        fs::set_permissions(project.path("shared"), PermissionsExt::from_mode(0o700)).unwrap();
        for arguments in [&["run"][..], &["store", "list"], &["store", "gc", "--all"]] {
            let ended = project.wpipe(arguments);
            assert_eq!(ended.code, 2, "{}", ended.told());
            assert!(ended.stderr.contains("it is no store and has files of others, such as `"), "{}", ended.told());
        }
        assert_eq!(project.read(file), "mine");
    }
    fs::remove_dir_all(project.path("shared")).unwrap();
    let nowhere = project.wpipe(&["store", "list"]);
    assert_eq!(nowhere.code, 2, "{}", nowhere.told());
    assert!(nowhere.stderr.contains("there is no store at `"), "{}", nowhere.told());
    assert!(!project.path("shared").exists());
}

#[test]
fn the_commands_of_the_store_say_what_is_there() {
    let project = pair("limit = \"1GiB\"\n");
    let mut all = String::new();
    let mut tell = |arguments: &[&str]| {
        let ended = project.wpipe(arguments);
        all += &format!("==== wpipe {}\n{}", arguments.join(" "), told(&project, &ended));
    };
    well(&project.wpipe(&["run", "--quiet"]));
    tell(&["store", "list"]);
    tell(&["store", "verify"]);
    tell(&["store", "gc"]);
    tell(&["store", "path"]);
    tell(&["store", "path", "test/numbers"]);
    tell(&["store", "path", "test/number"]);
    tell(&["store", "path", "numbers"]);
    tell(&["store", "gc", "--all"]);
    tell(&["store", "list"]);
    let nowhere = Project::new(PAIR);
    let unnamed = nowhere.wpipe(&["store", "list"]);
    all += &format!("==== without a store\n{}", unnamed.told());
    let digests = vec![(r"[0-9a-f]{40}", "[object]"), (r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3,12}Z", "[run]")];
    insta::with_settings!({ filters => digests }, { insta::assert_snapshot!(all) });
}
