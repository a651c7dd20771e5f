//! A hundred runs in which partitions fail, saves fail and somebody interrupts, all at random: none hangs, what readers see
//! is always whole, and each is resumed to what an undisturbed run makes.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fastrand::Rng;
use wpipe::{Error, Event, History, Record, Run, RunResult, Runner};

use crate::support::{Workshop, node, over, workers};

const RUNS: u64 = 100;

struct Case {
    workshop: Workshop,
    manifest: String,
    partitions: u64,
    bad: Vec<u64>,
    /// Partitions of `out` whose place is taken by a folder.
    blocked: Vec<u64>,
    has_side: bool,
    runner: Runner,
    keeps_going: bool,
    /// After how many events somebody interrupts.
    interrupt: Option<u64>,
}

impl Case {
    fn new(random: &mut Rng) -> Self {
        let workshop = Workshop::local();
        let partitions = random.u64(1..=12);
        let disturbed = random.u8(..100) < 80;
        let some = |random: &mut Rng, in_percent| -> Vec<u64> {
            (0..partitions).filter(|_| disturbed && random.u8(..100) < in_percent).collect()
        };
        let (bad, blocked) = (some(random, 15), some(random, 8));
        let (has_checked, has_side) = (random.bool(), random.bool());
        let mut manifest = "[params]\nword = \"bad\"\n".to_owned()
            + &workshop.set("raw", "")
            + &workshop.set("out", if random.u8(..100) < 30 { "delay = { save = \"3ms\" }" } else { "" })
            + &workshop.text("all")
            + &node("check", "fail_on", &["raw", "params:word"], "checked")
            + &node("copy", "upper", &["checked"], "out")
            + &node("branch", "copy_text", &["checked"], "side")
            + &node("see", "concat_texts", &["out"], "all")
            + &over(
                &["check", "copy", "branch"],
                &["raw"],
                &format!(
                    "slices = {}\non_partition_error = \"{}\"",
                    random.u8(1..=4),
                    if random.bool() { "skip" } else { "fail" }
                ),
            );
        if has_checked {
            manifest += &workshop.set("checked", "");
        }
        if has_side {
            manifest += &workshop.set("side", "");
        }
        Self {
            workshop,
            manifest,
            partitions,
            bad,
            blocked,
            has_side,
            runner: if random.u8(..100) < 30 { Runner::Sequential } else { workers(random.usize(1..=4)) },
            keeps_going: random.u8(..100) < 30,
            interrupt: (disturbed && random.u8(..100) < 40).then(|| random.u64(..60)),
        }
    }

    /// Puts the raw data there as of `round`; with partitions that fail, if it is disturbed.
    fn put(&self, round: &str, is_disturbed: bool) {
        for id in 0..self.partitions {
            let bad = if is_disturbed && self.bad.contains(&id) { "bad " } else { "" };
            self.workshop.put("raw", &format!("{id:02}"), &format!("{bad}{round} {id}"));
        }
    }

    fn set_up<'r>(&self, run: Run<'r>) -> Run<'r> {
        let cancel = Arc::new(AtomicBool::new(false));
        let (flag, count, limit) = (cancel.clone(), AtomicU64::new(0), self.interrupt);
        run.runner(self.runner).keep_going(self.keeps_going).cancel(cancel).observe(move |record: &Record| {
            let is_log = matches!(record.event, Event::Log { .. });
            if !is_log && limit.is_some_and(|limit| count.fetch_add(1, Ordering::Relaxed) == limit) {
                flag.store(true, Ordering::Relaxed);
            }
        })
    }

    /// What a reader of `out` sees.
    fn seen(&self) -> String {
        let read = self.workshop.set("out", "") + &node("see", "concat_texts", &["out"], "seen");
        let result = self.workshop.run_with(&read, |run| run).unwrap();
        result.output::<str>("seen").unwrap().to_owned()
    }

    fn expected(&self, round: &str) -> String {
        (0..self.partitions).map(|id| format!("{id:02}={} {id}\n", round.to_uppercase())).collect()
    }
}

fn resumed(case: &Case, id: &str) -> Option<Result<RunResult, Error>> {
    let record = History::of(case.workshop.path()).open(Some(id)).unwrap();
    let rest = case.workshop.project(&case.manifest).resume(&record).unwrap()?;
    Some(case.workshop.run_project(rest, |run| run.resume(&record)))
}

#[test]
fn no_run_hangs_or_shows_half_a_set_and_each_can_be_resumed() {
    let (mut completed, mut failed) = (0, 0);
    for seed in 0..RUNS {
        let case = Case::new(&mut Rng::with_seed(seed));
        case.put("old", false);
        case.workshop.run(&case.manifest).unwrap();
        assert_eq!(case.seen(), case.expected("old"), "seed {seed}");

        case.put("new", true);
        let out = case.workshop.folder("out");
        for id in &case.blocked {
            // What is replaced is written beside first, and that is where it fails.
            fs::remove_file(out.join(format!("{id:02}"))).unwrap();
            fs::create_dir(out.join(format!("{id:02}"))).unwrap();
        }
        let result = case.workshop.run_with(&case.manifest, |run| case.set_up(run));
        let runs = History::of(case.workshop.path());
        let id = runs.ids().unwrap().pop().unwrap();
        match result {
            Ok(_) => completed += 1,
            Err(Error::Run(_)) => failed += 1,
            Err(error) => panic!("seed {seed}: {error}"),
        }

        for id in &case.blocked {
            let _ = fs::remove_dir(out.join(format!("{id:02}")));
        }
        case.put("new", false);
        match resumed(&case, &id) {
            None => {}
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("seed {seed} cannot be resumed: {error}\n{}", case.manifest),
        }
        assert_eq!(case.seen(), case.expected("new"), "seed {seed}\n{}", case.manifest);
        assert_eq!(fs::read_to_string(case.workshop.folder("all")).unwrap(), case.expected("new"), "seed {seed}");
        if case.has_side {
            assert_eq!(case.workshop.objects("side").len() as u64, case.partitions, "seed {seed}");
        }
    }
    assert!(completed > RUNS / 10 && failed > RUNS / 3, "{completed} completed, {failed} failed");
}
