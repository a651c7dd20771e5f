//! Two hundred runs in which nodes and saves fail and somebody interrupts, all at random: none hangs, none loses what it
//! says is in storage, and each can be resumed to what an undisturbed run makes.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fastrand::Rng;
use wpipe::{Error, History, Host, Persist, Pipeline, Project, Record, RunState, Runner, Selection};
use wpipe_tests::guest;

const RUNS: u64 = 200;
/// All but `off`, which puts nothing in storage.
const SAVING: [Persist; 5] = [Persist::Tee, Persist::Sync, Persist::Async, Persist::Cache, Persist::CacheAsync];

/// One pipeline: every node passes a text on, so that every dataset is the text.
struct Case {
    /// For each node, the dataset that it reads; 0 is the free input, and `n` is what the node `n` makes.
    reads: Vec<usize>,
    stored: Vec<bool>,
    fails: Vec<bool>,
    /// Datasets whose place in storage is taken by a directory.
    blocked: Vec<bool>,
    delayed: Vec<bool>,
}

impl Case {
    fn new(random: &mut Rng) -> Self {
        let len = random.usize(3..=10);
        let chances = |random: &mut Rng, in_percent| (0..len).map(|_| random.u8(..100) < in_percent).collect();
        let disturbed = random.u8(..100) < 70;
        Self {
            reads: (0..len).map(|node| random.usize(..=node)).collect(),
            stored: chances(random, 60),
            fails: chances(random, if disturbed { 10 } else { 0 }),
            blocked: chances(random, if disturbed { 10 } else { 0 }),
            delayed: chances(random, 20),
        }
    }

    /// The manifest; without what fails if it is mended.
    fn manifest(&self, is_mended: bool) -> String {
        let mut text = format!(
            "[pipeline]\nname = \"chaos\"\n[components.c]\npath = {:?}\n\
             [datasets.d0]\ntype = \"text\"\npath = \"d0\"\n",
            guest("well_behaved")
        );
        for (node, &read) in self.reads.iter().enumerate() {
            let function = if self.fails[node] && !is_mended { "text_fails" } else { "pass_text" };
            let made = node + 1;
            text.push_str(&format!(
                "[nodes.n{made}]\nuses = \"c/{function}\"\ninputs = [\"d{read}\"]\noutputs = [\"d{made}\"]\n"
            ));
            if self.stored[node] {
                let delay = if self.delayed[node] { "delay = { save = \"3ms\", load = \"1ms\" }\n" } else { "" };
                text.push_str(&format!("[datasets.d{made}]\ntype = \"text\"\npath = \"d{made}\"\n{delay}"));
            }
        }
        text
    }

    fn stored(&self) -> impl Iterator<Item = String> {
        self.stored.iter().enumerate().filter(|(_, stored)| **stored).map(|(node, _)| format!("d{}", node + 1))
    }
}

fn text() -> String {
    "all is well ".repeat(3000)
}

fn load(host: &Host, project: Project) -> Pipeline {
    host.load_project(project).unwrap()
}

/// Whatever is stored is whole.
fn assert_whole(directory: &Path, case: &Case, text: &str) {
    for name in case.stored() {
        let path = directory.join(&name);
        assert!(!path.is_file() || fs::read_to_string(&path).unwrap() == text, "{name} is not whole");
    }
}

#[test]
fn no_run_hangs_or_loses_anything_and_each_can_be_resumed() {
    let host = Host::builder().cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/components")).build().unwrap();
    let text = text();
    let (mut completed, mut failed, mut resumed) = (0, 0, 0);
    for seed in 0..RUNS {
        let mut random = Rng::with_seed(seed);
        let case = Case::new(&mut random);
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path();
        fs::write(directory.join("d0"), &text).unwrap();
        for name in case.stored() {
            if case.blocked[name[1..].parse::<usize>().unwrap() - 1] {
                fs::create_dir_all(directory.join(&name).join("in_the_way")).unwrap();
            }
        }

        let runner = match random.u8(..4) {
            0 => Runner::Sequential,
            workers => Runner::Parallel { workers: NonZero::new(workers as usize).unwrap() },
        };
        let persist = random.choice(SAVING).unwrap();
        let interrupt_after = if random.u8(..100) < 40 { random.u64(..30) } else { u64::MAX };
        let (cancel, events) = (Arc::new(AtomicBool::new(false)), AtomicU64::new(0));
        let flag = cancel.clone();
        let pipeline = load(&host, Project::parse("pipeline.toml", &case.manifest(false), directory).unwrap());
        let result = pipeline
            .run()
            .runner(runner)
            .persist(persist)
            .keep_going(random.bool())
            .memory(if random.u8(..100) < 30 { 40_000 } else { 1 << 30 })
            .journal(&Selection::default())
            .cancel(cancel)
            .observe(move |_: &Record| {
                if events.fetch_add(1, Ordering::Relaxed) == interrupt_after {
                    flag.store(true, Ordering::Relaxed);
                }
            })
            .execute();
        let told = format!("seed {seed}, {runner:?}, {persist}: {:?}", result.as_ref().err().map(ToString::to_string));

        // The journal, the report and storage say the same.
        let report = match &result {
            Ok(result) => result.report().clone(),
            Err(Error::Run(failure)) => failure.report.clone(),
            Err(other) => panic!("{told}: {other}"),
        };
        let record = History::of(directory).open(None).unwrap();
        let state = match &result {
            Ok(_) => RunState::Completed,
            Err(Error::Run(failure)) if failure.is_interrupted() => RunState::Interrupted,
            Err(_) => RunState::Failed,
        };
        assert_eq!(record.state, state, "{told}");
        let mut of_report = report.completed.clone();
        of_report.sort();
        assert_eq!(record.completed().collect::<Vec<_>>(), of_report, "{told}");
        let (mut told_saved, mut saved) = (record.persisted.clone(), report.persisted.clone());
        told_saved.sort();
        saved.sort();
        assert_eq!(told_saved, saved, "{told}");
        assert!(saved.iter().all(|name| directory.join(name).is_file()), "{told}: {saved:?}");
        assert_whole(directory, &case, &text);
        if result.is_ok() {
            completed += 1;
            assert!(case.stored().all(|name| saved.contains(&name)), "{told}: exit 0 and not durable");
        } else {
            failed += 1;
        }

        // Mended and resumed, it ends as if nothing had happened.
        for name in case.stored() {
            let _ = fs::remove_dir_all(directory.join(&name).join("in_the_way"));
            let _ = fs::remove_dir(directory.join(&name));
        }
        let mended = Project::parse("pipeline.toml", &case.manifest(true), directory).unwrap();
        match mended.resume(&record).unwrap() {
            Some(rest) => {
                resumed += 1;
                load(&host, rest).run().execute().unwrap_or_else(|error| panic!("{told}: resumed: {error}"));
            }
            None => assert!(result.is_ok() || report.completed.len() == report.total, "{told}: nothing to resume"),
        }
        assert!(case.stored().all(|name| directory.join(name).is_file()), "{told}: something is missing");
        assert_whole(directory, &case, &text);
    }
    assert!(completed > 20 && failed > 20 && resumed > 20, "{completed} completed, {failed} failed, {resumed} resumed");
}
