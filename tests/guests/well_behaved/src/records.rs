//! A type with texts, options and vectors within, of any size: its archive grows while it is written.

use core::hint::black_box;

use rkyv::rancor::{Fallible, Source};
use rkyv::ser::Writer;
use rkyv::string::{ArchivedString, StringResolver};
use rkyv::vec::ArchivedVec;
use rkyv::{Archive, Place, Serialize};
use wpipe_sdk::{Data, node};

/// One row of many.
#[derive(Debug, Archive, Serialize, Data)]
pub(crate) struct Record {
    index: u64,
    name: Text,
    remark: Option<String>,
    values: Option<Vec<f64>>,
}

/// A text which may keep some memory when it is serialised, as caches and arenas do.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    keeps: usize,
}

impl Archive for Text {
    type Archived = ArchivedString;
    type Resolver = StringResolver;

    fn resolve(&self, resolver: Self::Resolver, out: Place<Self::Archived>) {
        ArchivedString::resolve_from_str(&self.text, resolver, out);
    }
}

impl<S: Fallible<Error: Source> + Writer + ?Sized> Serialize<S> for Text {
    fn serialize(&self, serializer: &mut S) -> Result<Self::Resolver, S::Error> {
        black_box(Box::leak(vec![0_u8; self.keeps].into_boxed_slice()));
        ArchivedString::serialize_from_str(&self.text, serializer)
    }
}

/// Bytes that a text keeps: more than the allocator finds without growing the memory, sooner or later.
const KEPT: usize = 64 << 10;

fn record(index: u64) -> Record {
    Record {
        index,
        name: Text { text: format!("the record of number {index}"), keeps: 0 },
        remark: index.is_multiple_of(3).then(|| format!("{index} is a multiple of three")),
        values: (!index.is_multiple_of(5)).then(|| (0..index % 40).map(|value| (index + value) as f64).collect()),
    }
}

/// As many records. While they are serialised, the allocator grows the memory `growths` times, here and there.
#[node]
pub(crate) fn make_records(count: u64, growths: u64) -> Vec<Record> {
    let mut records: Vec<_> = (0..count).map(record).collect();
    if let Some(every) = count.checked_div(growths) {
        for record in records.iter_mut().step_by((every as usize).max(1)) {
            record.name.keeps = KEPT;
        }
    }
    records
}

/// How many records there are, all of which must be as they were made.
#[node]
pub(crate) fn check_records(records: &ArchivedVec<ArchivedRecord>) -> Result<u64, String> {
    for (index, read) in records.iter().enumerate() {
        let made = record(index as u64);
        let values = read.values.as_ref().map(|values| values.iter().map(|value| value.to_native()));
        let is_equal = read.index == made.index
            && read.name.as_str() == made.name.text
            && read.remark.as_ref().map(|remark| remark.as_str()) == made.remark.as_deref()
            && values.map(Vec::from_iter) == made.values;
        if !is_equal {
            return Err(format!("record {index} is {:?} instead of {made:?}", read.name));
        }
    }
    Ok(records.len() as u64)
}

#[cfg(test)]
mod tests {
    use wpipe_sdk::{View, to_archive};

    use super::*;

    #[test]
    fn records_are_read_as_they_were_made() -> Result<(), Box<dyn std::error::Error>> {
        let archive = to_archive(&make_records(100, 10))?;
        let records = <ArchivedVec<ArchivedRecord> as View>::view(&archive)?;
        assert_eq!(check_records(records)?, 100);
        Ok(())
    }

    #[test]
    fn a_record_out_of_place_is_found() -> Result<(), Box<dyn std::error::Error>> {
        let archive = to_archive(&vec![record(0), record(2)])?;
        let records = <ArchivedVec<ArchivedRecord> as View>::view(&archive)?;
        assert!(check_records(records).is_err());
        Ok(())
    }
}
