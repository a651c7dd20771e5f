//! The parts that every test of the suite needs: a stand-in for a sandbox, sizes, patterns, and all transports.

use std::path::Path;
use std::sync::Arc;

use crate::memory::{Memory, Reservation};
use crate::{Attachment, Buffer, HostWriter, Quota, Readers, Transports, WASM_PAGE, Windows, Writer};

/// Sizes around every boundary that the code knows: nothing, bytes, pages, wasm pages, many pages.
pub(super) const SIZES: [usize; 8] = [0, 1, 4095, 4096, 4097, 64 << 10, 1 << 20, 64 << 20];

/// Returns every configuration of the transports of this platform.
pub(super) fn every_transport() -> Vec<(&'static str, Transports)> {
    let mut all = vec![
        ("detected", Transports::detect()),
        ("copy", Transports::copy()),
        ("move", Transports::moving()),
        ("file", Transports::file(&std::env::temp_dir())),
        ("store", Transports::store(&std::env::temp_dir())),
    ];
    if cfg!(target_os = "linux") {
        // A file system in memory, which has huge pages.
        all.push(("store in memory", Transports::store(Path::new("/dev/shm"))));
    }
    if let Ok(map) = Transports::map() {
        all.push(("map", map));
    }
    all
}

#[expect(clippy::print_stdout, reason = "shows beside a failure which transport it was")]
pub(super) fn for_each_transport(check: impl Fn(&Transports)) {
    for (name, transports) in every_transport() {
        println!("transport: {name}");
        check(&transports);
    }
}

pub(crate) struct Guest {
    pub(super) memory: Memory,
    pub(crate) windows: Windows,
    next: usize,
}

impl Guest {
    /// Makes a guest whose first wasm page is its own.
    pub(crate) fn new() -> Self {
        let memory = Memory(Arc::new(Reservation::new(4 << 30, 32 << 20, WASM_PAGE).unwrap()));
        Self { windows: Windows::new(Some(Memory(memory.0.clone()))), memory, next: WASM_PAGE }
    }

    /// Grows by a range of its own for `len` bytes, and returns its address.
    pub(crate) fn range(&mut self, len: usize) -> u64 {
        let start = self.next;
        self.next += len.next_multiple_of(WASM_PAGE).max(WASM_PAGE);
        self.memory.0.grow_to(self.next).unwrap();
        start as u64
    }

    pub(super) fn load(&self, address: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.memory.0.read(address as usize, &mut bytes);
        bytes
    }

    pub(super) fn store(&self, address: u64, bytes: &[u8]) {
        self.memory.0.write(address as usize, bytes);
    }

    pub(super) fn attach(&mut self, buffer: &Buffer) -> (Attachment, u64) {
        let address = self.range(buffer.len());
        (self.windows.attach(buffer, address).unwrap(), address)
    }
}

/// Returns bytes in which a misplaced page shows.
pub(super) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(31) ^ (i >> 12)) as u8).collect()
}

/// Makes the same buffer in each of three ways: in a window, by appending, by the host.
pub(super) fn produce(transports: &Transports, bytes: &[u8]) -> [Buffer; 3] {
    let mut guest = Guest::new();

    let mut in_place = writer(transports);
    let address = guest.range(bytes.len());
    guest.windows.attach_writer(&mut in_place, address, bytes.len() as u64).unwrap();
    guest.store(address, bytes);

    let mut appended = writer(transports);
    for piece in bytes.chunks(100_000) {
        guest.windows.append(&mut appended, piece).unwrap();
    }

    let mut host = HostWriter::new(transports, Readers::One);
    host.reserve(bytes.len()).unwrap()[..bytes.len()].copy_from_slice(bytes);

    [
        guest.windows.finish(in_place, bytes.len() as u64).unwrap(),
        guest.windows.finish(appended, bytes.len() as u64).unwrap(),
        host.finish(bytes.len()).unwrap(),
    ]
}

/// Returns a writer without a limit.
pub(super) fn writer(transports: &Transports) -> Writer {
    Writer::new(transports.clone(), Readers::One, Quota::new(u64::MAX))
}
