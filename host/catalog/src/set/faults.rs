//! The protocol under the knife: for every last step of a run, readers see the old set or the new one, the next run
//! goes on, and nothing is left in the end. A reader between two steps sees one or the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_data::View;
use wpipe_storage_server::S3Server;

use super::{Listing, Partitioned, PartitionedDataset, SetParts, Stored};
use crate::store::Step;
use crate::{Catalog, DataError, Entry, Environment, Location, StoreConfig};

const TEXT: (&str, u64) = (<str as View>::NAME, <str as View>::FINGERPRINT);

/// Ids and contents.
type Texts = BTreeMap<String, String>;

fn texts<const N: usize>(texts: [(&str, &str); N]) -> Texts {
    texts.into_iter().map(|(id, text)| (id.to_owned(), text.to_owned())).collect()
}

fn old() -> Texts {
    texts([("a", "one"), ("b", "two"), ("c/d", "three")])
}

/// Returns a partition of the same size, one of another, one less and one more.
fn new() -> Texts {
    texts([("a", "ONE"), ("c/d", "a longer one"), ("e", "four")])
}

fn newest() -> Texts {
    texts([("a", "111"), ("b", "222"), ("e", "44"), ("f", "5")])
}

/// The places of sets, one after the other.
struct Ground {
    catalog: Catalog,
    location: fn(&str) -> Location,
    folder: PathBuf,
    _server: Option<S3Server>,
    _directory: tempfile::TempDir,
}

impl Ground {
    fn local() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let catalog = Catalog::new(directory.path(), &Transports::detect());
        let (location, folder) = (|path: &str| Location::Path(path.to_owned()), directory.path().to_owned());
        Self { catalog, location, folder, _server: None, _directory: directory }
    }

    fn s3() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let server = S3Server::start(directory.path());
        let config = StoreConfig {
            url: format!("s3://{}/sets", server.bucket()),
            endpoint: Some(server.endpoint()),
            access_key_id: Some(server.access_key_id().to_owned()),
            secret_access_key: Some(server.secret_access_key().to_owned()),
            ..StoreConfig::default()
        };
        let mut catalog =
            Catalog::new(directory.path(), &Transports::detect()).with_environment(Environment::default());
        catalog.add_store("lake", &config).expect("right settings");
        let location = |path: &str| Location::Store { store: "lake".to_owned(), path: path.to_owned() };
        let folder = server.folder().join("sets");
        Self { catalog, location, folder, _server: Some(server), _directory: directory }
    }

    fn set(&self, name: &str) -> PartitionedDataset {
        let of_set = Partitioned { suffix: ".txt".to_owned(), prune: true, ..Partitioned::default() };
        let entry = Entry { partitioned: Some(of_set), ..Entry::new("test", "text", (self.location)(name)) };
        self.catalog.open_set(&entry).expect("a right entry")
    }

    /// Returns the names of all files of a set.
    fn files(&self, name: &str) -> Vec<String> {
        let root = self.folder.join(name);
        let mut names = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a directory") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => names.push(relative(&root, &path)),
                }
            }
        }
        names.sort();
        names
    }

    /// Asserts that nothing is there but the set.
    fn assert_tidy(&self, name: &str, texts: &Texts) {
        let mut expected: Vec<_> = texts.keys().map(|id| format!("{id}.txt")).collect();
        expected.insert(0, ".wpipe/set.json".to_owned());
        assert_eq!(self.files(name), expected);
    }
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).expect("within").display().to_string()
}

/// The state before a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Foreign,
    Committed,
    /// Committed, but not settled.
    Staged,
}

impl Before {
    const ALL: [Self; 4] = [Self::Nothing, Self::Foreign, Self::Committed, Self::Staged];
    /// The states that between them take every path: a server takes longer than a folder.
    const FEW: [Self; 2] = [Self::Foreign, Self::Staged];

