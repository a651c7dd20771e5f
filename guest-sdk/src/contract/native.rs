//! A host in memory, for unit tests: it has no windows, so all data goes by `read` and `write`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use wpipe_data::AlignedBytes;

/// The contract's `access-error`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(dead_code, reason = "the host in memory gives few of the contract's errors")]
pub(crate) enum AccessError {
    Misaligned,
    OutOfBounds,
    Overlap,
    Unmappable,
    QuotaExceeded,
    Unavailable(String),
}

/// The contract's `buffer`.
#[derive(Debug, Clone)]
pub struct Buffer(Result<Vec<u8>, String>);

impl Buffer {
    /// Makes a finished buffer.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Ok(bytes.to_vec()))
    }

    /// Makes a buffer whose content is not available, for a reason.
    pub fn unavailable(reason: &str) -> Self {
        Self(Err(reason.to_owned()))
    }

    pub(crate) fn size(&self) -> u64 {
        // A host does not know the size of an unavailable buffer, either.
        self.0.as_ref().map_or(1, |bytes| bytes.len() as u64)
    }

    pub(crate) fn attach(&self, _address: u64) -> Result<(), AccessError> {
        Err(AccessError::Unmappable)
    }

    pub(crate) fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, AccessError> {
        let range = offset as usize..(offset + length) as usize;
        let bytes = self.0.as_ref().map_err(|reason| AccessError::Unavailable(reason.clone()))?;
        bytes.get(range).map(<[u8]>::to_vec).ok_or(AccessError::OutOfBounds)
    }
}

/// The contract's `output`; clones show the same port.
#[derive(Debug, Clone, Default)]
pub struct OutputPort(Rc<RefCell<BTreeMap<Slot, Option<Vec<u8>>>>>);

/// A partition's id, or `None` for a single output.
type Slot = Option<String>;

impl OutputPort {
    pub(crate) fn open(&self) -> Result<Writer, AccessError> {
        self.open_slot(None)
    }

    pub(crate) fn open_partition(&self, id: &str) -> Result<Writer, AccessError> {
        self.open_slot(Some(id.to_owned()))
    }

    fn open_slot(&self, slot: Slot) -> Result<Writer, AccessError> {
        match self.0.borrow_mut().entry(slot.clone()) {
            Entry::Vacant(place) => place.insert(None),
            Entry::Occupied(_) => return Err(AccessError::Unavailable("it was opened before".to_owned())),
        };
        Ok(Writer { port: self.clone(), slot, bytes: RefCell::default() })
    }

    /// Returns the written bytes, once they are finished.
    pub fn finished(&self) -> Option<AlignedBytes> {
        self.finished_slot(&None)
    }

    /// Returns the bytes written to a partition, once they are finished.
    pub fn finished_partition(&self, id: &str) -> Option<AlignedBytes> {
        self.finished_slot(&Some(id.to_owned()))
    }

    fn finished_slot(&self, slot: &Slot) -> Option<AlignedBytes> {
        let slots = self.0.borrow();
        let finished = slots.get(slot)?.as_ref()?;
        let mut bytes = AlignedBytes::with_capacity(finished.len());
        bytes.extend_from_slice(finished);
        Some(bytes)
    }

    /// Returns the ids of all finished partitions, in order.
    pub fn partitions(&self) -> Vec<String> {
        let slots = self.0.borrow();
        slots.iter().filter(|(_, bytes)| bytes.is_some()).filter_map(|(slot, _)| slot.clone()).collect()
    }
}

/// The contract's `writer`.
#[derive(Debug)]
pub(crate) struct Writer {
    port: OutputPort,
    slot: Slot,
    bytes: RefCell<Vec<u8>>,
}

impl Writer {
    pub(crate) fn attach(&self, _address: u64, _capacity: u64) -> Result<(), AccessError> {
        Err(AccessError::Unmappable)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), AccessError> {
        self.bytes.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn finish(this: Self, size: u64) -> Result<(), AccessError> {
        let mut bytes = this.bytes.into_inner();
        if size > bytes.len() as u64 {
            return Err(AccessError::OutOfBounds);
        }
        bytes.truncate(size as usize);
        this.port.0.borrow_mut().insert(this.slot, Some(bytes));
        Ok(())
    }
}

/// A window of a linear memory: there is none.
#[derive(Debug)]
pub(crate) enum Window {}

impl Window {
    pub(crate) fn reserve(_len: usize) -> Result<Self, AccessError> {
        Err(AccessError::Unmappable)
    }

    pub(crate) fn extend(&mut self, _len: usize) -> bool {
        match *self {}
    }

    pub(crate) fn address(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn bytes(&self, _len: usize) -> &[u8] {
        match *self {}
    }

    pub(crate) fn bytes_mut(&mut self, _len: usize) -> &mut [u8] {
        match *self {}
    }
}

/// Sends telemetry to standard output, where `cargo test` captures it.
pub(crate) mod telemetry {
    #![expect(clippy::print_stdout, reason = "this is what a test shows")]

    use crate::Level;

    pub(crate) fn log(level: Level, message: &str) {
        println!("{level}: {message}");
    }

    pub(crate) fn progress(completed: u64, total: u64) {
        println!("progress: {completed} of {total}");
    }

    pub(crate) fn metric(name: &str, value: f64) {
        println!("metric: {name} = {value}");
    }
}
