//! The limits of one call.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// The limits of one call of a node. Beyond one, the call ends with an error that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory beyond the windows of the inputs, of tables, and of the names of the partitions that it
    /// makes. Default 2 GiB.
    pub memory: u64,
    /// Time from instantiation to the end. Default one hour.
    pub time: Duration,
    /// Bytes of log messages, metrics and standard output as a journal writes them, and 128 more for each message,
    /// figure or line, for the text around it. Default 64 MiB, some 300 000 lines.
    pub log: u64,
    /// Bytes of each output, without the partitions that have been [taken](crate::Taker). Default 2 GiB, which is also
    /// the most that an archive can hold.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 2 << 30, time: Duration::from_secs(3600), log: 64 << 20, output: 2 << 30 }
    }
}

/// The most instances, tables and memories of one component. The number is far above the needs of toolchains, and far
/// below harm: each memory reserves 4 GiB of address space.
const MAX_INSTANCES: usize = 64;
const MAX_TABLES: usize = 64;
const MAX_MEMORIES: usize = 8;
/// The most elements of one table.
const MAX_TABLE_ELEMENTS: usize = 1 << 20;

/// The bytes that the host takes for one element of a table.
const TABLE_ELEMENT: usize = size_of::<usize>();

/// The bytes that show that a node has found another way after a refusal. A smaller amount may hold the words of its
/// panic.
const RECOVERED: usize = 1 << 20;

/// Enforces the memory limit on one store, and remembers what it refused.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// The node's limit and the room that its single inputs' windows need.
    allowed: u64,
    /// The room for the windows of partitions that it holds now, and the most at once.
    windows: u64,
    most_windows: u64,
    in_use: u64,
    peak: u64,
    pub(crate) refused: Option<u64>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits, window_bytes: u64) -> Self {
        let allowed = limits.memory.saturating_add(window_bytes);
        Self { allowed, windows: 0, most_windows: 0, in_use: 0, peak: 0, refused: None }
    }

    /// Returns the most linear memory that the call had at once, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    /// Counts the bytes that the host keeps for the call outside of its memories. Returns true if they are allowed.
    pub(crate) fn charge(&mut self, bytes: u64) -> bool {
        let in_use = self.in_use.saturating_add(bytes);
        if in_use > self.allowed.saturating_add(self.most_windows) {
            self.refused = Some(in_use);
            return false;
        }
        self.in_use = in_use;
        self.peak = self.peak.max(in_use);
        true
    }

    /// Makes room for the window of a partition. (The growth of a memory stays, so the room does as well, for the
    /// next.)
    pub(crate) fn admit(&mut self, window: u64) {
        self.windows = self.windows.saturating_add(window);
        self.most_windows = self.most_windows.max(self.windows);
    }

    /// Gives back the room of a partition that the node has released.
    pub(crate) fn dismiss(&mut self, window: u64) {
        self.windows = self.windows.saturating_sub(window);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // `current` is 0 for a new memory; a component may have several, which share the limit.
        let growth = desired.saturating_sub(current);
        let granted = self.charge(growth as u64);
        if granted && growth >= RECOVERED {
            self.refused = None;
        }
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT);
        Ok(desired <= MAX_TABLE_ELEMENTS && self.charge(growth as u64))
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }
}
