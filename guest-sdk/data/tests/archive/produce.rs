//! Tests of writing: archives go straight into the sink, which may be full.

use rkyv::Archived;
use wpipe_data::{
    ARCHIVE_ALIGNMENT, AlignedBytes, MAX_ARCHIVE_SIZE, Produce, ProduceError, Sink, Table, View, rkyv, to_archive,
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

/// A sink of limited size, which counts its growths and its refusals.
struct Limited {
    bytes: AlignedBytes,
    limit: usize,
    grown: usize,
    refused: usize,
}

impl Limited {
    fn new(limit: usize) -> Self {
        Self { bytes: AlignedBytes::new(), limit, grown: 0, refused: 0 }
    }
}

impl Sink for Limited {
    type Error = String;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], String> {
        if capacity > self.limit {
            self.refused += 1;
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
    Ok(())
}

#[test]
fn an_archive_fits_where_there_is_just_room_for_it() -> Tested {
    let rows: Vec<Model> = vec![model(); 10_000];
    let size = to_archive(&rows)?.len();
    let mut sink = Limited::new(size);
    assert_eq!(rows.produce(&mut sink)?, size);
    let requests = sink.grown + sink.refused;
    assert!(requests < 1000, "{requests} requests for {size} bytes");
    assert!(matches!(rows.produce(&mut Limited::new(size - 1)), Err(ProduceError::Sink(_))));
    Ok(())
}

/// A window that is as large from the start never has to grow.
#[test]
fn content_of_known_size_asks_for_all_of_it_at_once() -> Tested {
    fn asks_once<P: Produce>(value: &P) -> Tested {
        let mut sink = Limited::new(MAX_ARCHIVE_SIZE);
        let size = value.produce(&mut sink)?;
        assert_eq!(sink.grown, 1, "{}", P::NAME);
        assert!(sink.bytes.len() < size + (8 << 10), "{}", P::NAME);
        Ok(())
    }
    asks_once(&vec![1.0; 1 << 20])?;
    asks_once(&vec![1_i8; 100_001])?;
    asks_once(&"text".repeat(100_000))?;
    asks_once(&vec![1_u8; 100_000])?;
    asks_once(&Table::from_columns([("x", vec![0.5; 100_000].into())])?)
}

#[test]
fn an_archive_starts_aligned() -> Tested {
    let archive = to_archive(&Activation::Leaky(0.5))?;
    assert!(archive.as_ptr().addr().is_multiple_of(ARCHIVE_ALIGNMENT));
    Ok(())
}