    /// Makes the state; returns the set that readers see.
    async fn prepare(self, ground: &Ground, name: &str) -> Option<Texts> {
        let set = ground.set(name);
        match self {
            Self::Nothing => return None,
            Self::Foreign => {
                for (id, text) in old() {
                    let path = ground.folder.join(name).join(format!("{id}.txt"));
                    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
                    fs::write(path, text).expect("a file");
                }
            }
            Self::Committed => run(&set, "r1", &old()).await.expect("made"),
            Self::Staged => {
                run(&set, "r0", &texts([("a", "zero"), ("b", "zero"), ("c/d", "zero"), ("z", "zero")]))
                    .await
                    .expect("made");
                // The last completed step is the manifest's.
                let staged = Arc::new(Mutex::new(None));
                let watching = staged.clone();
                let reader = ground.set(name);
                let step: Step = Arc::new(move || {
                    let (reader, watching) = (reader.clone(), watching.clone());
                    async move {
                        let listing = reader.list().await.expect("listed");
                        let is_committed = listing.run() == Some("r1");
                        *watching.lock().expect("alone") = Some(is_committed);
                        !is_committed
                    }
                    .boxed()
                });
                run(&stepped(&set, step), "r1", &old()).await.expect_err("killed");
                assert_eq!(*staged.lock().expect("alone"), Some(true));
            }
        }
        Some(old())
    }
}

/// Returns the same set, with `step` asked before each operation.
fn stepped(set: &PartitionedDataset, step: Step) -> PartitionedDataset {
    let SetParts { name, codec, root, membership, prune, has_checkpoint, checkpoint, delay } = &*set.parts;
    PartitionedDataset::new(SetParts {
        name: name.clone(),
        codec: codec.clone(),
        root: root.clone().stepped(step),
        membership: membership.clone(),
        prune: *prune,
        has_checkpoint: *has_checkpoint,
        checkpoint: checkpoint.clone(),
        delay: *delay,
    })
}

/// Returns the same set, which allows so many operations and no more.
fn mortal(set: &PartitionedDataset, steps: usize) -> PartitionedDataset {
    let left = AtomicUsize::new(steps);
    let step: Step = Arc::new(move || {
        let goes = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        async move { goes }.boxed()
    });
    stepped(set, step)
}

