//! Archives are written straight into the sink, which may be full.

use rkyv::Archived;
use wpipe_data::{
    ARCHIVE_ALIGNMENT, AlignedBytes, MAX_ARCHIVE_SIZE, Produce, ProduceError, Sink, View, rkyv, to_archive,
};

use crate::models::{Activation, Model, model};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[test]
fn an_archive_is_rkyvs_own() -> Tested {
    let expected = rkyv::to_bytes::<rkyv::rancor::Error>(&model())?;
    assert_eq!(to_archive(&model())?.as_slice(), expected.as_slice());
    Ok(())
}

#[test]
fn a_model_reads_as_it_was_written() -> Tested {
    let archive = to_archive(&model())?;
    let read = <Archived<Model> as View>::view(&archive)?;
    assert_eq!(rkyv::deserialize::<Model, rkyv::rancor::Error>(read)?, model());
    Ok(())
}

#[test]
fn raw_text_and_bytes_are_raw() -> Tested {
    assert_eq!(to_archive("text")?.as_slice(), b"text");
    assert_eq!(to_archive(&vec![1_u8, 2])?.as_slice(), [1, 2]);
    assert_eq!(<str as View>::view(b"text")?, "text");
    let error = <str as View>::view(b"te\xffxt").unwrap_err();
    assert_eq!(error.to_string(), "not a valid `text`: invalid utf-8 sequence of 1 bytes from index 2");
    Ok(())
}

/// Gives out what it has and counts how often it had to grow.
struct Limited {
    bytes: AlignedBytes,
    limit: usize,
    grown: usize,
}

impl Limited {
    fn new(limit: usize) -> Self {
        Self { bytes: AlignedBytes::new(), limit, grown: 0 }
    }
}

impl Sink for Limited {
    type Error = String;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], String> {
        if capacity > self.limit {
            return Err(format!("no room for {capacity} bytes"));
        }
        if capacity > self.bytes.len() {
            self.grown += 1;
            self.bytes.resize(capacity, 0);
        }
        Ok(&mut self.bytes)
    }
}

#[test]
fn a_full_sinks_own_error_comes_back() {
    let error = model().produce(&mut Limited::new(16)).unwrap_err();
    assert!(matches!(&error, ProduceError::Sink(reason) if reason.starts_with("no room for")), "{error}");
    let error = "a text".produce(&mut Limited::new(3)).unwrap_err();
    assert_eq!(error, ProduceError::Sink("no room for 6 bytes".to_owned()));
}

#[test]
fn a_sink_grows_seldom() -> Tested {
    let rows: Vec<Model> = vec![model(); 10_000];
    let mut sink = Limited::new(MAX_ARCHIVE_SIZE);
    let size = rows.produce(&mut sink)?;
    assert!(sink.grown < 16, "{} times for {size} bytes", sink.grown);
    let numbers = vec![1.0; 1 << 20];
    let mut sink = Limited::new(MAX_ARCHIVE_SIZE);
    let size = numbers.produce(&mut sink)?;
    assert_eq!(sink.grown, 1);
    assert!(sink.bytes.len() < size + (8 << 10));
    Ok(())
}

#[test]
fn an_archive_starts_aligned() -> Tested {
    let archive = to_archive(&Activation::Leaky(0.5))?;
    assert!(archive.as_ptr().addr().is_multiple_of(ARCHIVE_ALIGNMENT));
    Ok(())
}
