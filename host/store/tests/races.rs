//! Writers, readers and collectors of one store at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use wpipe_buffer::{Buffer, HostWriter, Readers, Transports};
use wpipe_store::{Entry, ObjectDescription, ObjectId, ObjectOrigin, Settings, SharedStore};

/// The bytes of each content, above the size from which buffers are files of the store.
const BYTES: usize = 256 << 10;
const ROUNDS: u8 = 200;

fn content(store: &SharedStore, byte: u8) -> Buffer {
    let mut writer = HostWriter::new(&store.transports(&Transports::detect()), Readers::Several);
    writer.reserve(BYTES).unwrap()[..BYTES].fill(byte);
    writer.finish(BYTES).unwrap()
}

fn share(store: &SharedStore, dataset: &str, key: &str, byte: u8) {
    let run = format!("run of {dataset}");
    let description = ObjectDescription {
        id: ObjectId::of(&[dataset, key]),
        pipeline: "test".to_owned(),
        dataset: dataset.to_owned(),
        partition: None,
        schema: "bytes".to_owned(),
        fingerprint: 1,
        run: run.clone(),
        origin: ObjectOrigin::Program,
    };
    let lease = store.begin(&run).unwrap();
    let never = AtomicBool::new(false);
    let published = store.publish(&content(store, byte), &description, &never, |_| {}).unwrap();
    let entry = Entry::new("test", dataset, &run, ("bytes", 1));
    store.name(entry.with_members(false, vec![published.member.clone()])).unwrap();
    store.seal(published).unwrap();
    drop(lease);
}

#[test]
fn a_named_dataset_is_there_whole_at_every_moment() {
    let directory = tempfile::tempdir().unwrap();
    let open = || SharedStore::open(&Settings::at(directory.path().join("store"))).unwrap();
    // Of `same`, each object replaces the one before under its name; of `new`, each has a name of its own.
    let datasets = ["same", "new"];
    datasets.iter().for_each(|dataset| share(&open(), dataset, "0", 0));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = datasets
            .iter()
            .map(|dataset| {
                scope.spawn(move || {
                    let store = open();
                    for round in 1..=ROUNDS {
                        let key = if *dataset == "same" { "0".to_owned() } else { round.to_string() };
                        share(&store, dataset, &key, round);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let store = open();
            while !done.load(Ordering::Relaxed) {
                store.collect().unwrap();
            }
        });
        for dataset in datasets {
            let done = &done;
            scope.spawn(move || {
                let store = open();
                let mut newest = 0;
                while !done.load(Ordering::Relaxed) {
                    let (_, attached) = store.attach_dataset("test", dataset).unwrap().expect("it has a name");
                    let bytes = attached[0].1.buffer.bytes().unwrap();
                    assert!(bytes.len() == BYTES && bytes.iter().all(|byte| *byte == bytes[0]));
                    assert!(bytes[0] >= newest, "{dataset}: {} after {newest}", bytes[0]);
                    newest = bytes[0];
                }
            });
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    let store = open();
    assert_eq!(store.verify().unwrap().1.len(), 0);
    store.collect_all().unwrap();
    assert_eq!(store.usage().unwrap().used, 0);
}