/// Makes `texts` the set, with the partitions in `saved` as they are.
async fn go_on(
    set: &PartitionedDataset,
    name: &str,
    texts: &Texts,
    saved: &Mutex<BTreeMap<String, Stored>>,
) -> Result<(), DataError> {
    let writer = set.begin(name).await?;
    let saved_before = saved.lock().expect("alone").clone();
    let mut all = set.still_there(saved_before).await?;
    for (id, text) in texts {
        if !all.contains_key(id) {
            let content = Buffer::copy_from(text.as_bytes(), &Transports::detect()).expect("memory");
            let stored = writer.save(id, &content, TEXT).await?.stored;
            saved.lock().expect("alone").insert(id.clone(), stored.clone());
            all.insert(id.clone(), stored);
        }
    }
    match writer.commit(all, BTreeMap::new()).await?.untidy {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

async fn run(set: &PartitionedDataset, name: &str, texts: &Texts) -> Result<(), DataError> {
    go_on(set, name, texts, &Mutex::default()).await
}

async fn load_all(set: &PartitionedDataset, listing: &Listing) -> Result<Texts, DataError> {
    let mut texts = Texts::new();
    for id in listing.partitions().keys() {
        let loaded = set.load(listing, id, TEXT, Readers::Several).await?;
        let text = String::from_utf8(loaded.buffer.bytes().expect("mapped").to_vec()).expect("a text");
        texts.insert(id.clone(), text);
    }
    Ok(texts)
}

/// Returns the set that a reader sees; `None` if it is told that there is no set.
async fn read(set: &PartitionedDataset) -> Option<Texts> {
    match set.list().await {
        Ok(listing) => {
            let texts = load_all(set, &listing).await.expect("all that is listed is there");
            assert!(set.is_current(&listing).await.expect("asked"));
            Some(texts)
        }
        Err(DataError::NotFound { .. } | DataError::Unfinished { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Lets every step of a run be its last, and another run write after it.
fn whatever_step_is_the_last(ground: &Ground, befores: &[Before]) {
    for &before in befores {
        let mut ends = [0, 0];
        for steps in 0.. {
            let name = format!("{before:?}{steps}");
            let set = ground.set(&name);
            let is_over = wait(async {
                let old = before.prepare(ground, &name).await;
                let outcome = run(&mortal(&set, steps), "r2", &new()).await;
                let found = read(&set).await;
                assert!(found == old || found == Some(new()), "{name}: {found:?}");
                assert!(outcome.is_err() || found == Some(new()), "{name}: {found:?}");
                ends[usize::from(found == Some(new()))] += 1;
                run(&set, "r3", &newest()).await.expect("written");
                assert_eq!(read(&set).await, Some(newest()), "{name}");
                outcome.is_ok()
            });
            ground.assert_tidy(&name, &newest());
            if is_over {
                break;
            }
        }
        // Without a partition to replace there is nothing to settle.
        let least = if before == Before::Nothing { 1 } else { 4 };
        assert!(ends[0] > 4 && ends[1] >= least, "{before:?}: {ends:?}");
    }
}

#[test]
fn whatever_step_is_the_last_in_a_folder() {
    whatever_step_is_the_last(&Ground::local(), &Before::ALL);
}

#[test]
fn whatever_step_is_the_last_in_a_bucket() {
    whatever_step_is_the_last(&Ground::s3(), &Before::FEW);
}

#[test]
fn a_run_that_goes_on_with_a_killed_one_may_be_killed_as_well() {
    let ground = Ground::local();
    for before in [Before::Nothing, Before::Staged] {
        let mut most = usize::MAX;
        for first in 0.. {
            // Every fifth, but other ones each time.
            for second in (first % 5..).step_by(5) {
                let name = format!("{before:?}{first}-{second}");
                let set = ground.set(&name);
                let is_over = wait(async {
                    let old = before.prepare(&ground, &name).await;
                    let saved = Mutex::default();
                    let outcome = go_on(&mortal(&set, first), "r2", &new(), &saved).await;
                    if outcome.is_ok() {
                        most = first;
                        return true;
                    }
                    let outcome = go_on(&mortal(&set, second), "r3", &new(), &saved).await;
                    let found = read(&set).await;
                    assert!(found == old || found == Some(new()), "{name}: {found:?}");
                    go_on(&set, "r4", &new(), &saved).await.expect("written at last");
                    assert_eq!(read(&set).await, Some(new()), "{name}");
                    outcome.is_ok()
                });
                ground.assert_tidy(&name, &new());
                if is_over {
                    break;
                }
            }
            if most == first {
                break;
            }
        }
    }
}

/// Lets others read before every step of a run.
fn whoever_reads_between_two_steps(ground: &Ground, befores: &[Before]) {
    for &before in befores {
        let name = format!("{before:?}");
        let set = ground.set(&name);
        wait(async {
            let old = before.prepare(ground, &name).await;
            // Another reader has listed before the run, and reads on.
            let listed = set.list().await.ok();
            let seen = Arc::new(Mutex::new(Vec::new()));
            let (reader, watching, expected) = (set.clone(), seen.clone(), old.clone());
            let step: Step = Arc::new(move || {
                let (reader, listed, expected) = (reader.clone(), listed.clone(), expected.clone());
                let watching = watching.clone();
                async move {
                    let found = read(&reader).await;
                    watching.lock().expect("alone").push(found);
                    if let Some(listed) = &listed {
                        let loaded = load_all(&reader, listed).await;
                        if reader.is_current(listed).await.expect("asked") {
                            assert_eq!(loaded.ok(), expected);
                        }
                    }
                    true
                }
                .boxed()
            });
            run(&stepped(&set, step), "r2", &new()).await.expect("written");
            let mut seen = seen.lock().expect("alone").clone();
            seen.push(read(&set).await);
            seen.dedup();
            assert_eq!(seen, [old, Some(new())], "{before:?}");
        });
    }
}

#[test]
fn whoever_reads_between_two_steps_in_a_folder_sees_one_set_or_the_other() {
    whoever_reads_between_two_steps(&Ground::local(), &Before::ALL);
}

#[test]
fn whoever_reads_between_two_steps_in_a_bucket_sees_one_set_or_the_other() {
    whoever_reads_between_two_steps(&Ground::s3(), &Before::FEW);
}

#[test]
fn several_who_find_a_commit_half_settled_finish_it_together() {
    for ground in [Ground::local(), Ground::s3()] {
        for round in 0..4 {
            let name = format!("round{round}");
            let set = ground.set(&name);
            wait(async {
                let old = Before::Staged.prepare(&ground, &name).await;
                let begin = |run: &'static str| {
                    let set = ground.set(&name);
                    tokio::spawn(async move { set.begin(run).await.map(drop) })
                };
                for beginning in ["r2", "r3", "r4", "r5"].map(begin) {
                    beginning.await.expect("done").expect("begun");
                }
                assert_eq!(read(&set).await, old);
                run(&set, "r6", &newest()).await.expect("written");
            });
            ground.assert_tidy(&name, &newest());
        }
    }
}
