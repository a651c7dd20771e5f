//! Any graph of nodes within a multipipeline, on any way to storage, whole or interrupted and resumed, makes the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fastrand::Rng;
use wpipe::{Error, History, Persist, Runner};

use crate::support::{Workshop, node, over, workers};

const PARTITIONS: [(&str, &str); 5] = [("a", "one"), ("b/b", "two"), ("b/c", "bad"), ("d", "four"), ("e", "five")];
const SEEDS: u64 = 40;
/// Partitions that may fail: one that a node refuses, one that cannot be saved, and one that cannot be loaded.
const BAD: &str = "b/c";
const UNSAVED: &str = "d";
const UNREADABLE: &str = "e";

/// The entry of a set, of one of its formats.
fn in_format(entry: &str, set: &str, format: &str) -> String {
    entry.replace(&format!("[datasets.{set}]"), &format!("[datasets.\"{set}@{format}\"]"))
}

/// A manifest and what it makes: of each set, and of each text behind the barrier.
struct Graph {
    manifest: String,
    sets: BTreeMap<String, BTreeMap<String, String>>,
    texts: BTreeMap<String, String>,
    /// The partitions that may fail.
    failing: BTreeSet<&'static str>,
}

impl Graph {
    fn new(random: &mut Rng, workshop: &Workshop) -> Self {
        let mut made: Vec<(String, BTreeMap<String, String>)> = vec![(
            "raw".to_owned(),
            PARTITIONS.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect(),
        )];
        let mut manifest = "[params]\nword = \"bad\"\n".to_owned() + &workshop.set("raw", "");
        let (mut names, mut stored, mut formats) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut fails = false;
        let read = |random: &mut Rng, formats: &BTreeSet<String>, name: &str| match formats.contains(name) {
            true => format!("{name}@{}", random.choice(["x", "y"]).unwrap()),
            false => name.to_owned(),
        };
        let count = random.usize(1..=5);
        let reads_raw = random.usize(..count);
        for index in 0..count {
            // Names decide the order among nodes of one level.
            let name = format!("{}{index}", random.choice(["k", "m", "z"]).unwrap());
            let to = format!("set{index}");
            let (from, content) = made[if index == reads_raw { 0 } else { random.usize(..made.len()) }].clone();
            let (other, others) = made[random.usize(..made.len())].clone();
            let upper = |text: &String| text.to_uppercase();
            let (from_as, other_as) = (read(random, &formats, &from), read(random, &formats, &other));
            let (function, inputs, content): (_, Vec<&str>, BTreeMap<_, _>) = match random.u8(..6) {
                0 => ("copy_text", vec![&from_as], content.clone()),
                1 | 2 => {
                    ("upper", vec![&from_as], content.iter().map(|(id, text)| (id.clone(), upper(text))).collect())
                }
                3 if other != from => {
                    let joined = content.iter().map(|(id, text)| (id.clone(), format!("{text}{}", others[id])));
                    ("join_texts", vec![&from_as, &other_as], joined.collect())
                }
                4 if !fails && random.bool() => {
                    fails |= content[BAD].contains("bad");
                    ("fail_on", vec![&from_as, "params:word"], content.clone())
                }
                _ => {
                    ("upper_all", vec![&from_as], content.iter().map(|(id, text)| (id.clone(), upper(text))).collect())
                }
            };
            if random.usize(..3) > 0 {
                let keys = random
                    .choice(["", "", "reload = true", "prune = true", "persist = \"sync\"", "persist = \"off\""])
                    .unwrap();
                if random.usize(..3) == 0 {
                    formats.insert(to.clone());
                    ["x", "y"].iter().for_each(|format| manifest += &in_format(&workshop.set(&to, keys), &to, format));
                } else {
                    manifest += &workshop.set(&to, keys);
                }
                stored.insert(to.clone());
            }
            let is_in_formats = formats.contains(&to);
            manifest += &node(&name, function, &inputs, &if is_in_formats { format!("{to}@x") } else { to.clone() });
            names.push(name);
            made.push((to, content));
        }
        let mut texts = BTreeMap::new();
        for (set, content) in &made[1..] {
            if random.bool() {
                let (text, set_as) = (format!("all_of_{set}"), read(random, &formats, set));
                manifest += &(workshop.text(&text) + &node(&format!("see_{set}"), "concat_texts", &[&set_as], &text));
                texts.insert(text, content.iter().map(|(id, text)| format!("{id}={text}\n")).collect());
            }
        }
        let keys = format!("slices = {}\nallow_incomplete = true\non_partition_error = \"skip\"", random.u8(1..=4));
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        manifest += &over(&names, &["raw"], &keys);
        let mut failing: BTreeSet<_> = fails.then_some(BAD).into_iter().collect();
        // What a node of slices cannot load or save fails with the slice.
        let is_each_its_own = !manifest.contains("upper_all");
        if let Some(set) = stored.iter().nth(random.usize(..6)).filter(|_| is_each_its_own) {
            // A directory is in the way.
            fs::create_dir_all(workshop.folder(set).join(UNSAVED)).unwrap();
            failing.insert(UNSAVED);
        }
        if random.usize(..4) == 0 && is_each_its_own {
            fs::write(workshop.folder("raw").join(UNREADABLE), b"\xff is no text").unwrap();
            failing.insert(UNREADABLE);
        }
        let sets = made.into_iter().skip(1).filter(|(set, _)| stored.contains(set)).collect();
        Self { manifest, sets, texts, failing }
    }

