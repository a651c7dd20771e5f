//! One buffer and many readers: what it takes of memory and time, beside native readers of one allocation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use crate::arm::Arm;
use crate::clock::{Clock, Time};
use crate::native::Huge;
use crate::payload::Payload;
use crate::sandboxed::Sandboxed;
use crate::table;

pub(crate) const READERS: usize = 8;
const THREADS: usize = 2;

/// What so many full reads of one buffer cost, by wpipe and natively.
#[derive(Debug)]
pub(crate) struct FanOut {
    payload: Payload,
    pub(crate) one_by_one: Time,
    pub(crate) two_at_once: Time,
    pub(crate) native_one_by_one: Time,
    pub(crate) native_two_at_once: Time,
    /// The most memory at once beyond what there was before the buffer, as multiples of its size.
    pub(crate) memory: Option<f64>,
}

pub(crate) fn measure(clock: &Clock, payload: Payload, map: &Sandboxed) -> FanOut {
    let before = memory();
    let data = map.produce(payload);
    let most = most_while(|| two_at_once(map, &data, payload));
    let times = before.zip(most).map(|(before, most)| most.saturating_sub(before) as f64 / payload.bytes as f64);
    let (huge, native) = (Huge, Huge.produce(payload));
    let (one_by_one, native_one_by_one) =
        clock.compare(|| one_by_one(map, &data, payload), || one_by_one(&huge, &native, payload));
    let (two_at_once, native_two_at_once) =
        clock.compare(|| two_at_once(map, &data, payload), || two_at_once(&huge, &native, payload));
    FanOut { payload, one_by_one, two_at_once, native_one_by_one, native_two_at_once, memory: times }
}

impl FanOut {
    pub(crate) fn table(&self) -> String {
        let title = format!("{} to {READERS} readers", self.payload);
        let rows = [
            ("map", vec![self.one_by_one, self.two_at_once]),
            ("native, one allocation", vec![self.native_one_by_one, self.native_two_at_once]),
        ];
        let text = table::rows(&title, &["one by one", "two at once"], &rows);
        match self.memory {
            Some(memory) => format!("{text}  memory while read two at once: {memory:.2} times the buffer\n"),
            None => text,
        }
    }
}

fn one_by_one<A: Arm>(arm: &A, data: &A::Data, payload: Payload) {
    for _ in 0..READERS {
        read(arm, data, payload);
    }
}

fn two_at_once<A: Arm + Sync>(arm: &A, data: &A::Data, payload: Payload)
where
    A::Data: Sync,
{
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..READERS / THREADS).for_each(|_| read(arm, data, payload)));
        }
    });
}

fn read<A: Arm>(arm: &A, data: &A::Data, payload: Payload) {
    let sum = arm.total(data);
    assert!(sum == payload.sum(), "{}, {payload}: the sum is {sum}", arm.name());
}

/// The most memory that the process has while `work` runs.
fn most_while(work: impl FnOnce()) -> Option<u64> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = memory();
            while !done.load(Ordering::Relaxed) {
                most = most.max(memory());
            }
            most
        });
        work();
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap_or(None)
    })
}

/// The process's memory in bytes: its own pages, and those of its memfds, each counted once however often it is mapped.
#[cfg(target_os = "linux")]
fn memory() -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    let status = fs::read_to_string("/proc/self/status").ok()?;
    let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let own: u64 = own.trim().strip_suffix(" kB")?.parse().ok()?;
    let descriptors = fs::read_dir("/proc/self/fd").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_memfd = |path: &Path| fs::read_link(path).is_ok_and(|link| link.to_string_lossy().starts_with("/memfd:"));
    let memfds = descriptors.filter(|path| is_memfd(path));
    let blocks: u64 = memfds.filter_map(|path| Some(fs::metadata(path).ok()?.blocks())).sum();
    Some((own << 10) + blocks * 512)
}

#[cfg(not(target_os = "linux"))]
fn memory() -> Option<u64> {
    None
}
