//! The memory of decoded content: a small file may decode to a very large table.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use wpipe_data::MAX_ARCHIVE_SIZE;

use super::canonical::is_coded_text;
use crate::fault::Fault;

/// The bytes that a load has decoded so far.
#[derive(Debug)]
pub(crate) struct Tally {
    /// The memory that it may take.
    memory: u64,
    /// The bytes that the table will take.
    laid_out: u64,
    /// The bytes that the pieces take until then.
    held: u64,
    /// The buffers among them: pieces share some.
    buffers: HashSet<usize>,
}

impl Tally {
    pub(crate) fn new(memory: u64) -> Self {
        Self { memory, laid_out: 0, held: 0, buffers: HashSet::new() }
    }

    /// Takes bytes of the table into account that are written as they are decoded.
    pub(crate) fn lay_out(&mut self, bytes: u64) -> Result<(), Fault> {
        self.laid_out = self.laid_out.saturating_add(bytes);
        self.check()
    }

    /// Takes a piece into account.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        for array in batch.columns() {
            self.laid_out = self.laid_out.saturating_add(laid_out(array));
            self.hold(array);
        }
        self.check()
    }

    /// Takes announced bytes into account, before they are there.
    pub(crate) fn expect(&mut self, bytes: u64) -> Result<(), Fault> {
        let announced = Self { held: self.held.saturating_add(bytes), buffers: HashSet::new(), ..*self };
        // The laid-out table may take less: offsets have half the size, and dictionaries are written once.
        if bytes > 2 * MAX_ARCHIVE_SIZE as u64 {
            return Err(too_large());
        }
        announced.check()
    }

    fn check(&self) -> Result<(), Fault> {
        if self.laid_out > MAX_ARCHIVE_SIZE as u64 {
            return Err(too_large());
        }
        let needed = self.held.saturating_add(self.laid_out);
        if needed > self.memory {
            let mib = |bytes: u64| bytes >> 20;
            let message = format!("it takes {} MiB or more in memory, of {} MiB", mib(needed), mib(self.memory));
            return Err(Fault::new(message).help("read less of it with the option `columns`, or raise `--memory`"));
        }
        Ok(())
    }

    fn hold(&mut self, array: &ArrayRef) {
        let mut rest = vec![array.to_data()];
        while let Some(data) = rest.pop() {
            for buffer in data.buffers() {
                if self.buffers.insert(buffer.data_ptr().as_ptr().addr()) {
                    self.held = self.held.saturating_add(buffer.capacity() as u64);
                }
            }
            rest.extend(data.child_data().iter().cloned());
        }
    }
}

/// Returns the fault of a table that no archive holds.
pub(crate) fn too_large() -> Fault {
    Fault::new("more than 2 GiB as a table: partition the data, or read less of it with the option `columns`")
}

/// Returns the bytes that a column takes in a table.
fn laid_out(array: &ArrayRef) -> u64 {
    let lengths = |values: &mut dyn Iterator<Item = usize>| values.map(|length| length as u64 + 4).sum::<u64>();
    match array.data_type() {
        DataType::Utf8View => array.as_string_view().views().iter().map(|view| u64::from(*view as u32) + 4).sum(),
        DataType::BinaryView => array.as_binary_view().views().iter().map(|view| u64::from(*view as u32) + 4).sum(),
        DataType::Utf8 => lengths(&mut array.as_string::<i32>().offsets().lengths()),
        DataType::LargeUtf8 => lengths(&mut array.as_string::<i64>().offsets().lengths()),
        DataType::Binary => lengths(&mut array.as_binary::<i32>().offsets().lengths()),
        DataType::LargeBinary => lengths(&mut array.as_binary::<i64>().offsets().lengths()),
        DataType::Boolean => array.len() as u64 / 8,
        data_type if is_coded_text(data_type) => {
            laid_out(array.as_any_dictionary().values()).saturating_add(4 * array.len() as u64)
        }
        DataType::List(_) => lists(array, laid_out(array.as_list::<i32>().values())),
        DataType::LargeList(_) => lists(array, laid_out(array.as_list::<i64>().values())),
        DataType::FixedSizeList(..) => lists(array, laid_out(array.as_fixed_size_list().values())),
        DataType::ListView(_) | DataType::LargeListView(_) => views(array),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = laid_out(dictionary.values());
            // As long as the longest value, at most.
            let longest = values.min(longest(dictionary.values()));
            longest.saturating_mul(array.len() as u64)
        }
        other => other.primitive_width().unwrap_or(8) as u64 * array.len() as u64,
    }
}

/// Returns the bytes of the offsets of lists, and of their items.
fn lists(array: &ArrayRef, items: u64) -> u64 {
    items.saturating_add(4 * array.len() as u64)
}

/// Returns the bytes as [`lists`] does, of lists that may share their items.
fn views(array: &ArrayRef) -> u64 {
    let (values, count) = match array.as_list_view_opt::<i32>() {
        Some(views) => (views.values(), views.value_sizes().iter().map(|size| *size as u64).sum::<u64>()),
        None => {
            let views = array.as_list_view::<i64>();
            (views.values(), views.value_sizes().iter().fold(0, |sum: u64, size| sum.saturating_add(*size as u64)))
        }
    };
    // As long as the longest item, at most.
    let longest = laid_out(values).min(longest(values));
    lists(array, longest.saturating_mul(count))
}

/// Returns the length of the longest of a dictionary's values.
fn longest(values: &ArrayRef) -> u64 {
    let longest = match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().offsets().lengths().max(),
        DataType::LargeUtf8 => values.as_string::<i64>().offsets().lengths().max(),
        _ => return 16,
    };
    longest.unwrap_or(0) as u64
}