    /// What there is, but for the partitions that fail.
    fn check(&self, workshop: &Workshop, is_all_saved: bool, case: &str) {
        let good = |content: &BTreeMap<String, String>| {
            let mut content = content.clone();
            content.retain(|id, _| !self.failing.contains(id.as_str()));
            content
        };
        for (set, content) in self.sets.iter().filter(|_| is_all_saved) {
            let found = workshop.objects(set);
            if !self.manifest.contains("persist = ") {
                assert_eq!(good(&found), good(content), "{set} of {case}");
            }
        }
        let is_good = |line: &&str| line.split_once('=').is_some_and(|(id, _)| !self.failing.contains(id));
        let lines = |text: &str| text.lines().filter(is_good).map(str::to_owned).collect::<Vec<_>>();
        for (text, content) in &self.texts {
            let found = fs::read_to_string(workshop.path().join(text)).unwrap();
            assert_eq!(lines(&found), lines(content), "{text} of {case}");
        }
    }
}

#[test]
fn every_graph_makes_the_same_on_every_way() {
    let mut run = 0;
    for seed in 0..SEEDS {
        let random = &mut Rng::with_seed(seed);
        let workshop = Workshop::local();
        PARTITIONS.iter().for_each(|(id, text)| workshop.put("raw", id, text));
        let graph = Graph::new(random, &workshop);
        if workshop.try_project(&graph.manifest).is_err() {
            // Some node has nothing to do with the others.
            continue;
        }
        run += 1;
        for _ in 0..2 {
            let (persist, memory) = (random.choice(Persist::ALL).unwrap(), random.choice([1, 1 << 30]).unwrap());
            let runner = random.choice([Runner::Sequential, workers(1), workers(2), workers(4)]).unwrap();
            let is_verified = random.usize(..4) == 0;
            let at = random.usize(..60);
            let case = format!("seed {seed}, {persist}, {runner:?}, interrupted at {at}:\n{}", graph.manifest);
            let (cancel, seen) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
            let observed = cancel.clone();
            let observer = move |_: &wpipe::Record| {
                if seen.fetch_add(1, Ordering::Relaxed) == at {
                    observed.store(true, Ordering::Relaxed);
                }
            };
            let mut result = workshop.run_with(&graph.manifest, |run| {
                let run = run.runner(runner).persist(persist).memory(memory).verify_round_trip(is_verified);
                run.cancel(cancel).observe(observer)
            });
            let mut attempts = 0;
            while let Err(error) = result {
                assert!(matches!(error, Error::Run(_)), "{error}: {case}");
                assert_eq!(error.to_string().lines().next().unwrap().split(" (").next(), Some("interrupted"), "{case}");
                attempts += 1;
                assert!(attempts < 3, "{case}");
                let record = History::of(workshop.path()).open(None).unwrap();
                let Some(rest) = workshop.project(&graph.manifest).resume(&record).unwrap() else { break };
                result = workshop.run_project(rest, |run| run.resume(&record).runner(runner).persist(persist));
            }
            graph.check(&workshop, persist != Persist::Off, &case);
        }
    }
    assert!(run > SEEDS / 2, "{run} of {SEEDS} can be run");
}
