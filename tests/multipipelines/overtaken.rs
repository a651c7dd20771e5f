//! Two runs that write one set at once: the one that comes too late is told, and what it is told to do gets it out.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use wpipe::{Error, Event, History, Host, Project, Record, RunError};

use crate::support::{Workshop, check_copy_see, workers};

/// What a run of the manifest fails with if another one, of the texts `other`, comes in between at the first event that
/// `is_moment`; and its name.
fn overtaken(workshop: &Workshop, manifest: &str, is_moment: fn(&Event) -> bool) -> (String, Vec<RunError>) {
    let once = Mutex::new(Some(()));
    let (path, manifest_of_other) = (workshop.path().to_owned(), manifest.to_owned());
    let observer = move |record: &Record| {
        if is_moment(&record.event) && once.lock().unwrap().take().is_some() {
            other_run(&path, &manifest_of_other);
        }
    };
    let result = workshop.run_with(manifest, |run| run.runner(workers(1)).observe(observer));
    let Err(Error::Run(failure)) = result else { panic!("the other one came in between: {result:?}") };
    (failure.report.run.to_string(), failure.errors)
}

/// A whole run of another text.
fn other_run(path: &Path, manifest: &str) {
    for id in ["1", "2", "3"] {
        fs::write(path.join("raw").join(id), format!("other {id}")).unwrap();
    }
    let text = fs::read_to_string(path.join("pipeline.toml")).unwrap();
    assert!(text.ends_with(manifest));
    let project = Project::open(path.join("pipeline.toml")).unwrap();
    let host = Host::builder().cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/components")).build().unwrap();
    host.load_project(project).unwrap().run().execute().unwrap();
}

#[test]
fn a_run_that_was_overtaken_is_gone_on_with() {
    let moments: [fn(&Event) -> bool; 3] = [
        |event| matches!(event, Event::NodeStarted { node, .. } if node == "copy"),
        |event| matches!(event, Event::PartitionSaved { .. }),
        |event| matches!(event, Event::PartitionCompleted { ended: 2, .. }),
    ];
    for is_moment in moments {
        let workshop = Workshop::local();
        for id in ["1", "2", "3"] {
            workshop.put("raw", id, &format!("text {id}"));
        }
        let manifest = check_copy_see(&workshop, "bad", "", "slices = 1");
        let (run, errors) = overtaken(&workshop, &manifest, is_moment);
        let helps: Vec<_> = errors.iter().filter_map(RunError::help).collect();
        assert!(helps.iter().any(|help| help.contains("go on with this one")), "{errors:?}: {helps:?}");
        assert!(!helps.iter().any(|help| help.contains("run again")), "{helps:?}");

        let record = History::of(workshop.path()).open(Some(&run)).unwrap();
        let rest = workshop.project(&manifest).resume(&record).unwrap().expect("something is left");
        workshop.run_project(rest, |go_on| go_on.resume(&record)).unwrap();
        let all = fs::read_to_string(workshop.path().join("all")).unwrap();
        assert_eq!(all, "1=OTHER 1\n2=OTHER 2\n3=OTHER 3\n", "what was made of the texts before is made again");
    }
}
