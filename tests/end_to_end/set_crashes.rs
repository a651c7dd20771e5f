//! Runs that replace a set of partitions and are killed: what others read is the old set or the new one.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::Command;

use fastrand::Rng;
use serde_json::Value;
use wpipe_storage_server::{Fail, Fault, FaultyProxy};

use crate::lake::Lake;
use crate::processes::{kill_at_random, start};
use crate::support::{Project, ended};

/// Where the set is that is replaced.
enum Place {
    Local,
    Lake(Lake, FaultyProxy),
}

/// `raw ─► write ─► out`, and in `reader.toml` `out ─► read ─► seen`.
struct Crashes {
    project: Project,
    place: Place,
}

impl Crashes {
    fn new(place: Place) -> Self {
        let (store, at) = match &place {
            Place::Local => (String::new(), ""),
            Place::Lake(lake, proxy) => (Lake::store(&proxy.endpoint(), lake.server.bucket(), 8), "store = \"lake\"\n"),
        };
        let out =
            format!("[datasets.out]\ntype = \"text\"\npartitioned = true\nsuffix = \".txt\"\n{at}path = \"out\"\n");
        let writer = "
            [nodes.write]
            uses = \"good/upper\"
            inputs = [\"raw\"]
            outputs = [\"out\"]
            [multinodes.write]
            over = [\"raw\"]
            slices = 2
            [datasets.raw]
            type = \"text\"
            path = \"raw\"
            partitioned = true
        ";
        let project = Project::new(&format!("{store}{out}{writer}"));
        let components = project.read("pipeline.toml");
        let components = components.split("[stores").next().unwrap().split("[datasets").next().unwrap();
        let reader = "
            [nodes.read]
            uses = \"good/concat_texts\"
            inputs = [\"out\"]
            outputs = [\"seen\"]
            [datasets.seen]
            type = \"text\"
            path = \"seen.txt\"
        ";
        project.write("reader.toml", format!("{components}{store}{out}{reader}"));
        Self { project, place }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        match &self.place {
            Place::Local => self.project.command(arguments),
            Place::Lake(lake, _) => lake.command(&self.project, arguments),
        }
    }

    /// Runs it to the end, which must be a success; nothing that it tells holds a secret.
    fn run(&self, arguments: &[&str]) -> String {
        let ended = ended(self.command(arguments).output().unwrap());
        self.assert_secret_kept(&ended.told());
        assert_eq!(ended.code, 0, "{}", ended.told());
        ended.stdout
    }

    fn assert_secret_kept(&self, told: &str) {
        if let Place::Lake(lake, _) = &self.place {
            lake.assert_secret_kept(told);
        }
    }

    /// Puts the raw partitions of a round there: other texts in each round, and other ids in every second one.
    fn put(&self, round: usize) {
        let _ = fs::remove_dir_all(self.project.path("raw"));
        for id in ids(round) {
            self.project.write(&format!("raw/{id}"), format!("round {round}"));
        }
    }

    /// What a reading pipeline sees.
    fn seen(&self) -> BTreeMap<String, String> {
        self.run(&["run", "reader.toml", "--quiet", "--no-journal"]);
        let seen = self.project.read("seen.txt");
        seen.lines().map(|line| line.split_once('=').unwrap()).map(|(id, text)| (id.into(), text.into())).collect()
    }
}

fn ids(round: usize) -> Vec<String> {
    let number = if round.is_multiple_of(2) { 12 } else { 9 };
    (0..number).map(|index| format!("{}/p{index}", index % 3)).collect()
}

/// The whole set of a round.
fn whole(round: usize) -> BTreeMap<String, String> {
    ids(round).into_iter().map(|id| (id, format!("ROUND {round}"))).collect()
}

fn killed_at_every_moment(crashes: &Crashes, seed: u64) {
    const ROUNDS: usize = 20;
    let run = ["run", "--workers", "2", "--no-journal"];
    crashes.put(0);
    // As many events as a run has.
    let (mut child, mut events) = start(crashes.command(&run));
    let mut told = String::new();
    events.read_to_string(&mut told).unwrap();
    assert!(child.wait().unwrap().success(), "{told}");
    let events = told.lines().count();
    assert_eq!(crashes.seen(), whole(0));

    let mut random = Rng::with_seed(seed);
    let mut current = 0;
    let (mut kept, mut replaced) = (0, 0);
    for round in 1..=ROUNDS {
        crashes.put(round);
        // Every other one is killed while its set is being made the one in force, or just after.
        let moments = if round.is_multiple_of(2) { events - 6..events + 2 } else { 0..events };
        crashes.assert_secret_kept(&kill_at_random(&mut random, moments, crashes.command(&run)));
        let seen = crashes.seen();
        if seen == whole(round) {
            replaced += 1;
            current = round;
        } else {
            kept += 1;
            assert_eq!(seen, whole(current), "neither the set of round {current} nor that of round {round}");
        }
    }
    assert!(kept > 0 && replaced > 0, "{kept} runs were killed before they were through, and {replaced} after");

    crashes.put(ROUNDS + 1);
    crashes.run(&["run", "--quiet"]);
    assert_eq!(crashes.seen(), whole(ROUNDS + 1));
    let described = crashes.run(&["catalog", "describe", "out", "--format", "json"]);
    let described: Value = serde_json::from_str(&described).unwrap();
    let set = &described[0]["set"];
    assert_eq!((set["complete"].clone(), set["partitions"].clone()), (true.into(), 9.into()), "{set}");
    assert_eq!((set["staged"].clone(), set["gone"].clone()), (serde_json::json!({}), serde_json::json!([])), "{set}");
}

#[test]
fn readers_see_the_old_set_or_the_new_one_when_its_writer_is_killed() {
    killed_at_every_moment(&Crashes::new(Place::Local), 11);
}

#[test]
fn so_they_do_in_a_bucket_whose_server_fails_now_and_then() {
    let lake = Lake::new();
    let proxy = FaultyProxy::start(lake.server.address(), Fail::randomly(5, 9, &Fault::QUICK));
    let crashes = Crashes::new(Place::Lake(lake, proxy));
    killed_at_every_moment(&crashes, 12);
    let Place::Lake(_, proxy) = &crashes.place else { unreachable!("it is in a lake") };
    assert!(proxy.faults() > 0, "the proxy did not fail once");
}
